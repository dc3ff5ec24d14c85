//! The statements for what stands between rows: references, citations, sources.

use super::reference::{Target, owners};
use super::sql::{Owned, WRITTEN, literal, name, part_by_slug};
use crate::model::{Stored, Type};

/// Sets the rows between records, or their parts, and what they refer to: what is not wanted goes, what is new comes.
pub(super) fn junctions(ty: &'static Type, tag: &str, owned: &[Owned]) -> Vec<String> {
    let tag = literal(tag);
    let mut statements: Vec<String> = ty
        .stored()
        .filter_map(|(field, stored)| {
            junction(
                stored,
                "s.id",
                &format!("s.content->{}", literal(field.input_name())),
                &format!("stage s WHERE s.type = {tag} AND {WRITTEN}"),
                &format!("stage s WHERE s.type = {tag} AND s.operation = 'UPDATED'"),
            )
        })
        .collect();
    for list in owned {
        let Some(part) = list.part() else { continue };
        let (table, column) = list.table();
        for (field, stored) in part.stored() {
            statements.extend(junction(
                stored,
                "o.id",
                &format!("p.value->{}", literal(field.input_name())),
                &format!(
                    "{} JOIN {table} o ON o.{column} = s.id AND o.key = {} WHERE s.type = {tag} AND {WRITTEN}",
                    list.elements(),
                    list.key()
                ),
                &format!(
                    "stage s JOIN {table} o ON o.{column} = s.id WHERE s.type = {tag} AND s.operation = 'UPDATED'"
                ),
            ));
        }
    }
    statements
}

fn junction(
    stored: &Stored,
    near_id: &str,
    slugs: &str,
    written: &str,
    updated: &str,
) -> Option<String> {
    let Stored::References {
        target,
        table,
        near,
        far,
    } = stored
    else {
        return None;
    };
    let reached = match Target::of(target) {
        Target::Record(tag) => {
            format!(
                "SELECT r.id FROM record r WHERE r.type = {} AND r.slug = x.slug",
                literal(tag)
            )
        }
        Target::Part(part) => part_by_slug(part, &owners(part), "x.slug"),
    };
    let (table, near, far) = (name(table), name(near), name(far));
    Some(format!(
        "WITH wanted AS MATERIALIZED (\
             SELECT DISTINCT w.near, reached.id AS far FROM (\
                 SELECT {near_id} AS near, {slugs} AS slugs FROM {written}\
             ) w CROSS JOIN LATERAL jsonb_array_elements_text(w.slugs) AS x(slug) CROSS JOIN LATERAL ({reached}) reached\
         ), gone AS (\
             DELETE FROM {table} t WHERE t.{near} IN (SELECT {near_id} FROM {updated}) \
             AND NOT EXISTS (SELECT FROM wanted w WHERE w.near = t.{near} AND w.far = t.{far})\
         ) INSERT INTO {table} ({near}, {far}) SELECT near, far FROM wanted ON CONFLICT DO NOTHING"
    ))
}

/// Selects the rows of parts, for citations and sources; never empty, so that it can be joined.
fn parts(owned: &[Owned]) -> String {
    let mut selects: Vec<String> = owned
        .iter()
        .filter(|list| list.part().is_some())
        .map(Owned::identities)
        .collect();
    if selects.is_empty() {
        selects.push("SELECT NULL::text AS list, NULL::bigint AS record_id, NULL::text AS key, NULL::bigint AS id WHERE false".to_owned());
    }
    selects.join(" UNION ALL ")
}

/// The full path of what a staged citation or source `c` supports, with its part `p`.
const PATH: &str = "nullif(concat_ws('.', c.list, CASE WHEN c.type IS NULL THEN c.key ELSE node_id(c.type, p.id) END, c.field), '')";

/// What tells one citation or source of a record from another, as a condition on rows `w` (wanted) and `h` (had).
fn same(columns: &[&str]) -> String {
    let equal: Vec<String> = columns
        .iter()
        .map(|column| {
            format!(
                "coalesce(w.{0}::text, '') = coalesce(h.{0}::text, '')",
                name(column)
            )
        })
        .collect();
    format!("w.record_id = h.record_id AND {}", equal.join(" AND "))
}

