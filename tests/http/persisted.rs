//! Documents that clients name instead of sending them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use entente::graphql::{Engine, Trusted, guard};
use entente::http::{App, Assets};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::server::{Reply, TestServer, schema, settings};
use crate::{GRAPHQL, JSON, encoded};

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text);
    digest.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").unwrap();
        digits
    })
}

fn over(engine: Engine) -> TestServer {
    let none: [(&str, &[u8]); 0] = [];
    TestServer::serving(App::with_graphiql(settings(), engine, Assets::new(none)))
}

fn keeping(bytes: usize) -> TestServer {
    over(Engine::new(schema()).unwrap().with_persisted_queries(bytes))
}

fn post(server: &TestServer, body: &Value) -> Reply {
    let headers = [("content-type", JSON), ("accept", GRAPHQL)];
    server.send("POST", "/graphql", &headers, body.to_string().as_bytes())
}

fn persisted(text: Option<&str>, hash: &str) -> Value {
    let mut body =
        json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } });
    if let Some(text) = text {
        body["query"] = json!(text);
    }
    body
}

fn by_get(server: &TestServer, text: Option<&str>, hash: &str) -> Reply {
    let extensions = persisted(None, hash)["extensions"].to_string();
    let mut parameters = vec![("extensions", extensions.as_str())];
    parameters.extend(text.map(|text| ("query", text)));
    server.get(&encoded(&parameters), &[("accept", GRAPHQL)])
}

/// Status, code and message of a refusal.
fn refusal(reply: &Reply) -> (u16, String, String) {
    let message = &reply.json()["errors"][0]["message"];
    (
        reply.status,
        reply.code(),
        message.as_str().unwrap_or_default().to_owned(),
    )
}

#[test]
fn a_document_is_sent_once_and_then_named() {
    let server = TestServer::start();
    let text = "query A($who: String) { hello(name: $who) }";
    let named = hash(text);
    let unknown = (
        404,
        "PERSISTED_QUERY_NOT_FOUND".into(),
        "PersistedQueryNotFound".into(),
    );
    assert_eq!(refusal(&post(&server, &persisted(None, &named))), unknown);
    let reply = by_get(&server, None, &named);
    assert_eq!(refusal(&reply), unknown);
    assert_eq!(reply.header("cache-control"), "no-store");
    // Clients that take JSON alone get it as every other response of GraphQL's own.
    let headers = [("content-type", JSON), ("accept", JSON)];
    let body = persisted(None, &named).to_string();
    assert_eq!(
        server
            .send("POST", "/graphql", &headers, body.as_bytes())
            .status,
        200
    );

    let hello = r#"{"data":{"hello":"Hello, you"}}"#;
    assert_eq!(by_get(&server, Some(text), &named).text(), hello);
    assert_eq!(by_get(&server, None, &named).text(), hello);
    assert_eq!(post(&server, &persisted(None, &named)).text(), hello);
    let mut with_variables = persisted(None, &named);
    with_variables["variables"] = json!({ "who": "Zoë" });
    with_variables["operationName"] = json!("A");
    assert_eq!(
        post(&server, &with_variables).text(),
        r#"{"data":{"hello":"Hello, Zoë"}}"#
    );
    // By the name that the draft of GraphQL over HTTP has for it.
    for id in [named.clone(), format!("sha256:{named}")] {
        assert_eq!(post(&server, &json!({ "documentId": id })).text(), hello);
        assert_eq!(
            server.get(&encoded(&[("documentId", &id)]), &[]).text(),
            hello
        );
    }
}

