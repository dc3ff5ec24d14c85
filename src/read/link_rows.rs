//! The statements that give a link's rows: all of them, a page, their number, whether there are any.

use super::batch::Pieces;
use super::cursor;
use super::plan::{Child, Level};
use super::sql::{Bind, Sql};
use super::template::{Given, fill};
use super::walk::Walk;
use crate::model::{
    Args, Between, Column, Effect, Field, GroupValue, Grouping, Groups, Link, Term,
};
use crate::values::Language;
use serde_json::Value;

/// How `$owner` is written below a root.
pub(super) const OWNER: &str = "k.id";
/// At a root there is none.
pub(super) const NO_OWNER: &str = "";

/// The columns and children of a level that is being put together.
#[derive(Default)]
pub(super) struct Columns {
    sql: Vec<Sql>,
    types: Vec<Column>,
    children: Vec<Child>,
    /// The search text that the rows are found by.
    pub(super) search: Option<usize>,
    /// What a row costs beside its unit.
    pub(super) surcharge: u64,
}

impl Columns {
    /// The index of a column in the level's rows, the same for the same expression. Index 0 is the row above.
    pub(super) fn index(&mut self, sql: impl Into<Sql>, ty: Column) -> usize {
        let sql = sql.into();
        let mut known = self.sql.iter().zip(&self.types);
        1 + known
            .position(|(known, known_type)| *known == sql && *known_type == ty)
            .unwrap_or_else(|| {
                self.sql.push(sql);
                self.types.push(ty);
                self.sql.len() - 1
            })
    }

    /// Adds a level below, and gives its place among the children.
    pub(super) fn child(
        &mut self,
        level: Level,
        key: usize,
        tag: Option<(usize, &'static str)>,
    ) -> usize {
        self.children.push(Child { level, key, tag });
        self.children.len() - 1
    }

    /// The same columns, where the rows between have all of them: their own, and copies of the target's.
    fn carried(&self, between: &Between) -> Option<Vec<Sql>> {
        let carried = |sql: &Sql| {
            let text = sql.text();
            match text.strip_prefix("t.") {
                Some("id") => Some(Sql::new(&format!("j.{}", between.far))),
                Some(column) if between.carried.contains(&column) => {
                    Some(Sql::new(&format!("j.{column}")))
                }
                _ => (!mentions_target(&text)).then(|| sql.clone()),
            }
        };
        self.sql.iter().map(carried).collect()
    }

    /// What follows the first column of a `SELECT`.
    pub(super) fn list(&self) -> Sql {
        let mut list = Sql::default();
        for sql in &self.sql {
            list.push(", ").append(sql);
        }
        list
    }

    pub(super) fn into_level(self, rows: Option<Sql>) -> Level {
        Level {
            rows,
            known: None,
            columns: self.types,
            page: None,
            by_values: false,
            count: None,
            asides: Vec::new(),
            highlighted: None,
            pieces: Pieces::default(),
            children: self.children,
            groups: None,
            surcharge: self.surcharge,
        }
    }
}

/// A field's link with the arguments that it is asked with.
pub(super) struct LinkRows<'m, 'r> {
    pub(super) field: &'m Field,
    /// The link as the field declares it.
    pub(super) declared: &'m Link,
    /// The way that is taken: the declared one, or a shorter one to what the filter keeps.
    pub(super) link: &'m Link,
    pub(super) args: &'r Args,
    /// [`OWNER`] or [`NO_OWNER`].
    pub(super) owner: &'static str,
    /// What the rows must meet beside their link and its arguments: the filter.
    pub(super) filter: Option<Sql>,
    /// Whether how the filter is met best depends on the values that it binds: a rare kind or a common one.
    pub(super) by_values: bool,
    /// The search texts that the filter, or the list itself, asks for.
    pub(super) searches: Vec<usize>,
    /// The rows between, where the filter asks for some of them: in parts that have no row in common.
    pub(super) parts: Vec<Sql>,
}

/// A term of an order with its expression for this request.
#[derive(Clone)]
pub(super) struct Sorted {
    pub(super) sql: Sql,
    /// The expression over the target, where `sql` is a copy's.
    pub(super) own: Sql,
    pub(super) term: Term,
    /// Whether an index has the whole table in the order of this term and then of slugs.
    pub(super) indexed: bool,
}

impl Sorted {
    /// Whether it is of the rows between.
    fn is_a_copy(&self) -> bool {
        self.sql != self.own
    }
}

impl LinkRows<'_, '_> {
    /// All of them, in an order.
    pub(super) fn level(&self, columns: Columns, order: &[Sorted]) -> Level {
        let mut rows = self.matching(&[]);
        rows.push(" ORDER BY ").append(&order_by(order, false));
        self.for_each_owner(columns, &rows)
    }

