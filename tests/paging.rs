//! Connections: pages, cursors, and how many statements they take.

mod support;

use entente::graphql::Code;
use serde_json::{Value, json};
use support::generate::{self, Sizes};
use support::graphql::Registry;

const SOME: Sizes = Sizes {
    regions: 7,
    parties: 5,
    programs: 3,
    agreements: 61,
};

fn slugs(connection: &Value) -> Vec<String> {
    let nodes = connection["nodes"].as_array().expect("nodes are a list");
    nodes
        .iter()
        .map(|node| node["slug"].as_str().expect("a slug").to_owned())
        .collect()
}

/// All pages of a list, read in one direction.
fn pages(registry: &Registry, size: usize, backward: bool) -> Vec<String> {
    let mut all = Vec::new();
    let mut cursor = Value::Null;
    loop {
        let (count, place) = if backward {
            ("last", "before")
        } else {
            ("first", "after")
        };
        let query = format!(
            "query($cursor: String) {{ agreements({count}: {size}, {place}: $cursor) {{ nodes {{ slug }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
        );
        let page =
            registry.ask_with(&query, &json!({ "cursor": cursor }), None)["agreements"].take();
        let info = &page["pageInfo"];
        let (more, back, next) = if backward {
            ("hasPreviousPage", "hasNextPage", "startCursor")
        } else {
            ("hasNextPage", "hasPreviousPage", "endCursor")
        };
        assert_eq!(
            info[back],
            json!(!cursor.is_null()),
            "what was read before is there: {info}"
        );
        let found = slugs(&page);
        if backward {
            all.splice(0..0, found);
        } else {
            all.extend(found);
        }
        if info[more] == false {
            return all;
        }
        cursor = info[next].clone();
    }
}

