//! Bundles: records in files, read into change sets.
//!
//! The files' shape is told in `docs/bundles.md`.

mod files;
mod import;
mod json;
mod reader;
mod toml;

pub use import::{ImportError, NoProgress, Progress, ProgressBar, import};
pub use reader::Reader;
