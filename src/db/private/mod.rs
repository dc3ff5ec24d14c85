//! A PostgreSQL of our own: a real one, durable, in a folder, reached by a Unix socket.
//!
//! Without `DATABASE_URL` the program brings it up from PostgreSQL's own [programs], as an
//! account that PostgreSQL accepts, keeps it running under a supervisor, and takes it down at the
//! end, whichever way the end comes. Its folder:
//!
//! ```text
//! DATA_DIR/
//!   lock          held by the one program that uses the folder; its process and the database's address
//!   postgres/     the data, as initdb made it (`postgres.new-…` while it does)
//!   run/          the socket; in /tmp where the folder's path is too long for one
//!   postgres.log  what PostgreSQL says
//! ```

mod account;
mod cluster;
mod fetch;
mod lock;
mod process;
pub mod programs;
mod socket;
mod stale;
mod supervisor;

use std::fs;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

use diesel::RunQueryDsl;
use diesel::dsl::sql;
use diesel::sql_types::Bool;

use self::account::Account;
use self::lock::FolderLock;
use self::programs::{Programs, Wanted};
use self::socket::SocketFolder;
use self::supervisor::{Launch, Supervisor};
use super::{DatabaseUrl, connect};

pub use self::fetch::cache_folder;

/// The role that owns everything in a private server.
const ROLE: &str = "entente";
/// The database of the registry in a private server.
const DATABASE: &str = "entente";

/// How a private server is set up.
#[derive(Clone, Debug)]
pub struct PrivateOptions {
    /// The folder that holds everything of it; made where it is missing.
    pub data_dir: PathBuf,
    /// Where PostgreSQL's programs are; looked for in the usual places without it.
    pub bin_dir: Option<PathBuf>,
    /// Whether what is committed survives a power failure. Only throw-away servers, for tests, do without.
    pub durable: bool,
}

impl PrivateOptions {
    /// A durable server in `data_dir`.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            bin_dir: None,
            durable: true,
        }
    }
}

/// A running private server. Dropping it shuts PostgreSQL down in good order.
#[derive(Debug)]
pub struct PrivateServer {
    url: DatabaseUrl,
    programs: Programs,
    // Dropped in this order: the folder is free once PostgreSQL has ended.
    supervisor: Supervisor,
    _socket: SocketFolder,
    _lock: FolderLock,
}

