//! The actix server: sockets and framing on one side, [`execute`] on the other, and as little as possible between.

use std::any::Any;
use std::borrow::Cow;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::body::BodyStream;
use actix_web::dev::Extensions;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{StatusCode, Version};
use actix_web::rt::net::TcpStream;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, HttpServer, web};
use bytes::Bytes;
use futures_util::StreamExt;
use tracing::Instrument;

use rustix::net::{SendFlags, Shutdown, send, shutdown};

use super::bodies::{self, LastWords};
use super::client;
use super::connections::{Connection, Connections, UnderWay};
use super::cors::Origins;
use super::live::{events, frames::Bounds, socket, wire};
use super::message::{Headers, Method, Request, Response, Unread};
use super::room::Room;
use super::{App, Settings, execute, graphql, request_id, wants_body};
use crate::graphql::{Code, Error};

/// A server that listens.
#[must_use = "a server answers only while `run_until` is awaited"]
pub struct Server {
    address: SocketAddr,
    app: Arc<App>,
    actix: actix_web::dev::Server,
}

/// Answers at the address that a listener is bound to.
///
/// # Errors
///
/// If the listener can't be used.
pub fn serve(app: App, listener: TcpListener) -> io::Result<Server> {
    let settings = app.settings.clone();
    let app = Arc::new(app);
    let shared = Arc::clone(&app);
    let greeting = Arc::new(Greeting {
        connections: Connections::new(settings.max_connections_per_address),
        unacknowledged: settings.heartbeat * 2,
        any_origin: settings.origins == Origins::Any,
    });
    let server = HttpServer::new(move || {
        actix_web::App::new()
            .app_data(web::ThinData(Arc::clone(&shared)))
            .default_service(web::to(handle))
    })
    .workers(settings.workers)
    .max_connections(settings.max_connections.div_ceil(settings.workers))
    .on_connect(move |socket, data| greeting.greet(socket, data))
    // Whoever closes its side is gone, and wants no answer.
    .h1_allow_half_closed(false)
    .client_request_timeout(settings.head_timeout)
    .keep_alive(settings.keep_alive)
    // What lies there unread is counted nowhere else.
    .h2_initial_window_size(STREAM_WINDOW)
    .h2_initial_connection_window_size(CONNECTION_WINDOW)
    .shutdown_timeout(settings.shutdown_grace.as_secs())
    // Who runs the server says when it stops.
    .disable_signals();
    let server = match settings.tls {
        Some(tls) => {
            let config = tls.config().map_err(io::Error::other)?;
            server.listen_rustls_0_23(listener, config)
        }
        None if settings.cleartext_http2 => server.listen_auto_h2c(listener),
        None => server.listen(listener),
    }?;
    let address = (server.addrs().first().copied()).ok_or(io::ErrorKind::AddrNotAvailable)?;
    Ok(Server {
        address,
        app,
        actix: server.run(),
    })
}

impl Server {
    /// Where it listens, with the port that it got.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers requests until `stop` is there; then takes no more and returns when those that came are answered, or
    /// when they have taken longer than the settings' grace.
    ///
    /// # Errors
    ///
    /// If the server's sockets fail.
    pub async fn run_until(self, stop: impl Future<Output = ()>) -> io::Result<()> {
        let handle = self.actix.handle();
        let mut running = pin!(self.actix);
        tokio::select! {
            ended = &mut running => return ended,
            () = stop => {}
        }
        self.app.live.stop();
        let ((), ended) = tokio::join!(handle.stop(true), running);
        ended
    }
}

/// What a client may send over a stream of HTTP/2 before it is read, in bytes.
const STREAM_WINDOW: u32 = 64 << 10;

/// The same over all streams of a connection.
const CONNECTION_WINDOW: u32 = 256 << 10;

async fn handle(
    app: web::ThinData<Arc<App>>,
    head: HttpRequest,
    mut payload: web::Payload,
) -> HttpResponse {
    let method = method(head.method());
    let path = head.uri().path().to_owned();
    let upgrades = method == Method::Get && path == graphql::PATH && wire::wanted(&head);
    let under_way = head.conn_data::<Connection>().map(Connection::begin);
    if under_way.as_ref().is_some_and(UnderWay::overrun) {
        return overrun(&head);
    }
    let client = client(&app.settings, &head);
    let mut room = app.rooms.of(client);
    let (body, rest) = if under_way.as_ref().is_some_and(UnderWay::crowded) {
        (Err(Unread::Crowded), true)
    } else if upgrades {
        (Ok(Bytes::new()), true)
    } else if wants_body(&method, &path) {
        let beside_others = under_way.as_ref().is_some_and(UnderWay::beside_others);
        let body = if beside_others && room.beside_others().is_err() {
            Err(Unread::Crowded)
        } else {
            bodies::read(&app.settings, &head, &mut payload, &mut room).await
        };
        let rest = body.is_err();
        (body, rest)
    } else {
        let all = bodies::pass_over(&app.settings, &head, &mut payload).await;
        (Ok(Bytes::new()), !all)
    };
    let request = Request {
        method,
        path,
        query: head.uri().query().unwrap_or_default().to_owned(),
        headers: Headers {
            // HTTP/2 has it in the address.
            host: (head
                .uri()
                .authority()
                .map(|authority| authority.as_str().to_owned()))
            .or_else(|| joined(head.headers(), header::HOST)),
            ..headers(head.headers())
        },
        client,
        body,
    };
    if upgrades && request.body.is_ok() {
        return upgrade(&app, &head, payload, &request, room).await;
    }
    if !rest && events::wanted(&request) {
        return stream(&app, &request, under_way);
    }
    let can_be_given_up = !rest && head.version() == Version::HTTP_2;
    let response = tokio::select! {
        response = execute(&app, request) => response,
        () = bodies::given_up(&mut payload), if can_be_given_up => Response::empty(204),
    };
    let mut answer = answer(&response);
    let body = bodies::holding(response.body, under_way);
    if rest {
        answer.force_close().body(LastWords::new(body, payload))
    } else {
        answer.body(body)
    }
}

