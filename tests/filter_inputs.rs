//! What filters and orders are given: bad values, variables in all places, too much of it.

mod support;

use entente::graphql::guard::{self, Limits};
use entente::graphql::{Code, Request};
use serde_json::{Value, json};
use support::graphql::Registry;

#[test]
fn bad_values_are_refused_where_they_stand() {
    let registry = Registry::shipped();
    let document = |filter: &str| format!("{{ agreements(filter: {filter}) {{ totalCount }} }}");
    // What is wrong with the document itself is a mistake of its own; what is wrong with a value has its place.
    for (filter, code, argument) in [
        (
            "{ date: { from: 2013 } }",
            Code::BadUserInput,
            Some("filter.date.from"),
        ),
        (
            "{ and: [{}, { or: [{ not: { date: { until: \"x\" } } }] }] }",
            Code::BadUserInput,
            Some("filter.and[1].or[0].not.date.until"),
        ),
        (
            "{ slugs: [\"a\", \"b\\u0000\"] }",
            Code::BadUserInput,
            Some("filter.slugs[1]"),
        ),
        ("{ kinds: [NOPE] }", Code::ValidationFailed, None),
        (
            "{ kinds: [\"TREATY\"] }",
            Code::ValidationFailed,
            Some("filter.kinds[0]"),
        ),
        ("{ kinds: [null] }", Code::ValidationFailed, None),
        ("{ bogus: 1 }", Code::ValidationFailed, None),
        (
            "{ date: \"2013-01-01\" }",
            Code::ValidationFailed,
            Some("filter.date"),
        ),
        ("{ party: {} }", Code::ValidationFailed, None),
        ("{ party: { slugs: null } }", Code::ValidationFailed, None),
        ("{ party: { slugs: [1] } }", Code::ValidationFailed, None),
        ("{ not: [{}] }", Code::ValidationFailed, Some("filter.not")),
        ("[{}]", Code::ValidationFailed, Some("filter")),
        ("\"x\"", Code::ValidationFailed, Some("filter")),
    ] {
        let refusal = registry.refusal(&document(filter), &json!({}));
        assert_eq!(
            (refusal.code, refusal.argument.as_deref()),
            (code, argument),
            "{filter}: {refusal}"
        );
    }
    let query = "query($filter: AgreementFilter) { agreements(filter: $filter) { totalCount } }";
    for (filter, argument) in [
        (json!({ "date": { "from": "2013" } }), "$filter.date.from"),
        (
            json!({ "and": [{}, { "or": [{ "not": { "date": { "until": 1 } } }] }] }),
            "$filter.and[1].or[0].not.date.until",
        ),
        (json!({ "kinds": ["NOPE"] }), "$filter.kinds[0]"),
        (json!({ "kinds": ["TREATY", null] }), "$filter.kinds[1]"),
        (json!({ "kinds": [["TREATY"]] }), "$filter.kinds[0]"),
        (json!({ "bogus": null }), "$filter"),
        (json!({ "and": [null] }), "$filter.and[0]"),
        (json!({ "and": [[{}]] }), "$filter.and[0]"),
        (json!({ "party": {} }), "$filter.party.slugs"),
        (json!({ "party": { "slugs": null } }), "$filter.party.slugs"),
        (
            json!({ "party": { "slugs": ["mifi"], "includeLineage": "true" } }),
            "$filter.party.includeLineage",
        ),
        (json!({ "party": [{ "slugs": [] }] }), "$filter.party"),
        (json!({ "slugs": ["a\u{0}"] }), "$filter.slugs[0]"),
        (json!({ "slugs": 1 }), "$filter.slugs"),
        (json!({ "updatedSince": 0 }), "$filter.updatedSince"),
        (json!([{}]), "$filter"),
        (json!("x"), "$filter"),
    ] {
        let refusal = registry.refusal(query, &json!({ "filter": filter }));
        assert_eq!(
            (refusal.code, refusal.argument.as_deref()),
            (Code::BadUserInput, Some(argument)),
            "{filter}: {refusal}"
        );
    }
    for (query, argument) in [
        (
            "{ documents(filter: { publisher: { slugs: [], roles: [HOST] } }) { totalCount } }",
            "filter.publisher.roles",
        ),
        (
            "{ programs(filter: { responsible: { slugs: [], roles: [] } }) { totalCount } }",
            "filter.responsible.roles",
        ),
        (
            "{ agreements(orderBy: { field: RELEVANCE }) { totalCount } }",
            "orderBy",
        ),
        (
            "{ agreements { facets(by: KIND, first: 0) { value } } }",
            "first",
        ),
        (
            "{ agreements { facets(by: KIND, first: -1) { value } } }",
            "first",
        ),
        (
            "{ agreements { facets(by: KIND, first: 1001) { value } } }",
            "first",
        ),
        ("{ funding(by: YEAR, first: 0) { value } }", "first"),
        ("{ funding(by: YEAR, first: -1) { value } }", "first"),
        ("{ funding(by: YEAR, first: 1001) { value } }", "first"),
        (
            "{ funding(by: YEAR, filter: { date: { from: \"x\" } }) { value } }",
            "filter.date.from",
        ),
    ] {
        let refusal = registry.refusal(query, &json!({}));
        assert_eq!(
            (refusal.code, refusal.argument.as_deref()),
            (Code::BadUserInput, Some(argument)),
            "{query}: {refusal}"
        );
    }
    let order = "query($order: [AgreementOrder!]) { agreements(orderBy: $order) { totalCount } }";
    for (given, argument) in [
        (json!([{ "field": "NAME" }]), "$order[0].field"),
        (json!([{ "field": "DATE" }, {}]), "$order[1].field"),
        (
            json!([{ "field": "DATE", "direction": null }]),
            "$order[0].direction",
        ),
        (
            json!([{ "field": "DATE", "direction": "UP" }]),
            "$order[0].direction",
        ),
        (json!([null]), "$order[0]"),
    ] {
        let refusal = registry.refusal(order, &json!({ "order": given }));
        assert_eq!(
            (refusal.code, refusal.argument.as_deref()),
            (Code::BadUserInput, Some(argument)),
            "{given}: {refusal}"
        );
    }
}

