//! Filters, orders, facets and funding as a user meets them, over the registry that is shipped.

mod support;

use entente::graphql::guard::{self, Limits};
use entente::graphql::{Code, Request};
use serde_json::{Value, json};
use support::generate::{self, Sizes};
use support::graphql::Registry;

/// The slugs of a list, in its order.
#[track_caller]
fn slugs(registry: &Registry, list: &str) -> Vec<String> {
    let found = registry.ask(&format!("{{ list: {list} {{ nodes {{ slug }} }} }}"));
    let nodes = found["list"]["nodes"].as_array().expect("nodes are a list");
    nodes
        .iter()
        .map(|node| node["slug"].as_str().expect("a slug").to_owned())
        .collect()
}

/// How many a list holds.
#[track_caller]
fn count(registry: &Registry, list: &str) -> u64 {
    let found = registry.ask(&format!("{{ list: {list} {{ totalCount }} }}"));
    found["list"]["totalCount"].as_u64().expect("a count")
}

#[test]
fn every_filter_of_agreements_keeps_what_it_says() {
    let registry = Registry::shipped();
    let (arbj, baie_james) = (
        "entente-arbj-midi-2013",
        "entente-specifique-immigration-baie-james",
    );
    let (france, meeting) = (
        "declaration-quebec-france-2009",
        "rencontre-alternee-quebec-france-2008",
    );
    let (mexico, lima) = (
        "communique-migration-riviera-maya-2010",
        "declaration-lima-2008",
    );
    let (umq, plan) = ("entente-umq-mifi-2022", "plan-action-regionalisation-2022");
    let forum = "forum-mondial-migration-2010";
    let cases: &[(&str, &[&str])] = &[
        // Newest first, and by slug what is undated.
        (
            "{}",
            &[
                plan, arbj, mexico, forum, france, meeting, lima, baie_james, umq,
            ],
        ),
        ("kinds: [MEETING, COMMUNIQUE]", &[mexico, forum, meeting]),
        ("statuses: [INTENDED]", &[forum, baie_james]),
        (
            "themes: [\"leadership-municipal\", \"genre\"]",
            &[mexico, umq],
        ),
        ("slugs: [\"entente-umq-mifi-2022\", \"nulle-part\"]", &[umq]),
        ("signedOn: { from: \"2013-10-31\" }", &[arbj]),
        ("signedOn: { from: \"2013-11-01\" }", &[]),
        ("signedOn: { until: \"2009-09-14\" }", &[france]),
        ("signedOn: {}", &[arbj, france]),
        (
            "adoptedOn: { from: \"2008-07-04\", until: \"2008-07-04\" }",
            &[meeting, lima],
        ),
        (
            "adoptedOn: { from: \"2008-07-05\", until: \"2009-12-31\" }",
            &[lima],
        ),
        (
            "announcedOn: { from: \"2022-05-09\", until: \"2022-05-09\" }",
            &[plan],
        ),
        ("startsOn: { from: \"2010-12-31\" }", &[forum]),
        ("endsOn: { until: \"2008-07-04\" }", &[meeting]),
        ("endsOn: { until: \"2008-07-03\" }", &[]),
        // Signed, or else adopted, or else announced, or else starting.
        (
            "date: { from: \"2010-01-01\", until: \"2013-10-01\" }",
            &[arbj, mexico, forum],
        ),
        ("date: { from: \"2013-10-01\", until: \"2010-01-01\" }", &[]),
        ("party: { slugs: [\"midi\"] }", &[arbj, baie_james]),
        (
            "party: { slugs: [\"midi\"], roles: [FUNDER, HOST] }",
            &[arbj],
        ),
        (
            "party: { slugs: [\"micc\"], includeLineage: true }",
            &[plan, arbj, france, baie_james, umq],
        ),
        (
            "party: { slugs: [\"mifi\"], includeLineage: true, roles: [IMPLEMENTER] }",
            &[plan, france],
        ),
        (
            "region: { slugs: [\"qc-10-nord-du-quebec\"] }",
            &[arbj, baie_james],
        ),
        (
            "region: { slugs: [\"quebec\"], includeDescendants: false }",
            &[plan, france, meeting, umq],
        ),
        // By way of the group that it is a member of.
        (
            "region: { slugs: [\"union-europeenne\"] }",
            &[france, meeting, lima],
        ),
        ("programs: [\"programme-mobilisation-diversite\"]", &[arbj]),
        (
            "updatedSince: \"2000-01-01T00:00:00Z\", kinds: [ACTION_PLAN]",
            &[plan],
        ),
        ("updatedSince: \"9999-12-31T23:59:59Z\"", &[]),
        ("sourceIdentifiers: [\"CA-QC\"]", &[]),
        ("not: { date: {} }", &[baie_james, umq]),
        (
            "or: [{ kinds: [ACTION_PLAN] }, { and: [{ statuses: [ADOPTED] }, { kinds: [MEETING] }] }]",
            &[plan, meeting],
        ),
        (
            "kinds: [MEETING], not: { statuses: [INTENDED] }",
            &[meeting],
        ),
    ];
    for (filter, expected) in cases {
        let filter = if *filter == "{}" { "" } else { filter };
        let found = slugs(&registry, &format!("agreements(filter: {{ {filter} }})"));
        assert_eq!(found, *expected, "{filter}");
    }
}

