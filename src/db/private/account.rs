//! Whose the server is: PostgreSQL refuses to run as root.

use std::fs;
use std::io;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The users that may run PostgreSQL for root, the best first.
const SERVANTS: [&str; 2] = ["postgres", "nobody"];

/// Who runs PostgreSQL.
#[derive(Clone, Debug)]
pub(super) struct Account {
    uid: u32,
    gid: u32,
    name: String,
    /// Whether this program has to become someone else for it.
    change: bool,
}

/// There is nobody to run PostgreSQL.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    /// Running as root on a system without a user for it.
    #[error(
        "PostgreSQL does not run as root, and this system has neither a user `postgres` nor a user `nobody`. Create one \
         (useradd --system postgres), or name a database: DATABASE_URL=postgresql://…"
    )]
    Nobody,
    /// The data is someone else's.
    #[error(
        "{path} belongs to user {owner}. Run as that user or as root, or give this program its own folder (DATA_DIR=…).",
        path = path.display()
    )]
    Stranger {
        /// The folder with the data.
        path: PathBuf,
        /// Whose it is: a user's number.
        owner: u32,
    },
    /// The data is root's.
    #[error(
        "{path} belongs to root, and PostgreSQL does not run as root. Give it to another user (chown -R postgres {path}), \
         or choose another folder (DATA_DIR=…).",
        path = path.display()
    )]
    Root {
        /// The folder with the data.
        path: PathBuf,
    },
    /// A folder above is closed.
    #[error(
        "{path} cannot be entered by the user `{name}`, as whom PostgreSQL runs because it refuses root: a folder above is \
         closed to others. Choose another folder, as DATA_DIR=/var/lib/entente.",
        path = path.display()
    )]
    Closed {
        /// The folder.
        path: PathBuf,
        /// Who cannot enter it.
        name: String,
    },
    /// The system did not answer.
    #[error("{path}: {source}", path = path.display())]
    System {
        /// The file that was asked for.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

impl Account {
    /// Who runs the server on this data: its owner where it is there; else this program's user, or root's servant.
    pub(super) fn for_cluster(cluster: &Path) -> Result<Self, AccountError> {
        let me = rustix::process::geteuid().as_raw();
        let owner = match fs::metadata(cluster) {
            Ok(data) => Some((data.uid(), data.gid())),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(source) => {
                return Err(AccountError::System {
                    path: cluster.to_owned(),
                    source,
                });
            }
        };
        match owner {
            Some((0, _)) => Err(AccountError::Root {
                path: cluster.to_owned(),
            }),
            Some((uid, _)) if uid != me && me != 0 => Err(AccountError::Stranger {
                path: cluster.to_owned(),
                owner: uid,
            }),
            Some((uid, gid)) if me == 0 => Ok(Self {
                uid,
                gid,
                name: users()?
                    .into_iter()
                    .find(|user| user.uid == uid)
                    .map_or_else(|| uid.to_string(), |user| user.name),
                change: true,
            }),
            None if me == 0 => Self::servant(),
            _ => Ok(Self {
                uid: me,
                gid: rustix::process::getegid().as_raw(),
                name: me.to_string(),
                change: false,
            }),
        }
    }

    /// The first servant that this system has.
    fn servant() -> Result<Self, AccountError> {
        let users = users()?;
        SERVANTS
            .iter()
            .find_map(|name| {
                users
                    .iter()
                    .find(|user| user.name == *name && user.uid != 0)
            })
            .map(|user| Self {
                change: true,
                ..user.clone()
            })
            .ok_or(AccountError::Nobody)
    }

    pub(super) fn uid(&self) -> u32 {
        self.uid
    }

    /// Makes `command` run as this account, away from the working directory, which may be closed to it.
    pub(super) fn run(&self, command: &mut Command) {
        if self.change {
            command.gid(self.gid).uid(self.uid);
        }
        command.current_dir("/");
    }

    /// Gives a file or folder to this account.
    pub(super) fn own(&self, path: &Path) -> io::Result<()> {
        if self.change {
            chown(path, Some(self.uid), Some(self.gid))?;
        }
        Ok(())
    }

    /// Checks that the account can get into `folder`. Only trying tells: permissions come from each folder above, their
    /// groups and access lists.
    pub(super) fn must_enter(&self, folder: &Path) -> Result<(), AccountError> {
        if !self.change {
            return Ok(());
        }
        let mut command = Command::new("/bin/sh");
        command
            .args(["-c", r#"cd -- "$1""#, "sh"])
            .arg(folder)
            .stderr(Stdio::null());
        self.run(&mut command);
        match command.status() {
            Ok(status) if status.success() => Ok(()),
            Ok(_) => Err(AccountError::Closed {
                path: folder.to_owned(),
                name: self.name.clone(),
            }),
            Err(source) => Err(AccountError::System {
                path: PathBuf::from("/bin/sh"),
                source,
            }),
        }
    }
}

/// The local users. Those that matter here, `postgres` and `nobody`, are never elsewhere.
fn users() -> Result<Vec<Account>, AccountError> {
    let path = Path::new("/etc/passwd");
    let text = fs::read_to_string(path).map_err(|source| AccountError::System {
        path: path.to_owned(),
        source,
    })?;
    Ok(text.lines().filter_map(parse_user).collect())
}

fn parse_user(line: &str) -> Option<Account> {
    let mut fields = line.split(':');
    let name = fields.next()?.to_owned();
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    Some(Account {
        uid,
        gid,
        name,
        change: true,
    })
}
