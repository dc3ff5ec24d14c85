//! Search, as people use it.

mod support;

use entente::graphql::Code;
use serde_json::{Value, json};
use support::TestDb;
use support::generate;
use support::graphql::Registry;

/// The slugs that a search text finds, best first.
#[track_caller]
fn found(registry: &Registry, text: &str) -> Vec<String> {
    let query = "query($text: String!) { search(text: $text, first: 100) { nodes { slug } } }";
    let answer = registry.ask_with(query, &json!({ "text": text }), None);
    slugs(&answer["search"])
}

fn slugs(connection: &Value) -> Vec<String> {
    let nodes = connection["nodes"].as_array().expect("nodes are a list");
    nodes
        .iter()
        .map(|node| node["slug"].as_str().expect("a slug").to_owned())
        .collect()
}

/// A registry of regions, each a slug and its texts by language.
fn regions(names: &[(&str, &[(&str, &str)])]) -> Registry {
    let db = TestDb::new();
    import(&db, names);
    Registry::over(db)
}

fn import(db: &TestDb, names: &[(&str, &[(&str, &str)])]) {
    let folder = tempfile::tempdir().expect("a folder can be had");
    let lines: Vec<String> = names
        .iter()
        .map(|(slug, texts)| {
            let name: Vec<Value> = texts
                .iter()
                .map(|(language, text)| json!({ "language": language, "text": text }))
                .collect();
            json!({ "region": { "slug": slug, "originalLanguage": texts[0].0, "kind": "COUNTRY", "name": name } })
                .to_string()
        })
        .collect();
    std::fs::write(folder.path().join("regions.jsonl"), lines.join("\n"))
        .expect("the file can be written");
    generate::import(db, folder.path());
}

const PLAN: &str = "plan-action-regionalisation-2022";

#[test]
fn accents_case_and_spelling_do_not_matter() {
    let registry = Registry::shipped();
    let whole = found(&registry, "regionalisation");
    assert!(whole.contains(&PLAN.to_owned()), "{whole:?}");
    for text in [
        "régionalisation",
        "REGIONALISATION",
        "régionalizasion",
        "Régionalisasion ",
        "re\u{301}gionalisation",
    ] {
        assert_eq!(found(&registry, text), whole, "{text}");
    }
    let listed =
        registry.ask("{ agreements(filter: { text: \"régionalizasion\" }) { nodes { slug } } }");
    assert_eq!(slugs(&listed["agreements"])[0], PLAN);
}

#[test]
fn other_forms_of_a_word_match_in_its_language() {
    let registry = Registry::shipped();
    assert_eq!(
        found(&registry, "municipalités "),
        found(&registry, "municipalité ")
    );
    assert!(found(&registry, "municipalités").contains(&"umq".to_owned()));
    let registry = regions(&[
        ("fr", &[("FR", "Les régions du Nord, réalisées")]),
        ("en", &[("EN", "Northern settlements")]),
        ("es", &[("ES", "Las migraciones")]),
        ("pt", &[("PT", "Trabalhadores das migrações")]),
    ]);
    assert_eq!(found(&registry, "réalisé "), ["fr"]);
    assert_eq!(found(&registry, "trabalhador "), ["pt"]);
    assert_eq!(found(&registry, "région "), ["fr"]);
    assert_eq!(found(&registry, "settlement "), ["en"]);
    assert_eq!(found(&registry, "migración "), ["es"]);
    assert_eq!(found(&registry, "migraç"), ["es", "pt"], "as it is typed");
}

