//! Which documents are answered at all, and what is answered about the schema itself.

mod support;

use std::fmt::Write;

use async_graphql::dynamic::Schema;
use entente::graphql::{Code, Error, Request};
use entente::registry::model;
use futures_util::FutureExt;
use serde_json::{Value, json};
use support::TestDb;
use support::graphql::Registry;

/// The query that GraphiQL and code generators send: `getIntrospectionQuery` of graphql-js, with all of its options.
const INTROSPECTION: &str = include_str!("support/introspection.graphql");

fn registry() -> Registry {
    Registry::over(TestDb::new())
}

fn refusals(registry: &Registry, query: &str) -> Vec<Error> {
    let request = Request {
        query: query.to_owned(),
        operation_name: query.contains("query Q0").then(|| "Q0".to_owned()),
        mutations_allowed: true,
        ..Request::default()
    };
    match registry.answer(request) {
        Ok(answer) => panic!("answered {answer}\n{query}"),
        Err(errors) => errors,
    }
}

/// `fragment A0 on Query { ...A1 ...A1 } …`: what it stands for doubles with each.
fn doubling(times: usize) -> String {
    let mut query = String::from("{ ...A0 }");
    for number in 0..times {
        let next = number + 1;
        write!(
            query,
            " fragment A{number} on Query {{ ...A{next} ...A{next} }}"
        )
        .expect("strings take text");
    }
    write!(query, " fragment A{times} on Query {{ __typename }}").expect("strings take text");
    query
}

fn chain(length: usize) -> String {
    let mut query = String::from("{ ...A0 }");
    for number in 0..length {
        write!(
            query,
            " fragment A{number} on Query {{ ...A{} }}",
            number + 1
        )
        .expect("strings take text");
    }
    write!(query, " fragment A{length} on Query {{ __typename }}").expect("strings take text");
    query
}

/// A selection with itself inside, some times.
fn nested(outer: &str, times: usize, inner: &str) -> String {
    format!("{}{inner}{}", outer.repeat(times), "}".repeat(times))
}

#[test]
fn what_stands_for_too_much_is_refused() {
    let registry = registry();
    let circles = |rounds| {
        let inside = nested("possibleTypes { interfaces {", rounds, "name");
        format!(
            r#"{{ __type(name: "Node") {{ {inside}{} }} }}"#,
            "}".repeat(rounds)
        )
    };
    let operations: String = (0..51).fold(String::new(), |all, number| {
        format!("{all} query Q{number} {{ __typename }}")
    });
    let variables: String = (0..101).fold(String::new(), |all, number| {
        format!("{all} $v{number}: Boolean")
    });
    let conflicts = nested(
        "... {",
        40,
        &"regions { totalCount } regions(first: 1) { totalCount } ".repeat(1_000),
    );
    let many_arguments = "b: 1 ".repeat(500);
    let cases = [
        ("types in circles", circles(5), Code::QueryTooComplex),
        ("fragments that double", doubling(21), Code::QueryTooComplex),
        (
            "and double past all numbers",
            doubling(50),
            Code::QueryTooComplex,
        ),
        (
            "where no operation spreads them",
            doubling(50).replace("{ ...A0 }", "{ __typename }"),
            Code::QueryTooComplex,
        ),
        ("a chain of fragments", chain(100), Code::QueryTooDeep),
        ("a chain without end", chain(20_000), Code::QueryTooDeep),
        (
            "fields within fields",
            format!(
                "{{ {} }}",
                nested("regions { nodes { parent {", 10, "slug") + &"}".repeat(20)
            ),
            Code::QueryTooDeep,
        ),
        (
            "conflicts within conflicts",
            format!("{{ {conflicts} }}"),
            Code::QueryTooComplex,
        ),
        (
            "arguments that conflict",
            format!("{{ a({many_arguments}) {} }}", "a ".repeat(1_000)),
            Code::QueryTooComplex,
        ),
        ("operations", operations, Code::QueryTooComplex),
        (
            "variables",
            format!("query({variables}) {{ __typename }}"),
            Code::QueryTooComplex,
        ),
        (
            "aliases",
            format!("{{ {} }}", "a: __typename ".repeat(501)),
            Code::QueryTooComplex,
        ),
        (
            "directives",
            format!("{{ __typename {} }}", "@skip(if: true) ".repeat(501)),
            Code::QueryTooComplex,
        ),
    ];
    for (what, query, code) in cases {
        let errors = refusals(&registry, &query);
        assert_eq!(errors[0].code, code, "{what}: {errors:?}");
        assert_eq!(errors.len(), 1, "{what}: {errors:?}");
    }
}

