//! Documents that stand for too much, or for nothing.

use std::fmt::Write;

use serde_json::json;

use crate::case::{Case, ask, ask_with, body, each};

const COMPLEX: &str = "QUERY_TOO_COMPLEX";
const DEEP: &str = "QUERY_TOO_DEEP";
const INVALID: &str = "GRAPHQL_VALIDATION_FAILED";
const UNPARSED: &str = "GRAPHQL_PARSE_FAILED";

/// Each fragment spreads the next so many times.
fn fragments(count: usize, spreads: usize, innermost: &str) -> String {
    let mut query = "{ ...A0 }".to_owned();
    for number in 0..count {
        let spread = format!("...A{} ", number + 1).repeat(spreads);
        write!(query, " fragment A{number} on Query {{ {spread}}}").unwrap();
    }
    write!(query, " fragment A{count} on Query {{ {innermost} }}").unwrap();
    query
}

fn nested(open: &str, times: usize, inner: &str, close: &str) -> String {
    format!("{}{inner}{}", open.repeat(times), close.repeat(times))
}

pub fn cases() -> Vec<Case> {
    let mut cases = shapes();
    cases.extend(brackets());
    cases.extend(nonsense());
    cases.extend(about_the_schema());
    cases
}

fn shapes() -> Vec<Case> {
    let parents = |depth| {
        format!(
            "{{ regions {{ nodes {} }} }}",
            nested("{ parent ", depth, "{ slug }", "}")
        )
    };
    let conflicts = each(400, |number| {
        format!("x: region(slug: \"{number}\") {{ slug }} ")
    });
    vec![
        ask("fragments that double 18 times", fragments(18, 2, "__typename")).is(400, COMPLEX),
        ask("fragments that double 60 times", fragments(60, 2, "__typename")).is(400, COMPLEX),
        ask("fragments that multiply by 40", fragments(6, 40, "regions { nodes { slug } }")).is(400, COMPLEX),
        ask("a fragment within itself", "{ ...A } fragment A on Query { ...A }").is(400, INVALID),
        ask("fragments within each other", "{ ...A } fragment A on Query { ...B } fragment B on Query { ...C } fragment C on Query { ...A }").is(400, INVALID),
        ask("a fragment within its own field", "{ regions { nodes { ...A } } } fragment A on Region { parent { ...A } }").is(400, INVALID),
        ask("a chain of 3,000 fragments", fragments(3_000, 1, "__typename")).is(400, COMPLEX),
        ask("a chain of 200 fragments", fragments(200, 1, "__typename")).is(400, DEEP),
        ask("one field 20,000 times", format!("{{ {} }}", "__typename ".repeat(20_000))).is(400, COMPLEX),
        ask("one field 9,000 times", format!("{{ {} }}", "__typename ".repeat(9_000))),
        ask("1,000 aliases", format!("{{ {} }}", each(1_000, |number| format!("a{number}: __typename ")))).is(400, COMPLEX),
        ask("350 aliases of a list", format!("{{ {} }}", each(350, |number| format!("a{number}: agreements(first: 100) {{ totalCount nodes {{ parties(first: 3) {{ totalCount }} }} }} ")))).is(400, COMPLEX),
        ask("100 aliases of a total", format!("{{ {} }}", each(100, |number| format!("a{number}: regions(first: {}) {{ totalCount }} ", number + 1)))),
        ask("150 inline fragments within each other", nested("{ ... ", 150, "{ __typename }", "}")).is(400, DEEP),
        ask("depth of 31 fields", parents(29)).is(400, DEEP),
        ask("depth of 5,000 fields", parents(5_000)).is(400, DEEP),
        ask("a fan-out of a hundred thousand", "{ regions(first: 100) { nodes { agreements(first: 100) { nodes { parties(first: 10) { nodes { slug } } } } } } }").is(400, COMPLEX),
        ask("a fan-out of a hundred million", "{ a: regions(first: 100) { nodes { agreements(first: 100) { nodes { parties(first: 100) { nodes { agreements(first: 100) { nodes { slug } } } } } } } } }").is(400, COMPLEX),
        ask("400 fields that can't be merged", format!("{{ {conflicts} }}")).is(400, INVALID),
        ask("fields that can't be merged far apart", "{ region(slug: \"a\") { ...A ...B } } fragment A on Region { x: slug } fragment B on Region { x: kind }").is(400, INVALID),
        ask("1,000 directives", format!("{{ __typename {} }}", "@include(if: true) ".repeat(1_000))).is(400, COMPLEX),
        ask("1,000 unknown directives", format!("{{ __typename {} }}", "@a ".repeat(1_000))).is(400, COMPLEX),
        ask("a directive twice", "{ __typename @skip(if: false) @skip(if: false) }").is(400, INVALID),
        ask("a directive of the schema's", "{ __typename @deprecated }").is(400, INVALID),
        ask("60 operations of which none is named", each(60, |number| format!("query Q{number} {{ __typename }} "))).is(400, "OPERATION_RESOLUTION_FAILURE"),
        body("undefined variables of 49 operations", json!({ "query": format!("{}fragment F on Query {{ nodes(ids: [{}]) {{ id }} }}", each(49, |number| format!("query Q{number} {{ ...F }} ")), each(4_000, |number| format!("$v{number} "))), "operationName": "Q1" }).to_string()).is(400, INVALID).saying("`$v0` is not defined"),
        body("60 operations", json!({ "query": each(60, |number| format!("query Q{number} {{ __typename }} ")), "operationName": "Q1" }).to_string()).is(400, COMPLEX).saying("60 operations"),
        ask("150 variables", format!("query({}) {{ __typename }}", each(150, |number| format!("$v{number}: Int ")))).is(400, COMPLEX),
        ask("2,000 lists and more at once", format!("{{ {} }} fragment F on Region {{ codes {{ value }} children(first: 1) {{ totalCount nodes {{ slug }} }} sources {{ name }} citations {{ exact }} parent {{ slug }} }}", each(330, |number| format!("a{number}: region(slug: \"{number}\") {{ ...F }} ")))).is(400, COMPLEX).saying("lists"),
        ask("4,000 unknown fields", format!("{{ {} }}", each(4_000, |number| format!("f{number} ")))).is(400, INVALID),
        ask("more fields than tokens are allowed", format!("{{ {} }}", each(10_001, |number| format!("f{number} ")))).is(400, COMPLEX),
        ask_with("90 times something of every type below `node`", format!("query($id: ID!) {{ {} }}", each(90, |number| format!("a{number}: node(id: $id) {{ id ... on Record {{ slug }} ... on Region {{ parent {{ slug }} }} }} "))), &json!({ "id": "UGFydHk6MQ==" })),
    ]
}

