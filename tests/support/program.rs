//! The program itself, run as people run it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// How long anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A command that runs the program with none of the developer's settings: add `.env(…)` for what a test sets.
pub fn command() -> Command {
    command_of(Path::new(env!("CARGO_BIN_EXE_entente")))
}

/// The same for a copy of the program.
pub fn command_of(program: &Path) -> Command {
    let mut command = Command::new(program);
    clean(&mut command);
    command
}

/// Takes the developer's settings away, and makes the log one that can be read here.
pub fn clean(command: &mut Command) {
    for name in ["DATABASE_URL", "DATA_DIR", "PG_BIN_DIR", "RUST_LOG"] {
        command.env_remove(name);
    }
    command
        .env("LOG_FORMAT", "json")
        .env("LISTEN_ADDR", "127.0.0.1:0")
        // A `.env` is looked for from here upwards.
        .current_dir("/")
        .stdin(Stdio::null());
}

/// Runs a command to its end.
pub fn run(mut command: Command) -> Output {
    command.output().expect("the program can be run")
}

/// A program that is running. It is killed at the latest when this is dropped.
#[derive(Debug)]
pub struct Program {
    child: Child,
    log: Receiver<String>,
    seen: Vec<String>,
}

impl Program {
    /// Starts `command`, whose standard error is its log.
    pub fn start(mut command: Command) -> Self {
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be run");
        let stderr = child.stderr.take().expect("it is a pipe");
        let (sender, log) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                // Nobody may be listening any more; then the lines are only drained.
                let _sent = sender.send(line);
            }
        });
        Self {
            child,
            log,
            seen: Vec::new(),
        }
    }

    /// Starts `entente serve` and waits until it is ready.
    pub fn serve(command: Command) -> (Self, String) {
        let mut command = command;
        command.arg("serve");
        let mut program = Self::start(command);
        let address = program.ready();
        (program, address)
    }

    /// Waits until the server is ready; its address is `http://127.0.0.1:<port>/`.
    pub fn ready(&mut self) -> String {
        let line = self.wait_for("ready");
        line["home"].as_str().expect("is text").to_owned()
    }

    /// Waits for the line of the log with this message.
    pub fn wait_for(&mut self, message: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match self
                .log
                .recv_timeout(deadline.saturating_duration_since(Instant::now()))
            {
                Ok(line) => {
                    self.seen.push(line.clone());
                    if let Ok(value) = serde_json::from_str::<Value>(&line)
                        && value["message"] == message
                    {
                        return value;
                    }
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {
                    panic!(
                        "the program did not say {message:?}, but:\n{}",
                        self.seen.join("\n")
                    )
                }
            }
        }
    }

    /// Its process.
    pub fn id(&self) -> i32 {
        self.child.id().cast_signed()
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: Signal) {
        send(self.id(), signal);
    }

    /// Whether it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be waited for")
    }

    /// Waits for its end.
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.ended() {
                return status;
            }
            assert!(Instant::now() < deadline, "the program does not end");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// What it has written to its log, once it has ended.
    pub fn log(&mut self) -> String {
        while let Ok(line) = self.log.recv_timeout(Duration::from_secs(1)) {
            self.seen.push(line);
        }
        self.seen.join("\n")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        if self.ended().is_none() {
            let _killed = self.child.kill();
            let _status = self.child.wait();
        }
    }
}

/// Sends a signal to a process that may have ended.
pub fn send(process: i32, signal: Signal) {
    let _sent = kill_process(Pid::from_raw(process).expect("is no process"), signal);
}

/// The processes that work in `folder` or below: PostgreSQL's all work in its data folder.
pub fn processes_in(folder: &Path) -> Vec<(i32, String)> {
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    std::fs::read_dir("/proc")
        .expect("these tests run on Linux")
        .flatten()
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter(|pid| {
            std::fs::read_link(format!("/proc/{pid}/cwd"))
                .is_ok_and(|cwd: PathBuf| cwd.starts_with(&folder))
        })
        .map(|pid: i32| {
            let command = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            (pid, String::from_utf8_lossy(&command).replace('\0', " "))
        })
        .collect()
}

/// Waits until `done`.
pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !done() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}
