//! Each fact rests on a passage or a source, and each passage stands where its citation says.

mod support;

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Text};
use entente::model::{Content, Field, Stored, Type};
use entente::registry::model;
use serde_json::{Value, json};
use support::TestDb;
use support::graphql::Registry;

/// All passages of a document, by pages.
fn passages(registry: &Registry, slug: &str) -> Vec<Value> {
    let query = "query($slug: String!, $after: String) { document(slug: $slug) { passages(first: 100, after: $after) {
        nodes { id exact prefix suffix start end field record { __typename slug } } pageInfo { hasNextPage endCursor } } } }";
    let mut all = Vec::new();
    let mut after = Value::Null;
    loop {
        let page = registry.ask_with(query, &json!({ "slug": slug, "after": after }), None)["document"]["passages"].take();
        all.extend(page["nodes"].as_array().expect("a list").iter().cloned());
        if page["pageInfo"]["hasNextPage"] == false {
            return all;
        }
        after = page["pageInfo"]["endCursor"].clone();
    }
}

#[test]
fn every_citation_stands_in_its_text_at_its_offsets_and_none_twice() {
    let registry = Registry::shipped();
    let documents = registry.ask("{ documents { nodes { slug text sha256 } } }");
    let documents = documents["documents"]["nodes"].as_array().expect("a list");
    assert_eq!(documents.len(), 5);
    let mut cited = 0;
    for document in documents {
        let slug = document["slug"].as_str().expect("a slug");
        let text = document["text"].as_str().expect("a text");
        let path = format!(
            "{}/registry/documents/{slug}.txt",
            env!("CARGO_MANIFEST_DIR")
        );
        assert_eq!(
            text,
            std::fs::read_to_string(path).expect("the text is there"),
            "{slug} is served to the letter"
        );
        let points: Vec<char> = text.chars().collect();
        let mut seen = BTreeSet::new();
        let passages = passages(&registry, slug);
        let starts: Vec<_> = passages
            .iter()
            .map(|passage| passage["start"].as_u64())
            .collect();
        assert!(
            starts.is_sorted(),
            "{slug}: passages come in the order of the text"
        );
        for passage in passages {
            let offset = |name: &str| {
                usize::try_from(passage[name].as_u64().expect("an offset"))
                    .expect("offsets are small")
            };
            let (start, end) = (offset("start"), offset("end"));
            let between =
                |from: usize, until: usize| points[from..until].iter().collect::<String>();
            assert_eq!(passage["exact"], between(start, end), "{slug}: {passage}");
            let length = |name: &str| passage[name].as_str().expect("a text").chars().count();
            assert_eq!(
                passage["prefix"],
                between(start - length("prefix"), start),
                "{slug}: {passage}"
            );
            assert_eq!(
                passage["suffix"],
                between(end, end + length("suffix")),
                "{slug}: {passage}"
            );
            let support = format!(
                "{} {} {}",
                passage["record"]["slug"], passage["field"], passage["start"]
            );
            assert!(
                seen.insert((support, end)),
                "{slug}: one passage twice for one field: {passage}"
            );
            cited += 1;
        }
    }
    assert!(cited >= 120, "{cited} citations");
}

/// What an editor decides, rather than a document: needs no passage.
const EDITORIAL: &[&str] = &[
    "summary",
    "kind",
    "stage",
    "languages",
    "language",
    "themes",
    "documents",
    "compactObjectives",
    "recordType",
    "key",
    "url",
    "website",
];

/// What a citation of a record as a whole supports: that it is, what it is called, and how far it has come. Dates, money,
/// places, roles and the rest need a passage of their own.
const OF_THE_WHOLE: &[&str] = &["title", "name", "status"];

#[derive(QueryableByName)]
struct Created {
    #[diesel(sql_type = Text)]
    record_type: String,
    #[diesel(sql_type = Text)]
    slug: String,
    #[diesel(sql_type = Jsonb)]
    fields: Value,
}

#[test]
fn every_fact_has_a_passage_or_a_source() {
    let db = TestDb::with_registry();
    let created: Vec<Created> = diesel::sql_query(
        "SELECT record_type, slug, fields FROM change WHERE operation = 'CREATED' AND record_type IN ('PARTY', 'AGREEMENT', 'PROGRAM', 'ACTION') ORDER BY number",
    )
    .load(&mut db.connect())
    .expect("the log can be read");
    assert!(created.len() > 30, "{} records", created.len());
    let mut bare = Vec::new();
    for Created {
        record_type,
        slug,
        fields,
    } in &created
    {
        let fields = fields.as_array().expect("changes name their fields");
        let content: Content = fields
            .iter()
            .map(|field| {
                (
                    field["field"].as_str().expect("a name").to_owned(),
                    field["after"].clone(),
                )
            })
            .collect();
        let ty = model()
            .tagged(record_type)
            .expect("records are of declared types");
        for field in unsupported(ty, &content) {
            bare.push(format!("{record_type} {slug}: {field}"));
        }
    }
    assert!(
        bare.is_empty(),
        "neither a citation nor a source:\n{}",
        bare.join("\n")
    );
}

