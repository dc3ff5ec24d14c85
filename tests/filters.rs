//! Filters and orders as a user meets them, over the registry that is shipped.

mod support;

use entente::graphql::Code;
use entente::values::Instant;
use serde_json::json;
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

/// Checks the slugs of lists, in their order.
#[track_caller]
fn keep(registry: &Registry, cases: &[(&str, &[&str])]) {
    for (list, expected) in cases {
        assert_eq!(slugs(registry, list), *expected, "{list}");
    }
}

#[test]
fn every_filter_of_parties_programmes_and_documents_keeps_what_it_says() {
    keep(
        &Registry::shipped(),
        &[
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
        ],
    );
}

#[test]
fn every_filter_of_regions_keeps_what_it_says() {
    let registry = Registry::shipped();
    keep(
        &registry,
        &[
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
        ],
    );
    let members =
        "regions(filter: { kinds: [COUNTRY], within: { slugs: [\"union-europeenne\"] } })";
    assert_eq!(count(&registry, members), 27);
    let of_quebec =
        "regions(filter: { kinds: [ADMINISTRATIVE_REGION], within: { slugs: [\"quebec\"] } })";
    assert_eq!(count(&registry, of_quebec), 17);
}

#[test]
fn every_filter_of_actions_keeps_what_it_says() {
    keep(
        &Registry::shipped(),
        &[
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
        ],
    );
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
    let later = Instant::from_rfc_3339(&moment)
        .expect("the API writes instants")
        .0
        + 1;
    assert_eq!(since(&Instant(later).to_string()), 0);
}
