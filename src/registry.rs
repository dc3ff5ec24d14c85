//! The registry's model, put together from its concepts.

use std::sync::LazyLock;

use indexmap::IndexMap;

use crate::model::{
    Arg, Enum, Field, Groups, Link, Model, PartKey, Read, Stored, Type, connection, list,
};
use crate::{action, agreement, document, party, program, region, search, theme, values};

static RECORD_TYPE: Enum = Enum {
    name: "RecordType",
    doc: "The types of records, to ask for some of them alone.",
    values: &[
        (
            "PARTY",
            "Governments, ministries, municipal unions and other parties.",
        ),
        ("AGREEMENT", "Declarations, plans and other agreements."),
        (
            "PROGRAM",
            "Programmes under which agreements are concluded.",
        ),
        ("REGION", "Countries, municipalities and other regions."),
        (
            "ACTION",
            "Meetings, studies and whatever else is done under agreements.",
        ),
        ("DOCUMENT", "Source documents, with their text."),
    ],
};

static DIRECTION: Enum = Enum {
    name: "Direction",
    doc: "Which way an order runs.",
    values: &[
        ("ASC", "From A to Z, from old to new, from few to many."),
        ("DESC", "From Z to A, from new to old, from many to few."),
    ],
};

/// The registry's model.
pub fn model() -> &'static Model {
    static MODEL: LazyLock<Model> = LazyLock::new(declared);
    &MODEL
}

fn declared() -> Model {
    let groups = [
        party::types(),
        agreement::types(),
        program::types(),
        region::types(),
        action::types(),
        document::types(),
        theme::types(),
        search::types(),
        values::declared::types(),
    ];
    let mut types: IndexMap<_, _> = groups
        .into_iter()
        .flatten()
        .map(|ty| (ty.name, ty))
        .collect();
    let vocabularies = [
        values::declared::ENUMS,
        party::ENUMS,
        agreement::ENUMS,
        program::ENUMS,
        region::ENUMS,
        action::ENUMS,
    ];
    let enums = vocabularies
        .into_iter()
        .flatten()
        .chain([&RECORD_TYPE])
        .map(|vocabulary| (vocabulary.name, vocabulary))
        .collect();

    let translations: Vec<_> = types
        .values()
        .map(|ty| (ty.name, translations(ty, &types)))
        .collect();
    for (name, from) in translations {
        let field = types[name]
            .fields
            .iter_mut()
            .find(|field| field.name == "translations");
        if let Some(Field {
            read: Some(Read::List(link)),
            ..
        }) = field
        {
            link.from = from;
        }
    }
    let mut enums: IndexMap<_, _> = enums;
    let mut inputs: IndexMap<_, _> = [
        values::declared::inputs(),
        party::inputs(),
        region::inputs(),
    ]
    .into_iter()
    .flatten()
    .map(|input| (input.name.clone(), input))
    .collect();
    let roots = roots(&types);
    for ty in types.values() {
        let orders = ty.order_vocabulary();
        for vocabulary in orders
            .into_iter()
            .chain(ty.facets.as_ref().map(Groups::vocabulary))
        {
            enums.insert(vocabulary.name, vocabulary);
        }
        inputs.extend(ty.list_inputs().map(|input| (input.name.clone(), input)));
    }
    for field in &roots {
        if let Some(Read::Groups { groups, .. }) = &field.read {
            enums.insert(groups.name, groups.vocabulary());
        }
    }
    enums.insert(DIRECTION.name, &DIRECTION);
    Model {
        types,
        enums,
        inputs,
        roots,
    }
}

