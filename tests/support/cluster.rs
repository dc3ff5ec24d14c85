//! One PostgreSQL for all tests of a run: the first process that needs it starts it, and it ends by itself some seconds
//! after the last.
//!
//! It is this program's own private server (`entente postgres`), without durability, in a folder under `target/`; or
//! under `/var/tmp` where a folder above `target/` is closed to the user as whom PostgreSQL runs for root. The connection
//! that each process holds open until its end is what keeps it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use entente::db::{self, DatabaseUrl, private};
use sha2::{Digest, Sha256};

use super::{PREFIX, template};

/// How long the server stays when nobody uses it any more, in seconds.
const IDLE: &str = "5";

struct Cluster {
    url: DatabaseUrl,
    admin: Mutex<PgConnection>,
}

/// Where the server is.
pub fn url() -> &'static DatabaseUrl {
    &cluster().url
}

/// Runs a statement as the one who may create databases.
pub fn execute(sql: &str) {
    try_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// The same, where failing is no failure of the test.
pub fn try_execute(sql: &str) -> QueryResult<()> {
    admin(|admin| admin.batch_execute(sql))
}

/// The databases whose name begins with `prefix`.
pub fn databases(prefix: &str) -> Vec<String> {
    admin(|admin| databases_on(admin, prefix))
}

/// Gives `work` this process's connection to the server's own database.
pub fn admin<T>(work: impl FnOnce(&mut PgConnection) -> T) -> T {
    let mut admin = cluster()
        .admin
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    work(&mut admin)
}

fn cluster() -> &'static Cluster {
    static CLUSTER: OnceLock<Cluster> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        if let Ok(url) = std::env::var("TEST_DATABASE_URL") {
            let url = DatabaseUrl::parse(&url).expect("TEST_DATABASE_URL is an address");
            let mut admin = db::connect(&url).expect("TEST_DATABASE_URL can be reached");
            drop_left_overs(&mut admin);
            return Cluster {
                url,
                admin: Mutex::new(admin),
            };
        }
        private_cluster()
    })
}

fn private_cluster() -> Cluster {
    let folder = folder();
    let lock = File::create(folder.with_extension("lock")).expect("the folder can be written");
    lock.lock().expect("the lock can be had");
    let start = Instant::now();
    loop {
        if let Some(cluster) = running(&folder) {
            return cluster;
        }
        if let Some(mut cluster) = start_keeper(&folder) {
            let admin = cluster.admin.get_mut();
            drop_left_overs(admin.unwrap_or_else(PoisonError::into_inner));
            return cluster;
        }
        assert!(
            start.elapsed() < Duration::from_mins(1),
            "the tests' PostgreSQL does not start; see {}",
            log(&folder).display()
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Connects to the private server whose database is at `url`.
fn connect(url: &str) -> Option<Cluster> {
    let url = DatabaseUrl::parse(url).ok()?.with_database("postgres");
    let admin = Mutex::new(db::connect(&url).ok()?);
    Some(Cluster { url, admin })
}

/// The server's folder: the same for every process of this checkout and user.
fn folder() -> PathBuf {
    let near = Path::new(env!("CARGO_TARGET_TMPDIR")).join("postgres");
    if private::usable(&near).is_ok() {
        return near;
    }
    let checkout = Sha256::digest(env!("CARGO_MANIFEST_DIR"));
    let user = rustix::process::geteuid().as_raw();
    let far = format!(
        "/var/tmp/entente-test-{user}-{:02x}{:02x}{:02x}{:02x}",
        checkout[0], checkout[1], checkout[2], checkout[3]
    );
    let far = PathBuf::from(far);
    private::usable(&far).expect("PostgreSQL can run in /var/tmp");
    far
}

fn log(folder: &Path) -> PathBuf {
    folder.with_extension("log")
}

/// The server that another process has started. Its address is where it keeps its folder locked.
fn running(folder: &Path) -> Option<Cluster> {
    let text = fs::read_to_string(folder.join("lock")).ok()?;
    connect(text.lines().nth(1)?)
}

/// Starts the process that keeps the server; `None` when the one before it is still stopping.
#[expect(clippy::zombie_processes, reason = "it outlives this process")]
fn start_keeper(folder: &Path) -> Option<Cluster> {
    let log = File::create(log(folder)).expect("the folder can be written");
    let mut keeper = Command::new(env!("CARGO_BIN_EXE_entente"))
        .args(["postgres", "--not-durable", "--idle", IDLE])
        .arg("--data-dir")
        .arg(folder)
        // Neither a setting nor a `.env` of the developer's is meant for this server.
        .env_remove("DATABASE_URL")
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .process_group(0)
        .spawn()
        .expect("the program can be run");
    let mut line = String::new();
    let stdout = keeper.stdout.take().expect("it is a pipe");
    BufReader::new(stdout)
        .read_line(&mut line)
        .expect("the program writes text");
    connect(&line)
}

/// Drops the databases of tests that were killed, and templates that are no longer current. Templates are kept while
/// the server is another's, as its other users may have other templates.
fn drop_left_overs(admin: &mut PgConnection) {
    let hour_ago = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("it is later than 1970")
        .as_secs()
        - 3600;
    let own = std::env::var_os("TEST_DATABASE_URL").is_none();
    let mut names = databases_on(admin, PREFIX);
    names.retain(|name| {
        let began = name[PREFIX.len()..].split('_').next();
        own || began
            .and_then(|began| began.parse().ok())
            .is_some_and(|began: u64| began < hour_ago)
    });
    if own {
        let templates = databases_on(admin, template::PREFIX);
        names.extend(
            templates
                .into_iter()
                .filter(|name| !template::is_current(name)),
        );
    }
    for name in names {
        let _dropped = admin.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
    }
}

fn databases_on(admin: &mut PgConnection, prefix: &str) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        name: String,
    }
    diesel::sql_query(
        "SELECT datname::text AS name FROM pg_database WHERE starts_with(datname, $1) ORDER BY 1",
    )
    .bind::<Text, _>(prefix)
    .load(admin)
    .expect("the databases can be listed")
    .into_iter()
    .map(|row: Row| row.name)
    .collect()
}