#[test]
fn what_people_write_is_not_too_much() {
    let registry = registry();
    for query in [
        doubling(10),
        chain(50),
        format!("{{ {} }}", nested("... {", 55, "__typename")),
        format!(
            "{{ regions {{ nodes {{ {} }} }} }}",
            nested("parent {", 27, "slug")
        ),
        format!("{{ {} }}", "__typename ".repeat(9_000)),
        INTROSPECTION.to_owned(),
    ] {
        registry.ask(&query);
    }
}

#[test]
fn a_fragment_that_spreads_itself_is_named() {
    let registry = registry();
    for (query, says) in [
        (
            "{ ...A } fragment A on Query { ...A }",
            "The fragment `A` spreads itself: A → A.",
        ),
        (
            "{ ...A } fragment A on Query { ...B } fragment B on Query { ... { ...C } } fragment C on Query { ...B }",
            "The fragment `B` spreads itself: B → C → B.",
        ),
        (
            "{ __typename } fragment A on Query { ...B } fragment B on Query { ...A }",
            "The fragment `A` spreads itself: A → B → A.",
        ),
        (
            "{ regions { nodes { ...R } } } fragment R on Region { parent { ...R } }",
            "The fragment `R` spreads itself: R → R.",
        ),
    ] {
        let error = registry.refusal(query, &json!({}));
        assert_eq!(
            (error.code, error.message.as_str()),
            (Code::ValidationFailed, says),
            "{query}"
        );
    }
}

#[test]
fn typename_is_a_field_like_any_other() {
    let registry = registry();
    for query in [
        "{ __typename @skip(if: $nope) }",
        "{ __typename @foo }",
        "{ __typename @deprecated }",
        "{ __typename @skip }",
        "{ __typename @skip(if: 1) }",
        "{ __typename @skip(if: null) }",
        r#"{ __typename @skip(if: "true") }"#,
        "{ __typename @skip(unless: true) }",
        "{ __typename @skip(if: true, unless: true) }",
        "{ __typename @skip(if: true) @skip(if: true) }",
        "{ __typename(a: 1) }",
        "{ __typename { x } }",
        "{ regions { nodes { __typename { x } } } }",
        "{ ...F } fragment F on Query { __typename @include(if: $nope) }",
        "query($v: Boolean!) { ...F ...G @skip(if: $v) } fragment F on Query { __typename @include(if: $nope) } fragment G on Query { __typename }",
        "query($v: Boolean) { __typename @skip(if: $v) }",
        "query($v: Boolean = null) { __typename @skip(if: $v) }",
        "query($v: [Boolean!]!) { __typename @skip(if: $v) }",
        "query($v: String!) { __typename @skip(if: $v) }",
        "query A($v: Boolean!) { __typename @skip(if: $v) } query B { ...F } fragment F on Query { __typename @skip(if: $v) }",
    ] {
        let mut request = Request {
            query: query.to_owned(),
            ..Request::default()
        };
        if query.starts_with("query A") {
            request.operation_name = Some("A".to_owned());
        }
        let errors = registry.answer(request).expect_err(query);
        assert!(
            errors
                .iter()
                .all(|error| error.code == Code::ValidationFailed),
            "{query}: {errors:?}"
        );
        assert_eq!(errors.len(), 1, "{query}: {errors:?}");
        assert!(!errors[0].locations.is_empty(), "{query}: {errors:?}");
    }

    for query in [
        "query($v: Boolean!) { __typename @skip(if: $v) }",
        "query Named($v: Boolean!) { __typename @skip(if: $v) }",
        "query($v: Boolean = false) { __typename @skip(if: $v) }",
        "query($v: Boolean!) { ...F } fragment F on Query { ... { __typename @skip(if: $v) @include(if: $v) } }",
    ] {
        let answer = registry.ask_with(query, &json!({ "v": true }), None);
        assert_eq!(answer, json!({}), "{query}");
    }
    // What is really not used still is reported, next to one that is.
    let error = registry.refusal(
        "query($v: Boolean!, $w: Int) { __typename @skip(if: $v) }",
        &json!({ "v": true }),
    );
    assert_eq!(error.message, "Variable \"$w\" is not used");
}

