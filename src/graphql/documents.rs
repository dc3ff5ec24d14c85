//! Documents that clients name instead of sending them: those that a client sent before (automatic persisted queries), or
//! those that were given to the server, and no others (trusted documents).

use std::sync::Arc;

use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};

use super::error::{Code, Error};
use super::trusted::Trusted;

/// What an entry takes beside its text.
const ENTRY: usize = 128;
/// About the size of a document, for a guess at how many there will be.
const USUAL: usize = 1_024;

/// The SHA-256 of a document's text.
pub type Hash = [u8; 32];

/// Where documents are found that a request only names.
pub enum Documents {
    /// What clients sent before, in so much memory; `None` where nothing is kept.
    Sent(Option<Cache<Hash, Arc<str>, Weight>>),
    /// What the server was given. Nothing else runs.
    Trusted(Trusted),
}

/// The document of a request.
#[derive(Debug, PartialEq)]
pub struct Document {
    /// Its text, which nobody has looked at yet.
    pub text: String,
    /// Under what to keep it, once it turns out to be valid.
    pub keep_as: Option<Hash>,
}

impl Documents {
    /// Keeps what clients send in so many bytes of memory; 0 keeps nothing.
    pub fn sent(bytes: usize) -> Self {
        let capacity = u64::try_from(bytes).unwrap_or(u64::MAX);
        Self::Sent((bytes > 0).then(|| Cache::with_weighter(bytes / USUAL, capacity, Weight)))
    }

    /// The document that a request means, by its text, its name, or both.
    ///
    /// # Errors
    ///
    /// [`Code::PersistedQueryNotFound`] and [`Code::PersistedQueryNotSupported`] with the words that clients look for,
    /// [`Code::DocumentNotTrusted`], and [`Code::BadRequest`] where there is neither text nor name, where they don't fit
    /// together, or the name is no SHA-256.
    pub fn find(&self, text: Option<String>, id: Option<&str>) -> Result<Document, Error> {
        match self {
            Self::Trusted(trusted) => trusted.find(text.as_deref(), id),
            Self::Sent(kept) => match (text, id) {
                (Some(text), None) => Ok(Document::passing(text)),
                (None, None) => Err(Error::new(
                    Code::BadRequest,
                    "There is no `query`: send a GraphQL document as the parameter `query`, or open /graphiql to write one.",
                )),
                (text, Some(id)) => find_sent(kept.as_ref(), text, id),
            },
        }
    }

    /// Keeps a document that was found valid.
    pub(super) fn keep(&self, hash: Hash, text: &str) {
        if let Self::Sent(Some(kept)) = self
            && kept.get(&hash).is_none()
        {
            kept.insert(hash, text.into());
        }
    }

    /// Tells these documents from others, where what a name stands for doesn't follow from the name alone.
    pub(super) fn digest(&self) -> Option<&Hash> {
        match self {
            Self::Sent(_) => None,
            Self::Trusted(trusted) => Some(trusted.digest()),
        }
    }
}

impl Document {
    /// One that is not to be kept.
    pub(super) fn passing(text: String) -> Self {
        Self {
            text,
            keep_as: None,
        }
    }
}

fn find_sent(
    kept: Option<&Cache<Hash, Arc<str>, Weight>>,
    text: Option<String>,
    id: &str,
) -> Result<Document, Error> {
    let Some(kept) = kept else {
        // With its text a document runs; the name is a wish that nobody grants here.
        return text.map(Document::passing).ok_or_else(|| {
            Error::new(
                Code::PersistedQueryNotSupported,
                "PersistedQueryNotSupported",
            )
        });
    };
    let hash = parse(id.strip_prefix("sha256:").unwrap_or(id)).ok_or_else(|| {
        Error::new(
            Code::BadRequest,
            "A document is named by the SHA-256 of its text: 64 hexadecimal digits in lower case.",
        )
    })?;
    match text {
        Some(text) if Hash::from(Sha256::digest(&text)) == hash => Ok(Document {
            text,
            keep_as: Some(hash),
        }),
        Some(_) => Err(Error::new(
            Code::BadRequest,
            "The SHA-256 of `query` is not the one that the request names. It is taken of the text as it is sent, in UTF-8.",
        )),
        None => match kept.get(&hash) {
            Some(text) => Ok(Document::passing((*text).to_owned())),
            None => Err(Error::new(
                Code::PersistedQueryNotFound,
                "PersistedQueryNotFound",
            )),
        },
    }
}

/// A hash from its 64 digits.
fn parse(digits: &str) -> Option<Hash> {
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let digits = digits.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut hash = Hash::default();
    for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = value(pair[0])? << 4 | value(pair[1])?;
    }
    Some(hash)
}

/// What an entry weighs: about the bytes that it takes.
#[derive(Clone)]
pub struct Weight;

impl Weighter<Hash, Arc<str>> for Weight {
    fn weight(&self, _: &Hash, text: &Arc<str>) -> u64 {
        u64::try_from(ENTRY + text.len()).unwrap_or(u64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write as _;

    fn name(text: &str) -> String {
        Sha256::digest(text)
            .iter()
            .fold(String::new(), |mut hex, byte| {
                write!(hex, "{byte:02x}").unwrap();
                hex
            })
    }

    fn code(found: Result<Document, Error>) -> &'static str {
        found.map_or_else(|error| error.code.name(), |_| "found")
    }

    fn send(documents: &Documents, text: &str) {
        let found = documents
            .find(Some(text.into()), Some(&name(text)))
            .unwrap();
        documents.keep(found.keep_as.unwrap(), &found.text);
    }

    #[test]
    fn what_was_sent_once_is_found_by_its_hash() {
        let documents = Documents::sent(10_000);
        let hash = name("{ a }");
        assert_eq!(
            code(documents.find(None, Some(&hash))),
            "PERSISTED_QUERY_NOT_FOUND"
        );
        send(&documents, "{ a }");
        assert_eq!(documents.find(None, Some(&hash)).unwrap().text, "{ a }");
        for wrong in [
            "",
            "x",
            &hash.to_uppercase(),
            &format!("{hash}0"),
            &name("{ b }"),
        ] {
            assert_eq!(
                code(documents.find(Some("{ a }".into()), Some(wrong))),
                "BAD_REQUEST",
                "{wrong}"
            );
        }
        assert_eq!(code(documents.find(None, None)), "BAD_REQUEST");
    }

    #[test]
    fn where_nothing_is_kept_it_says_so() {
        let documents = Documents::sent(0);
        let hash = name("{ a }");
        assert_eq!(
            code(documents.find(None, Some(&hash))),
            "PERSISTED_QUERY_NOT_SUPPORTED"
        );
        assert_eq!(
            code(documents.find(Some("{ a }".into()), Some(&hash))),
            "found"
        );
    }

    #[test]
    fn a_flood_of_new_documents_does_not_drive_out_what_is_used() {
        let documents = Documents::sent(100_000);
        send(&documents, "{ used }");
        let used = name("{ used }");
        for n in 0..50_000 {
            send(&documents, &format!("{{ flood(n: {n}) }}"));
            if n % 100 == 0 {
                assert_eq!(
                    code(documents.find(None, Some(&used))),
                    "found",
                    "after {n}"
                );
            }
        }
        let Documents::Sent(Some(kept)) = &documents else {
            unreachable!()
        };
        assert!(kept.weight() <= 100_000, "{} bytes", kept.weight());
    }
}
