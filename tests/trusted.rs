//! Trusted documents and certificates, as the program takes them from its settings.

#![expect(clippy::unwrap_used, reason = "what can't be unwrapped fails the test")]

#[expect(dead_code, reason = "each file of tests uses its part of this")]
#[path = "kept_answers/server.rs"]
mod server;
mod support;

use std::fs;

use serde_json::json;
use server::{Server, named};
use support::TestDb;
use support::program::{command, run};

fn folder(documents: &serde_json::Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("list.json"), documents.to_string()).unwrap();
    folder
}

#[test]
fn an_answer_is_of_what_the_name_stands_for_now() {
    let db = TestDb::with_registry();
    let trusting = |text: &str| {
        let folder = folder(&json!({ "list": text }));
        Server::start(
            &db,
            &[("TRUSTED_DOCUMENTS", folder.path().to_str().unwrap())],
        )
    };
    let before = trusting("{ agreements(first: 1) { totalCount } }");
    let first = before.send(named("list"), &[]);
    assert_eq!(first.status, 200, "{}", first.text());
    let tag = first.header("etag").to_owned();
    let again = before.send(named("list"), &[("if-none-match", &tag)]);
    assert_eq!(
        (
            again.status,
            before.send(named("list"), &[]).header("cache-status")
        ),
        (304, "entente; hit")
    );
    drop(before);
    // The same program on the same data, and another document of that name.
    let after = trusting("{ parties(first: 1) { totalCount } }");
    let other = after.send(named("list"), &[("if-none-match", &tag)]);
    assert_eq!(
        other.status, 200,
        "what the client has is of another document"
    );
    assert!(other.text().contains("parties"), "{}", other.text());
    assert_eq!(
        after.send(named("gone"), &[]).status,
        200,
        "under application/json, a refusal is a response"
    );
    assert!(
        after
            .send(named("gone"), &[])
            .text()
            .contains("DOCUMENT_NOT_TRUSTED")
    );
}

#[test]
fn what_cannot_be_served_is_told_at_the_start() {
    let db = TestDb::new();
    let told = |settings: &[(&str, &str)]| {
        let mut serve = command();
        serve
            .arg("serve")
            .env("DATABASE_URL", db.url().expose())
            .envs(settings.iter().copied());
        let output = run(serve);
        assert!(!output.status.success(), "it ran");
        String::from_utf8(output.stderr).unwrap()
    };
    let documents = folder(
        &json!({ "fits": "{ __typename }", "gone": "{ agreements { nodes { colour } } }", "open": "{" }),
    );
    let refused = told(&[("TRUSTED_DOCUMENTS", documents.path().to_str().unwrap())]);
    for part in [
        "TRUSTED_DOCUMENTS",
        "list.json: gone: ",
        "colour",
        "list.json: open: Syntax error",
    ] {
        assert!(refused.contains(part), "{part} in {refused}");
    }
    assert!(!refused.contains("fits"), "{refused}");
    assert!(told(&[("TRUSTED_DOCUMENTS", "/nowhere")]).contains("/nowhere"));
    assert!(told(&[("TLS_CERT", "/etc/hostname")]).contains("TLS_CERT is set, but not TLS_KEY"));
    let files = [("TLS_CERT", "/etc/hostname"), ("TLS_KEY", "/etc/hostname")];
    assert!(told(&files).contains("/etc/hostname has no certificate in PEM"));
    assert!(
        told(&[("CORS_ORIGINS", "example.org")])
            .contains("CORS_ORIGINS=example.org (from: environment) is neither")
    );
    assert!(told(&[("CACHE_CONTROL", "a\tb")]).contains("CACHE_CONTROL"));
}
