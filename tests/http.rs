//! The HTTP side, through real sockets.

#![expect(clippy::unwrap_used, reason = "what can't be unwrapped fails the test")]

#[path = "http/server.rs"]
mod server;

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::time::{Duration, Instant};

use entente::graphql::guard;
use entente::http::{self, Headers, Method, Request, Settings};
use serde_json::json;

use server::{TestServer, read_response, settings, write_post};

const GRAPHQL: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

fn encoded(parameters: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    format!("/graphql?{query}")
}

#[test]
fn the_same_request_by_post_and_get_in_both_media_types() {
    let server = TestServer::start();
    let variables = r#"{"who":"you & me"}"#;
    let query = "query A($who: String) { hello(name: $who) } query B { __typename }";
    let body = json!({
        "query": query,
        "operationName": "A",
        "variables": { "who": "you & me" },
        "extensions": { "any": 1 },
    });
    let address = encoded(&[
        ("query", query),
        ("operationName", "A"),
        ("variables", variables),
        ("extensions", "{}"),
    ]);
    for media in [GRAPHQL, JSON] {
        let headers = [
            ("accept", media),
            ("content-type", "application/json; charset=utf-8"),
        ];
        let post = server.send("POST", "/graphql", &headers, body.to_string().as_bytes());
        let get = server.get(&address, &[("accept", media)]);
        for reply in [post, get] {
            assert_eq!(reply.status, 200);
            assert_eq!(
                reply.header("content-type"),
                format!("{media}; charset=utf-8")
            );
            assert_eq!(
                reply.header("vary"),
                "Accept, Accept-Encoding, Accept-Language"
            );
            assert_eq!(reply.text(), r#"{"data":{"hello":"Hello, you & me"}}"#);
        }
    }
    assert_eq!(
        server.post(r#"{"query":"{hello}"}"#).header("content-type"),
        "application/json; charset=utf-8"
    );
    assert_eq!(server.get(&address, &[("accept", "text/html")]).status, 406);
}

#[test]
fn what_refusals_look_like_in_both_media_types() {
    let server = TestServer::start();
    let mut seen = String::new();
    for (name, body) in [
        ("not JSON", "{".to_owned()),
        ("a batch", r#"[{"query":"{hello}"}]"#.to_owned()),
        ("no query", r#"{"qeury":"{hello}"}"#.to_owned()),
        ("not GraphQL", json!({ "query": "{ hello" }).to_string()),
        (
            "an unknown field",
            json!({ "query": "{\n  hullo }" }).to_string(),
        ),
        (
            "an unknown operation",
            json!({ "query": "query A { hello }", "operationName": "B" }).to_string(),
        ),
        (
            "an ambiguous operation",
            json!({ "query": "query A { hello } query B { hello }" }).to_string(),
        ),
        (
            "a missing variable",
            json!({ "query": "query($hide: Boolean!) { hello @skip(if: $hide) }" }).to_string(),
        ),
        (
            "a subscription",
            json!({ "query": "subscription { hello }" }).to_string(),
        ),
        (
            "an answer with errors",
            json!({ "query": "{ missing hello }" }).to_string(),
        ),
        ("too deep", json!({ "query": "{a".repeat(300) }).to_string()),
        (
            "too deep for fields",
            json!({ "query": format!("{}{}", "{a".repeat(100), "}".repeat(100)) }).to_string(),
        ),
    ] {
        writeln!(seen, "# {name}").unwrap();
        for media in [GRAPHQL, JSON] {
            let headers = [("content-type", JSON), ("accept", media)];
            let reply = server.send("POST", "/graphql", &headers, body.as_bytes());
            writeln!(seen, "{}", reply.summary()).unwrap();
        }
    }
    insta::assert_snapshot!(seen);
}

#[test]
fn nothing_is_changed_by_get() {
    let server = TestServer::start();
    // Refused for its kind: whether the rest of it is valid doesn't matter.
    for query in [
        "mutation { touch }",
        "mutation { nonsense }",
        "query A { hello } mutation B { touch }",
    ] {
        let name = if query.starts_with("query") { "B" } else { "" };
        let address = encoded(&[("query", query), ("operationName", name)]);
        for media in [GRAPHQL, JSON] {
            let reply = server.get(&address, &[("accept", media)]);
            assert_eq!(
                (reply.status, reply.header("allow"), reply.code().as_str()),
                (405, "POST", "BAD_REQUEST")
            );
            assert!(reply.json().get("data").is_none());
        }
    }
    let other_operation = encoded(&[
        ("query", "query A { hello } mutation B { touch }"),
        ("operationName", "A"),
    ]);
    assert_eq!(server.get(&other_operation, &[]).status, 200);
    assert_eq!(
        server.ask("mutation { touch }").text(),
        r#"{"data":{"touch":1}}"#
    );

    let without = TestServer::serving(server::app(settings(), server::schema_without_mutations()));
    assert_eq!(
        without
            .get(&encoded(&[("query", "mutation { __typename }")]), &[])
            .status,
        405
    );
    assert_eq!(without.ask("mutation { __typename }").status, 400);
}

#[test]
fn other_methods_and_content_types_are_refused() {
    let server = TestServer::start();
    for method in ["PUT", "DELETE", "PATCH", "PURGE"] {
        let reply = server.send(method, "/graphql", &[], b"");
        assert_eq!(
            (reply.status, reply.header("allow")),
            (405, "GET, HEAD, POST, OPTIONS"),
            "{method}"
        );
    }
    let body = br#"{"query":"{hello}"}"#;
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/graphql",
        "application/json; charset=utf-16",
        "",
    ] {
        let reply = server.send("POST", "/graphql", &[("content-type", content_type)], body);
        assert_eq!(
            (reply.status, reply.code().as_str()),
            (415, "BAD_REQUEST"),
            "{content_type}"
        );
    }
    let mut stream = server.connect();
    write!(
        stream,
        "POST /graphql HTTP/1.1\r\nHost: test\r\nContent-Length: 2\r\n\r\n{{}}"
    )
    .unwrap();
    assert!(
        read_response(&mut stream, false)
            .0
            .starts_with("http/1.1 415"),
        "no content type at all"
    );
}

#[test]
fn a_body_that_is_too_large_is_refused_while_it_is_read() {
    let server = TestServer::with(Settings {
        max_body_bytes: 100_000,
        ..settings()
    });
    // Announced: refused before any of it is there.
    let mut stream = server.connect();
    write!(
        stream,
        "POST /graphql HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 50000000\r\n\r\n"
    )
    .unwrap();
    let (head, body) = read_response(&mut stream, false);
    assert!(
        head.starts_with("http/1.1 413") && head.contains("connection: close"),
        "{head}"
    );
    assert!(
        String::from_utf8(body)
            .unwrap()
            .contains("PAYLOAD_TOO_LARGE")
    );

    // Not announced, and without an end: refused at the limit, and not read for ever after.
    let mut stream = server.connect();
    write!(
        stream,
        "POST /graphql HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    .unwrap();
    let chunk = format!("{:x}\r\n{}\r\n", 20_000, "x".repeat(20_000));
    for _ in 0..10 {
        stream.write_all(chunk.as_bytes()).unwrap();
    }
    let (head, _) = read_response(&mut stream, false);
    assert!(
        head.starts_with("http/1.1 413") && head.contains("connection: close"),
        "{head}"
    );
    let start = Instant::now();
    while stream.write_all(chunk.as_bytes()).is_ok() {
        assert!(start.elapsed() < Duration::from_secs(9), "still read");
        std::thread::sleep(Duration::from_millis(10));
    }

    // Up to the limit it is read.
    let padding = " ".repeat(90_000);
    assert_eq!(
        server
            .post(&format!("{{\"query\":\"{{hello}}\"{padding}}}"))
            .status,
        200
    );
}

#[test]
fn a_body_that_never_comes_is_given_up() {
    let server = TestServer::with(Settings {
        body_timeout: Duration::from_millis(200),
        ..settings()
    });
    let mut stream = server.connect();
    write!(
        stream,
        "POST /graphql HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{{"
    )
    .unwrap();
    let (head, _) = read_response(&mut stream, false);
    assert!(head.starts_with("http/1.1 408"), "{head}");
    assert!(server.is_alive());
}

#[test]
fn what_would_overflow_the_stack_is_refused_and_the_process_lives_on() {
    let server = TestServer::with(Settings {
        max_body_bytes: 2_000_000,
        document: guard::Limits {
            max_bytes: 1_000_000,
            max_tokens: 1_000_000,
            ..guard::Limits::default()
        },
        ..settings()
    });
    for depth in [1_000, 2_000, 100_000] {
        for query in [
            format!("{{ hello(name: {}", "[".repeat(depth)),
            format!(
                "{{ hello(name: {}1{}) }}",
                "[".repeat(depth),
                "]".repeat(depth)
            ),
            format!("{{ hello(name: [\"\"\" \" {}", "[".repeat(depth)),
            format!("query($a: Int = {}", "[".repeat(depth)),
            "{ a ".repeat(depth),
        ] {
            let reply = server.ask(&query);
            assert_eq!(
                (reply.status, reply.code().as_str()),
                (400, "QUERY_TOO_DEEP")
            );
        }
        let variables = format!(
            r#"{{"query":"{{hello}}","variables":{{"a":{}{}}}}}"#,
            "[".repeat(depth),
            "]".repeat(depth)
        );
        assert_eq!(server.post(&variables).code(), "QUERY_TOO_DEEP");
    }
    assert!(server.is_alive());
}

#[test]
fn a_document_that_is_too_long_is_refused() {
    let server = TestServer::start();
    assert_eq!(
        server
            .ask(&format!("{{ hello }}{}", " ".repeat(100_000)))
            .code(),
        "QUERY_TOO_COMPLEX"
    );
    assert_eq!(
        server
            .ask(&format!("{{ {} }}", "hello ".repeat(10_001)))
            .code(),
        "QUERY_TOO_COMPLEX"
    );
}

#[test]
fn every_response_names_its_request() {
    let server = TestServer::start();
    let id = |sent: &str, path: &str| {
        server
            .get(path, &[("x-request-id", sent)])
            .header("x-request-id")
            .to_owned()
    };
    assert_eq!(id("ticket-42", "/graphql"), "ticket-42");
    assert_eq!(id("ticket-42", "/nowhere"), "ticket-42");
    assert_eq!(id("two words", "/").len(), 36);

    let reply = server.ask("{ hello broken }");
    let error = &reply.json()["errors"][0];
    assert_eq!(reply.status, 200);
    assert_eq!(error["path"], json!(["broken"]));
    assert_eq!(error["extensions"]["code"], "INTERNAL");
    assert_eq!(
        error["extensions"]["requestId"],
        reply.header("x-request-id")
    );
    assert!(
        !reply.text().contains("10.0.0.7"),
        "the cause is not for clients"
    );
}

#[test]
fn a_panic_is_one_clients_500() {
    let server = TestServer::start();
    let mut stream = server.connect();
    write_post(&mut stream, r#"{"query":"{ boom }"}"#);
    let (head, body) = read_response(&mut stream, false);
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    assert!(head.starts_with("http/1.1 500"), "{head}");
    let id = body["errors"][0]["extensions"]["requestId"]
        .as_str()
        .unwrap();
    assert!(head.contains(&format!("x-request-id: {id}")), "{head}");
    assert!(!body.to_string().contains("secret"), "{body}");

    // The connection goes on, and so does the server.
    write_post(&mut stream, r#"{"query":"{ hello }"}"#);
    assert_eq!(
        read_response(&mut stream, false).1,
        br#"{"data":{"hello":"Hello, you"}}"#
    );
    assert!(server.is_alive());
}

#[test]
fn an_answer_that_takes_too_long_is_given_up() {
    let server = TestServer::with(Settings {
        request_timeout: Duration::from_millis(100),
        ..settings()
    });
    let reply = server.ask("{ slow }");
    assert_eq!((reply.status, reply.code().as_str()), (504, "TIMEOUT"));
    assert_eq!(server.post(r#"{"query":"{ slow }"}"#).status, 504);
}

#[test]
fn one_connection_carries_many_requests() {
    let server = TestServer::start();
    let mut stream = server.connect();
    for _ in 0..3 {
        write_post(&mut stream, r#"{"query":"{ hello }"}"#);
        assert!(
            read_response(&mut stream, false)
                .0
                .starts_with("http/1.1 200")
        );
        for (path, status) in [
            ("/", "200"),
            ("/nowhere", "404"),
            ("/graphql?query=%7Bhello%7D", "200"),
        ] {
            write!(stream, "HEAD {path} HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
            let (head, _) = read_response(&mut stream, true);
            assert!(head.starts_with(&format!("http/1.1 {status}")), "{head}");
            assert!(
                !head.contains("content-length: 0"),
                "the length of the body that GET has: {head}"
            );
        }
    }
    // Two at once are answered in their order.
    write_post(&mut stream, r#"{"query":"{ slow }"}"#);
    write_post(&mut stream, r#"{"query":"{ hello }"}"#);
    assert!(
        String::from_utf8(read_response(&mut stream, false).1)
            .unwrap()
            .contains("done")
    );
    assert!(
        String::from_utf8(read_response(&mut stream, false).1)
            .unwrap()
            .contains("Hello")
    );
}

#[test]
fn a_stop_waits_for_what_is_being_answered() {
    let mut server = TestServer::start();
    let mut stream = server.connect();
    write_post(&mut stream, r#"{"query":"{ slow }"}"#);
    std::thread::sleep(Duration::from_millis(200));
    server.stop();
    let (head, body) = read_response(&mut stream, false);
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert_eq!(body, br#"{"data":{"slow":"done"}}"#);
    let mut rest = Vec::new();
    assert_eq!(
        stream.read_to_end(&mut rest).unwrap_or(0),
        0,
        "the connection is closed"
    );
    let address = server.address;
    drop(server);
    assert!(
        std::net::TcpStream::connect(address).is_err(),
        "nobody listens any more"
    );
}

#[test]
fn a_stop_does_not_wait_for_idle_connections() {
    let server = TestServer::start();
    let mut used = server.connect();
    write_post(&mut used, r#"{"query":"{ hello }"}"#);
    read_response(&mut used, false);
    let _unused = server.connect();
    std::thread::sleep(Duration::from_millis(100));
    let start = Instant::now();
    drop(server);
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn graphiql_comes_from_here_alone_and_compressed() {
    let server = TestServer::start();
    let page = "<!doctype html><title>GraphiQL</title>\n";
    for path in ["/graphiql", "/graphiql/", "/graphiql/index.html"] {
        let plain = server.get(path, &[]);
        assert_eq!((plain.status, plain.text()), (200, page));
        assert_eq!(plain.header("content-encoding"), "");
        let packed = server.get(path, &[("accept-encoding", "gzip, br")]);
        assert_eq!(
            (packed.body.len(), packed.header("content-encoding")),
            (32, "br")
        );
        let mut unpacked = Vec::new();
        brotli::BrotliDecompress(&mut &*packed.body, &mut unpacked).unwrap();
        assert_eq!(unpacked, page.as_bytes());
        for reply in [&plain, &packed] {
            assert_eq!(
                reply.header("content-security-policy"),
                "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; \
                 font-src 'self' data:; img-src 'self' data:; connect-src 'self' ws: wss:"
            );
            assert_eq!(reply.header("content-type"), "text/html; charset=utf-8");
            assert_eq!(reply.header("x-content-type-options"), "nosniff");
            assert_eq!(reply.header("referrer-policy"), "no-referrer");
            assert_eq!(reply.header("vary"), "Accept-Encoding");
            assert_eq!(reply.header("cache-control"), "no-cache");
        }
        assert_ne!(plain.header("etag"), packed.header("etag"));
        let again = server.get(path, &[("if-none-match", plain.header("etag"))]);
        assert_eq!(
            (again.status, again.body.len(), again.header("etag")),
            (304, 0, plain.header("etag"))
        );
    }
    let font = server.get(
        "/graphiql/assets/codicon-DCMGXMW7.ttf",
        &[("accept-encoding", "br")],
    );
    assert_eq!(
        (font.text(), font.header("content-type")),
        ("font", "font/ttf")
    );
    assert_eq!(font.header("content-encoding"), "");
    assert_eq!(
        font.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    for path in [
        "/graphiql/index.html.br",
        "/graphiql/nothing.js",
        "/graphiql/../Cargo.toml",
        "/graphiqlx",
    ] {
        assert_eq!(server.get(path, &[]).status, 404, "{path}");
    }
}

#[test]
fn pages_for_people_and_monitors() {
    let server = TestServer::start();
    let start = server.get("/", &[("accept", "text/html")]);
    assert_eq!(
        (start.status, start.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    let policy = start.header("content-security-policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-"),
        "{policy}"
    );
    assert!(
        !start.text().contains("src=") && !start.text().contains("//cdn"),
        "loads nothing"
    );
    assert!(
        start
            .text()
            .contains(&format!("curl -G http://{}/graphql", server.address)),
        "this server's address"
    );
    assert!(
        start.text().contains(r#"href="/graphiql""#)
            && start.text().contains(r#"href="/schema.graphql""#)
            && start.text().contains(r#"href="/README.md""#)
    );
    let forged = server.get("/", &[("host", "<script>alert(1)</script>")]);
    assert!(!forged.text().contains("alert"), "{}", forged.text());

    assert!(server.get("/README.md", &[]).text().contains("curl"));
    let schema = server.get("/schema.graphql", &[]);
    assert_eq!(
        (schema.status, schema.header("content-type")),
        (200, "text/plain; charset=utf-8")
    );
    assert!(schema.text().contains("hello(name: String): String!"));
    let etag = schema.header("etag");
    assert_eq!(
        server
            .get("/schema.graphql", &[("if-none-match", etag)])
            .status,
        304
    );

    assert_eq!(
        server.get("/healthz", &[]).summary(),
        "200 text/plain\n  ok\n"
    );
    let nowhere = server.get("/nowhere", &[]);
    assert_eq!(
        (nowhere.status, nowhere.header("content-type")),
        (404, "text/plain; charset=utf-8")
    );
    let written = server.send("POST", "/healthz", &[], b"x");
    assert_eq!(
        (written.status, written.header("allow")),
        (405, "GET, HEAD, OPTIONS")
    );
}

/// The log, as a server writes it.
#[derive(Clone, Default)]
struct Log(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn every_line_of_the_log_has_the_requests_id() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_writer(move || writer.clone())
        .finish();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let app = server::app(settings(), server::schema());
    let request = Request {
        method: Method::Post,
        path: "/graphql".into(),
        query: "secret=1".into(),
        headers: Headers {
            content_type: Some(JSON.into()),
            request_id: Some("r-7".into()),
            ..Headers::default()
        },
        client: None,
        body: Ok(r#"{"query":"{ broken }"}"#.into()),
    };
    let response = tracing::subscriber::with_default(subscriber, || {
        runtime.block_on(http::execute(&app, request))
    });
    assert_eq!(
        (response.status, response.header("x-request-id")),
        (200, Some("r-7"))
    );

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<serde_json::Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(
        lines.iter().all(|line| line["span"]["request_id"] == "r-7"),
        "{log}"
    );
    assert!(
        log.contains("connection to 10.0.0.7 refused"),
        "the cause is for us: {log}"
    );
    let access: Vec<_> = lines
        .iter()
        .filter(|line| line["fields"]["message"] == "answered")
        .collect();
    assert_eq!(access.len(), 1, "{log}");
    let fields = &access[0]["fields"];
    assert_eq!(
        (&fields["method"], &fields["path"]),
        (&json!("POST"), &json!("/graphql"))
    );
    assert_eq!(
        (&fields["status"], &fields["bytes"]),
        (&json!(200), &json!(response.body.len()))
    );
    assert!(fields["ms"].is_number() && !log.contains("secret"), "{log}");
}
