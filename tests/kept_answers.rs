//! Answers that are kept: never older than the request, never more of them than there is memory for.

#![expect(clippy::unwrap_used, reason = "what can't be unwrapped fails the test")]

#[path = "http/plain.rs"]
mod codings;
#[expect(dead_code, reason = "each file of tests uses its part of this")]
#[path = "kept_answers/server.rs"]
mod server;
mod support;

use std::fs;
use std::sync::Barrier;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::thread;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::json;
use server::{Reply, Server, address, post};
use support::TestDb;
use support::program::{command, run, wait_until};

const GRAPHQL: &str = "application/graphql-response+json";
const LIST: &str = "{ agreements(first: 20) { totalCount nodes { slug label parties(first: 5) { nodes { label } } } } }";
/// What nobody may keep without asking again.
const REVALIDATE: &str = "public, max-age=0, must-revalidate";

/// The `cache-status` of a reply: `hit`, `fwd=miss`, or nothing.
fn status(reply: &Reply) -> &str {
    let status = reply.header("cache-status");
    status.strip_prefix("entente; ").unwrap_or(status)
}

#[test]
fn an_answer_is_the_same_whether_it_was_kept_or_not() {
    let db = TestDb::with_registry();
    let keeps = Server::start(&db, &[]);
    let forgets = Server::start(&db, &[("DOCUMENT_CACHE", "0"), ("RESPONSE_CACHE", "0")]);
    let queries = [
        (LIST, json!({})),
        (
            "query A($n: Int!) { parties(first: $n) { nodes { label } } }",
            json!({ "n": 3 }),
        ),
        (
            "query A($n: Int!) { parties(first: $n) { nodes { label } } }",
            json!({ "n": 4 }),
        ),
        ("{ __typename __schema { queryType { name } } }", json!({})),
        (
            "{ search(text: \"ville\", first: 3) { edges { score node { slug } } } }",
            json!({}),
        ),
        ("{ agreement(slug: \"none\") { label } }", json!({})),
    ];
    for (query, variables) in queries {
        for language in ["", "fr-CA, en;q=0.5", "pt"] {
            for accept in [GRAPHQL, "*/*"] {
                let headers = [("accept", accept), ("accept-language", language)];
                let expected = forgets.send(post(query, &variables), &headers);
                assert_eq!(
                    (expected.status, status(&expected)),
                    (200, ""),
                    "{}",
                    expected.text()
                );
                for (request, tagged) in [
                    (address(query, &variables), true),
                    (post(query, &variables), false),
                ] {
                    for _ in 0..2 {
                        let reply = keeps.send(request.clone(), &headers);
                        assert_eq!(reply.status, 200);
                        assert_eq!(reply.text(), expected.text());
                        for name in ["content-type", "content-language", "vary"] {
                            assert_eq!(reply.header(name), expected.header(name), "{name}");
                        }
                        assert_eq!(!reply.header("etag").is_empty(), tagged);
                        let may_be_kept = if tagged { REVALIDATE } else { "no-store" };
                        assert_eq!(reply.header("cache-control"), may_be_kept);
                    }
                    assert_eq!(status(&keeps.send(request.clone(), &headers)), "hit");
                }
            }
        }
    }
}