    /// The first that meet conditions, in an order or against it.
    pub(super) fn page(
        &self,
        mut columns: Columns,
        order: &[Sorted],
        within: &[&Sql],
        backward: bool,
        most: usize,
    ) -> Level {
        let order_by = order_by(order, backward);
        if let Some((table, filter)) = self.walkable(order) {
            let walk = Walk {
                table,
                scope: self.link.scope,
                filter,
                within,
                order: &order_by,
                count: most,
                columns: &columns.list(),
            };
            let mut level = columns.into_level(Some(walk.sql()));
            level.by_values = self.by_values;
            return level;
        }
        let mut first = Sql::new(" ORDER BY ");
        first.append(&order_by);
        let mut rows = Sql::default();
        match (&self.link.between, self.between_alone(within)) {
            (Some(between), Some(alone)) if order.iter().all(Sorted::is_a_copy) => {
                // What the page does not show need not be looked up.
                let alone = if self.parts.is_empty() {
                    alone
                } else {
                    // The first of all are among the first of each part, which an index may have in order.
                    let mut conditions = self.conditions(" AND ", within);
                    conditions.append(&first).push(&format!(" LIMIT {most}"));
                    self.united(&conditions)
                };
                if let Some(carried) = columns.carried(between) {
                    columns.sql = carried;
                    rows.append(&alone).append(&first);
                    rows.push(&format!(" LIMIT {most}"));
                } else {
                    rows.push("FROM (SELECT j.* ").append(&alone).append(&first);
                    rows.push(&format!(" LIMIT {most}) j"));
                    let rest = self.link.from.strip_prefix(&between.from);
                    rows.push(rest.unwrap_or_default()).append(&first);
                }
            }
            _ => {
                rows.append(&self.matching(within)).append(&first);
                rows.push(&format!(" LIMIT {most}"));
            }
        }
        self.for_each_owner(columns, &rows)
    }

    /// The table and the filter, where these are a whole table's rows, a text must match and nothing is looked up for that
    /// elsewhere, and an index has the order.
    fn walkable(&self, order: &[Sorted]) -> Option<(&str, &Sql)> {
        let filter = self.filter.as_ref()?;
        let table = self.link.from.strip_suffix(self.link.scope)?.trim_end();
        let whole = self.owner == NO_OWNER && self.link.on.is_empty() && !table.contains(' ');
        let indexed = order.first().is_some_and(|first| first.indexed) && order.len() == 2;
        let texts = !self.searches.is_empty() && !filter.text().contains("SELECT ");
        let narrowed =
            self.field.args.iter().any(|arg| {
                matches!(arg.effect, Effect::Where(_)) && self.args.get(arg.name).is_some()
            });
        (whole && indexed && texts && !narrowed).then_some((table, filter))
    }

    /// How many there are.
    pub(super) fn count(&self) -> Sql {
        let rows = self.between_alone(&[]);
        let rows = rows.unwrap_or_else(|| self.matching(&[]));
        let mut sql = Sql::default();
        if self.owner == NO_OWNER {
            sql.push("SELECT 0::bigint, count(*) ").append(&rows);
        } else {
            sql.push("SELECT k.id, (SELECT count(*) ").append(&rows);
            sql.push(") FROM unnest(").bind(Bind::Owners(0));
            sql.push("::bigint[]) k(id)");
        }
        sql
    }

