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

use actix_web::body::{BodySize, BodyStream, MessageBody};
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::rt::net::TcpStream;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder, HttpServer, web};
use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use tracing::Instrument;

use super::client;
use super::live::{events, socket, wire};
use super::message::{Headers, Method, Request, Response, Unread};
use super::{App, Settings, execute, graphql, request_id, wants_body};

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
    let server = HttpServer::new(move || {
        actix_web::App::new()
            .app_data(web::ThinData(Arc::clone(&shared)))
            .default_service(web::to(handle))
    })
    .on_connect(move |connection, _| give_up_after(unacknowledged, connection))
    // A client that hangs up wants no answer any more.
    .h1_allow_half_closed(false)
    .workers(settings.workers)
    .max_connections(settings.max_connections)
    .client_request_timeout(settings.head_timeout)
    .keep_alive(settings.keep_alive)
    .shutdown_timeout(settings.shutdown_grace.as_secs())
    // Who runs the server says when it stops.
    .disable_signals()
    .listen(listener)?;
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
    let body = if wants_body(&method, &path) {
        read(&app.settings, &head, &mut payload).await
    } else {
        Ok(Bytes::new())
    };
    let unread = body.is_err();
    let request = Request {
        method,
        path,
        query: head.uri().query().unwrap_or_default().to_owned(),
        headers: headers(head.headers()),
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
    let place = match app.live.enter() {
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

/// Answers with events.
fn stream(app: &Arc<App>, request: &Request) -> HttpResponse {
    let id = request_id::choose(request.headers.request_id.as_deref());
    match events::open(app, request, &id) {
        Ok((head, events)) => {
            let events = events.map(Ok::<_, Infallible>);
            answer(&head.with("x-request-id", id)).body(BodyStream::new(Box::pin(events)))
        }
        Err(refusal) => {
            let refusal = refusal.with("x-request-id", id);
            answer(&refusal).body(refusal.body)
        }
    }
}

/// Has the system end a connection whose client acknowledges nothing of what was sent for so long. Nobody else would: what
/// waits to be written keeps a connection open, and a client that reads nothing keeps that waiting.
fn give_up_after(time: Duration, connection: &dyn Any) {
    #[cfg(target_os = "linux")]
    if let Some(connection) = connection.downcast_ref::<TcpStream>() {
        let millis = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
        // Where the system doesn't take it, it gives up after a time of its own.
        let _kept = rustix::net::sockopt::set_tcp_user_timeout(connection, millis);
    }
}

/// Reads a body, no further than it may go.
async fn read(
    settings: &Settings,
    head: &HttpRequest,
    payload: &mut web::Payload,
) -> Result<Bytes, Unread> {
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
        }
        Ok(body.freeze())
    };
    tokio::time::timeout(settings.body_timeout, reading)
        .await
        .unwrap_or(Err(Unread::TooSlow))
}

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
    let mut values = map.get_all(name).filter_map(|value| value.to_str().ok());
    let mut joined = values.next()?.to_owned();
    for value in values {
        joined.push_str(", ");
        joined.push_str(value);
    }
    Some(joined)
}

fn headers(map: &HeaderMap) -> Headers {
    let joined = |name: HeaderName| joined(map, name);
    Headers {
        accept: joined(header::ACCEPT),
        accept_encoding: joined(header::ACCEPT_ENCODING),
        accept_language: joined(header::ACCEPT_LANGUAGE),
        content_type: joined(header::CONTENT_TYPE),
        host: joined(header::HOST),
        if_none_match: joined(header::IF_NONE_MATCH),
        request_id: joined(HeaderName::from_static("x-request-id")),
    }
}
