//! Where a record matches a search text: its texts are fetched, the database says which of their words match, and the
//! pieces are cut from the texts as they are.
//!
//! Two statements, however many records there are: one for their texts, one for the words. Texts are taken apart here,
//! because only so are the pieces to the letter.

mod fragments;

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::SelectionSet;
use serde::Deserialize;
use serde_json::{Map, Value};

use self::fragments::{Shown, fragments};
use super::batch::Pieces;
use super::columns::{self, PgRow};
use super::compile::{Compiler, Place, unknown};
use super::json::{self, Separator};
use super::link_rows::Columns;
use super::plan::{Level, Output};
use super::selection::inner;
use super::sql::{Bind, Sql};
use crate::graphql::Error;
use crate::model::{Column, Field, Model, PartKey, Stored, Type, Weight};
use crate::values::Language;
use crate::values::words::{plain, stretches};

/// The most texts of a record that are shown.
const MOST_SHOWN: usize = 3;
/// The characters of a text that is not localized, a whole document's, that are looked at.
const LOOKED_AT: usize = 200_000;

/// The columns of a level of texts.
const ORIGINAL: usize = 1;
const TEXTS: usize = 2;

/// What is asked of each highlight: response keys in the selection's order.
pub(super) type Shape = Vec<(String, Part)>;

/// A field of a highlight.
pub(super) enum Part {
    Typename,
    Field,
    Fragments(Vec<(String, Piece)>),
}

/// A field of a fragment.
pub(super) enum Piece {
    Typename,
    Text,
    Matched,
}

// Asking -----------------------------------------------------------------------------------------------------------

/// The level of the texts of records of any type, which match the n-th search text of the plan.
fn level(model: &Model, search: usize) -> Level {
    let mut columns = Columns::default();
    columns.index("original_language".to_owned(), Column::Text);
    columns.index("texts".to_owned(), Column::Json);
    let mut sql = Sql::new("SELECT x.id, x.original_language, x.texts::text FROM (");
    let searched = model
        .records()
        .filter(|(ty, _)| ty.fields.iter().any(|field| field.searched.is_some()));
    for (place, (ty, _)) in searched.enumerate() {
        sql.push(if place == 0 { "" } else { " UNION ALL " });
        sql.push(&format!(
            "SELECT t.id, t.original_language, {} AS texts FROM {} t WHERE t.id = ANY(",
            texts(model, ty),
            ty.table
        ));
        sql.bind(Bind::Owners(0)).push("::bigint[])");
    }
    sql.push(") x");
    let mut level = columns.into_level(Some(sql));
    level.highlighted = Some(search);
    level
}

/// The expression for a record's texts, those that count most first: `[["title", {"FR": "…"}], …]`.
fn texts(model: &Model, ty: &Type) -> String {
    let mut own: Vec<(Weight, String)> = Vec::new();
    for (field, stored) in ty.stored() {
        if let Some(searched) = field.searched {
            own.push((
                searched.weight,
                format!(
                    "jsonb_build_array(jsonb_build_array('{}', {}))",
                    field.name,
                    text(field, searched.language, "t")
                ),
            ));
        }
        let Stored::Parts { part, owner } = stored else {
            continue;
        };
        let part = model.get(part);
        let name = match part.part_key {
            PartKey::Reference(_) => "p.key".to_owned(),
            PartKey::Content => format!("node_id('{}', p.id)", part.name),
        };
        for inner in &part.fields {
            let Some(searched) = inner.searched else {
                continue;
            };
            own.push((
                searched.weight,
                format!(
                    "COALESCE((SELECT jsonb_agg(jsonb_build_array('{}.' || {name} || '.{}', {}) ORDER BY p.position, p.id) FROM {} p WHERE p.{owner} = t.id), '[]')",
                    field.name, inner.name, text(inner, searched.language, "p"), part.table
                ),
            ));
        }
    }
    own.sort_by_key(|(weight, _)| *weight);
    let own: Vec<String> = own.into_iter().map(|(_, sql)| sql).collect();
    own.join(" || ")
}

