//! Types: records, their parts, and the values that they are made of.

use super::lists::common_to_lists;
use super::{Content, Field, Filter, Groups, Order, OrderBy, Stored, declare};

/// An object type: rows of a table, or a value that lies in the columns of another type's row.
pub struct Type {
    /// Its GraphQL name.
    pub name: &'static str,
    /// What it is, for people.
    pub doc: &'static str,
    /// The table that holds it; empty for a value.
    pub table: &'static str,
    /// What kind of thing it is.
    pub role: Role,
    /// Its fields, in their order.
    pub fields: Vec<Field>,
    /// Order of a list or connection of it, where none is asked for.
    pub order: Order,
    /// What lists of it can be filtered by.
    pub filters: Vec<Filter>,
    /// What lists of it can be ordered by.
    pub orders: Vec<OrderBy>,
    /// How its connections count what they hold: their field `facets`.
    pub facets: Option<Groups>,
    /// For a part: how a part is named within its record where the input gives no `key`.
    pub part_key: PartKey,
    /// What the write path checks and derives over sets of such records.
    pub rules: Rules,
}

impl Type {
    /// What makes it a record, if it is one.
    pub fn record(&self) -> Option<&Record> {
        match &self.role {
            Role::Record(record) => Some(record),
            _ => None,
        }
    }

    /// Whether it has a global identifier.
    pub fn is_node(&self) -> bool {
        match &self.role {
            Role::Record(_) | Role::Node => true,
            Role::Value | Role::Edge => false,
        }
    }

    /// The field of that name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The fields that are written from inputs or derived from them.
    pub fn stored(&self) -> impl Iterator<Item = (&Field, &Stored)> {
        self.fields
            .iter()
            .filter_map(|field| Some((field, field.stored.as_ref()?)))
    }

    /// Adds fields.
    #[must_use]
    pub fn fields(mut self, fields: impl IntoIterator<Item = Field>) -> Self {
        self.fields.extend(fields);
        self
    }

    /// Adds what lists of it can be filtered by.
    #[must_use]
    pub fn filters(mut self, filters: impl IntoIterator<Item = Filter>) -> Self {
        self.filters.extend(filters);
        self
    }

    /// Adds what lists of it can be ordered by.
    #[must_use]
    pub fn orders(mut self, orders: impl IntoIterator<Item = OrderBy>) -> Self {
        self.orders.extend(orders);
        self
    }

    /// Gives its connections counts by groups.
    #[must_use]
    pub fn facets(mut self, groups: Groups) -> Self {
        self.facets = Some(groups);
        self
    }

    /// Sets the order of lists and connections of it.
    #[must_use]
    pub fn ordered(mut self, order: Order) -> Self {
        self.order = order;
        self
    }

    /// Sets how its parts are named.
    #[must_use]
    pub fn keyed(mut self, key: PartKey) -> Self {
        self.part_key = key;
        self
    }

    /// Sets its rules.
    #[must_use]
    pub fn rules(mut self, rules: Rules) -> Self {
        self.rules = rules;
        self
    }

    fn new(name: &'static str, table: &'static str, role: Role, doc: &'static str) -> Self {
        Self {
            name,
            doc,
            table,
            role,
            fields: Vec::new(),
            order: Order::default(),
            filters: Vec::new(),
            orders: Vec::new(),
            facets: None,
            part_key: PartKey::Content,
            rules: Rules::default(),
        }
    }

    /// A record type. Its common fields (`id`, `slug`, `version`, …) come with it.
    pub fn record_type(
        name: &'static str,
        table: &'static str,
        record: Record,
        doc: &'static str,
    ) -> Self {
        let order = if record.dated {
            Order::by_date()
        } else {
            Order::by_name()
        };
        let fields = declare::common(name, &record);
        let (filters, orders) = common_to_lists(&record);
        Self::new(name, table, Role::Record(record), doc)
            .fields(fields)
            .filters(filters)
            .orders(orders)
            .ordered(order)
    }

    /// A part of records with a global identifier.
    pub fn node(name: &'static str, table: &'static str, doc: &'static str) -> Self {
        Self::new(name, table, Role::Node, doc)
            .fields([declare::id(name)])
            .ordered(Order::by_position())
    }

    /// A part of records without a global identifier.
    pub fn part(name: &'static str, table: &'static str, doc: &'static str) -> Self {
        Self::new(name, table, Role::Value, doc).ordered(Order::by_position())
    }

    /// A participation: a part that stands between two records, and shows itself as what the edges of the connections
    /// between them carry.
    pub fn between(name: &'static str, table: &'static str, doc: &'static str) -> Self {
        Self::new(name, table, Role::Edge, doc).ordered(Order::by_position())
    }

    /// A value that lies in columns of another row.
    pub fn value(name: &'static str, doc: &'static str) -> Self {
        Self::new(name, "", Role::Value, doc)
    }
}

/// What kind of thing a type is.
pub enum Role {
    /// A record of the registry, with the interfaces `Node` and `Record`.
    Record(Record),
    /// A thing with a global identifier, with the interface `Node`.
    Node,
    /// A value without one.
    Value,
    /// Not a GraphQL type: its fields stand on edges.
    Edge,
}

/// What makes a type a record.
pub struct Record {
    /// Its `RecordType`, also the type in the table `record`.
    pub tag: &'static str,
    /// The root field that looks one up by slug, and the word for one in bundles: `agreement`.
    pub one: &'static str,
    /// The root connection: `agreements`.
    pub many: &'static str,
    /// The localized field that names a record (`title`, `name`): its `label`, and what its sort keys are made of.
    pub label: &'static str,
    /// Whether it has a `sort_date`, by which lists are ordered.
    pub dated: bool,
    /// Whether it is one of the API's record types, with a version and a history. The themes are not.
    pub logged: bool,
}

/// How a part is named within its record, so that it keeps its identity from one import to the next.
pub enum PartKey {
    /// By the input's `key` where it has one, else by what it says.
    Content,
    /// By the slug that this field refers to; such a slug stands once in the list.
    Reference(&'static str),
}

/// A rule on one record's content: pushes what is wrong, field and message.
pub type ContentRule = fn(&Content, &mut Vec<(String, String)>);

impl PartKey {
    /// The field that names a part, where one does.
    pub const fn reference(&self) -> Option<&'static str> {
        match self {
            Self::Content => None,
            Self::Reference(field) => Some(field),
        }
    }
}

/// What the write path checks and derives beside the declared fields.
#[derive(Default)]
pub struct Rules {
    /// Rules on one record's content. Each pushes what is wrong: field and message.
    pub content: Vec<ContentRule>,
    /// Statements run after a change set that holds such records is applied, once for all of them.
    pub derive: Vec<&'static str>,
    /// Queries for what must not be, run after `derive`: each row is a slug, a field and a message.
    pub check: Vec<&'static str>,
}

/// The fields that every logged record type begins with: those of the interface `Record`.
pub fn record_fields(ty: &Type) -> &[Field] {
    let end = ty
        .fields
        .iter()
        .position(|field| field.name == "citations")
        .map_or(0, |last| last + 1);
    &ty.fields[..end]
}
