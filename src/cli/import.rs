//! `entente import DIR`.

use std::path::Path;

use super::{Failure, migrate_at, postgres};
use crate::config::Config;
use crate::db::{connect, migrate};
use crate::transfer::{self, ImportError, ProgressBar};

pub(super) fn run(config: &Config, dir: &Path) -> Result<(), Failure> {
    if !dir.is_dir() {
        return Err(Failure::Other(format!("{} is not a folder", dir.display())));
    }
    let postgres = postgres(config)?;
    migrate_at(postgres.url())?;
    let mut connection = connect(postgres.url()).map_err(migrate::Error::Unreachable)?;
    let mut progress = ProgressBar::new();
    let result = transfer::import(&mut connection, dir, &mut progress);
    drop(progress);
    match result {
        Ok(summary) => {
            println!("{summary}");
            Ok(())
        }
        Err(ImportError::Invalid(problems)) => Err(Failure::Other(format!(
            "{problems}{} in {}; nothing was imported",
            match problems.count() {
                1 => "1 mistake".to_owned(),
                count => format!("{count} mistakes"),
            },
            dir.display()
        ))),
        Err(error) => Err(Failure::Other(error.to_string())),
    }
}
