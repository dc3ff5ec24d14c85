//! The registry of who agreed what with whom on migration and integration.

pub mod cli;
pub mod config;
pub mod db;
pub mod graphql;
pub mod http;
pub mod logging;
pub mod model;
pub mod read;
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
pub mod theme;
