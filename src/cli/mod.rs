//! The command line.

mod doctor;
mod generate;
mod import;
mod postgres;
mod schema;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::{Config, Flags};
use crate::db::{DatabaseUrl, Postgres, StartError, connect, migrate};
use crate::logging;
use crate::write;

/// Serves the registry of who agreed what with whom on migration and integration, over GraphQL.
#[derive(Parser)]
#[command(name = "entente", version, after_help = EXAMPLES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    settings: Flags,
}

const EXAMPLES: &str = "Without a command it serves. Without DATABASE_URL it brings up a private PostgreSQL in DATA_DIR.

Examples:
  entente                                                 serve on http://127.0.0.1:8080/
  entente serve --listen-addr 0.0.0.0:80                  serve to everybody
  DATABASE_URL=postgresql://me@db/registry entente serve  use a database of yours
  entente doctor                                          say what is set, and try the database";

#[derive(Subcommand)]
enum Command {
    /// Bring the database up to date and serve it, until Ctrl-C or SIGTERM.
    #[command(after_help = "Example:\n  entente serve --listen-addr 127.0.0.1:4000")]
    Serve,
    /// Bring the database's schema up to date, and end. `serve` does so too; several at once are safe.
    #[command(after_help = "Example:\n  DATABASE_URL=postgresql://me@db/registry entente migrate")]
    Migrate,
    /// Import a folder of records: everything is checked first, and either all of it is taken or nothing.
    #[command(after_help = "Example:\n  entente import registry/")]
    Import {
        /// The folder, as described in docs/bundles.md.
        dir: PathBuf,
    },
    /// Make up a registry by chance, as a bundle to import: for measuring, and for trying things at size.
    #[command(
        after_help = "Example:\n  entente generate --agreements 5000 /tmp/made-up\n  DATA_DIR=/tmp/made-up-data entente import /tmp/made-up"
    )]
    Generate(generate::Options),
    /// Print the GraphQL schema, in its definition language.
    #[command(after_help = "Example:\n  entente schema > schema.graphql")]
    Schema,
    /// Say what is set and where it comes from, what PostgreSQL there is, and whether the database works.
    #[command(
        after_help = "Passwords are not shown. Ends with 1 when something is wrong.\n\nExample:\n  entente doctor"
    )]
    Doctor,
    /// Bring up the private PostgreSQL alone, print its address, and keep it until Ctrl-C: for psql and other tools.
    #[command(
        after_help = "Example:\n  entente postgres          (in one terminal)\n  psql '<the address that it prints>'"
    )]
    Postgres(postgres::Options),
}

/// Why a command failed, in words for the one who typed it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Start(#[from] StartError),
    #[error("{0}")]
    Migrate(#[from] migrate::Error),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Other(String),
    /// Everything has been said already.
    #[error("")]
    Told,
}

/// Runs the program: reads the command line and the settings, and does what it is asked.
pub fn run() -> ExitCode {
    let cli = match Cli::command()
        .try_get_matches()
        .and_then(|matches| Cli::from_arg_matches(&matches))
    {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let config = match Config::load(&cli.settings) {
        Ok(config) => config,
        Err(error) => {
            eprintln!(
                "These settings are wrong:\n{error}\n\n`entente --help` says what each means."
            );
            return ExitCode::from(2);
        }
    };
    logging::start(config.log_format, &config.log_filter);
    let result = match cli.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(&config),
        Command::Migrate => migrate(&config),
        Command::Import { dir } => import::run(&config, &dir),
        Command::Generate(options) => generate::run(&options),
        Command::Schema => schema::run(),
        Command::Doctor => doctor::run(&config),
        Command::Postgres(options) => postgres::run(&config, &options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Told) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("entente: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// The PostgreSQL that the settings name, brought up where it is a private one.
fn postgres(config: &Config) -> Result<Postgres, StartError> {
    Postgres::at(config.database_url.as_ref(), &config.private())
}

fn migrate(config: &Config) -> Result<(), Failure> {
    let postgres = postgres(config)?;
    let ran = migrate_at(postgres.url())?;
    if ran.is_empty() {
        println!("The database is up to date.");
    } else {
        println!("Migrated: {}", ran.join(", "));
    }
    Ok(())
}

/// Migrates, with patience for a server of the user's that is only just starting, as it is in compose files.
fn migrate_at(url: &DatabaseUrl) -> Result<Vec<String>, Failure> {
    const ATTEMPTS: u32 = 5;
    let mut attempt = 1;
    loop {
        match migrate::run(url) {
            Err(migrate::Error::Unreachable(error)) if attempt < ATTEMPTS => {
                let error = migrate::Error::Unreachable(error);
                tracing::warn!(%error, "trying again");
                std::thread::sleep(Duration::from_millis(500));
                attempt += 1;
            }
            result => {
                let ran = result?;
                renew(url)?;
                return Ok(ran);
            }
        }
    }
}

/// Sorts names and titles anew where another collator than this program's has sorted them, and indexes texts anew where
/// other rules than this program's have made words of them.
fn renew(url: &DatabaseUrl) -> Result<(), Failure> {
    let mut connection = connect(url).map_err(migrate::Error::Unreachable)?;
    let records = write::resort(&mut connection).map_err(|error| {
        Failure::Other(format!("names and titles can't be sorted anew: {error}"))
    })?;
    if records > 0 {
        tracing::info!(records, "sorted names and titles anew");
    }
    let records = write::reindex(&mut connection).map_err(|error| {
        Failure::Other(format!("texts can't be indexed anew for search: {error}"))
    })?;
    if records > 0 {
        tracing::info!(records, "indexed texts anew for search");
    }
    Ok(())
}
