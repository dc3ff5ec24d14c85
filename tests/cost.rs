//! What queries cost, and that real ones may cost it.

mod support;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use entente::graphql::{Code, Request};
use serde_json::{Value, json};
use support::TestDb;
use support::graphql::Registry;

fn registry() -> Registry {
    Registry::over(TestDb::new())
}

#[track_caller]
fn cost(registry: &Registry, query: &str, variables: &Value) -> u64 {
    let request = Request {
        query: query.to_owned(),
        variables: variables.as_object().cloned().unwrap_or_default(),
        ..Request::default()
    };
    match registry.cost(&request) {
        Ok(cost) => cost,
        Err(errors) => panic!("{errors:#?}\n{query}"),
    }
}

/// The GraphQL examples of a page: what stands between `query=` and the quotation mark.
fn examples(page: &str) -> impl Iterator<Item = &str> {
    page.split("'query=")
        .skip(1)
        .filter_map(|rest| rest.split_once('\'').map(|(query, _)| query))
}

#[test]
fn a_unit_is_a_record_that_may_come() {
    let registry = registry();
    let mut told = String::new();
    for query in [
        "{ __typename }",
        r#"{ agreement(slug: "a") { slug title signedOn { edtf } } }"#,
        r#"{ a: agreement(slug: "a") { slug } b: agreement(slug: "b") { slug } }"#,
        "{ agreements { nodes { slug } } }",
        "{ agreements(first: 50) { nodes { slug } edges { node { title } } pageInfo { hasNextPage } } }",
        "{ agreements(last: 50) { totalCount } }",
        "{ agreements(first: 50) { totalCount nodes { slug } a: totalCount } }",
        "{ agreements(first: 50) { nodes { parties(first: 3) { nodes { name } } } } }",
        "{ agreements(first: 50) { nodes { parties(first: 3) { totalCount nodes { name } } } } }",
        "{ agreements(first: 50) { nodes { citations { exact document { title } } } } }",
        "{ themes { name } }",
        "{ agreements(first: 5) { facets(by: KIND, first: 30) { __typename } } }",
        "{ funding(by: PROGRAM, first: 7) { __typename } }",
        r#"{ search(text: "eau", first: 10) { nodes { slug ... on Agreement { parties(first: 2) { nodes { slug } } } ... on Region { name } } } }"#,
        r#"{ agreements(first: 10, filter: { text: "eau" }) { nodes { slug } } }"#,
        r#"{ document(slug: "a") { title } }"#,
        r#"{ document(slug: "a") { text } }"#,
        r#"{ document(slug: "a") { text(start: 500, end: 4001) b: text(end: 10) } }"#,
        r#"{ nodes(ids: ["x", "y"]) { id } }"#,
        "fragment A on Query { ...B ...B } fragment B on Query { regions { nodes { slug } } } { ...A ...A ...B }",
        r"query($no: Boolean = false) { regions { nodes { slug } } parties @include(if: $no) { nodes { slug } } }",
    ] {
        writeln!(told, "{:>6} {query}", cost(&registry, query, &json!({})))
            .expect("strings take text");
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_people_and_programs_ask_is_within_the_limit() {
    let registry = registry();
    let mut told = BTreeMap::new();
    let variables = json!({
        "slug": "a", "region": "r", "kind": "MEMORANDUM", "from": "2010-01-01", "until": "2010-12-31", "text": "eau potable",
    });
    for (name, query) in [
        ("Q1", include_str!("../benches/queries/q1-detail.graphql")),
        ("Q2", include_str!("../benches/queries/q2-list.graphql")),
        ("Q3", include_str!("../benches/queries/q3-deep.graphql")),
        ("Q4", include_str!("../benches/queries/q4-filter.graphql")),
        ("Q5", include_str!("../benches/queries/q5-search.graphql")),
        (
            "introspection",
            include_str!("support/introspection.graphql"),
        ),
    ] {
        told.insert(name.to_owned(), cost(&registry, query, &variables));
    }
    // It grows with the schema.
    let introspection = told.remove("introspection").expect("was asked for");
    assert!((100..1_000).contains(&introspection), "{introspection}");
    for (place, query) in examples(include_str!("../README.md")).enumerate() {
        let name = format!("README {}", place + 1);
        told.insert(name, cost(&registry, query, &variables));
    }
    insta::assert_json_snapshot!(told);
    let page = include_str!("../docs/limits.md");
    for (name, cost) in told {
        let row = page
            .lines()
            .find(|row| row.starts_with(&format!("| {name}")));
        let row = row.unwrap_or_else(|| panic!("docs/limits.md has no {name}"));
        let said = row.replace(',', "");
        assert!(said.ends_with(&format!("| {cost} |")), "{cost}: {row}");
    }
}

#[test]
fn the_example_of_the_guide_is_reckoned_right() {
    let page = include_str!("../docs/limits.md");
    let example = page
        .split("```graphql")
        .nth(1)
        .and_then(|rest| rest.split("```").next());
    let cost = cost(&registry(), example.expect("there is one"), &json!({}));
    let said = format!("That is 2,{:03}.", cost + 1 - 2_000);
    assert!(page.contains(&said), "{cost}");
}

#[test]
fn what_costs_too_much_is_refused_with_the_reason() {
    let registry = registry();
    let query = "{ regions(first: 100) { nodes { all: agreements(first: 100) { edges { node { parties(first: 11) { nodes { slug } } } } } } } }";
    let refusal = registry.refusal(query, &json!({}));
    assert_eq!(refusal.code, Code::QueryTooComplex);
    let told = refusal.report("r");
    assert_eq!(
        told["extensions"],
        json!({
            "code": "QUERY_TOO_COMPLEX",
            "cost": 100 + 10_000 + 110_000,
            "limit": 100_000,
            "path": "regions.nodes.all.edges.node.parties",
        })
    );
    insta::assert_snapshot!(refusal.message);
}

#[test]
fn a_cost_beyond_all_numbers_is_one() {
    let registry = registry();
    let mut query = "slug".to_owned();
    for _ in 0..7 {
        query = format!(
            "regions(first: 100) {{ nodes {{ agreements(first: 100) {{ nodes {{ {query} }} }} }} }}"
        );
    }
    let refusal = registry.refusal(&format!("{{ {query} }}"), &json!({}));
    assert_eq!(refusal.code, Code::QueryTooComplex, "{refusal}");
}
