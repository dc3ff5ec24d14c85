//! Text in several languages, one of which it was first written in.

use std::collections::BTreeMap;
use std::fmt;

use thiserror::Error;

use super::Language;

/// One text, in one or more languages; the original language is among them.
///
/// Texts are kept as they were written, to the letter: neither trimmed nor normalized, because a
/// title in the registry is a title as its source prints it. What could only be a mistake is
/// refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Localized {
    original: Language,
    texts: BTreeMap<Language, String>,
}

/// Several texts in a fixed order, each in the same languages: the offices in which a person signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalizedList {
    items: Vec<Localized>,
}

/// What is wrong with a localized text.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LocalizedError {
    /// No text at all.
    #[error("there is no text; leave the field out where it is unknown")]
    Empty,
    /// Nothing but white space.
    #[error("the text in {0} is empty; leave that language out")]
    Blank(Language),
    /// Two texts in one language.
    #[error("there are two texts in {0}; keep one")]
    Duplicate(Language),
    /// A character that no text needs.
    #[error(
        "the text in {language} has the control character U+{code:04X} at position {position}; {instead}"
    )]
    Control {
        /// The text's language.
        language: Language,
        /// The character's number.
        code: u32,
        /// Its place in the text, in Unicode code points from 1.
        position: usize,
        /// What to do.
        instead: &'static str,
    },
    /// Not in the language of the record.
    #[error(
        "there is no text in {original}, the record's original language, only in {present}; add it"
    )]
    MissingOriginal {
        /// The record's `originalLanguage`.
        original: Language,
        /// The languages that are there.
        present: Languages,
    },
    /// Lists of different lengths.
    #[error(
        "there are {count} texts in {language} and {expected} in {original}; the n-th of each language is the same thing, so write as many, or leave {language} out"
    )]
    Count {
        /// The language that has more or fewer.
        language: Language,
        /// How many texts it has.
        count: usize,
        /// The record's original language.
        original: Language,
        /// How many texts that has.
        expected: usize,
    },
}

/// Languages, as an error lists them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Languages(pub Vec<Language>);

impl fmt::Display for Languages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let codes: Vec<&str> = self.0.iter().map(|language| language.code()).collect();
        f.write_str(&codes.join(", "))
    }
}

impl Localized {
    /// Checks a list of `{ language, text }` of a record whose `originalLanguage` is `original`.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it, in the order of the list.
    pub fn new(
        texts: impl IntoIterator<Item = (Language, String)>,
        original: Language,
    ) -> Result<Self, Vec<LocalizedError>> {
        let mut errors = Vec::new();
        let mut kept = BTreeMap::new();
        for (language, text) in texts {
            errors.extend(check(language, &text));
            if kept.insert(language, text).is_some() {
                errors.push(LocalizedError::Duplicate(language));
            }
        }
        errors.extend(check_original(&kept, original));
        if errors.is_empty() {
            Ok(Self {
                original,
                texts: kept,
            })
        } else {
            Err(errors)
        }
    }

    /// The language that it was first written in.
    pub const fn original(&self) -> Language {
        self.original
    }

    /// The text in one language, never another's.
    pub fn get(&self, language: Language) -> Option<&str> {
        self.texts.get(&language).map(String::as_str)
    }

    /// The text in the first of these languages that it has, else the original; with its language.
    pub fn prefer(&self, languages: &[Language]) -> (Language, &str) {
        languages
            .iter()
            .find_map(|&language| Some((language, self.get(language)?)))
            .unwrap_or_else(|| (self.original, &self.texts[&self.original]))
    }

    /// Every text with its language, in the order of the schema's languages.
    pub fn iter(&self) -> impl Iterator<Item = (Language, &str)> {
        self.texts
            .iter()
            .map(|(&language, text)| (language, text.as_str()))
    }
}

