//! The texts that citations quote: from the change set, else from the registry.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{Array, Text};

use crate::model::{Field, Record, Type};
use crate::registry::model;
use crate::values::quote::DocumentText;

/// The record type whose texts citations quote, and the field that holds them.
#[derive(Clone, Copy)]
pub(super) struct Quoted {
    pub(super) ty: &'static Type,
    pub(super) record: &'static Record,
    pub(super) field: &'static Field,
}

/// The one type that declares a text to be kept to the letter.
pub(super) fn quoted() -> Option<Quoted> {
    model().records().find_map(|(ty, record)| {
        let field = ty.fields.iter().find(|field| field.verbatim.is_some())?;
        Some(Quoted { ty, record, field })
    })
}

/// The texts that are known so far, by the slugs of their records.
#[derive(Default)]
pub(super) struct Texts {
    known: HashMap<String, DocumentText<'static>>,
    wanted: BTreeSet<String>,
    complete: bool,
}

/// What a look-up of a text gives.
pub(super) enum Lookup<'a> {
    /// Here it is.
    Found(&'a DocumentText<'static>),
    /// It may still come, or lie in the registry: try again when all are there.
    Later,
    /// There is none of that slug.
    Missing,
}

impl Texts {
    /// A text of the change set.
    pub(super) fn insert(&mut self, slug: &str, text: &str) {
        self.known
            .insert(slug.to_owned(), DocumentText::new(text.to_owned()));
    }

    /// The text of that slug.
    pub(super) fn get(&self, slug: &str) -> Lookup<'_> {
        match self.known.get(slug) {
            Some(text) => Lookup::Found(text),
            None if self.complete => Lookup::Missing,
            None => Lookup::Later,
        }
    }

    /// Remembers to fetch these.
    pub(super) fn want(&mut self, slugs: impl IntoIterator<Item = String>) {
        self.wanted.extend(slugs);
    }

    /// Fetches what is wanted and didn't come with the change set, in one statement.
    pub(super) fn complete(&mut self, conn: &mut PgConnection, quoted: Quoted) -> QueryResult<()> {
        self.complete = true;
        let wanted: Vec<&String> = self
            .wanted
            .iter()
            .filter(|slug| !self.known.contains_key(*slug))
            .collect();
        if wanted.is_empty() {
            return Ok(());
        }
        let sql = format!(
            "SELECT slug, {} AS text FROM {} WHERE slug = ANY($1)",
            quoted.field.column, quoted.ty.table
        );
        let rows: Vec<SlugAndText> = diesel::sql_query(sql)
            .bind::<Array<Text>, _>(wanted)
            .load(conn)?;
        for row in rows {
            self.known.insert(row.slug, DocumentText::new(row.text));
        }
        Ok(())
    }
}

#[derive(QueryableByName)]
struct SlugAndText {
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = Text)]
    text: String,
}
