//! The guard before the parser: one loop over a document's text that finds it too long or too deep.
//!
//! The parser descends one call per bracket and overflows its stack at a few thousand, which no handler can catch: a
//! request of 4 kB would end the process. So nothing is parsed before its brackets are counted. The loop knows strings,
//! block strings and comments, because brackets in them are text; where a text is no valid GraphQL, it counts too much
//! rather than too little, and the parser says what is wrong.

use super::error::{Code, Error, Pos};

/// How large a document may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Length in bytes (UTF-8).
    pub max_bytes: usize,
    /// Names, numbers, strings and punctuators.
    pub max_tokens: usize,
    /// `{`, `[` and `(` that are open at once.
    pub max_depth: usize,
}

impl Default for Limits {
    /// The introspection query of GraphiQL has 2 kB, 300 tokens and a depth of 15.
    fn default() -> Self {
        Self {
            max_bytes: 100_000,
            max_tokens: 10_000,
            max_depth: 200,
        }
    }
}

/// Whether a document may be parsed.
///
/// # Errors
///
/// [`Code::QueryTooComplex`] where it is too long, [`Code::QueryTooDeep`] where it is too deep, with the place.
pub fn check(text: &str, limits: Limits) -> Result<(), Error> {
    if text.len() > limits.max_bytes {
        return Err(Error::new(
            Code::QueryTooComplex,
            format!(
                "The document has {} bytes; {} are allowed. Ask for less at once.",
                text.len(),
                limits.max_bytes
            ),
        ));
    }
    let mut scanner = Scanner {
        bytes: text.as_bytes(),
        at: 0,
    };
    let (mut tokens, mut depth) = (0, 0_usize);
    while let Some(token) = scanner.next_token() {
        tokens += 1;
        if tokens > limits.max_tokens {
            return Err(Error::new(
                Code::QueryTooComplex,
                format!(
                    "The document has more than the {} tokens (names, values, punctuation) that are allowed. \
                     Ask for less at once.",
                    limits.max_tokens
                ),
            )
            .located([position(text, token.start)]));
        }
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            Kind::Other => {}
        }
        if depth > limits.max_depth {
            return Err(Error::new(
                Code::QueryTooDeep,
                format!(
                    "The document has more than the {} nested brackets ({{, [ and ( together) that are allowed.",
                    limits.max_depth
                ),
            )
            .located([position(text, token.start)]));
        }
    }
    Ok(())
}

struct Token {
    kind: Kind,
    start: usize,
}

#[derive(PartialEq, Eq)]
enum Kind {
    Open,
    Close,
    Other,
}

/// Walks bytes, not characters: everything that means something to it is ASCII, which never is part of a longer
/// character in UTF-8.
struct Scanner<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    fn next_token(&mut self) -> Option<Token> {
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
                b'{' | b'[' | b'(' => Kind::Open,
                b'}' | b']' | b')' => Kind::Close,
                b'"' => {
                    if self.bytes[self.at..].starts_with(b"\"\"") {
                        self.at += 2;
                        self.skip_block_string();
                    } else {
                        self.skip_string();
                    }
                    Kind::Other
                }
                _ if is_word(byte) => {
                    self.skip_while(is_word);
                    Kind::Other
                }
                _ => Kind::Other,
            };
            return Some(Token { kind, start });
        }
    }

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

    fn skip_block_string(&mut self) {
        while self.at < self.bytes.len() {
            let rest = &self.bytes[self.at..];
            if rest.starts_with(b"\"\"\"") {
                self.at += 3;
                return;
            }
            self.at += if rest.starts_with(b"\\\"\"\"") { 4 } else { 1 };
        }
    }
}

/// Of a name or a number, signs and dots aside.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// The line and column, counted from 1, of a byte.
fn position(text: &str, byte: usize) -> Pos {
    let before = &text[..byte];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Pos {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}
