//! Asking the tables directly. The registry does not change while the test runs, so a statement is asked once.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use diesel::PgConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::Value;

/// So many answers are kept.
const KEPT: usize = 300_000;

/// Rows, each its columns in order.
pub type Rows = Rc<Vec<Vec<Value>>>;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    row: String,
}

/// A database with what was asked of it.
pub struct Store {
    connection: RefCell<PgConnection>,
    asked: RefCell<HashMap<String, Rows>>,
    places: RefCell<HashMap<String, Rc<HashMap<i64, usize>>>>,
    kept: RefCell<HashMap<String, Rc<HashSet<i64>>>>,
}

impl Store {
    /// Over a connection.
    pub fn over(connection: PgConnection) -> Self {
        Self {
            connection: RefCell::new(connection),
            asked: RefCell::default(),
            places: RefCell::default(),
            kept: RefCell::default(),
        }
    }

    /// `SELECT columns` and what follows: the values as PostgreSQL writes them in JSON.
    pub fn rows(&self, columns: &str, rest: &str) -> Rows {
        let sql = format!("SELECT json_build_array({columns})::text AS row {rest}");
        if let Some(rows) = self.asked.borrow().get(&sql) {
            return Rc::clone(rows);
        }
        let rows: Vec<Row> = diesel::sql_query(&sql)
            .load(&mut *self.connection.borrow_mut())
            .unwrap_or_else(|error| panic!("{error}\n{sql}"));
        let rows = rows.iter().map(|Row { row }| {
            let row = serde_json::from_str(row);
            row.expect("PostgreSQL writes JSON arrays")
        });
        let rows: Rows = Rc::new(rows.collect());
        let mut asked = self.asked.borrow_mut();
        if asked.len() > KEPT {
            asked.clear();
        }
        asked.insert(sql, Rc::clone(&rows));
        rows
    }

    /// The one value of the one row; null where there is none.
    pub fn value(&self, column: &str, rest: &str) -> Value {
        let rows = self.rows(column, rest);
        rows.first().map_or(Value::Null, |row| row[0].clone())
    }

    /// Identities, in order.
    pub fn ids(&self, column: &str, rest: &str) -> Vec<i64> {
        let rows = self.rows(column, rest);
        rows.iter().filter_map(|row| row[0].as_i64()).collect()
    }

    /// The place of each identity in an order of its whole table.
    pub fn places(&self, rest: &str) -> Rc<HashMap<i64, usize>> {
        if let Some(places) = self.places.borrow().get(rest) {
            return Rc::clone(places);
        }
        let ids = self.ids("t.id", rest).into_iter().enumerate();
        let places: Rc<HashMap<_, _>> = Rc::new(ids.map(|(place, id)| (id, place)).collect());
        let mut kept = self.places.borrow_mut();
        if kept.len() > 1000 {
            kept.clear();
        }
        kept.insert(rest.to_owned(), Rc::clone(&places));
        places
    }

    /// What a filter was found to keep.
    pub fn kept(&self, filter: &str) -> Option<Rc<HashSet<i64>>> {
        self.kept.borrow().get(filter).map(Rc::clone)
    }

    /// Remembers what a filter keeps.
    pub fn keep(&self, filter: String, ids: HashSet<i64>) -> Rc<HashSet<i64>> {
        let ids = Rc::new(ids);
        let mut kept = self.kept.borrow_mut();
        if kept.len() > 1000 {
            kept.clear();
        }
        kept.insert(filter, Rc::clone(&ids));
        ids
    }
}

/// A text as SQL has it.
pub fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// The texts of a list as they stand behind `IN`, which takes no empty list.
pub fn among(list: &Value) -> String {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    let texts = list.iter().filter_map(Value::as_str).map(quoted);
    let texts: Vec<_> = texts.chain(["NULL".to_owned()]).collect();
    format!("({})", texts.join(", "))
}
