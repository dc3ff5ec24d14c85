//! The frames of a WebSocket as they come in, and the messages in them.
//!
//! The library's own reader keeps the pieces of a message as parts of whatever came together with them, so that a byte may hold
//! on to all that its sender put around it. Here a message is copied, as it comes, to memory of its own. So it is known how
//! much that is, and it is taken of the memory that all have for this; and it is known how long a message has been under way.

use std::time::Duration;

use actix_web::error::PayloadError;
use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt};
use tokio::time::{Instant, timeout_at};

use super::messages::Close;
use crate::http::room::Room;

/// What came over a WebSocket.
#[derive(Debug, PartialEq)]
pub(in crate::http) enum Heard {
    Text(String),
    Binary,
    Ping(Vec<u8>),
    Pong,
    Close,
}

/// How much comes, and how fast.
#[derive(Debug, Clone, Copy)]
pub(in crate::http) struct Bounds {
    /// The bytes of the longest message.
    pub(in crate::http) longest: usize,
    /// How long a message may take from its first byte to its last.
    pub(in crate::http) patience: Duration,
}

/// The way in of a WebSocket.
pub(in crate::http) struct Frames<S> {
    bytes: S,
    bounds: Bounds,
    room: Room,
    /// What came last, as far as it isn't read.
    chunk: Bytes,
    /// The head of a frame, as far as it is there.
    head: Vec<u8>,
    /// The frame whose head is there.
    frame: Option<Frame>,
    /// The kind of the message that is under way.
    kind: Option<u8>,
    message: Vec<u8>,
    /// What a frame carries that stands between those of a message.
    between: Vec<u8>,
    /// Since when something has been under way.
    since: Option<Instant>,
}

/// A frame under way.
#[derive(Debug, Clone, Copy)]
struct Frame {
    kind: u8,
    last: bool,
    mask: [u8; 4],
    /// How much is still to come.
    left: usize,
}

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// The most that a frame carries that stands between others.
const MOST_BETWEEN: usize = 125;

impl<S> Frames<S> {
    /// Messages within these bounds, which have their memory from `room`.
    pub(super) fn new(bytes: S, bounds: Bounds, room: Room) -> Self {
        Self {
            bytes,
            bounds,
            room,
            chunk: Bytes::new(),
            head: Vec::new(),
            frame: None,
            kind: None,
            message: Vec::new(),
            between: Vec::new(),
            since: None,
        }
    }

    /// Reads on in what is there, to the end of the next message; `None` where that is still to come.
    fn advance(&mut self) -> Result<Option<Heard>, Close> {
        loop {
            let Some(frame) = self.frame else {
                let Some(next) = self.chunk.first().copied() else {
                    return Ok(None);
                };
                self.since.get_or_insert_with(Instant::now);
                self.chunk.advance(1);
                self.head.push(next);
                self.frame = self.begun()?;
                continue;
            };
            let here = self.chunk.split_to(frame.left.min(self.chunk.len()));
            let left = frame.left - here.len();
            self.take(frame, &here)?;
            if left > 0 {
                self.frame = Some(Frame {
                    left,
                    mask: turned(frame.mask, here.len()),
                    ..frame
                });
                return Ok(None);
            }
            self.frame = None;
            self.head.clear();
            let heard = self.ended(frame)?;
            if self.kind.is_none() {
                self.since = None;
            }
            if heard.is_some() {
                return Ok(heard);
            }
        }
    }