#[test]
fn every_word_must_match_phrases_to_the_letter_and_what_is_excluded_not() {
    let registry = regions(&[
        ("a", &[("FR", "Accord régional du Nord")]),
        ("b", &[("FR", "Accords régionaux du Sud")]),
        ("c", &[("FR", "Régional, un accord")]),
    ]);
    assert_eq!(found(&registry, "accord régional "), ["c", "a", "b"]);
    assert_eq!(found(&registry, "accord nord"), ["a"]);
    assert!(found(&registry, "accord est ").is_empty());
    assert_eq!(found(&registry, "\"accord regional\""), ["a"]);
    assert_eq!(found(&registry, "\"ACCORDS Régionaux\""), ["b"]);
    assert!(found(&registry, "\"accord du nord\"").is_empty());
    assert_eq!(found(&registry, "accord -sud"), ["c", "a"]);
    assert_eq!(found(&registry, "accord -\"accord régional\""), ["c", "b"]);
    assert_eq!(found(&registry, "-nord"), ["b", "c"]);
    assert_eq!(found(&registry, "-accord"), Vec::<String>::new());
}

#[test]
fn the_last_word_may_still_be_being_typed() {
    let registry = regions(&[
        ("a", &[("FR", "Immigration")]),
        ("b", &[("FR", "Immensité")]),
    ]);
    assert_eq!(found(&registry, "imm"), ["a", "b"]);
    assert_eq!(found(&registry, "immi"), ["a"]);
    assert!(found(&registry, "imm ").is_empty());
    assert!(found(&registry, "imm immigration").is_empty());
    assert!(found(&registry, "\"imm").is_empty());
}

#[test]
fn signs_mean_nothing() {
    let registry = regions(&[
        ("a", &[("FR", "Plan 100 % « d’action » (a_b) 2009-2010")]),
        ("b", &[("FR", "Rien")]),
    ]);
    for text in [
        "plan & action",
        "plan | action",
        "plan:* !action",
        "plan <-> action",
        "(plan)",
        "plan%",
        "pl'action",
        "plan\\",
        "100%",
        "2009-2010",
        "a_b",
        "l'an 2009",
        "+plan",
        "~plan",
        "plan;",
        "'plan'",
        "plan*",
        "plan:A",
        "<plan>",
        "{plan}",
        "@plan #action",
        "plan/action",
    ] {
        let with_all_words = !text.contains("pl'") && !text.contains("l'an");
        let expected: &[&str] = if with_all_words { &["a"] } else { &[] };
        assert_eq!(found(&registry, text), expected, "{text}");
    }
    for text in [
        "", " ", "%", "_", ":*", "&|!", "\"", "-", "\"\"", "' OR 1=1", "…", "🎈",
    ] {
        assert!(found(&registry, text).is_empty(), "{text:?}");
    }
}

#[test]
fn letters_that_look_like_signs_are_letters() {
    let registry = regions(&[("a", &[("FR", "Oʼzbekiston ŉ ½ʼn")])]);
    assert_eq!(found(&registry, "oʼzbekiston "), ["a"]);
    assert_eq!(found(&registry, "½ʼn ŉ"), ["a"]);
    assert!(found(&registry, "ʼ ").is_empty());
}

#[test]
fn a_misspelt_word_finds_what_it_is_most_like_and_only_where_it_is_misspelt() {
    let registry = regions(&[
        ("a", &[("FR", "Francisation")]),
        ("b", &[("FR", "Franchise")]),
        ("c", &[("FR", "Fin")]),
    ]);
    assert_eq!(found(&registry, "francizasion "), ["a"]);
    assert_eq!(found(&registry, "fransisation"), ["a"]);
    assert_eq!(found(&registry, "franchise "), ["b"]);
    assert!(found(&registry, "\"francizasion\"").is_empty());
    assert!(found(&registry, "fim ").is_empty(), "too short to tell");
    assert!(found(&registry, "xylophone").is_empty());
    assert_eq!(found(&registry, "-francizasion").len(), 3, "none has it");
}

