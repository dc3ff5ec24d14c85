//! What lists of records can be filtered, ordered and counted by. Declared once on a record type, it serves every list of
//! that type, at the root and nested.

use std::borrow::Cow;

use serde_json::Value;

use super::{Column, Link, Term, snake};

/// An input object: the names and types of what it takes.
pub struct Input {
    /// Its GraphQL name.
    pub name: Cow<'static, str>,
    /// What it says, for people.
    pub doc: Cow<'static, str>,
    /// Its fields.
    pub fields: Vec<InputField>,
}

/// A field of an input object.
pub struct InputField {
    /// Its name.
    pub name: &'static str,
    /// Its GraphQL type: `[PartyRole!]`.
    pub ty: Cow<'static, str>,
    /// What it means, for people.
    pub doc: Cow<'static, str>,
    /// Its value where none is given.
    pub default: Option<Value>,
}

impl Input {
    /// An input without fields yet.
    pub fn new(name: impl Into<Cow<'static, str>>, doc: impl Into<Cow<'static, str>>) -> Self {
        Self {
            name: name.into(),
            doc: doc.into(),
            fields: Vec::new(),
        }
    }

    /// Adds a field.
    #[must_use]
    pub fn field(
        mut self,
        name: &'static str,
        ty: impl Into<Cow<'static, str>>,
        doc: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.fields.push(InputField {
            name,
            ty: ty.into(),
            doc: doc.into(),
            default: None,
        });
        self
    }

    /// Gives the last field a default.
    #[must_use]
    pub fn or(mut self, default: impl Into<Value>) -> Self {
        if let Some(last) = self.fields.last_mut() {
            last.default = Some(default.into());
        }
        self
    }
}

/// One thing that records of a type can be filtered by: a field of the type's filter input.
pub struct Filter {
    /// Its name.
    pub name: &'static str,
    /// Its GraphQL type: `[AgreementKind!]`, `DateRange`.
    pub ty: &'static str,
    /// What it keeps, for people.
    pub doc: &'static str,
    /// The condition, over the columns `@.column` of the row. `$arg` is the value, or where that is an input object, `$name` its field of that
    /// name; see [`Link::on`](super::Link::on) for what else it may hold. `$search` is the value as a search text.
    pub condition: String,
    /// The field of its input object that means nothing here, and is refused.
    pub without: Option<&'static str>,
    /// A shorter way to the rows that it keeps.
    pub way: Option<Way>,
}

/// A way from what a filter names to the rows that it keeps, over rows between that carry copies of their columns. A list of all
/// rows of a type takes it instead of asking each row.
pub struct Way {
    /// For which values of the filter it gives each row once.
    pub serves: fn(&Value) -> bool,
    /// The way; its `on` is empty.
    pub link: Link,
    /// The condition on the rows between, as [`Filter::condition`].
    pub condition: &'static str,
    /// Another filter, and two conditions over the rows between that keep together, and each row once, what that filter keeps: an
    /// index serves each of them better than both.
    pub split: Option<(&'static str, [String; 2])>,
}

impl Filter {
    /// By a condition.
    pub fn new(
        name: &'static str,
        ty: &'static str,
        doc: &'static str,
        condition: impl Into<String>,
    ) -> Self {
        Self {
            name,
            ty,
            doc,
            condition: condition.into(),
            without: None,
            way: None,
        }
    }

    /// With a shorter way to the rows.
    #[must_use]
    pub fn over(mut self, way: Way) -> Self {
        self.way = Some(way);
        self
    }

    /// By an approximate date, which matches where it can fall within a range.
    pub fn date(name: &'static str, doc: &'static str) -> Self {
        let column = format!("@.{}", snake(name));
        Self::new(name, "DateRange", doc, within(&column))
    }

    /// By the slugs of what a table between leads to.
    pub fn slugs(
        name: &'static str,
        doc: &'static str,
        target: &str,
        table: &str,
        near: &str,
        far: &str,
    ) -> Self {
        let condition = format!(
            "@.id IN (SELECT j.{near} FROM {table} j WHERE j.{far} IN (SELECT s.id FROM {target} s WHERE s.slug = ANY($arg::text[])))"
        );
        Self::new(name, "[String!]", doc, condition)
    }

