//! What is wrong with a change set, told so that people can put it right.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

/// Where a record was written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, as a path that its reader can open.
    pub file: Arc<str>,
    /// The line on which the record begins, counted from 1.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One thing that is wrong, with a way out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where its record was written; none for a mutation, and for a record that isn't in the change set.
    pub place: Option<Place>,
    /// The record, as its type's word and its slug: `agreement entente-arbj-midi-2013`.
    pub record: Option<String>,
    /// The field, as a path from the record: `contributions[0].money.amount`. Empty where it is about the whole record.
    pub field: String,
    /// What is wrong, and what to write instead.
    pub message: String,
}

/// `registry/records/umq.toml:12 agreement entente-umq-mifi-2022: contributions[0].money.amount: what is wrong; a way out`
impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}")?;
            f.write_str(if self.record.is_some() { " " } else { ": " })?;
        }
        if let Some(record) = &self.record {
            write!(f, "{}: ", printable(record))?;
        }
        if !self.field.is_empty() {
            write!(f, "{}: ", printable(&self.field))?;
        }
        f.write_str(&printable(&self.message))
    }
}

/// A text as a terminal may show it: it repeats what stands in files, where a letter may be an order to the terminal.
fn printable(text: &str) -> String {
    let shown = |letter: char| letter == '\n' || letter == '\t' || !letter.is_control();
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        if shown(letter) {
            safe.push(letter);
        } else {
            safe.extend(letter.escape_unicode());
        }
    }
    safe
}

/// Everything that is wrong with a change set, in the order of its records.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems {
    list: Vec<(usize, Problem)>,
    more: usize,
}

impl Problems {
    /// How many are kept in full; the rest is counted.
    pub const KEPT: usize = 1000;

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are, kept or not.
    pub fn count(&self) -> usize {
        self.list.len() + self.more
    }

    /// Those that are kept: the first [`Self::KEPT`].
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.list.iter().map(|(_, problem)| problem)
    }

    /// How many are not kept.
    pub const fn more(&self) -> usize {
        self.more
    }

    /// Adds one about the record of that ordinal.
    pub(super) fn push(&mut self, ordinal: usize, problem: Problem) {
        if self.list.len() < Self::KEPT {
            self.list.push((ordinal, problem));
        } else {
            self.more += 1;
        }
    }

    /// In the order of the records; those of one record in the order in which they were found.
    pub(super) fn sort(&mut self) {
        self.list.sort_by_key(|(ordinal, _)| *ordinal);
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in self.iter() {
            writeln!(f, "{problem}")?;
        }
        if self.more > 0 {
            writeln!(f, "… and {} more", self.more)?;
        }
        Ok(())
    }
}

/// Why a change set was not applied; nothing of it was.
#[derive(Debug, Error)]
pub enum ApplyError {
    /// What was written is wrong: all of it is told.
    #[error("{0}")]
    Invalid(Problems),
    /// PostgreSQL failed or refused, which is no fault of what was written.
    #[error("the database refused a statement: {0}")]
    Database(#[from] diesel::result::Error),
    /// The temporary file for what has to wait could not be written or read.
    #[error("the temporary file of a change set failed: {0}")]
    Spool(#[from] std::io::Error),
}
