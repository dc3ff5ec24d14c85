//! Bringing the schema up to date.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::{Pg, PgConnection};
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use self::sql_items::{__diesel_schema_migrations, pg_try_advisory_lock};
use super::{DatabaseUrl, connect};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// The advisory lock under which migrations run: the letters `entente`.
const LOCK: i64 = 0x0065_6e74_656e_7465;

/// How long to wait for another program's migrations.
const PATIENCE: Duration = Duration::from_mins(10);

/// How a database's schema stands to this program's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The migrations that the database has, oldest first.
    pub applied: Vec<String>,
    /// The migrations that it lacks, in the order in which they will run.
    pub pending: Vec<String>,
    /// The migrations that it has and this program does not know: a newer program was here.
    pub unknown: Vec<String>,
}

/// Migrations that did not come about.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database cannot be reached; the source is PostgreSQL's own explanation.
    #[error("the database cannot be reached: {}", reason(.0))]
    Unreachable(#[source] super::Error),
    /// A newer program has been at this database.
    #[error(
        "the database has migrations that this program does not know ({}): a newer version of the program was used on \
         it. Use that version, or another database.",
        .0.join(", ")
    )]
    Newer(Vec<String>),
    /// One migration failed; those before it stay, nothing of it is kept.
    #[error("migration {migration} failed: {reason}")]
    Failed {
        /// Its name.
        migration: String,
        /// What PostgreSQL said.
        reason: String,
    },
    /// Another program has held the lock for too long.
    #[error("another program has been migrating this database for more than {} minutes", PATIENCE.as_secs() / 60)]
    Busy,
    /// The table of migrations could not be read.
    #[error("the database's list of migrations cannot be read: {0}")]
    Unreadable(String),
}

/// Runs what is missing, and says which migrations ran.
///
/// Safe when several programs start at once: the first to come runs them, the others wait and find nothing left to do.
///
/// # Errors
///
/// See [`Error`].
pub fn run(url: &DatabaseUrl) -> Result<Vec<String>, Error> {
    let mut connection = connect(url).map_err(Error::Unreachable)?;
    lock(&mut connection)?;
    // Closing the connection gives the lock back, whatever happens.
    let result = run_locked(&mut connection);
    drop(connection);
    result
}

/// How the database's schema stands, changing nothing.
///
/// # Errors
///
/// When the database cannot be reached or read.
pub fn state(url: &DatabaseUrl) -> Result<State, Error> {
    let mut connection = connect(url).map_err(Error::Unreachable)?;
    connection
        .batch_execute("SET default_transaction_read_only = on")
        .map_err(unreadable)?;
    let exists = diesel::select(sql::<Bool>(
        "to_regclass('__diesel_schema_migrations') IS NOT NULL",
    ))
    .get_result(&mut connection)
    .map_err(unreadable)?;
    let applied = if exists {
        applied(&mut connection)?
    } else {
        Vec::new()
    };
    compare(applied)
}

/// Waits for the lock by asking again and again: a session that blocks in `pg_advisory_lock` holds a snapshot, which a
/// `CREATE INDEX CONCURRENTLY` in the other program's migrations would wait for in turn.
fn lock(connection: &mut PgConnection) -> Result<(), Error> {
    let start = Instant::now();
    let mut told = false;
    loop {
        let taken: bool = diesel::select(pg_try_advisory_lock(LOCK))
            .get_result(connection)
            .map_err(|error| Error::Unreachable(error.into()))?;
        if taken {
            return Ok(());
        }
        if start.elapsed() > PATIENCE {
            return Err(Error::Busy);
        }
        if !told && start.elapsed() > Duration::from_secs(1) {
            told = true;
            tracing::info!("another program is migrating this database; waiting for it");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn run_locked(connection: &mut PgConnection) -> Result<Vec<String>, Error> {
    // Creates the table of migrations where it is missing.
    MigrationHarness::<Pg>::applied_migrations(connection).map_err(unreadable)?;
    let state = compare(applied(connection)?)?;
    if !state.unknown.is_empty() {
        return Err(Error::Newer(state.unknown));
    }
    for migration in migrations()? {
        let name = migration.name().to_string();
        if !state.pending.contains(&name) {
            continue;
        }
        let start = Instant::now();
        connection
            .run_migration(&*migration)
            .map_err(|error| Error::Failed {
                migration: name.clone(),
                reason: error.to_string(),
            })?;
        tracing::info!(migration = name, took = ?start.elapsed(), "migrated");
    }
    Ok(state.pending)
}

fn compare(applied: Vec<String>) -> Result<State, Error> {
    let mut known = BTreeSet::new();
    let mut pending = Vec::new();
    for migration in migrations()? {
        let version = migration.name().version().to_string();
        if !applied.contains(&version) {
            pending.push(migration.name().to_string());
        }
        known.insert(version);
    }
    let unknown = applied
        .iter()
        .filter(|version| !known.contains(*version))
        .cloned()
        .collect();
    Ok(State {
        applied,
        pending,
        unknown,
    })
}

/// The migrations in this program, oldest first.
fn migrations() -> Result<Vec<Box<dyn Migration<Pg>>>, Error> {
    let mut migrations = MigrationSource::<Pg>::migrations(&MIGRATIONS).map_err(unreadable)?;
    migrations.sort_by(|a, b| a.name().version().cmp(&b.name().version()));
    Ok(migrations)
}

fn applied(connection: &mut PgConnection) -> Result<Vec<String>, Error> {
    __diesel_schema_migrations::table
        .select(__diesel_schema_migrations::version)
        .order(__diesel_schema_migrations::version)
        .load(connection)
        .map_err(unreadable)
}

fn unreadable(error: impl std::fmt::Display) -> Error {
    Error::Unreadable(error.to_string())
}

fn reason(error: &super::Error) -> String {
    let source = std::error::Error::source(error);
    source.map_or_else(
        || error.to_string(),
        |source| source.to_string().trim_end().to_owned(),
    )
}

/// diesel keeps its own description of this table and its lock to itself.
mod sql_items {
    use diesel::sql_types::BigInt;

    diesel::table! {
        __diesel_schema_migrations (version) {
            version -> Text,
        }
    }

    #[diesel::declare_sql_function]
    extern "SQL" {
        fn pg_try_advisory_lock(key: BigInt) -> Bool;
    }
}