#[test]
fn variables_stand_wherever_their_type_fits() {
    let registry = Registry::shipped();
    let ask = |declared: &str, filter: &str, variables: &Value| {
        let query =
            format!("query({declared}) {{ agreements(filter: {filter}) {{ totalCount }} }}");
        let request = Request {
            query,
            variables: variables
                .as_object()
                .cloned()
                .expect("variables are an object"),
            ..Request::default()
        };
        let answer = registry.answer(request).map_err(|errors| errors[0].code);
        answer.map(|answer| {
            answer["data"]["agreements"]["totalCount"]
                .as_u64()
                .expect("a count")
        })
    };
    let (bad, invalid) = (Err(Code::BadUserInput), Err(Code::ValidationFailed));
    let slug = "entente-umq-mifi-2022";
    for (declared, filter, variables, expected) in [
        (
            "$d: Date",
            "{ date: { from: $d } }",
            json!({ "d": "2013-01-01" }),
            Ok(2),
        ),
        // What has no value is as if the field were not there.
        ("$d: Date", "{ date: { from: $d } }", json!({}), Ok(7)),
        (
            "$d: Date",
            "{ date: { from: $d } }",
            json!({ "d": null }),
            Ok(7),
        ),
        (
            "$d: Date = \"2013-01-01\"",
            "{ date: { from: $d } }",
            json!({}),
            Ok(2),
        ),
        (
            "$d: Date = \"2013-01-01\"",
            "{ date: { from: $d } }",
            json!({ "d": null }),
            Ok(7),
        ),
        ("$d: Date = \"x\"", "{ date: { from: $d } }", json!({}), bad),
        (
            "$d: Date! = \"2013-01-01\"",
            "{ date: { from: $d } }",
            json!({ "d": null }),
            bad,
        ),
        (
            "$d: String",
            "{ date: { from: $d } }",
            json!({ "d": "2013-01-01" }),
            invalid,
        ),
        (
            "$s: [String!]",
            "{ slugs: $s }",
            json!({ "s": slug }),
            Ok(1),
        ),
        ("$s: [String!]", "{ slugs: $s }", json!({}), Ok(9)),
        (
            "$s: [String]",
            "{ slugs: $s }",
            json!({ "s": [slug] }),
            invalid,
        ),
        (
            "$s: String!",
            "{ slugs: $s }",
            json!({ "s": slug }),
            invalid,
        ),
        (
            "$s: String!",
            "{ slugs: [$s, \"x\"] }",
            json!({ "s": slug }),
            Ok(1),
        ),
        (
            "$s: String",
            "{ slugs: [$s] }",
            json!({ "s": slug }),
            invalid,
        ),
        (
            "$s: String = \"entente-umq-mifi-2022\"",
            "{ slugs: [$s] }",
            json!({}),
            Ok(1),
        ),
        (
            "$s: String = \"entente-umq-mifi-2022\"",
            "{ slugs: [$s] }",
            json!({ "s": null }),
            bad,
        ),
        (
            "$s: [String!]!",
            "{ party: { slugs: $s } }",
            json!({ "s": "midi" }),
            Ok(2),
        ),
        ("$s: [String!]!", "{ party: { slugs: $s } }", json!({}), bad),
        // A place that needs a value takes no variable that may have none, whatever it has this time.
        (
            "$s: [String!]",
            "{ party: { slugs: $s } }",
            json!({ "s": ["midi"] }),
            invalid,
        ),
        (
            "$s: [String!] = [\"midi\"]",
            "{ party: { slugs: $s } }",
            json!({}),
            Ok(2),
        ),
        (
            "$s: [String!] = \"midi\"",
            "{ party: { slugs: $s } }",
            json!({ "s": null }),
            bad,
        ),
        (
            "$b: Boolean",
            "{ party: { slugs: [\"midi\"], includeLineage: $b } }",
            json!({}),
            Ok(2),
        ),
        (
            "$b: Boolean",
            "{ party: { slugs: [\"midi\"], includeLineage: $b } }",
            json!({ "b": true }),
            Ok(5),
        ),
        (
            "$b: Boolean = true",
            "{ party: { slugs: [\"midi\"], includeLineage: $b } }",
            json!({}),
            Ok(5),
        ),
        (
            "$p: PartyMatch",
            "{ party: $p }",
            json!({ "p": { "slugs": ["midi"], "includeLineage": true } }),
            Ok(5),
        ),
        (
            "$p: PartyMatch = { slugs: \"midi\" }",
            "{ party: $p }",
            json!({}),
            Ok(2),
        ),
        ("$p: PartyMatch = {}", "{ party: $p }", json!({}), invalid),
        ("$p: ActionPartyMatch", "{ party: $p }", json!({}), invalid),
        (
            "$k: [AgreementKind!] = MEETING",
            "{ kinds: $k }",
            json!({}),
            Ok(2),
        ),
        (
            "$k: [AgreementKind!] = [\"MEETING\"]",
            "{ kinds: $k }",
            json!({}),
            invalid,
        ),
        (
            "$k: AgreementKind!",
            "{ kinds: [$k, COMMUNIQUE] }",
            json!({ "k": "MEETING" }),
            Ok(3),
        ),
        (
            "$k: AgreementKind!",
            "{ kinds: [$k] }",
            json!({ "k": "STATE" }),
            bad,
        ),
        (
            "$k: PartyKind!",
            "{ kinds: [$k] }",
            json!({ "k": "STATE" }),
            invalid,
        ),
        (
            "$f: AgreementFilter!",
            "{ and: [$f, { kinds: [MEETING] }] }",
            json!({ "f": { "statuses": "ADOPTED" } }),
            Ok(1),
        ),
        (
            "$f: AgreementFilter",
            "{ and: [$f] }",
            json!({ "f": {} }),
            invalid,
        ),
        ("$f: AgreementFilter", "{ not: $f }", json!({}), Ok(9)),
        (
            "$f: AgreementFilter",
            "{ not: $f }",
            json!({ "f": {} }),
            Ok(0),
        ),
        ("$f: [AgreementFilter!]", "{ or: $f }", json!({}), Ok(9)),
        (
            "$f: [AgreementFilter!]",
            "{ or: $f }",
            json!({ "f": [] }),
            Ok(0),
        ),
        (
            "$f: [AgreementFilter!]",
            "{ or: $f }",
            json!({ "f": { "kinds": ["MEETING"] } }),
            Ok(2),
        ),
    ] {
        assert_eq!(
            ask(declared, filter, &variables),
            expected,
            "{declared} {filter} {variables}"
        );
    }
    let direction = "query($d: Direction) { agreements(orderBy: { field: DATE, direction: $d }, first: 1) { nodes { slug } } }";
    let first = |variables: Value| {
        registry.ask_with(direction, &variables, None)["agreements"]["nodes"][0]["slug"].take()
    };
    assert_eq!(
        first(json!({})),
        "declaration-lima-2008",
        "ascending where nothing is said"
    );
    assert_eq!(
        first(json!({ "d": "DESC" })),
        "plan-action-regionalisation-2022"
    );
    assert_eq!(
        registry.refusal(direction, &json!({ "d": null })).code,
        Code::BadUserInput
    );
}

