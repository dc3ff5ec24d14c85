//! The registry's languages, and which of them a request prefers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A language that texts of the registry can be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Language {
    /// French.
    Fr,
    /// English.
    En,
    /// Spanish.
    Es,
    /// Portuguese.
    Pt,
}

impl Language {
    /// All of them, in the order of the schema.
    pub const ALL: [Self; 4] = [Self::Fr, Self::En, Self::Es, Self::Pt];

    /// Its value in GraphQL and in files: `FR`.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Fr => "FR",
            Self::En => "EN",
            Self::Es => "ES",
            Self::Pt => "PT",
        }
    }

    /// Its BCP 47 tag, for `Content-Language` and `lang=`: `fr`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Fr => "fr",
            Self::En => "en",
            Self::Es => "es",
            Self::Pt => "pt",
        }
    }

    /// The language of a code, in capitals as the schema writes it.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|language| language.code() == code)
    }

    /// The language of a BCP 47 tag, whatever its region, script and case: `fr-CA`, `PT-br`.
    pub fn from_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next()?;
        Self::ALL
            .into_iter()
            .find(|language| primary.eq_ignore_ascii_case(language.tag()))
    }
}

/// The `Content-Language` of an answer whose texts are in a language, or else in the languages that they were first
/// written in, which may be any of the registry's.
pub fn content_language(preferred: Option<Language>) -> &'static str {
    preferred.map_or("fr, en, es, pt", Language::tag)
}

/// The code: `FR`.
impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

/// The languages that an `Accept-Language` header asks for, the best first (RFC 9110, section
/// 12.5.4).
///
/// Regions don't matter: the registry has one text per language, and a reader of `fr-CA` reads it.
/// A language counts with its highest weight; equal weights keep the header's order; weight 0
/// refuses the language (`fr;q=0`), but refusing a region (`fr-BE;q=0`) refuses nothing that the
/// registry has. `*` stands for any language, so it prefers none: it names no language here, and
/// what ranks below it is left out, because the original text is then as welcome. Items that aren't
/// well formed are passed over: a header is a wish, not an input.
pub fn accepted(header: &str) -> Vec<Language> {
    let mut wishes: Vec<(Language, u16)> = Vec::new();
    let mut refused: Vec<Language> = Vec::new();
    let mut any = 0;
    for item in header.split(',') {
        let Some((range, weight)) = parse_item(item) else {
            continue;
        };
        if range == "*" {
            any = any.max(weight);
            continue;
        }
        let Some(language) = Language::from_tag(range) else {
            continue;
        };
        if weight == 0 {
            if !range.contains('-') && !refused.contains(&language) {
                refused.push(language);
            }
            continue;
        }
        match wishes.iter_mut().find(|(wished, _)| *wished == language) {
            Some((_, best)) => *best = weight.max(*best),
            None => wishes.push((language, weight)),
        }
    }
    wishes.retain(|(language, weight)| *weight >= any && !refused.contains(language));
    wishes.sort_by_key(|(_, weight)| std::cmp::Reverse(*weight));
    wishes.into_iter().map(|(language, _)| language).collect()
}

/// `fr-CA;q=0.8` as (`fr-CA`, 800).
fn parse_item(item: &str) -> Option<(&str, u16)> {
    let mut parts = item.split(';').map(|part| part.trim_matches([' ', '\t']));
    let range = parts.next()?;
    let weight = match parts.next() {
        None => 1000,
        Some(parameter) => {
            let (name, value) = parameter.split_once('=')?;
            if !name.trim_end().eq_ignore_ascii_case("q") {
                return None;
            }
            parse_weight(value.trim_start())?
        }
    };
    let well_formed = range == "*"
        || (!range.is_empty()
            && range
                .bytes()
                .all(|b| b == b'-' || b.is_ascii_alphanumeric()));
    (well_formed && parts.next().is_none()).then_some((range, weight))
}

/// A weight in thousandths: `0`, `0.` to `0.999`, `1`, `1.000`.
fn parse_weight(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{decimals:0<3}").parse::<u16>().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use Language::{En, Es, Fr, Pt};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn codes_and_tags_name_the_same_languages() {
        for language in Language::ALL {
            assert_eq!(Language::from_code(language.code()), Some(language));
            assert_eq!(Language::from_tag(language.tag()), Some(language));
            assert_eq!(serde_json::to_value(language).unwrap(), language.code());
        }
        assert_eq!(Language::from_code("fr"), None);
        assert_eq!(Language::from_tag("PT-br"), Some(Pt));
        assert_eq!(Language::from_tag("fro"), None);
        assert_eq!(Language::from_tag(""), None);
    }

    #[test]
    fn what_prefers_no_language_may_be_in_any() {
        assert_eq!(content_language(Some(Pt)), "pt");
        let all = Language::ALL.map(Language::tag).join(", ");
        assert_eq!(content_language(None), all);
    }

    #[test]
    fn headers_are_weighed() {
        for (header, languages) in [
            ("fr-CA, en;q=0.8", &[Fr, En] as &[Language]),
            ("en;q=0.5, es;q=0.9, pt-BR", &[Pt, Es, En]),
            ("en-GB;q=0.4, fr;q=0.5, en;q=0.9", &[En, Fr]),
            ("de, it;q=0.9", &[]),
            ("de, es;q=0.1", &[Es]),
            ("es, en", &[Es, En]),
            ("FR-ca ; Q=0.7 ,\ten", &[En, Fr]),
            ("", &[]),
        ] {
            assert_eq!(accepted(header), languages, "{header}");
        }
    }

    #[test]
    fn a_star_prefers_nothing_and_zero_refuses() {
        for (header, languages) in [
            ("*", &[] as &[Language]),
            ("en, *;q=0.5", &[En]),
            ("en, *;q=0.5, fr;q=0.1", &[En]),
            ("*;q=0, fr", &[Fr]),
            ("fr;q=0, en", &[En]),
            ("fr-CA, fr;q=0", &[]),
            ("fr-BE;q=0, fr;q=0.3", &[Fr]),
        ] {
            assert_eq!(accepted(header), languages, "{header}");
        }
    }

    #[test]
    fn malformed_items_are_passed_over() {
        for header in [
            "en;q=2, fr",
            "en;q=0.1234, fr",
            "en;level=1, fr",
            "en;q=0.5;q=1, fr",
            "e n, fr",
            ";q=1,,fr",
            "en;q=-1,fr",
        ] {
            assert_eq!(accepted(header), [Fr], "{header}");
        }
    }

    proptest! {
        #[test]
        fn any_header_gives_each_language_at_most_once(header in "(fr|en|es|\\*|pt-BR|;|q=|0\\.[0-9]|1|,| ){0,30}|.{0,60}") {
            let mut languages = accepted(&header);
            let count = languages.len();
            languages.sort_unstable();
            languages.dedup();
            prop_assert_eq!(languages.len(), count);
        }
    }
}