    /// The owners of which any meets a condition.
    pub(super) fn any(&self, condition: &Sql) -> Sql {
        let rows = self.matching(&[condition]);
        let mut sql = Sql::default();
        if self.owner == NO_OWNER {
            sql.push("SELECT 0::bigint WHERE EXISTS (SELECT 1 ");
        } else {
            sql.push("SELECT k.id FROM unnest(").bind(Bind::Owners(0));
            sql.push("::bigint[]) k(id) WHERE EXISTS (SELECT 1 ");
        }
        sql.append(&rows).push(")");
        sql
    }

    /// A level's rows for all the rows above. A lateral join keeps the order of the inner rows for each row above,
    /// since nothing but a nested loop can run it.
    fn for_each_owner(&self, columns: Columns, rows: &Sql) -> Level {
        let mut sql = Sql::default();
        if self.owner == NO_OWNER {
            sql.push("SELECT 0::bigint").append(&columns.list());
            sql.push(" ").append(rows);
        } else {
            sql.push("SELECT k.id, x.* FROM unnest(")
                .bind(Bind::Owners(0));
            sql.push("::bigint[]) k(id) CROSS JOIN LATERAL (SELECT ");
            // Where no column is asked for, this is a SELECT without columns, which PostgreSQL allows.
            for (place, column) in columns.sql.iter().enumerate() {
                let comma = if place == 0 { "" } else { ", " };
                sql.push(comma)
                    .append(column)
                    .push(&format!(" AS c{place}"));
            }
            sql.push(" ").append(rows).push(") x");
        }
        let mut level = columns.into_level(Some(sql));
        level.by_values = self.by_values;
        level
    }

    /// Aggregates of all of them, a row per group, in an order; as many as asked for.
    pub(super) fn groups(
        &self,
        columns: Columns,
        groups: &Groups,
        by: &Grouping,
        most: i64,
    ) -> Level {
        let (shown, named) = stands_for(by);
        let mut rows = Sql::new(&format!(
            "FROM (SELECT {shown}, s.* FROM (SELECT {} AS key, {} ",
            by.key, groups.sums
        ));
        rows.append(&self.joined(by.join, &[]));
        rows.push(&format!(" GROUP BY {}", by.key));
        if !groups.apart.is_empty() {
            rows.push(", ").push(groups.apart);
        }
        // Names are looked up for the groups, not for the rows.
        rows.push(&format!(
            ") s{named}) t ORDER BY {} LIMIT {most}",
            groups.order
        ));
        let mut level = self.for_each_owner(columns, &rows);
        level.groups = usize::try_from(most).ok();
        level
    }

    fn matching(&self, more: &[&Sql]) -> Sql {
        self.joined("", more)
    }

    /// `FROM … WHERE …` of the rows between, where there are some and nothing is asked of the target.
    fn between_alone(&self, more: &[&Sql]) -> Option<Sql> {
        let between = self.link.between.as_ref()?;
        let conditions = self.conditions(" WHERE ", more);
        if mentions_target(&conditions.text()) {
            return None;
        }
        let mut sql = Sql::default();
        if self.parts.is_empty() {
            let get = |name: &str| self.args.get(name);
            sql.push("FROM ")
                .append(&fill(&between.from, &self.given(&get)));
        } else {
            sql.append(&self.united(&Sql::default()));
        }
        sql.append(&conditions);
        Some(sql)
    }

    /// `FROM` the parts of the rows between, each with something more behind it.
    fn united(&self, each: &Sql) -> Sql {
        let mut sql = Sql::new("FROM (");
        for (number, part) in self.parts.iter().enumerate() {
            sql.push(if number == 0 { "(" } else { ") UNION ALL (" });
            sql.append(part).append(each);
        }
        sql.push(")) j");
        sql
    }

    /// `FROM … WHERE …`: what ties the rows to their owner, what the arguments ask, and more.
    fn joined(&self, join: &str, more: &[&Sql]) -> Sql {
        let get = |name: &str| self.args.get(name);
        let given = self.given(&get);
        let mut sql = Sql::default();
        match &self.link.between {
            Some(between) if !self.parts.is_empty() => {
                let rest = self.link.from.strip_prefix(&between.from);
                sql.append(&self.united(&Sql::default()))
                    .append(&fill(rest.unwrap_or_default(), &given));
            }
            _ => {
                sql.push("FROM ").append(&fill(&self.link.from, &given));
            }
        }
        sql.push(join).append(&self.conditions(" WHERE ", more));
        sql
    }

