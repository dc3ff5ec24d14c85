//! `entente import DIR`.

use std::path::Path;

use super::{Failure, migrate_at, postgres};
use crate::config::Config;
use crate::db::Database;

pub(super) fn run(config: &Config, dir: &Path) -> Result<(), Failure> {
    if !dir.is_dir() {
        return Err(Failure::Other(format!("{} is not a folder", dir.display())));
    }
    let postgres = postgres(config)?;
    migrate_at(postgres.url())?;
    let db = Database::open(postgres.url(), config.pool())?.without_deadline();
    import(&db, dir)
}

/// The one place where a bundle is handed to the part of the program that imports it.
fn import(_db: &Database, _dir: &Path) -> Result<(), Failure> {
    Err(Failure::Other("this build cannot import yet".to_owned()))
}
