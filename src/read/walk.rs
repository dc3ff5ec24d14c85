//! Pages of a whole table's rows that match a search text, in an order that an index has.
//!
//! What few rows match is found by the index on words and sorted. What many match is met soon on the way along the order's
//! index. PostgreSQL can't tell which it is: it guesses how many rows match, and is far off for rare words and for
//! beginnings of words. So the statement looks at the first rows of the order. Where two of them match, it walks on until
//! the page is full; where they do not, or the walk gets long, it sorts all that match.

use super::sql::Sql;

/// Tables with fewer rows are sorted faster than looked at.
const SMALL_TABLE: usize = 3000;
/// Looking at a row on the way takes as long as fetching and sorting so many that the index on words has found, as its words
/// lie apart from it.
const COST: usize = 2;

/// The parts of the statement.
pub(super) struct Walk<'s> {
    /// The table, without its name in the conditions.
    pub(super) table: &'s str,
    /// Its name in the conditions.
    pub(super) scope: &'s str,
    /// What rows must match: the filter.
    pub(super) filter: &'s Sql,
    /// The sides of cursors that they are to stand on.
    pub(super) within: &'s [&'s Sql],
    pub(super) order: &'s Sql,
    /// How many rows are wanted.
    pub(super) count: usize,
    /// The columns, each with a comma before it.
    pub(super) columns: &'s Sql,
}

impl Walk<'_> {
    /// The statement.
    pub(super) fn sql(&self) -> Sql {
        let Self {
            table,
            scope,
            filter,
            order,
            count,
            ..
        } = self;
        let bounded = !self.within.is_empty();
        // Of N rows a share s matches. Until `count` are found, a walk looks at count / s rows; to sort them, N * s are
        // fetched. Where both take as long, n rows hold two matches:
        let mut sql = Sql::new(&format!(
            "WITH looked_at AS MATERIALIZED (\
                SELECT CASE WHEN c.reltuples < {SMALL_TABLE} THEN 0 ELSE ceil(sqrt(4 * c.reltuples / {})) END::bigint AS n \
                FROM pg_class c WHERE c.oid = '{table}'::regclass\
            ), ",
            COST * count
        ));
        // PostgreSQL fills these only as far as they are read. It doesn't know how far their limit lets it, takes it for a
        // tenth of the table, and so walks along the index.
        if bounded {
            // What lies before a cursor is not walked past to learn how many match.
            sql.push("head AS MATERIALIZED (");
            self.walk(&mut sql, &[]);
            sql.push("), ");
        }
        sql.push("walk AS MATERIALIZED (");
        self.walk(&mut sql, self.within);
        let head = if bounded { "head" } else { "walk" };
        sql.push(&format!(
            "), met AS MATERIALIZED (SELECT id FROM walk WHERE met AND (\
                SELECT count(*) >= 2 FROM (SELECT met FROM {head} LIMIT (SELECT n FROM looked_at)) s WHERE s.met\
            ) LIMIT {count}), \
            full_page AS (SELECT count(*) = {count} AS yes FROM met) \
            SELECT 0::bigint"
        ));
        sql.append(self.columns);
        sql.push(&format!(
            " FROM {table} {scope} WHERE {scope}.id = ANY (ARRAY(\
                SELECT id FROM met WHERE (SELECT yes FROM full_page) \
                UNION ALL SELECT id FROM (SELECT {scope}.id FROM ("
        ));
        self.rows(&mut sql, self.within);
        sql.push(if bounded { " AND " } else { " WHERE " });
        sql.append(filter);
        // Without an OFFSET, the order's index could be chosen here too.
        sql.push(&format!(
            " AND NOT (SELECT yes FROM full_page) OFFSET 0) {scope} ORDER BY "
        ));
        sql.append(order);
        sql.push(&format!(" LIMIT {count}) sorted)) ORDER BY "));
        sql.append(order);
        sql
    }

    /// Rows in their order, each with whether it matches.
    fn walk(&self, sql: &mut Sql, within: &[&Sql]) {
        let scope = self.scope;
        sql.push(&format!("SELECT {scope}.id, ("))
            .append(self.filter);
        sql.push(") AS met FROM (");
        self.rows(sql, within);
        sql.push(" ORDER BY ").append(self.order);
        let count = self.count;
        sql.push(&format!(
            " LIMIT (SELECT {count} * n FROM looked_at)) {scope}"
        ));
    }

    fn rows(&self, sql: &mut Sql, within: &[&Sql]) {
        sql.push(&format!("SELECT * FROM {} {}", self.table, self.scope));
        for (place, condition) in within.iter().enumerate() {
            let word = if place == 0 { " WHERE " } else { " AND " };
            sql.push(word).append(condition);
        }
    }
}
