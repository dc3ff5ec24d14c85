//! Facets, funding and lines of parties over the registry that is shipped, and how many statements they take.

mod support;

use entente::read::Limits;
use serde_json::{Value, json};
use support::generate::{self, Sizes};
use support::graphql::Registry;

#[test]
fn lineage_leads_through_the_names_of_a_ministry() {
    let registry = Registry::shipped();
    let found = registry.ask(
        r#"{ party(slug: "mifi") {
              own: agreements { totalCount }
              line: agreements(includeLineage: true) { edges { node { slug } roles namedAs } facets(by: PARTY, first: 3) { value count } }
              funding: agreements(includeLineage: true, roles: [FUNDER]) { edges { node { slug } roles } }
              programs(includeLineage: true) { nodes { slug } }
              actions(includeLineage: true, filter: { kinds: [WORKING_GROUP] }) { edges { node { slug } roles } } } }"#,
    );
    insta::assert_json_snapshot!(found["party"]);
}

#[test]
fn funding_is_what_the_agreements_say() {
    let registry = Registry::shipped();
    let funding = |by: &str, more: &str| {
        let query = format!(
            "{{ funding(by: {by} {more}) {{ value label money {{ amount currency }} count approximate }} }}"
        );
        let found = registry.ask_with(&query, &json!({}), Some("en"))["funding"].take();
        let groups = found.as_array().cloned().expect("groups are a list");
        let group = |group: &Value| {
            assert_eq!(group["money"]["currency"], "CAD");
            format!(
                "{} ({}): {} in {}{}",
                group["value"].as_str().unwrap_or("-"),
                group["label"].as_str().expect("a label"),
                group["money"]["amount"].as_str().expect("an amount"),
                group["count"],
                if group["approximate"] == true {
                    ", about"
                } else {
                    ""
                }
            )
        };
        groups.iter().map(group).collect::<Vec<_>>()
    };
    // 50,000 each by the ministry and the regional administration; about 643,000 for the union of municipalities. The
    // programme's envelope of 23 million is no part of it.
    assert_eq!(
        funding("RECIPIENT", ""),
        [
            "umq (Union of Québec Municipalities): 643000.00 in 1, about",
            "- (No recipient): 100000.00 in 2"
        ]
    );
    assert_eq!(
        funding("YEAR", ""),
        [
            "- (No date): 643000.00 in 1, about",
            "2013 (2013): 100000.00 in 2"
        ]
    );
    let by_funder = funding("FUNDER", "");
    let starts: Vec<_> = by_funder
        .iter()
        .map(|group| group.split(' ').next().unwrap_or_default())
        .collect();
    assert_eq!(
        starts,
        ["mifi", "arbj", "midi"],
        "equal sums in the order of their slugs"
    );
    assert_eq!(funding("YEAR", ", first: 1").len(), 1);
    assert_eq!(
        funding("YEAR", ", filter: { signedOn: {} }"),
        ["2013 (2013): 100000.00 in 2"]
    );
    assert_eq!(
        funding("REGION", ", filter: { kinds: [MEETING] }"),
        Vec::<String>::new()
    );
    // An agreement of several themes counts in full in each.
    let by_theme = funding("THEME", "");
    assert_eq!(
        by_theme
            .iter()
            .filter(|group| group.contains(": 743000.00 in 3, about"))
            .count(),
        3,
        "{by_theme:#?}"
    );
}

#[test]
fn labels_of_groups_are_in_the_readers_language() {
    let registry = Registry::shipped();
    let query = r#"{ agreements(filter: { slugs: ["entente-umq-mifi-2022"] }) {
        kind: facets(by: KIND) { value label pt: label(language: PT) } year: facets(by: YEAR) { value label count }
        party: facets(by: PARTY) { value label } theme: facets(by: THEME, first: 1) { value label } } }"#;
    let mut found = Vec::new();
    for language in [None, Some("fr"), Some("en"), Some("es"), Some("pt")] {
        let agreements = registry.ask_with(query, &json!({}), language)["agreements"].take();
        found.push(json!({ language.unwrap_or("none"): agreements }));
    }
    insta::assert_json_snapshot!(found);
}

#[test]
fn choices_of_a_search_page_keep_their_counts() {
    let registry = Registry::shipped();
    let found = registry.ask(
        r#"{ agreements(filter: { kinds: [MEETING], party: { slugs: ["quebec"] }, not: { kinds: [TREATY] } }) { totalCount
              kinds: facets(by: KIND) { value count } others: facets(by: KIND, excludeOwnFilter: true) { value count }
              parties: facets(by: PARTY, excludeOwnFilter: true) { value count } } }"#,
    );
    let agreements = &found["agreements"];
    assert_eq!(agreements["totalCount"], 1);
    assert_eq!(
        agreements["kinds"],
        json!([{ "value": "MEETING", "count": 1 }])
    );
    assert_eq!(
        agreements["others"],
        json!([{ "value": "JOINT_DECLARATION", "count": 1 }, { "value": "MEETING", "count": 1 }])
    );
    assert_eq!(
        agreements["parties"],
        json!([{ "value": "france", "count": 1 }, { "value": "quebec", "count": 1 }, { "value": null, "count": 1 }])
    );
}

#[test]
fn filters_and_facets_take_statements_by_the_shape_of_the_query_alone() {
    let query = r#"{
        regions(first: 3, filter: { not: { slugs: ["nulle-part"] } }, orderBy: { field: POPULATION }) { totalCount nodes {
            agreements(first: 50, orderBy: [{ field: TITLE }, { field: DATE }],
                filter: { or: [{ party: { slugs: ["partie-0", "partie-1"], includeLineage: true } }, { date: { from: "2001-01-01" } }, { not: { region: { slugs: ["region-0"] } } }] }) {
                totalCount pageInfo { hasNextPage }
                kinds: facets(by: KIND, excludeOwnFilter: true) { value label count } parties: facets(by: PARTY) { value label }
                nodes { slug parties(roles: [SIGNATORY]) { nodes { name agreements(first: 2, includeLineage: true, filter: { kinds: [MEMORANDUM] }) { totalCount edges { roles } facets(by: YEAR) { value } } } } } } } }
        funding(by: PROGRAM, filter: { region: { slugs: ["region-0"] } }) { value label } }"#;
    let sized = |agreements| {
        let sizes = Sizes {
            regions: 3,
            parties: 2,
            programs: 2,
            agreements,
        };
        // It asks for everything at once, which is no page of a person's.
        let limits = Limits {
            cost: u64::MAX,
            ..Limits::USUAL
        };
        Registry::within(limits, generate::filled(&sizes)).statements(query)
    };
    let (few, statements) = sized(1);
    let (many, same) = sized(2000);
    assert_eq!(few["regions"]["nodes"][0]["agreements"]["totalCount"], 1);
    assert_eq!(
        many["regions"]["nodes"][0]["agreements"]["totalCount"],
        2000
    );
    assert_eq!(
        statements.len(),
        same.len(),
        "one agreement:\n{statements:#?}\nmany:\n{same:#?}"
    );
    // The filtered regions; the agreements below them, which are filtered too; their parties; the parties' filtered agreements;
    // the sums.
    assert_eq!(statements.len(), 5);
}
