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

use super::messages::{Close, PROTOCOL};
use crate::http::room::{Room, USUAL};

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

/// A WebSocket's bytes as they come, up to a frame by which a message gets longer than it may be, or for which there is no room.
struct Bounded<S> {
    bytes: S,
    longest: u64,
    room: Room,
    /// The head of the current frame, as far as it is there: at most ten bytes, without the mask.
    head: Vec<u8>,
    /// How much of the current frame is still to come.
    rest: u64,
    /// The length of the current message so far.
    message: u64,
    /// What takes memory because it isn't complete.
    waiting: usize,
    /// How much that will be once the current frame is complete.
    remaining: usize,
}

/// What a piece of a message takes beside its bytes.
const PIECE: usize = 64;

/// What it is called where there is no room for a message.
const NO_ROOM: ErrorKind = ErrorKind::QuotaExceeded;

impl<S> Bounded<S> {
    fn new(bytes: S, longest: u64, room: Room) -> Self {
        Self {
            bytes,
            longest,
            room,
            head: Vec::with_capacity(10),
            rest: 0,
            message: 0,
            waiting: 0,
            remaining: 0,
        }
    }

    /// Follows the frames through the next bytes, as long as their messages may be taken.
    fn follow(&mut self, bytes: &[u8]) -> Result<(), PayloadError> {
        if !self.measure(bytes) {
            return Err(PayloadError::Overflow);
        }
        if self.waiting <= USUAL {
            self.room.clear();
            return Ok(());
        }
        let held = self.room.hold(self.waiting);
        held.map_err(|_| PayloadError::Io(NO_ROOM.into()))
    }

    /// Finds out how long messages are. Whether none is too long.
    fn measure(&mut self, mut bytes: &[u8]) -> bool {
        loop {
            let skipped =
                usize::try_from(self.rest).map_or(bytes.len(), |rest| rest.min(bytes.len()));
            self.rest -= skipped as u64;
            self.waiting += skipped;
            bytes = &bytes[skipped..];
            if self.rest == 0 && self.head.is_empty() {
                self.waiting = self.remaining;
            }
            let Some((next, more)) = bytes.split_first() else {
                break;
            };
            self.head.push(*next);
            self.waiting += 1;
            bytes = more;
            let Some(length) = announced(&self.head) else {
                continue;
            };
            let (kind, last) = (self.head[0] & 0x0f, self.head[0] & 0x80 != 0);
            let masked = self.head[1] & 0x80 != 0;
            self.head.clear();
            self.rest = length.saturating_add(if masked { 4 } else { 0 });
            // Pings, pongs and closes stand between.
            let between = kind >= 8;
            self.message = match kind {
                _ if between => self.message,
                // It goes on.
                0 => self.message.saturating_add(length),
                _ => length,
            };
            if length > self.longest || self.message > self.longest {
                return false;
            }
            self.remaining = match (between, last) {
                (true, _) => self.remaining,
                (false, true) => 0,
                (false, false) => {
                    let length = usize::try_from(length).unwrap_or(usize::MAX);
                    self.remaining.saturating_add(length).saturating_add(PIECE)
                }
            };
        }
        true
    }
}

/// The length of what follows a frame's head; `None` where that isn't complete.
fn announced(head: &[u8]) -> Option<u64> {
    let length = head.get(1)? & 0x7f;
    match length {
        126 => Some(u16::from_be_bytes(head.get(2..4)?.try_into().ok()?).into()),
        127 => Some(u64::from_be_bytes(head.get(2..10)?.try_into().ok()?)),
        short => Some(short.into()),
    }
}

impl<S: Stream<Item = Result<Bytes, PayloadError>> + Unpin> Stream for Bounded<S> {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, PayloadError>>> {
        let next = ready!(self.bytes.poll_next_unpin(context));
        Poll::Ready(match next {
            Some(Ok(bytes)) => Some(self.follow(&bytes).map(|()| bytes)),
            next => next,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::room::Rooms;

    /// A client's frame of zeros.
    fn frame(first: u8, length: usize) -> Vec<u8> {
        let mut frame = vec![first];
        match length {
            0..=125 => frame.push(0x80 + u8::try_from(length).expect("is small")),
            126..=65_535 => {
                frame.push(0x80 + 126);
                frame.extend(u16::try_from(length).expect("is small").to_be_bytes());
            }
            _ => {
                frame.push(0x80 + 127);
                frame.extend((length as u64).to_be_bytes());
            }
        }
        frame.extend(std::iter::repeat_n(0, 4 + length));
        frame
    }

    fn bounded() -> Bounded<()> {
        Bounded::new((), 70_000, Rooms::new(70_000).of(None))
    }

    fn fits(frames: &[Vec<u8>], piece: usize) -> bool {
        let mut bounded = bounded();
        let bytes = frames.concat();
        bytes
            .chunks(piece)
            .all(|piece| bounded.follow(piece).is_ok())
    }

    const TEXT: u8 = 0x01;
    const MORE: u8 = 0x00;
    const LAST: u8 = 0x80;
    const PING: u8 = 0x89;

    #[test]
    fn a_message_is_as_long_as_its_frames_say() {
        for piece in [1, 2, 7, 4096, usize::MAX] {
            let right = [
                frame(LAST | TEXT, 70_000),
                frame(LAST | TEXT, 0),
                frame(TEXT, 30_000),
                frame(PING, 125),
                frame(MORE, 30_000),
                frame(LAST | MORE, 10_000),
                frame(LAST | TEXT, 70_000),
            ];
            assert!(fits(&right, piece), "{piece}");
            assert!(!fits(&[frame(LAST | TEXT, 70_001)], piece), "{piece}");
            let long = [frame(TEXT, 40_000), frame(MORE, 30_000), frame(LAST, 1)];
            assert!(!fits(&long, piece), "{piece}");
        }
        let mut bounded = bounded();
        let head = [[LAST | TEXT, 0xff].as_slice(), &[0xff; 8]].concat();
        assert!(bounded.follow(&head).is_err(), "before any of it is there");
    }

    #[test]
    fn what_is_half_there_takes_memory_until_it_is_complete() {
        for piece in [1, 3, 4096, usize::MAX] {
            let mut bounded = bounded();
            let mut waiting = |bytes: &[u8]| {
                for piece in bytes.chunks(piece) {
                    bounded.follow(piece).expect("there is room");
                }
                bounded.waiting
            };
            let whole = frame(LAST | TEXT, 60_000);
            assert_eq!(waiting(&whole[..50_000]), 50_000, "{piece}");
            assert_eq!(waiting(&whole[50_000..]), 0, "{piece}");
            assert_eq!(waiting(&frame(TEXT, 20_000)), 20_000 + PIECE, "{piece}");
            let ping = frame(PING, 100);
            assert_eq!(waiting(&ping[..50]), 20_000 + PIECE + 50, "{piece}");
            assert_eq!(waiting(&ping[50..]), 20_000 + PIECE, "{piece}");
            assert_eq!(waiting(&frame(MORE, 1)), 20_001 + 2 * PIECE, "{piece}");
            let last = frame(LAST | MORE, 0);
            let next = frame(TEXT, 7);
            let both = [last, next].concat();
            assert_eq!(waiting(&both), 7 + PIECE, "{piece}");
        }
    }
}
