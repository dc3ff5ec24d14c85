//! Answers that need not be found twice.
//!
//! The same question gets the same answer as long as the registry says the same, which the version of the data tells. Each
//! request asks for that version anew, together with the others of its moment ([`Watch`]); so what is served from here was
//! true after the request came, whoever wrote to the database.
//!
//! A question is known by a digest of all that its answer depends on beside the data: its parameters as they came, so that
//! they need not be read to find the answer. With the version that makes a tag by which clients ask whether what they have is
//! still true. A tag is given with whole answers only: whoever has it asked something that is valid, so that nothing needs to be
//! looked at again.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use bytes::Bytes;
use quick_cache::Weighter;
use quick_cache::sync::{Cache, EntryAction, EntryResult};
use sha2::{Digest, Sha256};

use crate::db::Watch;
use crate::graphql::error::Error;
use crate::graphql::request::{Answer, Question};
use crate::values::Language;
use crate::values::language;
use crate::write::Version;

/// What an entry takes beside its body.
const ENTRY: usize = 256;
/// About the size of an answer, for a guess at how many there will be.
const USUAL: usize = 16_384;

/// The version of the data, and the answers that were given.
pub(super) struct Answers {
    pub(super) version: Watch<Version>,
    /// What every question begins with: the program that answers.
    program: Sha256,
    kept: Option<Cache<Key, Kept, Weight>>,
}

/// A digest of what is asked.
type Key = [u8; 32];

/// What was asked, and of which data.
#[derive(Debug, Clone)]
pub struct Asked {
    key: Key,
    version: i64,
    tag: Option<String>,
    held: bool,
}

/// An answer, and what it was true of.
#[derive(Clone)]
struct Kept {
    version: i64,
    body: Bytes,
    content_language: Option<&'static str>,
}

impl Answers {
    /// Keeps answers in so many bytes of memory; 0 keeps none. Tags are given all the same.
    pub(super) fn of(version: Watch<Version>, bytes: usize) -> Self {
        let capacity = u64::try_from(bytes).unwrap_or(u64::MAX);
        Self {
            version,
            program: Sha256::new_with_prefix(env!("ENTENTE_SOURCE")),
            kept: (bytes > 0).then(|| Cache::with_weighter(bytes / USUAL, capacity, Weight)),
        }
    }

    /// What a request asks, and of which data: as they are after it came. `None` where nobody needs to know, or the database
    /// cannot be asked.
    pub(super) async fn ask(&self, question: Question<'_>) -> Option<Asked> {
        if self.kept.is_none() && question.keeps_as.is_none() {
            return None;
        }
        let version = self.version.ask().await?.data;
        let key = self.key(question);
        let tag = question.keeps_as.map(|label| tag(&key, version, label));
        Some(Asked {
            held: is_held(tag.as_deref(), question.if_none_match),
            key,
            version,
            tag,
        })
    }

    /// The answer that was given to this before, or that the client has.
    pub(super) fn known(&self, asked: &Asked) -> Option<Answer> {
        if asked.held {
            return Some(Answer {
                tag: asked.tag.clone(),
                unchanged: true,
                kept: self.kept.as_ref().map(|_| true),
                ..Answer::default()
            });
        }
        let kept = self.kept.as_ref()?.get(&asked.key)?;
        (kept.version == asked.version).then(|| kept.answer(asked))
    }

    /// Answers by `find`, once for all who ask the same at the same time, and keeps what is found.
    pub(super) async fn find(
        &self,
        asked: &Asked,
        find: impl Future<Output = Result<Answer, Vec<Error>>>,
    ) -> Result<Answer, Vec<Error>> {
        let Some(cache) = &self.kept else {
            let answer = find.await?;
            return Ok(Answer {
                tag: asked.tag.clone(),
                ..answer
            });
        };
        let entry = cache.entry_async(&asked.key, |_, kept| {
            if kept.version == asked.version {
                EntryAction::Retain(kept.clone())
            } else {
                EntryAction::ReplaceWithGuard
            }
        });
        let guard = match entry.await {
            EntryResult::Retained(kept) => return Ok(kept.answer(asked)),
            EntryResult::Vacant(guard) | EntryResult::Replaced(guard, _) => Some(guard),
            EntryResult::Removed(..) | EntryResult::Timeout => None,
        };
        // Dropped without an answer, the guard passes to the next who waits.
        let answer = find.await?;
        if answer.errors > 0 {
            return Ok(answer);
        }
        if let Some(guard) = guard {
            // The data may have moved on since the version was read; then this is newer than it is kept as, and is found
            // out of date a little early. Refused where it is larger than all that may be kept.
            let _refused = guard.insert(Kept {
                version: asked.version,
                body: answer.body.clone(),
                content_language: answer.content_language,
            });
        }
        Ok(Answer {
            tag: asked.tag.clone(),
            kept: Some(false),
            ..answer
        })
    }

    fn key(&self, question: Question<'_>) -> Key {
        let wished = question.accept_language.map(language::accepted);
        let language = wished.and_then(|wished| wished.first().copied());
        let mut hash = self.program.clone();
        // Each as long as the other, so that nothing of the text can be taken for it.
        hash.update(language.map_or("--", Language::code));
        hash.update(question.text);
        hash.finalize().into()
    }
}

/// Whether the client has the answer of this tag. Within quotation marks a tag is nothing else, and may be marked as weak before
/// them.
fn is_held(tag: Option<&str>, if_none_match: Option<&str>) -> bool {
    let (Some(tag), Some(held)) = (tag, if_none_match) else {
        return false;
    };
    let mut tags = held.split('"').skip(1).step_by(2);
    tags.any(|held| held == tag)
}

impl Kept {
    fn answer(self, asked: &Asked) -> Answer {
        Answer {
            body: self.body,
            errors: 0,
            content_language: self.content_language,
            tag: asked.tag.clone(),
            unchanged: false,
            kept: Some(true),
        }
    }
}

fn tag(key: &Key, version: i64, label: &str) -> String {
    let mut hash = Sha256::new_with_prefix(key);
    hash.update(version.to_be_bytes());
    hash.update(label);
    // Half of it is more than chance will ever meet.
    BASE64_URL_SAFE_NO_PAD.encode(&hash.finalize()[..16])
}

/// What an entry weighs: about the bytes that it takes.
#[derive(Clone)]
struct Weight;

impl Weighter<Key, Kept> for Weight {
    fn weight(&self, _: &Key, kept: &Kept) -> u64 {
        u64::try_from(ENTRY + kept.body.len()).unwrap_or(u64::MAX)
    }
}