#[test]
fn every_filter_of_the_other_types_keeps_what_it_says() {
    let registry = Registry::shipped();
    let cases: &[(&str, &[&str])] = &[
        (
            "parties(filter: { kinds: [STATE, INSTITUTION] })",
            &["banq", "france"],
        ),
        (
            "parties(filter: { region: { slugs: [\"qc-10-nord-du-quebec\"] } })",
            &["arbj"],
        ),
        (
            "parties(filter: { region: { slugs: [\"union-europeenne\"], includeDescendants: false } })",
            &["union-europeenne"],
        ),
        ("programs(filter: { statuses: [OPEN] })", &[]),
        (
            "programs(filter: { themes: [\"participation-citoyenne\"] })",
            &["programme-mobilisation-diversite"],
        ),
        ("programs(filter: { eligibleKinds: [MUNICIPALITY] })", &[]),
        (
            "programs(filter: { responsible: { slugs: [\"micc\"] } })",
            &[],
        ),
        (
            "programs(filter: { responsible: { slugs: [\"micc\"], includeLineage: true } })",
            &["programme-appui-collectivites"],
        ),
        (
            "programs(filter: { not: { region: { slugs: [\"ca-canada\"] } } })",
            &[
                "programme-accompagnement-soutien-integration",
                "pac-organismes-cooperatives",
            ],
        ),
        (
            "regions(filter: { code: { scheme: ISO_3166_2, value: \"CA-QC\" } })",
            &["quebec"],
        ),
        (
            "regions(filter: { code: { scheme: ISO_3166_1, value: \"CA-QC\" } })",
            &[],
        ),
        (
            "regions(filter: { within: { slugs: [\"baie-james\"] } })",
            &["baie-james"],
        ),
        (
            "regions(filter: { kinds: [TERRITORY], within: { slugs: [\"qc-10-nord-du-quebec\"] } })",
            &["baie-james"],
        ),
        (
            "regions(filter: { within: { slugs: [\"quebec\"], includeDescendants: false } })",
            &["quebec"],
        ),
        (
            "regions(filter: { sourceIdentifiers: [\"66023\"] })",
            &["mun-66023-montreal"],
        ),
        (
            "actions(filter: { kinds: [STUDY, PRESENTATION] })",
            &[
                "diagnostic-territorial-immigration",
                "presentations-nord-du-quebec-banq",
            ],
        ),
        (
            "actions(filter: { statuses: [UNDERWAY] })",
            &[
                "actions-regionalisation-depuis-2019",
                "dialogue-migratoire-alc-ue",
            ],
        ),
        // On one of its days, not between them.
        (
            "actions(filter: { date: { from: \"2014-10-09\", until: \"2014-10-09\" } })",
            &[
                "diagnostic-territorial-immigration",
                "presentations-nord-du-quebec-banq",
            ],
        ),
        (
            "actions(filter: { date: { from: \"2014-06-01\", until: \"2014-06-30\" } })",
            &[],
        ),
        (
            "actions(filter: { date: { from: \"2026-01-01\" } })",
            &["actions-regionalisation-depuis-2019"],
        ),
        (
            "actions(filter: { party: { slugs: [\"banq\"], roles: [HOST] } })",
            &["presentations-nord-du-quebec-banq"],
        ),
        (
            "actions(filter: { party: { slugs: [\"banq\"], roles: [LEAD] } })",
            &[],
        ),
        (
            "actions(filter: { region: { slugs: [\"qc-10-nord-du-quebec\"], includeDescendants: false } })",
            &["presentations-nord-du-quebec-banq"],
        ),
        (
            "actions(filter: { agreements: [\"declaration-lima-2008\"] })",
            &["sommet-lima-2008", "dialogue-migratoire-alc-ue"],
        ),
        (
            "actions(filter: { programs: [\"programme-appui-collectivites\"] })",
            &[
                "partenariats-regionalisation-programmes",
                "projet-municipalites-en-action",
            ],
        ),
        ("documents(filter: { languages: [EN] })", &[]),
        (
            "documents(filter: { publisher: { slugs: [\"mifi\"] } })",
            &[],
        ),
        (
            "documents(filter: { publishedOn: { from: \"2022-05-09\" } })",
            &["communique-plan-action-regionalisation-2022"],
        ),
        (
            "documents(filter: { agreements: [\"entente-umq-mifi-2022\"] })",
            &["communique-umq-mifi-2022"],
        ),
    ];
    for (list, expected) in cases {
        let mut found = slugs(&registry, list);
        let mut expected: Vec<_> = expected.iter().map(|slug| (*slug).to_owned()).collect();
        if !list.starts_with("actions") {
            found.sort();
            expected.sort();
        }
        assert_eq!(found, expected, "{list}");
    }
    let members =
        "regions(filter: { kinds: [COUNTRY], within: { slugs: [\"union-europeenne\"] } })";
    assert_eq!(count(&registry, members), 27);
    let of_quebec =
        "regions(filter: { kinds: [ADMINISTRATIVE_REGION], within: { slugs: [\"quebec\"] } })";
    assert_eq!(count(&registry, of_quebec), 17);
}

