//! The data folder: made once, by `initdb`.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use rustix::process::Signal;

use super::process::command;
use super::programs::Programs;
use super::{Folder, ROLE, StartError, failed, stale};

/// The start of the name of a data folder that is being made.
const NEW: &str = "postgres.new-";

/// The major version of PostgreSQL that the data was made by, where there is any.
pub(super) fn major_version(cluster: &Path) -> Option<u32> {
    let text = fs::read_to_string(cluster.join("PG_VERSION")).ok()?;
    text.trim().parse().ok()
}

/// Makes the data folder where it is missing.
///
/// `initdb` works in a folder of another name, which gets its own at the end: being killed on the way costs nothing.
pub(super) fn prepare(
    folder: &Folder,
    programs: &Programs,
    durable: bool,
) -> Result<(), StartError> {
    clear(&folder.root);
    if major_version(&folder.cluster).is_some() {
        return Ok(());
    }
    // A name of its own each time, as an interrupted initdb may still be about.
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let new = folder
        .root
        .join(format!("{NEW}{}", now.unwrap_or_default().as_nanos()));
    tracing::info!(folder = %folder.root.display(), postgresql = %programs.version, "setting up a private PostgreSQL");
    fs::DirBuilder::new()
        .mode(0o700)
        .create(&new)
        .and_then(|()| folder.account.own(&new))
        .map_err(|source| failed(&new, source))?;
    let mut initdb = command(&programs.program("initdb"), &folder.account, Signal::KILL);
    initdb
        .arg("--pgdata")
        .arg(&new)
        .arg(format!("--username={ROLE}"))
        // Whoever reaches the socket is let in; the folder of the socket is closed to others.
        .arg("--auth=trust")
        .arg("--encoding=UTF8")
        // Upper and lower case of every letter, and an order by code point that no library update changes.
        .arg("--locale=C.UTF-8")
        .arg("--data-checksums")
        .arg("--no-instructions")
        .stdin(Stdio::null());
    if !durable {
        initdb.arg("--no-sync");
    }
    // This thread waits for it, so it can't end before.
    let output = initdb
        .output()
        .map_err(|source| failed(initdb.get_program().as_ref(), source))?;
    if !output.status.success() {
        return Err(StartError::Postgres(format!(
            "PostgreSQL's data folder cannot be made; initdb says:\n{}",
            String::from_utf8_lossy(&output.stderr).trim_end()
        )));
    }
    fs::rename(&new, &folder.cluster).map_err(|source| failed(&folder.cluster, source))?;
    if durable {
        // The rename is to outlast a power failure like the data.
        fs::File::open(&folder.root)
            .and_then(|root| root.sync_all())
            .map_err(|source| failed(&folder.root, source))?;
    }
    Ok(())
}

/// Removes what interrupted `initdb`s left. One of them may still be writing for a moment; what can't be removed now will
/// be at another start.
fn clear(root: &Path) {
    let entries = fs::read_dir(root).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| {
        entry
            .file_name()
            .as_encoded_bytes()
            .starts_with(NEW.as_bytes())
    }) {
        let start = Instant::now();
        loop {
            stale::end_backends(&entry.path());
            match fs::remove_dir_all(entry.path()) {
                Err(error)
                    if error.kind() != io::ErrorKind::NotFound
                        && start.elapsed() < Duration::from_secs(1) =>
                {
                    std::thread::sleep(Duration::from_millis(20));
                }
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    tracing::warn!(folder = %entry.path().display(), %error, "cannot be removed now");
                    break;
                }
                _ => break,
            }
        }
    }
}
