//! What stays true of the house, whoever adds a room.

use std::path::{Path, PathBuf};

use entente::model::Role;
use entente::registry::model;

fn files(folder: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src")
        .join(folder);
    let mut found = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("the folder can be read").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("source is UTF-8");
                // Tests at the end of a file may speak of what they test with.
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                let code: Vec<_> = code
                    .lines()
                    .filter(|line| !line.trim_start().starts_with("//"))
                    .collect();
                found.push((path, code.join("\n").to_lowercase()));
            }
        }
    }
    assert!(!found.is_empty(), "src/{folder} has no source");
    found
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|letter: char| !letter.is_alphabetic())
}

#[test]
fn the_machinery_names_no_concept() {
    // "action" is also a plain English word and "document" also GraphQL's own: those are looked for as tables and types.
    let concepts = [
        "party",
        "parties",
        "agreement",
        "agreements",
        "region",
        "regions",
    ];
    for folder in ["read", "write", "http", "db"] {
        for (path, code) in files(folder) {
            // To the database, a program is an executable.
            let also = |word: &str| folder != "db" && ["program", "programs"].contains(&word);
            let named: Vec<_> = words(&code)
                .filter(|word| concepts.contains(word) || also(word))
                .collect();
            assert!(named.is_empty(), "{} names {named:?}", path.display());
        }
    }
}

#[test]
fn concepts_know_neither_transport_nor_pool() {
    for folder in [
        "party",
        "agreement",
        "program",
        "region",
        "action",
        "document",
        "theme",
        "search",
        "values",
        "model",
    ] {
        for (path, code) in files(folder) {
            for word in ["actix", "r2d2", "pgconnection", "async_graphql", "tokio"] {
                assert!(!code.contains(word), "{} speaks of {word}", path.display());
            }
        }
    }
}

#[test]
fn connections_are_pooled_in_one_place() {
    for folder in [
        "read", "write", "http", "graphql", "transfer", "model", "values",
    ] {
        for (path, code) in files(folder) {
            assert!(
                !words(&code).any(|word| word == "r2d2"),
                "{} speaks of r2d2",
                path.display()
            );
        }
    }
}

#[test]
fn declarations_agree_with_each_other() {
    let model = model();
    for ty in model.types.values() {
        assert!(!ty.doc.is_empty(), "{} has no doc", ty.name);
        for field in &ty.fields {
            assert!(
                !field.doc.is_empty(),
                "{}.{} has no doc",
                ty.name,
                field.name
            );
            let named = field.ty.trim_matches(['[', ']', '!']);
            let named = named.strip_suffix("Connection").unwrap_or(named);
            let scalar = [
                "ID", "String", "Int", "Float", "Boolean", "Date", "DateTime", "Edtf", "Decimal",
                "URL",
            ]
            .contains(&named);
            let known = model.types.get(named).is_some_and(|ty| {
                !matches!(ty.role, Role::Edge) || field.ty.contains("Connection")
            });
            let between = ["PartyAgreement", "PartyAction", "Record"].contains(&named);
            assert!(
                scalar || known || between || model.enums.contains_key(named),
                "{}.{} is of no declared type: {}",
                ty.name,
                field.name,
                field.ty
            );
        }
    }
}
