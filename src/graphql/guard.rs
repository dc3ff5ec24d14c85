//! The guard before the parser: one loop over a document's text that finds it too long or too deep.
//!
//! The parser descends one call per bracket and overflows its stack at a few thousand, which no handler can catch: a
//! request of 4 kB would end the process. So nothing is parsed before its brackets are counted.

use super::error::{Code, Error};
use super::tokens::{Kind, Places, Tokens};

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
    let (mut tokens, mut depth) = (0, 0_usize);
    for token in Tokens::of(text) {
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
            .located([Places::of(text).place(token.start)]));
        }
        match token.kind {
            Kind::Open(_) => depth += 1,
            Kind::Close => depth = depth.saturating_sub(1),
            Kind::Name(_) | Kind::Colon | Kind::Other => {}
        }
        if depth > limits.max_depth {
            return Err(Error::new(
                Code::QueryTooDeep,
                format!(
                    "The document has more than the {} nested brackets ({{, [ and ( together) that are allowed.",
                    limits.max_depth
                ),
            )
            .located([Places::of(text).place(token.start)]));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::parser::types::{DocumentOperations, Field, Selection};
    use async_graphql_value::Value;
    use proptest::prelude::*;

    use super::*;
    use crate::graphql::error::Pos;

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
