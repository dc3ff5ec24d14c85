//! The statements that give a link's rows: all of them, a page, their number, whether there are any.

use serde_json::Value;

use super::cursor;
use super::plan::{Child, Level};
use super::sql::{Bind, Sql};
use crate::model::{Args, Column, Effect, Field, Link, Term};

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
            count: None,
            children: self.children,
        }
    }
}

/// A field's link with the arguments that it is asked with.
pub(super) struct LinkRows<'m, 'r> {
    pub(super) field: &'m Field,
    pub(super) link: &'m Link,
    pub(super) args: &'r Args,
    /// [`OWNER`] or [`NO_OWNER`].
    pub(super) owner: &'static str,
}

impl LinkRows<'_, '_> {
    /// All of them, in an order.
    pub(super) fn level(&self, columns: Columns, order: &[(String, Term)]) -> Level {
        let mut rows = self.matching(&[]);
        rows.push(" ORDER BY ").push(&order_by(order, false));
        self.for_each_owner(columns, &rows)
    }

    /// Those that meet conditions, in an order or against it, one more than the page holds.
    pub(super) fn page(
        &self,
        columns: Columns,
        order: &[(String, Term)],
        within: &[&Sql],
        backward: bool,
        limit: usize,
    ) -> Level {
        let mut rows = self.matching(within);
        rows.push(" ORDER BY ").push(&order_by(order, backward));
        rows.push(&format!(" LIMIT {}", limit + 1));
        self.for_each_owner(columns, &rows)
    }

    /// How many there are.
    pub(super) fn count(&self) -> Sql {
        let rows = self.matching(&[]);
        let mut sql = Sql::default();
        if self.owner == NO_OWNER {
            sql.push("SELECT 0::bigint, count(*) ").append(&rows);
        } else {
            sql.push("SELECT k.id, (SELECT count(*) ").append(&rows);
            sql.push(") FROM unnest(").bind(Bind::Owners);
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
            sql.push("SELECT k.id FROM unnest(").bind(Bind::Owners);
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
            sql.push("SELECT k.id, x.* FROM unnest(").bind(Bind::Owners);
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
        columns.into_level(Some(sql))
    }

    /// `FROM … WHERE …`: what ties the rows to their owner, what the arguments ask, and more.
    fn matching(&self, more: &[&Sql]) -> Sql {
        let mut sql = Sql::new(&format!("FROM {}", self.link.from));
        let mut word = " WHERE ";
        let mut and = |sql: &mut Sql| {
            sql.push(word);
            word = " AND ";
        };
        let here = |condition: &str| condition.replace("$owner", self.owner);
        if !self.link.on.is_empty() {
            and(&mut sql);
            sql.push(&here(&self.link.on));
        }
        for arg in &self.field.args {
            let Some(value) = self.args.get(arg.name) else {
                continue;
            };
            match arg.effect {
                Effect::Read => {}
                Effect::Where(condition) => {
                    and(&mut sql);
                    sql.push_with(&here(condition), &bound(value));
                }
                Effect::Choose { yes, no } => {
                    and(&mut sql);
                    sql.push(&here(if value == &Value::Bool(true) { yes } else { no }));
                }
            }
        }
        for condition in more {
            and(&mut sql);
            sql.append(condition);
        }
        sql
    }
}

fn bound(value: &Value) -> Bind {
    match value {
        Value::Array(values) => {
            let texts = values.iter().filter_map(Value::as_str);
            Bind::Texts(texts.map(str::to_owned).collect())
        }
        Value::Number(number) => Bind::Integer(number.as_i64().unwrap_or_default()),
        value => Bind::Text(value.as_str().unwrap_or_default().to_owned()),
    }
}

/// The identity of a kind of list: where it stands in the schema, and its order.
pub(super) fn identity(list: &str, order: &[(String, Term)]) -> u64 {
    cursor::identity(list, &order_by(order, false))
}

fn order_by(order: &[(String, Term)], backward: bool) -> String {
    let terms = order.iter().map(|(sql, term)| {
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
        format!("{sql}{direction}{nulls}")
    });
    terms.collect::<Vec<_>>().join(", ")
}
