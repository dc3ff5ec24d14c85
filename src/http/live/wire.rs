//! A WebSocket's bytes: the handshake, messages in and messages out, as actix has them.
//!
//! Three things are watched here that the library leaves to whoever uses it. A message is refused by the length that its
//! frames announce, before it is in memory, and what is there of a long one takes of the memory that all have for these
//! ([`Bounded`]). And what waits for a slow reader is counted in bytes, up to where
//! the connection has taken it ([`Outbox`]), so that nobody makes the server keep more than [`BACKLOG`] for one.

use std::cell::{Cell, RefCell};
use std::io::ErrorKind;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::error::PayloadError;
use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, dev, web};
use actix_ws::{AggregatedMessage, CloseReason, ProtocolError, Session};
use bytes::Bytes;
use futures_util::{Stream, StreamExt, ready};
use tokio::sync::Notify;

use super::frames::{Bounded, NO_ROOM};
use super::messages::{Close, PROTOCOL};
use crate::http::room::Room;

/// How many bytes may wait for a reader before it gets no more, unless one message alone is more.
const BACKLOG: u64 = 256 << 10;

/// What came over a WebSocket.
#[derive(Debug)]
pub(in crate::http) enum Heard {
    Text(String),
    Binary,
    Ping(Bytes),
    Pong,
    Close,
}

/// Whether a request asks for a WebSocket. One with a body doesn't: what comes after it is that body.
pub(in crate::http) fn wanted(head: &HttpRequest) -> bool {
    let headers = head.headers();
    let upgrade = headers.get(header::UPGRADE);
    let upgrade = upgrade.and_then(|value| value.to_str().ok());
    upgrade.is_some_and(|value| value.eq_ignore_ascii_case("websocket"))
        && !headers.contains_key(header::TRANSFER_ENCODING)
}

/// A WebSocket that is being opened.
pub(in crate::http) struct Opened<I> {
    /// What the client gets now.
    pub(in crate::http) response: HttpResponse,
    /// Whether both sides speak the same protocol on it.
    pub(in crate::http) agreed: bool,
    /// What comes in. It ends with an error or when the client is gone.
    pub(in crate::http) inbound: I,
    /// What goes out.
    pub(in crate::http) outbox: Outbox,
}

/// Opens a WebSocket whose messages are no longer than `longest` bytes, and have their memory from `room`.
///
/// # Errors
///
/// Where the request isn't a right handshake.
pub(in crate::http) async fn open(
    head: &HttpRequest,
    payload: web::Payload,
    longest: usize,
    room: Room,
) -> Result<Opened<impl Stream<Item = Result<Heard, Close>> + use<>>, actix_web::Error> {
    let bounded = Bounded::new(payload, longest as u64, room);
    let mut bounded = dev::Payload::Stream {
        payload: bounded.boxed_local(),
    };
    let payload = web::Payload::from_request(head, &mut bounded).await?;
    let (response, session, messages) =
        actix_ws::handle_with_protocols(head, payload, &[PROTOCOL])?;
    let agreed = response
        .headers()
        .contains_key(header::SEC_WEBSOCKET_PROTOCOL);
    let line = Rc::new(Line::default());
    let response = response.map_body(|_, body| {
        line.body.replace(Some(body));
        Counted(Rc::clone(&line))
    });
    // The length is looked after already.
    let messages = messages
        .max_frame_size(usize::MAX)
        .aggregate_continuations();
    let messages = messages.max_continuation_size(usize::MAX);
    Ok(Opened {
        response: response.map_into_boxed_body(),
        agreed,
        inbound: messages.map(|message| message.map(heard).map_err(|error| fault(&error))),
        outbox: Outbox {
            session,
            line,
            sent: 0,
        },
    })
}

fn heard(message: AggregatedMessage) -> Heard {
    match message {
        AggregatedMessage::Text(text) => Heard::Text(text.into()),
        AggregatedMessage::Binary(_) => Heard::Binary,
        AggregatedMessage::Ping(bytes) => Heard::Ping(bytes),
        AggregatedMessage::Pong(_) => Heard::Pong,
        AggregatedMessage::Close(_) => Heard::Close,
    }
}

fn fault(error: &ProtocolError) -> Close {
    let ProtocolError::Io(error) = error else {
        return Close::Protocol;
    };
    let payload = error.get_ref().and_then(|error| error.downcast_ref());
    match (payload, error.kind()) {
        (Some(PayloadError::Overflow), _) => Close::TooLarge,
        (Some(PayloadError::Io(error)), _) if error.kind() == NO_ROOM => Close::Crowded,
        (None, ErrorKind::InvalidData) => Close::NotUtf8,
        _ => Close::Left,
    }
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
