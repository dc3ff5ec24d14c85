//! The tokens of a document's text, for what has to be known of it before it is parsed, or that the parser doesn't tell.
//!
//! One loop that takes as long as the text is. It knows strings, block strings and comments, because brackets in them are text.
//! It must take them for exactly what the parser takes them for: a bracket that only the parser sees is one that isn't counted.

use super::error::Pos;

/// Something that is neither white space nor a comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) kind: Kind<'a>,
    /// The byte that it begins with.
    pub(super) start: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind<'a> {
    /// `{`, `[` or `(`.
    Open(u8),
    /// `}`, `]` or `)`.
    Close,
    /// A name, or the digits of a number.
    Name(&'a str),
    /// `:`
    Colon,
    /// A string, or a character that means something else.
    Other,
}

/// Walks bytes, not characters: everything that means something to it is ASCII, which never is part of a longer
/// character in UTF-8.
pub(super) struct Tokens<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// Whether a `"""` may still open a block string: not after one that nothing closed.
    block_strings: bool,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            block_strings: true,
        }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let start = self.at;
            let byte = *self.bytes.get(start)?;
            self.at += 1;
            let kind = match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b',' => continue,
                b'#' => {
                    self.skip_while(|byte| byte != b'\n' && byte != b'\r');
                    continue;
                }
                b'{' | b'[' | b'(' => Kind::Open(byte),
                b'}' | b']' | b')' => Kind::Close,
                b':' => Kind::Colon,
                b'"' => {
                    if !(self.bytes[self.at..].starts_with(b"\"\"") && self.skip_block_string()) {
                        self.skip_string();
                    }
                    Kind::Other
                }
                _ if is_word(byte) => {
                    self.skip_while(is_word);
                    Kind::Name(&self.text[start..self.at])
                }
                _ if self.bytes[start..].starts_with(BYTE_ORDER_MARK) => {
                    self.at = start + BYTE_ORDER_MARK.len();
                    continue;
                }
                _ => Kind::Other,
            };
            return Some(Token { kind, start });
        }
    }
}

/// White space, wherever it stands.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

impl Tokens<'_> {
    fn skip_while(&mut self, keep: impl Fn(u8) -> bool) {
        let rest = &self.bytes[self.at..];
        self.at += rest
            .iter()
            .position(|&byte| !keep(byte))
            .unwrap_or(rest.len());
    }

    /// A string ends with its line at the latest: past that it is no string, and its brackets count.
    fn skip_string(&mut self) {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\n' | b'\r' => return,
                b'"' => {
                    self.at += 1;
                    return;
                }
                // An escaped line end is a line end all the same.
                b'\\' if matches!(self.bytes.get(self.at + 1), Some(b'"' | b'\\')) => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    /// Goes past the block string whose first `"` was just read; stays where nothing closes it. The parser then takes
    /// the first two quotes for an empty string and reads on, so this does too. (Once nothing closes one, nothing
    /// closes a later one either: each `"""` after it is escaped. Remembering that keeps the loop linear.)
    fn skip_block_string(&mut self) -> bool {
        let mut at = self.at + 2;
        while self.block_strings && at < self.bytes.len() {
            let rest = &self.bytes[at..];
            if rest.starts_with(b"\"\"\"") {
                self.at = at + 3;
                return true;
            }
            at += if rest.starts_with(b"\\\"\"\"") { 4 } else { 1 };
        }
        self.block_strings = false;
        false
    }
}

/// Of a name or a number, signs and dots aside.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Finds the line and column of one byte after the other; to find all of them takes as long as the text is.
pub(super) struct Places<'a> {
    text: &'a str,
    at: usize,
    pos: Pos,
}

impl<'a> Places<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            text,
            at: 0,
            pos: Pos { line: 1, column: 1 },
        }
    }

    /// The place, counted from 1, of a byte that is not before the last one.
    pub(super) fn place(&mut self, byte: usize) -> Pos {
        for character in self.text[self.at..byte].chars() {
            match character {
                '\n' => {
                    self.pos.line += 1;
                    self.pos.column = 1;
                }
                // As the parser counts.
                '\r' => self.pos.column = 1,
                _ => self.pos.column += 1,
            }
        }
        self.at = byte;
        self.pos
    }
}