#[test]
fn lists_come_in_the_order_that_is_asked() {
    let registry = Registry::shipped();
    let first = |list: &str, expected: &[&str]| {
        let found = slugs(&registry, list);
        assert_eq!(found[..expected.len()], *expected, "{list}");
    };
    let undated = [
        "entente-specifique-immigration-baie-james",
        "entente-umq-mifi-2022",
    ];
    let oldest = [
        "declaration-lima-2008",
        "rencontre-alternee-quebec-france-2008",
    ];
    first("agreements(orderBy: { field: DATE })", &oldest);
    first(
        "agreements(orderBy: [{ field: DATE, direction: ASC }], first: 2)",
        &oldest,
    );
    first("agreements(orderBy: { field: DATE }, last: 2)", &undated);
    first(
        "agreements(orderBy: { field: DATE, direction: DESC }, last: 2)",
        &undated,
    );
    first(
        "agreements(orderBy: [])",
        &["plan-action-regionalisation-2022", "entente-arbj-midi-2013"],
    );
    first(
        "agreements(orderBy: { field: TITLE })",
        &["communique-migration-riviera-maya-2010"],
    );
    first(
        "parties(orderBy: { field: NAME, direction: DESC })",
        &["union-europeenne", "umq"],
    );
    first("parties", &["arbj", "banq"]);
    first(
        "programs(orderBy: { field: NAME })",
        &["programme-accompagnement-soutien-integration"],
    );
    first(
        "regions(orderBy: { field: POPULATION, direction: DESC })",
        &["mun-66023-montreal", "mun-23027-quebec", "mun-65005-laval"],
    );
    first(
        "regions(orderBy: { field: POPULATION })",
        &["mun-66092-l-ile-dorval"],
    );
    first(
        "documents(orderBy: { field: DATE })",
        &["communique-plan-action-regionalisation-2022"],
    );
    first(
        "actions(orderBy: { field: DATE })",
        &["sommet-lima-2008", "rencontre-ministres-paris-2009"],
    );
    // All have the same time of change: the next field decides, then the slug.
    let twice = "[{ field: UPDATED_AT }, { field: DATE, direction: DESC }, { field: DATE }]";
    assert_eq!(
        slugs(&registry, &format!("agreements(orderBy: {twice})")),
        slugs(&registry, "agreements")
    );
}

#[test]
fn empty_lists_keep_nothing_and_nulls_are_left_out() {
    let registry = Registry::shipped();
    let all = count(&registry, "agreements");
    for (filter, kept) in [
        ("{}", all),
        ("null", all),
        (
            "{ kinds: null, date: null, and: null, or: null, not: null }",
            all,
        ),
        ("{ and: [] }", all),
        ("{ or: [] }", 0),
        ("{ not: {} }", 0),
        ("{ not: { or: [] } }", all),
        ("{ kinds: [] }", 0),
        ("{ not: { kinds: [] } }", all),
        ("{ slugs: [] }", 0),
        ("{ themes: [] }", 0),
        ("{ programs: [] }", 0),
        ("{ sourceIdentifiers: [] }", 0),
        ("{ party: { slugs: [] } }", 0),
        ("{ party: { slugs: [\"mifi\"], roles: [] } }", 0),
        (
            "{ party: { slugs: [\"mifi\"], roles: null, includeLineage: null } }",
            2,
        ),
        ("{ region: { slugs: [] } }", 0),
        (
            "{ region: { slugs: [\"qc-10-nord-du-quebec\"], includeDescendants: null } }",
            2,
        ),
        ("{ date: { from: null, until: null } }", 7),
        ("{ slugs: \"entente-umq-mifi-2022\" }", 1),
        ("{ and: { kinds: MEETING } }", 2),
        (
            "{ slugs: [\"\", \"É\", \"%\", \"_\", \"' OR true --\"] }",
            0,
        ),
    ] {
        assert_eq!(
            count(&registry, &format!("agreements(filter: {filter})")),
            kept,
            "{filter}"
        );
    }
    let nested = registry.ask(
        r#"{ party(slug: "mifi") { a: agreements(roles: []) { totalCount } b: agreements(roles: null, includeLineage: null) { totalCount }
             c: actions(roles: [], includeLineage: true) { totalCount } } }"#,
    );
    let counts = ["a", "b", "c"].map(|list| nested["party"][list]["totalCount"].clone());
    assert_eq!(counts, [0, 2, 0]);
}

