//! The actix server: sockets and framing on one side, [`execute`] on the other, and as little as possible between.

use std::any::Any;
use std::borrow::Cow;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::body::{BodySize, BodyStream, MessageBody};
use actix_web::dev::Extensions;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::rt::net::TcpStream;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, HttpServer, web};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tracing::Instrument;

use rustix::net::{SendFlags, Shutdown, send, shutdown};
use tokio::sync::SemaphorePermit;

use super::client;
use super::connections::{Connection, Connections};
use super::live::{events, socket, wire};
use super::message::{Headers, Method, Request, Response, Unread};
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
    let unacknowledged = settings.heartbeat * 2;
    let connections = Connections::new(settings.max_connections_per_address);
    let server = HttpServer::new(move || {
        actix_web::App::new()
            .app_data(web::ThinData(Arc::clone(&shared)))
            .default_service(web::to(handle))
    })
    .workers(settings.workers)
    .max_connections(settings.max_connections.div_ceil(settings.workers))
    .on_connect(move |socket, data| greet(&connections, unacknowledged, socket, data))
    // Whoever closes its side is gone, and wants no answer.
    .h1_allow_half_closed(false)
    .client_request_timeout(settings.head_timeout)
    .keep_alive(settings.keep_alive)
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

async fn handle(
    app: web::ThinData<Arc<App>>,
    head: HttpRequest,
    mut payload: web::Payload,
) -> HttpResponse {
    let method = method(head.method());
    let path = head.uri().path().to_owned();
    let upgrades = method == Method::Get && path == graphql::PATH && wire::wanted(head.headers());
    let connection = head.conn_data::<Connection>();
    let under_way = connection.map(Connection::begin);
    let mut room = None;
    let body = if matches!(under_way, Some(None)) {
        Err(Unread::Crowded)
    } else if wants_body(&method, &path) {
        read(&app, &head, &mut payload, &mut room).await
    } else {
        Ok(Bytes::new())
    };
    let unread = body.is_err();
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
        client: client(&app.settings, &head),
        body,
    };
    if upgrades {
        return upgrade(&app, &head, payload, &request).await;
    }
    if !unread && events::wanted(&request) {
        return stream(&app, &request);
    }
    let response = execute(&app, request).await;

    let mut answer = answer(&response);
    if unread {
        return answer.force_close().body(LastWords {
            length: response.body.len(),
            body: Some(response.body),
            _unread: payload,
        });
    }
    answer.body(response.body)
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

