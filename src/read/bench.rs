//! Handles on parts of the read engine for `benches/`, which measures them one by one. Only with the feature `bench`.

use diesel::PgConnection;

use super::cursor::{self, Cursor, Value};
use super::plan::Plan;
use super::run::{self, Loaded, RunError};
use crate::model::{Order, Term};

/// The rows that a plan's statements gave, as PostgreSQL sent them.
pub struct Rows(Vec<Loaded>);

impl Rows {
    /// Runs the statements of a plan and writes nothing.
    ///
    /// # Errors
    /// As [`run`](super::run).
    pub fn load(connection: &mut PgConnection, plan: &Plan) -> Result<Self, RunError> {
        run::load(connection, plan).map(Self)
    }

    /// Writes the response, from the rows of this plan.
    ///
    /// # Errors
    /// As [`run`](super::run).
    pub fn write(&self, plan: &Plan) -> Result<Vec<u8>, RunError> {
        super::answer::write(plan, &self.0)
    }
}

/// A place in a list that is ordered by date.
pub struct Place {
    list: u64,
    terms: Vec<Term>,
    cursor: Cursor,
}

impl Place {
    /// Of an element with this day (`2010-10-05`) and slug, in a list at the root.
    pub fn new(day: &str, slug: &str) -> Self {
        Self {
            list: cursor::identity("Query.list", "date"),
            terms: Order::by_date().terms,
            cursor: Cursor {
                owner: 0,
                values: [day, slug].map(|text| Value::Text(text.to_owned())).into(),
            },
        }
    }

    /// The cursor that stands for it.
    pub fn encode(&self) -> String {
        cursor::encode(self.list, &self.cursor)
    }

    /// Whether a cursor stands for it.
    pub fn is(&self, cursor: &str) -> bool {
        cursor::decode(self.list, &self.terms, cursor).as_ref() == Some(&self.cursor)
    }
}