#[test]
fn a_fact_without_a_passage_is_noticed() {
    let agreement = model()
        .tagged("AGREEMENT")
        .expect("agreements are declared");
    let content = |citations: Value| {
        let content = json!({ "title": { "FR": "T" }, "signedOn": { "edtf": "2013" }, "regions": ["a", "b"],
            "contributions": [{ "kind": "GRANT", "money": { "amount": "1", "currency": "CAD" }, "citations": [{ "field": "money", "exact": "x" }] },
                              { "kind": "MATCH", "durationMonths": 3, "citations": [] }],
            "citations": citations });
        unsupported(agreement, content.as_object().expect("an object"))
    };
    let title = json!({ "field": "title", "exact": "T" });
    assert_eq!(
        content(json!([title.clone(), { "field": "regions.a" }])),
        [
            "signedOn",
            "contributions[1]",
            "contributions[1].durationMonths",
            "regions.b"
        ]
    );
    assert_eq!(
        content(json!([title, { "field": "regions" }, { "field": "signedOn" }])),
        ["contributions[1]", "contributions[1].durationMonths"]
    );
}

/// The facts of a content that nothing supports.
fn unsupported(ty: &Type, content: &Content) -> Vec<String> {
    let support = support_of(content);
    let mut bare = Vec::new();
    for (field, stored) in ty.stored().filter(|(field, _)| field.derive.is_none()) {
        let name = field.input_name();
        let Some(value) = content.get(name).filter(|value| is_fact(field, value)) else {
            continue;
        };
        match (stored, value) {
            (Stored::Parts { part, .. }, Value::Array(parts)) => {
                for (place, part_content) in parts.iter().enumerate() {
                    let part_content = part_content.as_object().expect("parts are objects");
                    let path = format!("{name}[{place}]");
                    let whole = support_of(part_content);
                    // A citation of the record may name the list: `parties`, or a part of it.
                    let listed = support.contains(name);
                    if whole.is_empty() && !listed {
                        bare.push(path.clone());
                    }
                    if !whole.contains("") && !listed {
                        bare.extend(
                            unsupported(model().get(part), part_content)
                                .into_iter()
                                .map(|field| format!("{path}.{field}")),
                        );
                    }
                }
            }
            (Stored::References { .. }, Value::Array(slugs)) => {
                let slugs = slugs.iter().filter_map(Value::as_str);
                bare.extend(
                    slugs
                        .map(|slug| format!("{name}.{slug}"))
                        .filter(|path| !support.contains(name) && !support.contains(path.as_str())),
                );
            }
            _ if supports(&support, name) => {}
            _ if support.contains("") && OF_THE_WHOLE.contains(&name) => {}
            // Whose part it is, every passage of a participation says.
            _ if ty.part_key.reference() == Some(name) && !support.is_empty() => {}
            _ => bare.push(name.to_owned()),
        }
    }
    bare
}

/// What citations and sources of a record or part support; the empty path is all of it.
fn support_of(content: &Content) -> BTreeSet<&str> {
    let lists = ["citations", "sources"]
        .into_iter()
        .filter_map(|list| content.get(list)?.as_array());
    lists
        .flatten()
        .map(|support| support["field"].as_str().unwrap_or_default())
        .collect()
}

fn supports(support: &BTreeSet<&str>, name: &str) -> bool {
    support.iter().any(|path| {
        *path == name
            || path
                .strip_prefix(name)
                .is_some_and(|rest| rest.starts_with('.'))
    })
}

fn is_fact(field: &Field, value: &Value) -> bool {
    let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    // What says that nothing is known, or what is so where nothing is said, is no fact.
    let nothing = *value == json!("UNKNOWN") || *value == json!(true);
    // The provisions that an action carries out, and the parties a provision speaks of, are an editor's reading.
    let reading = ["provisions"].contains(&field.name)
        && matches!(field.stored, Some(Stored::References { .. }));
    !empty && !nothing && !reading && !EDITORIAL.contains(&field.name)
}

#[test]
fn citations_name_their_part_by_id_or_slug() {
    let registry = Registry::shipped();
    let answer = registry.ask(
        r#"{ agreement(slug: "entente-arbj-midi-2013") {
             contributions { id citations { field } }
             parties { edges { node { slug } citations { field } } }
             of: citations(field: "signedOn") { field exact }
             all: citations { field }
           } }"#,
    );
    let agreement = &answer["agreement"];
    for contribution in agreement["contributions"].as_array().expect("a list") {
        let id = contribution["id"].as_str().expect("an id");
        for citation in contribution["citations"].as_array().expect("a list") {
            let field = citation["field"].as_str().expect("parts are named");
            assert!(field.starts_with(&format!("contributions.{id}")), "{field}");
        }
    }
    for edge in agreement["parties"]["edges"].as_array().expect("a list") {
        let slug = edge["node"]["slug"].as_str().expect("a slug");
        for citation in edge["citations"].as_array().expect("a list") {
            let field = citation["field"].as_str().expect("parts are named");
            assert!(field.starts_with(&format!("parties.{slug}")), "{field}");
        }
    }
    let of = agreement["of"].as_array().expect("a list");
    assert!(
        !of.is_empty() && of.iter().all(|citation| citation["field"] == "signedOn"),
        "{of:?}"
    );
    let mut counts = HashMap::new();
    for citation in agreement["all"].as_array().expect("a list") {
        *counts
            .entry(
                citation["field"]
                    .as_str()
                    .and_then(|field| field.split('.').next()),
            )
            .or_insert(0) += 1;
    }
    assert!(counts.len() > 5, "{counts:?}");
}
