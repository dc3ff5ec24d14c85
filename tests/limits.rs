//! That every limit of a request is as its setting says.

#![expect(clippy::unwrap_used, reason = "what can't be unwrapped fails the test")]

#[expect(dead_code, reason = "it serves another file of tests as well")]
#[path = "kept_answers/server.rs"]
mod server;
mod support;

use serde_json::json;
use server::{Server, post};
use support::TestDb;

/// A setting, a value for it, the code of what is just too much for that, such a query, and one that isn't.
const SETTINGS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "MAX_COST",
        "50",
        "QUERY_TOO_COMPLEX",
        "{ agreements(first: 51) { nodes { slug } } }",
        "{ agreements(first: 50) { nodes { slug } } }",
    ),
    (
        "MAX_PAGE_SIZE",
        "10",
        "BAD_USER_INPUT",
        "{ agreements(first: 11) { nodes { slug } } }",
        "{ agreements { nodes { slug } } }",
    ),
    (
        "MAX_PAGE_SIZE",
        "1",
        "BAD_USER_INPUT",
        "{ nodes(ids: [\"a\", \"b\"]) { id } }",
        "{ nodes(ids: [\"a\"]) { id } }",
    ),
    (
        "MAX_LISTS",
        "2",
        "QUERY_TOO_COMPLEX",
        "{ agreements { totalCount nodes { programs { nodes { slug } } } } }",
        "{ agreements { totalCount nodes { slug } } }",
    ),
    (
        "MAX_ROWS",
        "5",
        "QUERY_TOO_COMPLEX",
        "{ agreements { nodes { slug } } }",
        "{ agreements(first: 2) { nodes { slug } } }",
    ),
    (
        "MAX_FILTER_CONDITIONS",
        "1",
        "QUERY_TOO_COMPLEX",
        "{ agreements(filter: { kinds: [TREATY], slugs: [\"a\"] }) { totalCount } }",
        "{ agreements(filter: { kinds: [TREATY] }) { totalCount } }",
    ),
    (
        "MAX_SEARCH_WORDS",
        "2",
        "QUERY_TOO_COMPLEX",
        "{ search(text: \"one two three\") { nodes { slug } } }",
        "{ search(text: \"one two\") { nodes { slug } } }",
    ),
    (
        "MAX_ARGUMENT_BYTES",
        "2000",
        "QUERY_TOO_COMPLEX",
        "query($s: [String!]) { agreements(filter: { slugs: $s }) { totalCount } }",
        "query($s: [String!]) { __typename @skip(if: false) a: agreements(filter: { slugs: [\"a\"] }) { totalCount } b: agreements(filter: { slugs: $s }) @include(if: false) { totalCount } }",
    ),
    (
        "MAX_QUERY_BYTES",
        "30",
        "QUERY_TOO_COMPLEX",
        "{ __typename __typename __typename }",
        "{ __typename __typename }",
    ),
    (
        "MAX_QUERY_TOKENS",
        "4",
        "QUERY_TOO_COMPLEX",
        "{ __typename __typename __typename }",
        "{ __typename __typename }",
    ),
    (
        "MAX_QUERY_DEPTH",
        "2",
        "QUERY_TOO_DEEP",
        "{ agreements { nodes { slug } } }",
        "{ agreements { totalCount } }",
    ),
    (
        "MAX_QUERY_FIELDS",
        "3",
        "QUERY_TOO_COMPLEX",
        "{ ...A } fragment A on Query { ...B ...B } fragment B on Query { __typename }",
        "{ ...B } fragment B on Query { __typename }",
    ),
    (
        "MAX_QUERY_ALIASES",
        "1",
        "QUERY_TOO_COMPLEX",
        "{ a: __typename b: __typename }",
        "{ a: __typename __typename }",
    ),
    (
        "MAX_QUERY_DIRECTIVES",
        "1",
        "QUERY_TOO_COMPLEX",
        "{ __typename @skip(if: false) @include(if: true) }",
        "{ __typename @skip(if: false) }",
    ),
];

#[test]
fn every_setting_holds() {
    let db = TestDb::with_registry();
    let slugs: Vec<_> = (0..100).map(|number| format!("slug-{number}")).collect();
    for (name, value, code, too_much, enough) in SETTINGS {
        let server = Server::start(&db, &[(*name, *value)]);
        let ask = |query: &str| {
            let variables = if query.contains("$s") {
                json!({ "s": slugs })
            } else {
                json!({})
            };
            server.send(post(query, &variables), &[]).json()
        };
        let refused = ask(too_much);
        assert_eq!(
            refused["errors"][0]["extensions"]["code"], *code,
            "{name}: {refused}"
        );
        let answered = ask(enough);
        assert!(answered["data"].is_object(), "{name}: {answered}");
    }
}
