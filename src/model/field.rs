//! What a field is: where it is read from, how it is written, what its arguments do.

use std::borrow::Cow;

use indexmap::IndexMap;
use serde_json::Value;

use super::{Content, Groups, Link, snake};

/// A field of a type: declared once for reading and for writing.
pub struct Field {
    /// Its GraphQL name, also in bundles and mutations.
    pub name: &'static str,
    /// What it means, for people.
    pub doc: &'static str,
    /// Its GraphQL output type: `String!`.
    pub ty: String,
    /// Its arguments.
    pub args: Vec<Arg>,
    /// Where it is read from; `None` for what is only written.
    pub read: Option<Read>,
    /// How it is written; `None` for what is only read.
    pub stored: Option<Stored>,
    /// Where its value comes from if not from the input.
    pub derive: Option<fn(&Content) -> Value>,
    /// Whether the input must give it, and it is never null.
    pub required: bool,
    /// The name of its input, where it isn't the field's own.
    pub input: Option<&'static str>,
    /// The column, or the prefix of the columns, that it is written to: the input's name in the database's case.
    pub column: String,
    /// The least and the greatest that a number, or each number of a list, can be.
    pub range: (Option<f64>, Option<f64>),
    /// For a text that is kept to the letter and that citations quote: the word under which a bundle names a file with it.
    pub verbatim: Option<&'static str>,
    /// Whether and how search looks at its text.
    pub searched: Option<Searched>,
    /// What reading it costs beside its record, by its arguments, in units of [`Plan::cost`](crate::read::Plan::cost).
    pub surcharge: Option<fn(&Args) -> u64>,
}

impl Field {
    /// It is never null and an input must give it (a list: at least one).
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        if !self.ty.ends_with('!') {
            self.ty.push('!');
        }
        self
    }

    /// A list that takes the filter and the orders of its records' type.
    #[must_use]
    pub fn filtered(mut self) -> Self {
        let Some(Read::Connection { link, .. } | Read::Groups { link, .. }) = &self.read else {
            unreachable!("{} is no list that can be filtered", self.name)
        };
        let filter = Arg {
            effect: Effect::Filter,
            ..Arg::new(
                "filter",
                format!("{}Filter", link.target),
                "Only those that meet all of this; everything where it is left out.",
            )
        };
        let order = Arg {
            effect: Effect::Order,
            ..Arg::new(
                "orderBy",
                format!("[{}Order!]", link.target),
                "The first decides, the next where that ties, and the slug in the end. Without it: RELEVANCE where the filter has a `text`, else newest \
                 first for what is dated, and by name for what is not.",
            )
        };
        let ordered = matches!(self.read, Some(Read::Connection { .. }));
        self.args.push(filter);
        self.args.extend(ordered.then_some(order));
        self
    }

    /// An argument.
    #[must_use]
    pub fn arg(mut self, arg: Arg) -> Self {
        self.args.push(arg);
        self
    }

    /// It costs something of its own to read.
    #[must_use]
    pub fn costing(mut self, surcharge: fn(&Args) -> u64) -> Self {
        self.surcharge = Some(surcharge);
        self
    }

    /// It is not asked for in inputs but computed from the rest of the content.
    #[must_use]
    pub fn derived_by(mut self, derive: fn(&Content) -> Value) -> Self {
        self.derive = Some(derive);
        self
    }

    /// It is written only: the API shows it elsewhere.
    #[must_use]
    pub fn write_only(mut self) -> Self {
        self.read = None;
        self
    }

    /// It is read over another link than its kind of field gives.
    #[must_use]
    pub fn linked(mut self, link: Link) -> Self {
        self.read = Some(Read::List(link));
        self
    }

    /// It is also written, from an input of that name.
    #[must_use]
    pub fn stored_in(mut self, input: &'static str, stored: Stored) -> Self {
        self.column = snake(input);
        self.input = Some(input);
        self.stored = Some(stored);
        self
    }

    /// It is written to another column than its name says.
    #[must_use]
    pub fn stored_as(mut self, column: &str) -> Self {
        column.clone_into(&mut self.column);
        self
    }

    /// Its numbers are not less than this.
    #[must_use]
    pub fn at_least(mut self, least: f64) -> Self {
        self.range.0 = Some(least);
        self
    }

    /// Its numbers are not greater than this.
    #[must_use]
    pub fn at_most(mut self, greatest: f64) -> Self {
        self.range.1 = Some(greatest);
        self
    }

    /// Its text is kept to the letter and quoted by citations; a bundle gives it as a file, named under this word.
    #[must_use]
    pub fn verbatim(mut self, file: &'static str) -> Self {
        self.verbatim = Some(file);
        self
    }

    /// Search finds the record, or the record that owns the part, by its text.
    #[must_use]
    pub fn searched(mut self, weight: Weight) -> Self {
        self.searched = Some(Searched {
            weight,
            language: None,
        });
        self
    }

    /// Search finds the record by its text, which is in the language that another field of the record names.
    #[must_use]
    pub fn searched_in(mut self, language: &'static str, weight: Weight) -> Self {
        self.searched = Some(Searched {
            weight,
            language: Some(language),
        });
        self
    }

    /// The name of its input.
    pub fn input_name(&self) -> &'static str {
        self.input.unwrap_or(self.name)
    }

    /// The argument of that name.
    pub fn argument(&self, name: &str) -> Option<&Arg> {
        self.args.iter().find(|arg| arg.name == name)
    }
}

