//! What the tests and the benches share: a real database for each, in milliseconds.
//!
//! ```ignore
//! mod support;                                            // in tests/
//! #[path = "../tests/support/mod.rs"] mod support;        // in benches/
//!
//! let db = support::TestDb::new();            // migrated and empty
//! let db = support::TestDb::with_registry();  // the same with what registry/ holds
//! let pool = db.database();                   // entente::db::Database
//! let mut connection = db.connect();          // PgConnection, for arranging and looking
//! ```
//!
//! There is one PostgreSQL for all ([`cluster`]); `TEST_DATABASE_URL` names another server to use, with a role that may
//! create databases. A database is a copy of a [`template`] and is dropped with its `TestDb`.
#![expect(dead_code, reason = "each file of tests uses its part of this")]

pub mod cluster;
pub mod generate;
pub mod graphql;
pub mod node;
pub mod program;
pub mod template;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use diesel::pg::PgConnection;
use entente::db::{self, Database, DatabaseUrl, PoolOptions};

/// The start of the names of all databases of tests; seconds since 1970, process and number follow.
pub const PREFIX: &str = "entente_test_";

/// A database of its own for one test. Dropped, with whoever is still connected, at the end.
#[derive(Debug)]
pub struct TestDb {
    name: String,
    url: DatabaseUrl,
}

impl TestDb {
    /// A database with the schema and nothing in it.
    pub fn new() -> Self {
        Self::copy(&template::migrated())
    }

    /// A database with what `registry/` holds.
    pub fn with_registry() -> Self {
        Self::copy(&template::with_registry())
    }

    /// A database without even the schema.
    pub fn bare() -> Self {
        Self::copy("template0")
    }

    /// A copy of the template that [`template::named`] returned.
    pub fn copy(template: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .expect("it is later than 1970");
        let name = format!(
            "{PREFIX}{}_{}_{}",
            now.as_secs(),
            std::process::id(),
            NUMBER.fetch_add(1, Ordering::Relaxed)
        );
        cluster::execute(&format!(
            "CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy"
        ));
        Self {
            url: cluster::url().with_database(&name),
            name,
        }
    }

    /// Where it is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// A small pool on it.
    pub fn database(&self) -> Database {
        self.database_with(PoolOptions {
            size: 2,
            ..PoolOptions::default()
        })
    }

    /// A pool on it that is set up as `options` say.
    pub fn database_with(&self, options: PoolOptions) -> Database {
        Database::open(&self.url, options).expect("threads can be started")
    }

    /// A connection of its own, for arranging and looking: it may write, outside of transactions too.
    pub fn connect(&self) -> PgConnection {
        db::connect(&self.url).expect("the test's database is there")
    }
}

impl Drop for TestDb {
    fn drop(&mut self) {
        // What is left, because a test was killed or this failed, is dropped at a later start.
        let _dropped = cluster::try_execute(&format!(
            "DROP DATABASE IF EXISTS {} WITH (FORCE)",
            self.name
        ));
    }
}
