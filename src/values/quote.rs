//! Quotations found in a document's text: W3C's `TextQuoteSelector` in, its `TextPositionSelector`
//! out.
//!
//! Positions are in Unicode code points (Web Annotation Data Model, 4.2.5), texts in Rust are in
//! bytes; [`DocumentText`] goes from one to the other without counting from the start each time.

mod nearest;

use std::borrow::Cow;
use std::sync::OnceLock;

use memchr::memmem;
use thiserror::Error;

use self::nearest::Folded;

/// How many code points of context are kept on each side of a quotation.
pub const CONTEXT: usize = 32;

/// Bytes between two marks of the index from bytes to code points.
const BLOCK: usize = 4096;
/// Enough to tell someone that a quotation is too short, without walking through a whole text for
/// its spaces.
const MAX_COUNTED: usize = 1000;
/// How many places an error shows.
const MAX_SHOWN: usize = 5;

/// A document's text, made ready for many look-ups.
#[derive(Debug)]
pub struct DocumentText<'a> {
    text: Cow<'a, str>,
    /// How many code points start before each multiple of [`BLOCK`].
    marks: Vec<usize>,
    /// Made when the first quotation isn't found.
    folded: OnceLock<Folded>,
}

/// Where a quotation stands, with its surroundings: what a citation stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position {
    /// The first code point of the quotation in the text.
    pub start: usize,
    /// The first code point after it.
    pub end: usize,
    /// The text directly before it: [`CONTEXT`] code points where there are so many, more where the
    /// search was given more. With `suffix` it finds the same place again.
    pub prefix: String,
    /// The text directly after it, likewise.
    pub suffix: String,
}

/// The passage that a quotation was probably meant to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nearest {
    /// The words of the document, to the letter.
    pub exact: String,
    /// Where they start, in code points.
    pub start: usize,
    /// How alike they are, in percent; 100 where only case, accents, white space and kinds of marks
    /// differ.
    pub similarity: u8,
}

/// Why a quotation has no position.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum QuoteError {
    /// White space, or nothing.
    #[error("the quotation is empty; quote the words that state the fact")]
    Empty,
    /// Not in the text.
    #[error("the quotation is not in the document, to the letter; {}", hint(nearest.as_ref()))]
    NotFound {
        /// The passage most like it, where there is one.
        nearest: Option<Nearest>,
    },
    /// In the text, but not between this prefix and this suffix.
    #[error(
        "the quotation is in the document, but not with this prefix and suffix directly around it; it stands {}",
        list(places, *count)
    )]
    OtherContext {
        /// The first places where it stands.
        places: Vec<Position>,
        /// In how many places it stands; counted to 1000.
        count: usize,
    },
    /// In the text more than once.
    #[error(
        "the quotation is in the document more than once; quote more words, or say which place is meant by the letters directly before and after it in `prefix` and `suffix`: {}",
        list(places, *count)
    )]
    Ambiguous {
        /// The first places where it stands.
        places: Vec<Position>,
        /// In how many places it stands; counted to 1000.
        count: usize,
    },
}

/// Finds one quotation in a text. For several in one text make a [`DocumentText`].
///
/// # Errors
///
/// As [`DocumentText::find`].
pub fn find(text: &str, exact: &str, prefix: &str, suffix: &str) -> Result<Position, QuoteError> {
    DocumentText::new(text).find(exact, prefix, suffix)
}