    fn given<'g>(&self, get: &'g dyn Fn(&str) -> Option<&'g Value>) -> Given<'g> {
        Given {
            get,
            owner: self.owner,
            search: self.searches.first().copied(),
        }
    }

    /// The conditions that rows must meet; the first of them behind a word.
    fn conditions(&self, first: &'static str, more: &[&Sql]) -> Sql {
        let mut word = first;
        let mut and = |sql: &mut Sql, condition: &Sql| {
            if !condition.is_empty() {
                sql.push(word).append(condition);
                word = " AND ";
            }
        };
        let get = |name: &str| self.args.get(name);
        let given = self.given(&get);
        let mut sql = Sql::default();
        and(&mut sql, &fill(&self.link.on, &given));
        for arg in &self.field.args {
            if let (Effect::Where(condition), Some(value)) = (&arg.effect, self.args.get(arg.name))
            {
                let get = |_: &str| Some(value);
                and(&mut sql, &fill(condition, &Given { get: &get, ..given }));
            }
        }
        for condition in self.filter.iter().chain(more.iter().copied()) {
            and(&mut sql, condition);
        }
        sql
    }
}

/// Whether a condition asks something of the target, `t`.
fn mentions_target(condition: &str) -> bool {
    let ends_a_name =
        |before: &str| before.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '_');
    condition
        .match_indices("t.")
        .any(|(place, _)| !ends_a_name(&condition[..place]))
}

/// What is selected of a group `s` by its key: its value, its label and the language that this was written in. And what is
/// joined for that.
fn stands_for(by: &Grouping) -> (String, String) {
    let texts = |texts: &[&str; 4]| {
        let pairs = Language::ALL.iter().zip(texts);
        let pairs: Vec<_> = pairs
            .map(|(language, text)| format!("'{}', '{text}'", language.code()))
            .collect();
        format!("jsonb_build_object({})", pairs.join(", "))
    };
    // What is the same in every language, or there in all four, counts as written in the first.
    let (value, label, original, join) = match &by.value {
        GroupValue::Key => (
            "s.key::text",
            "jsonb_build_object('FR', s.key::text)".to_owned(),
            "'FR'",
            String::new(),
        ),
        GroupValue::Record(table) => (
            "d.slug",
            "d.name".to_owned(),
            "coalesce(d.original_language, 'FR')",
            format!(" LEFT JOIN {table} d ON d.id = s.key"),
        ),
        GroupValue::Words(words) => {
            let cases = words
                .iter()
                .map(|(value, words)| format!(" WHEN '{value}' THEN {}", texts(words)));
            (
                "s.key",
                format!("CASE s.key{} END", cases.collect::<String>()),
                "'FR'",
                String::new(),
            )
        }
    };
    let none = texts(&by.none);
    let shown = format!(
        "{value} AS value, CASE WHEN s.key IS NULL THEN {none} ELSE {label} END AS label, {original} AS original_language"
    );
    (shown, join)
}

/// The identity of a kind of list: where it stands in the schema, and its order.
pub(super) fn identity(list: &str, order: &[Sorted]) -> u64 {
    let own = |sorted: &Sorted| Sorted {
        sql: sorted.own.clone(),
        ..sorted.clone()
    };
    let order: Vec<_> = order.iter().map(own).collect();
    cursor::identity(list, &order_by(&order, false).text())
}

fn order_by(order: &[Sorted], backward: bool) -> Sql {
    let mut sql = Sql::default();
    for (
        place,
        Sorted {
            sql: expression,
            term,
            ..
        },
    ) in order.iter().enumerate()
    {
        let comma = if place == 0 { "" } else { ", " };
        let direction = if term.descending == backward {
            ""
        } else {
            " DESC"
        };
        // Null comes last whichever way the values run, so it comes first when the list is read backwards.
        let nulls = match (term.nullable, backward) {
            (false, _) => "",
            (true, false) => " NULLS LAST",
            (true, true) => " NULLS FIRST",
        };
        sql.push(comma)
            .append(expression)
            .push(direction)
            .push(nulls);
    }
    sql
}
