//! Writing what is staged: rows, parts, references, citations, what is derived, the log.

use diesel::prelude::*;
use diesel::query_dsl::methods::ExecuteDsl;
use diesel::result::Error as DieselError;
use diesel::sql_types::{BigInt, Text};

use super::intake::Intake;
use super::problem::{ApplyError, Problem};
use super::reference::word;
use super::{Counts, Summary, log, moved, search, sql, sql_links, stage};
use crate::model::{Record, Type};
use crate::registry::model;

#[derive(QueryableByName)]
struct Touched {
    #[diesel(sql_type = Text)]
    tag: String,
    #[diesel(sql_type = Text)]
    operation: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Writes what is staged: rows, parts, references, citations, what is derived, the log. What shows to be wrong goes to the
/// intake's problems.
pub(super) fn write(
    conn: &mut PgConnection,
    intake: &mut Intake,
    at: &str,
    actor: &str,
) -> Result<Summary, ApplyError> {
    let trial = !intake.problems.is_empty();
    let runner = Runner { at, trial };
    let quoted = intake
        .quoted
        .filter(|quoted| intake.received.contains_key(quoted.record.tag));
    stage::sift(conn, quoted.map(|quoted| quoted.record.tag))?;
    let received: Vec<(&'static Type, &'static Record)> = model()
        .records()
        .filter(|(_, record)| intake.received.contains_key(record.tag))
        .collect();
    let logged: Vec<(&'static Type, &'static str)> = received
        .iter()
        .filter(|(_, record)| record.logged)
        .map(|(ty, record)| (*ty, record.tag))
        .collect();
    log::compare(conn, &logged)?;
    let summary = summary(conn, intake, &received)?;

    let written = |record: &Record| {
        let counts = summary.types.get(record.one).copied().unwrap_or_default();
        counts.created + counts.updated > 0
    };
    let types: Vec<(&'static Type, &'static str)> = received
        .iter()
        .filter(|(_, record)| written(record))
        .map(|(ty, record)| (*ty, record.tag))
        .collect();
    if types.is_empty() {
        finish(conn)?;
        return Ok(summary);
    }
    runner.run(conn,
        "INSERT INTO record (id, type, slug, fingerprint) SELECT id, type, slug, fingerprint FROM stage ORDER BY ordinal \
         ON CONFLICT (id) DO UPDATE SET fingerprint = EXCLUDED.fingerprint",
    )?;
    if let Some(quoted) = quoted.filter(|quoted| written(quoted.record)) {
        moved::follow(
            conn,
            quoted,
            &intake.texts,
            &intake.directory,
            &mut intake.problems,
        )?;
    }
    for (ty, tag) in sql::ordered(&types) {
        runner.run_at(conn, sql::rows(ty, tag))?;
    }
    if let Some(vocabulary) = search::vocabulary(&types) {
        runner.run(conn, vocabulary)?;
    }
    parts(conn, &runner, intake, &received, &types)?;
    rules(conn, &runner, intake, &types)?;
    if intake.problems.is_empty() {
        runner.run(conn, "SET CONSTRAINTS ALL IMMEDIATE")?;
        log::append(conn, &logged, at, actor)?;
        finish(conn)?;
    }
    Ok(summary)
}

/// Statements, of which none may fail; or on trial, where each that fails is passed over, so that what comes after it can
/// still be checked.
struct Runner<'a> {
    at: &'a str,
    trial: bool,
}

impl Runner<'_> {
    fn run(&self, conn: &mut PgConnection, statement: impl Into<String>) -> QueryResult<()> {
        self.execute(conn, diesel::sql_query(statement))
    }

    /// A statement in which `$1` is the time of the change set.
    fn run_at(&self, conn: &mut PgConnection, statement: impl Into<String>) -> QueryResult<()> {
        self.execute(conn, diesel::sql_query(statement).bind::<Text, _>(self.at))
    }

    fn execute(
        &self,
        conn: &mut PgConnection,
        statement: impl ExecuteDsl<PgConnection>,
    ) -> QueryResult<()> {
        if !self.trial {
            return ExecuteDsl::execute(statement, conn).map(|_| ());
        }
        // Within a savepoint: without it, PostgreSQL would refuse all that follows.
        let tried = conn.transaction(|conn| ExecuteDsl::execute(statement, conn));
        match tried {
            Err(error) if !matches!(error, DieselError::DatabaseError(..)) => Err(error),
            _ => Ok(()),
        }
    }
}

/// Leaves no table behind, should more change sets follow in the same transaction.
fn finish(conn: &mut PgConnection) -> QueryResult<()> {
    diesel::sql_query("DROP TABLE difference, stage, incoming").execute(conn)?;
    Ok(())
}

