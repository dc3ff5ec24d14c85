//! Sort keys: bytes whose order is the order of texts for people.
//!
//! A key is made once, when a text is written, and stored beside it. Order, indexes and cursors
//! then are byte comparisons, the same on every PostgreSQL whatever its collations. Keys of
//! different languages don't compare; keys of different [`VERSION`]s don't either, so the version
//! is stored too and keys are rewritten when it changes.

use std::convert::Infallible;
use std::sync::LazyLock;

use icu_collator::options::{AlternateHandling, CollatorOptions, Strength};
use icu_collator::preferences::CollationNumericOrdering;
use icu_collator::{CollatorBorrowed, CollatorPreferences};
use icu_locale_core::locale;

use super::Language;

/// What the keys depend on: the code, the data, the settings below. Keys made under another version
/// are to be made anew.
///
/// A test compares the crates' versions with `Cargo.lock`. Change the settings' part by hand when
/// they change.
pub const VERSION: &str = "icu_collator 2.4.0, icu_collator_data 2.4.0 (CLDR 49, Unicode 18), icu_normalizer_data 2.4.0; \
                           fr en es pt root, tertiary, punctuation counts, numeric, up to 1024 bytes";

/// How many bytes a key has at most: an entry of a PostgreSQL index holds 2,704 in all.
const LONGEST: usize = 1024;

/// The key of a text in its language; without a language by CLDR's root order, for lists that mix
/// languages.
///
/// Texts with equal keys (canonically equivalent ones, those that differ in control characters
/// alone, or only after some hundreds of letters) need another column to be told apart.
pub fn sort_key(text: &str, language: Option<Language>) -> Vec<u8> {
    let collators = &*COLLATORS;
    let collator = match language {
        None => &collators.root,
        Some(Language::Fr) => &collators.fr,
        Some(Language::En) => &collators.en,
        Some(Language::Es) => &collators.es,
        Some(Language::Pt) => &collators.pt,
    };
    let mut key = Vec::with_capacity(text.len() + 16);
    let written: Result<(), Infallible> = collator.write_sort_key_to(text, &mut key);
    let Ok(()) = written;
    key.truncate(LONGEST);
    key
}

struct Collators {
    root: CollatorBorrowed<'static>,
    fr: CollatorBorrowed<'static>,
    en: CollatorBorrowed<'static>,
    es: CollatorBorrowed<'static>,
    pt: CollatorBorrowed<'static>,
}

static COLLATORS: LazyLock<Collators> = LazyLock::new(|| Collators {
    root: collator(locale!("und").into()),
    // Not `fr-CA`: it compares accents from the end of a word, which is neither France's rule nor
    // other languages'.
    fr: collator(locale!("fr").into()),
    en: collator(locale!("en").into()),
    // Modern Spanish: ñ is a letter after n, ch and ll are not letters.
    es: collator(locale!("es").into()),
    pt: collator(locale!("pt").into()),
});

fn collator(mut preferences: CollatorPreferences) -> CollatorBorrowed<'static> {
    // "Volet 2" comes before "Volet 10".
    preferences.numeric_ordering = Some(CollationNumericOrdering::True);
    let mut options = CollatorOptions::default();
    // Letters first, then accents, then case: É stands next to E, and only a tie of the letters
    // looks at the accent.
    options.strength = Some(Strength::Tertiary);
    // Spaces and punctuation count, before digits and letters, so that "Saint Jean" and
    // "Saint-Jean" stand together, ahead of "Sainte".
    options.alternate_handling = Some(AlternateHandling::NonIgnorable);
    CollatorBorrowed::try_new(preferences, options).expect("the collation data is compiled in")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(language: Option<Language>, texts: &[&str]) -> Vec<String> {
        let mut texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        // Backwards first, so that an order that only kept the input's would show.
        texts.reverse();
        texts.sort_by_key(|text| sort_key(text, language));
        texts
    }

    #[test]
    fn texts_sort_as_people_expect() {
        let expected = [
            "Saint Jean",
            "Saint-Jean",
            "Sainte",
            "volet 2",
            "Volet 2",
            "Volet 10",
            "z",
        ];
        let french = [
            "école",
            "École",
            "ecole b",
            "économie",
            "Eure",
            "Évry",
            "fête",
        ];
        for language in [
            None,
            Some(Language::Fr),
            Some(Language::En),
            Some(Language::Pt),
        ] {
            assert_eq!(sorted(language, &expected), expected);
            assert_eq!(sorted(language, &french), french);
        }
        assert_eq!(
            sorted(Some(Language::Fr), &["cote", "coté", "côte", "côté"]),
            ["cote", "coté", "côte", "côté"]
        );
    }

    #[test]
    fn a_letter_of_its_own_is_one_in_its_language_only() {
        let spanish = ["nube", "nuez", "ñandú", "oso"];
        assert_eq!(sorted(Some(Language::Es), &spanish), spanish);
        assert_eq!(sorted(None, &spanish), ["ñandú", "nube", "nuez", "oso"]);
    }

    #[test]
    fn equivalent_texts_have_one_key() {
        assert_eq!(sort_key("é", None), sort_key("e\u{301}", None));
        assert_ne!(sort_key("é", None), sort_key("e", None));
        assert_eq!(sort_key("", None), sort_key("\u{0}", None));
    }

    #[test]
    fn the_version_names_the_crates_that_are_built_in() {
        let lock = include_str!("../../Cargo.lock");
        for name in ["icu_collator", "icu_collator_data", "icu_normalizer_data"] {
            let entry = format!("name = \"{name}\"\nversion = \"");
            let (_, rest) = lock.split_once(&entry).expect("the crate is locked");
            let (version, _) = rest.split_once('"').expect("a version ends");
            assert!(
                VERSION.contains(&format!("{name} {version}")),
                "{name} is {version} now: update VERSION"
            );
        }
    }
}
