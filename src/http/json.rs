//! The guard before the parser of JSON: one loop over a text that finds it too deep or too much, before memory is taken for it.
//!
//! A value in memory takes many times its bytes, and a parser calls itself for each level. Strings are known here, because brackets
//! and commas in them are text; whether it all is JSON, the parser says.

use crate::graphql::error::{Code, Error};

/// Objects and lists within each other. `serde_json` has the same limit.
const MOST_LEVELS: usize = 127;
/// Values and names together, roughly: 50,000 take some ten megabytes.
const MOST_VALUES: usize = 50_000;

/// Whether a text may be parsed as JSON. `what` it is, for people.
///
/// # Errors
///
/// [`Code::QueryTooDeep`] or [`Code::QueryTooComplex`] where it may not.
pub(super) fn check(what: &str, text: &[u8]) -> Result<(), Error> {
    let (mut values, mut levels) = (1, 0_usize);
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => {
                while let Some(byte) = bytes.next() {
                    match byte {
                        b'\\' => drop(bytes.next()),
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            b'[' | b'{' => {
                levels += 1;
                values += 1;
            }
            b']' | b'}' => levels = levels.saturating_sub(1),
            b',' => values += 1,
            _ => {}
        }
        if levels > MOST_LEVELS {
            let message = format!(
                "{what} has more than {MOST_LEVELS} objects and lists within each other. Ask with flatter values."
            );
            return Err(Error::new(Code::QueryTooDeep, message));
        }
        if values > MOST_VALUES {
            let message =
                format!("{what} has more than {MOST_VALUES} values. Ask in several requests.");
            return Err(Error::new(Code::QueryTooComplex, message));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Option<Code> {
        check("It", text.as_bytes()).err().map(|error| error.code)
    }

    #[test]
    fn levels_and_values_are_counted_and_strings_are_text() {
        let (open, close) = ("[".repeat(127), "]".repeat(127));
        for (text, expected) in [
            (format!("{open}{close}"), None),
            (format!("[{open}{close}]"), Some(Code::QueryTooDeep)),
            (format!("[{open}"), Some(Code::QueryTooDeep)),
            (r#"{"a":"#.repeat(128), Some(Code::QueryTooDeep)),
            (format!("{{\"a\":\"{}\"}}", "[".repeat(128)), None),
            (format!("{{\"a\":\"\\\"{}\\\\\"}}", "[".repeat(128)), None),
            (
                format!("{{\"a\":\"\\\\\"{}", "[".repeat(128)),
                Some(Code::QueryTooDeep),
            ),
            ("[],".repeat(1_000), None),
            (format!("[{}1]", "1,".repeat(49_998)), None),
            (
                format!("[{}1]", "1,".repeat(49_999)),
                Some(Code::QueryTooComplex),
            ),
            (
                format!("[{}]", "{}".repeat(50_000)),
                Some(Code::QueryTooComplex),
            ),
            (",".repeat(10), None),
            ("\"\\".to_owned(), None),
        ] {
            let start: String = text.chars().take(40).collect();
            assert_eq!(refusal(&text), expected, "{start}");
        }
    }

    /// What it lets through, the parser never finds too deep.
    #[test]
    fn the_parser_descends_as_far() {
        for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
            let text = format!("{}1{}", open.repeat(MOST_LEVELS), close.repeat(MOST_LEVELS));
            assert_eq!(refusal(&text), None);
            assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
        }
    }
}
