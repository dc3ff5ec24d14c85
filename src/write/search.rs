//! What records are found by: their texts as plain words, and from these the search vectors.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Text};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::sql::{WRITTEN, literal, name};
use crate::model::{Content, Field, Stored, Type, Weight};
use crate::registry::model;
use crate::schema::registry;
use crate::values::Language;
use crate::values::words::{Budget, plain};

/// Grows when texts become words by other rules.
const RULES: u32 = 1;

/// Whether records of a type are found by search.
pub(super) fn is_searched(ty: &Type) -> bool {
    ty.fields.iter().any(|field| field.searched.is_some())
}

/// The texts of a record as plain words: `[["FR", "A", ["…", …]], …]`, the language, the weight, the texts.
pub(super) fn texts(ty: &Type, content: &Content, derived: Option<&Content>) -> Value {
    let original = content.get("originalLanguage").and_then(Value::as_str);
    let mut found = Vec::new();
    gather(
        ty,
        content,
        derived,
        original.unwrap_or_default(),
        &mut found,
    );
    // What counts most is indexed first: the rest of a very long record may not fit.
    found.sort_by_key(|(weight, language, _)| (*weight, *language));
    let mut budget = Budget::default();
    let mut grouped: BTreeMap<(Weight, &str), Vec<String>> = BTreeMap::new();
    for (weight, language, text) in found {
        let words = budget.keep(plain(text));
        if !words.is_empty() {
            grouped.entry((weight, language)).or_default().push(words);
        }
    }
    grouped
        .into_iter()
        .map(|((weight, language), texts)| json!([language, weight.letter(), texts]))
        .collect()
}

/// The searched texts of a record or a part, and of its own parts, each with its language's code.
fn gather<'c>(
    ty: &Type,
    content: &'c Content,
    derived: Option<&'c Content>,
    original: &str,
    found: &mut Vec<(Weight, &'static str, &'c str)>,
) {
    let code = |language: &str| Language::from_code(language).map(Language::code);
    for (field, stored) in ty.stored() {
        let input = field.input_name();
        let Some(value) = derived
            .and_then(|derived| derived.get(input))
            .or_else(|| content.get(input))
        else {
            continue;
        };
        if let Stored::Parts { part, .. } = stored {
            let part = model().get(part);
            for element in value.as_array().into_iter().flatten() {
                if let Some(element) = element.as_object() {
                    gather(part, element, None, original, found);
                }
            }
        }
        let Some(searched) = field.searched else {
            continue;
        };
        let own = searched
            .language
            .and_then(|language| content.get(language)?.as_str());
        let single = [(own.unwrap_or(original), value)];
        let localized = value.as_object().into_iter().flatten();
        let each = localized.map(|(language, text)| (language.as_str(), text));
        for (language, text) in each.chain(single) {
            if let (Some(language), Some(text)) = (code(language), text.as_str()) {
                found.push((searched.weight, language, text));
            }
        }
    }
}

/// The statement that adds the lexemes of staged records to the vocabulary.
pub(super) fn vocabulary(types: &[(&'static Type, &'static str)]) -> Option<String> {
    let selects: Vec<String> = types
        .iter()
        .filter(|(ty, _)| is_searched(ty))
        .map(|(ty, tag)| {
            format!(
                "SELECT x.word FROM stage s JOIN {} t ON t.id = s.id, unnest(tsvector_to_array(t.words)) AS x(word) WHERE s.type = {} AND {WRITTEN}",
                name(ty.table),
                literal(tag)
            )
        })
        .collect();
    (!selects.is_empty()).then(|| insert(&selects.join(" UNION ALL ")))
}

fn insert(words: &str) -> String {
    format!(
        "INSERT INTO search_word (word) SELECT DISTINCT word FROM ({words}) w ON CONFLICT DO NOTHING"
    )
}

// Indexing anew ----------------------------------------------------------------------------------------------------

/// How many records are read and written at once. Some hold a whole document.
const BATCH: i64 = 100;

#[derive(QueryableByName)]
struct State {
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = Integer)]
    postgres: i32,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Jsonb)]
    content: Value,
}