    /// Refuses a field of its input object that means nothing here.
    #[must_use]
    pub fn without(mut self, field: &'static str) -> Self {
        self.without = Some(field);
        self
    }
}

/// The condition that an approximate date, in the columns of this prefix, can fall between `$from` and `$until`. No date
/// can where the one comes after the other.
pub fn within(date: &str) -> String {
    format!(
        "({date}_edtf IS NOT NULL{{from:  AND ({date}_latest IS NULL OR {date}_latest >= $from::date)\
         {{until:  AND $from::date <= $until::date}}}}\
         {{until:  AND ({date}_earliest IS NULL OR {date}_earliest <= $until::date)}})"
    )
}

/// One thing that lists of a type can be ordered by: a value of the type's order field.
pub struct OrderBy {
    /// Its name: `TITLE`.
    pub name: &'static str,
    /// When to use it, for people.
    pub doc: &'static str,
    /// What it orders by.
    pub by: Sorting,
    /// Which ways an index has the whole table in this order.
    pub indexed: Indexed,
}

/// Which ways an index has a table in an order, and what is equal in it by ascending slug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indexed {
    /// None does: to have the first rows, all must be sorted.
    No,
    /// In ascending order, or against it from the end.
    Ascending,
    /// In both orders.
    BothWays,
}

impl Indexed {
    /// Whether an index has the order that runs this way.
    pub fn has(self, descending: bool) -> bool {
        match self {
            Self::No => false,
            Self::Ascending => !descending,
            Self::BothWays => true,
        }
    }
}

/// What an order goes by.
pub enum Sorting {
    /// The values of a term; its direction is that of ascending order.
    Term(Term),
    /// How well records match the filter's search texts; the best first.
    Relevance,
}

impl OrderBy {
    /// By the values of an expression, null last.
    pub fn new(
        name: &'static str,
        doc: &'static str,
        sql: &'static str,
        column: Column,
        nullable: bool,
    ) -> Self {
        let by = Sorting::Term(Term {
            sql,
            column,
            descending: false,
            nullable,
        });
        Self {
            name,
            doc,
            by,
            indexed: Indexed::No,
        }
    }

    /// With indexes for it.
    #[must_use]
    pub fn indexed(mut self, indexed: Indexed) -> Self {
        self.indexed = indexed;
        self
    }
}

/// How the rows of a list are counted or summed by groups: an aggregate of the list, a row per group.
pub struct Groups {
    /// The enumeration of what can be grouped by.
    pub name: &'static str,
    /// What that distinguishes, for people.
    pub doc: &'static str,
    /// The type of a group. In its fields `@` is a row with `value`, `label`, `original_language` and the sums.
    pub group: &'static str,
    /// What can be grouped by.
    pub by: Vec<Grouping>,
    /// The aggregates, as columns.
    pub sums: &'static str,
    /// What separates the rows of a group; empty for one row a group.
    pub apart: &'static str,
    /// The order of the groups, over the columns.
    pub order: &'static str,
}

/// One thing to group by.
pub struct Grouping {
    /// Its name: `PROGRAM`.
    pub name: &'static str,
    /// What the groups are, for people.
    pub doc: &'static str,
    /// What is joined to the rows of the list.
    pub join: &'static str,
    /// What the groups are told apart by.
    pub key: &'static str,
    /// What stands for a group.
    pub value: GroupValue,
    /// What people read where there is none, in French, English, Spanish and Portuguese.
    pub none: [&'static str; 4],
    /// The field of the filter that keeps groups of this kind.
    pub filter: Option<&'static str>,
}

/// What stands for a group: the text that filters take, and what people read.
pub enum GroupValue {
    /// The key itself, for both.
    Key,
    /// The key is the identity of a record of this table: its slug and its name.
    Record(&'static str),
    /// The key is a value of an enumeration, with its words in French, English, Spanish and Portuguese.
    Words(&'static [(&'static str, [&'static str; 4])]),
}