/// The fields of the query root: a look-up and a connection for each record type, and what spans them.
fn roots(types: &IndexMap<&'static str, Type>) -> Vec<Field> {
    let mut roots = vec![
        Field {
            read: Some(Read::Node),
            ty: "Node".to_owned(),
            ..list(
                "node",
                all("Node", ""),
                "Whatever has this global identifier, of any type: ask for its fields in fragments (`... on Party`). Null where nothing has it, or not any more.",
            )
        }
        .arg(Arg::new("id", "ID!", "An `id` that this server gave.")),
        Field {
            read: Some(Read::Nodes),
            ty: "[Node]!".to_owned(),
            ..list(
                "nodes",
                all("Node", ""),
                "Whatever has these global identifiers, in the order of `ids`, with null for each that names nothing; at most 100.",
            )
        }
        .arg(Arg::new(
            "ids",
            "[ID!]!",
            "Values of `id` that this server gave, of any types.",
        )),
    ];
    let records: Vec<_> = types
        .values()
        .filter_map(|ty| Some((ty, ty.record()?)))
        .filter(|(_, record)| record.logged)
        .collect();
    for (ty, record) in &records {
        let field = list(record.one, all(ty.name, ty.table), root_docs(record.tag).0);
        roots.push(
            Field {
                read: Some(Read::BySlug(ty.name)),
                ty: ty.name.to_owned(),
                ..field
            }
            .arg(Arg::new(
                "slug",
                "String!",
                "Its `slug`, in full and to the letter.",
            )),
        );
    }
    for (ty, record) in &records {
        let all = all(ty.name, ty.table);
        roots.push(connection(record.many, all, root_docs(record.tag).1).filtered());
    }
    roots.push(list(
        "themes",
        all("Theme", "theme"),
        "The registry's vocabulary of subjects, all of it, by name.",
    ));
    roots.push(search::root(records.iter().copied()));
    roots.push(agreement::funding());
    roots
}

/// What the look-up and the list of a record type are, by its tag.
fn root_docs(tag: &str) -> (&'static str, &'static str) {
    match tag {
        "PARTY" => (
            "The party of this slug; null where there is none.",
            "All parties, by name: governments, ministries, municipal unions, regional bodies, states, organisations.",
        ),
        "AGREEMENT" => (
            "The agreement of this slug; null where there is none.",
            "All agreements, newest first: declarations, administrative agreements, partnerships, communiqués, action plans.",
        ),
        "PROGRAM" => (
            "The programme of this slug; null where there is none.",
            "All programmes, by name: the schemes under which agreements are concluded and actions funded.",
        ),
        "REGION" => (
            "The region of this slug; null where there is none.",
            "All regions, by name: the world, its continents, countries, Québec's regions and municipalities, and groups of countries.",
        ),
        "ACTION" => (
            "The action of this slug; null where there is none.",
            "All actions, newest first: what is or was done under agreements and programmes.",
        ),
        "DOCUMENT" => (
            "The source document of this slug; null where there is none.",
            "All source documents, newest first, with their texts.",
        ),
        _ => (
            "The record of this slug; null where there is none.",
            "All records of the type.",
        ),
    }
}

/// All rows of a table.
fn all(target: &'static str, table: &str) -> Link {
    Link::to(target, table, "")
}

/// The rows of a record type's `translations`: every text of the record and of its parts, a row per language.
fn translations(ty: &Type, types: &IndexMap<&'static str, Type>) -> String {
    let mut selects = Vec::new();
    for (rank, field) in ty.fields.iter().enumerate() {
        match &field.stored {
            Some(Stored::Localized) => selects.push(format!(
                "SELECT r.id AS record_id, '{}' AS field, {rank} AS rank, 0 AS position, 0 AS part_rank, 0::bigint AS place, x.key AS language, x.value AS text \
                 FROM {} r, jsonb_each_text(r.{}) x",
                field.name, ty.table, field.column
            )),
            Some(Stored::Parts { part, owner }) => {
                let part = &types[part];
                let name = match part.part_key {
                    PartKey::Reference(_) => "p.key".to_owned(),
                    PartKey::Content => format!("node_id('{}', p.id)", part.name),
                };
                for (part_rank, text) in part.fields.iter().enumerate() {
                    let place = match text.stored {
                        Some(Stored::Localized) => format!("jsonb_each_text(p.{}) x, LATERAL (SELECT x.value, 0::bigint AS place) y", text.column),
                        Some(Stored::LocalizedList) => {
                            format!("jsonb_each(p.{}) x, jsonb_array_elements_text(x.value) WITH ORDINALITY y(value, place)", text.column)
                        }
                        _ => continue,
                    };
                    selects.push(format!(
                        "SELECT p.{owner}, '{}.' || {name} || '.{}', {rank}, p.position, {part_rank}, y.place, x.key, y.value FROM {} p, {place}",
                        field.name, text.name, part.table
                    ));
                }
            }
            _ => {}
        }
    }
    format!("({}) t", selects.join(" UNION ALL "))
}
