//! The guard before the parser: one loop over a document's text that finds it too long or too deep.
//!
//! The parser descends one call per bracket and overflows its stack at a few thousand, which no handler can catch: a
//! request of 4 kB would end the process. So nothing is parsed before its brackets are counted. The loop knows strings,
//! block strings and comments, because brackets in them are text. It must take them for exactly what the parser takes them
//! for: a bracket that only the parser sees is one that isn't counted.

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

impl Limits {
    /// The introspection query of GraphiQL has 2 kB, 300 tokens and a depth of 15.
    pub const USUAL: Self = Self {
        max_bytes: 100_000,
        max_tokens: 10_000,
        max_depth: 200,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::USUAL
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
        block_strings: true,
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
    /// Whether a `"""` may still open a block string: not after one that nothing closed.
    block_strings: bool,
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
                    if !(self.bytes[self.at..].starts_with(b"\"\"") && self.skip_block_string()) {
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

/// The line and column, counted from 1, of a byte.
fn position(text: &str, byte: usize) -> Pos {
    let before = &text[..byte];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Pos {
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::parser::types::{DocumentOperations, Field, Selection};
    use async_graphql_value::Value;
    use proptest::prelude::*;

    use super::*;

    fn refusal(text: &str) -> Option<Code> {
        check(text, Limits::default()).err().map(|error| error.code)
    }

    #[test]
    fn nested_brackets_are_refused_before_the_parser_sees_them() {
        for depth in [201, 2_000, 20_000] {
            let lists = format!("{{ f(a: {}{}) }}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(refusal(&lists), Some(Code::QueryTooDeep), "lists");
            let objects = format!("{{ f(a: {}", "{a:".repeat(depth));
            assert_eq!(refusal(&objects), Some(Code::QueryTooDeep), "objects");
            let fields = "{a".repeat(depth);
            assert_eq!(refusal(&fields), Some(Code::QueryTooDeep), "fields");
            let types = format!("query($v: {}", "[".repeat(depth));
            assert_eq!(refusal(&types), Some(Code::QueryTooDeep), "types");
            let unclosed_block_string = format!(r#"{{ f(a: [""" " {}"#, "[".repeat(depth));
            assert_eq!(
                refusal(&unclosed_block_string),
                Some(Code::QueryTooDeep),
                "block string"
            );
        }
    }

    #[test]
    fn the_deepest_document_that_passes_is_parsed_on_a_small_stack() {
        // A thread of the server has 2 MiB unless told otherwise.
        let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(|| {
            for (open, close) in [("[", "]"), ("{a:[", "]}"), ("{a:", "}")] {
                let depth = 198 / open.matches(['[', '{']).count();
                let text = format!("{{f(a:{}1{})}}", open.repeat(depth), close.repeat(depth));
                check(&text, Limits::default()).expect("passes");
                parse_query(&text).expect("parses");
            }
            let fields = format!("{}{}", "{a".repeat(200), "}".repeat(200));
            check(&fields, Limits::default()).expect("passes");
            // The parser has a limit of its own for fields, below ours.
            parse_query(&fields).expect_err("refused by the parser");
        });
        thread.expect("starts").join().expect("no overflow");
    }

    #[test]
    fn brackets_in_strings_and_comments_are_text() {
        let brackets = "[".repeat(300);
        for text in [
            format!(r#"{{ f(a: "{brackets}") }}"#),
            format!(r#"{{ f(a: "\"{brackets}\\") }}"#),
            format!(r#"{{ f(a: """{brackets} " "" \""" {brackets}""") }}"#),
            format!("{{ f # {brackets}\n}}"),
        ] {
            assert_eq!(refusal(&text), None, "{text}");
            parse_query(&text).expect("parses");
        }
        assert_eq!(
            refusal(&format!("# comment\r{brackets}")),
            Some(Code::QueryTooDeep)
        );
        assert_eq!(
            refusal(&format!("\"unclosed\n{brackets}")),
            Some(Code::QueryTooDeep)
        );
    }

    #[test]
    fn length_is_limited_in_bytes_and_in_tokens() {
        let limits = Limits::default();
        let padded = format!("{{ a }}{}", " ".repeat(limits.max_bytes));
        assert_eq!(refusal(&padded), Some(Code::QueryTooComplex));
        let repeated = format!("{{{}}}", "a ".repeat(limits.max_tokens));
        assert_eq!(refusal(&repeated), Some(Code::QueryTooComplex));
        let fits = format!("{{{}}}", "a ".repeat(limits.max_tokens - 2));
        assert_eq!(refusal(&fits), None);
    }

    #[test]
    fn a_refusal_says_where() {
        let limits = Limits {
            max_depth: 2,
            ..Limits::default()
        };
        let error = check("{\n  é(a: [1]) }", limits).expect_err("three are open");
        assert_eq!(*error.locations, [Pos { line: 2, column: 8 }]);
    }

    #[test]
    fn quotes_without_end_take_linear_time() {
        let limits = Limits {
            max_bytes: usize::MAX,
            max_tokens: usize::MAX,
            max_depth: 200,
        };
        // Each of these opens a block string that nothing closes: to the one before, they are all escaped.
        let text = format!(r#"""""{}"#, r#" \"""""#.repeat(50_000));
        let start = std::time::Instant::now();
        let _ = check(&text, limits);
        assert!(
            start.elapsed() < std::time::Duration::from_secs(2),
            "{:?}",
            start.elapsed()
        );
    }

    /// Brackets around the deepest value, as the parser understood the text.
    fn parsed_depth(field: &Field) -> usize {
        fn depth(value: &Value) -> usize {
            match value {
                Value::List(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
                Value::Object(fields) => 1 + fields.values().map(depth).max().unwrap_or(0),
                _ => 0,
            }
        }
        field
            .arguments
            .iter()
            .map(|(_, value)| depth(&value.node))
            .max()
            .unwrap_or(0)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        /// Whatever the parser accepts, it never found deeper than the guard counted.
        #[test]
        fn the_parser_sees_no_bracket_that_the_guard_does_not(
            pieces in prop::collection::vec(
                prop::sample::select(vec!["\"", "\"\"", "\"\"\"", "\\", "\\\"", "[", "]", "[[", "]]", " ", "a", "1", "#", "\n", "\r"]),
                0..14,
            ),
        ) {
            let text = format!("{{f(a:[{}])}}", pieces.concat());
            if let Ok(document) = parse_query(&text)
                && let DocumentOperations::Single(operation) = &document.operations
                && let Some(Selection::Field(field)) = operation.node.selection_set.node.items.first().map(|item| &item.node)
            {
                // `{` and `(` are open around the value; one less than that is too little.
                let limits = Limits { max_depth: parsed_depth(&field.node) + 1, ..Limits::default() };
                prop_assert!(check(&text, limits).is_err(), "{text:?}");
            }
        }
    }
}
