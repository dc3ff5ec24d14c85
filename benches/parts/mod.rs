//! What is measured by itself: the parts of an answer that are neither PostgreSQL's nor a library's.

use std::collections::HashMap;
use std::hint::black_box;

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{ExecutableDocument, OperationDefinition};
use diesel::prelude::*;
use entente::db::{self, DatabaseUrl};
use entente::graphql::{document, guard};
use entente::read::bench::{Place, Rows};
use entente::read::{self, Plan, Variables};
use entente::registry::model;
use entente::values::{self, Edtf, Language};
use serde_json::{Value, json};

/// A part, ready to run as often as one likes.
pub struct Part {
    /// What it does, and on what.
    pub name: String,
    /// Does it once.
    pub run: Box<dyn Fn()>,
}

impl Part {
    fn new<T>(name: impl Into<String>, run: impl Fn() -> T + 'static) -> Self {
        Self {
            name: name.into(),
            run: Box::new(move || {
                black_box(run());
            }),
        }
    }
}

/// The benchmark's queries, with variables to which `registry/` has an answer.
fn queries() -> [(&'static str, &'static str, Value); 5] {
    [
        (
            "q1-detail",
            include_str!("../queries/q1-detail.graphql"),
            json!({ "slug": "plan-action-regionalisation-2022" }),
        ),
        (
            "q2-list",
            include_str!("../queries/q2-list.graphql"),
            json!({}),
        ),
        (
            "q3-deep",
            include_str!("../queries/q3-deep.graphql"),
            json!({}),
        ),
        (
            "q4-filter",
            include_str!("../queries/q4-filter.graphql"),
            json!({ "region": "quebec", "kind": "JOINT_DECLARATION", "from": "2000-01-01", "until": "2029-12-31" }),
        ),
        (
            "q5-search",
            include_str!("../queries/q5-search.graphql"),
            json!({ "text": "immigration" }),
        ),
    ]
}

/// The first regions by name have no agreements in `registry/`. Rows are loaded of these instead.
const REGIONS: [&str; 2] = [
    "regions(first: 20",
    r#"regions(first: 20, filter: { slugs: ["quebec", "fr-france", "baie-james", "amerique-latine-et-caraibes"] }"#,
];

/// Dates of each kind of precision, qualified and not, and intervals.
const DATES: [&str; 12] = [
    "2009-09-14",
    "2013-10",
    "2022",
    "2013-22",
    "201X",
    "20XX",
    "2004-XX",
    "1984?",
    "2010-06~",
    "2013-10-05%",
    "2014-01/2014-03",
    "2022-04-01/..",
];

/// All parts. What they work on is prepared here: rows are loaded from the database at `url`, which has what `registry/`
/// holds.
pub fn all(url: &DatabaseUrl) -> Vec<Part> {
    let mut connection = db::connect(url).expect("the database is there");
    let mut parts = [Vec::new(), Vec::new(), Vec::new(), Vec::new()];
    for (name, query, variables) in queries() {
        let document = parse_query(query).expect("is GraphQL");
        let with_rows = query.replacen(REGIONS[0], REGIONS[1], 1);
        let with_rows = parse_query(with_rows).expect("is GraphQL");
        let plan = compile(&with_rows, &variables);
        let rows = connection
            .transaction(|connection| Rows::load(connection, &plan))
            .expect("the tables are as declared");
        let written = rows.write(&plan).expect("the rows are as declared");
        let found = String::from_utf8_lossy(&written);
        assert!(found.contains("\"slug\""), "{name} finds nothing: {found}");
        let (checked, compiled) = (document.clone(), document);
        let of_query = [
            Part::new(format!("guard of the text/{name}"), move || {
                guard::check(black_box(query), guard::Limits::default())
            }),
            Part::new(format!("guard of the document/{name}"), move || {
                document::check(black_box(&checked), &document::Limits::default())
            }),
            Part::new(format!("plan/{name}"), move || {
                compile(black_box(&compiled), &variables)
            }),
            Part::new(format!("rows to JSON/{name}"), move || {
                black_box(&rows).write(&plan)
            }),
        ];
        for (kind, part) in parts.iter_mut().zip(of_query) {
            kind.push(part);
        }
    }
    let mut parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.extend(of_values());
    parts
}

/// The plan of a document's only operation, without the checks before.
fn compile(document: &ExecutableDocument, given: &Value) -> Plan {
    let (_, operation) = document.operations.iter().next().expect("there is one");
    let operation: &OperationDefinition = &operation.node;
    let given = given.as_object().expect("variables are an object");
    let variables = Variables::of(operation, given, model()).expect("are of their types");
    let operation = read::Operation {
        selection: &operation.selection_set.node,
        fragments: &document.fragments,
        variables: &variables,
        language: Some(Language::Fr),
        known: &HashMap::new(),
        limits: read::Limits::USUAL,
    };
    read::compile(model(), &operation).expect("can be answered")
}

/// Cursors and dates.
fn of_values() -> [Part; 4] {
    let place = || Place::new("2010-10-05", "communique-migration-riviera-maya-2010");
    let (encoded, decoded) = (place(), place());
    let cursor = decoded.encode();
    assert!(decoded.is(&cursor), "a cursor comes back");
    let dates = DATES.map(|text| Edtf::parse(text).expect("is a date"));
    [
        Part::new("cursor/encode", move || black_box(&encoded).encode()),
        Part::new("cursor/decode", move || decoded.is(black_box(&cursor))),
        Part::new("dates/parse twelve", || {
            black_box(DATES).map(|text| Edtf::parse(text).is_ok())
        }),
        Part::new("dates/label twelve in four languages", move || {
            for language in Language::ALL {
                for date in &dates {
                    black_box(values::label(black_box(date), language));
                }
            }
        }),
    ]
}
