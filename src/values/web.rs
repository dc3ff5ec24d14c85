//! What the web's standards have a form for: addresses and language tags.

use icu_locale_core::Locale;
use thiserror::Error;
use url::Url;

/// Longer addresses are cut or refused by browsers and proxies.
const MAX_URL_LENGTH: usize = 2048;

/// Why a text is not an address.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UrlError {
    /// Nothing was written.
    #[error("the address is empty; leave the field out where there is none")]
    Empty,
    /// More than 2048 characters.
    #[error("the address has {0} characters and may have {MAX_URL_LENGTH}")]
    TooLong(usize),
    /// Another scheme, or none.
    #[error(
        "`{0}` is not an absolute http(s) address; write it in full, like `https://www.example.org/page`"
    )]
    NotAbsolute(String),
    /// Spaces, line breaks or other characters that an address can't have.
    #[error("`{written}` has characters that an address can't have; write `{instead}`")]
    Characters {
        /// What was given.
        written: String,
        /// The same with these characters percent-encoded.
        instead: String,
    },
    /// A name or a password before the host.
    #[error("`{0}` has a user name in it; write the address without it")]
    Credentials(String),
    /// Anything else that makes no address.
    #[error("`{written}` is not an address: {reason}")]
    Unreadable {
        /// What was given.
        written: String,
        /// What the URL Standard's parser says.
        reason: url::ParseError,
    },
}

/// Why a text is not a language tag.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TagError {
    /// Not well formed.
    #[error("`{0}` is not a language tag; write BCP 47, like `fr`, `fr-CA`, `es-MX` or `crj`")]
    Malformed(String),
    /// Well formed, but with an underscore or the wrong case.
    #[error("`{written}` is written `{instead}`")]
    Form {
        /// What was given.
        written: String,
        /// The same as BCP 47 writes it.
        instead: String,
    },
}

/// Checks an absolute `http` or `https` address. It is kept as written: no normalization changes
/// what a source prints.
///
/// # Errors
///
/// What is wrong with it, and the address that was probably meant where there is one.
pub fn check_url(text: &str) -> Result<(), UrlError> {
    if text.trim().is_empty() {
        return Err(UrlError::Empty);
    }
    let length = text.chars().count();
    if length > MAX_URL_LENGTH {
        return Err(UrlError::TooLong(length));
    }
    let written = text.to_owned();
    // The URL Standard's parser mends `http:host` and `http:\\host`, which other readers of the
    // field don't.
    let rest = ["http://", "https://"].iter().find_map(|scheme| {
        let (start, rest) = text.trim().split_at_checked(scheme.len())?;
        start.eq_ignore_ascii_case(scheme).then_some(rest)
    });
    if rest.is_none_or(|rest| rest.starts_with(['/', '\\'])) {
        return Err(UrlError::NotAbsolute(written));
    }
    let url = Url::parse(text).map_err(|reason| UrlError::Unreadable {
        written: written.clone(),
        reason,
    })?;
    // Letters beyond ASCII are fine (RFC 3987, the URL Standard): addresses are copied from
    // browsers that show them.
    if text.contains(|c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '<' | '>' | '"' | '\\' | '`')
    }) {
        return Err(UrlError::Characters {
            written,
            instead: url.into(),
        });
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(UrlError::Credentials(written));
    }
    Ok(())
}

/// Checks a BCP 47 language tag, in the case that BCP 47 recommends: `fr`, `fr-CA`, `zh-Hant-TW`.
///
/// Well-formedness alone, as Unicode's locale identifiers (UTS 35) have it: no registry says
/// whether the language exists.
///
/// # Errors
///
/// Where it isn't well formed, or written otherwise than BCP 47 recommends.
pub fn check_language_tag(text: &str) -> Result<(), TagError> {
    let written = text.to_owned();
    let locale = Locale::try_from_str(&text.trim().replace('_', "-"));
    // The form has room for names of five to eight letters, but no language has one: `french` is a
    // mistake.
    let Some(locale) = locale
        .ok()
        .filter(|locale| locale.id.language.as_str().len() <= 3)
    else {
        return Err(TagError::Malformed(written));
    };
    let instead = locale.to_string();
    if instead == text {
        Ok(())
    } else {
        Err(TagError::Form { written, instead })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_are_absolute() {
        for text in [
            "https://www.quebec.ca",
            "http://localhost:8080/a?b=c#d",
            "HTTPS://example.org/é%20b",
            "https://fr.wikipedia.org/wiki/Québec",
            "https://[::1]/",
        ] {
            assert_eq!(check_url(text), Ok(()), "{text}");
        }
        for (text, told) in [
            ("", "leave the field out"),
            ("www.quebec.ca", "not an absolute"),
            ("/page", "not an absolute"),
            ("ftp://example.org", "not an absolute"),
            ("javascript:alert(1)", "not an absolute"),
            ("https:example.org", "not an absolute"),
            ("https:///example.org", "not an absolute"),
            ("https://", "empty host"),
            ("https://a b.org", "invalid"),
            (
                "https://example.org/a b",
                "write `https://example.org/a%20b`",
            ),
            (" https://example.org/", "write `https://example.org/`"),
            ("https://example.org/\n", "write `https://example.org/`"),
            ("https://me:secret@example.org", "user name"),
            ("https://example.org:99999", "invalid port"),
        ] {
            let message = check_url(text).unwrap_err().to_string();
            assert!(message.contains(told), "{text}: {message}");
        }
        assert_eq!(
            check_url(&format!("https://example.org/{}", "a".repeat(2048))),
            Err(UrlError::TooLong(2068))
        );
    }

    #[test]
    fn tags_are_written_as_bcp_47_recommends() {
        for tag in ["fr", "fr-CA", "es-419", "crj", "zh-Hant-TW", "de-1996"] {
            assert_eq!(check_language_tag(tag), Ok(()), "{tag}");
        }
        for (tag, told) in [
            ("FR", "`fr`"),
            ("fr_CA", "`fr-CA`"),
            ("fr-ca", "`fr-CA`"),
            (" fr", "`fr`"),
            ("", "not a language tag"),
            ("français", "not a language tag"),
            ("f", "not a language tag"),
            ("fr-", "not a language tag"),
            ("french", "not a language tag"),
        ] {
            let message = check_language_tag(tag).unwrap_err().to_string();
            assert!(message.contains(told), "{tag}: {message}");
        }
    }

    proptest! {
        #[test]
        fn nothing_makes_them_panic(text in any::<String>(), tail in ".{0,20}") {
            let _ = check_url(&text);
            let _ = check_url(&format!("https://{tail}"));
            let _ = check_language_tag(&text);
        }
    }
}