    /// The frame that begins, once all of its head is there. It is refused as soon as it is known to be wrong.
    fn begun(&self) -> Result<Option<Frame>, Close> {
        let [first, second, rest @ ..] = self.head.as_slice() else {
            return Ok(None);
        };
        let (kind, last) = (first & 0x0f, first & 0x80 != 0);
        let extended = match second & 0x7f {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let right = match kind {
            CONTINUATION => self.kind.is_some(),
            TEXT | BINARY => self.kind.is_none(),
            CLOSE | PING | PONG => last && extended == 0,
            _ => false,
        };
        let (masked, reserved) = (second & 0x80 != 0, first & 0x70 != 0);
        if !right || !masked || reserved {
            return Err(Close::Protocol);
        }
        let Some((length, mask)) = rest.split_at_checked(extended) else {
            return Ok(None);
        };
        let length = match length {
            [] => u64::from(second & 0x7f),
            length => (length.iter()).fold(0, |number, byte| number << 8 | u64::from(*byte)),
        };
        let left = usize::try_from(length).unwrap_or(usize::MAX);
        let before = if kind < CLOSE { self.message.len() } else { 0 };
        let longest = self
            .bounds
            .longest
            .max(MOST_BETWEEN * usize::from(kind >= CLOSE));
        if before.saturating_add(left) > longest {
            return Err(Close::TooLarge);
        }
        Ok(mask.try_into().ok().map(|mask| Frame {
            kind,
            last,
            mask,
            left,
        }))
    }

    /// Takes a part of what a frame carries.
    fn take(&mut self, frame: Frame, part: &[u8]) -> Result<(), Close> {
        let bytes = if frame.kind >= CLOSE {
            self.between.extend_from_slice(part);
            &mut self.between
        } else {
            let longest = if frame.last {
                self.message.len() + frame.left
            } else {
                self.bounds.longest
            };
            let added = self.room.append(&mut self.message, part, longest);
            added.map_err(|_| Close::Crowded)?;
            &mut self.message
        };
        let start = bytes.len() - part.len();
        for four in bytes[start..].chunks_mut(4) {
            for (byte, mask) in four.iter_mut().zip(frame.mask) {
                *byte ^= mask;
            }
        }
        Ok(())
    }

    /// What a frame completes.
    fn ended(&mut self, frame: Frame) -> Result<Option<Heard>, Close> {
        if frame.kind >= CLOSE {
            let carried = std::mem::take(&mut self.between);
            return Ok(Some(match frame.kind {
                PING => Heard::Ping(carried),
                PONG => Heard::Pong,
                _ => Heard::Close,
            }));
        }
        let kind = *self.kind.get_or_insert(frame.kind);
        if !frame.last {
            return Ok(None);
        }
        self.kind = None;
        self.room.clear();
        let message = std::mem::take(&mut self.message);
        Ok(Some(match kind {
            TEXT => Heard::Text(String::from_utf8(message).map_err(|_| Close::NotUtf8)?),
            _ => Heard::Binary,
        }))
    }
}

/// A mask as it goes on after so many bytes.
fn turned(mut mask: [u8; 4], bytes: usize) -> [u8; 4] {
    mask.rotate_left(bytes % 4);
    mask
}

impl<S: Stream<Item = Result<Bytes, PayloadError>> + Unpin> Frames<S> {
    /// What comes next. Nothing is lost where this is given up.
    ///
    /// # Errors
    ///
    /// Why nothing more will come.
    pub(in crate::http) async fn next(&mut self) -> Result<Heard, Close> {
        loop {
            if let Some(heard) = self.advance()? {
                return Ok(heard);
            }
            // As it is, it would keep its memory.
            self.chunk = Bytes::new();
            let more = self.bytes.next();
            let more = match self.since.map(|since| since + self.bounds.patience) {
                // Where there always is more, no time is ever waited for.
                Some(end) if end <= Instant::now() => return Err(Close::Unfinished),
                Some(end) => timeout_at(end, more).await.map_err(|_| Close::Unfinished)?,
                None => more.await,
            };
            let Some(Ok(chunk)) = more else {
                return Err(Close::Left);
            };
            self.chunk = chunk;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::room::Rooms;

    const LONGEST: usize = 70_000;
    const LAST: u8 = 0x80;

    /// A client's frame.
    fn frame(first: u8, carried: &[u8]) -> Vec<u8> {
        let length = carried.len();
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
        let mask = [1, 20, 77, 200];
        frame.extend(mask);
        frame.extend(
            carried
                .iter()
                .zip(mask.iter().cycle())
                .map(|(byte, mask)| byte ^ mask),
        );
        frame
    }

    fn zeros(first: u8, length: usize) -> Vec<u8> {
        frame(first, &vec![0; length])
    }

    fn frames() -> Frames<()> {
        let bounds = Bounds {
            longest: LONGEST,
            patience: Duration::from_secs(1),
        };
        Frames::new((), bounds, Rooms::new(LONGEST).of(None))
    }

    /// What is heard where bytes come in such pieces.
    fn heard(frames: &mut Frames<()>, bytes: &[u8], piece: usize) -> Result<Vec<Heard>, Close> {
        let mut heard = Vec::new();
        for piece in bytes.chunks(piece) {
            frames.chunk = Bytes::copy_from_slice(piece);
            while let Some(message) = frames.advance()? {
                heard.push(message);
            }
        }
        Ok(heard)
    }

    #[test]
    fn messages_are_heard_however_they_come() {
        let text = |text: &str| Heard::Text(text.to_owned());
        let long = "é".repeat(35_000);
        let bytes = [
            frame(LAST | TEXT, b"one"),
            frame(TEXT, b"d\xc3"),
            frame(LAST | PING, b"are you there?"),
            frame(CONTINUATION, b""),
            frame(CONTINUATION, b"\xa9"),
            frame(LAST | PONG, b""),
            frame(LAST | CONTINUATION, b"!"),
            frame(LAST | TEXT, b""),
            frame(LAST | TEXT, long.as_bytes()),
            frame(BINARY, b"1"),
            frame(LAST | CONTINUATION, b"2"),
            frame(LAST | CLOSE, &[3, 232]),
        ]
        .concat();
        for piece in [1, 2, 3, 7, 4096, usize::MAX] {
            let expected = vec![
                text("one"),
                Heard::Ping(b"are you there?".to_vec()),
                Heard::Pong,
                text("dé!"),
                text(""),
                text(&long),
                Heard::Binary,
                Heard::Close,
            ];
            let mut frames = frames();
            assert_eq!(heard(&mut frames, &bytes, piece), Ok(expected), "{piece}");
            assert_eq!(frames.since, None, "{piece}");
        }
    }

    #[test]
    fn what_is_no_frame_is_refused() {
        for (wrong, close) in [
            (vec![LAST | TEXT, 2], Close::Protocol),
            (vec![LAST | 0x40 | TEXT, 0x80], Close::Protocol),
            (vec![LAST | 3, 0x80], Close::Protocol),
            (vec![PING, 0x80], Close::Protocol),
            (vec![LAST | PING, 0x80 + 126], Close::Protocol),
            (vec![LAST, 0x80], Close::Protocol),
            // One message begins within another.
            (
                [zeros(TEXT, 1), vec![LAST | TEXT, 0x80]].concat(),
                Close::Protocol,
            ),
            (frame(LAST | TEXT, b"\xe9"), Close::NotUtf8),
        ] {
            let told = heard(&mut frames(), &wrong, usize::MAX);
            assert_eq!(told, Err(close), "{wrong:?}");
        }
    }

    #[test]
    fn a_message_is_as_long_as_its_frames_say() {
        for piece in [1, 2, 7, 4096, usize::MAX] {
            let fits = |bytes: &[Vec<u8>]| heard(&mut frames(), &bytes.concat(), piece);
            let right = [
                zeros(LAST | TEXT, LONGEST),
                zeros(TEXT, 30_000),
                zeros(LAST | PING, 125),
                zeros(CONTINUATION, 30_000),
                zeros(LAST | CONTINUATION, 10_000),
                zeros(LAST | TEXT, LONGEST),
            ];
            assert!(fits(&right).is_ok(), "{piece}");
            let large = Err(Close::TooLarge);
            assert_eq!(fits(&[zeros(LAST | TEXT, LONGEST + 1)]), large, "{piece}");
            let long = [
                zeros(TEXT, 40_000),
                zeros(CONTINUATION, 30_000),
                zeros(LAST | CONTINUATION, 1),
            ];
            assert_eq!(fits(&long), large, "{piece}");
        }
        let head = [[LAST | TEXT, 0xff].as_slice(), &[0xff; 8]].concat();
        let told = heard(&mut frames(), &head, usize::MAX);
        assert_eq!(told, Err(Close::TooLarge), "before any of it is there");
    }

    #[test]
    fn a_message_has_memory_of_its_own_and_no_more_than_twice_its_length() {
        for piece in [1, 4096, usize::MAX] {
            let mut frames = frames();
            let whole = zeros(LAST | TEXT, 60_000);
            heard(&mut frames, &whole[..50_000], piece).expect("is right");
            assert!(frames.message.capacity() <= 60_000, "{piece}");
            heard(&mut frames, &whole[50_000..], piece).expect("is right");
            assert_eq!(frames.message.capacity(), 0, "{piece}");
            for first in [TEXT, CONTINUATION, CONTINUATION] {
                heard(&mut frames, &zeros(first, 100), piece).expect("is right");
            }
            assert!(frames.message.capacity() <= 600, "{piece}");
            let pongs = zeros(LAST | PONG, 100).repeat(100);
            heard(&mut frames, &pongs, piece).expect("is right");
            assert!(frames.message.capacity() <= 600, "{piece}");
        }
    }

    #[test]
    fn a_message_is_under_way_from_its_first_byte() {
        let mut frames = frames();
        let text = zeros(TEXT, 10);
        heard(&mut frames, &text[..1], 1).expect("is right");
        let since = frames.since;
        assert!(since.is_some());
        heard(&mut frames, &text[1..], 1).expect("is right");
        heard(&mut frames, &zeros(LAST | PING, 1), 1).expect("is right");
        assert_eq!(frames.since, since);
        let next = [zeros(LAST, 0), zeros(TEXT, 1)].concat();
        heard(&mut frames, &next, usize::MAX).expect("is right");
        assert!(frames.since > since, "that of the next one");
    }
}