#[test]
fn a_name_that_is_not_the_documents_is_refused() {
    let server = TestServer::start();
    let (text, other) = ("{ hello }", hash("{ hello __typename }"));
    let (status, code, message) = refusal(&post(&server, &persisted(Some(text), &other)));
    assert_eq!((status, code.as_str()), (400, "BAD_REQUEST"));
    assert!(message.contains("SHA-256"), "{message}");
    // And it stands for nothing from then on.
    assert_eq!(
        post(&server, &persisted(None, &other)).code(),
        "PERSISTED_QUERY_NOT_FOUND"
    );
    for wrong in [
        json!({ "query": text, "extensions": { "persistedQuery": { "version": 2, "sha256Hash": hash(text) } } }),
        json!({ "query": text, "extensions": { "persistedQuery": { "sha256Hash": hash(text) } } }),
        json!({ "query": text, "extensions": { "persistedQuery": { "version": 1 } } }),
        json!({ "query": text, "extensions": { "persistedQuery": "x" } }),
        json!({ "query": text, "documentId": 7 }),
        json!({ "query": text, "documentId": "short" }),
        json!({ "documentId": hash(text).to_uppercase() }),
        json!({ "query": text, "documentId": other, "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash(text) } } }),
    ] {
        let reply = post(&server, &wrong);
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (400, "BAD_REQUEST"),
            "{wrong}"
        );
    }
    assert_eq!(
        post(
            &server,
            &json!({ "query": text, "extensions": { "persistedQuery": null } })
        )
        .status,
        200
    );
}

#[test]
fn only_what_is_valid_is_kept() {
    let server = TestServer::start();
    let deep = "{a".repeat(300);
    for (text, code) in [
        ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("{ hello", "GRAPHQL_PARSE_FAILED"),
        (deep.as_str(), "QUERY_TOO_DEEP"),
    ] {
        assert_eq!(
            post(&server, &persisted(Some(text), &hash(text))).code(),
            code
        );
        assert_eq!(
            by_get(&server, None, &hash(text)).code(),
            "PERSISTED_QUERY_NOT_FOUND"
        );
    }
    // A mutation is kept when it was posted, and is still no business of GET's.
    let text = "mutation { touch }";
    assert_eq!(by_get(&server, Some(text), &hash(text)).status, 405);
    assert_eq!(by_get(&server, None, &hash(text)).status, 404);
    assert_eq!(
        post(&server, &persisted(Some(text), &hash(text))).status,
        200
    );
    assert_eq!(by_get(&server, None, &hash(text)).status, 405);
    assert_eq!(post(&server, &persisted(None, &hash(text))).status, 200);
}

#[test]
fn a_server_that_keeps_none_says_so() {
    let server = keeping(0);
    let text = "{ hello }";
    let refused = refusal(&post(&server, &persisted(None, &hash(text))));
    let expected = (
        400,
        "PERSISTED_QUERY_NOT_SUPPORTED".into(),
        "PersistedQueryNotSupported".into(),
    );
    assert_eq!(refused, expected);
    assert_eq!(
        post(&server, &persisted(Some(text), &hash(text))).status,
        200
    );
    assert_eq!(by_get(&server, None, &hash(text)).status, 400);
}

#[test]
fn a_flood_of_documents_is_bounded_and_leaves_what_is_used() {
    let server = keeping(20_000);
    let used = "{ used: hello }";
    assert_eq!(
        post(&server, &persisted(Some(used), &hash(used))).status,
        200
    );
    let names: Vec<String> = (0..400)
        .map(|n| {
            if n % 20 == 0 {
                assert_eq!(by_get(&server, None, &hash(used)).status, 200, "after {n}");
            }
            let text = format!("{{ flood{n}: hello }}");
            assert_eq!(
                post(&server, &persisted(Some(&text), &hash(&text))).status,
                200
            );
            hash(&text)
        })
        .collect();
    let kept = names
        .iter()
        .filter(|name| by_get(&server, None, name).status == 200)
        .count();
    // At 128 bytes each and their texts.
    assert!(kept < 140, "{kept} of the flood are kept");
}

/// A server that reads its trusted documents from a folder.
fn trusting(folder: &Path) -> Result<TestServer, Vec<String>> {
    let engine = Engine::new(schema()).unwrap();
    let trusted = Trusted::read(folder)?;
    let limits = guard::Limits::default();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    Ok(over(runtime.block_on(
        engine.with_trusted_documents(trusted, limits),
    )?))
}

#[test]
fn trusted_documents_are_what_front_ends_build() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let texts = [
        "query A { hello }",
        "query B { a: hello }\n",
        "query C { c: hello }",
        "query D($n: String) { hello(name: $n) }",
    ];
    file(&format!("files/{}.graphql", hash(texts[1])), texts[1]);
    // graphql-codegen's client preset, and Relay with its own short names.
    file(
        "persisted-documents.json",
        &json!({ hash(texts[0]): texts[0] }).to_string(),
    );
    file(
        "relay.json",
        &json!({ "1a79a4d60de6718e8e5b326e338ae533": texts[2] }).to_string(),
    );
    // Apollo's generate-persisted-query-manifest.
    let manifest = json!({
        "format": "apollo-persisted-query-manifest",
        "version": 1,
        "operations": [{ "id": hash(texts[3]), "name": "D", "type": "query", "body": texts[3] }],
    });
    file("persisted-query-manifest.json", &manifest.to_string());
    file("README.md", "not a document");
    let server = trusting(folder.path()).unwrap();

    for text in texts {
        for body in [
            json!({ "documentId": hash(text) }),
            json!({ "documentId": format!("sha256:{}", hash(text)) }),
            persisted(None, &hash(text)),
            persisted(Some(text), &hash(text)),
            json!({ "query": text }),
        ] {
            assert_eq!(post(&server, &body).status, 200, "{body}");
        }
        assert_eq!(by_get(&server, None, &hash(text)).status, 200);
    }
    let short = json!({ "documentId": "1a79a4d60de6718e8e5b326e338ae533" });
    assert_eq!(
        post(&server, &short).text(),
        r#"{"data":{"c":"Hello, you"}}"#
    );
    for body in [
        json!({ "query": "{ hello }" }),
        json!({ "query": "query A { hello } " }),
        json!({ "query": "{ __schema { types { name } } }" }),
        json!({ "documentId": hash("{ hello }") }),
        json!({ "documentId": "files" }),
        json!({}),
        json!({ "query": "{ hello }", "documentId": hash(texts[0]) }),
        persisted(Some("{ hello }"), &hash("{ hello }")),
    ] {
        let reply = post(&server, &body);
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (403, "DOCUMENT_NOT_TRUSTED"),
            "{body}"
        );
    }
    assert_eq!(
        by_get(&server, Some("{ hello }"), &hash("{ hello }")).status,
        403
    );
}