#[test]
fn names_and_titles_come_before_texts_and_short_ones_first() {
    let registry = Registry::shipped();
    let answer = registry.ask("{ search(text: \"immigration\", first: 100) { totalCount edges { score node { label originalLanguage translations { field text } } } } }");
    let edges = answer["search"]["edges"].as_array().expect("a list");
    assert!(edges.len() > 10);
    let scores: Vec<f64> = edges
        .iter()
        .map(|edge| edge["score"].as_f64().expect("a number"))
        .collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    assert!(scores[0] > 1.0 && scores[scores.len() - 1] < 1.0);
    for (edge, score) in edges.iter().zip(&scores) {
        let named = edge["node"]["translations"].as_array().expect("a list");
        let named = named.iter().any(|text| {
            let field = text["field"].as_str().unwrap_or_default();
            let text = text["text"].as_str().unwrap_or_default().to_lowercase();
            ["title", "name", "acronym"].contains(&field) && text.contains("immigra")
        });
        assert_eq!(named, *score >= 1.0, "{edge}");
    }
    let registry = regions(&[
        ("a", &[("FR", "La ville de Montréal et sa grande région")]),
        ("z", &[("FR", "Montréal")]),
    ]);
    assert_eq!(found(&registry, "montreal"), ["z", "a"]);
}

#[test]
fn types_are_those_that_are_asked_for() {
    let registry = Registry::shipped();
    let query = "query($types: [RecordType!]) { search(text: \"immigration\", types: $types, first: 100) { totalCount nodes { __typename slug } } }";
    let of = |types: Value| {
        let answer = registry.ask_with(query, &json!({ "types": types }), None);
        let names: Vec<String> = answer["search"]["nodes"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|node| node["__typename"].as_str().expect("a name").to_owned())
            .collect();
        assert_eq!(answer["search"]["totalCount"], names.len());
        names
    };
    let all = of(Value::Null);
    for (tag, name) in [
        ("PARTY", "Party"),
        ("AGREEMENT", "Agreement"),
        ("PROGRAM", "Program"),
        ("REGION", "Region"),
        ("ACTION", "Action"),
        ("DOCUMENT", "Document"),
    ] {
        let expected = all.iter().filter(|found| *found == name).count();
        let found = of(json!([tag]));
        assert_eq!(found.len(), expected, "{tag}");
        assert!(found.iter().all(|found| found == name));
    }
    assert!(of(json!([])).is_empty());
    assert_eq!(
        of(json!(["PARTY", "DOCUMENT"])).len(),
        of(json!(["PARTY"])).len() + of(json!(["DOCUMENT"])).len()
    );
}

#[test]
fn pages_put_together_are_the_list_in_both_directions() {
    let registry = Registry::shipped();
    let expected = found(&registry, "québec");
    assert!(expected.len() > 20, "{}", expected.len());
    for size in [1, 7, 100] {
        for backward in [false, true] {
            let (count, place) = if backward {
                ("last", "before")
            } else {
                ("first", "after")
            };
            let query = format!(
                "query($cursor: String) {{ search(text: \"québec\", {count}: {size}, {place}: $cursor) {{ totalCount nodes {{ slug }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
            );
            let mut all: Vec<String> = Vec::new();
            let mut cursor = Value::Null;
            loop {
                let page =
                    registry.ask_with(&query, &json!({ "cursor": cursor }), None)["search"].take();
                assert_eq!(page["totalCount"], expected.len());
                let (more, next) = if backward {
                    ("hasPreviousPage", "startCursor")
                } else {
                    ("hasNextPage", "endCursor")
                };
                if backward {
                    all.splice(0..0, slugs(&page));
                } else {
                    all.extend(slugs(&page));
                }
                if page["pageInfo"][more] == false {
                    break;
                }
                cursor = page["pageInfo"][next].clone();
            }
            assert_eq!(all, expected, "by {size}, backward: {backward}");
        }
    }
    let cursor = registry.ask("{ search(text: \"québec\", first: 1) { pageInfo { endCursor } } }");
    let cursor = &cursor["search"]["pageInfo"]["endCursor"];
    let other =
        "query($after: String) { search(text: \"immigration\", after: $after) { nodes { slug } } }";
    assert_eq!(
        registry.refusal(other, &json!({ "after": cursor })).code,
        Code::BadUserInput,
        "the cursor is of another search"
    );
}

