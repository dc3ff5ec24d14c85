//! What filters and orders are given: bad values, variables in all places, too much of it.

mod support;

use entente::graphql::guard::{self, Limits};
use entente::graphql::{Code, Request};
use serde_json::{Value, json};
use support::graphql::Registry;

/// Filters as they stand in a document, how they are refused, and the place of what is wrong. What a scalar of ours takes is
/// nothing that the document is invalid by.
const LITERALS: &[(&str, Code, &str)] = &[
    (
        "{ date: { from: 2013 } }",
        Code::BadUserInput,
        "filter.date.from",
    ),
    (
        "{ and: [{}, { or: [{ not: { date: { until: \"x\" } } }] }] }",
        Code::BadUserInput,
        "filter.and[1].or[0].not.date.until",
    ),
    (
        "{ slugs: [\"a\", \"b\\u0000\"] }",
        Code::BadUserInput,
        "filter.slugs[1]",
    ),
    (
        "{ kinds: [NOPE] }",
        Code::ValidationFailed,
        "filter.kinds[0]",
    ),
    (
        "{ kinds: [\"TREATY\"] }",
        Code::ValidationFailed,
        "filter.kinds[0]",
    ),
    (
        "{ kinds: [null] }",
        Code::ValidationFailed,
        "filter.kinds[0]",
    ),
    ("{ bogus: 1 }", Code::ValidationFailed, "filter"),
    (
        "{ date: \"2013-01-01\" }",
        Code::ValidationFailed,
        "filter.date",
    ),
    (
        "{ party: {} }",
        Code::ValidationFailed,
        "filter.party.slugs",
    ),
    (
        "{ party: { slugs: null } }",
        Code::ValidationFailed,
        "filter.party.slugs",
    ),
    (
        "{ party: { slugs: [1] } }",
        Code::ValidationFailed,
        "filter.party.slugs[0]",
    ),
    ("{ not: [{}] }", Code::ValidationFailed, "filter.not"),
    ("[{}]", Code::ValidationFailed, "filter"),
    ("\"x\"", Code::ValidationFailed, "filter"),
];

