//! Connections: how one is made, and what is settled once for its life.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::r2d2::{ManageConnection, R2D2Connection};
use diesel::sql_types::Integer;

use super::statements::{Kept, observer};
use super::{DatabaseUrl, Error, StatementLog};

/// How long a connection may take to come about.
const CONNECT_TIMEOUT_SECONDS: &str = "5";

/// A connection that keeps more statements prepared than this is replaced: each takes some kilobytes of PostgreSQL's
/// memory, nothing else would ever let go of them, and clients decide how many there are.
const MOST_KEPT: usize = 1000;

/// Opens one connection outside the pool, for tools that do one thing and end: nothing is read-only, nothing times out.
///
/// # Errors
///
/// [`Error::Unavailable`], whose source is PostgreSQL's own explanation.
pub fn connect(url: &DatabaseUrl) -> Result<PgConnection, Error> {
    let mut connection = establish(url)?;
    connection.batch_execute(
        "SET application_name = 'entente (tool)'; SET DateStyle = 'ISO'; SET TimeZone = 'UTC'",
    )?;
    Ok(connection)
}

pub(super) fn establish(url: &DatabaseUrl) -> Result<PgConnection, diesel::ConnectionError> {
    let url = url.with_default("connect_timeout", CONNECT_TIMEOUT_SECONDS);
    PgConnection::establish(url.expose())
}

/// A pooled connection.
pub(super) struct Session {
    pub(super) connection: PgConnection,
    /// PostgreSQL's process for it: what a cancellation is addressed to.
    pub(super) backend: i32,
    /// Which generation of connections it belongs to; see [`Manager::distrust`].
    pub(super) generation: u64,
    /// Whether it is to be thrown away instead of going back to the pool.
    pub(super) doomed: bool,
    kept: Kept,
}

impl Session {
    /// The connection inside, for its transaction manager.
    pub(super) fn doom(&mut self) {
        self.doomed = true;
    }
}

/// Makes the pool's connections.
#[derive(Clone)]
pub(super) struct Manager {
    url: DatabaseUrl,
    settings: Arc<str>,
    statements: Option<StatementLog>,
    generation: Arc<AtomicU64>,
}

/// What each connection is told as it is made.
pub(super) struct Limits {
    pub(super) application_name: String,
    pub(super) statement: Duration,
    pub(super) lock: Duration,
    pub(super) idle_in_transaction: Duration,
}

impl Manager {
    pub(super) fn new(url: DatabaseUrl, limits: &Limits, statements: Option<StatementLog>) -> Self {
        let settings = format!(
            // Compiling a plan takes longer than running the plans of requests does.
            "SET application_name = '{}'; SET jit = off; SET plan_cache_mode = force_generic_plan;\
             SET DateStyle = 'ISO'; SET TimeZone = 'UTC'; SET default_transaction_read_only = on;\
             SET statement_timeout = {}; SET lock_timeout = {};\
             SET idle_in_transaction_session_timeout = {}",
            limits.application_name.replace('\'', "''"),
            limits.statement.as_millis(),
            limits.lock.as_millis(),
            limits.idle_in_transaction.as_millis(),
        );
        Self {
            url,
            settings: settings.into(),
            statements,
            generation: Arc::default(),
        }
    }

    /// Whether the connection was made before another of its age turned out broken.
    pub(super) fn distrusts(&self, session: &Session) -> bool {
        session.generation < self.generation.load(Ordering::Acquire)
    }

    /// Takes note that a connection was found broken. When PostgreSQL was restarted, all that were made before are broken
    /// too, so none of them is handed out any more.
    pub(super) fn distrust(&self, session: &Session) {
        self.generation
            .fetch_max(session.generation + 1, Ordering::AcqRel);
    }

    fn open(&self) -> Result<Session, Error> {
        let generation = self.generation.load(Ordering::Acquire);
        let mut connection = establish(&self.url)?;
        connection.batch_execute(&self.settings)?;
        let backend =
            diesel::select(sql::<Integer>("pg_backend_pid()")).get_result(&mut connection)?;
        let kept = Kept::default();
        connection.set_instrumentation(observer(&kept, self.statements.as_ref()));
        Ok(Session {
            connection,
            backend,
            generation,
            doomed: false,
            kept,
        })
    }
}

impl ManageConnection for Manager {
    type Connection = Session;
    type Error = ConnectFailure;

    fn connect(&self) -> Result<Session, ConnectFailure> {
        self.open().map_err(ConnectFailure)
    }

    fn is_valid(&self, session: &mut Session) -> Result<(), ConnectFailure> {
        session
            .connection
            .ping()
            .map_err(|error| ConnectFailure(error.into()))
    }

    fn has_broken(&self, session: &mut Session) -> bool {
        session.doomed
            || session.kept.count() > MOST_KEPT
            || std::thread::panicking()
            || session.connection.is_broken()
    }
}

/// A connection that did not come about, with the reason spelled out: it is only ever logged.
#[derive(Debug)]
pub(super) struct ConnectFailure(Error);

impl fmt::Display for ConnectFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match std::error::Error::source(&self.0) {
            Some(source) => write!(f, "{}", source.to_string().trim_end()),
            None => write!(f, "{}", self.0),
        }
    }
}

impl std::error::Error for ConnectFailure {}
