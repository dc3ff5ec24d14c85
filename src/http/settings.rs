//! What an operator can decide about the HTTP side.

use std::time::Duration;

use super::client::Proxies;
use crate::graphql::guard;

/// Settings of the HTTP server. The defaults suit one server on the machine's own address.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Threads that answer requests.
    pub workers: usize,
    /// Connections that each worker keeps open at once; more wait to be accepted.
    pub max_connections: usize,
    /// The largest body of a request, in bytes. A larger one is refused while it is being read.
    pub max_body_bytes: usize,
    /// The largest document of a request.
    pub document: guard::Limits,
    /// The proxies in front of the server, whose word on where requests come from counts.
    pub trusted_proxies: Proxies,
    /// How long a client may take to send the head of a request.
    pub head_timeout: Duration,
    /// How long a client may take to send the body of a request.
    pub body_timeout: Duration,
    /// How long answering a request may take, from when it has been read.
    pub request_timeout: Duration,
    /// How long a connection may stay open without a request.
    pub keep_alive: Duration,
    /// How long a stop waits for the requests that are being answered.
    pub shutdown_grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            workers: std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
            max_connections: 10_000,
            max_body_bytes: 1 << 20,
            document: guard::Limits::default(),
            trusted_proxies: Proxies::default(),
            head_timeout: Duration::from_secs(5),
            body_timeout: Duration::from_secs(20),
            request_timeout: Duration::from_secs(15),
            keep_alive: Duration::from_secs(75),
            shutdown_grace: Duration::from_secs(10),
        }
    }
}
