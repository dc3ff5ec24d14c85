//! `entente import DIR`.

use std::path::Path;

use super::{Failure, migrate_at, postgres};
use crate::config::Config;
use crate::db::{DatabaseUrl, connect, migrate};
use crate::transfer::{self, ImportError, ProgressBar};
use crate::write::Summary;

pub(super) fn run(config: &Config, dir: &Path) -> Result<(), Failure> {
    if !dir.is_dir() {
        return Err(Failure::Other(format!("{} is not a folder", dir.display())));
    }
    let postgres = postgres(config)?;
    migrate_at(postgres.url())?;
    println!("{}", into(postgres.url(), dir)?);
    Ok(())
}

/// Imports a folder, with a progress bar for a person, and says what it did.
pub(super) fn into(url: &DatabaseUrl, dir: &Path) -> Result<Summary, Failure> {
    let mut connection = connect(url).map_err(migrate::Error::Unreachable)?;
    let mut progress = ProgressBar::new();
    let result = transfer::import(&mut connection, dir, &mut progress);
    drop(progress);
    result.map_err(|error| {
        Failure::Other(match error {
            ImportError::Invalid(problems) => format!(
                "{problems}{} in {}; nothing was imported",
                match problems.count() {
                    1 => "1 mistake".to_owned(),
                    count => format!("{count} mistakes"),
                },
                dir.display()
            ),
            error => error.to_string(),
        })
    })
}
