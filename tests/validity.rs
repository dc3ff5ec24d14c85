//! What is refused that would be answered wrongly, or take more than a request may: rules that the GraphQL library
//! leaves to the engine, and bounds on work.

mod support;

use entente::graphql::{Code, Request};
use serde_json::{Value, json};
use support::graphql::Registry;

#[track_caller]
fn refused(registry: &Registry, query: &str, variables: &Value, code: Code) {
    let refusal = registry.refusal(query, variables);
    assert_eq!(refusal.code, code, "{query}: {refusal}");
}

#[test]
fn fields_under_one_key_must_be_the_same() {
    let registry = Registry::shipped();
    let slug = r#"slug: "entente-arbj-midi-2013""#;
    for query in [
        format!("{{ agreement({slug}) {{ a: kind }} agreement({slug}) {{ a: title }} }}"),
        format!(
            "{{ agreement({slug}) {{ parties(first: 1) {{ nodes {{ id }} }} ...F }} }} fragment F on Agreement {{ parties(first: 2) {{ nodes {{ id }} }} }}"
        ),
        format!(
            "{{ agreement({slug}) {{ title(language: FR) ... on Record {{ label ... on Agreement {{ title(language: EN) }} }} }} }}"
        ),
        format!(
            "{{ agreement({slug}) {{ x: programs {{ nodes {{ id }} }} }} agreement({slug}) {{ x: signedOn {{ edtf }} }} }}"
        ),
        format!(
            "{{ agreement({slug}) {{ programs {{ x: nodes {{ id }} ...C }} }} }} fragment C on ProgramConnection {{ x: totalCount }}"
        ),
        "{ node(id: \"QQ==\") { ... on Agreement { x: __typename } ... on Party { x: id } } }"
            .to_owned(),
        "{ node(id: \"QQ==\") { ... on Agreement { x: kind } ... on Party { x: website } } }"
            .to_owned(),
    ] {
        refused(&registry, &query, &json!({}), Code::ValidationFailed);
    }
    let same = format!(
        "query($n: Int) {{ agreement({slug}) {{ parties(first: $n) {{ nodes {{ id }} }} ...F }} }} fragment F on Agreement {{ parties(first: $n) {{ totalCount }} }}"
    );
    let answer = registry.ask_with(&same, &json!({ "n": 1 }), None);
    assert_eq!(answer["agreement"]["parties"]["totalCount"], 2);
    assert_eq!(
        answer["agreement"]["parties"]["nodes"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
}

#[test]
fn variables_stand_where_their_types_allow() {
    let registry = Registry::shipped();
    for query in [
        "query($v: Boolean) { agreements(first: $v) { totalCount } }",
        "query($v: String) { region(slug: \"quebec\") { name(language: $v) } }",
        "query($v: String) { region(slug: $v) { name } }",
        "query($v: PartyRole) { agreements { nodes { parties(roles: $v) { totalCount } } } }",
        "query($v: [PartyRole]) { agreements { nodes { parties(roles: $v) { totalCount } } } }",
        "{ region(slug: \"quebec\") { name(language: \"FR\") } }",
        "query($v: Int) { __type(name: $v) { name } }",
        "query($v: String) { __type(name: \"Party\") { fields(includeDeprecated: $v) { name } } }",
        "query($v: [String!]) { agreements(filter: { slugs: $v, nothing: 1 }) { totalCount } }",
    ] {
        refused(&registry, query, &json!({}), Code::ValidationFailed);
    }
    for (query, variables) in [
        (
            "query($v: String = \"quebec\") { region(slug: $v) { name } }",
            json!({}),
        ),
        (
            "query($v: String!) { region(slug: $v) { name } }",
            json!({ "v": "quebec" }),
        ),
        (
            "query($v: PartyRole!) { agreements { nodes { parties(roles: [$v, FUNDER]) { totalCount } } } }",
            json!({ "v": "SIGNATORY" }),
        ),
        (
            "query($v: [PartyRole!]) { agreements { nodes { parties(roles: $v) { totalCount } } } }",
            json!({ "v": "SIGNATORY" }),
        ),
        (
            "query($v: [PartyRole!]) { agreements { nodes { parties(roles: $v) { totalCount } } } }",
            json!({ "v": null }),
        ),
    ] {
        registry.ask_with(query, &variables, None);
    }
    refused(
        &registry,
        "query($v: Boolean = true) { region(slug: \"quebec\") { name @skip(if: $v) } }",
        &json!({ "v": null }),
        Code::BadUserInput,
    );
}

#[test]
fn nothing_is_given_twice() {
    let registry = Registry::shipped();
    for (query, column) in [
        (
            "{ agreements(filter: { kinds: [], kinds: [] }) { totalCount } }",
            35,
        ),
        (
            "query($v: Int) { agreements(first: $v, filter: { party: { slugs: [], slugs: [] } }) { totalCount } }",
            70,
        ),
        (
            "query($v: AgreementFilter = { slugs: [], slugs: [] }) { agreements(filter: $v) { totalCount } }",
            42,
        ),
        ("{ agreements(first: 1, first: 1) { totalCount } }", 24),
        (
            "{ agreements @skip(if: true, if: true) { totalCount } }",
            30,
        ),
        (
            "query($v: Int, $v: Int) { agreements(first: $v) { totalCount } }",
            16,
        ),
        (
            "{ agreements @skip(if: true) @skip(if: true) { totalCount } }",
            30,
        ),
        ("query A { a: __typename } query A { b: __typename }", 27),
        ("query A { a: __typename } { b: __typename }", 27),
        (
            "{ ...F } fragment F on Query { __typename } fragment F on Query { __typename }",
            45,
        ),
    ] {
        let refusal = registry.refusal(query, &json!({}));
        assert_eq!(refusal.code, Code::ValidationFailed, "{query}: {refusal}");
        assert_eq!(refusal.locations[0].column, column, "{query}: {refusal}");
    }
    registry.ask(
        "{ a: agreements(filter: { and: [{ slugs: [] }, { slugs: [] }] }) { totalCount } a: agreements(filter: { and: [{ slugs: [] }, { slugs: [] }] }) { totalCount } }",
    );
}

#[test]
fn variables_are_of_types_that_there_are_and_have_no_directives() {
    let registry = Registry::shipped();
    for (query, column) in [
        (
            "query($v: Nothing = 1) { agreements(first: $v) { totalCount } }",
            11,
        ),
        (
            "query($v: [Nothing] = [1]) { agreements(first: $v) { totalCount } }",
            11,
        ),
        (
            "query($v: [[Nothing!]!]! = [[{ a: 1 }]]) { agreements(first: $v) { totalCount } }",
            11,
        ),
        (
            "query($v: Int @skip(if: true)) { agreements(first: $v) { totalCount } }",
            15,
        ),
        (
            "query($v: Int @nothing) { agreements(first: $v) { totalCount } }",
            15,
        ),
    ] {
        let refusal = registry.refusal(query, &json!({}));
        assert_eq!(refusal.code, Code::ValidationFailed, "{query}: {refusal}");
        assert_eq!(refusal.locations[0].column, column, "{query}: {refusal}");
    }
}

#[test]
fn a_value_in_a_document_is_wrong_whatever_stands_beside_it() {
    let registry = Registry::shipped();
    for (beside, wrong, argument) in [
        ("slugs: $v, kinds:", "[NOTHING]", "filter.kinds[0]"),
        ("slugs: $v, kinds:", "[\"TREATY\"]", "filter.kinds[0]"),
        ("slugs: $v, kinds:", "[null]", "filter.kinds[0]"),
        ("slugs: $v, kinds:", "1", "filter.kinds"),
        ("slugs: $v, or:", "[null]", "filter.or[0]"),
        ("slugs: $v, party:", "{}", "filter.party.slugs"),
        ("slugs: $v, party:", "{ slugs: null }", "filter.party.slugs"),
        ("slugs: $v, nothing:", "1", "filter"),
        ("slugs: [1], and: { slugs:", "$v }", "filter.slugs[0]"),
        ("slugs: [A], and: { slugs:", "$v }", "filter.slugs[0]"),
        ("slugs: true, and: { slugs:", "$v }", "filter.slugs"),
        (
            "slugs: $v, party:",
            "{ slugs: [], includeLineage: 1 }",
            "filter.party.includeLineage",
        ),
    ] {
        let query = format!(
            "query($v: [String!]) {{ agreements(filter: {{ {beside} {wrong} }}) {{ totalCount }} }}"
        );
        let request = Request {
            query: query.clone(),
            ..Request::default()
        };
        let errors = registry.answer(request).expect_err(&query);
        let told: Vec<_> = errors
            .iter()
            .map(|error| (error.code, error.argument.as_deref()))
            .collect();
        assert_eq!(told, [(Code::ValidationFailed, Some(argument))], "{query}");
    }
    // What a date is, is for dates to say.
    for date in ["2013", "\"x\"", "[$d]", "{ a: 1 }", "MAY"] {
        refused(
            &registry,
            &format!(
                "query($v: [String!], $d: Date) {{ agreements(filter: {{ slugs: $v, date: {{ from: {date}, until: $d }} }}) {{ totalCount }} }}"
            ),
            &json!({ "d": "2013-01-01" }),
            Code::BadUserInput,
        );
    }
}

#[test]
fn odd_values_are_the_clients_fault_or_nothing() {
    let registry = Registry::shipped();
    refused(
        &registry,
        r#"{ agreement(slug: "\u0000") { id } }"#,
        &json!({}),
        Code::BadUserInput,
    );
    refused(
        &registry,
        "query($s: String!) { agreement(slug: $s) { citations(field: $s) { id } } }",
        &json!({ "s": "a\0b" }),
        Code::BadUserInput,
    );
    refused(
        &registry,
        "{ documents(first: 2147483648) { totalCount } }",
        &json!({}),
        Code::ValidationFailed,
    );
    refused(
        &registry,
        "query($n: Int) { documents(first: $n) { totalCount } }",
        &json!({ "n": 2_147_483_648_i64 }),
        Code::BadUserInput,
    );
    let text = |arguments: &str| {
        registry.ask(&format!(
            r#"{{ document(slug: "communique-umq-mifi-2022") {{ text({arguments}) }} }}"#
        ))["document"]["text"]
            .take()
    };
    assert_eq!(text("start: 2147483647"), "");
    assert_eq!(text("start: 2147483647, end: 2147483647"), "");
    assert_eq!(text("end: 7"), "L’Union");
    assert_eq!(text("start: 2, end: 7"), "Union");
    refused(
        &registry,
        r#"{ document(slug: "communique-umq-mifi-2022") { text(start: 3, end: 2) } }"#,
        &json!({}),
        Code::BadUserInput,
    );
    let long = registry.refusal(
        "query($n: Int) { documents(first: $n) { totalCount } }",
        &json!({ "n": "9".repeat(100_000) }),
    );
    assert!(long.message.len() < 1000, "{} bytes", long.message.len());
}

#[test]
fn a_small_query_can_not_ask_for_everything() {
    let registry = Registry::shipped();
    // Few rows, shown again and again.
    let mut nested = "children(first: 100) { nodes { slug } }".to_owned();
    for _ in 0..5 {
        nested = format!("children(first: 100) {{ nodes {{ parent {{ {nested} }} }} }}");
    }
    refused(
        &registry,
        &format!(r#"{{ region(slug: "mrc-88-abitibi") {{ {nested} }} }}"#),
        &json!({}),
        Code::QueryTooComplex,
    );
    // Many keys, within connections too.
    let keys = repeated(1000, "totalCount");
    let inner = repeated(12, &format!("programs {{ {keys} }}"));
    let outer = repeated(12, &format!("agreements {{ nodes {{ {inner} }} }}"));
    refused(
        &registry,
        &format!("{{ {outer} }}"),
        &json!({}),
        Code::QueryTooComplex,
    );
    // Many statements.
    let lists = repeated(
        1000,
        "agreements { totalCount nodes { programs { totalCount } } }",
    );
    refused(
        &registry,
        &format!("{{ {lists} }}"),
        &json!({}),
        Code::QueryTooComplex,
    );
    // After which it still answers.
    let request = Request {
        query: "{ region(slug: \"quebec\") { name } }".to_owned(),
        ..Request::default()
    };
    assert!(registry.answer(request).is_ok());
}

/// A field many times, each under an alias of its own.
fn repeated(times: usize, field: &str) -> String {
    let fields: Vec<_> = (0..times).map(|n| format!("a{n}: {field}")).collect();
    fields.join(" ")
}
