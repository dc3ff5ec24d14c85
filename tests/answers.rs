//! What the registry answers on the five documents.

mod support;

use std::fmt::Write;

use entente::model::{Model, Read, Role, Type};
use entente::read::Limits;
use entente::registry::model;
use serde_json::json;
use support::TestDb;
use support::graphql::Registry;

/// The queries that GraphiQL offers at a first visit.
const EXAMPLES: &[(&str, &str)] = &[
    (
        "baie-james-2013",
        include_str!("../web/graphiql/examples/baie-james-2013.graphql"),
    ),
    (
        "umq-2022",
        include_str!("../web/graphiql/examples/umq-2022.graphql"),
    ),
    (
        "ministere",
        include_str!("../web/graphiql/examples/ministere.graphql"),
    ),
    (
        "european-union",
        include_str!("../web/graphiql/examples/european-union.graphql"),
    ),
    (
        "riviera-maya-2010",
        include_str!("../web/graphiql/examples/riviera-maya-2010.graphql"),
    ),
    (
        "action-plan-2022",
        include_str!("../web/graphiql/examples/action-plan-2022.graphql"),
    ),
    (
        "search-page",
        include_str!("../web/graphiql/examples/search-page.graphql"),
    ),
    (
        "region-page",
        include_str!("../web/graphiql/examples/region-page.graphql"),
    ),
    (
        "party-page",
        include_str!("../web/graphiql/examples/party-page.graphql"),
    ),
    (
        "funding-page",
        include_str!("../web/graphiql/examples/funding-page.graphql"),
    ),
    (
        "programmes",
        include_str!("../web/graphiql/examples/programmes.graphql"),
    ),
    (
        "paged-list",
        include_str!("../web/graphiql/examples/paged-list.graphql"),
    ),
];

#[test]
fn the_examples_are_answered() {
    let registry = Registry::shipped();
    for (name, query) in EXAMPLES {
        let answer = registry.ask(query);
        let roots = answer.as_object().expect("data is an object");
        assert!(
            roots.values().all(|root| !root.is_null()),
            "{name} finds nothing: {answer}"
        );
    }
}

#[test]
fn a_page_of_a_site_is_one_query() {
    let registry = Registry::shipped();
    for page in ["search-page", "region-page", "party-page", "funding-page"] {
        let (_, query) = EXAMPLES
            .iter()
            .find(|(name, _)| *name == page)
            .expect("it is an example");
        let answer = registry.ask_with(query, &json!({}), Some("fr"));
        insta::assert_json_snapshot!(page, answer);
    }
}

/// Everything that a page on an agreement shows, but for what changes from one registry to the next (ids, times).
const WHOLE_AGREEMENT: &str = r"query Whole($slug: String!) {
  agreement(slug: $slug) {
    slug kind title(language: FR) english: title(language: EN) summary(language: EN) languages status originalLanguage
    statusHistory { status on { ...Date } note citations { ...Passage } }
    signedOn { ...Date } adoptedOn { ...Date } announcedOn { ...Date } startsOn { ...Date } endsOn { ...Date } durationMonths place
    themes { slug name(language: EN) }
    provisions { kind position text outcome outcomeNote parties { slug } themes { slug } actions { nodes { slug } } citations { ...Passage } }
    signatures { capacity person statement offices onBehalfOf { slug } on { ...Date } place citations { ...Passage } }
    contributions { kind stage qualifier money { amount currency } funder { slug } recipient { slug } program { slug } period { ...Date } durationMonths note citations { ...Passage } }
    contributed { money { amount currency } approximate count }
    parties { edges { roles namedAs signedOn { ...Date } node { slug name kind } citations { ...Passage } } }
    programs { nodes { slug name } }
    regions { nodes { slug name ancestors { name } } }
    actions { nodes { slug title status kind period { ...Date } occurrences { ...Date } place outcome partOf { slug } parties { edges { roles namedAs node { slug } } } } }
    relations { kind realized note record { __typename slug label } citations { ...Passage } }
    documents { nodes { slug title language publishedOn { ...Date } publisher { slug } } }
    citations { document { slug } exact }
  }
}
fragment Date on ApproximateDate { edtf earliest latest asWritten label(language: FR) }
fragment Passage on Citation { exact document { slug } }";