#[test]
fn long_lists_are_answered_and_what_is_too_much_is_refused() {
    let registry = Registry::shipped();
    let query = "query($filter: AgreementFilter) { agreements(filter: $filter) { totalCount } }";
    let count = |filter: &Value| {
        let answer = registry.ask_with(query, &json!({ "filter": filter }), None);
        answer["agreements"]["totalCount"]
            .as_u64()
            .expect("a count")
    };
    let too_complex = |query: &str, filter: &Value| {
        let refusal = registry.refusal(query, &json!({ "filter": filter }));
        assert_eq!(refusal.code, Code::QueryTooComplex, "{refusal}");
    };
    let slugs: Vec<_> = (0..10_000)
        .map(|n| format!("nulle-part-{n}"))
        .chain(["entente-umq-mifi-2022".to_owned()])
        .collect();
    assert_eq!(count(&json!({ "slugs": slugs })), 1);
    assert_eq!(count(&json!({ "party": { "slugs": slugs } })), 0);
    assert_eq!(count(&json!({ "kinds": vec!["MEETING"; 10_000] })), 2);
    let literal = format!(
        "{{ agreements(filter: {{ slugs: {} }}) {{ totalCount }} }}",
        json!(slugs)
    );
    assert_eq!(registry.ask(&literal)["agreements"]["totalCount"], 1);
    let guarded =
        |document: &str| guard::check(document, Limits::default()).map_err(|refusal| refusal.code);
    assert_eq!(
        guarded(&literal),
        Err(Code::QueryTooComplex),
        "in a document from outside"
    );
    let several = |count: usize| json!({ "or": slugs[slugs.len() - count..].iter().map(|slug| json!({ "slugs": [slug] })).collect::<Vec<_>>() });
    assert_eq!(count(&several(200)), 1);
    too_complex(query, &several(201));
    too_complex(query, &json!({ "and": vec![json!({}); 201] }));
    too_complex(
        query,
        &json!({ "and": vec![json!({ "not": { "or": [] } }); 201] }),
    );
    // A long variable that many fields use.
    let fields: Vec<_> = (0..100)
        .map(|n| format!("a{n}: agreements(filter: $filter) {{ totalCount }}"))
        .collect();
    let many = format!("query($filter: AgreementFilter) {{ {} }}", fields.join(" "));
    too_complex(&many, &json!({ "slugs": slugs }));
    let fields: Vec<_> = (0..100)
        .map(|n| format!("a{n}: facets(by: KIND) {{ value }}"))
        .collect();
    let many = format!(
        "query($filter: AgreementFilter) {{ agreements(filter: $filter) {{ {} }} }}",
        fields.join(" ")
    );
    too_complex(&many, &json!({ "slugs": slugs }));

    let nested = |depth: usize| (0..depth).fold(json!({}), |filter, _| json!({ "not": filter }));
    assert_eq!(count(&nested(100)), 9);
    assert_eq!(count(&nested(101)), 0);
    assert_eq!(count(&nested(300)), 9);
    let literal = |depth: usize| {
        format!(
            "{{ agreements(filter: {}{{}}{}) {{ totalCount }} }}",
            "{ not: ".repeat(depth),
            "}".repeat(depth)
        )
    };
    assert_eq!(registry.ask(&literal(101))["agreements"]["totalCount"], 0);
    assert_eq!(registry.ask(&literal(300))["agreements"]["totalCount"], 9);
    assert_eq!(
        (guarded(&literal(101)), guarded(&literal(300))),
        (Ok(()), Err(Code::QueryTooDeep))
    );
}