fn brackets() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, depth) in [
        ("brackets 1,000 deep", 1_000),
        ("brackets 2,000 deep", 2_000),
        ("brackets 5,000 deep", 5_000),
        ("brackets 100,000 deep", 100_000),
    ] {
        // Where the text is too long, that is what is told.
        let code = if depth > 20_000 { COMPLEX } else { DEEP };
        let lists = nested("[", depth, "1", "]");
        let objects = nested("{and:[", depth / 2, "", "]}");
        cases.push(
            ask(
                name,
                format!("{{ agreements(filter: {{ slugs: {lists} }}) {{ totalCount }} }}"),
            )
            .is(400, code),
        );
        cases.push(
            ask(
                name,
                format!("{{ agreements(filter: {objects}) {{ totalCount }} }}"),
            )
            .is(400, code),
        );
        cases.push(
            ask(
                name,
                format!("query($a: [String] = {lists}) {{ __typename }}"),
            )
            .is(400, code),
        );
        cases.push(
            ask(
                name,
                format!(
                    "query($a: {}) {{ __typename }}",
                    nested("[", depth, "Int", "]")
                ),
            )
            .is(400, code),
        );
        let variables = format!(
            r#"{{"query":"query($a: AgreementFilter) {{ agreements(filter: $a) {{ totalCount }} }}","variables":{{"a":{}}}}}"#,
            nested(r#"{"and":["#, depth / 2, "", "]}")
        );
        cases.push(body(name, variables).is(400, DEEP));
    }
    let filter = (0..60).fold(json!({}), |inner, _| json!({ "not": inner }));
    cases.push(ask_with(
        "a filter 60 deep",
        "query($f: AgreementFilter) { agreements(filter: $f) { totalCount } }",
        &json!({ "f": filter }),
    ));
    let wide: Vec<_> = (0..500).map(|_| json!({ "kinds": ["TREATY"] })).collect();
    cases.push(
        ask_with(
            "a filter of 500 conditions",
            "query($f: AgreementFilter) { agreements(filter: $f) { totalCount } }",
            &json!({ "f": { "or": wide } }),
        )
        .is(400, COMPLEX),
    );
    cases.push(
        ask(
            "brackets in a block string that nothing closes",
            format!("{{ region(slug: \"\"\" \" {}", "[".repeat(5_000)),
        )
        .is(400, DEEP),
    );
    cases
}