#[test]
fn a_refusal_is_never_much_longer_than_its_request() {
    let registry = registry();
    let many: String = (0..3_000).fold(String::new(), |all, number| format!("{all} f{number}"));
    let long = "x".repeat(30_000);
    for query in [
        format!("{{ {many} }}"),
        format!("{{ {long} }}"),
        format!("{{ __typename @{long} }}"),
        format!("query($v: {long}) {{ __typename @skip(if: $v) }}"),
        format!("{{ ...{long} }} fragment {long} on Query {{ ...{long} }}"),
    ] {
        let errors = refusals(&registry, &query);
        let length: usize = errors
            .iter()
            .map(|error| error.report("request").to_string().len())
            .sum();
        assert!(errors.len() <= 50, "{} errors", errors.len());
        assert!(length <= 32_000, "{length} bytes: {errors:?}");
    }
    let request = Request {
        query: "query A { __typename }".to_owned(),
        operation_name: Some(long),
        ..Request::default()
    };
    let errors = registry.answer(request).expect_err("no such operation");
    assert!(errors[0].message.len() < 200, "{errors:?}");
}

#[test]
fn an_error_is_reported_once_and_in_the_documents_order() {
    let registry = registry();
    for query in [
        "mutation { x }",
        "{ ... on Nothing { x } }",
        "query($v: Nothing) { __typename }",
    ] {
        let errors = refusals(&registry, query);
        let mut seen: Vec<_> = errors
            .iter()
            .map(|error| (&error.message, &error.locations))
            .collect();
        seen.dedup();
        assert_eq!(seen.len(), errors.len(), "{query}: {errors:?}");
    }
    let errors = refusals(&registry, "{ one __typename(a: 1) two ...Three }");
    let columns: Vec<_> = errors
        .iter()
        .map(|error| error.locations[0].column)
        .collect();
    assert_eq!(columns, [3, 18, 24, 28], "{errors:?}");
}

#[test]
fn the_whole_schema_is_described_as_the_library_has_it() {
    let registry = registry();
    let schema: Schema = entente::graphql::schema::schema(model())
        .finish()
        .expect("the declarations agree");
    let response = schema.execute(INTROSPECTION).now_or_never();
    let data = response.expect("answers at once").data;
    let mut expected = data.into_json().expect("is JSON");
    // But for what it gets wrong.
    let types = expected["__schema"]["types"].as_array_mut();
    for ty in types.expect("a list") {
        if ty["kind"] == "INTERFACE" {
            assert_eq!(ty["interfaces"], Value::Null);
            ty["interfaces"] = if ty["name"] == "Record" {
                json!([{ "kind": "INTERFACE", "name": "Node", "ofType": null }])
            } else {
                json!([])
            };
        }
    }
    let answer = registry.ask(INTROSPECTION);
    assert!(answer == expected, "{answer}\n{expected}");
    assert_eq!(
        answer.to_string(),
        expected.to_string(),
        "in the same order"
    );
}