/// Why there is no private server.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program uses the folder.
    #[error("{0}")]
    InUse(#[from] lock::InUse),
    /// There is nothing to run.
    #[error("{0}")]
    Programs(#[from] programs::NotFound),
    /// There is nobody to run it as, or the folder is closed to them.
    #[error("{0}")]
    Account(#[from] account::AccountError),
    /// PostgreSQL, or what prepares its folder, ended with an error.
    #[error("{0}")]
    Postgres(String),
    /// The folder holds something else.
    #[error(
        "{0} is itself a PostgreSQL data folder. DATA_DIR is a folder of this program's, which keeps PostgreSQL's \
         inside: give it one of its own."
    )]
    NotOurs(PathBuf),
    /// The folder cannot be used.
    #[error("{path}: {source}", path = path.display())]
    Folder {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl PrivateServer {
    /// Brings the server up, with a database that is there and empty the first time. Returns once it takes connections.
    ///
    /// # Errors
    ///
    /// See [`StartError`]; each says what to do.
    pub fn start(options: &PrivateOptions) -> Result<Self, StartError> {
        let folder = Folder::open(&options.data_dir)?;
        let socket_dir = socket::place(&folder.root, &folder.account);
        let url = socket_url(&socket_dir, DATABASE)?;
        let lock = FolderLock::take(&folder.root, &folder.account, &url)?;
        stale::settle(&folder.cluster, &socket_dir)?;
        let socket = SocketFolder::make(socket_dir.clone(), &folder.account)?;
        let programs = programs::find(&Wanted {
            bin_dir: options.bin_dir.as_deref(),
            major: cluster::major_version(&folder.cluster),
            account: &folder.account,
        })?;
        cluster::prepare(&folder, &programs, options.durable)?;
        let supervisor = Supervisor::start(Launch {
            postgres: programs.program("postgres"),
            account: folder.account.clone(),
            cluster: folder.cluster.clone(),
            socket_dir,
            log: folder.log.clone(),
            durable: options.durable,
        })?;
        create_database(&url)?;
        Ok(Self {
            url,
            programs,
            supervisor,
            _socket: socket,
            _lock: lock,
        })
    }

    /// Where to connect.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// What is being run.
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// The process id of PostgreSQL's postmaster, unless it is being restarted right now.
    pub fn process(&self) -> Option<u32> {
        self.supervisor.process()
    }
}

/// Makes `data_dir` where it is missing, and says whether a private server can be run in it.
///
/// # Errors
///
/// When the folder is closed to the user as whom PostgreSQL runs, or the system refuses.
pub fn usable(data_dir: &Path) -> Result<(), StartError> {
    Folder::open(data_dir).map(drop)
}

/// What is where in `DATA_DIR`, and whose it is.
pub(super) struct Folder {
    root: PathBuf,
    cluster: PathBuf,
    log: PathBuf,
    account: Account,
}

impl Folder {
    fn open(root: &Path) -> Result<Self, StartError> {
        if root.join("PG_VERSION").exists() {
            return Err(StartError::NotOurs(root.to_owned()));
        }
        let missing = !root.exists();
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o755)
            .create(root)
            .map_err(|source| failed(root, source))?;
        let root = root.canonicalize().map_err(|source| failed(root, source))?;
        let cluster = root.join("postgres");
        let account = Account::for_cluster(&cluster)?;
        if missing {
            account.own(&root).map_err(|source| failed(&root, source))?;
            fs::set_permissions(&root, fs::Permissions::from_mode(0o700))
                .map_err(|source| failed(&root, source))?;
        }
        if let Err(closed) = account.must_enter(&root) {
            if missing {
                let _removed = fs::remove_dir(&root);
            }
            return Err(closed.into());
        }
        Ok(Self {
            log: root.join("postgres.log"),
            cluster,
            account,
            root,
        })
    }
}

fn failed(path: &Path, source: std::io::Error) -> StartError {
    StartError::Folder {
        path: path.to_owned(),
        source,
    }
}

/// The address of `database` behind the socket in `socket_dir`. Everything is spelled out, so that libpq's environment
/// variables (`PGPORT`, `PGSSLMODE`, …) change nothing.
fn socket_url(socket_dir: &Path, database: &str) -> Result<DatabaseUrl, StartError> {
    let host: String =
        url::form_urlencoded::byte_serialize(socket_dir.as_os_str().as_encoded_bytes())
            .collect::<String>()
            // libpq reads a plus sign as one.
            .replace('+', "%20");
    DatabaseUrl::parse(&format!(
        "postgresql:///{database}?host={host}&port={}&user={ROLE}&sslmode=disable",
        socket::PORT
    ))
    .map_err(|error| StartError::Postgres(error.to_string()))
}

/// Creates the registry's database where it is missing: on a first start, or after one that was cut short.
fn create_database(url: &DatabaseUrl) -> Result<(), StartError> {
    let explain = |error: &dyn std::error::Error| {
        StartError::Postgres(format!(
            "PostgreSQL is running, but its database cannot be created: {}",
            error
                .source()
                .map_or_else(|| error.to_string(), ToString::to_string)
        ))
    };
    let mut connection =
        connect(&url.with_database("postgres")).map_err(|error| explain(&error))?;
    let exists: bool = diesel::select(sql::<Bool>(&format!(
        "EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}')"
    )))
    .get_result(&mut connection)
    .map_err(|error| explain(&error))?;
    if !exists {
        diesel::sql_query(format!("CREATE DATABASE {DATABASE}"))
            .execute(&mut connection)
            .map_err(|error| explain(&error))?;
    }
    Ok(())
}
