//! What a person writes into a search field, taken apart.
//!
//! `"…"` is a phrase, `-` before a word or a phrase excludes it, and that is all: every other sign separates words. An
//! unclosed quotation mark runs to the end, as it does while the phrase is being typed.

use std::collections::HashSet;
use std::mem;

use serde_json::{Value, json};

use crate::values::words::plain;

/// The most characters of a search text.
const MOST_CHARACTERS: usize = 1000;
/// The most words of a search text, those of phrases too.
const MOST_WORDS: usize = 32;
/// Shorter words are not taken for misspelt: too much looks like them.
const SHORTEST_MISSPELT: usize = 5;

/// A word or a phrase that is searched for or excluded.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Term {
    /// Plain words, several only in a phrase.
    words: String,
    phrase: bool,
    /// Whether records with it are left out.
    without: bool,
    /// Whether it may be only the beginning of a word.
    prefix: bool,
}

impl Term {
    /// Whether it may be misspelt, should no record have it.
    fn spelt(&self) -> bool {
        !self.phrase
            && !self.without
            && self.words.chars().count() >= SHORTEST_MISSPELT
            && !self.words.contains(char::is_numeric)
    }

    fn count(&self) -> usize {
        self.words.split(' ').count()
    }
}

/// How many words the terms have.
pub(super) fn words(terms: &[Term]) -> usize {
    terms.iter().map(Term::count).sum()
}

/// The terms as the function `search_query` of the database takes them.
pub(super) fn to_json(terms: &[Term]) -> String {
    let terms = terms.iter().map(|term| {
        json!({
            "words": term.words,
            "phrase": term.phrase,
            "without": term.without,
            "prefix": term.prefix,
            "spelt": term.spelt(),
        })
    });
    terms.collect::<Value>().to_string()
}

/// Takes a search text apart.
///
/// # Errors
///
/// What is too long about it, and what to do.
pub(super) fn parse(text: &str) -> Result<Vec<Term>, String> {
    let characters = text.chars().count();
    if characters > MOST_CHARACTERS {
        return Err(format!(
            "The search text has {characters} characters and may have {MOST_CHARACTERS}. Search for the words that matter."
        ));
    }
    let mut parser = Parser::default();
    for letter in text.chars() {
        parser.take(letter);
    }
    let typing = parser.end();
    let mut terms = parser.terms;
    if let Some(last) = terms.last_mut() {
        last.prefix = typing && !last.without;
    }
    // Said twice is said once.
    let mut seen = HashSet::new();
    terms.retain(|term| seen.insert(term.clone()));
    let words = words(&terms);
    if words > MOST_WORDS {
        return Err(format!(
            "The search text has {words} words and may have {MOST_WORDS}. Search for those that matter."
        ));
    }
    Ok(terms)
}

#[derive(Default)]
struct Parser {
    terms: Vec<Term>,
    /// What stands since the last white space or quotation mark.
    piece: String,
    quoted: bool,
    /// Whether no white space stands between that and a quotation mark: a hyphen there excludes nothing.
    behind_quote: bool,
    /// Whether the quotation under way is excluded.
    without: bool,
}

impl Parser {
    fn take(&mut self, letter: char) {
        match letter {
            '"' if self.quoted => {
                let (words, without) = (mem::take(&mut self.piece), self.without);
                self.term(&words, true, without);
                self.quoted = false;
                self.behind_quote = true;
            }
            '"' => {
                self.without = self.piece == "-" && !self.behind_quote;
                self.unquoted();
                self.quoted = true;
            }
            letter if letter.is_whitespace() && !self.quoted => {
                self.unquoted();
                self.behind_quote = false;
            }
            letter => self.piece.push(letter),
        }
    }

    /// Ends the last piece, and says whether its last word may still be being typed.
    fn end(&mut self) -> bool {
        if self.quoted {
            let (words, without) = (mem::take(&mut self.piece), self.without);
            self.term(&words, true, without);
            return false;
        }
        !self.piece.is_empty() && self.unquoted()
    }

    /// Ends a piece without quotation marks. An excluded one of several words, `-Baie-James`, is excluded as a phrase.
    /// Says whether it had any words.
    fn unquoted(&mut self) -> bool {
        let piece = mem::take(&mut self.piece);
        let excluded = piece
            .strip_prefix('-')
            .filter(|rest| rest.starts_with(char::is_alphanumeric) && !self.behind_quote);
        if let Some(rest) = excluded {
            return self.term(&whole_words(rest), true, true);
        }
        let words = plain(&whole_words(&piece));
        let before = self.terms.len();
        for word in words.split(' ') {
            self.term(word, false, false);
        }
        self.terms.len() > before
    }

