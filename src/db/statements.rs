//! A record of the statements that ran: for tests that count them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use diesel::connection::{Instrumentation, InstrumentationEvent};

/// Writes down every statement that a [`Database`](super::Database) sends for its closures, in the order in which they
/// start; those that only open and close transactions are left out. Clones share one list.
///
/// ```no_run
/// # use entente::db::{Database, DatabaseUrl, PoolOptions, StatementLog};
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let url = DatabaseUrl::parse("postgresql:///entente")?;
/// let log = StatementLog::default();
/// let db = Database::open(&url, PoolOptions { statements: Some(log.clone()), ..PoolOptions::default() })?;
/// // … a request …
/// assert_eq!(log.take().len(), 4);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct StatementLog(Arc<Mutex<Vec<String>>>);

impl StatementLog {
    /// What ran since the last call, as SQL without its bound values.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lock())
    }

    /// How many statements ran since the last [`take`](Self::take).
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    fn note(&self, event: &InstrumentationEvent<'_>) {
        if let InstrumentationEvent::StartQuery { query, .. } = event {
            let text = query.to_string();
            let sql = text
                .rsplit_once(" -- binds: ")
                .map_or(text.as_str(), |(sql, _)| sql);
            if !is_transaction_control(sql) {
                self.lock().push(sql.to_owned());
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How many statements a connection keeps prepared, each with its plan in PostgreSQL's memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept(Arc<AtomicUsize>);

impl Kept {
    pub(super) fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// Watches a connection: counts what it keeps prepared, and writes down what it runs where there is a log.
pub(super) fn observer(kept: &Kept, log: Option<&StatementLog>) -> impl Instrumentation + use<> {
    let (kept, log) = (kept.clone(), log.cloned());
    move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::CacheQuery { .. } = event {
            kept.0.fetch_add(1, Ordering::Relaxed);
        }
        if let Some(log) = &log {
            log.note(&event);
        }
    }
}

fn is_transaction_control(sql: &str) -> bool {
    ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"]
        .iter()
        .any(|word| sql.starts_with(word))
}
