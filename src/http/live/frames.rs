//! The frames of a WebSocket as they come: how long messages are, before they are there.

use std::io::ErrorKind;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::error::PayloadError;
use bytes::Bytes;
use futures_util::{Stream, StreamExt, ready};

use crate::http::room::{Room, USUAL};

/// A WebSocket's bytes as they come, up to a frame by which a message gets longer than it may be, or for which there is no room.
pub(super) struct Bounded<S> {
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
pub(super) const NO_ROOM: ErrorKind = ErrorKind::QuotaExceeded;

impl<S> Bounded<S> {
    /// Messages are no longer than `longest` bytes, and have their memory from `room`.
    pub(super) fn new(bytes: S, longest: u64, room: Room) -> Self {
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