/// Filters in a variable.
const VALUES: &[(&str, &str)] = &[
    (r#"{ "date": { "from": "2013" } }"#, "$filter.date.from"),
    (
        r#"{ "and": [{}, { "or": [{ "not": { "date": { "until": 1 } } }] }] }"#,
        "$filter.and[1].or[0].not.date.until",
    ),
    (r#"{ "kinds": ["NOPE"] }"#, "$filter.kinds[0]"),
    (r#"{ "kinds": ["TREATY", null] }"#, "$filter.kinds[1]"),
    (r#"{ "kinds": [["TREATY"]] }"#, "$filter.kinds[0]"),
    (r#"{ "bogus": null }"#, "$filter"),
    (r#"{ "and": [null] }"#, "$filter.and[0]"),
    (r#"{ "and": [[{}]] }"#, "$filter.and[0]"),
    (r#"{ "party": {} }"#, "$filter.party.slugs"),
    (r#"{ "party": { "slugs": null } }"#, "$filter.party.slugs"),
    (
        r#"{ "party": { "slugs": ["mifi"], "includeLineage": "true" } }"#,
        "$filter.party.includeLineage",
    ),
    (r#"{ "party": [{ "slugs": [] }] }"#, "$filter.party"),
    (r#"{ "slugs": ["a\u0000"] }"#, "$filter.slugs[0]"),
    (r#"{ "slugs": 1 }"#, "$filter.slugs"),
    (r#"{ "updatedSince": 0 }"#, "$filter.updatedSince"),
    ("[{}]", "$filter"),
    (r#""x""#, "$filter"),
];

/// Other arguments.
const QUERIES: &[(&str, &str)] = &[
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
];

/// Orders in a variable.
const ORDERS: &[(&str, &str)] = &[
    (r#"[{ "field": "NAME" }]"#, "$order[0].field"),
    (r#"[{ "field": "DATE" }, {}]"#, "$order[1].field"),
    (
        r#"[{ "field": "DATE", "direction": null }]"#,
        "$order[0].direction",
    ),
    (
        r#"[{ "field": "DATE", "direction": "UP" }]"#,
        "$order[0].direction",
    ),
    ("[null]", "$order[0]"),
];

#[test]
fn bad_values_are_refused_where_they_stand() {
    let registry = Registry::shipped();
    let refused = |query: &str, variables: &Value, code: Code, argument: &str| {
        let refusal = registry.refusal(query, variables);
        assert_eq!(
            (refusal.code, refusal.argument.as_deref()),
            (code, Some(argument)),
            "{query} {variables}: {refusal}"
        );
    };
    for (filter, code, argument) in LITERALS {
        let query = format!("{{ agreements(filter: {filter}) {{ totalCount }} }}");
        refused(&query, &json!({}), *code, argument);
    }
    let query = "query($filter: AgreementFilter) { agreements(filter: $filter) { totalCount } }";
    for (filter, argument) in VALUES {
        let variables = json!({ "filter": parsed(filter) });
        refused(query, &variables, Code::BadUserInput, argument);
    }
    let query = "query($order: [AgreementOrder!]) { agreements(orderBy: $order) { totalCount } }";
    for (order, argument) in ORDERS {
        let variables = json!({ "order": parsed(order) });
        refused(query, &variables, Code::BadUserInput, argument);
    }
    for (query, argument) in QUERIES {
        refused(query, &json!({}), Code::BadUserInput, argument);
    }
}

fn parsed(json: &str) -> Value {
    serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

const BAD: Result<u64, Code> = Err(Code::BadUserInput);
const INVALID: Result<u64, Code> = Err(Code::ValidationFailed);

/// Declarations of variables, filters that use them, values, and how many agreements are kept, or what it is refused as.
const VARIABLES: &[(&str, &str, &str, Result<u64, Code>)] = &[
    (
        "$d: Date",
        "{ date: { from: $d } }",
        r#"{ "d": "2013-01-01" }"#,
        Ok(2),
    ),
    // What has no value is as if the field were not there.
    ("$d: Date", "{ date: { from: $d } }", "{}", Ok(7)),
    (
        "$d: Date",
        "{ date: { from: $d } }",
        r#"{ "d": null }"#,
        Ok(7),
    ),
    (
        "$d: Date = \"2013-01-01\"",
        "{ date: { from: $d } }",
        "{}",
        Ok(2),
    ),
    (
        "$d: Date = \"2013-01-01\"",
        "{ date: { from: $d } }",
        r#"{ "d": null }"#,
        Ok(7),
    ),
    ("$d: Date = \"x\"", "{ date: { from: $d } }", "{}", BAD),
    (
        "$d: Date! = \"2013-01-01\"",
        "{ date: { from: $d } }",
        r#"{ "d": null }"#,
        BAD,
    ),
    (
        "$d: String",
        "{ date: { from: $d } }",
        r#"{ "d": "2013-01-01" }"#,
        INVALID,
    ),
    (
        "$s: [String!]",
        "{ slugs: $s }",
        r#"{ "s": "entente-umq-mifi-2022" }"#,
        Ok(1),
    ),
    ("$s: [String!]", "{ slugs: $s }", "{}", Ok(9)),
    (
        "$s: [String]",
        "{ slugs: $s }",
        r#"{ "s": ["entente-umq-mifi-2022"] }"#,
        INVALID,
    ),
    (
        "$s: String!",
        "{ slugs: $s }",
        r#"{ "s": "entente-umq-mifi-2022" }"#,
        INVALID,
    ),
    (
        "$s: String!",
        "{ slugs: [$s, \"x\"] }",
        r#"{ "s": "entente-umq-mifi-2022" }"#,
        Ok(1),
    ),
    (
        "$s: String",
        "{ slugs: [$s] }",
        r#"{ "s": "entente-umq-mifi-2022" }"#,
        INVALID,
    ),
    (
        "$s: String = \"entente-umq-mifi-2022\"",
        "{ slugs: [$s] }",
        "{}",
        Ok(1),
    ),
    (
        "$s: String = \"entente-umq-mifi-2022\"",
        "{ slugs: [$s] }",
        r#"{ "s": null }"#,
        BAD,
    ),
    (
        "$s: [String!]!",
        "{ party: { slugs: $s } }",
        r#"{ "s": "midi" }"#,
        Ok(2),
    ),
    ("$s: [String!]!", "{ party: { slugs: $s } }", "{}", BAD),
    // A place that needs a value takes no variable that may have none, whatever it has this time.
    (
        "$s: [String!]",
        "{ party: { slugs: $s } }",
        r#"{ "s": ["midi"] }"#,
        INVALID,
    ),
    (
        "$s: [String!] = [\"midi\"]",
        "{ party: { slugs: $s } }",
        "{}",
        Ok(2),
    ),
    (
        "$s: [String!] = \"midi\"",
        "{ party: { slugs: $s } }",
        r#"{ "s": null }"#,
        BAD,
    ),
    (
        "$b: Boolean",
        "{ party: { slugs: [\"midi\"], includeLineage: $b } }",
        "{}",
        Ok(2),
    ),
    (
        "$b: Boolean",
        "{ party: { slugs: [\"midi\"], includeLineage: $b } }",
        r#"{ "b": true }"#,
        Ok(5),
    ),
    (
        "$b: Boolean = true",
        "{ party: { slugs: [\"midi\"], includeLineage: $b } }",
        "{}",
        Ok(5),
    ),
    (
        "$p: PartyMatch",
        "{ party: $p }",
        r#"{ "p": { "slugs": ["midi"], "includeLineage": true } }"#,
        Ok(5),
    ),
    (
        "$p: PartyMatch = { slugs: \"midi\" }",
        "{ party: $p }",
        "{}",
        Ok(2),
    ),
    ("$p: PartyMatch = {}", "{ party: $p }", "{}", INVALID),
    ("$p: ActionPartyMatch", "{ party: $p }", "{}", INVALID),
    (
        "$k: [AgreementKind!] = MEETING",
        "{ kinds: $k }",
        "{}",
        Ok(2),
    ),
    (
        "$k: [AgreementKind!] = [\"MEETING\"]",
        "{ kinds: $k }",
        "{}",
        INVALID,
    ),
    (
        "$k: AgreementKind!",
        "{ kinds: [$k, COMMUNIQUE] }",
        r#"{ "k": "MEETING" }"#,
        Ok(3),
    ),
    (
        "$k: AgreementKind!",
        "{ kinds: [$k] }",
        r#"{ "k": "STATE" }"#,
        BAD,
    ),
    (
        "$k: PartyKind!",
        "{ kinds: [$k] }",
        r#"{ "k": "STATE" }"#,
        INVALID,
    ),
    (
        "$f: AgreementFilter!",
        "{ and: [$f, { kinds: [MEETING] }] }",
        r#"{ "f": { "statuses": "ADOPTED" } }"#,
        Ok(1),
    ),
    (
        "$f: AgreementFilter",
        "{ and: [$f] }",
        r#"{ "f": {} }"#,
        INVALID,
    ),
    ("$f: AgreementFilter", "{ not: $f }", "{}", Ok(9)),
    (
        "$f: AgreementFilter",
        "{ not: $f }",
        r#"{ "f": {} }"#,
        Ok(0),
    ),
    ("$f: [AgreementFilter!]", "{ or: $f }", "{}", Ok(9)),
    (
        "$f: [AgreementFilter!]",
        "{ or: $f }",
        r#"{ "f": [] }"#,
        Ok(0),
    ),
    (
        "$f: [AgreementFilter!]",
        "{ or: $f }",
        r#"{ "f": { "kinds": ["MEETING"] } }"#,
        Ok(2),
    ),
];

#[test]
fn variables_stand_wherever_their_type_fits() {
    let registry = Registry::shipped();
    for (declared, filter, variables, expected) in VARIABLES {
        let request = Request {
            query: format!("query({declared}) {{ agreements(filter: {filter}) {{ totalCount }} }}"),
            variables: parsed(variables).as_object().cloned().unwrap_or_default(),
            ..Request::default()
        };
        let answer = registry.answer(request).map_err(|errors| errors[0].code);
        let count = answer.map(|answer| answer["data"]["agreements"]["totalCount"].clone());
        assert_eq!(
            count,
            expected.map(Value::from),
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

#[test]
fn many_conditions_keep_what_one_of_each_keeps() {
    let registry = Registry::shipped();
    let conditions = [
        "party: { slugs: [\"mifi\"], includeLineage: true }",
        "party: { slugs: [\"arbj\"], roles: [SIGNATORY] }",
        "region: { slugs: [\"monde\"] }",
        "themes: [\"accueil-etablissement\"]",
    ];
    let lists = [
        "agreements",
        "party(slug: \"quebec\") { agreements",
        "party(slug: \"midi\") { agreements",
    ];
    for list in lists {
        for condition in conditions {
            let found = |filters: &str| {
                let close = if list.contains('{') { "}" } else { "" };
                registry.ask(&format!(
                    "{{ {list}(filter: {{ {filters} }}) {{ totalCount nodes {{ slug }} facets(by: KIND) {{ value count }} }} {close} }}"
                ))
            };
            let once = found(condition);
            let many = vec![format!("{{ {condition} }}"); 20].join(", ");
            assert_eq!(found(&format!("and: [{many}]")), once, "{condition}");
            let not = found(&format!("not: {{ {condition} }}"));
            let many = vec![format!("{{ not: {{ {condition} }} }}"); 20].join(", ");
            assert_eq!(found(&format!("and: [{many}]")), not, "{condition}");
        }
    }
}