impl<'a> DocumentText<'a> {
    /// Walks through the text once.
    pub fn new(text: impl Into<Cow<'a, str>>) -> Self {
        let text = text.into();
        let mut marks = vec![0];
        let mut count = 0;
        for block in text.as_bytes().chunks_exact(BLOCK) {
            count += code_points(block);
            marks.push(count);
        }
        Self {
            text,
            marks,
            folded: OnceLock::new(),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The text between two code points; `None` where it hasn't so many, or the end is before the
    /// start.
    pub fn slice(&self, start: usize, end: usize) -> Option<&str> {
        self.text.get(self.byte_of(start)?..self.byte_of(end)?)
    }

    /// Finds the one place where `exact` stands directly after `prefix` and directly before
    /// `suffix`, each to the letter and empty where it doesn't matter.
    ///
    /// # Errors
    ///
    /// Where there is no such place, or more than one; with what to write instead.
    pub fn find(&self, exact: &str, prefix: &str, suffix: &str) -> Result<Position, QuoteError> {
        if exact.trim().is_empty() {
            return Err(QuoteError::Empty);
        }
        let (starts, count) = self.occurrences(&[prefix, exact, suffix].concat());
        let positions = |starts: &[usize], before: usize| -> Vec<Position> {
            starts
                .iter()
                .map(|start| self.position(start + before, exact, prefix, suffix))
                .collect()
        };
        let mut places = positions(&starts, prefix.len());
        match places.len() {
            1 => Ok(places.remove(0)),
            0 => {
                let (starts, count) = self.occurrences(exact);
                if starts.is_empty() {
                    let folded = self.folded.get_or_init(|| Folded::new(&self.text));
                    let nearest = folded.nearest(&self.text, exact, prefix, suffix);
                    Err(QuoteError::NotFound {
                        nearest: nearest.map(|(range, similarity)| Nearest {
                            exact: self.text[range.clone()].to_owned(),
                            start: self.code_point_of(range.start),
                            similarity,
                        }),
                    })
                } else {
                    let places = starts
                        .iter()
                        .map(|&start| self.position(start, exact, "", ""))
                        .collect();
                    Err(QuoteError::OtherContext { places, count })
                }
            }
            _ => Err(QuoteError::Ambiguous { places, count }),
        }
    }

    /// The bytes where the first places start, and how many places there are. They may overlap:
    /// `aa` is twice in `aaa`.
    fn occurrences(&self, needle: &str) -> (Vec<usize>, usize) {
        let finder = memmem::Finder::new(needle);
        let step = needle.chars().next().map_or(1, char::len_utf8);
        let (mut starts, mut count, mut from) = (Vec::new(), 0, 0);
        while let Some(found) = finder.find(&self.text.as_bytes()[from..]) {
            if starts.len() < MAX_SHOWN {
                starts.push(from + found);
            }
            count += 1;
            if count == MAX_COUNTED {
                break;
            }
            from += found + step;
        }
        (starts, count)
    }

    /// The position of `exact` at a byte, with at least as much context as was asked for.
    fn position(&self, start: usize, exact: &str, prefix: &str, suffix: &str) -> Position {
        let end = start + exact.len();
        let (before, after) = (&self.text[..start], &self.text[end..]);
        let context_start = before
            .char_indices()
            .rev()
            .nth(CONTEXT - 1)
            .map_or(0, |(at, _)| at);
        let context_end = after
            .char_indices()
            .nth(CONTEXT)
            .map_or(after.len(), |(at, _)| at);
        let start_point = self.code_point_of(start);
        Position {
            start: start_point,
            end: start_point + exact.chars().count(),
            prefix: before[context_start.min(start - prefix.len())..].to_owned(),
            suffix: after[..context_end.max(suffix.len())].to_owned(),
        }
    }

    /// How many code points start before a byte.
    fn code_point_of(&self, byte: usize) -> usize {
        let block = byte / BLOCK;
        self.marks[block] + code_points(&self.text.as_bytes()[block * BLOCK..byte])
    }

    /// Where a code point starts, or for the one after the last the text's length.
    fn byte_of(&self, code_point: usize) -> Option<usize> {
        let block = self
            .marks
            .partition_point(|&mark| mark <= code_point)
            .checked_sub(1)?;
        let mut left = code_point - self.marks[block];
        let from = block * BLOCK;
        let starts_one = |byte: u8| byte & 0b1100_0000 != 0b1000_0000;
        for (at, &byte) in self.text.as_bytes().get(from..)?.iter().enumerate() {
            if starts_one(byte) {
                if left == 0 {
                    return Some(from + at);
                }
                left -= 1;
            }
        }
        (left == 0).then_some(self.text.len())
    }
}

/// How many code points start in these bytes of UTF-8: all bytes but the continuing ones
/// (10xxxxxx).
fn code_points(bytes: &[u8]) -> usize {
    bytes
        .iter()
        .filter(|&&byte| byte & 0b1100_0000 != 0b1000_0000)
        .count()
}

fn hint(nearest: Option<&Nearest>) -> String {
    match nearest {
        None => "nothing there resembles it: is it another document?".to_owned(),
        Some(Nearest {
            exact,
            start,
            similarity: 100,
        }) => {
            format!(
                "the same words, as they are written there at {start}: {}",
                quoted(exact)
            )
        }
        Some(Nearest {
            exact,
            start,
            similarity,
        }) => {
            format!(
                "the nearest words there, at {start} ({similarity} % alike): {}",
                quoted(exact)
            )
        }
    }
}

fn list(places: &[Position], count: usize) -> String {
    let shown = places.iter().map(|place| {
        format!(
            "at {} after {} and before {}",
            place.start,
            quoted(&place.prefix),
            quoted(&place.suffix)
        )
    });
    let shown = shown.collect::<Vec<_>>().join("; ");
    match count - places.len() {
        0 => shown,
        _ if count == MAX_COUNTED => format!("{shown}; and in very many other places"),
        more => format!("{shown}; and in {more} more"),
    }
}

/// As a string of JSON, which TOML reads as well, so that it can be copied with its line breaks.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests;
