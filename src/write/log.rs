//! The change log: what each record said before and says now, field by field.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::sql;
use crate::model::Type;
use crate::schema::registry;

/// The number of the newest change. 0 where nothing has been written yet.
///
/// # Errors
///
/// When PostgreSQL fails.
pub fn last_change(conn: &mut PgConnection) -> QueryResult<i64> {
    registry::table.select(registry::last_change).first(conn)
}

/// What a registry says, told apart from what it said at other times.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// Another one after whatever can change an answer, logged as a change or not. Larger after later changes, also where a
    /// backup was restored in between.
    pub data: i64,
    /// The number of the newest change, as [`last_change`].
    pub last_change: i64,
}

/// The version of the registry.
///
/// # Errors
///
/// When PostgreSQL fails.
pub fn version(conn: &mut PgConnection) -> QueryResult<Version> {
    let columns = (registry::data_version, registry::last_change);
    let (data, last_change) = registry::table.select(columns).first(conn)?;
    Ok(Version { data, last_change })
}

/// Compares the staged records with what the log last said of them, and takes back the update of a record that says the
/// same as before.
///
/// The log is what a record's history is told from, so that it is also what a change is measured by.
pub(super) fn compare(
    conn: &mut PgConnection,
    logged: &[(&'static Type, &'static str)],
) -> QueryResult<()> {
    let tags = sql::array(logged.iter().map(|(_, tag)| *tag));
    let orders: Vec<String> = logged
        .iter()
        .map(|(ty, tag)| {
            format!(
                "WHEN {} THEN {}",
                sql::literal(tag),
                sql::array(sql::logged_fields(ty))
            )
        })
        .collect();
    let order = if orders.is_empty() {
        "ARRAY[]::text[]".to_owned()
    } else {
        format!("CASE s.type {} END", orders.join(" "))
    };
    diesel::sql_query(format!(
        "CREATE TEMP TABLE difference ON COMMIT DROP AS \
         WITH after AS (\
             SELECT s.id, f.key AS field, f.value FROM stage s CROSS JOIN LATERAL jsonb_each(s.content) AS f(key, value) \
             WHERE s.operation <> 'UNCHANGED' AND s.type = ANY({tags}) AND f.key <> 'slug'\
         ), before AS (\
             SELECT DISTINCT ON (c.record_id, f.field) c.record_id AS id, f.field, nullif(f.after, 'null') AS value \
             FROM stage s JOIN change c ON c.record_id = s.id \
             CROSS JOIN LATERAL jsonb_to_recordset(c.fields) AS f(field text, after jsonb) \
             WHERE s.operation = 'UPDATED' ORDER BY c.record_id, f.field, c.number DESC\
         ), changed AS (\
             SELECT id, field, before.value AS before, after.value AS after FROM after FULL JOIN before USING (id, field) \
             WHERE before.value IS DISTINCT FROM after.value\
         ) SELECT s.id, jsonb_agg(jsonb_build_object('field', c.field, 'before', c.before, 'after', c.after) \
             ORDER BY array_position({order}, c.field), c.field) AS fields \
         FROM stage s JOIN changed c USING (id) GROUP BY s.id"
    ))
    .execute(conn)?;
    diesel::sql_query(format!(
        "UPDATE stage s SET operation = 'UNCHANGED' WHERE s.operation = 'UPDATED' AND s.type = ANY({tags}) \
         AND NOT EXISTS (SELECT FROM difference d WHERE d.id = s.id)"
    ))
    .execute(conn)?;
    Ok(())
}

/// Writes one entry for each record that was created or updated, numbered without gaps in the order of the change set.
/// `at` is PostgreSQL's text of the time.
pub(super) fn append(
    conn: &mut PgConnection,
    logged: &[(&'static Type, &'static str)],
    at: &str,
    actor: &str,
) -> QueryResult<()> {
    if logged.is_empty() {
        return Ok(());
    }
    let versions: Vec<String> = logged
        .iter()
        .map(|(ty, _)| format!("SELECT id, version FROM {}", sql::name(ty.table)))
        .collect();
    diesel::sql_query(format!(
        "WITH written AS (\
             INSERT INTO change (number, at, actor, operation, record_type, record_id, slug, version, fields) \
             SELECT r.last_change + row_number() OVER (ORDER BY s.ordinal), $1::timestamptz, $2, s.operation, s.type, s.id, s.slug, \
                 v.version, d.fields \
             FROM registry r CROSS JOIN stage s JOIN difference d ON d.id = s.id JOIN ({}) v ON v.id = s.id \
             WHERE s.operation <> 'UNCHANGED' RETURNING number\
         ) UPDATE registry SET last_change = w.number FROM (SELECT max(number) AS number FROM written) w WHERE w.number IS NOT NULL",
        versions.join(" UNION ALL ")
    ))
    .bind::<Text, _>(at)
    .bind::<Text, _>(actor)
    .execute(conn)?;
    Ok(())
}
