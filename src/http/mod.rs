//! The HTTP side: bytes in, bytes out.
//!
//! [`execute`] answers every request, whoever brings it: the server that [`serve`] starts is a thin shell over it, and
//! so are the tests. It gives each request an id, writes one line about it to the log, and turns a panic into that
//! client's 500.

mod assets;
mod bodies;
mod client;
mod compress;
mod connections;
mod cors;
mod graphql;
mod json;
mod live;
mod message;
mod negotiate;
mod pages;
pub mod parameters;
mod request_id;
mod room;
mod server;
mod settings;
mod shares;
mod tls;

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Instant;

use futures_util::FutureExt;
use tokio::sync::Semaphore;
use tracing::Instrument;

pub use self::assets::Assets;
pub use self::client::Proxies;
pub use self::cors::Origins;
use self::live::Live;
pub use self::message::{Headers, Method, Request, Response, Unread};
use self::room::Rooms;
pub use self::server::{Server, serve};
pub use self::settings::Settings;
pub use self::tls::Tls;
use crate::graphql::{Engine, Error};

/// Everything that answering a request needs.
pub struct App {
    settings: Settings,
    engine: Engine,
    graphiql: Assets,
    /// What can be asked, in GraphQL's own language.
    schema: pages::Page,
    live: Live,
    /// One for each request to the API that may be under way.
    places: Semaphore,
    /// The memory for bodies and messages that are on their way.
    rooms: Rooms,
}

impl App {
    /// An application that serves the GraphiQL of this build.
    pub fn new(settings: Settings, engine: Engine) -> Self {
        Self::with_graphiql(settings, engine, Assets::embedded())
    }

    /// An application that serves another GraphiQL.
    pub fn with_graphiql(settings: Settings, engine: Engine, graphiql: Assets) -> Self {
        Self {
            live: Live::new(&settings),
            places: Semaphore::new(settings.max_requests.min(Semaphore::MAX_PERMITS)),
            rooms: Rooms::new(settings.max_body_bytes),
            settings,
            schema: pages::Page::of(engine.sdl().to_owned()),
            engine,
            graphiql,
        }
    }
}

/// Answers a request. Never panics, and always says the request's id in `x-request-id`.
pub async fn execute(app: &App, request: Request) -> Response {
    let id = request_id::choose(request.headers.request_id.as_deref());
    let span = tracing::info_span!("request", request_id = %id);
    async {
        let start = Instant::now();
        // What a panic may leave half done is this request's alone; what requests share is locked or never changes.
        let response = AssertUnwindSafe(route(app, &request, &id))
            .catch_unwind()
            .await
            .unwrap_or_else(|panic| fail(&request, &*panic, &id));
        let response = compress::respond(response, &request.headers).await;
        let response = app.settings.origins.admit(response, &request.headers);
        // Without the part after the `?`: it can hold what people look for.
        tracing::info!(
            method = request.method.as_str(),
            path = request.path,
            status = response.status,
            bytes = response.body.len(),
            ms = (start.elapsed().as_secs_f64() * 1e6).round() / 1e3,
            "answered"
        );
        response.with("x-request-id", id.clone())
    }
    .instrument(span)
    .await
}

async fn route(app: &App, request: &Request, id: &str) -> Response {
    if request.method == Method::Options {
        let allow = cors::allow(request.path == graphql::PATH);
        return app.settings.origins.options(allow, &request.headers);
    }
    if request.path == graphql::PATH {
        return graphql::answer(app, request, id).await;
    }
    let page = match request.path.as_str() {
        "/" => pages::start(&request.headers, app.settings.tls.is_some()),
        "/healthz" => pages::health(),
        "/schema.graphql" => app.schema.serve(&request.headers).await,
        "/README.md" => pages::README.serve(&request.headers).await,
        "/graphiql" => app.graphiql.serve("", &request.headers),
        path => match path.strip_prefix("/graphiql/") {
            Some(name) => app.graphiql.serve(name, &request.headers),
            None => pages::not_found(),
        },
    };
    if page.status != 404 && !request.method.reads() {
        return pages::read_only();
    }
    page
}

fn fail(request: &Request, panic: &(dyn Any + Send), id: &str) -> Response {
    graphql::refuse(request, &[panicked(panic)], id)
}

/// A panic as a failure of ours.
fn panicked(panic: &(dyn Any + Send)) -> Error {
    let words = (panic.downcast_ref::<String>().map(String::as_str))
        .or(panic.downcast_ref::<&str>().copied())
        .unwrap_or("no message");
    Error::internal(format!("panic: {words}"))
}

/// Whether a request's body is wanted; any other stays unread.
fn wants_body(method: &Method, path: &str) -> bool {
    *method == Method::Post && path == graphql::PATH
}
