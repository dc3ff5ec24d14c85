//! Where PostgreSQL's programs come from.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::account::Account;
use super::fetch;

/// The oldest major version that the program works with.
pub const OLDEST: u32 = 15;

/// Folders under which systems put PostgreSQL's versions: `<folder>/<version>/bin` or `<folder>/bin`.
const USUAL: [&str; 9] = [
    "/usr/lib/postgresql",
    "/usr/lib/postgresql*",
    "/usr/libexec/postgresql*",
    "/usr/pgsql-*",
    "/usr/local/pgsql",
    "/opt/homebrew/opt/postgresql*",
    "/usr/local/opt/postgresql*",
    "/home/linuxbrew/.linuxbrew/opt/postgresql*",
    "/Applications/Postgres.app/Contents/Versions",
];

/// A folder with PostgreSQL's programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Programs {
    /// The folder, links resolved.
    pub bin_dir: PathBuf,
    /// What they are.
    pub version: Version,
}

impl Programs {
    /// The path of one of them.
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin_dir.join(name)
    }
}

/// A version of PostgreSQL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// Data folders are made for one major version.
    pub major: u32,
    /// Fixes within it.
    pub minor: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// What is looked for.
pub(super) struct Wanted<'a> {
    pub(super) bin_dir: Option<&'a Path>,
    /// The version that the data was made by.
    pub(super) major: Option<u32>,
    /// Who is to run them.
    pub(super) account: &'a Account,
}

/// There are no programs that will do.
#[derive(Debug, thiserror::Error)]
pub enum NotFound {
    /// `PG_BIN_DIR` is wrong.
    #[error("PG_BIN_DIR={path} holds no PostgreSQL that can be used: {reason}", path = path.display())]
    Named {
        /// The folder.
        path: PathBuf,
        /// Why not.
        reason: String,
    },
    /// Nothing is installed, and nothing could be fetched.
    #[error(
        "no PostgreSQL {} was found{seen}, and none could be fetched ({fetch}). There are three ways out:\n  \
         - install it:  Debian, Ubuntu: sudo apt-get install postgresql\n                 \
         Fedora: sudo dnf install postgresql-server postgresql-contrib\n                 \
         macOS: brew install postgresql\n  \
         - say where it is:  PG_BIN_DIR=/folder/with/postgres/and/initdb\n  \
         - use a server that is there:  DATABASE_URL=postgresql://user:password@host/database",
        wanted(*.major)
    )]
    Nowhere {
        /// The version that the data needs.
        major: Option<u32>,
        /// The versions that were found and won't do.
        seen: String,
        /// Why none was fetched.
        fetch: fetch::FetchError,
    },
}

fn wanted(major: Option<u32>) -> String {
    major.map_or_else(
        || format!("{OLDEST} or newer"),
        |major| format!("{major}, by which the data was made,"),
    )
}

/// Finds the programs: those of `PG_BIN_DIR`; the newest that are installed or were fetched; or fetches them. Data that
/// is there decides the major version.
pub(super) fn find(wanted: &Wanted<'_>) -> Result<Programs, NotFound> {
    let suits = |version: Version| match wanted.major {
        Some(major) => version.major == major,
        None => version.major >= OLDEST,
    };
    if let Some(path) = wanted.bin_dir {
        let named = |reason: String| NotFound::Named {
            path: path.to_owned(),
            reason,
        };
        let programs = look(path, Some(wanted.account)).map_err(named)?;
        return if suits(programs.version) {
            Ok(programs)
        } else {
            Err(named(format!(
                "it is version {}, and {} is needed",
                programs.version,
                self::wanted(wanted.major)
            )))
        };
    }
    let mut found = installed(Some(wanted.account));
    found.sort_by_key(|programs| programs.version);
    if let Some(programs) = found.iter().rev().find(|programs| suits(programs.version)) {
        return Ok(programs.clone());
    }
    let fetched = if wanted.major.is_none_or(|major| major == fetch::MAJOR) {
        fetch::fetch()
    } else {
        Err(fetch::FetchError::OtherVersion)
    };
    let fetched = fetched.and_then(|bin_dir| {
        look(&bin_dir, Some(wanted.account)).map_err(fetch::FetchError::Useless)
    });
    fetched.map_err(|fetch| NotFound::Nowhere {
        major: wanted.major,
        seen: match found.as_slice() {
            [] => String::new(),
            found => {
                let versions: Vec<String> = found
                    .iter()
                    .map(|programs| {
                        format!("{} in {}", programs.version, programs.bin_dir.display())
                    })
                    .collect();
                format!(" ({} will not do)", versions.join(", "))
            }
        },
        fetch,
    })
}

