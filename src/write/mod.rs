//! The one write path: inputs in, one transaction out, with citations and the change log.
//!
//! A change set is any number of records as they were written: those of a bundle, or the one of a mutation. [`apply`] walks
//! over each along its declaration, puts what is valid into a stage (a temporary table) by COPY, and from there works on
//! sets: which records are new or changed, their rows and parts, what they refer to and cite, what is derived, the log. The
//! number of statements follows from the declaration, never from the number of records.
//!
//! Nothing here names a concept of the registry: the shape of inputs, their checks and the statements follow from
//! [`model`](crate::registry::model). A new field needs its declaration and its column, and nothing here.

mod apply;
mod input;
mod intake;
mod log;
mod moved;
mod nearest;
mod pieces;
mod problem;
mod provenance;
mod reference;
mod rows;
mod scalar;
mod search;
mod sort;
mod spool;
mod sql;
mod sql_links;
mod stage;
mod texts;

pub use apply::apply;
pub use log::{Version, last_change, version};
pub use problem::{ApplyError, Place, Problem, Problems};
pub use search::reindex;
pub use sort::resort;

use std::fmt;

use indexmap::IndexMap;
use serde_json::Value;

/// One change of a change set.
#[derive(Clone, Debug)]
pub struct Change {
    /// Where it was written, if in a file.
    pub place: Option<Place>,
    /// The record's type, by its word in bundles: `agreement`.
    pub word: String,
    /// What is to be done.
    pub operation: Operation,
}

/// What is to be done with a record.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Operation {
    /// It is to say exactly this: its whole input, with its slug. Created where there is none of that slug.
    Put(Value),
}

/// What a change set did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// By type, as its word in bundles, in the order of their declaration; only types of the change set.
    pub types: IndexMap<&'static str, Counts>,
}

/// How many records of one type were touched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// New ones.
    pub created: usize,
    /// Changed ones.
    pub updated: usize,
    /// Those that say what they said before.
    pub unchanged: usize,
}

impl Summary {
    /// All types together.
    pub fn total(&self) -> Counts {
        self.types
            .values()
            .fold(Counts::default(), |sum, counts| Counts {
                created: sum.created + counts.created,
                updated: sum.updated + counts.updated,
                unchanged: sum.unchanged + counts.unchanged,
            })
    }

    /// Whether anything is other than before.
    pub fn changed(&self) -> bool {
        let total = self.total();
        total.created + total.updated > 0
    }
}

/// A line for each type, and whether anything changed at all.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (word, counts) in &self.types {
            writeln!(
                f,
                "{word:<12} {:>8} created {:>8} updated {:>8} unchanged",
                counts.created, counts.updated, counts.unchanged
            )?;
        }
        if self.changed() {
            f.write_str("The registry now holds all of it.")
        } else {
            f.write_str("Nothing changed: the registry held all of it already.")
        }
    }
}