fn text(field: &Field, language: Option<&str>, row: &str) -> String {
    let column = &field.column;
    match (&field.stored, language) {
        (Some(Stored::Localized), _) => format!("{row}.{column}"),
        (_, language) => {
            let language = language.unwrap_or("original_language");
            format!("jsonb_build_object({row}.{language}, left({row}.{column}, {LOOKED_AT}))")
        }
    }
}

impl<'a> Compiler<'a> {
    /// Where the records match, whose identities stand in the column `key`, by the search text that they were found by.
    pub(super) fn highlights(
        &mut self,
        place: &mut Place<'_>,
        key: usize,
        language: Option<Language>,
        sets: &[&'a SelectionSet],
    ) -> Result<Output, Error> {
        let search = place.level.search.ok_or_else(|| unknown("highlights"))?;
        let level = level(self.model, search);
        Ok(Output::Highlights {
            child: place.level.child(level, key, None),
            key,
            language,
            shape: self.highlight(sets)?,
        })
    }

    /// What selections ask of a highlight.
    fn highlight(&mut self, sets: &[&'a SelectionSet]) -> Result<Shape, Error> {
        let mut shape = Shape::new();
        for (key, fields) in self.collect(sets, &|name| name == "Highlight")? {
            let part = match fields[0].node.name.node.as_str() {
                "__typename" => Part::Typename,
                "field" => Part::Field,
                "fragments" => Part::Fragments(self.piece(&inner(&fields))?),
                other => return Err(unknown(other)),
            };
            shape.push((key.to_owned(), part));
        }
        Ok(shape)
    }

    fn piece(&mut self, sets: &[&'a SelectionSet]) -> Result<Vec<(String, Piece)>, Error> {
        let mut shape = Vec::new();
        for (key, fields) in self.collect(sets, &|name| name == "HighlightFragment")? {
            let piece = match fields[0].node.name.node.as_str() {
                "__typename" => Piece::Typename,
                "text" => Piece::Text,
                "matched" => Piece::Matched,
                other => return Err(unknown(other)),
            };
            shape.push((key.to_owned(), piece));
        }
        Ok(shape)
    }
}

// Matching ---------------------------------------------------------------------------------------------------------

/// One text of a record: the path of the field, and where there is one the text by language.
#[derive(Deserialize)]
struct Text(String, Option<Map<String, Value>>);

/// The texts of the records of a level, and what of them matches.
#[derive(Default)]
pub(super) struct Highlighted {
    /// By the record's identity: the code of its original language, its texts.
    records: HashMap<i64, (String, Vec<Text>)>,
    /// By the code of a language: what stands between two signs, and the plain words of it. First all, then what matches.
    pieces: HashMap<String, HashMap<String, String>>,
}

impl Highlighted {
    /// Takes the texts of these rows apart.
    pub(super) fn of(rows: &[PgRow], pieces: &Pieces) -> Self {
        let mut all = Self::default();
        for row in rows {
            let texts = columns::with_text(row, pieces.slot(TEXTS), |json| {
                serde_json::from_str(json).ok()
            });
            let texts: Vec<Text> = texts.flatten().unwrap_or_default();
            for (language, text) in texts.iter().flat_map(Text::each) {
                let pieces = all.pieces.entry(language.to_owned()).or_default();
                for place in stretches(text) {
                    let piece = &text[place];
                    // Most words come again and again.
                    if !pieces.contains_key(piece) {
                        pieces.insert(piece.to_owned(), plain(piece));
                    }
                }
            }
            let original =
                columns::with_text(row, pieces.slot(ORIGINAL), str::to_owned).unwrap_or_default();
            let id = columns::bigint(row, pieces.slot(0)).unwrap_or_default();
            all.records.insert(id, (original, texts));
        }
        all
    }

    /// The statement that finds which of the words match the n-th search text.
    pub(super) fn statement(&self, search: usize) -> Sql {
        let mut words: HashSet<(&str, &str)> = HashSet::new();
        for (language, pieces) in &self.pieces {
            let plain = pieces.values().flat_map(|words| words.split(' '));
            words.extend(
                plain
                    .filter(|word| !word.is_empty())
                    .map(|word| (language.as_str(), word)),
            );
        }
        let owned = |(language, word): (&str, &str)| (language.to_owned(), word.to_owned());
        let (languages, words) = words.into_iter().map(owned).unzip();
        let mut sql = Sql::new("SELECT w.language, w.word FROM unnest(");
        sql.bind(Bind::Texts(languages)).push("::text[], ");
        sql.bind(Bind::Texts(words))
            .push("::text[]) AS w(language, word) WHERE search_lexemes(w.language, w.word) @@ ");
        sql.bind(Bind::Words(search)).push("::tsquery");
        sql
    }

    /// Keeps only what the statement found.
    pub(super) fn keep(&mut self, rows: &[PgRow]) {
        let text = |row, index| columns::with_text(row, index, str::to_owned).unwrap_or_default();
        let found: HashSet<(String, String)> = rows
            .iter()
            .map(|row| (text(row, 0), text(row, 1)))
            .collect();
        for (language, pieces) in &mut self.pieces {
            pieces.retain(|_, words| {
                let mut words = words.split(' ');
                words.any(|word| found.contains(&(language.clone(), word.to_owned())))
            });
        }
    }
}

impl Text {
    /// The text in each language, with the language's code.
    fn each(&self) -> impl Iterator<Item = (&str, &str)> {
        let texts = self.1.iter().flatten();
        texts.filter_map(|(language, text)| Some((language.as_str(), text.as_str()?)))
    }
}

// Answering --------------------------------------------------------------------------------------------------------

/// Writes the highlights of a record.
pub(super) fn write(
    out: &mut Vec<u8>,
    record: Option<i64>,
    highlighted: &Highlighted,
    language: Option<Language>,
    shape: &Shape,
) {
    let mut found: Vec<(&str, Shown<'_>)> = Vec::new();
    let record = record.and_then(|record| highlighted.records.get(&record));
    let (original, texts) = match record {
        Some((original, texts)) => (original.as_str(), texts.as_slice()),
        None => ("", &[][..]),
    };
    for text in texts {
        let first = match language {
            Some(language) => language.code(),
            None => original,
        };
        let mut texts: Vec<_> = text.each().collect();
        texts.sort_by_key(|(code, _)| (*code != first, *code != original));
        let shown = texts.into_iter().find_map(|(code, text)| {
            let words = highlighted.pieces.get(code)?;
            fragments(text, words)
        });
        let Some(shown) = shown else { continue };
        if !found.iter().any(|(_, other)| *other == shown) {
            found.push((&text.0, shown));
        }
    }
    // Where others match by far more words, a text that has one of them says nothing.
    let most = found.iter().map(|(_, shown)| shown.words).max();
    found.retain(|(_, shown)| 2 * shown.words > most.unwrap_or_default());
    let mut list = Separator::new();
    out.push(b'[');
    for (field, shown) in found.iter().take(MOST_SHOWN) {
        list.comma(out);
        write_one(out, field, &shown.pieces, shape);
    }
    out.push(b']');
}

fn write_one(out: &mut Vec<u8>, field: &str, pieces: &[(&str, bool)], shape: &Shape) {
    let mut object = Separator::new();
    out.push(b'{');
    for (key, part) in shape {
        object.key(out, key);
        match part {
            Part::Typename => out.extend(b"\"Highlight\""),
            Part::Field => json::string(out, field),
            Part::Fragments(shape) => {
                let mut list = Separator::new();
                out.push(b'[');
                for piece in pieces {
                    list.comma(out);
                    write_piece(out, piece, shape);
                }
                out.push(b']');
            }
        }
    }
    out.push(b'}');
}

fn write_piece(out: &mut Vec<u8>, (text, matched): &(&str, bool), shape: &[(String, Piece)]) {
    let mut object = Separator::new();
    out.push(b'{');
    for (key, piece) in shape {
        object.key(out, key);
        match piece {
            Piece::Typename => out.extend(b"\"HighlightFragment\""),
            Piece::Text => json::string(out, text),
            Piece::Matched => out.extend(if *matched { &b"true"[..] } else { b"false" }),
        }
    }
    out.push(b'}');
}