#[test]
fn an_answer_is_kept_in_each_coding_that_is_asked_for() {
    let db = TestDb::with_registry();
    let keeps = Server::start(&db, &[]);
    let forgets = Server::start(&db, &[("RESPONSE_CACHE", "0")]);
    let request = || address(LIST, &json!({}));
    let expected = keeps.send(request(), &[]).body;
    let mut tags = Vec::new();
    for coding in ["gzip", "br", "zstd"] {
        let accept = [("accept-encoding", coding)];
        let first = keeps.send(request(), &accept);
        let again = keeps.send(request(), &accept);
        assert_eq!(
            (status(&first), status(&again)),
            ("hit", "hit"),
            "the answer was known"
        );
        let fresh = forgets.send(request(), &accept);
        let posted = keeps.send(post(LIST, &json!({})), &accept);
        for reply in [&first, &again, &fresh, &posted] {
            assert_eq!(
                (reply.status, reply.header("content-encoding")),
                (200, coding)
            );
            assert_eq!(reply.header("content-length"), reply.body.len().to_string());
            assert!(codings::plain(coding, &reply.body) == expected, "{coding}");
        }
        assert_eq!(
            first.header("etag"),
            fresh.header("etag"),
            "of every server the same"
        );
        tags.push(first.header("etag").to_owned());
        // Asked for at first in a coding, it is known as it is too.
        let other = format!("{LIST} # {coding}");
        let asked = keeps.send(address(&other, &json!({})), &accept);
        assert_eq!(status(&asked), "fwd=miss");
        assert_eq!(
            status(&keeps.send(address(&other, &json!({})), &accept)),
            "hit"
        );
        assert_eq!(status(&keeps.send(address(&other, &json!({})), &[])), "hit");
    }
    tags.push(keeps.send(request(), &[]).header("etag").to_owned());
    for (at, tag) in tags.iter().enumerate() {
        assert!(
            !tags[..at].contains(tag),
            "other bytes, another tag: {tags:?}"
        );
        // What a client has is true in whichever coding it came.
        for coding in ["", "gzip", "br", "zstd"] {
            for server in [&keeps, &forgets] {
                let headers = [("accept-encoding", coding), ("if-none-match", tag.as_str())];
                let reply = server.send(request(), &headers);
                assert_eq!(
                    (reply.status, reply.header("etag")),
                    (304, tag.as_str()),
                    "{coding}"
                );
                assert_eq!(reply.header("content-encoding"), "");
            }
        }
    }
}

#[test]
fn what_a_client_has_is_not_sent_again() {
    let db = TestDb::with_registry();
    let server = Server::start(&db, &[]);
    let request = || address(LIST, &json!({}));
    let first = server.send(request(), &[]);
    assert_eq!((first.status, status(&first)), (200, "fwd=miss"));
    let tag = first.header("etag").to_owned();
    assert!(
        tag.starts_with('"') && tag.ends_with('"'),
        "a strong one: {tag}"
    );

    // Another server, which has not been asked yet, knows it too; one that keeps nothing as well.
    let other = Server::start(&db, &[]);
    let forgets = Server::start(&db, &[("DOCUMENT_CACHE", "0"), ("RESPONSE_CACHE", "0")]);
    for held in [
        tag.clone(),
        format!("W/{tag}"),
        format!("\"other\", {tag}"),
        "*".to_owned(),
    ] {
        for server in [&server, &other, &forgets] {
            for method in ["GET", "HEAD"] {
                let headers = [("if-none-match", held.as_str())];
                let reply = server.send(request().by(method), &headers);
                assert_eq!((reply.status, reply.text()), (304, ""), "{held}");
                assert_eq!(reply.header("etag"), tag);
                assert_eq!(reply.header("cache-control"), REVALIDATE);
                assert_eq!(
                    reply.header("vary"),
                    "Accept, Accept-Encoding, Accept-Language"
                );
                assert_ne!(reply.header("date"), "");
                assert_ne!(reply.header("x-request-id"), "");
                for name in ["content-type", "content-length", "content-language"] {
                    assert_eq!(reply.header(name), "", "{name}");
                }
            }
        }
    }
    // To HEAD, what GET says but the body.
    let head = server.send(request().by("HEAD"), &[]);
    assert_eq!(
        (head.status, head.header("etag"), head.text()),
        (200, tag.as_str(), "")
    );
    assert_eq!(head.header("content-length"), first.body.len().to_string());
    // A POST is answered in full whatever it says it has.
    let answered = server.send(post(LIST, &json!({})), &[("if-none-match", &tag)]);
    assert_eq!((answered.status, answered.text()), (200, first.text()));
}