impl LocalizedList {
    /// Checks a list of `{ language, text }` in which the n-th text of each language is the n-th
    /// item.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with it.
    pub fn new(
        texts: impl IntoIterator<Item = (Language, String)>,
        original: Language,
    ) -> Result<Self, Vec<LocalizedError>> {
        let mut errors = Vec::new();
        let mut kept: BTreeMap<Language, Vec<String>> = BTreeMap::new();
        for (language, text) in texts {
            errors.extend(check(language, &text));
            kept.entry(language).or_default().push(text);
        }
        errors.extend(check_original(&kept, original));
        let expected = kept.get(&original).map_or(0, Vec::len);
        if expected > 0 {
            errors.extend(
                kept.iter()
                    .filter(|(_, texts)| texts.len() != expected)
                    .map(|(&language, texts)| LocalizedError::Count {
                        language,
                        count: texts.len(),
                        original,
                        expected,
                    }),
            );
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let mut items = vec![
            Localized {
                original,
                texts: BTreeMap::new()
            };
            expected
        ];
        for (language, texts) in kept {
            for (item, text) in items.iter_mut().zip(texts) {
                item.texts.insert(language, text);
            }
        }
        Ok(Self { items })
    }

    /// The items, in order; there is at least one.
    pub fn items(&self) -> &[Localized] {
        &self.items
    }
}

fn check(language: Language, text: &str) -> Option<LocalizedError> {
    if text.trim().is_empty() {
        return Some(LocalizedError::Blank(language));
    }
    let (index, found) = text
        .chars()
        .enumerate()
        .find(|(_, c)| c.is_control() && !matches!(c, '\n' | '\t'))?;
    let instead = if found == '\r' {
        "write line breaks as \\n alone"
    } else {
        "take it out"
    };
    Some(LocalizedError::Control {
        language,
        code: found.into(),
        position: index + 1,
        instead,
    })
}

fn check_original<T>(texts: &BTreeMap<Language, T>, original: Language) -> Option<LocalizedError> {
    if texts.is_empty() {
        return Some(LocalizedError::Empty);
    }
    let present = || Languages(texts.keys().copied().collect());
    (!texts.contains_key(&original)).then(|| LocalizedError::MissingOriginal {
        original,
        present: present(),
    })
}

#[cfg(test)]
mod tests {
    use Language::{En, Es, Fr, Pt};

    use super::*;

    fn texts(texts: &[(Language, &str)]) -> Vec<(Language, String)> {
        texts
            .iter()
            .map(|(language, text)| (*language, (*text).to_owned()))
            .collect()
    }

    #[test]
    fn a_text_is_given_in_the_preferred_language_else_in_its_own() {
        let title =
            Localized::new(texts(&[(En, "Declaration"), (Fr, " Déclaration\n")]), Fr).unwrap();
        assert_eq!(title.prefer(&[Es, En, Fr]), (En, "Declaration"));
        assert_eq!(title.prefer(&[Pt]), (Fr, " Déclaration\n"));
        assert_eq!(title.prefer(&[]), (Fr, " Déclaration\n"));
        assert_eq!(title.get(Es), None);
        assert_eq!(
            title
                .iter()
                .map(|(language, _)| language)
                .collect::<Vec<_>>(),
            [Fr, En]
        );
    }

    #[test]
    fn everything_wrong_is_told_at_once() {
        let errors = Localized::new(
            texts(&[(En, "a\u{0}"), (En, "b"), (Es, " \n"), (Pt, "c\r\n")]),
            Fr,
        )
        .unwrap_err();
        let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
        insta::assert_snapshot!(messages.join("\n"), @r"
        the text in EN has the control character U+0000 at position 2; take it out
        there are two texts in EN; keep one
        the text in ES is empty; leave that language out
        the text in PT has the control character U+000D at position 2; write line breaks as \n alone
        there is no text in FR, the record's original language, only in EN, ES, PT; add it
        ");
        assert_eq!(Localized::new([], Fr), Err(vec![LocalizedError::Empty]));
    }

    #[test]
    fn the_nth_text_of_each_language_is_the_nth_item() {
        let offices = texts(&[
            (Fr, "maire de Gaspé"),
            (En, "mayor of Gaspé"),
            (Fr, "président"),
            (En, "president"),
        ]);
        let offices = LocalizedList::new(offices, Fr).unwrap();
        let english: Vec<_> = offices
            .items()
            .iter()
            .map(|office| office.prefer(&[En]).1)
            .collect();
        assert_eq!(english, ["mayor of Gaspé", "president"]);

        let uneven = texts(&[(Fr, "maire"), (En, "mayor"), (Fr, "président")]);
        assert_eq!(
            LocalizedList::new(uneven, Fr),
            Err(vec![LocalizedError::Count {
                language: En,
                count: 1,
                original: Fr,
                expected: 2
            }])
        );
        assert_eq!(LocalizedList::new([], Fr), Err(vec![LocalizedError::Empty]));
    }
}
