//! How fields are declared: one function per kind of field. Each gives the reading and the writing at once, and takes
//! the column's name from the field's.

use super::{
    Arg, Column, Edge, Effect, Expression, Field, Link, Order, Read, Record, Stored, Term, snake,
};
use crate::values::Language;

fn field(
    name: &'static str,
    ty: &str,
    doc: &'static str,
    read: Read,
    stored: Option<Stored>,
) -> Field {
    Field {
        name,
        doc,
        ty: ty.to_owned(),
        args: Vec::new(),
        read: Some(read),
        stored,
        derive: None,
        required: false,
        input: None,
        column: snake(name),
        range: (None, None),
        verbatim: None,
        searched: None,
        surcharge: None,
    }
}

fn own(name: &str) -> String {
    format!("@.{}", snake(name))
}

fn plain(name: &'static str, ty: &str, column: Column, stored: Stored, doc: &'static str) -> Field {
    field(
        name,
        ty,
        doc,
        Read::Column {
            sql: own(name),
            column,
        },
        Some(stored),
    )
}

fn language() -> Arg {
    Arg::new(
        "language",
        "Language",
        "The language to answer in, before that of the request; where the text lacks it, the original stands in.",
    )
}

/// A text that is the same in every language.
pub fn string(name: &'static str, doc: &'static str) -> Field {
    plain(name, "String", Column::Text, Stored::Text, doc)
}

/// An absolute http(s) URL.
pub fn url(name: &'static str, doc: &'static str) -> Field {
    plain(name, "URL", Column::Text, Stored::Url, doc)
}

/// A whole number.
pub fn integer(name: &'static str, doc: &'static str) -> Field {
    plain(name, "Int", Column::Integer, Stored::Integer, doc)
}

/// A list of whole numbers.
pub fn integers(name: &'static str, doc: &'static str) -> Field {
    plain(name, "[Int!]!", Column::Integers, Stored::Integers, doc)
}

/// A number.
pub fn float(name: &'static str, doc: &'static str) -> Field {
    plain(name, "Float", Column::Float, Stored::Float, doc)
}

/// Yes or no, with what it is where an input does not say.
pub fn boolean(name: &'static str, default: bool, doc: &'static str) -> Field {
    plain(
        name,
        "Boolean!",
        Column::Boolean,
        Stored::Boolean(default),
        doc,
    )
}

/// A list of BCP 47 language tags.
pub fn strings(name: &'static str, doc: &'static str) -> Field {
    plain(name, "[String!]!", Column::Texts, Stored::LanguageTags, doc)
}

/// A value of the named enumeration; with `default`, what it is where an input does not say.
pub fn enumeration(
    name: &'static str,
    of: &'static str,
    default: Option<&'static str>,
    doc: &'static str,
) -> Field {
    let mut field = plain(name, of, Column::Text, Stored::Enum(of, default), doc);
    if default.is_some() {
        field.ty.push('!');
    }
    field
}

/// A list of values of the named enumeration.
pub fn enumerations(name: &'static str, of: &'static str, doc: &'static str) -> Field {
    plain(
        name,
        &format!("[{of}!]!"),
        Column::Texts,
        Stored::Enums(of),
        doc,
    )
}

/// A text per language.
pub fn localized(name: &'static str, doc: &'static str) -> Field {
    field(
        name,
        "String",
        doc,
        Read::Localized {
            sql: own(name),
            list: false,
        },
        Some(Stored::Localized),
    )
    .arg(language())
}

/// A list of texts per language.
pub fn localized_list(name: &'static str, doc: &'static str) -> Field {
    field(
        name,
        "[String!]!",
        doc,
        Read::Localized {
            sql: own(name),
            list: true,
        },
        Some(Stored::LocalizedList),
    )
    .arg(language())
}

/// A date as precise as its source.
pub fn date(name: &'static str, doc: &'static str) -> Field {
    Field {
        stored: Some(Stored::Date),
        ..value(name, "ApproximateDate", &own(name), "_edtf", doc)
    }
}

/// An amount with its currency.
pub fn money(name: &'static str, doc: &'static str) -> Field {
    Field {
        stored: Some(Stored::Money),
        ..value(name, "Money", &own(name), "_amount::text", doc)
    }
}

/// The one record that this refers to.
pub fn reference(name: &'static str, target: &'static str, doc: &'static str) -> Field {
    let key = format!("@.{}_id", snake(name));
    field(
        name,
        target,
        doc,
        Read::One { target, key },
        Some(Stored::Reference(target)),
    )
}