#[test]
fn other_answers_have_other_tags() {
    let db = TestDb::with_registry();
    let server = Server::start(&db, &[]);
    let two = "query A($n: Int) { parties(first: $n) { nodes { label } } } query B { __typename }";
    let mut tags: Vec<String> = Vec::new();
    for (query, variables, operation, headers) in [
        (LIST, json!({}), "", vec![]),
        (LIST, json!({}), "", vec![("accept", GRAPHQL)]),
        (LIST, json!({}), "", vec![("accept-language", "fr")]),
        (LIST, json!({}), "", vec![("accept-language", "en")]),
        (&LIST.replace("20", "19"), json!({}), "", vec![]),
        (two, json!({}), "A", vec![]),
        (two, json!({}), "B", vec![]),
        (two, json!({ "n": 1 }), "A", vec![]),
        (two, json!({ "n": 2 }), "A", vec![]),
    ] {
        let request = address(query, &variables).and("operationName", operation);
        let reply = server.send(request.clone(), &headers);
        assert_eq!(reply.status, 200, "{}", reply.text());
        let tag = reply.header("etag").to_owned();
        for known in &tags {
            let mut with = headers.clone();
            with.push(("if-none-match", known));
            assert_eq!(server.send(request.clone(), &with).text(), reply.text());
        }
        assert!(!tag.is_empty() && !tags.contains(&tag), "{tag} of {tags:?}");
        tags.push(tag);
    }
    // What a language is preferred by does not matter.
    let french = server.send(
        address(LIST, &json!({})).and("operationName", ""),
        &[("accept-language", "fr-CA, de;q=0.9")],
    );
    assert_eq!(
        (french.header("etag"), status(&french)),
        (tags[2].as_str(), "hit")
    );
}

#[test]
fn refusals_are_neither_kept_nor_tagged() {
    let db = TestDb::with_registry();
    let server = Server::start(&db, &[]);
    for query in [
        "{ nonsense }",
        "{",
        "{ agreements(first: 1000) { totalCount } }",
        "{ agreements(first: 1, after: \"forged\") { totalCount } }",
    ] {
        for request in [address(query, &json!({})), post(query, &json!({}))] {
            for _ in 0..2 {
                let reply = server.send(
                    request.clone(),
                    &[("accept", GRAPHQL), ("if-none-match", "*")],
                );
                assert_eq!(
                    (reply.status, status(&reply)),
                    (400, ""),
                    "{}",
                    reply.text()
                );
                assert_eq!(
                    (reply.header("etag"), reply.header("cache-control")),
                    ("", "no-store")
                );
            }
        }
    }
}

#[test]
fn no_more_is_kept_than_there_is_memory_for() {
    const BYTES: usize = 100_000;
    let db = TestDb::with_registry();
    let server = Server::start(&db, &[("RESPONSE_CACHE", &BYTES.to_string())]);
    // Alike in what they ask, and different as texts.
    let query = |number: usize| {
        format!(
            "# {number}\n{}",
            LIST.replace("slug", "slug id createdAt updatedAt version")
        )
    };
    let body = server.send(post(&query(0), &json!({})), &[]).body.len();
    let count = 4 * BYTES / body;
    assert!(count > 20, "answers of {body} bytes");
    for number in 0..count {
        server.send(address(&query(number), &json!({})), &[]);
    }
    let hits = (0..count)
        .filter(|number| {
            let reply = server.send(address(&query(*number), &json!({})), &[]);
            assert_eq!(reply.status, 200);
            status(&reply) == "hit"
        })
        .count();
    assert!(hits > 0, "of {count} answers of {body} bytes none was kept");
    assert!(hits * body <= BYTES, "{hits} answers of {body} bytes");
}

