//! The thread that starts PostgreSQL, waits for it, and starts it again when it dies.
//!
//! The kernel ends PostgreSQL when the *thread* that spawned it ends. So one thread does nothing else, and lives exactly
//! as long as its child.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, waitid};

use super::account::Account;
use super::process::command;
use super::{StartError, failed, socket, stale};

/// How long PostgreSQL may take to be ready: after a crash it first replays its log.
const READY: Duration = Duration::from_mins(5);
/// How long a start is tried again that fails because of what an earlier server left.
const LEFT_OVERS: Duration = Duration::from_secs(15);
/// How long each way of ending may take, from the kindest on.
const SHUTDOWN: [(Signal, Duration); 3] = [
    (Signal::INT, Duration::from_secs(30)),
    (Signal::QUIT, Duration::from_secs(5)),
    (Signal::KILL, Duration::from_secs(5)),
];
/// A log that has grown beyond this many bytes is put aside at the next start.
const LONG_LOG: u64 = 10 << 20;

/// What is started, and how.
pub(super) struct Launch {
    pub(super) postgres: PathBuf,
    pub(super) account: Account,
    pub(super) cluster: PathBuf,
    pub(super) socket_dir: PathBuf,
    pub(super) log: PathBuf,
    pub(super) durable: bool,
}

/// A PostgreSQL that is kept running. Dropping it shuts the server down and waits for that.
#[derive(Debug)]
pub(super) struct Supervisor {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// The postmaster, from its spawning to the moment before it is reaped: as long as its number cannot be another's.
    postmaster: Option<Pid>,
    stopping: bool,
    /// How the first start went, once that is known.
    started: Option<Result<(), StartError>>,
}

impl Supervisor {
    /// Starts PostgreSQL; returns when it takes connections.
    pub(super) fn start(launch: Launch) -> Result<Self, StartError> {
        let shared = Arc::new(Shared::default());
        let thread = thread::Builder::new()
            .name("postgresql".to_owned())
            .spawn({
                let shared = Arc::clone(&shared);
                move || shared.supervise(&launch)
            })
            .map_err(|source| failed(Path::new("a thread for PostgreSQL"), source))?;
        let supervisor = Self {
            shared,
            thread: Some(thread),
        };
        let mut state = supervisor.shared.lock();
        loop {
            match state.started.take() {
                Some(Ok(())) => break,
                Some(Err(error)) => return Err(error),
                None => state = supervisor.shared.wait(state),
            }
        }
        drop(state);
        Ok(supervisor)
    }

