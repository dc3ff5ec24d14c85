//! The data folder: made once, by `initdb`.

use std::fs;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::process::command;
use super::programs::Programs;
use super::{Folder, ROLE, StartError, failed, stale};

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
    let new = folder.cluster.with_extension("new");
    clear(&new)?;
    if major_version(&folder.cluster).is_some() {
        return Ok(());
    }
    tracing::info!(folder = %folder.root.display(), postgresql = %programs.version, "setting up a private PostgreSQL");
    fs::DirBuilder::new()
        .mode(0o700)
        .create(&new)
        .and_then(|()| folder.account.own(&new))
        .map_err(|source| failed(&new, source))?;
    let mut initdb = command(&programs.program("initdb"), &folder.account, Signal::TERM);
    initdb
        .arg("--pgdata")
        .arg(&new)
        .arg(format!("--username={ROLE}"))
        // Whoever reaches the socket is let in; the folder of the socket is closed to others.
        .arg("--auth=trust")
        .arg("--encoding=UTF8")
        // Upper and lower case of every letter, and an order by code point that no library update changes.
        .arg("--locale=C.UTF-8")
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

/// Removes what an interrupted `initdb` left, and may for a moment still be writing.
fn clear(new: &Path) -> Result<(), StartError> {
    let start = Instant::now();
    loop {
        stale::end_backends(new);
        match fs::remove_dir_all(new) {
            Ok(()) => return Ok(()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(_) if start.elapsed() < Duration::from_secs(5) => {
                std::thread::sleep(Duration::from_millis(50));
            }
            Err(source) => return Err(failed(new, source)),
        }
    }
}