const HIGHLIGHTS: &str = "query($text: String!) { search(text: $text, first: 20) { edges { \
    node { slug ... on Document { text } translations { field language text } } highlights { f: field __typename fragments { __typename text m: matched } } } } }";

#[test]
fn a_cursor_is_of_one_search_text() {
    let registry = Registry::shipped();
    let page = |query: &str| registry.ask(query);
    let first = page(r#"{ search(text: "immigration", first: 1) { pageInfo { endCursor } } }"#);
    let cursor = &first["search"]["pageInfo"]["endCursor"];
    let next = |text: &str| {
        format!(r#"{{ search(text: "{text}", first: 1, after: {cursor}) {{ totalCount }} }}"#)
    };
    page(&next("immigration"));
    let refusal = registry.refusal(&next("intégration"), &json!({}));
    assert_eq!(refusal.code, entente::graphql::Code::BadUserInput);
    let ranked = page(
        r#"{ agreements(filter: { text: "immigration" }, first: 1) { pageInfo { endCursor } } }"#,
    );
    let cursor = &ranked["agreements"]["pageInfo"]["endCursor"];
    let next = |text: &str| {
        format!(
            r#"{{ agreements(filter: {{ text: "{text}" }}, first: 1, after: {cursor}) {{ totalCount }} }}"#
        )
    };
    page(&next("immigration"));
    registry.refusal(&next("intégration"), &json!({}));
}

#[test]
fn highlights_are_stretches_of_the_texts() {
    let registry = Registry::shipped();
    let mut shown = 0;
    for text in [
        "immigration",
        "régionalizasion",
        "\"plan d’action\"",
        "municipalité région -plan",
        "mun",
        "Jean Boulet",
    ] {
        let answer = registry.ask_with(HIGHLIGHTS, &json!({ "text": text }), Some("en"));
        for edge in answer["search"]["edges"].as_array().expect("a list") {
            let highlights = edge["highlights"].as_array().expect("a list");
            assert!((1..=3).contains(&highlights.len()), "{text}: {edge}");
            for highlight in highlights {
                assert_eq!(highlight["__typename"], "Highlight");
                let fragments = highlight["fragments"].as_array().expect("a list");
                let pieces: Vec<&str> = fragments
                    .iter()
                    .map(|piece| piece["text"].as_str().expect("a text"))
                    .collect();
                assert!(pieces.iter().all(|piece| !piece.is_empty()));
                assert!(fragments.iter().any(|piece| piece["m"] == true));
                assert_eq!(fragments[0]["__typename"], "HighlightFragment");
                let stretch = pieces.concat();
                let node = &edge["node"];
                let whole = if highlight["f"] == "text" {
                    node["text"].as_str().expect("a text").contains(&stretch)
                } else {
                    let texts = node["translations"].as_array().expect("a list");
                    texts.iter().any(|text| {
                        text["field"] == highlight["f"]
                            && text["text"]
                                .as_str()
                                .is_some_and(|text| text.contains(&stretch))
                    })
                };
                assert!(whole, "{stretch} is in no text of {highlight}");
                shown += 1;
            }
        }
    }
    assert!(shown > 30, "{shown}");
}

#[test]
fn highlights_are_in_the_language_of_the_request_where_it_matches() {
    let registry = regions(&[("a", &[("FR", "Le Québec"), ("EN", "Québec now")])]);
    let shown = |text: &str, language: &str| {
        let query = "query($text: String!) { search(text: $text) { edges { highlights { field fragments { text matched } } } } }";
        let mut answer = registry.ask_with(query, &json!({ "text": text }), Some(language));
        answer["search"]["edges"][0]["highlights"].take()
    };
    let piece = |text: &str, matched: bool| json!({ "text": text, "matched": matched });
    let french =
        json!([{ "field": "name", "fragments": [piece("Le ", false), piece("Québec", true)] }]);
    let english =
        json!([{ "field": "name", "fragments": [piece("Québec", true), piece(" now", false)] }]);
    assert_eq!(shown("quebec", "fr"), french);
    assert_eq!(shown("quebec", "en"), english);
    assert_eq!(shown("quebec", "es"), french, "the original");
    assert_eq!(
        shown("now", "fr"),
        json!([{ "field": "name", "fragments": [piece("Québec ", false), piece("now", true)] }]),
        "where it matches"
    );
}

#[test]
fn what_an_import_changes_is_found_by_its_new_words_alone() {
    let registry = regions(&[("a", &[("FR", "Ancien nom")]), ("b", &[("FR", "Autre")])]);
    assert_eq!(found(&registry, "ancien "), ["a"]);
    import(&registry.db, &[("a", &[("FR", "Nouveau nom")])]);
    assert!(found(&registry, "ancien ").is_empty());
    assert_eq!(found(&registry, "nouveau "), ["a"]);
    assert_eq!(found(&registry, "autre "), ["b"]);
}

/// So many different words.
fn numbered(count: usize) -> String {
    let words: Vec<_> = (0..count).map(|word| format!("mot{word}")).collect();
    words.join(" ")
}

#[test]
fn what_is_too_long_is_refused_with_a_way_out() {
    let registry = regions(&[("a", &[("FR", "Nom")])]);
    for (text, told) in [
        ("é".repeat(1001), "1001 characters"),
        (numbered(33), "33 words"),
    ] {
        for query in [
            "query($text: String!) { search(text: $text) { totalCount } }",
            "query($text: String!) { agreements(filter: { text: $text }) { totalCount } }",
        ] {
            let refusal = registry.refusal(query, &json!({ "text": text }));
            assert_eq!(refusal.code, Code::BadUserInput);
            assert!(refusal.message.contains(told), "{}", refusal.message);
        }
    }
    assert!(found(&registry, &numbered(32)).is_empty());
    assert_eq!(found(&registry, &"nom ".repeat(100)), ["a"]);
    // Many texts in one request, with 320 words together and with one more. What is said again is counted once.
    let query = "query($filter: RegionFilter) { regions(filter: $filter) { totalCount } again: regions(filter: $filter) { totalCount } }";
    let any_of = |texts: Vec<String>| {
        let texts: Vec<_> = texts.iter().map(|text| json!({ "text": text })).collect();
        json!({ "filter": { "or": texts } })
    };
    let texts: Vec<_> = (0..80).map(|n| format!("nom -a{n} -b{n} -c{n}")).collect();
    let answer = registry.ask_with(query, &any_of(texts.clone()), None);
    assert_eq!(answer["again"]["totalCount"], 1);
    let more = [texts, vec!["un".to_owned()]].concat();
    let refusal = registry.refusal(query, &any_of(more));
    assert_eq!(refusal.code, Code::QueryTooComplex);
    assert!(refusal.message.contains("320 words"), "{refusal}");
}

#[test]
fn the_number_of_statements_is_one_of_the_shape() {
    let registry = Registry::shipped();
    let count = |text: &str, first: usize| {
        let query = format!(
            "{{ search(text: \"{text}\", first: {first}) {{ totalCount edges {{ score node {{ slug label }} highlights {{ field fragments {{ text matched }} }} }} }} }}"
        );
        registry.statements(&query).1.len()
    };
    // The search text; the page with its number, the records of each type and their texts; which words match.
    let most = 3;
    assert_eq!(count("québec", 100), most);
    assert_eq!(
        count("québec", 100),
        count("\\\"du québec\\\" québec -rien", 100)
    );
    assert!(count("québec", 1) <= most);
    let twice = "{ a: search(text: \"plan\") { totalCount } b: search(text: \"plan\", types: [PARTY]) { totalCount } agreements(filter: { text: \"plan\" }) { totalCount } }";
    let (_, statements) = registry.statements(twice);
    let resolved = statements.concat().matches("search_query(").count();
    assert_eq!(
        (statements.len(), resolved),
        (1, 1),
        "one text is resolved once"
    );
}