    /// The postmaster's process id, unless it is being restarted.
    pub(super) fn process(&self) -> Option<u32> {
        let pid = self.shared.lock().postmaster?;
        u32::try_from(pid.as_raw_nonzero().get()).ok()
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        self.shared.stop();
        if let Some(thread) = self.thread.take() {
            // It ends with its child; a panic of its own has been told by the panic hook.
            let _ended = thread.join();
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        self.changed
            .wait(state)
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn supervise(&self, launch: &Launch) {
        let mut first = true;
        let mut pause = Duration::from_millis(100);
        loop {
            match self.run_until_ready(launch) {
                Ok(Some(mut child)) => {
                    if first {
                        first = false;
                        self.report(Ok(()));
                    } else {
                        tracing::info!("PostgreSQL is back");
                    }
                    let ready = Instant::now();
                    let status = self.reap(&mut child);
                    if self.lock().stopping {
                        return;
                    }
                    let status =
                        status.map_or_else(|error| error.to_string(), |status| status.to_string());
                    tracing::error!(status, "PostgreSQL ended unexpectedly; starting it again");
                    if ready.elapsed() > Duration::from_mins(1) {
                        pause = Duration::from_millis(100);
                    }
                }
                Ok(None) => return,
                Err(error) if first => return self.report(Err(error)),
                Err(error) => tracing::error!(%error, "PostgreSQL does not start"),
            }
            let state = self.lock();
            let (state, _) = self
                .changed
                .wait_timeout_while(state, pause, |state| !state.stopping)
                .unwrap_or_else(PoisonError::into_inner);
            if state.stopping {
                return;
            }
            drop(state);
            pause = (pause * 2).min(Duration::from_secs(5));
            if let Err(error) = stale::settle(&launch.cluster, &launch.socket_dir) {
                tracing::error!(%error, "PostgreSQL cannot be started again");
            }
        }
    }

    fn report(&self, started: Result<(), StartError>) {
        self.lock().started = Some(started);
        self.changed.notify_all();
    }

    /// Starts PostgreSQL and waits until it takes connections. `None` when it is to stop before.
    fn run_until_ready(&self, launch: &Launch) -> Result<Option<Child>, StartError> {
        let start = Instant::now();
        loop {
            let (log, from) = open_log(launch)?;
            let mut child = {
                let mut state = self.lock();
                if state.stopping {
                    return Ok(None);
                }
                let child = launch.spawn(log)?;
                state.postmaster = Pid::from_raw(child.id().cast_signed());
                child
            };
            let ended = loop {
                if launch.is_ready(&child) {
                    return Ok(Some(child));
                }
                if wait_unreaped(&child, WaitIdOptions::NOHANG) {
                    break self.reap(&mut child);
                }
                if start.elapsed() > READY {
                    self.end(Signal::KILL);
                    break self.reap(&mut child);
                }
                thread::sleep(Duration::from_millis(5));
            };
            let said = read_log(&launch.log, from);
            if self.lock().stopping {
                return Ok(None);
            }
            if start.elapsed() > LEFT_OVERS || !blames_left_overs(&said) {
                let status =
                    ended.map_or_else(|error| error.to_string(), |status| status.to_string());
                return Err(StartError::Postgres(format!(
                    "PostgreSQL does not start ({status}); it says:\n{}",
                    last_lines(&said)
                )));
            }
            stale::end_backends(&launch.cluster);
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// Waits for the child's end, and only then lets go of its number.
    fn reap(&self, child: &mut Child) -> io::Result<ExitStatus> {
        wait_unreaped(child, WaitIdOptions::empty());
        let status = {
            let mut state = self.lock();
            state.postmaster = None;
            child.wait()
        };
        self.changed.notify_all();
        status
    }

    fn end(&self, signal: Signal) {
        if let Some(postmaster) = self.lock().postmaster {
            // It may have ended meanwhile, which is what is wanted.
            let _sent = kill_process(postmaster, signal);
        }
    }

    fn stop(&self) {
        self.lock().stopping = true;
        self.changed.notify_all();
        for (signal, patience) in SHUTDOWN {
            self.end(signal);
            let state = self.lock();
            let (state, _) = self
                .changed
                .wait_timeout_while(state, patience, |state| state.postmaster.is_some())
                .unwrap_or_else(PoisonError::into_inner);
            if state.postmaster.is_none() {
                return;
            }
        }
    }
}

impl Launch {
    fn spawn(&self, log: File) -> Result<Child, StartError> {
        // SIGINT is PostgreSQL's fast shutdown: open transactions are undone, what is committed is on disk.
        let mut postgres = command(&self.postgres, &self.account, Signal::INT);
        postgres
            .arg("-D")
            .arg(&self.cluster)
            .arg("-k")
            .arg(&self.socket_dir)
            .args(["-p", &socket::PORT.to_string()])
            .args(["-c", "listen_addresses="])
            .args(["-c", "unix_socket_permissions=0700"])
            .args(["-c", "logging_collector=off"])
            .args(["-c", "log_destination=stderr"])
            .args(["-c", "lc_messages=C"])
            .args(["-c", "cluster_name=entente"]);
        if !self.durable {
            postgres.args([
                "-c",
                "fsync=off",
                "-c",
                "synchronous_commit=off",
                "-c",
                "full_page_writes=off",
                // As many tests as there are cores, each with its pool.
                "-c",
                "max_connections=500",
            ]);
        }
        postgres
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|source| failed(&self.postgres, source))
    }

    /// PostgreSQL says so itself: on the first line of this file is its process, on the eighth its state.
    fn is_ready(&self, child: &Child) -> bool {
        let Ok(text) = fs::read_to_string(self.cluster.join("postmaster.pid")) else {
            return false;
        };
        let mut lines = text.lines();
        lines.next().and_then(|line| line.trim().parse().ok()) == Some(child.id())
            && lines.nth(6).map(str::trim) == Some("ready")
    }
}

/// Whether the child has ended, which is waited for unless `options` say not to. It is left to be reaped, so its number is
/// still its own.
fn wait_unreaped(child: &Child, options: WaitIdOptions) -> bool {
    let Some(pid) = Pid::from_raw(child.id().cast_signed()) else {
        return true;
    };
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | options;
    loop {
        match waitid(WaitId::Pid(pid), options) {
            Ok(status) => return status.is_some(),
            Err(rustix::io::Errno::INTR) => {}
            Err(_) => return true,
        }
    }
}

/// Opens the log to write on, and says how long it is already.
fn open_log(launch: &Launch) -> Result<(File, u64), StartError> {
    let failed = |source| failed(&launch.log, source);
    let length = fs::metadata(&launch.log).map_or(0, |log| log.len());
    if length > LONG_LOG {
        fs::rename(&launch.log, launch.log.with_extension("log.old")).map_err(failed)?;
    }
    let log = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(0o600)
        .open(&launch.log)
        .map_err(failed)?;
    launch.account.own(&launch.log).map_err(failed)?;
    let length = log.metadata().map_err(failed)?.len();
    Ok((log, length))
}

fn read_log(path: &Path, from: u64) -> String {
    let mut text = Vec::new();
    let read = File::open(path).and_then(|mut log| {
        log.seek(SeekFrom::Start(from))?;
        log.read_to_end(&mut text)
    });
    match read {
        Ok(_) => String::from_utf8_lossy(&text).into_owned(),
        Err(error) => format!("(nothing can be read: {error})"),
    }
}

fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(12)..].join("\n")
}

/// Whether PostgreSQL did not start because of processes that are still ending.
fn blames_left_overs(said: &str) -> bool {
    said.contains("pre-existing shared memory block") || said.contains("\" already exists")
}
