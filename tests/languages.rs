//! The languages of answers, through real sockets: which one a request gets, and what the answer says of it.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use support::TestDb;
use support::program::{Program, command};

const ALL: &str = "fr, en, es, pt";

/// A programme whose name was first written in Spanish, and has no French.
const BUNDLE: &str = r#"
[[program]]
slug = "ayuda"
originalLanguage = "ES"
status = "OPEN"
name = [{ language = "ES", text = "Ayuda" }, { language = "EN", text = "Aid" }, { language = "PT", text = "Ajuda" }]
summary = [{ language = "ES", text = "Para todos." }]
startsOn = { edtf = "2013-10" }
"#;

/// What it is called, and when it starts; in the language of the request, and in English whatever that is.
const QUERY: &str = r#"{ program(slug: "ayuda") {
  name label summary startsOn { label english: label(language: EN) } english: name(language: EN) french: name(language: FR)
} }"#;

struct Server {
    _program: Program,
    _db: TestDb,
    /// With its port.
    host: String,
}

struct Reply {
    status: u16,
    /// Names in lower case.
    headers: Vec<(String, String)>,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> &str {
        let header = self.headers.iter().find(|(other, _)| other == name);
        header.map_or("", |(_, value)| value)
    }

    fn data(&self) -> Value {
        let mut body: Value = serde_json::from_str(&self.body).expect("answers are JSON");
        body["data"].take()
    }
}

impl Server {
    fn start() -> Self {
        let db = TestDb::new();
        let folder = tempfile::tempdir().expect("a folder can be had");
        std::fs::write(folder.path().join("programs.toml"), BUNDLE).expect("it can be written");
        support::generate::import(&db, folder.path());
        let mut serve = command();
        serve.env("DATABASE_URL", db.url().expose());
        let (program, address) = Program::serve(serve);
        Self {
            _program: program,
            _db: db,
            host: address
                .trim_start_matches("http://")
                .trim_end_matches('/')
                .to_owned(),
        }
    }

    /// Sends a request whose lines of `Accept-Language` are `lines`, byte for byte.
    fn send(&self, start: &str, lines: &[&[u8]], body: &str) -> Reply {
        let mut stream = TcpStream::connect(&self.host).expect("it listens");
        (stream.set_read_timeout(Some(Duration::from_secs(20)))).expect("a time can be set");
        let mut request = format!("{start} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\nAccept: application/graphql-response+json\r\nContent-Length: {}\r\n", self.host, body.len()).into_bytes();
        for line in lines {
            request.extend(b"Accept-Language: ");
            request.extend(*line);
            request.extend(b"\r\n");
        }
        request.extend(b"\r\n");
        request.extend(body.as_bytes());
        // A server that has had enough may close before it has read everything.
        let _sent = stream.write_all(&request);
        let mut reply = Vec::new();
        let _read = stream.read_to_end(&mut reply);
        let reply = String::from_utf8_lossy(&reply);
        let (head, body) = reply.split_once("\r\n\r\n").unwrap_or((&reply, ""));
        let status = head.split(' ').nth(1).unwrap_or_default();
        Reply {
            status: status.parse().unwrap_or_default(),
            headers: (head.lines().filter_map(|line| line.split_once(": ")))
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect(),
            body: body.to_owned(),
        }
    }

    fn post(&self, query: &str, lines: &[&[u8]]) -> Reply {
        let body = json!({ "query": query }).to_string();
        self.send("POST /graphql", lines, &body)
    }

    fn get(&self, query: &str, lines: &[&[u8]]) -> Reply {
        let parameters = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("query", query)
            .finish();
        self.send(&format!("GET /graphql?{parameters}"), lines, "")
    }
}

