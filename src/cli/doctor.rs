//! `entente doctor`.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Text;

use super::{Failure, postgres};
use crate::config::Config;
use crate::db::{DatabaseUrl, Postgres, connect, migrate, private};

pub(super) fn run(config: &Config) -> Result<(), Failure> {
    settings(config);
    programs(config);
    println!("\nDatabase");
    match try_database(config) {
        Ok(()) => {
            println!("\nAll is well.");
            Ok(())
        }
        Err(problem) => {
            println!("  wrong: {}", problem.replace('\n', "\n  "));
            Err(Failure::Told)
        }
    }
}

fn settings(config: &Config) {
    println!("Settings");
    for setting in config.described() {
        let value = setting.value.as_deref().unwrap_or("(not set)");
        println!("  {:<20} {value}  [{}]", setting.name, setting.origin);
    }
}

fn programs(config: &Config) {
    println!("\nPostgreSQL on this machine");
    if let Some(folder) = &config.pg_bin_dir {
        println!("  PG_BIN_DIR  {}", folder.display());
    }
    let found = private::programs::all();
    if found.is_empty() {
        println!("  none found in the usual places; a private one would be fetched");
    }
    for programs in found {
        println!(
            "  {:<6} {}",
            programs.version.to_string(),
            programs.bin_dir.display()
        );
    }
}

fn try_database(config: &Config) -> Result<(), String> {
    let postgres = postgres(config).map_err(|error| error.to_string())?;
    describe(&postgres);
    println!("  version     {}", version(postgres.url())?);
    let state = migrate::state(postgres.url()).map_err(|error| error.to_string())?;
    if !state.unknown.is_empty() {
        return Err(migrate::Error::Newer(state.unknown).to_string());
    }
    let pending = if state.pending.is_empty() {
        "none to run".to_owned()
    } else {
        format!(
            "to run: {} (`entente migrate`, or the next `entente serve`)",
            state.pending.join(", ")
        )
    };
    println!("  migrations  {} applied, {pending}", state.applied.len());
    Ok(())
}

fn describe(postgres: &Postgres) {
    println!("  address     {}", postgres.url());
    if let Some(server) = postgres.private() {
        let programs = server.programs();
        println!(
            "  private     run by {} ({})",
            programs.bin_dir.display(),
            programs.version
        );
    }
}

fn version(url: &DatabaseUrl) -> Result<String, String> {
    let mut connection = connect(url).map_err(|error| {
        let source = std::error::Error::source(&error);
        source.map_or_else(
            || error.to_string(),
            |source| source.to_string().trim_end().to_owned(),
        )
    })?;
    diesel::select(sql::<Text>("version()"))
        .get_result(&mut connection)
        .map_err(|error| error.to_string())
}
