//! Citations of a text that changes: each must still find its words, also those of records outside of the change set.

use std::collections::HashSet;

use diesel::prelude::*;
use diesel::sql_types::{Array, BigInt, Integer, Text};

use super::problem::Problems;
use super::reference::{Directory, word};
use super::sql;
use super::texts::{Lookup, Quoted, Texts};

#[derive(QueryableByName)]
struct Cited {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = BigInt)]
    record: i64,
    #[diesel(sql_type = Text)]
    field: String,
    #[diesel(sql_type = Text)]
    quoted: String,
    #[diesel(sql_type = Text)]
    tag: String,
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = Text)]
    exact: String,
    #[diesel(sql_type = Text)]
    prefix: String,
    #[diesel(sql_type = Text)]
    suffix: String,
}

/// Moves the citations of texts that change to where their words now stand. One that finds no place of its own goes; it is
/// told of, unless its record is in the change set: that one cites anew.
pub(super) fn follow(
    conn: &mut PgConnection,
    quoted: Quoted,
    texts: &Texts,
    directory: &Directory,
    problems: &mut Problems,
) -> QueryResult<()> {
    let column = sql::name(&format!("{}_id", quoted.record.one));
    let cited: Vec<Cited> = diesel::sql_query(format!(
        "SELECT c.id, c.record_id AS record, coalesce(c.field, '') AS field, s.slug AS quoted, r.type AS tag, r.slug, c.exact, c.prefix, c.suffix \
         FROM stage s JOIN {table} t ON t.id = s.id AND t.{text} IS DISTINCT FROM s.content->>{input} \
         JOIN citation c ON c.{column} = s.id JOIN record r ON r.id = c.record_id \
         WHERE s.type = {tag} AND s.operation = 'UPDATED' ORDER BY r.type, r.slug, c.id",
        table = sql::name(quoted.ty.table),
        text = sql::name(&quoted.field.column),
        input = sql::literal(quoted.field.input_name()),
        tag = sql::literal(quoted.record.tag),
    ))
    .load(conn)?;
    let mut ids = Vec::new();
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    let (mut prefixes, mut suffixes) = (Vec::new(), Vec::new());
    let mut told = HashSet::new();
    let mut taken = HashSet::new();
    let mut lost = Vec::new();
    for citation in &cited {
        let Lookup::Found(text) = texts.get(&citation.quoted) else {
            continue;
        };
        let found = text
            .find(&citation.exact, "", "")
            .or_else(|_| text.find(&citation.exact, &citation.prefix, &citation.suffix));
        let error = match found {
            Ok(position) => {
                let (Ok(start), Ok(end)) =
                    (i32::try_from(position.start), i32::try_from(position.end))
                else {
                    continue;
                };
                let place = (
                    citation.record,
                    &citation.field,
                    &citation.quoted,
                    start,
                    end,
                );
                if taken.insert(place) {
                    ids.push(citation.id);
                    starts.push(start);
                    ends.push(end);
                    prefixes.push(position.prefix);
                    suffixes.push(position.suffix);
                    continue;
                }
                "another of its citations quotes them there already".to_owned()
            }
            Err(error) => error.to_string(),
        };
        // It must not stand in the way of one that moves to where it stood.
        lost.push(citation.id);
        // Also one that is wrong itself cites anew, when it is put right.
        if directory.origin(&citation.tag, &citation.slug).is_some() {
            continue;
        }
        let record = format!("{} {}", word(&citation.tag), citation.slug);
        if !told.insert((record.clone(), citation.exact.clone())) {
            continue;
        }
        if let Some(origin) = directory.origin(quoted.record.tag, &citation.quoted) {
            let message = format!(
                "{record} cites `{}`, which the new text no longer says in that place; change its citation in the same bundle, or keep these words ({error})",
                citation.exact
            );
            let problem = origin.problem(quoted.field.input_name(), message);
            problems.push(origin.ordinal, problem);
        }
    }
    if !lost.is_empty() {
        diesel::sql_query("DELETE FROM citation WHERE id = ANY($1)")
            .bind::<Array<BigInt>, _>(lost)
            .execute(conn)?;
    }
    if ids.is_empty() {
        return Ok(());
    }
    diesel::sql_query(
        "UPDATE citation c SET start_at = m.start_at, end_at = m.end_at, prefix = m.prefix, suffix = m.suffix \
         FROM unnest($1, $2, $3, $4, $5) AS m(id, start_at, end_at, prefix, suffix) WHERE c.id = m.id",
    )
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Array<Integer>, _>(starts)
    .bind::<Array<Integer>, _>(ends)
    .bind::<Array<Text>, _>(prefixes)
    .bind::<Array<Text>, _>(suffixes)
    .execute(conn)?;
    Ok(())
}
