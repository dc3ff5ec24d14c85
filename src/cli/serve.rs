//! `entente serve`.

use std::io::{self, IsTerminal};
use std::net::{SocketAddr, TcpListener};

use rustix::process::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};

use super::{Failure, import, migrate_at, postgres};
use crate::config::Config;
use crate::db::{Database, Postgres, Watch, connect, migrate};
use crate::graphql::{Engine, Trusted};
use crate::http::{self, App, Settings};
use crate::registry::model;
use crate::write;

pub(super) fn run(config: &Config) -> Result<(), Failure> {
    // First of all, as a port that is taken is told at once and costs nothing.
    let listener = listen(config.listen_addr)?;
    let address = listener.local_addr()?;
    let tls = config.tls().map_err(Failure::Other)?;
    let secure = tls.is_some();
    let trusted = trusted(config)?;
    let postgres = postgres(config)?;
    migrate_at(postgres.url())?;
    if postgres.private().is_some() {
        fill(config, &postgres)?;
    }
    let db = Database::open(postgres.url(), config.pool())?;
    let version = Watch::start(postgres.url(), write::version)?;
    let engine = Engine::over(model(), db)
        .map_err(|error| Failure::Other(error.to_string()))?
        .with_document_limits(config.document())
        .with_limits(config.reads())
        .with_rate_limit(config.rate_limit)
        .with_document_cache(config.document_cache)
        .with_response_cache(version, config.response_cache)
        .with_persisted_queries(config.persisted_queries);
    let settings = Settings {
        tls,
        ..config.http()
    };
    let runtime = actix_web::rt::System::new();
    let engine = match trusted {
        Some(trusted) => runtime
            .block_on(engine.with_trusted_documents(trusted, settings.document))
            .map_err(|problems| untrusted(&problems))?,
        None => engine,
    };
    let app = App::new(settings, engine);
    allow_many_files();
    runtime.block_on(async move {
        let server = http::serve(app, listener)?;
        // Before anybody is told that it runs, and so may tell it to stop.
        let stop = stop()?;
        announce(address, secure);
        server.run_until(stop).await
    })?;
    tracing::info!("stopped");
    // Only now, with every request answered, does a private PostgreSQL go.
    drop(postgres);
    Ok(())
}

/// Each connection is an open file, of which a shell's programs may have few unless they ask for more.
fn allow_many_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where that isn't allowed, it stays as it is.
    let _as_it_was = setrlimit(Resource::Nofile, limit);
}

/// The documents that may be asked, where these were given.
fn trusted(config: &Config) -> Result<Option<Trusted>, Failure> {
    let folder = config.trusted_documents.as_deref();
    let read = folder.map(Trusted::read).transpose();
    read.map_err(|problems| untrusted(&problems))
}

fn untrusted(problems: &[String]) -> Failure {
    Failure::Other(format!(
        "TRUSTED_DOCUMENTS can't be served as they are:\n{}",
        problems.join("\n")
    ))
}

/// Fills a private database that nothing has been written to yet, so that a first start has something to show.
fn fill(config: &Config, postgres: &Postgres) -> Result<(), Failure> {
    let mut connection = connect(postgres.url()).map_err(migrate::Error::Unreachable)?;
    let written =
        write::last_change(&mut connection).map_err(|error| Failure::Other(error.to_string()))?;
    if written > 0 {
        return Ok(());
    }
    let dir = &config.registry_dir;
    if !dir.is_dir() {
        tracing::warn!(folder = %dir.display(), "the registry is empty, and REGISTRY_DIR, which would fill it, is not there");
        return Ok(());
    }
    tracing::info!(folder = %dir.display(), "filling the registry");
    let summary = import::into(postgres.url(), dir)?;
    tracing::info!(records = summary.total().created, "filled the registry");
    Ok(())
}

/// Ends when the program is told to stop. Told again, it doesn't wait for the requests that are under way.
fn stop() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut told = async move || {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    Ok(async move {
        told().await;
        tracing::info!("stopping");
        actix_web::rt::spawn(async move {
            told().await;
            // A private PostgreSQL ends with this process, in good order.
            std::process::exit(130);
        });
    })
}

fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).map_err(|error| {
        let hint = match error.kind() {
            io::ErrorKind::AddrInUse => {
                "another program listens there. Stop it, or listen elsewhere: LISTEN_ADDR=127.0.0.1:8081".to_owned()
            }
            io::ErrorKind::PermissionDenied => {
                "ports below 1024 are for root. Take a higher one: LISTEN_ADDR=127.0.0.1:8080".to_owned()
            }
            io::ErrorKind::AddrNotAvailable => {
                "this machine does not have that address. LISTEN_ADDR=0.0.0.0:8080 listens on all that it has".to_owned()
            }
            _ => error.to_string(),
        };
        Failure::Other(format!("cannot listen on {address}: {hint}"))
    })
}

/// Tells where to go: a person on the terminal, anybody else in the log.
fn announce(address: SocketAddr, secure: bool) {
    // Nobody can type 0.0.0.0 into a browser.
    let host = if address.ip().is_unspecified() {
        format!("localhost:{}", address.port())
    } else {
        address.to_string()
    };
    let scheme = if secure { "https" } else { "http" };
    if io::stdout().is_terminal() {
        println!(
            "\n  {scheme}://{host}/          what this is\n  {scheme}://{host}/graphiql  ask questions\n  {scheme}://{host}/graphql   the same for programs\n\nCtrl-C stops it.\n"
        );
    }
    tracing::info!(
        home = format!("{scheme}://{host}/"),
        graphiql = format!("{scheme}://{host}/graphiql"),
        graphql = format!("{scheme}://{host}/graphql"),
        "ready"
    );
}
