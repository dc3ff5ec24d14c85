//! Applying a change set: all of it or nothing, in one transaction.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use diesel::sql_types::{BigInt, Text};
use serde_json::Value;

use super::input::{Walked, walk};
use super::nearest::did_you_mean;
use super::problem::{ApplyError, Problem, Problems};
use super::reference::{Directory, Origin, word};
use super::spool::Spool;
use super::stage::{self, Rows};
use super::texts::{Quoted, Texts, quoted};
use super::{Change, Counts, Operation, Summary, log, moved, sort, sql};
use crate::model::{Record, Type, model};
use crate::values::Slug;

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

// Taking in ------------------------------------------------------------------------------------------------------------

/// What is known of a change set once it has been read.
struct Intake {
    quoted: Option<Quoted>,
    texts: Texts,
    directory: Directory,
    problems: Problems,
    /// How many records came of each type, by tag.
    received: HashMap<&'static str, usize>,
    count: usize,
    spool: Spool,
    /// The records of the spool.
    waiting: Vec<Received>,
}

/// A record as it came in.
struct Received {
    ty: &'static Type,
    record: &'static Record,
    origin: Rc<Origin>,
    /// Its slug; none where it is wrong or another's.
    slug: Option<String>,
}

/// Reads the change set into the stage, record by record: none is kept.
fn intake(
    conn: &mut PgConnection,
    changes: impl Iterator<Item = Result<Change, Problem>>,
) -> Result<Intake, ApplyError> {
    let state = RefCell::new((
        Intake {
            quoted: quoted(),
            texts: Texts::default(),
            directory: Directory::default(),
            problems: Problems::default(),
            received: HashMap::new(),
            count: 0,
            spool: Spool::new(),
            waiting: Vec::new(),
        },
        changes,
    ));
    stage::copy(conn, |rows| {
        let (intake, changes) = &mut *state.borrow_mut();
        changes.try_for_each(|change| intake.take(change, rows))
    })?;
    let (mut intake, _) = state.into_inner();
    if intake.spool.is_empty() {
        return Ok(intake);
    }
    if let Some(quoted) = intake.quoted {
        intake.texts.complete(conn, quoted)?;
    }
    let state = RefCell::new(intake);
    stage::copy(conn, |rows| {
        let intake = &mut *state.borrow_mut();
        let waiting = std::mem::take(&mut intake.waiting);
        let spool = std::mem::replace(&mut intake.spool, Spool::new());
        for (received, input) in waiting.iter().zip(spool.read()?) {
            let walked = walk(received.ty, &input?, &intake.texts);
            intake.keep(received, walked, rows)?;
        }
        Ok(())
    })?;
    Ok(state.into_inner())
}

impl Intake {
    fn take(
        &mut self,
        change: Result<Change, Problem>,
        rows: &mut Rows<'_>,
    ) -> Result<(), ApplyError> {
        let ordinal = self.count;
        self.count += 1;
        let Change {
            place,
            word,
            operation,
        } = match change {
            Ok(change) => change,
            Err(problem) => {
                self.problems.push(ordinal, problem);
                return Ok(());
            }
        };
        let Operation::Put(input) = operation;
        let written = input.get("slug").and_then(Value::as_str);
        let origin = Rc::new(Origin {
            ordinal,
            place,
            record: Some(written.map_or_else(|| word.clone(), |slug| format!("{word} {slug}"))),
        });
        let Some((ty, record)) = model().records().find(|(_, record)| record.one == word) else {
            let words = || model().records().map(|(_, record)| record.one);
            let near = did_you_mean(&word, words());
            let all = words().collect::<Vec<_>>().join(", ");
            let message = format!("`{word}` is no type of record{near} (one of {all})");
            self.problems.push(ordinal, origin.problem("", message));
            return Ok(());
        };
        *self.received.entry(record.tag).or_default() += 1;

        let mut slug = written
            .filter(|slug| Slug::parse(slug).is_ok())
            .map(str::to_owned);
        if let Some(same) = slug.as_deref()
            && let Some(first) = self.directory.enter(record.tag, same, &origin)
        {
            let at = first
                .place
                .as_ref()
                .map_or_else(|| "above".to_owned(), |place| format!("at {place}"));
            let message = format!(
                "another {word} has this slug, {at}; choose another, or put the two together"
            );
            self.problems.push(ordinal, origin.problem("slug", message));
            slug = None;
        }
        if let Some(quoted) = self.quoted
            && quoted.record.tag == record.tag
            && let Some(slug) = &slug
            && let Some(text) = input.get(quoted.field.input_name()).and_then(Value::as_str)
        {
            self.texts.insert(slug, text);
        }

        let received = Received {
            ty,
            record,
            origin,
            slug,
        };
        let walked = walk(ty, &input, &self.texts);
        if walked.wanted.is_empty() {
            return self.keep(&received, walked, rows);
        }
        self.texts.want(walked.wanted);
        self.spool.push(&input)?;
        self.waiting.push(received);
        Ok(())
    }

