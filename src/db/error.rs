//! What can go wrong on the road to the database, in the words that a client may see.

use std::time::Duration;

use diesel::result::{DatabaseErrorKind, Error as DieselError};

/// A read or a write that did not come about.
///
/// `Display` never holds SQL, names of tables or an address; what the log needs is in the [source](std::error::Error::source).
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No connection was to be had in time, or the one that was broke. Trying again later is sensible (HTTP: 503).
    #[error("the database cannot be reached right now")]
    Unavailable {
        /// When it makes sense to try again (HTTP: `Retry-After`).
        retry_after: Duration,
        /// Why, for the log.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The time for the work was up; the work was cancelled and nothing of it was kept (HTTP: 504).
    #[error("the work took longer than it may")]
    Timeout,
    /// PostgreSQL refused a statement, or a row was not as expected: a mistake in this program (HTTP: 500) unless
    /// whoever wrote the statement knows better.
    #[error("the database refused a statement")]
    Query(#[source] DieselError),
    /// The work panicked (HTTP: 500).
    #[error("the work on the database failed")]
    Panicked,
}

impl Error {
    pub(super) fn unavailable(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Unavailable {
            retry_after: Duration::from_secs(1),
            source: source.into(),
        }
    }
}

impl From<DieselError> for Error {
    fn from(error: DieselError) -> Self {
        match &error {
            DieselError::DatabaseError(
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::UnableToSendCommand,
                _,
            )
            | DieselError::BrokenTransactionManager => Self::unavailable(error),
            // diesel keeps no SQLSTATE; the words are PostgreSQL's for 57014 and 55P03 in its own language. Elsewhere the
            // caller's own clock has already answered, as it runs out before `statement_timeout` does.
            DieselError::DatabaseError(_, information)
                if information
                    .message()
                    .starts_with("canceling statement due to") =>
            {
                Self::Timeout
            }
            _ => Self::Query(error),
        }
    }
}

impl From<diesel::ConnectionError> for Error {
    fn from(error: diesel::ConnectionError) -> Self {
        Self::unavailable(error)
    }
}
