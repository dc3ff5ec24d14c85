//! What carries requests and answers: connections, TLS, codings, pages of other sites, documents that are only named.

#![expect(clippy::unwrap_used, reason = "what can't be unwrapped fails the test")]

#[path = "http/codings.rs"]
mod codings;
#[path = "http/connections.rs"]
mod connections;
#[path = "http/cors.rs"]
mod cors;
#[path = "http/persisted.rs"]
mod persisted;
#[path = "http/plain.rs"]
mod plain;
#[expect(dead_code, reason = "each file of tests uses its part of this")]
#[path = "http/server.rs"]
mod server;
#[path = "http/shares.rs"]
mod shares;
#[path = "http/tls.rs"]
mod tls;

const GRAPHQL: &str = "application/graphql-response+json";
const JSON: &str = "application/json";

fn encoded(parameters: &[(&str, &str)]) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    format!("/graphql?{query}")
}