#[test]
fn what_does_not_fit_is_told_at_the_start() {
    let refused = |files: &[(&str, &str)]| {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let problems = trusting(folder.path()).err().unwrap_or_default();
        let folder = folder.path().display().to_string();
        problems.join("\n").replace(&folder, "DIR")
    };
    let mut list = json!({ "good": "{ hello }", "gone": "{ hello\n  gone }", "broken": "{", "bad-call": "{ hello(nme: 1) }" });
    let told = refused(&[("list.json", &list.to_string())]);
    assert_eq!(told.lines().count(), 3, "{told}");
    for part in [
        "list.json: gone: ",
        "(line 2, column 3)",
        "list.json: broken: Syntax error",
        "list.json: bad-call: ",
    ] {
        assert!(told.contains(part), "{part} in\n{told}");
    }
    list = json!({ "deep": "{a".repeat(300) });
    assert!(refused(&[("list.json", &list.to_string())]).contains("nested"));
    assert!(refused(&[]).contains("DIR has no documents"));
    assert!(refused(&[("list.json", "[]")]).contains("is neither an object"));
    assert!(refused(&[("list.json", "{")]).contains("list.json: "));
    assert!(refused(&[("hello.graphql", "{ hello }")]).contains(&hash("{ hello }")));
    let two = refused(&[
        ("a.json", r#"{"x":"{ hello }"}"#),
        ("b.json", r#"{"x":"{ a: hello }"}"#),
    ]);
    assert!(
        two.contains("b.json: x: another document has this name"),
        "{two}"
    );
    assert!(
        !trusting(Path::new("/nowhere"))
            .err()
            .unwrap_or_default()
            .is_empty()
    );
}