#[test]
fn pages_put_together_are_the_list_in_both_directions() {
    let registry = Registry::over(generate::filled(&SOME));
    let whole = registry
        .ask("{ agreements(first: 100) { totalCount nodes { slug signedOn { earliest } } } }");
    let whole = &whole["agreements"];
    let expected = slugs(whole);
    assert_eq!(expected.len(), SOME.agreements);
    assert_eq!(whole["totalCount"], SOME.agreements);
    let days: Vec<_> = whole["nodes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|node| node["signedOn"]["earliest"].as_str())
        .collect();
    let dated = days.iter().take_while(|day| day.is_some()).count();
    assert!(days[..dated].is_sorted_by(|a, b| a >= b), "newest first");
    assert!(days[dated..].iter().all(Option::is_none), "undated last");
    for size in [1, 2, 10, 60, 61, 100] {
        assert_eq!(
            pages(&registry, size, false),
            expected,
            "forwards by {size}"
        );
        assert_eq!(
            pages(&registry, size, true),
            expected,
            "backwards by {size}"
        );
    }
}

#[test]
fn a_cursor_survives_inserts_before_it() {
    let registry = Registry::over(generate::filled(&SOME));
    let page = registry.ask("{ agreements(first: 10) { nodes { slug } pageInfo { endCursor } } }");
    let rest = "query($after: String) { agreements(first: 100, after: $after) { nodes { slug } } }";
    let after = json!({ "after": page["agreements"]["pageInfo"]["endCursor"] });
    let before = slugs(&registry.ask_with(rest, &after, None)["agreements"]);
    let folder = tempfile::tempdir().expect("a folder can be had");
    let newest = json!({ "agreement": {
        "slug": "toute-neuve", "originalLanguage": "FR", "kind": "OTHER", "title": [{ "language": "FR", "text": "Toute neuve" }],
        "statusHistory": [{ "status": "SIGNED" }], "signedOn": { "edtf": "2026-01-01" }
    } });
    std::fs::write(folder.path().join("one.jsonl"), newest.to_string())
        .expect("the file can be written");
    generate::import(&registry.db, folder.path());
    assert_eq!(
        slugs(&registry.ask("{ agreements(first: 1) { nodes { slug } } }")["agreements"]),
        ["toute-neuve"]
    );
    assert_eq!(
        slugs(&registry.ask_with(rest, &after, None)["agreements"]),
        before
    );
}

#[test]
fn bad_pages_are_refused_with_their_path() {
    let registry = Registry::over(generate::filled(&SOME));
    let cursors = registry.ask(
        r#"{ agreements(first: 1) { pageInfo { endCursor } } parties(first: 1) { pageInfo { endCursor } }
             one: agreement(slug: "entente-1") { parties(first: 1) { pageInfo { endCursor } } } }"#,
    );
    let agreements = cursors["agreements"]["pageInfo"]["endCursor"]
        .as_str()
        .expect("a cursor");
    let parties = cursors["parties"]["pageInfo"]["endCursor"]
        .as_str()
        .expect("a cursor");
    let nested = cursors["one"]["parties"]["pageInfo"]["endCursor"]
        .as_str()
        .expect("a cursor");
    let mut forged = agreements.to_owned();
    forged.replace_range(10..11, if &forged[10..11] == "A" { "B" } else { "A" });
    for arguments in [
        "first: 0".to_owned(),
        "first: -1".to_owned(),
        "first: 101".to_owned(),
        "last: 0".to_owned(),
        "last: 101".to_owned(),
        "first: 1, last: 1".to_owned(),
        "after: \"\"".to_owned(),
        "after: \"nonsense\"".to_owned(),
        "before: \"YXJyYXljb25uZWN0aW9uOjU=\"".to_owned(),
        format!("after: \"{parties}\""),
        format!("after: \"{nested}\""),
        format!("after: \"{forged}\""),
    ] {
        let refusal = registry.refusal(
            &format!("{{ page: agreements({arguments}) {{ nodes {{ slug }} }} }}"),
            &json!({}),
        );
        assert_eq!(refusal.code, Code::BadUserInput, "{arguments}: {refusal}");
        assert_eq!(refusal.path.len(), 1, "{arguments}");
        let named = if arguments == "first: 1, last: 1" {
            "last"
        } else {
            arguments.split(':').next().unwrap_or_default()
        };
        assert_eq!(refusal.argument.as_deref(), Some(named), "{arguments}");
    }
    // A cursor of one agreement's parties is none of another's.
    let other = |slug: &str| {
        format!(
            r#"{{ agreement(slug: "{slug}") {{ parties(after: "{nested}") {{ nodes {{ slug }} }} }} }}"#
        )
    };
    assert_eq!(
        registry.ask(&other("entente-1"))["agreement"]["parties"]["nodes"]
            .as_array()
            .map(Vec::len),
        Some(1)
    );
    assert_eq!(
        registry.refusal(&other("entente-2"), &json!({})).code,
        Code::BadUserInput
    );
    // Nor does it hold in another order: the reader's language sorts names.
    let request = entente::graphql::Request {
        query: format!("{{ parties(after: \"{parties}\") {{ nodes {{ slug }} }} }}"),
        accept_language: Some("en".to_owned()),
        ..Default::default()
    };
    assert_eq!(
        registry
            .answer(request)
            .expect_err("another language, another order")[0]
            .code,
        Code::BadUserInput
    );
    let refusal = registry.refusal(
        "query($n: Int!) { agreements(first: $n) { totalCount } }",
        &json!({ "n": "ten" }),
    );
    assert_eq!(refusal.code, Code::BadUserInput);
}

#[test]
fn the_number_of_statements_depends_on_the_shape_alone() {
    let query = |regions: usize, agreements: usize| {
        format!(
            "{{ regions(first: {regions}) {{ totalCount nodes {{ name agreements(first: {agreements}, includeDescendants: false) {{ totalCount edges {{ cursor node {{ slug title
               parties(first: 20) {{ edges {{ roles node {{ name agreements(first: 5) {{ nodes {{ slug programs(first: 1) {{ nodes {{ name }} }} }} }} }} }} }} }} }} }} }} }} }}"
        )
    };
    let few = Registry::over(generate::filled(&Sizes {
        regions: 1,
        parties: 2,
        programs: 1,
        agreements: 1,
    }));
    let (answer, statements) = few.statements(&query(1, 1));
    assert_eq!(agreements_in(&answer), 1);
    let many = Registry::over(generate::filled(&Sizes {
        regions: 10,
        parties: 40,
        programs: 5,
        agreements: 900,
    }));
    let (answer, same) = many.statements(&query(10, 40));
    assert!(
        agreements_in(&answer) > 300,
        "{} agreements",
        agreements_in(&answer)
    );
    assert_eq!(
        statements.len(),
        same.len(),
        "one agreement:\n{statements:#?}\nmany:\n{same:#?}"
    );
    assert_eq!(statements.len(), 1, "{statements:#?}");
}

fn agreements_in(answer: &Value) -> usize {
    let regions = answer["regions"]["nodes"].as_array().expect("a list");
    regions
        .iter()
        .map(|region| region["agreements"]["edges"].as_array().map_or(0, Vec::len))
        .sum()
}
