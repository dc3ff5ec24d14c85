//! The vocabulary in which the registry's concepts are declared.
//!
//! A concept's folder (`agreement/`, `party/`, …) says once what its records hold: each [`Field`] with its name, its
//! meaning, where it stands in a row and how it is written. The GraphQL schema, the statements of the read engine, the
//! shape of bundles and mutations, the change log and the documentation follow from that declaration; none of them
//! names a concept.
//!
//! In SQL, `@` stands for the row that a field is read from: `@.kind` in a declaration becomes `t.kind` or `j.kind`,
//! and inside a value that lies in several columns of a row, `@_edtf` becomes `t.signed_on_edtf`.

mod declare;
mod field;
mod filter;
mod link;
mod lists;
mod types;

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::{Map, Value};

pub use declare::{
    any_record, boolean, column, connection, connection_by, custom, date, dates, edges,
    enumeration, enumerations, float, id, integer, integers, list, localized, localized_list,
    money, one, part_citations, parts, record_reference, reference, reference_list, references,
    rendered, string, strings, url, value,
};
pub use field::{
    Arg, Args, BadArgument, Column, Edge, Effect, Expression, Field, Read, Searched, Stored, Weight,
};
pub use filter::{
    Filter, GroupValue, Grouping, Groups, Indexed, Input, InputField, OrderBy, Sorting, Way, within,
};
pub use link::{Between, DATED, Link, Order, Term};
pub use types::{ContentRule, PartKey, Record, Role, Rules, Type, record_fields};

/// A record's content in canonical form, as the write path holds it: the input's names, localized texts as objects by
/// language.
pub type Content = Map<String, Value>;

/// Everything that is declared.
pub struct Model {
    /// The object types by name, in the order of their declaration.
    pub types: IndexMap<&'static str, Type>,
    /// The enumerations by name.
    pub enums: IndexMap<&'static str, &'static Enum>,
    /// The input objects of arguments by name.
    pub inputs: IndexMap<Cow<'static, str>, Input>,
    /// The fields of the query root that follow from no record type.
    pub roots: Vec<Field>,
}

impl Model {
    /// The type of that name.
    ///
    /// # Panics
    /// If nothing of that name is declared: declarations refer to each other by name, and a test resolves them all.
    pub fn get(&self, name: &str) -> &Type {
        self.types
            .get(name)
            .unwrap_or_else(|| panic!("no type named {name} is declared"))
    }

    /// The record types, in the order of their declaration.
    pub fn records(&self) -> impl Iterator<Item = (&Type, &Record)> {
        self.types
            .values()
            .filter_map(|ty| Some((ty, ty.record()?)))
    }

    /// The record type with that tag (`AGREEMENT`).
    pub fn tagged(&self, tag: &str) -> Option<&Type> {
        self.records()
            .find(|(_, record)| record.tag == tag)
            .map(|(ty, _)| ty)
    }
}

/// An enumeration.
pub struct Enum {
    /// Its GraphQL name.
    pub name: &'static str,
    /// What it distinguishes.
    pub doc: &'static str,
    /// Its values with when to use each.
    pub values: &'static [(&'static str, &'static str)],
}

impl Enum {
    /// Whether it has that value.
    pub fn has(&self, value: &str) -> bool {
        self.values.iter().any(|(name, _)| *name == value)
    }
}

/// `signedOn` as a column: `signed_on`.
pub fn snake(name: &str) -> String {
    let mut column = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            column.push('_');
            column.push(letter.to_ascii_lowercase());
        } else {
            column.push(letter);
        }
    }
    column
}
