//! HTTP.

use std::net::TcpListener;

use actix_web::{App, HttpResponse, HttpServer, web};
use tokio::signal::unix::{SignalKind, signal};

use crate::config::Config;
use crate::db::{Database, Error};

/// Serves on `listener` until SIGINT or SIGTERM; requests that are under way are answered first. A second signal does not
/// wait for them.
///
/// # Errors
///
/// When the listener cannot be used.
pub async fn serve(config: Config, db: Database, listener: TcpListener) -> std::io::Result<()> {
    let server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::new(db.clone()))
            .route("/healthz", web::get().to(health))
    })
    .shutdown_timeout(config.shutdown_timeout.as_secs())
    .disable_signals()
    .listen(listener)?
    .run();
    let handle = server.handle();
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    actix_web::rt::spawn(async move {
        for graceful in [true, false] {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
            let handle = handle.clone();
            actix_web::rt::spawn(async move { handle.stop(graceful).await });
        }
    });
    server.await
}

async fn health(db: web::Data<Database>) -> HttpResponse {
    let answer = db
        .read(|connection| {
            use diesel::connection::SimpleConnection;
            connection.batch_execute("SELECT 1").map_err(Error::from)
        })
        .await;
    match answer {
        Ok(()) => HttpResponse::Ok().body("ok\n"),
        Err(error) => {
            tracing::warn!(%error, "unhealthy");
            HttpResponse::ServiceUnavailable().body("the database cannot be reached\n")
        }
    }
}
