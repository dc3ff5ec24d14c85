//! Pages of other sites: what they are told, and that there is no road around asking.

use entente::http::{Origins, Settings};

use crate::JSON;
use crate::server::{Reply, TestServer, read_response, settings};
use std::io::Write as _;

const PAGE: &str = "https://page.example";

fn server(origins: &str) -> TestServer {
    TestServer::with(Settings {
        origins: origins.parse::<Origins>().unwrap(),
        ..settings()
    })
}

fn ask(server: &TestServer, origin: &str) -> Reply {
    let headers = [("content-type", JSON), ("origin", origin)];
    server.send("POST", "/graphql", &headers, br#"{"query":"{hello}"}"#)
}

/// Asks as a browser does before it sends what a form could not.
fn preflight(server: &TestServer, path: &str, origin: &str, headers: &str) -> Reply {
    let headers = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", headers),
    ];
    server.send("OPTIONS", path, &headers, b"")
}

#[test]
fn any_page_may_read_unless_something_else_is_said() {
    let server = TestServer::start();
    let asked = "content-type,x-apollo-operation-name,traceparent";
    let reply = preflight(&server, "/graphql", PAGE, asked);
    assert_eq!((reply.status, reply.text()), (204, ""));
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "GET, HEAD, POST, OPTIONS"),
        ("access-control-allow-headers", asked),
        ("access-control-max-age", "7200"),
        ("access-control-allow-credentials", ""),
    ] {
        assert_eq!(reply.header(name), value, "{name}");
    }
    // Refusals and pages can be read as well.
    for reply in [
        ask(&server, PAGE),
        server.post("{"),
        server.get("/nowhere", &[("origin", PAGE)]),
        server.get("/schema.graphql", &[]),
    ] {
        assert_eq!(reply.header("access-control-allow-origin"), "*");
        assert_eq!(reply.header("access-control-allow-credentials"), "");
        assert!(!reply.header("vary").contains("Origin"), "the same for all");
        let exposed = reply.header("access-control-expose-headers");
        for name in [
            "etag",
            "retry-after",
            "ratelimit",
            "x-request-id",
            "cache-status",
        ] {
            assert!(exposed.contains(name), "{name}");
        }
    }
}

#[test]
fn a_list_lets_its_own_pages_read() {
    let server = server("https://page.example,http://localhost:5173");
    for origin in [PAGE, "http://localhost:5173"] {
        for reply in [
            ask(&server, origin),
            preflight(&server, "/graphql", origin, "content-type"),
        ] {
            assert_eq!(reply.header("access-control-allow-origin"), origin);
            assert!(
                reply.header("vary").contains("Origin"),
                "{}",
                reply.header("vary")
            );
        }
    }
    for origin in [
        "https://page.example.evil.org",
        "http://page.example",
        "null",
        "",
    ] {
        let told = ask(&server, origin);
        // The page can't read it; whoever is no browser can.
        assert_eq!(told.status, 200);
        for reply in [told, preflight(&server, "/graphql", origin, "content-type")] {
            assert!(reply.header("vary").contains("Origin"), "for every origin");
            for name in ["origin", "methods", "headers"] {
                assert_eq!(
                    reply.header(&format!("access-control-allow-{name}")),
                    "",
                    "{origin}"
                );
            }
        }
    }
}

#[test]
fn none_says_nothing() {
    let server = server("none");
    for reply in [
        ask(&server, PAGE),
        preflight(&server, "/graphql", PAGE, "content-type"),
    ] {
        let said = reply
            .headers
            .keys()
            .filter(|name| name.as_str().starts_with("access-control-"));
        assert_eq!(said.count(), 0);
    }
}

#[test]
fn options_says_what_can_be_done() {
    let server = TestServer::start();
    for (path, allow) in [
        ("/graphql", "GET, HEAD, POST, OPTIONS"),
        ("/", "GET, HEAD, OPTIONS"),
        ("/schema.graphql", "GET, HEAD, OPTIONS"),
    ] {
        let reply = server.send("OPTIONS", path, &[], b"");
        assert_eq!(
            (reply.status, reply.header("allow"), reply.text()),
            (204, allow, ""),
            "{path}"
        );
        assert_eq!(reply.header("access-control-allow-methods"), "");
    }
    // What isn't a list of names is not sent back.
    let odd = preflight(&server, "/graphql", PAGE, "x;y");
    assert_eq!(
        (odd.status, odd.header("access-control-allow-headers")),
        (204, "")
    );
}

#[test]
fn what_a_browser_sends_without_asking_is_refused() {
    let server = TestServer::start();
    let document = r#"{"query":"mutation{touch}"}"#;
    let form = "query=mutation%7Btouch%7D";
    let multipart =
        "--x\r\nContent-Disposition: form-data; name=\"query\"\r\n\r\nmutation{touch}\r\n--x--\r\n";
    for (content_type, body) in [
        ("text/plain", document),
        ("text/plain;charset=UTF-8", document),
        // A parameter or a second value that some reader might take for the type.
        ("text/plain; application/json", document),
        ("text/plain, application/json", document),
        ("application/json, text/plain", document),
        ("application/x-www-form-urlencoded", form),
        ("application/x-www-form-urlencoded", document),
        ("multipart/form-data; boundary=x", multipart),
        ("", document),
    ] {
        let headers = [("content-type", content_type), ("origin", PAGE)];
        let reply = server.send("POST", "/graphql", &headers, body.as_bytes());
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (415, "BAD_REQUEST"),
            "{content_type}"
        );
    }
    // `sendBeacon` and fetch with a typeless body send no type at all.
    let mut stream = server.connect();
    write!(
        stream,
        "POST /graphql HTTP/1.1\r\nHost: test\r\nOrigin: {PAGE}\r\nContent-Length: {}\r\n\r\n{document}",
        document.len()
    )
    .unwrap();
    assert!(
        read_response(&mut stream, false)
            .0
            .starts_with("http/1.1 415")
    );
    // By GET nothing is changed, whatever type it claims.
    let headers = [("content-type", JSON), ("origin", PAGE)];
    assert_eq!(
        server
            .get("/graphql?query=mutation%7Btouch%7D", &headers)
            .status,
        405
    );
    // Nor does a method that a header or a parameter asks for.
    let headers = [("x-http-method-override", "POST"), ("origin", PAGE)];
    assert_eq!(
        server
            .get("/graphql?query=mutation%7Btouch%7D&_method=POST", &headers)
            .status,
        405
    );
}
