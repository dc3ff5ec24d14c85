//! [`Database`]: how everything reads and writes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use diesel::connection::{AnsiTransactionManager, TransactionManager};
use diesel::pg::PgConnection;
use diesel::r2d2::{HandleError, Pool, PooledConnection, R2D2Connection};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::timeout_at;

use super::cancel::{Canceller, Ticket};
use super::session::{ConnectFailure, Limits, Manager, Session};
use super::threads::Threads;
use super::{DatabaseUrl, Error, StatementLog};

/// How a [`Database`] is set up.
#[derive(Clone, Debug)]
pub struct PoolOptions {
    /// How many connections there are at most, and as many threads. More than twice the cores makes the slowest answers
    /// slower without making the rest faster.
    pub size: usize,
    /// How long a request waits for a connection before it is told to come back later.
    pub wait: Duration,
    /// How long one statement may run: the last resort, behind the request's own deadline.
    pub statement_timeout: Duration,
    /// How long a statement waits for another transaction's lock.
    pub lock_timeout: Duration,
    /// The name by which PostgreSQL's views show the connections.
    pub application_name: String,
    /// Where to write down the statements that run, for tests that count them.
    pub statements: Option<StatementLog>,
}

impl Default for PoolOptions {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        Self {
            size: 2 * cores,
            wait: Duration::from_secs(2),
            statement_timeout: Duration::from_secs(15),
            lock_timeout: Duration::from_secs(5),
            application_name: "entente".to_owned(),
            statements: None,
        }
    }
}

/// A PostgreSQL database, reached through a pool of connections. Clones share the pool.
///
/// A closure that is given to [`read`](Self::read) or [`write`](Self::write) has one connection and one transaction, and
/// gets no other: work that asks for a second connection while it holds the first is how pools deadlock.
#[derive(Clone)]
pub struct Database {
    inner: Arc<Inner>,
    deadline: Deadline,
}

#[derive(Clone, Copy)]
enum Deadline {
    /// Only what the connection is set to limits each statement.
    Statement,
    /// The work is cancelled at this moment.
    At(Instant),
    /// Nothing limits the work.
    Never,
}

struct Inner {
    pool: Pool<Manager>,
    manager: Manager,
    permits: Arc<Semaphore>,
    threads: Threads,
    canceller: Canceller,
    options: PoolOptions,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Read,
    Alone,
    Write,
}

impl Database {
    /// Sets up the pool. Connections come about in the background: a server that cannot be reached shows as
    /// [`Error::Unavailable`] on use.
    ///
    /// # Errors
    ///
    /// When threads cannot be started.
    pub fn open(url: &DatabaseUrl, options: PoolOptions) -> std::io::Result<Self> {
        let size = options.size.max(1);
        let limits = Limits {
            application_name: options.application_name.clone(),
            statement: options.statement_timeout,
            lock: options.lock_timeout,
            // A transaction of ours never waits for anything but PostgreSQL, so an idle one is a lost one.
            idle_in_transaction: options.statement_timeout,
        };
        let manager = Manager::new(url.clone(), &limits, options.statements.clone());
        let max_size = u32::try_from(size).unwrap_or(u32::MAX);
        let pool = Pool::builder()
            .max_size(max_size)
            // r2d2 opens all of them at once otherwise.
            .min_idle(Some(max_size.min(2)))
            // `BEGIN` is the test, and costs nothing more.
            .test_on_check_out(false)
            // The longest that r2d2 waits between attempts to connect is half of this.
            .connection_timeout(Duration::from_secs(1))
            .error_handler(Box::new(LogFailures))
            .build_unchecked(manager.clone());
        Ok(Self {
            inner: Arc::new(Inner {
                pool,
                manager,
                permits: Arc::new(Semaphore::new(size)),
                threads: Threads::start(size)?,
                canceller: Canceller::start(url.clone())?,
                options,
            }),
            deadline: Deadline::Statement,
        })
    }

