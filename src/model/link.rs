//! Ways from one row to others, and the orders in which they come.

use super::Column;

/// The way from a row to the rows of a list or connection.
///
/// In its SQL, `t` is the row arrived at, `j` the row between, if there is one, and `$owner` the row started from.
pub struct Link {
    /// The type arrived at; `Record` for rows of several record types, each with its `id` and its `RecordType` as `tag`.
    pub target: &'static str,
    /// What stands behind `FROM`, with places for arguments as in `on`.
    pub from: String,
    /// The condition that ties the rows to `$owner`; empty for all rows. `$name` in it is the field's argument of that name;
    /// `{name: …}` stands there only where that argument is given, or as a Boolean is true, and `{!name: …}` only where
    /// not.
    pub on: String,
    /// The expression for `$owner` over the row started from.
    pub owner: &'static str,
    /// What `@` means in the target's fields.
    pub scope: &'static str,
    /// The order, where it isn't the target's own.
    pub order: Option<Order>,
    /// Where rows stand between: how the way goes over them.
    pub between: Option<Between>,
}

/// The first part of a way over rows between.
pub struct Between {
    /// The rows between, as `j`: the beginning of the link's `from`.
    pub from: String,
    /// The columns of the target that have copies under the same names in the rows between. An order or a condition that needs no
    /// others is told of the copies, so that an index over them gives the rows; a page that shows no others does not look the target
    /// up.
    pub carried: &'static [&'static str],
    /// The column of the rows between that holds the target's identity.
    pub far: String,
}

/// What leads to agreements and actions carries copies of what these are ordered by.
pub const DATED: &[&str] = &["sort_date", "slug"];

impl Link {
    /// The rows of the target's own table that meet a condition.
    pub fn to(target: &'static str, table: &str, on: impl Into<String>) -> Self {
        Self {
            target,
            from: format!("{table} t"),
            on: on.into(),
            owner: "@.id",
            scope: "t",
            order: None,
            between: None,
        }
    }

    /// Through a table between.
    pub fn through(
        target: &'static str,
        table: &str,
        between: &str,
        near: &str,
        far: &str,
    ) -> Self {
        Self {
            from: format!("{between} j JOIN {table} t ON t.id = j.{far}"),
            on: format!("j.{near} = $owner"),
            between: Some(Between {
                from: format!("{between} j"),
                carried: &[],
                far: far.to_owned(),
            }),
            ..Self::to(target, table, "")
        }
    }

    /// With copies of columns of the target in the rows between.
    #[must_use]
    pub fn carrying(mut self, columns: &'static [&'static str]) -> Self {
        if let Some(between) = &mut self.between {
            between.carried = columns;
        }
        self
    }

    /// Whether it leads to all rows of the table, in their own order.
    pub fn is_all_of(&self, table: &str) -> bool {
        self.from == format!("{table} t") && self.on.is_empty() && self.order.is_none()
    }

    /// With another start than the row's identity.
    #[must_use]
    pub fn owned_by(mut self, owner: &'static str) -> Self {
        self.owner = owner;
        self
    }

    /// With another order than the target's own.
    #[must_use]
    pub fn ordered(mut self, order: Order) -> Self {
        self.order = Some(order);
        self
    }

    /// With the target's fields in other columns.
    #[must_use]
    pub fn scoped(mut self, scope: &'static str) -> Self {
        self.scope = scope;
        self
    }
}

/// An order that is total: its last term is unique among the rows.
#[derive(Clone, Debug, Default)]
pub struct Order {
    /// Its terms, the first deciding first. Null comes last, ascending or descending.
    pub terms: Vec<Term>,
}

/// One term of an order.
#[derive(Clone, Debug)]
pub struct Term {
    /// The expression, in which `$lang` is the language of the request (`fr`, …, `original`).
    pub sql: &'static str,
    /// How its values arrive.
    pub column: Column,
    /// Whether large values come first.
    pub descending: bool,
    /// Whether it can be null.
    pub nullable: bool,
}

const SLUG: Term = Term {
    sql: "t.slug",
    column: Column::Text,
    descending: false,
    nullable: false,
};
const NAME: Term = Term {
    sql: "t.sort_$lang",
    column: Column::Bytes,
    descending: false,
    nullable: false,
};
const DATE: Term = Term {
    sql: "t.sort_date",
    column: Column::Date,
    descending: true,
    nullable: true,
};
const POSITION: Term = Term {
    sql: "t.position",
    column: Column::Integer,
    descending: false,
    nullable: false,
};
const ID: Term = Term {
    sql: "t.id",
    column: Column::BigInt,
    descending: false,
    nullable: false,
};

impl Order {
    /// By these terms.
    pub fn of(terms: impl Into<Vec<Term>>) -> Self {
        Self {
            terms: terms.into(),
        }
    }

    /// By name or title as the request's language sorts; ties by slug.
    pub fn by_name() -> Self {
        Self::of([NAME, SLUG])
    }

    /// Newest first, undated last; ties by slug.
    pub fn by_date() -> Self {
        Self::of([DATE, SLUG])
    }

    /// What all orders of records end with: no two have the same.
    pub const LAST: Term = SLUG;

    /// As they stand in their record.
    pub fn by_position() -> Self {
        Self::of([POSITION, ID])
    }
}
