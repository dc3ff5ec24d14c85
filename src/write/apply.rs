//! Applying a change set: all of it or nothing, in one transaction.

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::Text;

use super::intake::intake;
use super::problem::{ApplyError, Problem, Problems};
use super::rows::write;
use super::{Change, Summary, search, sort, stage};

/// Applies a change set as `actor`, and says what it did. An `Err` in `changes` is a record that could not be read.
///
/// Writers take turns: the first statement waits for the change set before it. Called within a transaction, the change set
/// becomes part of that.
///
/// # Errors
///
/// [`ApplyError::Invalid`] with everything that is wrong, otherwise that the database or a temporary file failed. Nothing
/// has changed then.
pub fn apply(
    conn: &mut PgConnection,
    changes: impl Iterator<Item = Result<Change, Problem>>,
    actor: &str,
) -> Result<Summary, ApplyError> {
    conn.transaction(|conn| {
        // Also takes the lock under which changes are numbered.
        sort::resort(conn)?;
        search::reindex(conn)?;
        let at: At = diesel::sql_query(START).get_result(conn)?;
        stage::create(conn)?;
        let mut intake = intake(conn, changes)?;
        intake.directory.resolve(conn, &mut intake.problems)?;

        if intake.problems.is_empty() {
            let summary = write(conn, &mut intake, &at.at, actor)?;
            if intake.problems.is_empty() {
                return Ok(summary);
            }
        } else {
            // The rest is tried all the same, because some mistakes show only in what was written. It is taken back with
            // everything else, so that nothing but those counts.
            let tried = conn.transaction(|conn| write(conn, &mut intake, &at.at, actor));
            if let Err(error @ ApplyError::Spool(_)) = tried {
                return Err(error);
            }
        }
        intake.problems.sort();
        Err(ApplyError::Invalid(std::mem::take(&mut intake.problems)))
    })
    .map_err(refused)
}

/// The time of the change set. The statements over it are few and large: compiling them takes longer than running them,
/// and their sorts should not go to disk.
const START: &str = "SELECT clock_timestamp()::text AS at, set_config('jit', 'off', true), set_config('work_mem', '64MB', true)";

#[derive(QueryableByName)]
struct At {
    #[diesel(sql_type = Text)]
    at: String,
}

/// A row that a constraint of the tables refuses is a mistake in what was written, that no declaration tells of.
fn refused(error: ApplyError) -> ApplyError {
    use DatabaseErrorKind::{
        CheckViolation, ForeignKeyViolation, NotNullViolation, UniqueViolation,
    };
    match &error {
        ApplyError::Database(DieselError::DatabaseError(
            CheckViolation | ForeignKeyViolation | NotNullViolation | UniqueViolation,
            info,
        )) => {
            let mut message = format!("the database refuses a row: {}", info.message());
            if let Some(details) = info.details() {
                message.push_str("; ");
                message.extend(details.chars().take(500));
            }
            let mut problems = Problems::default();
            let problem = Problem {
                place: None,
                record: None,
                field: String::new(),
                message,
            };
            problems.push(0, problem);
            ApplyError::Invalid(problems)
        }
        _ => error,
    }
}