#[test]
fn the_five_agreements_are_answered_as_their_documents_have_them() {
    let registry = Registry::shipped();
    for slug in [
        "declaration-quebec-france-2009",
        "entente-umq-mifi-2022",
        "plan-action-regionalisation-2022",
        "entente-arbj-midi-2013",
        "communique-migration-riviera-maya-2010",
    ] {
        let answer = registry.ask_with(WHOLE_AGREEMENT, &json!({ "slug": slug }), Some("fr"));
        insta::assert_json_snapshot!(slug, answer["agreement"]);
    }
}

#[test]
fn every_declared_field_can_be_asked_for() {
    // All at once is more than a page of anybody's.
    let limits = Limits {
        cost: u64::MAX,
        ..Limits::default()
    };
    let registry = Registry::within(limits, TestDb::with_registry());
    let model = model();
    for (ty, record) in model.records().filter(|(_, record)| record.logged) {
        let mut query = String::new();
        let part = everything(model, ty, 2);
        write!(
            query,
            "{{ {}(first: 100) {{ totalCount nodes {{ {part} }} edges {{ cursor node {{ id }} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}",
            record.many
        )
        .expect("strings take text");
        let answer = registry.ask(&query);
        let nodes = answer[record.many]["nodes"]
            .as_array()
            .expect("nodes are a list");
        assert!(!nodes.is_empty(), "the registry has no {}", record.many);
    }
}

/// A selection of all fields of a type, down to a depth.
fn everything(model: &Model, ty: &Type, depth: usize) -> String {
    let mut selection = String::from("__typename");
    for field in &ty.fields {
        let inner = |target: &str| match model.types.get(target) {
            Some(target) if depth > 0 => everything(model, target, depth - 1),
            _ => "__typename".to_owned(),
        };
        let part = match &field.read {
            // Of roots and of edges of roots: asked for elsewhere.
            None
            | Some(
                Read::Node
                | Read::Nodes
                | Read::BySlug(_)
                | Read::Groups { .. }
                | Read::Highlights { .. },
            ) => {
                continue;
            }
            Some(
                Read::Column { .. }
                | Read::Localized { .. }
                | Read::Custom { .. }
                | Read::Rendered { .. },
            ) => String::new(),
            Some(Read::Value { target, .. } | Read::One { target, .. }) => {
                format!("{{ {} }}", inner(target))
            }
            Some(Read::AnyRecord { .. }) => {
                "{ __typename id slug label ... on Agreement { kind } ... on Party { name } }"
                    .to_owned()
            }
            Some(Read::List(link)) => format!("{{ {} }}", inner(link.target)),
            Some(Read::Connection { link, edge, .. }) => {
                let own = edge.as_ref().map_or(String::new(), |edge| {
                    let part = model.get(edge.part);
                    assert!(matches!(part.role, Role::Edge));
                    let fields = part
                        .fields
                        .iter()
                        .filter(|field| edge.fields.contains(&field.name));
                    fields.fold(String::new(), |own, field| {
                        let inner = match &field.read {
                            Some(Read::Value { .. }) => "{ edtf label }",
                            Some(Read::List(_)) => "{ id exact }",
                            _ => "",
                        };
                        format!("{own} {}{inner}", field.name)
                    })
                });
                format!(
                    "(first: 2) {{ totalCount nodes {{ {} }} edges {{ cursor node {{ slugOrId: __typename }} {own} }} pageInfo {{ hasNextPage }} }}",
                    inner(link.target)
                )
            }
        };
        write!(selection, " {}{part}", field.name).expect("strings take text");
    }
    selection
}

