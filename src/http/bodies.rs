//! Bodies of requests on their way in, and of responses on their way out.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::body::{BodySize, MessageBody};
use actix_web::http::{Version, header};
use actix_web::{HttpRequest, web};
use bytes::Bytes;
use futures_util::{FutureExt, StreamExt};

use super::Settings;
use super::message::Unread;
use super::room::{Room, USUAL};

/// Reads a body, no further than it may go, into memory that it takes of `room`.
pub(super) async fn read(
    settings: &Settings,
    head: &HttpRequest,
    payload: &mut web::Payload,
    room: &mut Room,
) -> Result<Bytes, Unread> {
    let announced = announced(head);
    if announced.is_some_and(|length| length > settings.max_body_bytes) {
        return Err(Unread::TooLarge);
    }
    let reading = async {
        // An announcement costs nothing, so it gets no memory before the bytes are there.
        let longest = announced.unwrap_or(settings.max_body_bytes);
        let mut body = Vec::new();
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Unread::Broken)?;
            if body.len() + chunk.len() > settings.max_body_bytes {
                return Err(Unread::TooLarge);
            }
            let added = room.append(&mut body, &chunk, longest);
            added.map_err(|_| Unread::Crowded)?;
        }
        Ok(body.into())
    };
    tokio::time::timeout(settings.body_timeout, reading)
        .await
        .unwrap_or(Err(Unread::TooSlow))
}

/// Passes over a body that nobody wants, where it is a short one. Whether there is no more of it.
pub(super) async fn pass_over(
    settings: &Settings,
    head: &HttpRequest,
    payload: &mut web::Payload,
) -> bool {
    let announced = announced(head);
    let framed = announced.is_some()
        || head.headers().contains_key(header::TRANSFER_ENCODING)
        || head.version() == Version::HTTP_2;
    if !framed {
        // What has no frame is not there, or is another protocol, which has no end.
        return matches!(payload.next().now_or_never(), Some(None));
    }
    if announced.is_some_and(|length| length > USUAL) {
        return false;
    }
    let passing = async {
        let mut length = 0;
        while let Some(chunk) = payload.next().await {
            let more = chunk.map_or(usize::MAX, |chunk| chunk.len());
            length = usize::saturating_add(length, more);
            if length > USUAL {
                return false;
            }
        }
        true
    };
    tokio::time::timeout(settings.body_timeout, passing)
        .await
        .unwrap_or(false)
}

/// How long a body says that it is.
fn announced(head: &HttpRequest) -> Option<usize> {
    let length = head.headers().get(header::CONTENT_LENGTH)?;
    length.to_str().ok()?.parse().ok()
}

/// How often it is looked whether anybody waits for an answer.
const LOOK: Duration = Duration::from_millis(250);

/// Ends when nobody waits for the answer to a request of HTTP/2 any more, whose body was read to its end: its stream was reset, or
/// its connection is gone. actix goes on with such a request; over HTTP/1 it gives it up.
pub(super) async fn given_up(payload: &mut web::Payload) {
    loop {
        // Nobody is woken for this.
        tokio::time::sleep(LOOK).await;
        if let Some(Some(Err(_))) = payload.next().now_or_never() {
            return;
        }
    }
}

/// Bytes that hold on to something until all of them were sent or given up. Over HTTP/2 that is when the client has taken them.
pub(super) fn holding(bytes: Bytes, held: impl Send + 'static) -> Bytes {
    struct Holding<H>(Bytes, H);
    impl<H> AsRef<[u8]> for Holding<H> {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    Bytes::from_owner(Holding(bytes, held))
}

/// The last response of a connection whose client is still sending. It holds on to what hasn't been read: actix reads
/// a chunked body that nobody holds to its end, however far that is, before it closes the connection.
pub(super) struct LastWords {
    length: usize,
    body: Option<Bytes>,
    _unread: web::Payload,
}

impl LastWords {
    /// A response's body, while what is left of its request's stays unread.
    pub(super) fn new(body: Bytes, unread: web::Payload) -> Self {
        Self {
            length: body.len(),
            body: Some(body),
            _unread: unread,
        }
    }
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
