//! The folder of the socket. The system allows a socket's path about a hundred bytes, which a deep data folder exceeds.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::account::Account;
use super::{StartError, failed};

/// Names the socket within its folder; nothing listens on a port.
pub(super) const PORT: u16 = 5432;

/// The longest path of a socket, in bytes, without its final NUL.
const LONGEST: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// Where the socket for the data in `root` goes: within it, or in `/tmp` where that path is too long.
pub(super) fn place(root: &Path, account: &Account) -> PathBuf {
    let inside = root.join("run");
    if fits(&inside) {
        return inside;
    }
    let digest = Sha256::digest(root.as_os_str().as_encoded_bytes());
    let name = digest[..8]
        .iter()
        .fold(0_u64, |name, byte| name << 8 | u64::from(*byte));
    PathBuf::from(format!("/tmp/entente-{}-{name:016x}", account.uid()))
}

/// The folder of the socket. Dropped after its server, it leaves nothing behind.
#[derive(Debug)]
pub(super) struct SocketFolder(PathBuf);

impl SocketFolder {
    /// Makes it, open to `account` alone, as whoever reaches the socket is let in.
    pub(super) fn make(folder: PathBuf, account: &Account) -> Result<Self, StartError> {
        make_private(&folder, account).map_err(|source| failed(&folder, source))?;
        Ok(Self(folder))
    }
}

impl Drop for SocketFolder {
    fn drop(&mut self) {
        // What still has a socket in it stays.
        let _in_use = fs::remove_dir(&self.0);
    }
}

fn fits(folder: &Path) -> bool {
    folder.as_os_str().len() + format!("/.s.PGSQL.{PORT}").len() <= LONGEST
}

/// Anybody may make a folder in `/tmp` first, so one that is there already is looked at closely.
fn make_private(folder: &Path, account: &Account) -> io::Result<()> {
    match fs::DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    let found = fs::symlink_metadata(folder)?;
    // One of our own may be left from a start that was killed before it gave the folder to the account.
    let ours = rustix::process::geteuid().as_raw();
    if !found.is_dir() || ![account.uid(), ours].contains(&found.uid()) {
        return Err(io::Error::other(
            "something else is where the database's socket belongs; remove it",
        ));
    }
    account.own(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_path_is_counted_with_the_name_of_the_socket() {
        let name = "/.s.PGSQL.5432".len();
        assert!(fits(Path::new(&"a".repeat(LONGEST - name))));
        assert!(!fits(Path::new(&"a".repeat(LONGEST - name + 1))));
    }
}
