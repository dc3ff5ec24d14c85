//! The registry of who agreed what with whom on migration and integration, served over GraphQL.
//!
//! The map of the house, in the direction in which data flows:
//!
//! - [`http`] takes bytes, and gives bytes: transport, limits, pages for people.
//! - [`graphql`] takes a request, and gives an answer or a refusal; the schema follows from the model.
//! - [`read`] compiles a query to statements and writes their rows as JSON; [`write`](mod@write) applies sets of changes.
//!   [`transfer`] reads bundles of records from files. None of the three knows what the records are about.
//! - [`db`] is the only road to PostgreSQL: a pool of connections, migrations, and a private server where none is given.
//! - [`registry`] puts the model together from the concepts: [`party`], [`agreement`], [`program`], [`region`],
//!   [`action`], [`document`], [`theme`], and [`search`] over all of them. Each declares its fields once, in the vocabulary of [`model`], from what
//!   [`values`] has to offer.
//! - [`generate`] makes up a registry by chance, to measure with.
//! - [`cli`] is the command line, [`config`] its settings, [`logging`] its log; [`coding`] compresses.
//!
//! `ARCHITECTURE.md` tells more, and what must stay true.

pub mod cli;
pub mod coding;
pub mod config;
pub mod db;
pub mod generate;
pub mod graphql;
pub mod http;
pub mod logging;
pub mod model;
pub mod read;
pub mod registry;
#[expect(missing_docs, reason = "diesel's macro gives its items no docs")]
pub mod schema;
pub mod transfer;
pub mod values;
pub mod write;

pub mod action;
pub mod agreement;
pub mod document;
pub mod party;
pub mod program;
pub mod region;
pub mod search;
pub mod theme;