/// Makes all search vectors anew if they were made by other rules than this program's, of other fields, or with the
/// dictionaries of another version of PostgreSQL, and says of how many records. To be called when a database was migrated;
/// every change set also makes sure of it.
///
/// # Errors
///
/// When PostgreSQL fails; then nothing has changed.
pub fn reindex(conn: &mut PgConnection) -> QueryResult<usize> {
    conn.transaction(|conn| {
        let state: State = diesel::sql_query(
            "SELECT search_version AS version, current_setting('server_version_num')::integer / 10000 AS postgres FROM registry FOR UPDATE",
        )
        .get_result(conn)?;
        let version = version(state.postgres);
        if state.version == version {
            return Ok(0);
        }
        let types: Vec<&Type> = model().types.values().filter(|ty| ty.record().is_some() && is_searched(ty)).collect();
        let mut count = 0;
        for ty in &types {
            count += reindex_type(conn, ty)?;
        }
        let words: Vec<String> = types
            .iter()
            .map(|ty| format!("SELECT unnest(tsvector_to_array(words)) AS word FROM {}", name(ty.table)))
            .collect();
        diesel::sql_query("DELETE FROM search_word").execute(conn)?;
        diesel::sql_query(insert(&words.join(" UNION ALL "))).execute(conn)?;
        diesel::update(registry::table)
            .set(registry::search_version.eq(version))
            .execute(conn)?;
        Ok(count)
    })
}

/// What search vectors depend on.
fn version(postgres: i32) -> String {
    let mut declared = Sha256::new();
    for ty in model().types.values() {
        for field in &ty.fields {
            if let Some(searched) = field.searched {
                let language = searched.language.unwrap_or_default();
                let weight = searched.weight.letter();
                declared.update(format!("{} {} {weight} {language}\n", ty.name, field.name));
            }
        }
    }
    let digest = declared.finalize();
    let [a, b, c, d, ..] = digest.as_slice() else {
        unreachable!("a digest has 32 bytes")
    };
    format!("{RULES}-{a:02x}{b:02x}{c:02x}{d:02x}-postgresql-{postgres}")
}

fn reindex_type(conn: &mut PgConnection, ty: &Type) -> QueryResult<usize> {
    let table = name(ty.table);
    let select = format!(
        "SELECT t.id, {} AS content FROM {table} t WHERE t.id > $1 ORDER BY t.id LIMIT $2",
        content(ty, "t")
    );
    let update = format!(
        "UPDATE {table} t SET words = search_words(k.texts) FROM unnest($1, $2) AS k(id, texts) WHERE t.id = k.id"
    );
    let mut count = 0;
    let mut after = i64::MIN;
    loop {
        let rows: Vec<Row> = diesel::sql_query(&select)
            .bind::<BigInt, _>(after)
            .bind::<BigInt, _>(BATCH)
            .load(conn)?;
        let Some(last) = rows.last() else {
            return Ok(count);
        };
        after = last.id;
        count += rows.len();
        let (ids, vectors): (Vec<i64>, Vec<Value>) = rows
            .into_iter()
            .map(|row| {
                let texts = row
                    .content
                    .as_object()
                    .map(|content| texts(ty, content, None));
                (row.id, texts.unwrap_or_else(|| json!([])))
            })
            .unzip();
        diesel::sql_query(&update)
            .bind::<Array<BigInt>, _>(ids)
            .bind::<Array<Jsonb>, _>(vectors)
            .execute(conn)?;
    }
}

/// The searched content of a row, as far as it is kept in the shape of an input.
fn content(ty: &Type, row: &str) -> String {
    let own = |field: &Field| {
        format!(
            "{}, {row}.{}",
            literal(field.input_name()),
            name(&field.column)
        )
    };
    let mut pairs = vec![format!("'originalLanguage', {row}.original_language")];
    for (field, stored) in ty.stored() {
        match (stored, field.searched) {
            (Stored::Parts { part, owner }, _) => {
                let part = model().get(part);
                if is_searched(part) {
                    pairs.push(format!(
                        "{}, (SELECT jsonb_agg({} ORDER BY p.position, p.id) FROM {} p WHERE p.{} = {row}.id)",
                        literal(field.input_name()),
                        content(part, "p"),
                        name(part.table),
                        name(owner)
                    ));
                }
            }
            (_, Some(searched)) => {
                pairs.push(own(field));
                let language = searched.language.and_then(|language| ty.field(language));
                pairs.extend(language.map(own));
            }
            _ => {}
        }
    }
    format!("jsonb_build_object({})", pairs.join(", "))
}
