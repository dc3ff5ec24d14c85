//! Child processes that do not outlive this program.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;

use super::account::Account;

/// A command that runs one of PostgreSQL's programs as `account`, apart from this program's terminal and environment.
///
/// `at_end` is what it is sent when the *thread* that spawns it ends, so spawn it from a thread that waits for it.
pub(super) fn command(program: &Path, account: &Account, at_end: Signal) -> Command {
    let mut command = Command::new(program);
    account.run(&mut command);
    // Ctrl-C in the terminal is for this program alone, which then ends its children in good order.
    command.process_group(0);
    for (name, _) in std::env::vars_os() {
        // PGDATA, PGPORT and their like are for the user's own server.
        if name.as_encoded_bytes().starts_with(b"PG") {
            command.env_remove(name);
        }
    }
    // What PostgreSQL writes before it has read its settings is looked at, in English.
    command.env_remove("LANGUAGE").env("LC_ALL", "C");
    end_with_parent(&mut command, at_end);
    command
}

/// Has the kernel send `signal` to the child when the thread that spawned it ends, `kill -9` included.
///
/// The system changes the user before it runs this, and that order is needed: changing it afterwards would undo this.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "nothing safe runs code between fork and exec")]
fn end_with_parent(command: &mut Command, signal: Signal) {
    use rustix::process::{getpid, getppid, set_parent_process_death_signal};

    let parent = getpid();
    let prepare = move || {
        set_parent_process_death_signal(Some(signal))?;
        // The parent may have ended just before; then there is nobody left to be told of.
        if getppid() == Some(parent) {
            Ok(())
        } else {
            Err(rustix::io::Errno::SRCH.into())
        }
    };
    // SAFETY: Between fork and exec only what is async-signal-safe may run. `prepare` makes two system calls directly,
    // touches nothing but its own two captured numbers, takes no lock and allocates nothing, on success or on failure.
    unsafe {
        command.pre_exec(prepare);
    }
}

/// Elsewhere the kernel has no such service: after `kill -9` PostgreSQL goes on, and the next start of this program on
/// its folder ends it (see [`super::stale`]).
#[cfg(not(target_os = "linux"))]
fn end_with_parent(_command: &mut Command, _signal: Signal) {}