    /// Keeps what a walk gave, and stages it if it is valid.
    fn keep(
        &mut self,
        received: &Received,
        walked: Walked,
        rows: &mut Rows<'_>,
    ) -> Result<(), ApplyError> {
        let Received {
            ty,
            record,
            origin,
            slug,
        } = received;
        if walked.problems.is_empty()
            && let Some(slug) = slug
        {
            let original = walked.content["originalLanguage"]
                .as_str()
                .unwrap_or_default();
            if let Some(label) = sql::label(ty, record.label, &walked.content, &walked.derived) {
                let keys = sort::keys(label, original);
                rows.push(origin.ordinal, record.tag, slug, &walked, &keys)?;
            }
        }
        let Walked {
            references,
            keys,
            problems,
            ..
        } = walked;
        if let Some(slug) = slug {
            self.directory.keys(record.tag, slug, keys);
        }
        self.directory.refer(origin, references);
        for (field, message) in problems {
            self.problems
                .push(origin.ordinal, origin.problem(field, message));
        }
        Ok(())
    }
}

// Writing --------------------------------------------------------------------------------------------------------------

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Text)]
    tag: String,
    #[diesel(sql_type = Text)]
    operation: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Writes what is staged: rows, parts, references, citations, what is derived, the log. What shows to be wrong goes to the
/// intake's problems.
fn write(
    conn: &mut PgConnection,
    intake: &mut Intake,
    at: &str,
    actor: &str,
) -> Result<Summary, ApplyError> {
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
    run(
        conn,
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
        diesel::sql_query(sql::rows(ty, tag))
            .bind::<Text, _>(at)
            .execute(conn)?;
    }
    parts(conn, intake, &received, &types)?;
    rules(conn, intake, &types)?;
    if intake.problems.is_empty() {
        run(conn, "SET CONSTRAINTS ALL IMMEDIATE")?;
        log::append(conn, &logged, at, actor)?;
        finish(conn)?;
    }
    Ok(summary)
}

fn run(conn: &mut PgConnection, statement: impl Into<String>) -> QueryResult<()> {
    diesel::sql_query(statement).execute(conn)?;
    Ok(())
}

/// Leaves no table behind, should more change sets follow in the same transaction.
fn finish(conn: &mut PgConnection) -> QueryResult<()> {
    run(conn, "DROP TABLE difference, stage, incoming")
}

fn summary(
    conn: &mut PgConnection,
    intake: &Intake,
    received: &[(&'static Type, &'static Record)],
) -> QueryResult<Summary> {
    let rows: Vec<Count> = diesel::sql_query(
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
    intake: &mut Intake,
    received: &[(&'static Type, &'static Record)],
    types: &[(&'static Type, &'static str)],
) -> QueryResult<()> {
    let owned: Vec<Vec<sql::Owned>> = types.iter().map(|(ty, tag)| sql::owned(ty, tag)).collect();
    for list in owned.iter().flatten() {
        run(conn, list.rows())?;
    }
    // References to parts, of whatever type, need all parts to be there.
    for ((ty, tag), owned) in types.iter().zip(&owned) {
        for statement in sql::junctions(ty, tag, owned) {
            run(conn, statement)?;
        }
    }
    // Also records that are as they were can be staged, for their citations.
    let all: Vec<sql::Owned> = received
        .iter()
        .flat_map(|(ty, record)| sql::owned(ty, record.tag))
        .collect();
    if let Some(quoted) = intake.quoted {
        let column = format!("{}_id", quoted.record.one);
        run(conn, sql::citations(&all, (quoted.record.tag, &column)))?;
    }
    run(conn, sql::sources(&all))?;

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
            run(conn, list.removal())?;
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
    intake: &mut Intake,
    types: &[(&'static Type, &'static str)],
) -> QueryResult<()> {
    for (ty, _) in types {
        for statement in &ty.rules.derive {
            run(conn, *statement)?;
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
