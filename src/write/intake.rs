//! Taking in a change set: each record is walked over and staged as it comes, and none is kept.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use diesel::prelude::*;
use serde_json::Value;

use super::input::{Walked, walk};
use super::nearest::did_you_mean;
use super::problem::{ApplyError, Problem, Problems};
use super::reference::{Directory, Origin};
use super::spool::Spool;
use super::stage::{self, Rows};
use super::texts::{Quoted, Texts, quoted};
use super::{Change, Operation, search, sort, sql};
use crate::model::{Record, Type};
use crate::registry::model;
use crate::values::Slug;

/// What is known of a change set once it has been read.
pub(super) struct Intake {
    pub(super) quoted: Option<Quoted>,
    pub(super) texts: Texts,
    pub(super) directory: Directory,
    pub(super) problems: Problems,
    /// How many records came of each type, by tag.
    pub(super) received: HashMap<&'static str, usize>,
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
pub(super) fn intake(
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
                let search = search::texts(ty, &walked.content, Some(&walked.derived));
                rows.push(origin.ordinal, record.tag, slug, &walked, &search, &keys)?;
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
