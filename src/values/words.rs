//! Plain words: what a text is searched by.
//!
//! The same on both sides, for what is indexed and for what is searched. So no sign of a text means anything to
//! PostgreSQL's parser, which would take `2009-2010` for a negative number and an address for a host.

use std::collections::HashSet;
use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The most letters of a word that count.
pub const LONGEST: usize = 100;

/// The words of a text, in lower case and compatibility form (NFKC), one space between two of them. Whatever is neither
/// letter nor digit separates words; accents stay.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut length = 0;
    for letter in text.nfkc().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            if length == 0 && !plain.is_empty() {
                plain.push(' ');
            }
            if length < LONGEST {
                plain.push(letter);
            }
            length += 1;
        } else if !is_combining_mark(letter) {
            length = 0;
        }
    }
    plain
}

/// The stretches of a text between what separates words. Each gives a plain word; a ligature or a fraction may give
/// several.
pub fn stretches(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut letters = text.char_indices().peekable();
    std::iter::from_fn(move || {
        let (start, _) = letters.find(|(_, letter)| belongs(*letter))?;
        let mut end = text.len();
        while let Some((place, letter)) = letters.peek() {
            if !belongs(*letter) {
                end = *place;
                break;
            }
            letters.next();
        }
        Some(start..end)
    })
}

fn belongs(letter: char) -> bool {
    letter.is_alphanumeric()
        || is_combining_mark(letter)
        || (!letter.is_ascii() && std::iter::once(letter).nfkc().any(char::is_alphanumeric))
}

/// How much of texts is indexed, so that the words of any record fit into one search vector (1 MB).
#[derive(Default)]
pub struct Budget {
    bytes: usize,
    seen: HashSet<String>,
}

impl Budget {
    /// Plain words up to here are kept as they are, in bytes.
    pub const WHOLE: usize = 100_000;
    /// After that, words that have not come yet, up to here.
    pub const ALL: usize = 200_000;

    /// What to index of plain words.
    pub fn keep(&mut self, plain: String) -> String {
        if self.bytes + plain.len() <= Self::WHOLE {
            self.bytes += plain.len() + 1;
            self.seen.extend(plain.split(' ').map(str::to_owned));
            return plain;
        }
        let mut kept = String::new();
        for word in plain.split(' ') {
            let new = self.seen.insert(word.to_owned());
            let room = if new { Self::ALL } else { Self::WHOLE };
            if self.bytes + word.len() < room {
                self.bytes += word.len() + 1;
                if !kept.is_empty() {
                    kept.push(' ');
                }
                kept.push_str(word);
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_what_lies_between_signs() {
        for (text, words) in [
            (
                "L’immigration, à Baie-James (2009-2010)",
                "l immigration à baie james 2009 2010",
            ),
            ("a@b.org https://x.org/y?z=1", "a b org https x org y z 1"),
            ("100 % _ :* & | ! \\ ' \"", "100"),
            ("", ""),
            (" \u{a0}\u{200b}\n", ""),
            ("ﬁn Œuvre ½ ™", "fin œuvre 1 2 tm"),
            ("e\u{301}te\u{301} x\u{302}", "été x"),
            ("İSTANBUL STRASSE ΣΑΣ", "istanbul strasse σασ"),
            ("日本語 한국어 العربية", "日本語 한국어 العربية"),
        ] {
            assert_eq!(plain(text), words, "{text:?}");
            assert_eq!(plain(&plain(text)), words, "{text:?}");
        }
        assert_eq!(plain(&"é".repeat(300)), "é".repeat(LONGEST));
    }

    #[test]
    fn stretches_give_the_words_of_the_whole() {
        let text = "L’été «ﬁn» 1½, x\u{302}y ™…";
        let words: Vec<_> = stretches(text)
            .map(|place| plain(&text[place]))
            .filter(|words| !words.is_empty())
            .collect();
        assert_eq!(words.join(" "), plain(text));
    }

    #[test]
    fn long_texts_are_kept_in_full_and_then_by_their_new_words() {
        let mut budget = Budget::default();
        let start = "un deux ".repeat(10_000);
        let kept = budget.keep(plain(&start));
        assert_eq!(kept.len() + 1, start.len());
        let rest = "un deux trois ".repeat(10_000);
        let kept = budget.keep(plain(&rest));
        assert!(kept.len() < Budget::WHOLE - start.len() + 10);
        assert!(kept.contains("trois"));
        assert_eq!(budget.keep("un quatre".to_owned()), "quatre");
    }
}
