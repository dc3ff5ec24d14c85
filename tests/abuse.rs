//! What nobody means well by: each is refused as it should be, or answered, tells nothing of the inside, and leaves the server
//! as it was.
//!
//! The cases follow the OWASP cheat sheet on GraphQL, the OWASP API Security Top 10, and what GraphQL Armor guards against.

#![expect(clippy::unwrap_used, reason = "what can't be unwrapped fails the test")]

#[path = "abuse/bodies.rs"]
mod bodies;
#[path = "abuse/case.rs"]
mod case;
#[path = "abuse/documents.rs"]
mod documents;
mod support;
#[path = "abuse/values.rs"]
mod values;

use case::{Case, Reply, Server};
use support::TestDb;

/// What only somebody inside would say.
const INSIDE: &[&str] = &[
    "SELECT ",
    "INSERT ",
    " FROM ",
    " WHERE ",
    "pg_",
    "PgConnection",
    "relation \"",
    "column \"",
    "syntax error at or near",
    "diesel",
    "async_graphql",
    "async-graphql",
    "actix",
    "serde",
    "tokio",
    "panicked",
    "backtrace",
    "thread '",
    ".rs:",
    "src/",
    env!("CARGO_MANIFEST_DIR"),
    "/home",
    "/root",
    "/var/",
    "/tmp",
    "postgres",
    "Some(",
    "None)",
    "Ok(",
    "Err(",
    "Error {",
    "Error(",
    "RustString",
];

fn faults(case: &Case, reply: &Reply) -> Vec<String> {
    let mut faults = Vec::new();
    let text = String::from_utf8_lossy(&reply.body);
    let got = (reply.status, reply.code());
    if got != (case.status, case.code.to_owned()) {
        faults.push(format!("{got:?} instead of {:?}", (case.status, case.code)));
    }
    if !text.contains(case.says) {
        faults.push(format!("doesn't say {:?}", case.says));
    }
    if case.code.is_empty() {
        return faults;
    }
    // What the client has said itself is no secret.
    let said = case.said();
    let leaks = INSIDE
        .iter()
        .filter(|word| text.contains(**word) && !said.contains(**word));
    faults.extend(leaks.map(|word| format!("tells {word:?}")));
    if reply.body.len() > 40_000 {
        faults.push(format!("has {} bytes", reply.body.len()));
    }
    if reply.header("cache-control") != "no-store" {
        faults.push("may be kept".to_owned());
    }
    faults
}

#[test]
fn every_abuse_is_refused_in_good_order_and_the_server_goes_on() {
    let db = TestDb::with_registry();
    let mut server = Server::start(&db);
    let cases: Vec<Case> = [documents::cases(), bodies::cases(), values::cases()]
        .into_iter()
        .flatten()
        .collect();
    assert!(cases.len() >= 100, "{}", cases.len());
    let mut found = Vec::new();
    for case in &cases {
        let reply = server.send(case);
        let faults = faults(case, &reply);
        if !faults.is_empty() {
            let text = String::from_utf8_lossy(&reply.body);
            let text: String = text.chars().take(300).collect();
            found.push(format!("{}: {}\n    {text}", case.name, faults.join(", ")));
        }
        server.must_be_alive(case.name);
    }
    assert!(
        found.is_empty(),
        "{} of {}:\n{}",
        found.len(),
        cases.len(),
        found.join("\n")
    );
}
