//! What an operator can decide about the HTTP side.

use std::time::Duration;

use super::client::Proxies;
use super::cors::Origins;
use super::tls::Tls;
use crate::graphql::guard;

/// Settings of the HTTP server. The defaults suit one server on the machine's own address.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Threads that answer requests.
    pub workers: usize,
    /// Connections that are open at once; more wait to be accepted.
    pub max_connections: usize,
    /// Connections that are open at once from one address, or one network of 64 bits in IPv6; more are refused. 0 counts none.
    pub max_connections_per_address: usize,
    /// Requests to the API that are under way at once; more are refused.
    pub max_requests: usize,
    /// The certificate, where the server speaks TLS.
    pub tls: Option<Tls>,
    /// Whether HTTP/2 is taken without TLS too, from clients that begin with it.
    pub cleartext_http2: bool,
    /// The origins whose pages may read answers.
    pub origins: Origins,
    /// The `Cache-Control` of answers that have an `ETag`.
    pub cache_control: String,
    /// The largest body of a request and the largest message of a WebSocket, in bytes. A larger one is refused while it is
    /// being read.
    pub max_body_bytes: usize,
    /// The largest document of a request.
    pub document: guard::Limits,
    /// The proxies in front of the server, whose word on where requests come from counts.
    pub trusted_proxies: Proxies,
    /// How long a client may take to send the head of a request.
    pub head_timeout: Duration,
    /// How long a client may take to send the body of a request, or a message of a WebSocket.
    pub body_timeout: Duration,
    /// How long answering a request may take, from when it has been read.
    pub request_timeout: Duration,
    /// How long a connection may stay open without a request.
    pub keep_alive: Duration,
    /// WebSockets and event streams that are open at once.
    pub max_sockets: usize,
    /// WebSockets and event streams that are open at once from one address, or one network of 64 bits in IPv6; more are
    /// refused. 0 counts none.
    pub max_sockets_per_address: usize,
    /// Operations that run at once on a WebSocket.
    pub max_socket_operations: usize,
    /// How long a WebSocket may be open before the client begins (`connection_init`).
    pub socket_init_timeout: Duration,
    /// How often a WebSocket or an event stream gets a sign of life. A WebSocket from which nothing came for twice as long is
    /// closed, and so is any connection that has taken nothing of what was sent for twice as long.
    pub heartbeat: Duration,
    /// How long a reader of a WebSocket may leave no room for the next message.
    pub reader_patience: Duration,
    /// How long a WebSocket that is closed from here may take to take the last message.
    pub last_words: Duration,
    /// How long a stop waits for the requests that are being answered.
    pub shutdown_grace: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            workers: std::thread::available_parallelism().map_or(2, std::num::NonZero::get),
            max_connections: 10_000,
            max_connections_per_address: 500,
            max_requests: 1_000,
            tls: None,
            cleartext_http2: false,
            origins: Origins::default(),
            // Ask each time whether it is still true; that costs next to nothing.
            cache_control: "public, max-age=0, must-revalidate".to_owned(),
            max_body_bytes: 1 << 20,
            document: guard::Limits::default(),
            trusted_proxies: Proxies::default(),
            head_timeout: Duration::from_secs(5),
            body_timeout: Duration::from_secs(20),
            request_timeout: Duration::from_secs(15),
            keep_alive: Duration::from_secs(75),
            max_sockets: 1_000,
            max_sockets_per_address: 200,
            max_socket_operations: 50,
            socket_init_timeout: Duration::from_secs(10),
            heartbeat: Duration::from_secs(12),
            reader_patience: Duration::from_secs(10),
            last_words: Duration::from_secs(1),
            shutdown_grace: Duration::from_secs(10),
        }
    }
}