    /// The same database for work that must be over by `deadline`: what runs then is cancelled and undone, and answers
    /// [`Error::Timeout`].
    #[must_use]
    pub fn until(&self, deadline: Instant) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            deadline: Deadline::At(deadline),
        }
    }

    /// The same database for work that may take as long as it takes: imports, not requests.
    #[must_use]
    pub fn without_deadline(&self) -> Self {
        Self {
            inner: Arc::clone(&self.inner),
            deadline: Deadline::Never,
        }
    }

    /// Runs `work` in one read-only transaction: all its statements see the same state of the database.
    ///
    /// When the future is dropped before its end, the work is cancelled.
    ///
    /// # Errors
    ///
    /// Those of `work`, [`Error::Unavailable`], [`Error::Timeout`] and [`Error::Panicked`].
    pub async fn read<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut PgConnection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.run(Mode::Read, once(work)).await
    }

    /// Runs `work` without a transaction around it, two round trips less: each of its statements sees a state of its own. If the
    /// connection turns out to be broken, it runs again on a new one.
    ///
    /// When the future is dropped before its end, the work is cancelled.
    ///
    /// # Errors
    ///
    /// Those of `work`, [`Error::Unavailable`], [`Error::Timeout`] and [`Error::Panicked`].
    pub async fn read_alone<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: Fn(&mut PgConnection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.run(Mode::Alone, work).await
    }

    /// Runs `work` in one transaction that may write, and commits it; an error from `work` undoes everything.
    ///
    /// When the future is dropped, or its deadline passes, before `work` is done, nothing is committed.
    ///
    /// # Errors
    ///
    /// Those of `work`, [`Error::Unavailable`], [`Error::Timeout`] and [`Error::Panicked`].
    pub async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut PgConnection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.run(Mode::Write, once(work)).await
    }

    /// [`read`](Self::read) on the calling thread, for tools that have no executor. Never from async code.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    pub fn read_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut PgConnection) -> Result<T, E>,
        E: From<Error>,
    {
        self.run_blocking(Mode::Read, once(work))
    }

    /// [`write`](Self::write) on the calling thread, for tools that have no executor. Never from async code.
    ///
    /// # Errors
    ///
    /// As [`write`](Self::write).
    pub fn write_blocking<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&mut PgConnection) -> Result<T, E>,
        E: From<Error>,
    {
        self.run_blocking(Mode::Write, once(work))
    }

    /// How many connections there can be.
    pub fn size(&self) -> usize {
        self.inner.options.size.max(1)
    }

    /// How many more pieces of work could begin right now.
    pub fn idle(&self) -> usize {
        self.inner.permits.available_permits()
    }

    async fn run<T, E, F>(&self, mode: Mode, work: F) -> Result<T, E>
    where
        F: FnMut(&mut PgConnection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let permit = self.permit().await?;
        let ticket = Arc::new(Ticket::default());
        let guard = self.inner.canceller.guard(&ticket);
        let (answer, answered) = oneshot::channel();
        self.inner.threads.submit(Box::new({
            let (this, ticket) = (self.clone(), Arc::clone(&ticket));
            // What is logged on the other thread belongs to the request that asked.
            let span = tracing::Span::current();
            move || {
                let _entered = span.enter();
                let held = permit;
                this.perform(mode, &ticket, work, move |result| {
                    // The requester may be gone; then nobody wants the answer.
                    drop(answer.send(result));
                });
                drop(held);
            }
        }));
        let answer = match self.deadline {
            Deadline::At(deadline) => match timeout_at(deadline.into(), answered).await {
                Ok(answer) => answer,
                // Dropping the guard cancels.
                Err(_) => return Err(Error::Timeout.into()),
            },
            Deadline::Statement | Deadline::Never => answered.await,
        };
        guard.disarm();
        answer.unwrap_or_else(|_| Err(Error::Panicked.into()))
    }

    fn run_blocking<T, E, F>(&self, mode: Mode, work: F) -> Result<T, E>
    where
        F: FnMut(&mut PgConnection) -> Result<T, E>,
        E: From<Error>,
    {
        let mut answer = None;
        self.perform(mode, &Ticket::default(), work, |result| {
            answer = Some(result);
        });
        answer.unwrap_or_else(|| Err(Error::Panicked.into()))
    }

    /// Waits for the right to use a connection.
    async fn permit(&self) -> Result<OwnedSemaphorePermit, Error> {
        let patience = Instant::now() + self.inner.options.wait;
        let (until, late) = match self.deadline {
            Deadline::At(deadline) if deadline < patience => (deadline, true),
            _ => (patience, false),
        };
        let acquire = Arc::clone(&self.inner.permits).acquire_owned();
        match timeout_at(until.into(), acquire).await {
            Ok(permit) => permit.map_err(Error::unavailable),
            Err(_) if late => Err(Error::Timeout),
            Err(_) => Err(Error::unavailable("every connection is in use")),
        }
    }

    /// One piece of work, from a connection to its answer. `answer` is called once, or not at all when `work` panics.
    fn perform<T, E, F>(
        &self,
        mode: Mode,
        ticket: &Ticket,
        mut work: F,
        answer: impl FnOnce(Result<T, E>),
    ) where
        F: FnMut(&mut PgConnection) -> Result<T, E>,
        E: From<Error>,
    {
        let mut session = match self.begin(mode) {
            Ok(session) => session,
            Err(error) => return answer(Err(error.into())),
        };
        if !ticket.begin(session.backend) {
            roll_back(&mut session, mode);
            return answer(Err(Error::Timeout.into()));
        }
        let mut result = catch_unwind(AssertUnwindSafe(|| work(&mut session.connection)));
        if mode == Mode::Alone && matches!(result, Ok(Err(_))) && session.connection.ping().is_err()
        {
            session.doom();
            self.inner.manager.distrust(&session);
            // There may be room for no other beside it.
            drop(session);
            session = match self.begin(mode) {
                Ok(session) => session,
                Err(error) => return answer(Err(error.into())),
            };
            if !ticket.moved(session.backend) {
                return answer(Err(Error::Timeout.into()));
            }
            result = catch_unwind(AssertUnwindSafe(|| work(&mut session.connection)));
        }
        let cancelled = !ticket.end();
        if cancelled {
            // The cancellation may not have arrived yet, and must not hit the next request.
            session.doom();
        }
        match result {
            Ok(Ok(value)) if mode != Mode::Write => {
                // There is nothing to keep, so the answer need not wait for the end of the transaction.
                answer(Ok(value));
                roll_back(&mut session, mode);
            }
            Ok(Ok(_)) if cancelled => {
                roll_back(&mut session, mode);
                answer(Err(Error::Timeout.into()));
            }
            Ok(Ok(value)) => answer(commit(&mut session).map(|()| value).map_err(E::from)),
            Ok(Err(error)) => {
                roll_back(&mut session, mode);
                answer(Err(error));
            }
            // The panic hook has told the log. The connection's state is unknown.
            Err(_) => session.doom(),
        }
    }

    /// Takes a connection and opens the transaction.
    ///
    /// Idle connections are not tested, so `BEGIN` is where one that broke meanwhile shows. Nothing has run by then,
    /// which makes it safe to try again on a new one, for writes too.
    fn begin(&self, mode: Mode) -> Result<PooledConnection<Manager>, Error> {
        let until = Instant::now() + self.inner.options.wait;
        let begin = begin_statement(mode, self.deadline);
        let mut retried = false;
        loop {
            let mut session = self
                .inner
                .pool
                .get_timeout(until.saturating_duration_since(Instant::now()))
                .map_err(Error::unavailable)?;
            if self.inner.manager.distrusts(&session) {
                session.doom();
                continue;
            }
            if mode == Mode::Alone {
                return Ok(session);
            }
            match AnsiTransactionManager::begin_transaction_sql(&mut session.connection, begin) {
                Ok(()) => return Ok(session),
                Err(error) => {
                    session.doom();
                    self.inner.manager.distrust(&session);
                    if retried {
                        return Err(Error::unavailable(error));
                    }
                    retried = true;
                }
            }
        }
    }
}

impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database")
            .field("size", &self.size())
            .field("idle", &self.idle())
            .finish_non_exhaustive()
    }
}

/// Work that runs once: only what needs no transaction is ever run again.
fn once<T, E>(
    work: impl FnOnce(&mut PgConnection) -> Result<T, E>,
) -> impl FnMut(&mut PgConnection) -> Result<T, E>
where
    E: From<Error>,
{
    let mut work = Some(work);
    move |connection| match work.take() {
        Some(work) => work(connection),
        None => Err(Error::Panicked.into()),
    }
}

fn begin_statement(mode: Mode, deadline: Deadline) -> &'static str {
    match (mode, deadline) {
        (Mode::Read, Deadline::Never) => {
            "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0;\
             SET LOCAL idle_in_transaction_session_timeout = 0"
        }
        (Mode::Read | Mode::Alone, _) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        (Mode::Write, Deadline::Never) => {
            "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SET LOCAL statement_timeout = 0;\
             SET LOCAL idle_in_transaction_session_timeout = 0"
        }
        (Mode::Write, _) => "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE",
    }
}

fn commit(session: &mut Session) -> Result<(), Error> {
    AnsiTransactionManager::commit_transaction(&mut session.connection).map_err(|error| {
        session.doom();
        error.into()
    })
}

fn roll_back(session: &mut Session, mode: Mode) {
    if mode != Mode::Alone
        && AnsiTransactionManager::rollback_transaction(&mut session.connection).is_err()
    {
        session.doom();
    }
}

/// Tells the log when connections cannot be made: once in a few seconds, as r2d2 keeps trying.
#[derive(Debug)]
struct LogFailures;

impl HandleError<ConnectFailure> for LogFailures {
    fn handle_error(&self, error: ConnectFailure) {
        static LAST: AtomicU64 = AtomicU64::new(0);
        static START: LazyLock<Instant> = LazyLock::new(Instant::now);
        let now = START.elapsed().as_secs() + 5;
        let last = LAST.load(Ordering::Relaxed);
        if now >= last + 5
            && LAST
                .compare_exchange(last, now, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
        {
            tracing::warn!(%error, "no connection to the database");
        }
    }
}