fn nonsense() -> Vec<Case> {
    let long = "a".repeat(90_000);
    vec![
        ask("nothing", "").is(400, UNPARSED),
        ask("blanks", " \n\t,,,").is(400, UNPARSED),
        ask("a comment", "# nothing").is(400, UNPARSED),
        ask("NUL", "{ \0 }").is(400, UNPARSED),
        ask("a byte order mark in the middle", "{ \u{feff}__typename }"),
        ask(
            "letters of other scripts",
            "{ агreements { nodes { slug } } }",
        )
        .is(400, UNPARSED),
        ask("an emoji of a name", "{ 👩‍👩‍👧 }").is(400, UNPARSED),
        ask("90,000 quotation marks", "\"".repeat(90_000)).is(400, COMPLEX),
        ask("9,000 quotation marks", "\"".repeat(9_000)).is(400, UNPARSED),
        ask("a name of 90,000 letters", format!("{{ {long} }}")).is(400, INVALID),
        ask(
            "an alias of 90,000 letters",
            format!("{{ {long}: __typename }}"),
        ),
        ask(
            "a variable of 90,000 letters",
            format!("query(${long}: Int) {{ __typename }}"),
        )
        .is(400, INVALID),
        ask(
            "a type of 90,000 letters",
            format!("query($a: {long}) {{ __typename }}"),
        )
        .is(400, INVALID),
        ask("an unknown operation", "erase { __typename }").is(400, UNPARSED),
        ask("a schema", "type Query { a: Int }").is(400, UNPARSED),
        ask("no operation", "fragment A on Query { __typename }").is(400, INVALID),
        ask(
            "two operations of one name",
            "query A { __typename } query A { __typename }",
        )
        .is(400, INVALID),
        ask(
            "an escape of half a character",
            r#"{ region(slug: "\uD83D") { slug } }"#,
        )
        .is(400, UNPARSED),
        ask("an escape of nothing", r#"{ region(slug: "\q") { slug } }"#).is(400, UNPARSED),
        ask(
            "a number of 9,000 digits",
            format!(
                "{{ agreements(first: {}) {{ totalCount }} }}",
                "9".repeat(9_000)
            ),
        )
        .is(400, UNPARSED),
        ask("a subscription", "subscription { __typename }").is(400, "BAD_REQUEST"),
        ask("a mutation that isn't there", "mutation { dropAll }").is(400, INVALID),
    ]
}

fn about_the_schema() -> Vec<Case> {
    let circles = |rounds| {
        let inner = nested("possibleTypes { interfaces { ", rounds, "name", "} } ");
        format!("{{ __type(name: \"Node\") {{ {inner} }} }}")
    };
    let types = nested("fields { type { ofType { ", 8, "name", "} } } ");
    vec![
        ask("the schema in circles, 12 rounds", circles(12)).is(400, COMPLEX),
        ask("the schema in circles, 40 rounds", circles(40)).is(400, DEEP),
        ask("the types of fields of types", format!("{{ __schema {{ types {{ {types} }} }} }}")),
        ask("300 times the schema", format!("{{ {} }}", each(300, |number| format!("a{number}: __schema {{ types {{ name description fields {{ name description }} }} }} ")))).is(400, COMPLEX),
        ask("a type that isn't there", r#"{ __type(name: "pg_user") { name } }"#),
        ask("what only the inside has", "{ __schema { tables { name } } }").is(400, INVALID),
        ask("a suggestion is no list of names", "{ agreementz { x } }").is(400, INVALID),
    ]
}
