//! What a client may ask for in a minute, and how it learns of it.

#![expect(clippy::unwrap_used, reason = "what can't be unwrapped fails the test")]

#[path = "kept_answers/server.rs"]
#[expect(dead_code, reason = "it serves another file of tests as well")]
mod server;
mod support;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;
use entente::values::Instant;
use serde_json::{Value, json};
use server::{Reply, Server, address, post};
use support::program::wait_until;
use support::{TestDb, cluster};

const VIEWER: &str = "{ viewer { name role rateLimit { limit cost remaining resetAt } } }";

/// The units that a reply says are left.
fn remaining(reply: &Reply) -> u64 {
    let header = reply.header("ratelimit");
    let rest = header.strip_prefix("\"cost\";r=");
    let number = rest
        .and_then(|rest| rest.split_once(";t="))
        .unwrap_or_else(|| panic!("{header}"));
    number.0.parse().unwrap()
}

fn code(reply: &Reply) -> Value {
    reply.json()["errors"][0]["extensions"]["code"].clone()
}

fn ask(server: &Server, query: &str) -> Reply {
    server.send(post(query, &json!({})), &[])
}

#[test]
fn a_client_is_told_what_is_left_and_stopped_when_nothing_is() {
    let db = TestDb::new();
    let server = Server::start(&db, &[("RATE_LIMIT", "600"), ("RESPONSE_CACHE", "0")]);
    let reply = ask(&server, "{ agreements(first: 100) { nodes { slug } } }");
    assert_eq!(reply.status, 200, "{}", reply.text());
    assert_eq!(reply.header("ratelimit-policy"), "\"cost\";q=600;w=60");
    assert!(
        (499..600).contains(&remaining(&reply)),
        "{}",
        remaining(&reply)
    );
    let many = "{ agreements(first: 100) { nodes { parties(first: 3) { nodes { slug } } } } }";
    assert_eq!(ask(&server, many).status, 200);
    let refused = ask(&server, many);
    assert_eq!(refused.status, 429, "{}", refused.text());
    assert_eq!(code(&refused), "RATE_LIMITED");
    assert_eq!(refused.header("cache-control"), "no-store");
    // 101 + 401 + 1 of 600 are spent, and 401 are wanted: 304 at 10 a second.
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=31).contains(&wait), "{wait}");
    let told = &refused.json()["errors"][0]["extensions"];
    assert_eq!((&told["cost"], &told["limit"]), (&json!(400), &json!(600)));
    // What is cheap still passes.
    assert_eq!(
        ask(&server, "{ agreements(first: 1) { nodes { slug } } }").status,
        200
    );
}

#[test]
fn answers_from_memory_and_those_that_the_client_has_cost_one() {
    let db = TestDb::new();
    let server = Server::start(&db, &[("RATE_LIMIT", "60")]);
    let query = address("{ agreements(first: 50) { nodes { slug } } }", &json!({}));
    let first = server.send(query.clone(), &[]);
    assert_eq!(first.status, 200);
    let tag = first.header("etag").to_owned();
    let mut before = remaining(&first);
    assert!(before <= 30, "{before}");
    for headers in [[("if-none-match", "")], [("if-none-match", tag.as_str())]] {
        let again = server.send(query.clone(), &headers);
        assert!([200, 304].contains(&again.status), "{}", again.status);
        assert!(remaining(&again) + 1 >= before, "{}", remaining(&again));
        before = remaining(&again);
        assert_eq!(again.header("ratelimit-policy"), "\"cost\";q=60;w=60");
    }
}

#[test]
fn refusals_are_not_for_nothing() {
    let db = TestDb::new();
    let server = Server::start(&db, &[("RATE_LIMIT", "10")]);
    let statuses: Vec<_> = (0..12).map(|_| ask(&server, "{").status).collect();
    // Reading them alone would use up the budget no sooner than at the eleventh.
    assert!(
        statuses[..2].iter().all(|status| *status == 200),
        "{statuses:?}"
    );
    assert!(
        statuses[8..].iter().all(|status| *status == 429),
        "{statuses:?}"
    );
}

