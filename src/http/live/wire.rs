//! A WebSocket's bytes: the handshake, messages in and messages out, as actix has them.
//!
//! The library does the handshake and writes frames. What it reads is not bounded enough: [`Frames`] reads. And what waits for a
//! slow reader is counted here in bytes, up to where the connection has taken it ([`Outbox`]), so that nobody makes the
//! server keep more than [`BACKLOG`] for one.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::http::{Version, header};
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev, web};
use actix_ws::{CloseReason, Session};
use bytes::Bytes;
use futures_util::ready;
use tokio::sync::Notify;

use super::frames::{Bounds, Frames};
use super::messages::{Close, PROTOCOL};
use crate::http::room::Room;

/// How many bytes may wait for a reader before it gets no more, unless one message alone is more.
const BACKLOG: u64 = 256 << 10;

/// Whether a request asks for a WebSocket. One with a body in chunks doesn't: what comes after it is that body.
pub(in crate::http) fn wanted(head: &HttpRequest) -> bool {
    let headers = head.headers();
    let upgrade = headers.get(header::UPGRADE);
    let upgrade = upgrade.and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
        && !headers.contains_key(header::TRANSFER_ENCODING)
}

/// Whether it may. What comes after its head has to be frames, and HTTP/1.0 knows no other protocols.
pub(in crate::http) fn possible(head: &HttpRequest) -> bool {
    let mut lengths = head.headers().get_all(header::CONTENT_LENGTH);
    head.version() == Version::HTTP_11 && lengths.all(|length| length == "0")
}

/// The way in of a WebSocket.
pub(in crate::http) type Inbound = Frames<web::Payload>;

/// A WebSocket that is being opened.
pub(in crate::http) struct Opened {
    /// What the client gets now.
    pub(in crate::http) response: HttpResponse,
    /// Whether both sides speak the same protocol on it.
    pub(in crate::http) agreed: bool,
    /// What comes in.
    pub(in crate::http) inbound: Inbound,
    /// What goes out.
    pub(in crate::http) outbox: Outbox,
}

/// Opens a WebSocket whose messages are within these bounds, and have their memory from `room`.
///
/// # Errors
///
/// Where the request isn't a right handshake.
pub(in crate::http) async fn open(
    head: &HttpRequest,
    payload: web::Payload,
    bounds: Bounds,
    room: Room,
) -> Result<Opened, actix_web::Error> {
    let nothing = web::Payload::from_request(head, &mut dev::Payload::None).await?;
    let (response, session, _) = actix_ws::handle_with_protocols(head, nothing, &[PROTOCOL])?;
    let agreed = response
        .headers()
        .contains_key(header::SEC_WEBSOCKET_PROTOCOL);
    let line = Rc::new(Line::default());
    let response = response.map_body(|_, body| {
        line.body.replace(Some(body));
        Counted(Rc::clone(&line))
    });
    Ok(Opened {
        response: response.map_into_boxed_body(),
        agreed,
        inbound: Frames::new(payload, bounds, room),
        outbox: Outbox {
            session,
            line,
            sent: 0,
        },
    })
}

/// The way out of a WebSocket.
pub(in crate::http) struct Outbox {
    session: Session,
    line: Rc<Line>,
    /// Bytes that were sent, as frames.
    sent: u64,
}

/// What the way out and the connection share.
#[derive(Default)]
struct Line {
    body: RefCell<Option<BoxBody>>,
    /// Bytes that the connection has taken.
    taken: Cell<u64>,
    moved: Notify,
}

impl Outbox {
    /// Sends a text, once there is room for it: waits as long as the reader is slow.
    ///
    /// # Errors
    ///
    /// Where the client is gone.
    pub(in crate::http) async fn text(&mut self, text: String) -> Result<(), Close> {
        self.room(text.len()).await;
        self.session.text(text).await.map_err(|_| Close::Left)
    }

    /// Asks the client for a sign of life.
    ///
    /// # Errors
    ///
    /// Where the client is gone.
    pub(in crate::http) async fn ping(&mut self) -> Result<(), Close> {
        self.room(0).await;
        self.session.ping(b"").await.map_err(|_| Close::Left)
    }

    /// Answers a ping.
    ///
    /// # Errors
    ///
    /// Where the client is gone.
    pub(in crate::http) async fn pong(&mut self, bytes: &[u8]) -> Result<(), Close> {
        self.room(bytes.len()).await;
        self.session.pong(bytes).await.map_err(|_| Close::Left)
    }

    /// Sends the last message, after all that waits.
    pub(in crate::http) async fn close(self, close: &Close) {
        let reason = CloseReason {
            code: close.code().into(),
            description: Some(close.reason().into_owned()),
        };
        // Whoever is gone doesn't need it.
        let _gone = self.session.close(Some(reason)).await;
    }

    /// Gives up what waits.
    pub(in crate::http) fn abandon(line: &OutboxLine) {
        drop(line.0.body.take());
    }

    /// What is needed to [abandon](Self::abandon) it.
    pub(in crate::http) fn line(&self) -> OutboxLine {
        OutboxLine(Rc::clone(&self.line))
    }

    async fn room(&mut self, bytes: usize) {
        while self.sent.saturating_sub(self.line.taken.get()) > BACKLOG {
            self.line.moved.notified().await;
        }
        let bytes = bytes as u64;
        // The head of a server's frame.
        self.sent += bytes
            + match bytes {
                0..=125 => 2,
                126..=65_535 => 4,
                _ => 10,
            };
    }
}

/// The connection's end of an [`Outbox`].
pub(in crate::http) struct OutboxLine(Rc<Line>);

/// The body of the response, counted as the connection takes it.
struct Counted(Rc<Line>);

impl MessageBody for Counted {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let line = &self.0;
        let mut body = line.body.borrow_mut();
        let Some(body) = body.as_mut() else {
            return Poll::Ready(None);
        };
        let bytes = ready!(Pin::new(body).poll_next(context));
        if let Some(Ok(bytes)) = &bytes {
            line.taken.set(line.taken.get() + bytes.len() as u64);
            line.moved.notify_one();
        }
        Poll::Ready(bytes)
    }
}