/// How search looks at a text.
#[derive(Clone, Copy, Debug)]
pub struct Searched {
    /// How much it counts there.
    pub weight: Weight,
    /// For a text that isn't localized: the field of the record that names its language; `None` for the original one.
    pub language: Option<&'static str>,
}

/// How much a text counts in a search. A match in titles alone comes before any other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// What the record is called.
    Title,
    /// What it was called, or what it says in short.
    Summary,
    /// What it says in detail.
    Detail,
    /// A whole document.
    Document,
}

impl Weight {
    /// PostgreSQL's letter for it.
    pub const fn letter(self) -> &'static str {
        match self {
            Self::Title => "A",
            Self::Summary => "B",
            Self::Detail => "C",
            Self::Document => "D",
        }
    }
}

/// An argument of a field.
pub struct Arg {
    /// Its name.
    pub name: &'static str,
    /// Its GraphQL type: `[PartyRole!]`.
    pub ty: Cow<'static, str>,
    /// What it does, for people.
    pub doc: &'static str,
    /// Its value where none is given.
    pub default: Option<Value>,
    /// What it does to the rows.
    pub effect: Effect,
}

/// What an argument does to the rows of a list or connection.
pub enum Effect {
    /// Nothing of its own: the field's reading or its link's condition looks at it.
    Read,
    /// Where it is given, rows must meet this condition, in which `$arg` is its value.
    Where(&'static str),
    /// It is the filter of the rows' type.
    Filter,
    /// It is the order of the rows.
    Order,
    /// It is a search text, which the link's `from` and `on` have as `$search`, and as `$ranked` without what it excludes.
    Search,
}

impl Arg {
    /// An argument that the field's reading, or its link's condition, looks at.
    pub fn new(name: &'static str, ty: impl Into<Cow<'static, str>>, doc: &'static str) -> Self {
        Self {
            name,
            ty: ty.into(),
            doc,
            default: None,
            effect: Effect::Read,
        }
    }

    /// An argument that keeps the rows that meet a condition.
    pub fn keeping(
        name: &'static str,
        ty: &'static str,
        doc: &'static str,
        condition: &'static str,
    ) -> Self {
        Self {
            effect: Effect::Where(condition),
            ..Self::new(name, ty, doc)
        }
    }

    /// With the value that it has where none is given.
    #[must_use]
    pub fn or(mut self, default: impl Into<Value>) -> Self {
        self.default = Some(default.into());
        self
    }
}

/// Where a field is read from.
pub enum Read {
    /// An expression over the row.
    Column {
        /// The expression.
        sql: String,
        /// How it arrives.
        column: Column,
    },
    /// A localized text: the column's text in the language asked for, else the original.
    Localized {
        /// The jsonb column.
        sql: String,
        /// Whether each language holds a list of texts.
        list: bool,
    },
    /// An expression that depends on the arguments.
    Custom {
        /// Gives the expression.
        sql: Expression,
        /// How it arrives.
        column: Column,
    },
    /// A text that is made from columns, in the language asked for.
    Rendered {
        /// The columns it is made from.
        sql: &'static str,
        /// Makes it; `None` for no language asked for.
        render: fn(&str, Option<crate::values::Language>) -> String,
    },
    /// A value type over columns of this row; null where the text `<prefix><presence>` is null.
    Value {
        /// The value type.
        target: &'static str,
        /// What `@` means inside: `@.signed_on`.
        prefix: String,
        /// The column that is null where there is no value: `@_edtf` within the prefix.
        presence: &'static str,
    },
    /// The one record or part whose identity stands in the row.
    One {
        /// Its type.
        target: &'static str,
        /// The expression for its identity.
        key: String,
    },
    /// A record of any type whose identity stands in the row.
    AnyRecord {
        /// The expression for its identity.
        key: &'static str,
        /// The expression for its `RecordType`.
        tag: &'static str,
        /// The types that it can be of; none for all.
        among: &'static [&'static str],
    },
    /// All rows that a link leads to.
    List(Link),
    /// Pages of the rows that a link leads to.
    Connection {
        /// The link.
        link: Link,
        /// The connection type without its suffix: `AgreementParty` in `AgreementPartyConnection`.
        name: &'static str,
        /// The type whose fields stand on the edges, read from the row `j`.
        edge: Option<Edge>,
    },
    /// The groups of the rows that a link leads to. Arguments: `by` and `first`.
    Groups {
        /// The link.
        link: Link,
        /// How they are grouped.
        groups: Groups,
    },
    /// Pieces of the texts of a record around what the connection's search text asks for; on an edge.
    Highlights {
        /// The expression for the record's identity.
        key: &'static str,
    },
    /// `node(id)`.
    Node,
    /// `nodes(ids)`.
    Nodes,
    /// A record by its slug.
    BySlug(&'static str),
}

/// What the edges of a connection carry beside cursor and node.
pub struct Edge {
    /// The declared type whose fields they are.
    pub part: &'static str,
    /// Which of its fields.
    pub fields: &'static [&'static str],
}