#[test]
fn nodes_come_in_the_order_asked_with_null_for_what_is_not_there() {
    let registry = Registry::shipped();
    let found = registry.ask(
        r#"{ agreement(slug: "entente-arbj-midi-2013") { id themes { id } provisions { id } contributions { id citations { id } } } party(slug: "arbj") { id } }"#,
    );
    let agreement = &found["agreement"];
    let ids = [
        &found["party"]["id"],
        &agreement["contributions"][0]["citations"][0]["id"],
        &agreement["id"],
        &agreement["themes"][0]["id"],
        &agreement["provisions"][0]["id"],
        &agreement["contributions"][0]["id"],
    ];
    assert!(ids.iter().all(|id| id.is_string()), "{found}");
    let mut asked: Vec<_> = ids.into_iter().cloned().collect();
    asked.extend([
        json!("nonsense"),
        json!("UGFydHk6OTk5OTk5OTk"),
        json!("TW9uZXk6MQ"),
        asked[0].clone(),
    ]);
    let query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Record { slug label } ... on Party { kind } } }";
    let nodes = registry.ask_with(query, &json!({ "ids": asked }), None)["nodes"].take();
    let types: Vec<_> = nodes
        .as_array()
        .expect("a list")
        .iter()
        .map(|node| node["__typename"].as_str())
        .collect();
    let expected = [
        Some("Party"),
        Some("Citation"),
        Some("Agreement"),
        Some("Theme"),
        Some("Provision"),
        Some("Contribution"),
        None,
        None,
        None,
        Some("Party"),
    ];
    assert_eq!(types, expected);
    for (node, id) in nodes
        .as_array()
        .expect("a list")
        .iter()
        .zip(&asked)
        .filter(|(node, _)| !node.is_null())
    {
        assert_eq!(&node["id"], id);
        let again = registry.ask_with(
            "query($id: ID!) { node(id: $id) { id __typename } }",
            &json!({ "id": id }),
            None,
        );
        assert_eq!(&again["node"]["id"], id);
    }
    assert_eq!(nodes[0]["kind"], "REGIONAL_BODY");
    assert_eq!(nodes[2]["slug"], "entente-arbj-midi-2013");
    assert!(
        registry.ask(r#"{ node(id: "nonsense") { id } party(slug: "nobody") { id } }"#)["node"]
            .is_null()
    );
}

#[test]
fn fragments_aliases_directives_and_variables() {
    let registry = Registry::shipped();
    let query = r#"query Q($with: Boolean!, $without: Boolean = true, $slug: String = "arbj") {
        a: party(slug: $slug) { ...Named kind @skip(if: $without) }
        b: party(slug: "umq") { ...Named ... @include(if: $with) { website slug } ... on Record { label } ... on Node { id @include(if: false) } }
        __typename
        none: party(slug: "umq") @skip(if: true) { id }
        c: node(id: "x") { id }
      }
      fragment Named on Party { slug ...Called }
      fragment Called on Party { n: name(language: FR) other: name(language: EN) __typename }"#;
    let answer = registry.ask_with(query, &json!({ "with": false }), None);
    assert_eq!(
        answer.to_string(),
        r#"{"a":{"slug":"arbj","n":"Administration régionale Baie-James","other":"James Bay Regional Administration","__typename":"Party"},"b":{"slug":"umq","n":"Union des municipalités du Québec","other":"Union of Québec Municipalities","__typename":"Party","label":"Union des municipalités du Québec"},"__typename":"Query","c":null}"#
    );
    assert_eq!(
        registry.ask_with(query, &json!({ "with": true, "without": false }), None)["a"]["kind"],
        "REGIONAL_BODY"
    );
}

#[test]
fn the_language_is_the_arguments_or_the_requests_or_the_original() {
    let registry = Registry::shipped();
    let query = r#"{ region(slug: "quebec") { name es: name(language: ES) fr: name(language: FR) label } }"#;
    let name = |accept: Option<&str>| registry.ask_with(query, &json!({}), accept)["region"].take();
    assert_eq!(
        name(None),
        json!({ "name": "Québec", "es": "Québec", "fr": "Québec", "label": "Québec" })
    );
    assert_eq!(name(Some("en-GB, fr;q=0.5"))["name"], "Quebec");
    assert_eq!(name(Some("en-GB, fr;q=0.5"))["fr"], "Québec");
    assert_eq!(name(Some("de, fr;q=0.5"))["name"], "Québec");
    // Names sort as the language does: É next to E, not behind Z.
    let query = r#"{ region(slug: "m49-005-amerique-du-sud") { children(first: 100) { nodes { name } } } }"#;
    let answer = registry.ask_with(query, &json!({}), Some("fr"));
    let nodes = answer["region"]["children"]["nodes"]
        .as_array()
        .expect("a list");
    let names: Vec<_> = nodes
        .iter()
        .filter_map(|node| node["name"].as_str())
        .collect();
    let ecuador = names
        .iter()
        .position(|name| *name == "Équateur")
        .expect("Ecuador lies in South America");
    assert_eq!(
        (names[ecuador - 1], names[ecuador + 1]),
        ("Colombie", "Géorgie du Sud-et-les Îles Sandwich du Sud"),
        "{names:?}"
    );
}