fn summary(
    conn: &mut PgConnection,
    intake: &Intake,
    received: &[(&'static Type, &'static Record)],
) -> QueryResult<Summary> {
    let rows: Vec<Touched> = diesel::sql_query(
        "SELECT type AS tag, operation, count(*) FROM stage WHERE operation <> 'UNCHANGED' GROUP BY 1, 2",
    )
    .load(conn)?;
    let count = |tag: &str, operation: &str| {
        rows.iter()
            .find(|row| row.tag == tag && row.operation == operation)
            .and_then(|row| usize::try_from(row.count).ok())
            .unwrap_or(0)
    };
    let mut summary = Summary::default();
    for (_, record) in received {
        let (created, updated) = (count(record.tag, "CREATED"), count(record.tag, "UPDATED"));
        let all = intake.received.get(record.tag).copied().unwrap_or(0);
        let counts = Counts {
            created,
            updated,
            unchanged: all.saturating_sub(created + updated),
        };
        summary.types.insert(record.one, counts);
    }
    Ok(summary)
}

#[derive(QueryableByName)]
struct Needed {
    #[diesel(sql_type = Text)]
    owner: String,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Text)]
    tag: String,
    #[diesel(sql_type = Text)]
    slug: String,
}

/// Writes what records own and what stands between them, and takes away what is gone.
fn parts(
    conn: &mut PgConnection,
    runner: &Runner<'_>,
    intake: &mut Intake,
    received: &[(&'static Type, &'static Record)],
    types: &[(&'static Type, &'static str)],
) -> QueryResult<()> {
    let owned: Vec<Vec<sql::Owned>> = types.iter().map(|(ty, tag)| sql::owned(ty, tag)).collect();
    for list in owned.iter().flatten() {
        runner.run(conn, list.rows())?;
    }
    // References to parts, of whatever type, need all parts to be there.
    for ((ty, tag), owned) in types.iter().zip(&owned) {
        for statement in sql_links::junctions(ty, tag, owned) {
            runner.run(conn, statement)?;
        }
    }
    // Also records that are as they were can be staged, for their citations.
    let all: Vec<sql::Owned> = received
        .iter()
        .flat_map(|(ty, record)| sql::owned(ty, record.tag))
        .collect();
    if let Some(quoted) = intake.quoted {
        let column = format!("{}_id", quoted.record.one);
        runner.run(
            conn,
            sql_links::citations(&all, (quoted.record.tag, &column)),
        )?;
    }
    runner.run(conn, sql_links::sources(&all))?;

    let before = intake.problems.count();
    for list in owned.iter().flatten() {
        let Some(query) = list.still_needed() else {
            continue;
        };
        let needed: Vec<Needed> = diesel::sql_query(query).load(conn)?;
        for Needed {
            owner,
            key,
            tag,
            slug,
        } in needed
        {
            // One that is wrong itself is not staged: what it refers to now is past.
            if runner.trial && intake.directory.origin(&tag, &slug).is_some() {
                continue;
            }
            let message = format!(
                "{} {slug} refers to `{key}`, which is no longer listed; keep it, or change that record in the same change set",
                word(&tag)
            );
            if let Some(origin) = intake.directory.origin(list.tag(), &owner) {
                intake
                    .problems
                    .push(origin.ordinal, origin.problem(list.list(), message));
            }
        }
    }
    if intake.problems.count() == before {
        for list in owned.iter().flatten() {
            runner.run(conn, list.removal())?;
        }
    }
    Ok(())
}

#[derive(QueryableByName)]
struct Broken {
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = Text)]
    field: String,
    #[diesel(sql_type = Text)]
    message: String,
}

/// Runs what the types derive over sets, and their checks.
fn rules(
    conn: &mut PgConnection,
    runner: &Runner<'_>,
    intake: &mut Intake,
    types: &[(&'static Type, &'static str)],
) -> QueryResult<()> {
    for (ty, _) in types {
        for statement in &ty.rules.derive {
            runner.run(conn, *statement)?;
        }
    }
    for (ty, tag) in types {
        for check in &ty.rules.check {
            let query = format!(
                "SELECT slug, field, message FROM ({check}) AS broken(slug, field, message)"
            );
            let broken: Vec<Broken> = diesel::sql_query(query).load(conn)?;
            for Broken {
                slug,
                field,
                message,
            } in broken
            {
                match intake.directory.origin(tag, &slug) {
                    Some(origin) => {
                        intake
                            .problems
                            .push(origin.ordinal, origin.problem(field, message));
                    }
                    None => intake.problems.push(
                        usize::MAX,
                        Problem {
                            place: None,
                            record: Some(format!("{} {slug}", word(tag))),
                            field,
                            message,
                        },
                    ),
                }
            }
        }
    }
    Ok(())
}
