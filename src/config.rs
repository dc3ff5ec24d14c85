//! Every setting: its name, what it means, its default, its check.
//!
//! A setting is declared once, in `settings!` below. From that follow its flag (`--listen-addr`), its environment
//! variable (`LISTEN_ADDR`, also read from a `.env` file), its place in `--help` and in `entente doctor`, and its field
//! in [`Config`]. A flag goes before the environment, that before `.env`, and that before the default; a value that is
//! empty counts as none.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::db::{DatabaseUrl, PoolOptions, PrivateOptions};
use crate::http::Tls;
use crate::{graphql, http, read};

mod checks;
mod sources;

use checks::{
    address, boolean, bytes, cost, count, database_url, depth, duration, header_value, log_filter,
    log_format, optional, path, pool_size, positive, proxies, required, sockets, units,
};
pub use sources::{Described, Flags, Origin};
use sources::{Setting, Values};

/// What goes without saying.
const READS: read::Limits = read::Limits::USUAL;
const TEXT: graphql::guard::Limits = graphql::guard::Limits::USUAL;
const DOCUMENT: graphql::document::Limits = graphql::document::Limits::USUAL;

/// Declares the settings. `optional` ones have no default and may stay unset.
macro_rules! settings {
    ($(
        $(#[doc = $doc:literal])+
        $name:ident $field:ident: $type:ty, $placeholder:literal, $default:expr, $read:expr $(, $secret:ident)?;
    )+) => {
        /// What the program runs with: every setting, checked.
        #[derive(Clone, Debug)]
        pub struct Config {
            $($(#[doc = $doc])+ pub $field: $type,)+
            described: Vec<Described>,
        }

        /// The declarations, in the order in which people are shown them.
        const SETTINGS: &[Setting] = &[$(
            Setting {
                name: stringify!($name),
                placeholder: $placeholder,
                doc: &[$($doc),+],
                default: $default,
                secret: settings!(@secret $($secret)?),
            },
        )+];

        impl Config {
            fn read(values: &mut Values) -> Option<Self> {
                $(let $field = values.take(stringify!($name), $read);)+
                Some(Self {
                    $($field: $field?,)+
                    described: std::mem::take(&mut values.described),
                })
            }
        }
    };
    (@secret) => { false };
    (@secret secret) => { true };
}

settings! {
    /// The PostgreSQL database to use. Without it the program brings up a private PostgreSQL in
    /// `DATA_DIR`.
    DATABASE_URL database_url: Option<DatabaseUrl>, "URL", || None, optional(database_url), secret;

    /// The folder of the private PostgreSQL: everything that it keeps is in there.
    DATA_DIR data_dir: PathBuf, "FOLDER", || Some(default_data_dir().to_owned()), required(path);

    /// Where the programs of PostgreSQL are (`postgres`, `initdb`), for the private one. Without it they are looked for.
    PG_BIN_DIR pg_bin_dir: Option<PathBuf>, "FOLDER", || None, optional(path);

    /// How many connections to the database there are at most. The default is two for each core; more make slow answers
    /// slower.
    DATABASE_POOL_SIZE database_pool_size: usize, "NUMBER",
        || Some(PoolOptions::default().size.to_string()), required(pool_size);

    /// How long a request waits for a connection to the database before it is told to come back later (503).
    DATABASE_WAIT database_wait: Duration, "TIME", || Some("2s".to_owned()), required(duration);

    /// Where to listen: an address and a port. Port 0 takes a free one.
    LISTEN_ADDR listen_addr: SocketAddr, "ADDRESS", || Some("127.0.0.1:8080".to_owned()), required(address);

    /// How long a request may take; then its work is cancelled and it is told so (504).
    REQUEST_TIMEOUT request_timeout: Duration, "TIME", || Some("10s".to_owned()), required(duration);

    /// The longest body of a request and the longest message of a WebSocket, in bytes.
    MAX_BODY_BYTES max_body_bytes: usize, "NUMBER", || Some((1 << 20).to_string()), required(positive);

    /// The units of cost that a client (an address; of IPv6, a network of 64 bits) may ask for in a minute, all at once or
    /// one after the other; 0 for no limit. Records, pages and counts cost what docs/limits.md says. The default is ten of
    /// the largest requests, or 400 pages of a list of 50 with what each row shows.
    RATE_LIMIT rate_limit: u32, "NUMBER", || Some(graphql::RATE_LIMIT.to_string()), required(units);

    /// The proxies in front of the server: addresses and networks with commas between. What these say of where a request
    /// comes from, in `Forwarded` or `X-Forwarded-For`, is believed. Without any, whoever connects is the client.
    TRUSTED_PROXIES trusted_proxies: Option<http::Proxies>, "ADDRESSES", || None, optional(proxies);

    /// What a query may cost, in units: about a unit for each record that may come.
    MAX_COST max_cost: u64, "NUMBER", || Some(READS.cost.to_string()), required(cost);

    /// The most elements of a page, and identifiers that `nodes` takes.
    MAX_PAGE_SIZE max_page_size: usize, "NUMBER", || Some(READS.page.to_string()), required(positive);

    /// The most lists, related records and counts of a query: each is a piece of a statement that PostgreSQL plans.
    MAX_LISTS max_lists: usize, "NUMBER", || Some(READS.pieces.to_string()), required(positive);

    /// The most rows that a query may load, whatever it may cost: lists without pages can be longer than reckoned.
    MAX_ROWS max_rows: usize, "NUMBER", || Some(READS.rows.to_string()), required(positive);

    /// The most conditions of the filters of a query.
    MAX_FILTER_CONDITIONS max_filter_conditions: usize, "NUMBER", || Some(READS.conditions.to_string()), required(positive);

    /// The most words of all search texts of a query.
    MAX_SEARCH_WORDS max_search_words: usize, "NUMBER", || Some(READS.searched.to_string()), required(positive);

    /// The most bytes of all arguments of a query; a variable counts wherever it is used.
    MAX_ARGUMENT_BYTES max_argument_bytes: usize, "BYTES", || Some(READS.arguments.to_string()), required(positive);

    /// The longest document, in bytes.
    MAX_QUERY_BYTES max_query_bytes: usize, "BYTES", || Some(TEXT.max_bytes.to_string()), required(positive);

    /// The most tokens of a document: names, values, punctuation.
    MAX_QUERY_TOKENS max_query_tokens: usize, "NUMBER", || Some(TEXT.max_tokens.to_string()), required(positive);

    /// The most fields within each other, with fragments written out; 1 to 30.
    MAX_QUERY_DEPTH max_query_depth: usize, "NUMBER", || Some(DOCUMENT.max_depth.to_string()), required(depth);

    /// The most fields of a document, with fragments written out wherever they are spread.
    MAX_QUERY_FIELDS max_query_fields: usize, "NUMBER", || Some(READS.fields.to_string()), required(positive);

    /// The most fields of a document with an alias.
    MAX_QUERY_ALIASES max_query_aliases: usize, "NUMBER", || Some(DOCUMENT.max_aliases.to_string()), required(positive);

    /// The most directives of a document.
    MAX_QUERY_DIRECTIVES max_query_directives: usize, "NUMBER", || Some(DOCUMENT.max_directives.to_string()), required(positive);

    /// How many requests to the API may be under way at once; what comes beyond is told at once to come back later (503).
    /// The default bounds memory, and how long one waits behind the others, to what a small machine can bear.
    MAX_REQUESTS max_requests: usize, "NUMBER", || Some("1000".to_owned()), required(positive);

    /// How many connections may be open at once; more wait to be accepted.
    MAX_CONNECTIONS max_connections: usize, "NUMBER", || Some("10000".to_owned()), required(positive);

    /// How many connections one address (in IPv6, one network of 64 bits) may have open at once; more are refused. 0 counts
    /// none: for a server behind a proxy, whose connections all come from one address.
    MAX_CONNECTIONS_PER_ADDRESS max_connections_per_address: usize, "NUMBER", || Some("500".to_owned()), required(count);

    /// How long a client may take to send the head of a request (408).
    HEAD_TIMEOUT head_timeout: Duration, "TIME", || Some("5s".to_owned()), required(duration);

    /// How long a client may take to send the body of a request (408).
    BODY_TIMEOUT body_timeout: Duration, "TIME", || Some("20s".to_owned()), required(duration);

    /// How long a connection may stay open without a request. Longer than proxies keep theirs, so that they close first.
    KEEP_ALIVE keep_alive: Duration, "TIME", || Some("75s".to_owned()), required(duration);

    /// The file of the certificate, in PEM, with those that lead to a known one; with `TLS_KEY` the server speaks TLS, and
    /// HTTP/2. When the files change, new connections get what they then hold.
    TLS_CERT tls_cert: Option<PathBuf>, "FILE", || None, optional(path);

    /// The file of the certificate's private key, in PEM.
    TLS_KEY tls_key: Option<PathBuf>, "FILE", || None, optional(path);

    /// Whether HTTP/2 is taken without TLS too (prior knowledge), for a proxy that speaks it: `true` or `false`. Such a
    /// connection may stay silent for ever, so this is not for the open network.
    CLEARTEXT_HTTP2 cleartext_http2: bool, "BOOLEAN", || Some("false".to_owned()), required(boolean);

    /// The origins whose pages may read answers in a browser: `*` for any, `none`, or a list such as
    /// `https://example.org,http://localhost:5173`. Any, as what is here is public and no browser is ever told to send
    /// credentials.
    CORS_ORIGINS cors_origins: http::Origins, "ORIGINS", || Some("*".to_owned()), required(str::parse);

    /// The `Cache-Control` of answers to queries by GET. The default lets everybody keep them and ask each time whether they
    /// still hold.
    CACHE_CONTROL cache_control: String, "VALUE",
        || Some(http::Settings::default().cache_control), required(header_value);

    /// The memory for documents that clients send once and then name by their hash (automatic persisted queries), in bytes;
    /// 0 keeps none.
    PERSISTED_QUERIES persisted_queries: usize, "BYTES", || Some(graphql::PERSISTED_QUERIES.to_string()), required(bytes);

    /// The folder of the documents that may be asked; nothing else is answered. Without it any document is.
    TRUSTED_DOCUMENTS trusted_documents: Option<PathBuf>, "FOLDER", || None, optional(path);

    /// The memory for documents that were checked and for their plans, in bytes; 0 keeps none.
    DOCUMENT_CACHE document_cache: usize, "BYTES", || Some(graphql::DOCUMENT_CACHE.to_string()), required(bytes);

    /// The memory for answers that were given, in bytes; 0 keeps none. What is served from it is as new as what is not.
    RESPONSE_CACHE response_cache: usize, "BYTES", || Some((64 << 20).to_string()), required(bytes);

    /// How many WebSockets and event streams may be open at once; more are told to come back later (503).
    MAX_SOCKETS max_sockets: usize, "NUMBER", || Some("1000".to_owned()), required(sockets);

    /// How many WebSockets and event streams one address (in IPv6, one network of 64 bits) may have open at once; more are
    /// told to come back later (503). 0 counts none.
    MAX_SOCKETS_PER_ADDRESS max_sockets_per_address: usize, "NUMBER", || Some("200".to_owned()), required(count);

    /// How many operations may run at once on one WebSocket.
    MAX_SOCKET_OPERATIONS max_socket_operations: usize, "NUMBER", || Some("50".to_owned()), required(positive);

    /// How long a WebSocket may be open before its client begins (`connection_init`).
    SOCKET_INIT_TIMEOUT socket_init_timeout: Duration, "TIME", || Some("10s".to_owned()), required(duration);

    /// How often WebSockets and event streams get a sign of life. A WebSocket that gives none for twice as long is closed.
    HEARTBEAT heartbeat: Duration, "TIME", || Some("12s".to_owned()), required(duration);

    /// The folder of records that an empty private database is filled with when it is first served.
    REGISTRY_DIR registry_dir: PathBuf, "FOLDER", || Some("registry".to_owned()), required(path);

    /// How long requests that are under way may go on after the program is told to stop.
    SHUTDOWN_TIMEOUT shutdown_timeout: Duration, "TIME", || Some("10s".to_owned()), required(duration);

    /// How the log is written: `text` for people, `json` for machines, or `auto`: text on a terminal, else JSON.
    LOG_FORMAT log_format: LogFormat, "FORMAT", || Some("auto".to_owned()), required(log_format);

    /// What the log tells: a level (error, warn, info, debug, trace), or levels by module, as `info,entente::db=debug`.
    RUST_LOG log_filter: String, "FILTER", || Some("info,actix_server=warn".to_owned()), required(log_filter);
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, else JSON.
    Auto,
    /// For people.
    Text,
    /// For machines: an object a line.
    Json,
}

/// Everything that is wrong with the settings.
#[derive(Debug, thiserror::Error)]
#[error("{}", .0.join("\n"))]
pub struct ConfigError(Vec<String>);

impl Config {
    /// Reads and checks all settings.
    ///
    /// # Errors
    ///
    /// One error with everything that is wrong, a line each.
    pub fn load(flags: &Flags) -> Result<Self, ConfigError> {
        let mut problems = Vec::new();
        let dot_env = sources::dot_env(&mut problems);
        Self::from_sources(flags, |name| std::env::var(name).ok(), &dot_env, problems)
    }

    fn from_sources(
        flags: &Flags,
        environment: impl Fn(&str) -> Option<String>,
        dot_env: &BTreeMap<String, String>,
        problems: Vec<String>,
    ) -> Result<Self, ConfigError> {
        let mut values = Values::find(flags, environment, dot_env, problems);
        match Self::read(&mut values) {
            Some(config) if values.problems.is_empty() => Ok(config),
            _ => Err(ConfigError(values.problems)),
        }
    }

    /// All settings with their values and where each was found, secrets masked.
    pub fn described(&self) -> &[Described] {
        &self.described
    }

    /// How a private PostgreSQL is to be set up.
    pub fn private(&self) -> PrivateOptions {
        PrivateOptions {
            bin_dir: self.pg_bin_dir.clone(),
            ..PrivateOptions::new(&self.data_dir)
        }
    }

    /// How the HTTP side is to be set up.
    pub fn http(&self) -> http::Settings {
        http::Settings {
            max_body_bytes: self.max_body_bytes,
            request_timeout: self.request_timeout,
            trusted_proxies: self.trusted_proxies.clone().unwrap_or_default(),
            document: graphql::guard::Limits {
                max_bytes: self.max_query_bytes,
                max_tokens: self.max_query_tokens,
                ..TEXT
            },
            shutdown_grace: self.shutdown_timeout,
            max_sockets: self.max_sockets,
            max_sockets_per_address: self.max_sockets_per_address,
            max_socket_operations: self.max_socket_operations,
            socket_init_timeout: self.socket_init_timeout,
            heartbeat: self.heartbeat,
            max_requests: self.max_requests,
            max_connections: self.max_connections,
            max_connections_per_address: self.max_connections_per_address,
            head_timeout: self.head_timeout,
            body_timeout: self.body_timeout,
            keep_alive: self.keep_alive,
            cleartext_http2: self.cleartext_http2,
            origins: self.cors_origins.clone(),
            cache_control: self.cache_control.clone(),
            ..http::Settings::default()
        }
    }

    /// How much a document may stand for.
    pub fn document(&self) -> graphql::document::Limits {
        graphql::document::Limits {
            max_selections: self.max_query_fields as u64,
            max_depth: self.max_query_depth,
            max_aliases: self.max_query_aliases,
            max_directives: self.max_query_directives,
            ..DOCUMENT
        }
    }

    /// How much a query may ask of the registry.
    pub fn reads(&self) -> read::Limits {
        read::Limits {
            cost: self.max_cost,
            fields: self.max_query_fields,
            pieces: self.max_lists,
            rows: self.max_rows,
            page: self.max_page_size,
            conditions: self.max_filter_conditions,
            searched: self.max_search_words,
            arguments: self.max_argument_bytes,
        }
    }

    /// The certificate, where there is one.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn tls(&self) -> Result<Option<Tls>, String> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(certificate), Some(key)) => Tls::read(certificate, key).map(Some),
            (None, None) => Ok(None),
            (Some(_), None) => Err("TLS_CERT is set, but not TLS_KEY".to_owned()),
            (None, Some(_)) => Err("TLS_KEY is set, but not TLS_CERT".to_owned()),
        }
    }

    /// How the pool of connections is to be set up.
    pub fn pool(&self) -> PoolOptions {
        PoolOptions {
            size: self.database_pool_size,
            wait: self.database_wait,
            // Requests are cancelled when their time is up; this is for when that fails.
            statement_timeout: self.request_timeout + Duration::from_secs(2),
            ..PoolOptions::default()
        }
    }
}

fn default_data_dir() -> &'static str {
    // Root's own folders are closed to the user as whom PostgreSQL runs.
    if rustix::process::geteuid().is_root() {
        "/var/lib/entente"
    } else {
        "data"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(
        flags: &[(&'static str, &str)],
        environment: &[(&str, &str)],
        dot_env: &[(&str, &str)],
    ) -> Result<Config, ConfigError> {
        let flags = Flags(
            flags
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
        );
        let dot_env = dot_env
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let lookup = |name: &str| {
            environment
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Config::from_sources(&flags, lookup, &dot_env, Vec::new())
    }

    fn origin(config: &Config, name: &str) -> Origin {
        config
            .described()
            .iter()
            .find(|described| described.name == name)
            .expect("is declared")
            .origin
    }

    #[test]
    fn everything_has_a_default_that_passes_its_own_check() {
        let config = load(&[], &[], &[]).expect("defaults are right");
        assert_eq!(config.listen_addr.to_string(), "127.0.0.1:8080");
        assert_eq!(config.max_body_bytes, 1_048_576);
        assert_eq!(config.database_url, None);
        assert_eq!(config.described().len(), SETTINGS.len());
    }

    #[test]
    fn the_example_names_every_setting_and_no_other() {
        let example = include_str!("../.env.example");
        let names: Vec<&str> = example
            .lines()
            .filter_map(|line| line.strip_prefix("# ")?.split_once('='))
            .map(|(name, _)| name)
            .collect();
        let declared: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
        assert_eq!(names, declared);
    }

    #[test]
    fn the_page_of_limits_has_every_limit_with_its_default() {
        let page = include_str!("../docs/limits.md").replace(',', "");
        for setting in SETTINGS {
            let is_limit = setting.name.starts_with("MAX_") || setting.name == "RATE_LIMIT";
            if let (true, Some(default)) = (is_limit, (setting.default)()) {
                let row = format!("| `{}` | {default} |", setting.name);
                assert!(page.contains(&row), "{row}");
            }
        }
    }

    #[test]
    fn a_flag_goes_before_the_environment_and_that_before_dot_env() {
        let config = load(
            &[("LISTEN_ADDR", "127.0.0.1:1")],
            &[
                ("LISTEN_ADDR", "127.0.0.1:2"),
                ("REQUEST_TIMEOUT", "500ms"),
                ("LOG_FORMAT", " "),
            ],
            &[
                ("LISTEN_ADDR", "127.0.0.1:3"),
                ("REQUEST_TIMEOUT", "3s"),
                ("LOG_FORMAT", "json"),
            ],
        )
        .expect("is right");
        assert_eq!(config.listen_addr.port(), 1);
        assert_eq!(origin(&config, "LISTEN_ADDR"), Origin::Flag);
        assert_eq!(config.request_timeout, Duration::from_millis(500));
        assert_eq!(origin(&config, "REQUEST_TIMEOUT"), Origin::Environment);
        assert_eq!(config.log_format, LogFormat::Json);
        assert_eq!(origin(&config, "LOG_FORMAT"), Origin::DotEnv);
        assert_eq!(origin(&config, "DATA_DIR"), Origin::Default);
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let error = load(
            &[("LISTEN_ADDR", "8080")],
            &[
                ("REQUEST_TIMEOUT", "soon"),
                ("DATABASE_URL", "mysql://ann:s3cret@db/registry"),
            ],
            &[("DATABASE_POOL_SIZE", "0"), ("RUST_LOG", "entente=loud")],
        )
        .expect_err("is wrong")
        .to_string();
        assert_eq!(error.lines().count(), 5, "{error}");
        for part in [
            "LISTEN_ADDR=8080 (from: flag) is not an address and a port",
            "REQUEST_TIMEOUT=soon (from: environment) is not a time",
            "DATABASE_POOL_SIZE=0 (from: .env) is not a whole number above 0",
            "DATABASE_URL=*** (from: environment) is not the address of a PostgreSQL",
            "RUST_LOG=entente=loud (from: .env) is no filter",
        ] {
            assert!(error.contains(part), "{part} in:\n{error}");
        }
        assert!(!error.contains("s3cret"), "{error}");
    }
}
