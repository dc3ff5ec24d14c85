//! The passage of a text that a quotation was probably meant to be.
//!
//! First the same words written otherwise; else the passage that has most in common with it. Both
//! look at a folded text, in which letters have neither case nor accents, marks of one kind are the
//! same and white space is gone.

use std::ops::Range;

use memchr::memmem;
use unicode_normalization::char::{decompose_compatible, is_combining_mark};

/// Shorter quotations resemble everything.
const MIN_SIMILAR_BYTES: usize = 8;
/// Longer ones are not aligned letter by letter, which takes the square of their length; whole
/// words have to do.
const MAX_ALIGNED_BYTES: usize = 1500;
/// Below these percents a passage is no help.
const MIN_COMMON_TRIGRAMS: usize = 30;
const MIN_SIMILARITY: usize = 50;

/// A text without what people get wrong when they copy, and the way back to the text.
#[derive(Debug)]
pub(super) struct Folded {
    text: String,
    /// For each byte of the folded text where in the original text its letter starts. Half the size
    /// of `usize`; documents are far from 4 GB.
    origins: Vec<u32>,
}

impl Folded {
    pub(super) fn new(original: &str) -> Self {
        let mut text = String::with_capacity(original.len());
        let mut origins = Vec::with_capacity(original.len());
        for (at, c) in original.char_indices() {
            fold(c, &mut text);
            origins.resize(text.len(), u32::try_from(at).unwrap_or(u32::MAX));
        }
        Self { text, origins }
    }

    /// The range of the original text, in bytes, and how alike it is in percent.
    pub(super) fn nearest(
        &self,
        original: &str,
        exact: &str,
        prefix: &str,
        suffix: &str,
    ) -> Option<(Range<usize>, u8)> {
        let [exact, prefix, suffix] = [exact, prefix, suffix].map(folded);
        if exact.is_empty() {
            return None;
        }
        let find = |needle: &str| memmem::find(self.text.as_bytes(), needle.as_bytes());
        let in_context =
            || find(&[&*prefix, &*exact, &*suffix].concat()).map(|at| at + prefix.len());
        if let Some(start) = in_context().or_else(|| find(&exact)) {
            return Some((self.origin(original, start..start + exact.len()), 100));
        }
        let (range, similarity) = similar(self.text.as_bytes(), exact.as_bytes())?;
        Some((
            whole_words(original, self.origin(original, range)),
            similarity,
        ))
    }

    /// Where a range of the folded text comes from, with the accents that follow its last letter.
    fn origin(&self, original: &str, range: Range<usize>) -> Range<usize> {
        let of = |byte: usize| self.origins[byte] as usize;
        let last = of(range.end - 1);
        let mut letters = original[last..].char_indices().skip(1);
        let end = letters
            .find(|&(_, c)| !is_combining_mark(c))
            .map_or(original.len(), |(at, _)| last + at);
        of(range.start)..end
    }
}

fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    text.chars().for_each(|c| fold(c, &mut folded));
    folded
}

/// Appends a character without its case and accents; nothing for white space and what can't be
/// seen.
fn fold(c: char, into: &mut String) {
    match c {
        'a'..='z' | '0'..='9' => into.push(c),
        'A'..='Z' => into.push(c.to_ascii_lowercase()),
        '"'
        | '`'
        | '´'
        | '\u{2018}'..='\u{201F}'
        | '\u{2032}'
        | '\u{2033}'
        | 'ʼ'
        | '«'
        | '»'
        | '‹'
        | '›' => {
            into.push('\'');
        }
        '\u{2010}'..='\u{2015}' | '−' => into.push('-'),
        // The soft hyphen, what has no width, and the mark of byte order.
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}' => {}
        'œ' | 'Œ' => into.push_str("oe"),
        'æ' | 'Æ' => into.push_str("ae"),
        _ if c.is_whitespace() || c.is_control() => {}
        _ if c.is_ascii() => into.push(c),
        _ => decompose_compatible(c, |part| {
            if !is_combining_mark(part) && !part.is_whitespace() {
                into.extend(part.to_lowercase());
            }
        }),
    }
}