#[test]
fn what_many_ask_at_once_is_found_once() {
    const MANY: usize = 16;
    let db = TestDb::with_registry();
    let server = Server::start(&db, &[]);
    let together = Barrier::new(MANY);
    for round in 0..5 {
        let query = format!("# {round}\n{LIST}");
        let replies: Vec<Reply> = thread::scope(|scope| {
            let asking: Vec<_> = (0..MANY)
                .map(|_| {
                    let (client, query, together) = (server.client(), &query, &together);
                    scope.spawn(move || {
                        together.wait();
                        client.send(post(query, &json!({})), &[])
                    })
                })
                .collect();
            asking.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let misses = replies.iter().filter(|reply| status(reply) == "fwd=miss");
        assert_eq!(misses.count(), 1);
        let same = |reply: &Reply| reply.status == 200 && reply.text() == replies[0].text();
        assert!(replies.iter().all(same));
    }
}

#[test]
fn without_the_database_nothing_is_said_from_memory() {
    let db = TestDb::with_registry();
    let server = Server::start(&db, &[("DATABASE_WAIT", "200ms")]);
    let ask = |held: &str| {
        let get = server.send(
            address(LIST, &json!({})),
            &[("accept", GRAPHQL), ("if-none-match", held)],
        );
        let post = server.send(post(LIST, &json!({})), &[("accept", GRAPHQL)]);
        (get, post)
    };
    let (first, _) = ask("");
    let tag = first.header("etag").to_owned();
    let (known, hit) = ask(&tag);
    assert_eq!((known.status, hit.status, status(&hit)), (304, 200, "hit"));

    let mut inside = db.connect();
    let name: String = diesel::select(sql::<Text>("current_database()::text"))
        .get_result(&mut inside)
        .unwrap();
    let admin = |allowed: bool| {
        support::cluster::execute(&format!(
            "ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}"
        ));
    };
    admin(false);
    inside
        .batch_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .unwrap();
    for _ in 0..3 {
        let (get, post) = ask(&tag);
        for reply in [get, post] {
            assert_eq!(
                (reply.status, status(&reply)),
                (503, ""),
                "{}",
                reply.text()
            );
            assert_eq!(reply.header("cache-control"), "no-store");
        }
    }
    admin(true);
    wait_until("it answers again", || ask("").1.status == 200);
    wait_until("it knows again what it said", || {
        let (get, post) = ask(&tag);
        get.status == 304 && status(&post) == "hit"
    });
}

/// How often the writer writes.
const ROUNDS: i64 = 12;

#[test]
fn nobody_reads_what_is_older_than_the_request_whoever_wrote_it() {
    let db = TestDb::new();
    let folder = tempfile::tempdir().unwrap();
    let write = |round: i64| {
        let record = format!(
            "[[region]]\nslug = \"ici\"\noriginalLanguage = \"FR\"\nkind = \"COUNTRY\"\n\
             name = [{{ language = \"FR\", text = \"Ici {round}\" }}]\n"
        );
        fs::write(folder.path().join("records.toml"), record).unwrap();
        let mut import = command();
        import
            .arg("import")
            .arg(folder.path())
            .env("DATABASE_URL", db.url().expose());
        let output = run(import);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    };
    write(0);
    let server = Server::start(&db, &[]);
    let query = "{ region(slug: \"ici\") { label } }";
    // What the writer knows to be there, and what any reader has read.
    let (written, read) = (AtomicI64::new(0), AtomicI64::new(0));
    let (hits, unchanged, answers) = (
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicUsize::new(0),
    );
    thread::scope(|scope| {
        for reader in 0..4 {
            let (client, written, read) = (server.client(), &written, &read);
            let (hits, unchanged, answers) = (&hits, &unchanged, &answers);
            scope.spawn(move || {
                let (mut tag, mut held) = (String::new(), 0);
                while written.load(Ordering::SeqCst) < ROUNDS {
                    let least = written
                        .load(Ordering::SeqCst)
                        .max(read.load(Ordering::SeqCst));
                    let request = if reader % 2 == 0 {
                        address(query, &json!({}))
                    } else {
                        post(query, &json!({}))
                    };
                    let reply = client.send(request, &[("if-none-match", &tag)]);
                    let seen = if reply.status == 304 {
                        unchanged.fetch_add(1, Ordering::Relaxed);
                        held
                    } else {
                        assert_eq!(reply.status, 200, "{}", reply.text());
                        hits.fetch_add(usize::from(status(&reply) == "hit"), Ordering::Relaxed);
                        let label = reply.json()["data"]["region"]["label"]
                            .as_str()
                            .unwrap()
                            .to_owned();
                        label.strip_prefix("Ici ").unwrap().parse().unwrap()
                    };
                    assert!(seen >= least, "read {seen} after {least} was there");
                    read.fetch_max(seen, Ordering::SeqCst);
                    answers.fetch_add(1, Ordering::Relaxed);
                    (tag, held) = (reply.header("etag").to_owned(), seen);
                }
            });
        }
        for round in 1..=ROUNDS {
            write(round);
            written.store(round, Ordering::SeqCst);
        }
    });
    let counts = [&hits, &unchanged, &answers].map(|count| count.load(Ordering::Relaxed));
    assert!(
        counts.iter().all(|count| *count > 0),
        "hits, unchanged, answers: {counts:?}"
    );
    assert!(read.into_inner() >= ROUNDS - 1);
}