/// Every PostgreSQL that is on this machine in a place that is looked at, and can be run.
pub fn all() -> Vec<Programs> {
    installed(None)
}

fn installed(account: Option<&Account>) -> Vec<Programs> {
    let mut folders = Vec::new();
    let pg_config = Command::new("pg_config")
        .arg("--bindir")
        .stderr(Stdio::null())
        .output();
    if let Ok(output) = pg_config {
        folders.push(PathBuf::from(
            String::from_utf8_lossy(&output.stdout).trim(),
        ));
    }
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path));
    }
    for pattern in USUAL {
        for folder in expand(pattern) {
            folders.extend(
                subfolders(&folder)
                    .into_iter()
                    .map(|version| version.join("bin")),
            );
            folders.push(folder.join("bin"));
        }
    }
    folders.extend(fetch::fetched());
    let mut seen = BTreeSet::new();
    folders
        .into_iter()
        // A link in PATH leads to the folder that has the other programs too.
        .filter_map(|folder| folder.join("postgres").canonicalize().ok())
        .filter_map(|program| program.parent().map(Path::to_owned))
        .filter(|folder| seen.insert(folder.clone()))
        .filter_map(|folder| look(&folder, account).ok())
        .collect()
}

/// What is in `bin_dir`, tried out as the one who is to run it.
fn look(bin_dir: &Path, account: Option<&Account>) -> Result<Programs, String> {
    let bin_dir = bin_dir.canonicalize().map_err(|error| error.to_string())?;
    for name in ["initdb", "postgres"] {
        if !bin_dir.join(name).is_file() {
            return Err(format!("it has no `{name}`"));
        }
    }
    let mut command = Command::new(bin_dir.join("postgres"));
    command.arg("--version").stderr(Stdio::null());
    if let Some(account) = account {
        account.run(&mut command);
    }
    let output = command
        .output()
        .map_err(|error| format!("`postgres` cannot be run: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let version = parse_version(&text)
        .filter(|_| output.status.success())
        .ok_or_else(|| "`postgres --version` does not say what it is".to_owned())?;
    Ok(Programs { bin_dir, version })
}

/// Reads `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`; a version to come may be `19beta1` or `19devel`.
fn parse_version(text: &str) -> Option<Version> {
    let version = text
        .split("(PostgreSQL)")
        .nth(1)?
        .split_whitespace()
        .next()?;
    let mut parts = version.split('.');
    let digits = |part: &str| {
        part.chars()
            .take_while(char::is_ascii_digit)
            .collect::<String>()
            .parse()
            .ok()
    };
    Some(Version {
        major: parts.next().and_then(digits)?,
        minor: parts.next().and_then(digits).unwrap_or(0),
    })
}

/// The folders that a path names whose last part may end with a star.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let path = Path::new(pattern);
    let (Some(parent), Some(prefix)) = (
        path.parent(),
        path.file_name()
            .and_then(OsStr::to_str)
            .and_then(|name| name.strip_suffix('*')),
    ) else {
        return vec![path.to_owned()];
    };
    subfolders(parent)
        .into_iter()
        .filter(|folder| {
            folder
                .file_name()
                .and_then(OsStr::to_str)
                .is_some_and(|name| name.starts_with(prefix))
        })
        .collect()
}

fn subfolders(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_postgres_says_them() {
        let version = |text| parse_version(text).map(|version| (version.major, version.minor));
        assert_eq!(
            version("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"),
            Some((15, 14))
        );
        assert_eq!(version("postgres (PostgreSQL) 18.3\n"), Some((18, 3)));
        assert_eq!(version("postgres (PostgreSQL) 19beta1\n"), Some((19, 0)));
        assert_eq!(version("postgres: command not found"), None);
    }
}