/// The refusal of one more request on a connection whose client doesn't even take refusals: it has no body that could wait.
fn overrun(head: &HttpRequest) -> HttpResponse {
    let sent = joined(head.headers(), HeaderName::from_static("x-request-id"));
    HttpResponse::ServiceUnavailable()
        .insert_header((header::RETRY_AFTER, 1))
        .insert_header(("x-request-id", request_id::choose(sent.as_deref())))
        .finish()
}

/// The head of a response.
fn answer(response: &Response) -> HttpResponseBuilder {
    let status = StatusCode::from_u16(response.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = HttpResponse::build(status);
    for (name, value) in &response.headers {
        match value {
            Cow::Borrowed(value) => answer.insert_header((*name, HeaderValue::from_static(value))),
            Cow::Owned(value) => answer.insert_header((*name, value.as_str())),
        };
    }
    answer
}

/// Opens a WebSocket, whose messages have their memory from `room`.
async fn upgrade(
    app: &Arc<App>,
    head: &HttpRequest,
    payload: web::Payload,
    request: &Request,
    room: Room,
) -> HttpResponse {
    let id = request_id::choose(request.headers.request_id.as_deref());
    let span = tracing::info_span!("socket", request_id = %id);
    let refuse = |error: Error| admit(app, request, graphql::refuse(request, &[error], &id), &id);
    let possible = if wire::possible(head) {
        admitted(app, request)
    } else {
        Err(Error::new(Code::BadRequest, NO_HANDSHAKE))
    };
    let place = match possible.and_then(|()| app.live.enter(request.client)) {
        Ok(place) => place,
        Err(error) => {
            let refusal = refuse(error);
            let body = LastWords::new(refusal.body.clone(), payload);
            return answer(&refusal).force_close().body(body);
        }
    };
    let bounds = Bounds {
        longest: app.settings.max_body_bytes,
        patience: app.settings.body_timeout,
    };
    let Ok(mut opened) = wire::open(head, payload, bounds, room).await else {
        let refusal = refuse(Error::new(Code::BadRequest, NO_HANDSHAKE));
        let refusal = refusal.with("sec-websocket-version", "13");
        return answer(&refusal).force_close().body(refusal.body);
    };
    if let Ok(id) = HeaderValue::from_str(&id) {
        let name = HeaderName::from_static("x-request-id");
        opened.response.headers_mut().insert(name, id);
    }
    let opening = socket::Opening {
        app: Arc::clone(app),
        request_id: id,
        accept_language: request.headers.accept_language.clone(),
        client: request.client,
        agreed: opened.agreed,
        place,
    };
    let speaking = socket::speak(opening, opened.inbound, opened.outbox);
    actix_web::rt::spawn(speaking.instrument(span));
    opened.response
}

/// What is told where a request asks for a WebSocket, and not rightly.
const NO_HANDSHAKE: &str = "This is no handshake of a WebSocket: it needs `Connection: Upgrade`, `Sec-WebSocket-Version: 13` and a \
    `Sec-WebSocket-Key`, in HTTP/1.1 and without a body.";

/// The response with what is said of every one.
fn admit(app: &App, request: &Request, response: Response, id: &str) -> Response {
    let response = app.settings.origins.admit(response, &request.headers);
    response.with("x-request-id", id.to_owned())
}

/// Whether a page of this origin may open a socket: as with requests, but that browsers ask nobody before.
fn admitted(app: &App, request: &Request) -> Result<(), Error> {
    let origin = request.headers.origin.as_deref();
    let own = |origin: &str| {
        let (_, host) = origin.split_once("://").unwrap_or_default();
        request.headers.host.as_deref() == Some(host)
    };
    match origin {
        Some(origin) if !own(origin) && app.settings.origins.allowed(origin).is_none() => {
            Err(Error::new(
                Code::Forbidden,
                "Pages of this origin may not open sockets here.",
            ))
        }
        _ => Ok(()),
    }
}

/// Answers with events. The request is under way until the last of them was sent.
fn stream(app: &Arc<App>, request: &Request, under_way: Option<UnderWay>) -> HttpResponse {
    let id = request_id::choose(request.headers.request_id.as_deref());
    match events::open(app, request, &id) {
        Ok((head, events)) => {
            let under_way = Arc::new(under_way);
            let hold = move |event| bodies::holding(event, Arc::clone(&under_way));
            let events = events.map(move |event| Ok::<_, Infallible>(hold(event)));
            answer(&admit(app, request, head, &id)).body(BodyStream::new(Box::pin(events)))
        }
        Err(refusal) => {
            let refusal = admit(app, request, refusal, &id);
            answer(&refusal).body(bodies::holding(refusal.body, under_way))
        }
    }
}

/// What is done with connections before anything comes over them.
struct Greeting {
    connections: Connections,
    /// How long a client may acknowledge nothing of what was sent.
    unacknowledged: Duration,
    /// Whether pages of any origin may read what is answered.
    any_origin: bool,
}

impl Greeting {
    /// Counts a connection as long as it lasts, or turns it away. Has the system end it where its client acknowledges nothing of
    /// what was sent for too long. Nobody else would: what waits to be written keeps a connection open, and a client that reads
    /// nothing keeps that waiting.
    fn greet(&self, socket: &dyn Any, data: &mut Extensions) {
        let plain = socket.downcast_ref::<TcpStream>();
        let secure = socket.downcast_ref::<TlsStream<TcpStream>>();
        let Some(stream) = plain.or(secure.map(|stream| stream.get_ref().0)) else {
            return;
        };
        #[cfg(target_os = "linux")]
        {
            let millis = u32::try_from(self.unacknowledged.as_millis()).unwrap_or(u32::MAX);
            // Where the system doesn't take it, it gives up after a time of its own.
            let _kept = rustix::net::sockopt::set_tcp_user_timeout(stream, millis);
        }
        let Ok(peer) = stream.peer_addr() else {
            return;
        };
        if let Some(connection) = self.connections.admit(peer.ip()) {
            data.insert(connection);
            return;
        }
        // Within TLS there is no way to say why. Nor is there a request whose origin or id could be known.
        let words = turned_away(self.any_origin);
        let _told = plain.map(|stream| send(stream, words.as_bytes(), SendFlags::DONTWAIT));
        // actix finds the connection at its end, and closes it.
        let _closed = shutdown(stream, Shutdown::Both);
    }
}

/// What a connection too many from one address is told.
fn turned_away(any_origin: bool) -> String {
    let words = "Too many connections from this address are open.\n";
    let admits = if any_origin {
        "access-control-allow-origin: *\r\n"
    } else {
        ""
    };
    format!(
        "HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\n{admits}\
         content-type: text/plain; charset=utf-8\r\ncontent-length: {}\r\n\r\n{words}",
        words.len()
    )
}

fn method(method: &actix_web::http::Method) -> Method {
    match method.as_str() {
        "GET" => Method::Get,
        "HEAD" => Method::Head,
        "OPTIONS" => Method::Options,
        "POST" => Method::Post,
        other => Method::Other(other.to_owned()),
    }
}

/// The address that a request comes from.
fn client(settings: &Settings, head: &HttpRequest) -> Option<IpAddr> {
    let peer = head.peer_addr()?.ip();
    let lines = |name| -> Vec<_> {
        let values = head.headers().get_all(name);
        values.map(HeaderValue::as_bytes).collect()
    };
    Some(client::address(
        &settings.trusted_proxies,
        peer,
        &lines(header::FORWARDED),
        &lines(header::X_FORWARDED_FOR),
    ))
}

/// All values of a header, with commas between.
fn joined(map: &HeaderMap, name: HeaderName) -> Option<String> {
    let mut joined: Option<String> = None;
    for value in map.get_all(name).filter_map(|value| value.to_str().ok()) {
        let before = joined.as_ref().map_or(0, String::len);
        if before + value.len() > MOST_OF_A_HEADER {
            return None;
        }
        joined = Some(match joined {
            Some(joined) => [joined.as_str(), ", ", value].concat(),
            None => value.to_owned(),
        });
    }
    joined
}

/// What is read of a header, in bytes; one that is longer counts as not sent. Over HTTP/2 a few bytes can stand for megabytes.
const MOST_OF_A_HEADER: usize = 8 << 10;

fn headers(map: &HeaderMap) -> Headers {
    let joined = |name| joined(map, name);
    Headers {
        accept: joined(header::ACCEPT),
        accept_encoding: joined(header::ACCEPT_ENCODING),
        accept_language: joined(header::ACCEPT_LANGUAGE),
        access_control_request_headers: joined(header::ACCESS_CONTROL_REQUEST_HEADERS),
        access_control_request_method: joined(header::ACCESS_CONTROL_REQUEST_METHOD),
        content_type: joined(header::CONTENT_TYPE),
        host: None,
        if_none_match: joined(header::IF_NONE_MATCH),
        origin: joined(header::ORIGIN),
        request_id: joined(HeaderName::from_static("x-request-id")),
    }
}
