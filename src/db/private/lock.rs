//! One program a folder.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::account::Account;
use crate::db::DatabaseUrl;

/// A lock can outlive its program for a moment: a child that was being started when the program was killed holds it until
/// it is told so.
const MOMENT: Duration = Duration::from_millis(200);
/// The same, where the program is known to be gone.
const LINGERING: Duration = Duration::from_secs(10);

/// The right to use a folder, as long as it lives. The system gives it back however the program ends.
#[derive(Debug)]
pub(super) struct FolderLock {
    _file: File,
}

/// The folder is not to be had.
#[derive(Debug, thiserror::Error)]
pub enum InUse {
    /// Another copy of this program has it.
    #[error(
        "{folder} is in use by another copy of this program{process}. Stop it, or give this one its own folder \
         (DATA_DIR=…){share}.",
        folder = folder.display(),
        process = process.as_ref().map_or_else(String::new, |id| format!(" (process {id})")),
        share = url.as_ref().map_or_else(String::new, |url| format!(", or share its database: DATABASE_URL='{url}'"))
    )]
    Taken {
        /// The folder.
        folder: PathBuf,
        /// The other program's process, where it has written it down.
        process: Option<String>,
        /// The other program's database, likewise.
        url: Option<String>,
    },
    /// The lock file cannot be used.
    #[error("{path}: {source}", path = path.display())]
    File {
        /// The lock file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl FolderLock {
    /// Takes the folder, leaving word of who has it and where its database will be.
    pub(super) fn take(folder: &Path, account: &Account, url: &DatabaseUrl) -> Result<Self, InUse> {
        let path = folder.join("lock");
        let failed = |source| InUse::File {
            path: path.clone(),
            source,
        };
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        let start = Instant::now();
        while let Err(error) = file.try_lock() {
            if let TryLockError::Error(source) = error {
                return Err(failed(source));
            }
            let (process, url) = read(&mut file);
            let patience = if process.as_deref().is_some_and(is_gone) {
                LINGERING
            } else {
                MOMENT
            };
            if start.elapsed() > patience {
                return Err(InUse::Taken {
                    folder: folder.to_owned(),
                    process,
                    url,
                });
            }
            thread::sleep(Duration::from_millis(20));
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            // So that this user may run the program itself another time.
            .and_then(|()| account.own(&path))
            .and_then(|()| writeln!(file, "{}\n{}", std::process::id(), url.expose()))
            .map_err(failed)?;
        Ok(Self { _file: file })
    }
}

/// What the holder has written down: its process and its database. Without them the message is shorter, and still right.
fn read(file: &mut File) -> (Option<String>, Option<String>) {
    let mut text = String::new();
    let _read = file.rewind().and_then(|()| file.read_to_string(&mut text));
    let mut lines = text.lines().map(str::to_owned);
    (lines.next(), lines.next())
}

fn is_gone(process: &str) -> bool {
    use rustix::process::{Pid, test_kill_process};
    let pid = process.parse().ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid) == Err(rustix::io::Errno::SRCH))
}