#[test]
fn what_is_linked_to_france_is_found_under_the_union() {
    let registry = Registry::shipped();
    let query = |slug: &str, within: bool| {
        let query = format!(
            r#"{{ region(slug: "{slug}") {{ agreements(includeDescendants: {within}) {{ nodes {{ slug }} }} }} }}"#
        );
        registry.ask(&query)["region"]["agreements"]["nodes"].to_string()
    };
    for region in ["union-europeenne", "monde", "fr-france"] {
        assert!(
            query(region, true).contains("declaration-quebec-france-2009"),
            "{region}"
        );
    }
    assert!(!query("union-europeenne", false).contains("declaration-quebec-france-2009"));
    assert!(!query("amerique-latine-et-caraibes", true).contains("declaration-quebec-france-2009"));
    // A group lies where all of its members lie.
    for region in ["monde", "m49-019-ameriques", "amerique-latine-et-caraibes"] {
        assert!(
            query(region, true).contains("communique-migration-riviera-maya-2010"),
            "{region}"
        );
    }
    assert!(!query("m49-150-europe", true).contains("communique-migration-riviera-maya-2010"));
    let ancestors =
        registry.ask(r#"{ region(slug: "baie-james") { ancestors { slug } parent { slug } } }"#);
    let slugs: Vec<_> = ancestors["region"]["ancestors"]
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|region| region["slug"].as_str())
        .collect();
    assert_eq!(
        slugs,
        [
            "monde",
            "m49-019-ameriques",
            "m49-021-amerique-septentrionale",
            "ca-canada",
            "quebec",
            "qc-10-nord-du-quebec"
        ]
    );
}

#[test]
fn translations_come_field_by_field_in_the_order_of_the_declaration() {
    let registry = Registry::shipped();
    let answer = registry.ask(r#"{ party(slug: "union-europeenne") { names: translations(field: "names") { field language } name: translations(field: "name") { language text } } }"#);
    let party = &answer["party"];
    let names = party["names"].as_array().expect("a list").iter();
    let names: Vec<_> = names
        .map(|text| {
            format!(
                "{} {}",
                text["field"]
                    .as_str()
                    .and_then(|field| field.rsplit('.').next())
                    .unwrap_or_default(),
                text["language"]
            )
        })
        .collect();
    assert!(
        names.starts_with(&["name \"FR\"".to_owned(), "name \"EN\"".to_owned()]),
        "{names:?}"
    );
    assert!(
        names.is_sorted_by_key(|name| !name.starts_with("name")),
        "{names:?}"
    );
    assert_eq!(party["name"][0]["text"], "Union européenne");
}

#[test]
fn relations_are_seen_from_both_ends() {
    let registry = Registry::shipped();
    let relations = |slug: &str, kind: &str| {
        let query = format!(
            r#"{{ agreement(slug: "{slug}") {{ relations(kinds: [{kind}]) {{ realized record {{ slug }} }} }} }}"#
        );
        registry.ask(&query)["agreement"]["relations"].to_string()
    };
    let wish = relations("entente-arbj-midi-2013", "PREPARES");
    assert!(
        wish.contains("entente-specifique-immigration-baie-james")
            && wish.contains("\"realized\":false"),
        "{wish}"
    );
    let back = relations("entente-specifique-immigration-baie-james", "PREPARED_BY");
    assert!(
        back.contains("entente-arbj-midi-2013") && back.contains("\"realized\":false"),
        "{back}"
    );
}