/// How a value arrives from PostgreSQL and is written as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// text.
    Text,
    /// integer.
    Integer,
    /// bigint.
    BigInt,
    /// double precision.
    Float,
    /// boolean.
    Boolean,
    /// date, as `2009-09-14`.
    Date,
    /// timestamptz, as RFC 3339 in UTC.
    Timestamp,
    /// text\[\].
    Texts,
    /// integer\[\].
    Integers,
    /// bytea: used in orders only.
    Bytes,
    /// Text that is JSON already.
    Json,
    /// bigint, as the global identifier of this type.
    Id(&'static str),
}

impl Column {
    /// The type as PostgreSQL names it.
    pub(crate) fn sql_type(self) -> &'static str {
        match self {
            Self::Text | Self::Json => "text",
            Self::Integer => "integer",
            Self::BigInt | Self::Id(_) => "bigint",
            Self::Float => "double precision",
            Self::Boolean => "boolean",
            Self::Date => "date",
            Self::Timestamp => "timestamptz",
            Self::Texts => "text[]",
            Self::Integers => "integer[]",
            Self::Bytes => "bytea",
        }
    }
}

/// How a field is written, and the shape of its input.
pub enum Stored {
    /// text. Input `String`.
    Text,
    /// text, an absolute http(s) URL. Input `URL`.
    Url,
    /// integer. Input `Int`.
    Integer,
    /// double precision. Input `Float`.
    Float,
    /// boolean, with its value where none is given. Input `Boolean`.
    Boolean(bool),
    /// text, a value of the named enumeration, with its value where none is given.
    Enum(&'static str, Option<&'static str>),
    /// text\[\]. Input `[String!]`, each a BCP 47 tag.
    LanguageTags,
    /// integer\[\]. Input `[Int!]`.
    Integers,
    /// text\[\], values of the named enumeration.
    Enums(&'static str),
    /// jsonb, a text per language. Input `[LocalizedTextInput!]`.
    Localized,
    /// jsonb, a list of texts per language. Input `[LocalizedTextInput!]`.
    LocalizedList,
    /// Four columns. Input `ApproximateDateInput`.
    Date,
    /// Two columns. Input `MoneyInput`.
    Money,
    /// bigint, in `<column>_id`. Input: the slug of a record of the named type.
    Reference(&'static str),
    /// bigint, in `target_id`: a record of one of several types. Input: its slug; another field holds its type.
    RecordReference {
        /// The field that holds the `RecordType`.
        tag: &'static str,
    },
    /// Rows of a table between two. Input: a list of slugs (of provisions: `<slug>#<key>`).
    References {
        /// The type referred to.
        target: &'static str,
        /// The table.
        table: &'static str,
        /// Its column for this record or part.
        near: &'static str,
        /// Its column for the record referred to.
        far: &'static str,
    },
    /// Rows of a table, each with a date in the four columns of that prefix. Input `[ApproximateDateInput!]`.
    Dates {
        /// The table, with the columns of a part.
        table: &'static str,
        /// Its column for this record.
        owner: &'static str,
        /// The prefix.
        prefix: &'static str,
    },
    /// Rows of a part's table.
    Parts {
        /// The part's type.
        part: &'static str,
        /// Its table's column for this record.
        owner: &'static str,
    },
}

/// The arguments of a field as they were given, checked and with defaults filled in; those that were not given are not
/// there.
pub type Args = IndexMap<&'static str, Value>;

/// Gives an expression with the whole numbers that stand for its `$arg`s, in their order, or says what is wrong with which
/// argument.
pub type Expression = fn(&Args) -> Result<(&'static str, Vec<i64>), BadArgument>;

/// An argument whose value can't be used.
#[derive(Debug)]
pub struct BadArgument {
    /// Its name.
    pub name: &'static str,
    /// What is wrong and what to write instead.
    pub message: String,
}