/// The passage that is most like a quotation, in bytes of the folded text, and how alike it is in
/// percent.
fn similar(text: &[u8], quotation: &[u8]) -> Option<(Range<usize>, u8)> {
    if quotation.len() < MIN_SIMILAR_BYTES || text.is_empty() {
        return None;
    }
    let (window, common) = best_window(text, quotation);
    if common < MIN_COMMON_TRIGRAMS {
        return None;
    }
    let (range, similarity) = if quotation.len() <= MAX_ALIGNED_BYTES {
        let margin = quotation.len() / 2;
        let around = window.start.saturating_sub(margin)..(window.end + margin).min(text.len());
        let (range, distance) = align(&text[around.clone()], quotation);
        let longer = quotation.len().max(range.len());
        (
            range.start + around.start..range.end + around.start,
            100 - (distance * 100).div_ceil(longer).min(100),
        )
    } else {
        (window, common)
    };
    // 100 is for the same words.
    let similarity = u8::try_from(similarity.min(99)).ok()?;
    (usize::from(similarity) >= MIN_SIMILARITY && !range.is_empty()).then_some((range, similarity))
}

/// The window of the quotation's length that shares most groups of three bytes with it, and how
/// many percent of them.
///
/// One pass: a group enters the window, another leaves it, and the count of what is shared follows.
fn best_window(text: &[u8], quotation: &[u8]) -> (Range<usize>, usize) {
    // Groups are told apart by 16 bits of a hash; that two fall together now and then does no harm
    // to a vote.
    let slot = |group: &[u8]| {
        let number = u32::from(group[0]) << 16 | u32::from(group[1]) << 8 | u32::from(group[2]);
        (number.wrapping_mul(0x9E37_79B1) >> 16) as usize
    };
    // How often a group may still be counted as shared; below zero the window has it more often
    // than the quotation.
    let mut budget = vec![0_i32; 1 << 16];
    for group in quotation.windows(3) {
        budget[slot(group)] += 1;
    }
    let groups = quotation.len() - 2;
    let (mut common, mut best, mut best_start) = (0_usize, 0, 0);
    for (at, group) in text.windows(3).enumerate() {
        let entering = &mut budget[slot(group)];
        common += usize::from(*entering > 0);
        *entering -= 1;
        if let Some(left) = at.checked_sub(groups) {
            let leaving = &mut budget[slot(&text[left..left + 3])];
            *leaving += 1;
            common -= usize::from(*leaving > 0);
        }
        if common > best {
            (best, best_start) = (common, (at + 1).saturating_sub(groups));
        }
    }
    (
        best_start..(best_start + quotation.len()).min(text.len()),
        best * 100 / groups,
    )
}

/// The part of a text that becomes a quotation by the fewest insertions, deletions and
/// replacements, and how many these are (Sellers 1980: Levenshtein's table, with a start that costs
/// nothing wherever it is).
fn align(text: &[u8], quotation: &[u8]) -> (Range<usize>, usize) {
    // For each end in the text: the distance, and the start that it was reached from.
    let mut row: Vec<(usize, usize)> = (0..=text.len()).map(|start| (0, start)).collect();
    for &wanted in quotation {
        let mut diagonal = row[0];
        row[0].0 += 1;
        for (at, &found) in text.iter().enumerate() {
            let above = row[at + 1];
            let replaced = (diagonal.0 + usize::from(wanted != found), diagonal.1);
            let inserted = (above.0 + 1, above.1);
            let deleted = (row[at].0 + 1, row[at].1);
            let mut cheapest = replaced;
            for other in [inserted, deleted] {
                if other.0 < cheapest.0 {
                    cheapest = other;
                }
            }
            row[at + 1] = cheapest;
            diagonal = above;
        }
    }
    let ends = row
        .into_iter()
        .enumerate()
        .map(|(end, (distance, start))| (distance, start..end));
    ends.min_by_key(|(distance, _)| *distance)
        .map_or((0..0, quotation.len()), |(distance, range)| {
            (range, distance)
        })
}

/// The range grown to the ends of the words that it cuts.
fn whole_words(text: &str, range: Range<usize>) -> Range<usize> {
    let in_word = |c: &char| c.is_alphanumeric() || is_combining_mark(*c);
    let inside = &text[range.clone()];
    let grow = |at_edge: Option<char>, outside: &mut dyn Iterator<Item = char>| {
        if at_edge.is_some_and(|c| in_word(&c)) {
            outside.take_while(in_word).map(char::len_utf8).sum()
        } else {
            0_usize
        }
    };
    let before = grow(
        inside.chars().next(),
        &mut text[..range.start].chars().rev(),
    );
    let after = grow(inside.chars().next_back(), &mut text[range.end..].chars());
    range.start - before..range.end + after
}
