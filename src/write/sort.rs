//! Sort keys of names and titles, made from the field that is a type's label.

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Binary, Jsonb, Text};
use serde_json::Value;

use super::sql;
use crate::model::{Content, Type};
use crate::registry::model;
use crate::schema::registry;
use crate::values::Language;
use crate::values::sort_key::{VERSION, sort_key};

/// One key per language, in the order of [`sql::SORT_COLUMNS`], the last in the order that mixes languages.
pub(super) type SortKeys = [Vec<u8>; 5];

/// The keys of a localized text. Where it lacks a language the original stands in, sorted as that language sorts.
pub(super) fn keys(texts: &Content, original: &str) -> SortKeys {
    let text = |code: &str| texts.get(code).and_then(Value::as_str);
    let own = text(original).unwrap_or_default();
    let [fr, en, es, pt] = Language::ALL
        .map(|language| sort_key(text(language.code()).unwrap_or(own), Some(language)));
    [fr, en, es, pt, sort_key(own, None)]
}

/// How many rows are read and written at once.
const BATCH: i64 = 5000;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Jsonb)]
    label: Value,
    #[diesel(sql_type = Text)]
    original: String,
}

/// Writes all sort keys anew if they were made by another collator than this program's, and says how many records that
/// were. To be called when a database was migrated; every change set also makes sure of it.
///
/// # Errors
///
/// When PostgreSQL fails; then nothing has changed.
pub fn resort(conn: &mut PgConnection) -> QueryResult<usize> {
    conn.transaction(|conn| {
        let version: String = registry::table
            .select(registry::collation_version)
            .for_update()
            .first(conn)?;
        if version == VERSION {
            return Ok(0);
        }
        let mut count = 0;
        for (ty, record) in model().records() {
            count += resort_type(conn, ty, record.label)?;
        }
        diesel::update(registry::table)
            .set(registry::collation_version.eq(VERSION))
            .execute(conn)?;
        Ok(count)
    })
}

fn resort_type(conn: &mut PgConnection, ty: &Type, label: &str) -> QueryResult<usize> {
    let Some(field) = ty.field(label) else {
        return Ok(0);
    };
    let table = sql::name(ty.table);
    let select = format!(
        "SELECT id, {} AS label, original_language AS original FROM {table} WHERE id > $1 ORDER BY id LIMIT $2",
        sql::name(&field.column)
    );
    let sets: Vec<String> = sql::SORT_COLUMNS
        .iter()
        .map(|column| format!("{column} = k.{column}"))
        .collect();
    let update = format!(
        "UPDATE {table} t SET {} FROM unnest($1, $2, $3, $4, $5, $6) AS k(id, {}) WHERE t.id = k.id",
        sets.join(", "),
        sql::SORT_COLUMNS.join(", ")
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
        let mut ids = Vec::with_capacity(rows.len());
        let mut columns: [Vec<Vec<u8>>; 5] = Default::default();
        for row in &rows {
            ids.push(row.id);
            let empty = Content::new();
            let keys = keys(row.label.as_object().unwrap_or(&empty), &row.original);
            for (column, key) in columns.iter_mut().zip(keys) {
                column.push(key);
            }
        }
        let [fr, en, es, pt, original] = columns;
        diesel::sql_query(&update)
            .bind::<Array<BigInt>, _>(ids)
            .bind::<Array<Binary>, _>(fr)
            .bind::<Array<Binary>, _>(en)
            .bind::<Array<Binary>, _>(es)
            .bind::<Array<Binary>, _>(pt)
            .bind::<Array<Binary>, _>(original)
            .execute(conn)?;
    }
}
