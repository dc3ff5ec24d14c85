//! A registry made up by chance: `entente generate`.

mod support;

use std::collections::BTreeMap;
use std::path::Path;

use entente::generate::generate;
use serde_json::{Value, json};
use support::TestDb;
use support::generate::import;
use support::graphql::Registry;
use walkdir::WalkDir;

/// The bytes of every file of a folder.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let files = WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.expect("can be read"));
    files
        .filter(|entry| entry.file_type().is_file())
        .map(|entry| {
            let name = entry
                .path()
                .strip_prefix(folder)
                .expect("lies in it")
                .display()
                .to_string();
            (name, std::fs::read(entry.path()).expect("can be read"))
        })
        .collect()
}

#[test]
fn the_same_seed_gives_the_same_to_the_letter() {
    let made = |seed, name: &str| {
        let folder = tempfile::tempdir().expect("a folder can be had");
        let folder = folder.path().join(name);
        generate(40, seed, &folder).expect("the folder is empty");
        contents(&folder)
    };
    assert!(made(1, "a") == made(1, "b"));
    assert!(made(1, "a") != made(2, "a"));
}

#[test]
fn a_folder_that_holds_something_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder can be had");
    std::fs::write(folder.path().join("mine.txt"), "mine").expect("can be written");
    let error = generate(10, 1, folder.path()).expect_err("it is not empty");
    assert!(
        error.to_string().contains("name a folder that is empty"),
        "{error}"
    );
    assert_eq!(contents(folder.path()).len(), 1);
}

#[test]
fn it_loads_into_an_empty_registry_and_beside_the_shipped_one() {
    let folder = tempfile::tempdir().expect("a folder can be had");
    let made = generate(300, 1, folder.path()).expect("the folder is empty");
    assert_eq!((made.agreements, made.actions), (300, 1_380));
    import(&TestDb::with_registry(), folder.path());

    let db = TestDb::new();
    import(&db, folder.path());
    let registry = Registry::over(db);
    let counts = registry.ask(
        "{ agreements { totalCount } actions { totalCount } parties { totalCount } programs { totalCount } documents { totalCount } }",
    );
    assert_eq!(counts["agreements"]["totalCount"], 300);
    assert_eq!(counts["actions"]["totalCount"], 1_380);
    assert_eq!(counts["parties"]["totalCount"], made.parties);
    assert_eq!(counts["programs"]["totalCount"], made.programs);

    // What the benchmark asks has answers.
    let list = registry.ask(include_str!("../benches/queries/q2-list.graphql"));
    let rows = list["agreements"]["nodes"].as_array().expect("a list");
    assert_eq!(rows.len(), 50);
    let filled = |path: &str| {
        rows.iter()
            .filter(|row| row.pointer(path).is_some())
            .count()
    };
    assert!(filled("/parties/edges/1") > 40);
    assert!(filled("/regions/nodes/0") > 40);
    assert!(filled("/programs/nodes/0") > 10);
    assert!(filled("/actions/nodes/0") > 30);
    let deep = registry.ask(include_str!("../benches/queries/q3-deep.graphql"));
    assert!(
        deep["regions"]["nodes"]
            .as_array()
            .is_some_and(|regions| regions.len() == 20)
    );
    let found = |text: &str| {
        let query = include_str!("../benches/queries/q5-search.graphql");
        let found: Value = registry.ask_with(query, &json!({ "text": text }), None);
        found["agreements"]["nodes"].as_array().map_or(0, Vec::len)
    };
    assert_eq!(found("intégration "), 20);
    assert_eq!(found("aucunement "), 0);
}
