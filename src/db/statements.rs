//! A record of the statements that ran: for tests that count them.

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

    pub(super) fn observer(&self) -> impl Instrumentation + use<> {
        let log = self.clone();
        move |event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                let text = query.to_string();
                let sql = text
                    .rsplit_once(" -- binds: ")
                    .map_or(text.as_str(), |(sql, _)| sql);
                if !is_transaction_control(sql) {
                    log.lock().push(sql.to_owned());
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn is_transaction_control(sql: &str) -> bool {
    ["BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE"]
        .iter()
        .any(|word| sql.starts_with(word))
}
