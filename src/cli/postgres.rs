//! `entente postgres`.

use std::time::Duration;

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use tokio::signal::unix::{SignalKind, signal};

use super::Failure;
use crate::config::Config;
use crate::db::{DatabaseUrl, PrivateOptions, PrivateServer, connect};

/// How the private PostgreSQL is kept.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// End after nobody has been connected for this many seconds.
    #[arg(long, value_name = "SECONDS")]
    idle: Option<u64>,
    /// Give up what survives a power failure for speed: for tests.
    #[arg(long)]
    not_durable: bool,
}

pub(super) fn run(config: &Config, options: &Options) -> Result<(), Failure> {
    if config.database_url.is_some() {
        return Err(Failure::Other(
            "DATABASE_URL names a PostgreSQL already; unset it to bring up the private one"
                .to_owned(),
        ));
    }
    let server = PrivateServer::start(&PrivateOptions {
        durable: !options.not_durable,
        ..config.private()
    })?;
    println!("{}", server.url());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            () = idle(server.url(), options.idle) => {}
        }
        Ok(())
    })
}

/// Ends when nobody has been connected for `seconds`; never without them.
async fn idle(url: &DatabaseUrl, seconds: Option<u64>) {
    let Some(seconds) = seconds else {
        return std::future::pending().await;
    };
    let mut connection = None;
    let mut alone = 0;
    while alone < seconds {
        tokio::time::sleep(Duration::from_secs(1)).await;
        // Blocking is fine here: nothing else waits on this thread but signals, which are kept.
        alone = if is_alone(url, &mut connection) {
            alone + 1
        } else {
            0
        };
    }
}

fn is_alone(url: &DatabaseUrl, connection: &mut Option<PgConnection>) -> bool {
    if connection.is_none() {
        *connection = connect(url).ok();
    }
    let Some(open) = connection else { return true };
    let alone = diesel::select(sql::<Bool>(
        "NOT EXISTS (SELECT FROM pg_stat_activity \
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())",
    ))
    .get_result(open);
    alone.unwrap_or_else(|_| {
        *connection = None;
        true
    })
}
