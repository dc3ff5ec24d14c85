//! What front-end teams point at a GraphQL server, pointed at this one: Relay's compiler, graphql-codegen with
//! TypeScript, graphql-eslint, Apollo Client, the audits of graphql-http, graphql-ws and graphql-sse; and compared with what
//! graphql-js finds valid. The scripts are in `tests/clients/`.

mod support;

use support::TestDb;
use support::node::{Scripts, scratch};
use support::program::{Program, command};

/// Runs a script against a server with what `registry/` holds.
#[track_caller]
fn run(script: &str) {
    let scripts = Scripts::of("clients");
    let db = TestDb::with_registry();
    let mut serve = command();
    serve.env("DATABASE_URL", db.url().expose());
    let (_server, address) = Program::serve(serve);
    let folder = scratch(&format!("clients-{}", script.trim_end_matches(".mjs")));
    scripts.run(script, &[address.trim_end_matches('/'), &folder]);
}

#[test]
fn relay_compiles_pages_and_refetches_everything() {
    run("relay.mjs");
}

#[test]
fn every_field_is_typed_and_answers_as_it_is_typed() {
    run("typescript.mjs");
}

#[test]
fn the_schema_passes_graphql_eslint() {
    run("eslint.mjs");
}

#[test]
fn graphql_over_http_passes_every_audit() {
    run("audits.mjs");
}

#[test]
fn what_is_invalid_is_what_the_reference_implementation_finds_invalid() {
    run("validity.mjs");
}

#[test]
fn subscriptions_reach_graphql_ws_and_graphql_sse() {
    run("subscriptions.mjs");
}

#[test]
fn apollo_client_names_documents_by_their_hashes() {
    run("apollo.mjs");
}