/// Makes the rows of a table those that are `wanted` by staged records: what is as it was keeps its identity. The rows had
/// before are matched apart from the table, which grows while the statement runs.
fn settle(table: &str, owned: &[Owned], wanted: &str, key: &[&str], rest: &[&str]) -> String {
    let quote = |columns: &[&str]| {
        columns
            .iter()
            .map(|column| name(column))
            .collect::<Vec<_>>()
    };
    let of = |row: &str| {
        quote(rest)
            .iter()
            .map(|column| format!("{row}.{column}"))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let sets: Vec<String> = quote(rest)
        .iter()
        .map(|column| format!("{column} = w.{column}"))
        .collect();
    let all = [quote(key), quote(rest)].concat().join(", ");
    format!(
        "WITH part AS MATERIALIZED ({parts}), wanted AS MATERIALIZED ({wanted}), had AS MATERIALIZED (\
             SELECT t.* FROM {table} t WHERE t.record_id IN (SELECT id FROM stage)\
         ), gone AS (\
             DELETE FROM {table} t USING had h WHERE t.id = h.id AND NOT EXISTS (SELECT FROM wanted w WHERE {same})\
         ), kept AS (\
             UPDATE {table} t SET {sets} FROM had h JOIN wanted w ON {same} WHERE t.id = h.id AND ({before}) IS DISTINCT FROM ({after})\
         ) INSERT INTO {table} (record_id, {all}) SELECT record_id, {all} FROM wanted w \
         WHERE NOT EXISTS (SELECT FROM had h WHERE {same}) ORDER BY w.ordinal, w.position",
        parts = parts(owned),
        same = same(key),
        sets = sets.join(", "),
        before = of("h"),
        after = of("w"),
    )
}

/// Sets the citations of staged records; those that are as they were keep their identities. `quoted` is the tag of the type
/// whose texts are quoted, and the column for it.
pub(super) fn citations(owned: &[Owned], quoted: (&str, &str)) -> String {
    let (tag, column) = quoted;
    let wanted = format!(
        "SELECT s.id AS record_id, p.id AS part_id, {PATH} AS field, d.id AS {column}, c.exact, c.prefix, c.suffix, \
             c.start AS start_at, c.\"end\" AS end_at, (row_number() OVER (PARTITION BY s.id ORDER BY c.n))::integer AS position, s.ordinal \
         FROM stage s CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(s.citations) AS (list text, key text, type text, \
             field text, quoted text, exact text, prefix text, suffix text, start integer, \"end\" integer)) \
             WITH ORDINALITY AS c(list, key, type, field, quoted, exact, prefix, suffix, start, \"end\", n) \
         JOIN record d ON d.type = {tag} AND d.slug = c.quoted \
         LEFT JOIN part p ON p.record_id = s.id AND p.list = c.list AND p.key = c.key",
        tag = literal(tag),
        column = name(column),
    );
    let key = ["field", column, "start_at", "end_at"];
    let rest = ["part_id", "exact", "prefix", "suffix", "position"];
    settle("citation", owned, &wanted, &key, &rest)
}

/// Sets the sources of staged records; those that are as they were keep their identities.
pub(super) fn sources(owned: &[Owned]) -> String {
    let wanted = format!(
        "SELECT s.id AS record_id, p.id AS part_id, {PATH} AS field, c.name, c.identifier, c.url, c.license, \
             (row_number() OVER (PARTITION BY s.id ORDER BY c.n))::integer AS position, s.ordinal \
         FROM stage s CROSS JOIN LATERAL ROWS FROM (jsonb_to_recordset(s.sources) AS (list text, key text, type text, \
             field text, name text, identifier text, url text, license text)) \
             WITH ORDINALITY AS c(list, key, type, field, name, identifier, url, license, n) \
         LEFT JOIN part p ON p.record_id = s.id AND p.list = c.list AND p.key = c.key"
    );
    let key = ["field", "name", "identifier", "url", "license"];
    settle("source", owned, &wanted, &key, &["part_id", "position"])
}