#[test]
fn a_request_gets_the_language_that_it_prefers_and_is_told_which() {
    let server = Server::start();
    let long = format!("{}pt", "de-DE;q=0.5, ".repeat(600));
    for (lines, language, name, start) in [
        // The registry has no text in French here: the original stands in, dates need none.
        (
            &["fr-CA, en;q=0.8"] as &[&str],
            "fr",
            "Ayuda",
            "octobre 2013",
        ),
        (&["en;q=0.8, es;q=0.9"], "es", "Ayuda", "octubre de 2013"),
        (&["es;q=0.8, en;q=0.9"], "en", "Aid", "October 2013"),
        (&["pt-BR"], "pt", "Ajuda", "outubro de 2013"),
        (&["PT-br ; Q=1.000"], "pt", "Ajuda", "outubro de 2013"),
        (&["de, en;q=0.1"], "en", "Aid", "October 2013"),
        (&["en, fr;q=0"], "en", "Aid", "October 2013"),
        // Several lines are one list.
        (
            &["en;q=0.2", "pt;q=0.3, es;q=0.1"],
            "pt",
            "Ajuda",
            "outubro de 2013",
        ),
        (&["de", "en"], "en", "Aid", "October 2013"),
        (&[&long], "pt", "Ajuda", "outubro de 2013"),
        // None of the registry's languages: texts as they were first written, and dates in French.
        (&[], ALL, "Ayuda", "octobre 2013"),
        (&[""], ALL, "Ayuda", "octobre 2013"),
        (&["*"], ALL, "Ayuda", "octobre 2013"),
        (&["de"], ALL, "Ayuda", "octobre 2013"),
        (&["de, *;q=0.5"], ALL, "Ayuda", "octobre 2013"),
        (&["en;q=0"], ALL, "Ayuda", "octobre 2013"),
        (&["en;q=2, ;;;=, \"en\", e n"], ALL, "Ayuda", "octobre 2013"),
    ] {
        let lines: Vec<&[u8]> = lines.iter().map(|line| line.as_bytes()).collect();
        for reply in [server.post(QUERY, &lines), server.get(QUERY, &lines)] {
            let asked = lines.first().map_or("nothing".into(), |line| {
                String::from_utf8_lossy(&line[..line.len().min(60)]).into_owned()
            });
            assert_eq!(reply.status, 200, "{asked}: {}", reply.body);
            assert_eq!(reply.header("content-language"), language, "{asked}");
            assert_eq!(
                reply.header("vary"),
                "Accept, Accept-Encoding, Accept-Language",
                "{asked}"
            );
            assert_eq!(
                reply.data(),
                json!({ "program": {
                    "name": name,
                    "label": name,
                    "summary": "Para todos.",
                    "startsOn": { "label": start, "english": "October 2013" },
                    "english": "Aid",
                    "french": "Ayuda",
                } }),
                "{asked}"
            );
        }
    }
}

#[test]
fn a_header_that_is_no_text_or_has_no_end_does_no_harm() {
    let server = Server::start();
    let reply = server.post(QUERY, &[b"\xff\xfe, fr", b"en"]);
    assert_eq!(
        (reply.status, reply.header("content-language")),
        (200, "en")
    );
    let endless = "pt, ".repeat(100_000);
    let refused = server.post(QUERY, &[endless.as_bytes()]);
    assert!((400..500).contains(&refused.status), "{}", refused.status);
    assert_eq!(
        server.post(QUERY, &[b"pt"]).header("content-language"),
        "pt"
    );
}

#[test]
fn what_holds_no_text_of_the_registry_is_in_english() {
    let server = Server::start();
    let schema = "{ __typename __type(name: \"Party\") { description } }";
    let invalid = "{ nothing }";
    let half = "{ program(slug: ";
    for (query, status) in [(schema, 200), (invalid, 400), (half, 400)] {
        for reply in [server.post(query, &[b"pt"]), server.get(query, &[b"pt"])] {
            assert_eq!(reply.status, status, "{}", reply.body);
            assert_eq!(reply.header("content-language"), "en", "{query}");
            assert_eq!(
                reply.header("vary"),
                "Accept, Accept-Encoding, Accept-Language",
                "{query}"
            );
        }
    }
    let both = format!("{{ __typename {}", QUERY.trim_start_matches('{'));
    assert_eq!(
        server.post(&both, &[b"pt"]).header("content-language"),
        "pt"
    );
}
