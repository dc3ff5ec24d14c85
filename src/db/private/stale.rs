//! What an earlier run left behind.
//!
//! After `kill -9` of this program, PostgreSQL is still shutting down when the next copy starts. After `kill -9` of
//! PostgreSQL's postmaster, a backend that is busy goes on for a while, and a new postmaster refuses to start next to it
//! ("pre-existing shared memory block"). And `postmaster.pid` may name a process that has meanwhile become a stranger's.
//!
//! All this is settled under the folder's lock, so nothing that is found here belongs to a living copy of this program.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{StartError, failed, socket};

/// How long an orphaned postmaster may take to shut down by itself, and again when it is told to.
const SHUTDOWN: Duration = Duration::from_secs(15);
/// How long an orphaned backend may take to end.
const BACKEND: Duration = Duration::from_secs(1);

/// Waits for, or ends, the processes of PostgreSQL that are left on `cluster`, and removes a `postmaster.pid` that would
/// mislead the next start.
///
/// # Errors
///
/// When a PostgreSQL that this program has not started runs on the folder.
pub(super) fn settle(cluster: &Path, socket_dir: &Path) -> Result<(), StartError> {
    let pid_file = cluster.join("postmaster.pid");
    let text = fs::read_to_string(&pid_file).unwrap_or_default();
    let mut lines = text.lines();
    let postmaster = lines.next().and_then(|line| line.trim().parse().ok());
    // Line 5 is the folder of the socket, which tells our servers from one that somebody started by hand. In its first
    // moments a server has not written it yet.
    let socket = lines.nth(3).filter(|line| !line.is_empty());
    let ours = socket.is_none_or(|folder| Path::new(folder) == socket_dir);
    if let Some(postmaster) = postmaster.filter(|pid| is_postgres_on(*pid, cluster)) {
        if !ours {
            return Err(StartError::Postgres(format!(
                "a PostgreSQL that this program did not start (process {postmaster}) runs on {}. Stop it: kill -INT \
                 {postmaster}",
                cluster.display()
            )));
        }
        end_postmaster(cluster, postmaster);
    }
    end_backends(cluster);
    // To PostgreSQL the number of a stranger, or of a zombie, means a postmaster. That there is none has just been seen.
    if postmaster.is_some_and(|pid| exists(pid) && !is_postgres_on(pid, cluster)) {
        remove(&pid_file)?;
    }
    let socket = socket_dir.join(format!(".s.PGSQL.{}", socket::PORT));
    remove(&socket.with_extension(format!("{}.lock", socket::PORT)))?;
    remove(&socket)
}

/// Removes a file that may be gone already.
fn remove(path: &Path) -> Result<(), StartError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path, error)),
        _ => Ok(()),
    }
}

/// Ends what runs on `folder` without a postmaster: backends that were busy when theirs was killed, and what an
/// interrupted `initdb` was doing. What they had committed is in the log, and nothing else of theirs is needed.
pub(super) fn end_backends(folder: &Path) {
    for signal in [Signal::QUIT, Signal::KILL] {
        let left = postgres_on(folder);
        if left.is_empty() {
            return;
        }
        for pid in left {
            tracing::warn!(
                process = pid,
                "ending a process that an earlier PostgreSQL left behind"
            );
            send(pid, signal);
        }
        wait(BACKEND, || postgres_on(folder).is_empty());
    }
}

fn end_postmaster(cluster: &Path, postmaster: i32) {
    let gone = || !is_postgres_on(postmaster, cluster);
    // The kernel has told it to shut down when its program ended; elsewhere than on Linux nobody has.
    if cfg!(target_os = "linux") && wait(SHUTDOWN, gone) {
        return;
    }
    tracing::warn!(
        process = postmaster,
        "shutting down a PostgreSQL that an earlier run left behind"
    );
    for signal in [Signal::INT, Signal::QUIT, Signal::KILL] {
        send(postmaster, signal);
        if wait(SHUTDOWN, gone) {
            return;
        }
    }
}

fn send(pid: i32, signal: Signal) {
    if let Some(pid) = Pid::from_raw(pid) {
        // It may just have ended, which is what is wanted.
        let _sent = kill_process(pid, signal);
    }
}

/// Whether there is a process of this id, whoever's it is.
fn exists(pid: i32) -> bool {
    use rustix::io::Errno;
    Pid::from_raw(pid).is_some_and(|pid| {
        matches!(
            rustix::process::test_kill_process(pid),
            Ok(()) | Err(Errno::PERM)
        )
    })
}

/// Waits until `done`, for at most `patience`; says whether it came to be.
fn wait(patience: Duration, done: impl Fn() -> bool) -> bool {
    let start = Instant::now();
    while !done() {
        if start.elapsed() > patience {
            return false;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    true
}

/// The processes of PostgreSQL that work in `folder`: each of them has it as its working directory.
///
/// A zombie has no working directory any more, and so doesn't count.
#[cfg(target_os = "linux")]
fn postgres_on(folder: &Path) -> Vec<i32> {
    let Ok(processes) = fs::read_dir("/proc") else {
        return Vec::new();
    };
    processes
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| is_postgres_on(*pid, folder))
        .collect()
}

#[cfg(target_os = "linux")]
fn is_postgres_on(pid: i32, folder: &Path) -> bool {
    fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|cwd| cwd == folder)
        && fs::read_to_string(format!("/proc/{pid}/comm"))
            .is_ok_and(|name| name.trim() == "postgres")
}

/// Without `/proc` only a postmaster can be told, by what it was started with.
#[cfg(not(target_os = "linux"))]
fn postgres_on(_folder: &Path) -> Vec<i32> {
    Vec::new()
}

#[cfg(not(target_os = "linux"))]
fn is_postgres_on(pid: i32, folder: &Path) -> bool {
    std::process::Command::new("ps")
        .args(["-o", "command=", "-p", &pid.to_string()])
        .output()
        .is_ok_and(|output| {
            String::from_utf8_lossy(&output.stdout).contains(&*folder.to_string_lossy())
        })
}