#[test]
fn questions_about_types_are_answered() {
    let registry = registry();
    for (query, says) in [
        (
            r#"{ a: __type(name: "Record") { interfaces { name } } b: __type(name: "Record") { interfaces { kind } } }"#,
            json!({ "a": { "interfaces": [{ "name": "Node" }] }, "b": { "interfaces": [{ "kind": "INTERFACE" }] } }),
        ),
        (
            r#"{ __type(name: "Record") { interfaces { name interfaces { name } } } }"#,
            json!({ "__type": { "interfaces": [{ "name": "Node", "interfaces": [] }] } }),
        ),
        (
            r#"{ __type(name: "Record") { ...T } } fragment T on __Type { i: interfaces { ...N } } fragment N on __Type { n: name __typename }"#,
            json!({ "__type": { "i": [{ "n": "Node", "__typename": "__Type" }] } }),
        ),
        (
            r#"{ __type(name: "Nothing") { name } }"#,
            json!({ "__type": null }),
        ),
        (
            r#"{ __type(name: "PageInfo") { name fields { name type { kind name ofType { name fields { name } inputFields { name } } } } } __typename }"#,
            json!({
                "__type": { "name": "PageInfo", "fields": [
                    { "name": "hasNextPage", "type": { "kind": "NON_NULL", "name": null, "ofType": { "name": "Boolean", "fields": null, "inputFields": null } } },
                    { "name": "hasPreviousPage", "type": { "kind": "NON_NULL", "name": null, "ofType": { "name": "Boolean", "fields": null, "inputFields": null } } },
                    { "name": "startCursor", "type": { "kind": "SCALAR", "name": "String", "ofType": null } },
                    { "name": "endCursor", "type": { "kind": "SCALAR", "name": "String", "ofType": null } },
                ] },
                "__typename": "Query",
            }),
        ),
        (
            "{ __schema { __typename queryType { name kind } mutationType { name } directives { __typename name isRepeatable } } }",
            json!({ "__schema": {
                "__typename": "__Schema",
                "queryType": { "name": "Query", "kind": "OBJECT" },
                "mutationType": null,
                "directives": [
                    { "__typename": "__Directive", "name": "deprecated", "isRepeatable": false },
                    { "__typename": "__Directive", "name": "include", "isRepeatable": false },
                    { "__typename": "__Directive", "name": "oneOf", "isRepeatable": false },
                    { "__typename": "__Directive", "name": "skip", "isRepeatable": false },
                    { "__typename": "__Directive", "name": "specifiedBy", "isRepeatable": false },
                ],
            } }),
        ),
        (
            r#"{ __type(name: "DateTime") { specifiedByURL kind possibleTypes { name } } }"#,
            json!({ "__type": { "specifiedByURL": "https://www.rfc-editor.org/rfc/rfc3339", "kind": "SCALAR", "possibleTypes": null } }),
        ),
        (
            r#"{ __type(name: "__TypeKind") { enumValues { __typename name @skip(if: true) } inputFields { name } } }"#,
            json!({ "__type": { "enumValues": vec![json!({ "__typename": "__EnumValue" }); 8], "inputFields": null } }),
        ),
    ] {
        let answer = registry.ask(query);
        assert_eq!(answer, says, "{query}");
    }
}

#[test]
fn questions_about_types_take_variables_and_stand_next_to_others() {
    let registry = registry();
    let query = "query($name: String!, $all: Boolean = true, $no: Boolean!) {
        regions { totalCount }
        __type(name: $name) { name fields(includeDeprecated: $all) { name @skip(if: $no) __typename } kind @include(if: $no) }
        last: __type(name: $name) { kind }
      }";
    let answer = registry.ask_with(query, &json!({ "name": "PageInfo", "no": false }), None);
    assert_eq!(
        answer.to_string(),
        r#"{"regions":{"totalCount":0},"__type":{"name":"PageInfo","fields":[{"name":"hasNextPage","__typename":"__Field"},{"name":"hasPreviousPage","__typename":"__Field"},{"name":"startCursor","__typename":"__Field"},{"name":"endCursor","__typename":"__Field"}]},"last":{"kind":"OBJECT"}}"#
    );
}
