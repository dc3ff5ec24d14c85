//! `entente import DIR`: a bundle into the registry.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use diesel::{PgConnection, RunQueryDsl};
use indicatif::{ProgressDrawTarget, ProgressStyle};
use thiserror::Error;

use super::Reader;
use crate::write::{self, ApplyError, Problems, Summary};

/// Who the log says it was.
const ACTOR: &str = "import";

/// Why a bundle was not imported; nothing of it was.
#[derive(Debug, Error)]
pub enum ImportError {
    /// The folder can't be read.
    #[error("the folder {} can't be read: {source}", dir.display())]
    Folder {
        /// The folder.
        dir: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is nothing to read.
    #[error(
        "there are no records in {}: a bundle has files named *.toml or *.jsonl", .0.display()
    )]
    Empty(PathBuf),
    /// What is written there is wrong: all of it is told.
    #[error("{0}")]
    Invalid(Problems),
    /// The rest.
    #[error(transparent)]
    Failed(ApplyError),
}

impl From<ApplyError> for ImportError {
    fn from(error: ApplyError) -> Self {
        match error {
            ApplyError::Invalid(problems) => Self::Invalid(problems),
            error => Self::Failed(error),
        }
    }
}

/// Someone who watches an import.
pub trait Progress {
    /// So many of so many bytes have been read, with so many records.
    fn reading(&mut self, bytes: u64, of: u64, records: usize);
    /// All has been read; the database is at work.
    fn writing(&mut self, records: usize);
}

/// Nobody watches.
pub struct NoProgress;

impl Progress for NoProgress {
    fn reading(&mut self, _bytes: u64, _of: u64, _records: usize) {}
    fn writing(&mut self, _records: usize) {}
}

/// A bar on standard error, if that is a terminal. It goes when it is dropped.
pub struct ProgressBar(indicatif::ProgressBar);

impl ProgressBar {
    /// An empty bar, not yet drawn.
    #[expect(
        clippy::new_without_default,
        reason = "making one has a visible effect"
    )]
    pub fn new() -> Self {
        Self(indicatif::ProgressBar::with_draw_target(
            None,
            ProgressDrawTarget::stderr(),
        ))
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style.progress_chars("=> "));
        }
    }
}

impl Progress for ProgressBar {
    fn reading(&mut self, bytes: u64, of: u64, records: usize) {
        self.0.set_message(records.to_string());
        if self.0.length() != Some(of) {
            self.style("reading [{bar:40}] {bytes}/{total_bytes}, {msg} records");
            self.0.set_length(of);
        }
        self.0.set_position(bytes);
    }

    fn writing(&mut self, records: usize) {
        self.0.set_message(records.to_string());
        self.style("{spinner} writing {msg} records, {elapsed}");
        self.0.enable_steady_tick(Duration::from_millis(100));
    }
}

impl Drop for ProgressBar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Imports the bundle in a folder: validates everything, then applies it in one transaction.
///
/// # Errors
///
/// See [`ImportError`]. Nothing has changed then.
pub fn import(
    conn: &mut PgConnection,
    dir: &Path,
    progress: &mut dyn Progress,
) -> Result<Summary, ImportError> {
    let reader = Reader::open(dir).map_err(|source| ImportError::Folder {
        dir: dir.to_owned(),
        source,
    })?;
    let mut watched = Watched {
        reader,
        progress,
        records: 0,
    };
    let summary = write::apply(conn, &mut watched, ACTOR)?;
    if watched.records == 0 {
        return Err(ImportError::Empty(dir.to_owned()));
    }
    let total = summary.total();
    if total.created + total.updated > MANY {
        // PostgreSQL counts rows by itself after a while; until then it would plan as if the tables were as before.
        diesel::sql_query("ANALYZE")
            .execute(conn)
            .map_err(ApplyError::Database)?;
    }
    Ok(summary)
}

/// So many records change what the tables hold.
const MANY: usize = 2_000;

/// A reader whose progress is told.
struct Watched<'a> {
    reader: Reader,
    progress: &'a mut dyn Progress,
    records: usize,
}

/// Records between two tellings.
const EVERY: usize = 64;

impl Iterator for Watched<'_> {
    type Item = <Reader as Iterator>::Item;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.reader.next();
        match next {
            Some(_) => self.records += 1,
            None => self.progress.writing(self.records),
        }
        if next.is_some() && self.records.is_multiple_of(EVERY) {
            self.progress
                .reading(self.reader.read(), self.reader.size(), self.records);
        }
        next
    }
}