#[test]
fn what_finds_no_database_is_given_back() {
    let db = TestDb::new();
    let server = Server::start(
        &db,
        &[
            ("RATE_LIMIT", "600"),
            ("RESPONSE_CACHE", "0"),
            ("DATABASE_WAIT", "200ms"),
        ],
    );
    let dear = "{ agreements(first: 100) { nodes { parties(first: 3) { nodes { slug } } } } }";
    let with_viewer = format!("{{ viewer {{ role }} {} }}", &dear[1..dear.len() - 1]);
    let mut inside = db.connect();
    let name: String = diesel::select(sql::<Text>("current_database()::text"))
        .get_result(&mut inside)
        .unwrap();
    let admin = |allowed: bool| {
        cluster::execute(&format!(
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
    // The third would find too little left, had the first been kept.
    for query in [dear, &with_viewer, dear, &with_viewer] {
        let reply = ask(&server, query);
        assert_eq!(code(&reply), "UNAVAILABLE", "{}", reply.text());
        assert!(remaining(&reply) > 590, "{}", remaining(&reply));
    }
    admin(true);
    wait_until("it answers again", || {
        ask(&server, dear).status == 200 && {
            let refused = ask(&server, dear);
            code(&refused) == "RATE_LIMITED"
        }
    });
}

#[test]
fn what_is_no_event_stream_is_paid_for_too() {
    let db = TestDb::new();
    let server = Server::start(&db, &[("RATE_LIMIT", "10")]);
    // Without a document there is nothing to begin with.
    let statuses: Vec<_> = (0..12)
        .map(|_| {
            let nothing = address("", &json!({}));
            let events = [("accept", "text/event-stream")];
            server.send(nothing, &events).status
        })
        .collect();
    assert!(statuses.starts_with(&[400]), "{statuses:?}");
    assert!(statuses.ends_with(&[429]), "{statuses:?}");
}

#[test]
fn the_viewer_is_told_of_the_very_request() {
    let db = TestDb::new();
    let server = Server::start(&db, &[("RATE_LIMIT", "6000")]);
    let reply = ask(
        &server,
        "{ me: viewer { ...V } viewer { __typename } agreements(first: 9) { nodes { slug } } __typename }
         fragment V on Viewer { name role rateLimit { limit ...R } rateLimit { cost } }
         fragment R on RateLimit { remaining left: remaining resetAt __typename }",
    );
    let data = &reply.json()["data"];
    let keys: Vec<_> = data.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["me", "viewer", "agreements", "__typename"]);
    assert_eq!(data["viewer"], json!({ "__typename": "Viewer" }));
    assert_eq!(
        (&data["me"]["name"], &data["me"]["role"]),
        (&Value::Null, &json!("ANONYMOUS"))
    );
    let told = &data["me"]["rateLimit"];
    let keys: Vec<_> = told.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "limit",
            "remaining",
            "left",
            "resetAt",
            "__typename",
            "cost"
        ]
    );
    assert_eq!((&told["limit"], &told["cost"]), (&json!(6000), &json!(10)));
    assert_eq!(told["remaining"], told["left"]);
    assert!(told["remaining"].as_u64().unwrap() <= 5_991);
    let reset = Instant::from_rfc_3339(told["resetAt"].as_str().unwrap()).unwrap();
    assert!(reset > Instant::from_rfc_3339("2026-01-01T00:00:00Z").unwrap());
}

#[test]
fn what_a_client_is_told_of_itself_is_kept_by_nobody() {
    let db = TestDb::new();
    let server = Server::start(&db, &[("RATE_LIMIT", "1000")]);
    let hidden = "query($no: Boolean = false) { viewer @include(if: $no) { role } __typename }";
    let dear = "{ viewer { rateLimit { remaining } } agreements(first: 100) { nodes { slug } } }";
    for query in [dear, hidden, "{ ... { ... on Query { viewer { role } } } }"] {
        let mut told = Vec::new();
        for _ in 0..3 {
            let reply = server.send(address(query, &json!({})), &[("if-none-match", "*")]);
            assert_eq!(reply.status, 200, "{}", reply.text());
            assert_eq!(reply.header("cache-control"), "no-store");
            assert_eq!(reply.header("etag"), "");
            assert_eq!(reply.header("cache-status"), "");
            told.push(reply.json());
        }
        let spent = |answer: &Value| answer["data"]["viewer"]["rateLimit"]["remaining"].as_u64();
        if query == dear {
            assert!(spent(&told[2]) < spent(&told[0]), "{told:?}");
        }
    }
}

#[test]
fn long_requests_cost_more() {
    let db = TestDb::new();
    let server = Server::start(&db, &[("RATE_LIMIT", "6000")]);
    let padded = format!("{VIEWER} #{}", "x".repeat(50_000));
    let cost = ask(&server, &padded).json()["data"]["viewer"]["rateLimit"]["cost"].clone();
    assert_eq!(cost, 51);
}

#[test]
fn without_a_limit_there_is_always_enough() {
    let db = TestDb::new();
    let server = Server::start(&db, &[("RATE_LIMIT", "0")]);
    let reply = ask(&server, VIEWER);
    assert_eq!(reply.header("ratelimit"), "");
    assert_eq!(reply.header("ratelimit-policy"), "");
    let told = &reply.json()["data"]["viewer"]["rateLimit"];
    let most = json!(i32::MAX);
    assert_eq!(
        (&told["limit"], &told["remaining"], &told["cost"]),
        (&most, &most, &json!(1))
    );
    assert!(told["resetAt"].is_string());
}

#[test]
fn each_address_has_its_own_and_only_a_trusted_proxy_says_whose_it_is() {
    let db = TestDb::new();
    let all = "{ agreements(first: 100) { nodes { slug } } }";
    let limit = ("RATE_LIMIT", "100");
    // Otherwise only the first pays in full.
    let nothing_kept = ("RESPONSE_CACHE", "0");
    // Whoever connects is the client, whatever it says of others.
    let server = Server::start(&db, &[limit, nothing_kept]);
    assert_eq!(ask(&server, all).status, 200);
    for forged in ["203.0.113.1", "127.0.0.1"] {
        let forwarded = format!("for={forged}");
        let headers = [("x-forwarded-for", forged), ("forwarded", &forwarded)];
        assert_eq!(server.send(post(all, &json!({})), &headers).status, 429);
    }
    // Behind a proxy of ours, those for whom it speaks are.
    let server = Server::start(
        &db,
        &[
            limit,
            nothing_kept,
            ("TRUSTED_PROXIES", "127.0.0.0/8, 10.0.0.1"),
        ],
    );
    let from = |header: &str, value: &str| {
        server
            .send(post(all, &json!({})), &[(header, value)])
            .status
    };
    assert_eq!(from("x-forwarded-for", "203.0.113.1"), 200);
    assert_eq!(from("x-forwarded-for", "203.0.113.1"), 429);
    assert_eq!(
        from("x-forwarded-for", "1.2.3.4, 203.0.113.1, 10.0.0.1"),
        429
    );
    assert_eq!(from("forwarded", "for=203.0.113.1;proto=https"), 429);
    assert_eq!(from("forwarded", "for=203.0.113.2"), 200);
    assert_eq!(from("forwarded", "for=\"[2001:db8::1]\""), 200);
    assert_eq!(from("forwarded", "for=\"[2001:db8::2]\""), 429);
}