/// Opens a WebSocket.
async fn upgrade(
    app: &Arc<App>,
    head: &HttpRequest,
    payload: web::Payload,
    request: &Request,
) -> HttpResponse {
    let id = request_id::choose(request.headers.request_id.as_deref());
    let span = tracing::info_span!("socket", request_id = %id);
    let place = match admitted(app, request).and_then(|()| app.live.enter()) {
        Ok(place) => place,
        Err(error) => {
            let refusal = graphql::refuse(request, &[error], &id).with("x-request-id", id);
            return answer(&refusal).body(refusal.body);
        }
    };
    let mut opened = match wire::open(head, payload, app.settings.max_body_bytes).await {
        Ok(opened) => opened,
        Err(error) => return error.error_response(),
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

/// Answers with events.
fn stream(app: &Arc<App>, request: &Request) -> HttpResponse {
    let id = request_id::choose(request.headers.request_id.as_deref());
    let admitted = |response: Response| {
        let origins = &app.settings.origins;
        let response = origins.admit(response, &request.headers);
        response.with("x-request-id", id.clone())
    };
    match events::open(app, request, &id) {
        Ok((head, events)) => {
            let events = events.map(Ok::<_, Infallible>);
            answer(&admitted(head)).body(BodyStream::new(Box::pin(events)))
        }
        Err(refusal) => {
            let refusal = admitted(refusal);
            answer(&refusal).body(refusal.body)
        }
    }
}

/// Counts a connection as long as it lasts, or turns it away. Has the system end it where its client acknowledges nothing of what
/// was sent for so long. Nobody else would: what waits to be written keeps a connection open, and a client that reads nothing
/// keeps that waiting.
fn greet(
    connections: &Arc<Connections>,
    unacknowledged: Duration,
    socket: &dyn Any,
    data: &mut Extensions,
) {
    let plain = socket.downcast_ref::<TcpStream>();
    let secure = socket.downcast_ref::<TlsStream<TcpStream>>();
    let Some(stream) = plain.or(secure.map(|stream| stream.get_ref().0)) else {
        return;
    };
    #[cfg(target_os = "linux")]
    {
        let millis = u32::try_from(unacknowledged.as_millis()).unwrap_or(u32::MAX);
        // Where the system doesn't take it, it gives up after a time of its own.
        let _kept = rustix::net::sockopt::set_tcp_user_timeout(stream, millis);
    }
    let Ok(peer) = stream.peer_addr() else {
        return;
    };
    if let Some(connection) = connections.admit(peer.ip()) {
        data.insert(connection);
        return;
    }
    // Within TLS there is no way to say why.
    let _told = plain.map(|stream| send(stream, TURNED_AWAY, SendFlags::DONTWAIT));
    // actix finds the connection at its end, and closes it.
    let _closed = shutdown(stream, Shutdown::Both);
}

/// What a connection too many from one address is told.
const TURNED_AWAY: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 5\r\nconnection: close\r\n\
    content-type: text/plain; charset=utf-8\r\ncontent-length: 49\r\n\r\nToo many connections from this address are open.\n";

/// Reads a body, no further than it may go. `room` is what it takes of the memory for bodies.
async fn read<'a>(
    app: &'a App,
    head: &HttpRequest,
    payload: &mut web::Payload,
    room: &mut Option<SemaphorePermit<'a>>,
) -> Result<Bytes, Unread> {
    let settings = &app.settings;
    let announced: Option<usize> = (head.headers().get(header::CONTENT_LENGTH))
        .and_then(|length| length.to_str().ok())
        .and_then(|length| length.parse().ok());
    if announced.is_some_and(|length| length > settings.max_body_bytes) {
        return Err(Unread::TooLarge);
    }
    let reading = async {
        // An announcement costs nothing, so it gets little memory before the bytes are there.
        let mut body = BytesMut::with_capacity(announced.unwrap_or_default().min(16 << 10));
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Unread::Broken)?;
            if body.len() + chunk.len() > settings.max_body_bytes {
                return Err(Unread::TooLarge);
            }
            body.extend_from_slice(&chunk);
            // A body of the usual length needs no room, so that large ones that are on their way never keep it out.
            let taken = room.as_ref().map_or(0, SemaphorePermit::num_permits);
            let needed = body.len().saturating_sub(USUAL_BODY).saturating_sub(taken);
            if needed > 0 {
                let permits = u32::try_from(needed).map_err(|_| Unread::TooLarge)?;
                let more = app.bodies.try_acquire_many(permits);
                let more = more.map_err(|_| Unread::Crowded)?;
                match room {
                    Some(room) => room.merge(more),
                    None => *room = Some(more),
                }
            }
        }
        Ok(body.freeze())
    };
    tokio::time::timeout(settings.body_timeout, reading)
        .await
        .unwrap_or(Err(Unread::TooSlow))
}

/// As long as the bodies of nearly all requests are, in bytes: how many of these there are, `MAX_CONNECTIONS` bounds.
const USUAL_BODY: usize = 16 << 10;

/// The last response of a connection whose client is still sending. It holds on to what hasn't been read: actix reads
/// a chunked body that nobody holds to its end, however far that is, before it closes the connection.
struct LastWords {
    length: usize,
    body: Option<Bytes>,
    _unread: web::Payload,
}

impl MessageBody for LastWords {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.length as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(self.body.take().map(Ok))
    }
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
    let header = |name| joined(head.headers(), name);
    let forwarded = header(header::FORWARDED);
    let x_forwarded_for = header(header::X_FORWARDED_FOR);
    Some(client::address(
        &settings.trusted_proxies,
        peer,
        forwarded.as_deref(),
        x_forwarded_for.as_deref(),
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