    fn term(&mut self, text: &str, quoted: bool, without: bool) -> bool {
        let words = plain(text);
        if words.is_empty() {
            return false;
        }
        // One excluded word is excluded in all its forms; in quotation marks, a word is meant to the letter.
        let phrase = quoted && (self.quoted || words.contains(' '));
        self.terms.push(Term {
            words,
            phrase,
            without,
            prefix: false,
        });
        true
    }
}

/// What French leaves of a word before a vowel. Whoever searches for `l’immigration` doesn't mind the article.
const ELIDED: &[&str] = &[
    "c", "d", "j", "jusqu", "l", "lorsqu", "m", "n", "puisqu", "qu", "quoiqu", "s", "t",
];

/// A piece without what stands elided before its words.
fn whole_words(piece: &str) -> String {
    let mut kept = String::with_capacity(piece.len());
    let mut rest = piece;
    while let Some(place) = rest.find(['\'', '’']) {
        let (before, after) = rest.split_at(place);
        let after = after.trim_start_matches(['\'', '’']);
        let start = before
            .char_indices()
            .rev()
            .take_while(|(_, letter)| letter.is_alphanumeric())
            .last()
            .map_or(before.len(), |(start, _)| start);
        let word = before[start..].to_lowercase();
        let elided = ELIDED.contains(&word.as_str()) && after.starts_with(char::is_alphanumeric);
        kept.push_str(if elided { &before[..start] } else { before });
        kept.push(' ');
        rest = after;
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The terms in the notation of search texts, with `…` after what may be only a beginning.
    fn shown(text: &str) -> String {
        let terms = parse(text).expect("the text is not too long");
        let terms = terms.iter().map(|term| {
            let without = if term.without { "-" } else { "" };
            let quote = if term.phrase { "\"" } else { "" };
            let more = if term.prefix { "…" } else { "" };
            format!("{without}{quote}{}{quote}{more}", term.words)
        });
        terms.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn quotes_hyphens_and_the_last_word_have_a_meaning() {
        for (text, terms) in [
            ("Immigration régionale", "immigration régionale…"),
            ("immigration ", "immigration"),
            ("immigration\u{a0}", "immigration"),
            ("l’immigration", "immigration…"),
            ("QU'EST-ce qu’", "est ce qu…"),
            ("aujourd'hui l'", "aujourd hui l…"),
            ("-l'immigration plan", "-immigration plan…"),
            ("\"l’immigration\"", "\"l immigration\""),
            ("\"plan d'action\" région", "\"plan d action\" région…"),
            ("région \"plan d", "région \"plan d\""),
            ("plan\"action\"", "plan \"action\""),
            ("\"action\"plan", "\"action\" plan…"),
            ("plan -région", "plan -région"),
            ("-région plan", "-région plan…"),
            ("plan -\"en région\"", "plan -\"en région\""),
            ("plan -\"région\"", "plan -\"région\""),
            ("plan -Baie-James", "plan -\"baie james\""),
            ("Baie-James", "baie james…"),
            ("2009-2010", "2009 2010…"),
            ("\"plan\"-région", "\"plan\" région…"),
            ("plan PLAN plan", "plan plan…"),
            ("plan - région", "plan région…"),
            ("plan --région", "plan région…"),
            ("plan -- -", "plan"),
            ("plan -", "plan"),
            ("-", ""),
            ("\"", ""),
            ("\"\" \" \" -\"\"", ""),
            ("", ""),
            (" % _ :* & | ! ( ) < > \\ ' @ # $ ^ ~ ", ""),
            ("a&b|!c:*", "a b c…"),
            ("d'œuvre", "œuvre…"),
        ] {
            assert_eq!(shown(text), terms, "{text:?}");
        }
    }

    #[test]
    fn only_long_words_without_digits_may_be_misspelt() {
        let spelt = |text: &str| parse(text).expect("short")[0].spelt();
        assert!(spelt("région"));
        assert!(!spelt("plan2"));
        assert!(!spelt("mif"));
        assert!(!spelt("-région"));
        assert!(!spelt("\"région\""));
    }

    #[test]
    fn long_texts_are_refused() {
        assert!(parse(&"é".repeat(1000)).is_ok());
        assert!(parse(&"é".repeat(1001)).is_err());
        let words = |count: usize| {
            let words: Vec<_> = (0..count).map(|word| word.to_string()).collect();
            words.join(" ")
        };
        assert!(parse(&words(32)).is_ok());
        assert!(parse(&words(33)).is_err());
        assert!(parse(&format!("\"{}\"", words(33))).is_err());
    }
}
