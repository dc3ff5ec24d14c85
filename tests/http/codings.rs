//! What bodies are compressed with.

use crate::plain::plain;
use crate::server::{Reply, TestServer};
use crate::{GRAPHQL, JSON, encoded};

/// A question with a long answer.
fn long() -> String {
    let name = "né à Montréal ".repeat(300);
    encoded(&[("query", &format!("{{ hello(name: \"{name}\") }}"))])
}

fn get(server: &TestServer, path: &str, accept_encoding: &str) -> Reply {
    server.get(
        path,
        &[("accept-encoding", accept_encoding), ("accept", GRAPHQL)],
    )
}

#[test]
fn bodies_are_in_what_the_client_likes_best() {
    let server = TestServer::start();
    let long = long();
    for path in [long.as_str(), "/README.md"] {
        let expected = get(&server, path, "");
        assert_eq!(expected.header("content-encoding"), "");
        for (accept, encoding) in [
            ("gzip, deflate, br, zstd", "zstd"),
            ("gzip, deflate, br", "br"),
            ("gzip", "gzip"),
            ("br;q=0.2, gzip;q=0.9", "gzip"),
            ("gzip, identity;q=0", "gzip"),
            ("*", "zstd"),
            ("deflate", ""),
            ("gzip;q=0", ""),
            ("identity", ""),
        ] {
            let reply = get(&server, path, accept);
            assert_eq!(
                (reply.status, reply.header("content-encoding")),
                (200, encoding),
                "{path} {accept}"
            );
            assert!(reply.header("vary").contains("Accept-Encoding"), "{path}");
            assert!(
                plain(encoding, &reply.body) == expected.body,
                "{path} {accept}"
            );
            if !encoding.is_empty() {
                assert!(
                    reply.body.len() < expected.body.len() * 2 / 3,
                    "{path} {accept}"
                );
            }
            let head = server.send(
                "HEAD",
                path,
                &[("accept-encoding", accept), ("accept", GRAPHQL)],
                b"",
            );
            assert_eq!(
                head.header("content-length"),
                reply.body.len().to_string(),
                "{path}"
            );
            assert_eq!(head.header("content-encoding"), encoding);
        }
    }
}

#[test]
fn small_bodies_are_sent_as_they_are() {
    let server = TestServer::start();
    let small = encoded(&[("query", "{ hello }")]);
    assert_eq!(
        get(&server, &small, "gzip, br, zstd").header("content-encoding"),
        ""
    );
    assert_eq!(
        get(&server, "/healthz", "gzip, br, zstd").header("content-encoding"),
        ""
    );
    // Unless that is what the client can't read.
    let reply = get(&server, &small, "gzip, identity;q=0");
    assert_eq!(reply.header("content-encoding"), "gzip");
    assert_eq!(
        plain("gzip", &reply.body),
        br#"{"data":{"hello":"Hello, you"}}"#
    );
    for nothing in ["identity;q=0", "*;q=0", "deflate, *;q=0"] {
        assert_eq!(get(&server, &small, nothing).status, 406, "{nothing}");
    }
}

#[test]
fn a_client_keeps_a_text_in_whichever_coding_it_has() {
    let server = TestServer::start();
    let tag = |accept: &str| get(&server, "/README.md", accept).header("etag").to_owned();
    let tags = ["", "gzip", "br", "zstd"].map(tag);
    for (at, held) in tags.iter().enumerate() {
        assert!(
            held.starts_with('"') && !tags[..at].contains(held),
            "one for each: {tags:?}"
        );
        for accept in ["", "gzip", "br", "zstd"] {
            for held in [held.clone(), format!("W/{held}"), format!("\"x\", {held}")] {
                let headers = [
                    ("accept-encoding", accept),
                    ("if-none-match", held.as_str()),
                ];
                let reply = server.get("/README.md", &headers);
                assert_eq!((reply.status, reply.text()), (304, ""), "{held} {accept}");
                assert!(held.ends_with(reply.header("etag")));
                assert_eq!(reply.header("content-encoding"), "");
                assert_eq!(reply.header("vary"), "Accept-Encoding");
            }
        }
    }
}

#[test]
fn refusals_and_answers_with_errors_are_compressed_too() {
    let server = TestServer::start();
    let headers = [
        ("content-type", JSON),
        ("accept", GRAPHQL),
        ("accept-encoding", "br"),
    ];
    let many = "nope ".repeat(100);
    let body = serde_json::json!({ "query": format!("{{ {many} }}") }).to_string();
    let reply = server.send("POST", "/graphql", &headers, body.as_bytes());
    assert_eq!(
        (reply.status, reply.header("content-encoding")),
        (400, "br")
    );
    let told = plain("br", &reply.body);
    assert!(
        String::from_utf8(told)
            .unwrap()
            .contains("GRAPHQL_VALIDATION_FAILED")
    );
}