/// A record of any of several types, with the field that says of which.
pub fn record_reference(
    name: &'static str,
    tag: &'static str,
    among: &'static [&'static str],
    doc: &'static str,
) -> Field {
    field(
        name,
        "Record!",
        doc,
        Read::AnyRecord {
            key: "@.target_id",
            tag: "@.target_type",
            among,
        },
        Some(Stored::RecordReference { tag }),
    )
}

/// A record of any type, by expressions for its identity and its type.
pub fn any_record(
    name: &'static str,
    key: &'static str,
    tag: &'static str,
    doc: &'static str,
) -> Field {
    field(
        name,
        "Record!",
        doc,
        Read::AnyRecord {
            key,
            tag,
            among: &[],
        },
        None,
    )
}

/// The records that this refers to, shown as pages, through a table between (`near` and `far` are its columns).
pub fn references(
    name: &'static str,
    target: &'static str,
    arrives: &str,
    table: &'static str,
    near: &'static str,
    far: &'static str,
    doc: &'static str,
) -> Field {
    let link = Link::through(target, arrives, table, near, far);
    Field {
        stored: Some(Stored::References {
            target,
            table,
            near,
            far,
        }),
        ..connection(name, link, doc)
    }
}

/// The records that this refers to, all of them.
pub fn reference_list(
    name: &'static str,
    target: &'static str,
    arrives: &str,
    table: &'static str,
    near: &'static str,
    far: &'static str,
    doc: &'static str,
) -> Field {
    let link = Link::through(target, arrives, table, near, far);
    Field {
        stored: Some(Stored::References {
            target,
            table,
            near,
            far,
        }),
        ..list(name, link, doc)
    }
}

/// The parts of this record, all of them.
pub fn parts(
    name: &'static str,
    part: &'static str,
    table: &str,
    owner: &'static str,
    doc: &'static str,
) -> Field {
    let link = Link::to(part, table, format!("t.{owner} = $owner"));
    Field {
        stored: Some(Stored::Parts { part, owner }),
        ..list(name, link, doc)
    }
}

/// Dates in their order, each in a row of its own, in the four columns of a prefix.
pub fn dates(
    name: &'static str,
    table: &'static str,
    owner: &'static str,
    prefix: &'static str,
    scope: &'static str,
    doc: &'static str,
) -> Field {
    let link = Link::to("ApproximateDate", table, format!("t.{owner} = $owner"))
        .ordered(Order::by_position())
        .scoped(scope);
    Field {
        stored: Some(Stored::Dates {
            table,
            owner,
            prefix,
        }),
        ..list(name, link, doc)
    }
}

/// All rows that a link leads to.
pub fn list(name: &'static str, link: Link, doc: &'static str) -> Field {
    field(
        name,
        &format!("[{}!]!", link.target),
        doc,
        Read::List(link),
        None,
    )
}

/// Pages of the records that a link leads to.
pub fn connection(name: &'static str, link: Link, doc: &'static str) -> Field {
    let connection = link.target;
    connection_by(name, connection, link, None, doc)
}

/// Pages of the records that a participation leads to, with what the participation says on the edges.
pub fn edges(
    name: &'static str,
    connection: &'static str,
    link: Link,
    part: &'static str,
    fields: &'static [&'static str],
    doc: &'static str,
) -> Field {
    connection_by(name, connection, link, Some(Edge { part, fields }), doc)
}

/// Pages of the records that a link leads to, by a connection type's name.
pub fn connection_by(
    name: &'static str,
    connection: &'static str,
    link: Link,
    edge: Option<Edge>,
    doc: &'static str,
) -> Field {
    field(
        name,
        &format!("{connection}Connection!"),
        doc,
        Read::Connection {
            link,
            name: connection,
            edge,
        },
        None,
    )
    .arg(Arg::new(
        "first",
        "Int",
        "How many from the start, 1 to 100; 20 where neither `first` nor `last` is given.",
    ))
    .arg(Arg::new(
        "after",
        "String",
        "Only what comes after this cursor of this connection: the `endCursor` of the page before.",
    ))
    .arg(Arg::new(
        "last",
        "Int",
        "How many from the end, 1 to 100; not together with `first`.",
    ))
    .arg(Arg::new(
        "before",
        "String",
        "Only what comes before this cursor of this connection: the `startCursor` of the page after.",
    ))
}

/// The one record whose identity an expression gives.
pub fn one(name: &'static str, target: &'static str, key: &str, doc: &'static str) -> Field {
    field(
        name,
        target,
        doc,
        Read::One {
            target,
            key: key.to_owned(),
        },
        None,
    )
}

