//! Slugs: stable, readable names of records, in addresses and in files.

use std::fmt;

use thiserror::Error;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

const MAX_LENGTH: usize = 100;

/// 1 to 100 lower-case ASCII letters, digits and single hyphens, which stand inside:
/// `entente-arbj-midi-2013`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

/// Why a text is not a slug.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SlugError {
    /// Nothing was written.
    #[error(
        "the slug is empty; write a short name in lower-case letters, digits and hyphens, like `entente-umq-2022`"
    )]
    Empty,
    /// More than 100 characters.
    #[error("the slug has {0} characters and may have {MAX_LENGTH}; write a shorter one")]
    TooLong(usize),
    /// Something that can be put right.
    #[error(
        "`{written}` is not a slug (lower-case letters without accents, digits, single hyphens inside); write `{instead}`"
    )]
    Letters {
        /// What was given.
        written: String,
        /// The nearest slug.
        instead: Slug,
    },
    /// No letters or digits to make a slug of.
    #[error("`{0}` is not a slug; write lower-case letters without accents, digits and hyphens")]
    Unreadable(String),
}

impl Slug {
    /// Checks a slug.
    ///
    /// # Errors
    ///
    /// What is wrong with it, with the nearest slug where there is one.
    pub fn parse(text: &str) -> Result<Self, SlugError> {
        if text.is_empty() {
            return Err(SlugError::Empty);
        }
        let length = text.chars().count();
        if length > MAX_LENGTH {
            return Err(SlugError::TooLong(length));
        }
        let good = |word: &str| {
            !word.is_empty()
                && word
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        };
        if text.split('-').all(good) {
            return Ok(Self(text.to_owned()));
        }
        let written = text.to_owned();
        Err(match nearest(text) {
            Some(instead) => SlugError::Letters { written, instead },
            None => SlugError::Unreadable(written),
        })
    }

    /// The slug.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Slug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text without case and accents, and with hyphens for everything else.
fn nearest(text: &str) -> Option<Slug> {
    let letters: String = text
        .nfkd()
        .filter(|&c| !is_combining_mark(c))
        .flat_map(char::to_lowercase)
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    let words: Vec<&str> = letters.split('-').filter(|word| !word.is_empty()).collect();
    let slug = words.join("-");
    (1..=MAX_LENGTH).contains(&slug.len()).then_some(Slug(slug))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn slugs_are_kept_and_others_are_put_right() {
        for slug in [
            "a",
            "2022",
            "entente-arbj-midi-2013",
            "mun-03005-gaspe",
            &"a".repeat(100),
        ] {
            assert_eq!(Slug::parse(slug).unwrap().as_str(), slug);
        }
        for (text, told) in [
            ("", "is empty"),
            (&*"a".repeat(101), "has 101 characters"),
            ("Entente UMQ–MIFI 2022", "write `entente-umq-mifi-2022`"),
            ("Nord-du-Québec", "write `nord-du-quebec`"),
            ("-a--b-", "write `a-b`"),
            ("a_b", "write `a-b`"),
            ("合意", "lower-case letters without accents"),
            ("---", "lower-case letters without accents"),
        ] {
            let message = Slug::parse(text).unwrap_err().to_string();
            assert!(message.contains(told), "{text}: {message}");
        }
    }

    proptest! {
        #[test]
        fn what_is_suggested_is_a_slug(text in ".{0,60}") {
            if let Err(SlugError::Letters { instead, .. }) = Slug::parse(&text) {
                prop_assert_eq!(Slug::parse(instead.as_str()), Ok(instead));
            }
        }
    }
}