#[test]
fn days_and_moments_have_no_edges_that_fail() {
    let registry = Registry::shipped();
    let refused = |filter: &str, argument: &str| {
        let refusal = registry.refusal(
            &format!("{{ agreements(filter: {{ {filter} }}) {{ totalCount }} }}"),
            &json!({}),
        );
        assert_eq!(
            (refusal.code, refusal.argument.as_deref()),
            (Code::BadUserInput, Some(argument)),
            "{filter}"
        );
    };
    for (day, after) in [
        ("-4712-01-01", Some(7)),
        ("-0044-03-15", Some(7)),
        ("0000-02-29", Some(7)),
        ("2022-05-09", Some(1)),
        ("2022-05-10", Some(0)),
        ("9999-12-31", Some(0)),
        ("+10000-01-01", Some(0)),
        ("+5874897-12-31", Some(0)),
        ("10000-01-01", None),
        ("+5874898-01-01", None),
        ("-4713-12-31", None),
        ("+2022-05-09", None),
        ("-0000-01-01", None),
        ("2022-5-9", None),
        ("2022-05", None),
        ("2023-02-29", None),
        ("2022-05-09T00:00:00Z", None),
        ("infinity", None),
        ("", None),
    ] {
        match after {
            Some(after) => {
                let found = count(
                    &registry,
                    &format!("agreements(filter: {{ date: {{ from: \"{day}\" }} }})"),
                );
                assert_eq!(found, after, "from {day}");
                let before = format!(
                    "agreements(filter: {{ not: {{ date: {{ from: \"{day}\" }} }}, date: {{}} }})"
                );
                assert_eq!(count(&registry, &before), 7 - after, "not from {day}");
            }
            None => refused(
                &format!("date: {{ until: \"{day}\" }}"),
                "filter.date.until",
            ),
        }
    }
    for (moment, found) in [
        ("0001-01-01T00:00:00Z", Some(9)),
        ("2000-01-01T00:00:00+23:59", Some(9)),
        ("2000-01-01t00:00:00.123456789z", Some(9)),
        ("9999-12-31T23:59:59.999999Z", Some(0)),
        ("9999-12-31T23:59:60Z", None),
        ("0000-12-31T23:59:59Z", None),
        ("0001-01-01T00:00:00+00:01", None),
        ("2026-11-22", None),
        ("2026-11-22T03:00:00", None),
        ("2026-11-22T25:00:00Z", None),
        ("now", None),
    ] {
        match found {
            Some(found) => {
                let list = format!("agreements(filter: {{ updatedSince: \"{moment}\" }})");
                assert_eq!(count(&registry, &list), found, "{moment}");
            }
            None => refused(
                &format!("updatedSince: \"{moment}\""),
                "filter.updatedSince",
            ),
        }
    }
}

#[test]
fn what_changed_since_a_moment_is_found_to_the_microsecond() {
    let registry = Registry::shipped();
    let found = registry.ask("{ agreements(first: 1) { nodes { updatedAt } } }");
    let moment = found["agreements"]["nodes"][0]["updatedAt"]
        .as_str()
        .expect("an instant")
        .to_owned();
    let since = |moment: &str| {
        count(
            &registry,
            &format!("agreements(filter: {{ updatedSince: \"{moment}\" }})"),
        )
    };
    assert_eq!(since(&moment), 9, "at this instant or after it");
    let later = entente::values::Instant::from_rfc_3339(&moment)
        .expect("the API writes instants")
        .0
        + 1;
    assert_eq!(since(&entente::values::Instant(later).to_string()), 0);
}

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
        Registry::over(generate::filled(&sizes)).statements(query)
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
    // Regions and their number; agreements, their number and two counts; parties; their agreements, number and count;
    // the sums.
    assert_eq!(statements.len(), 2 + 4 + 1 + 3 + 1);
}