/// A value over columns of this row.
pub fn value(
    name: &'static str,
    target: &'static str,
    prefix: &str,
    presence: &'static str,
    doc: &'static str,
) -> Field {
    field(
        name,
        target,
        doc,
        Read::Value {
            target,
            prefix: prefix.to_owned(),
            presence,
        },
        None,
    )
}

/// An expression over the row.
pub fn column(name: &'static str, ty: &str, sql: &str, column: Column, doc: &'static str) -> Field {
    field(
        name,
        ty,
        doc,
        Read::Column {
            sql: sql.to_owned(),
            column,
        },
        None,
    )
}

/// An expression that depends on the arguments.
pub fn custom(
    name: &'static str,
    ty: &str,
    column: Column,
    sql: Expression,
    doc: &'static str,
) -> Field {
    field(name, ty, doc, Read::Custom { sql, column }, None)
}

/// A text made from a column in the request's language.
pub fn rendered(
    name: &'static str,
    ty: &str,
    sql: &'static str,
    render: fn(&str, Option<Language>) -> String,
    doc: &'static str,
) -> Field {
    field(name, ty, doc, Read::Rendered { sql, render }, None).arg(language())
}

/// The opaque global identifier.
pub fn id(of: &'static str) -> Field {
    column(
        "id",
        "ID!",
        "@.id",
        Column::Id(of),
        "Opaque and stable: the key of caches, and what `node` looks up.",
    )
}

/// The passages that support a part.
pub fn part_citations() -> Field {
    list(
        "citations",
        Link::to("Citation", "citation", "t.part_id = $owner"),
        "The passages of source documents that it rests on.",
    )
}

/// Keeps the rows whose `field` is that path or lies below it.
fn of_field() -> Arg {
    Arg {
        effect: Effect::Where("(t.field = $arg::text OR starts_with(t.field, $arg::text || '.'))"),
        ..Arg::new(
            "field",
            "String",
            "Only those of one field or part, by its path: `signedOn`, `parties.umq`. All of them where it is left out.",
        )
    }
}

/// The fields that every record has.
pub(super) fn common(name: &'static str, record: &Record) -> Vec<Field> {
    let mut fields = vec![
        id(name),
        column(
            "slug",
            "String!",
            "@.slug",
            Column::Text,
            "Stable, readable, unique among records of the same type: `entente-umq-mifi-2022`. For addresses of pages, and for filters.",
        ),
    ];
    if !record.logged {
        return fields;
    }
    let label = field(
        "label",
        "String!",
        "The name or title, whichever the type has, for lists that mix types.",
        Read::Localized {
            sql: own(record.label),
            list: false,
        },
        None,
    );
    fields.extend([
        label.arg(language()),
        column("version", "Int!", "@.version", Column::Integer, "Grows by one with every change; pass it to an update to be sure that nobody else changed the record meanwhile."),
        column("createdAt", "DateTime!", "@.created_at", Column::Timestamp, "When the record came into this registry, which is no date of what it describes."),
        column("updatedAt", "DateTime!", "@.updated_at", Column::Timestamp, "When the record last changed here, in any field; `updatedSince` filters by it."),
        column("originalLanguage", "Language!", "@.original_language", Column::Text, "The language that its texts here were first written in: every text has it."),
        list(
            "translations",
            Link::to("Translation", "", "t.record_id = $owner").ordered(Order::of([
                Term { sql: "t.rank", column: Column::Integer, descending: false, nullable: false },
                Term { sql: "t.position", column: Column::Integer, descending: false, nullable: false },
                Term { sql: "t.part_rank", column: Column::Integer, descending: false, nullable: false },
                Term { sql: "t.place", column: Column::BigInt, descending: false, nullable: false },
                Term { sql: "array_position(ARRAY['FR', 'EN', 'ES', 'PT'], t.language)", column: Column::Integer, descending: false, nullable: false },
            ])),
            "Every text in every language that it has, never a fallback: for editors, and for `lang=` in pages. `field` as in Citation.",
        )
        .arg(of_field()),
        list(
            "sources",
            Link::to("RecordSource", "source", "t.record_id = $owner"),
            "Where the record comes from beside the cited documents: data sets, with their identifiers and licences.",
        ),
        list(
            "citations",
            Link::to("Citation", "citation", "t.record_id = $owner"),
            "The passages of source documents that this record's facts rest on; `field` keeps those of one field, e.g. `signedOn`.",
        )
        .arg(of_field()),
    ]);
    fields
}
