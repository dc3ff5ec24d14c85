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

use crate::coding::{Coding, LEAST, base_tag};
use crate::db::Watch;
use crate::graphql::documents::Hash;
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
    kept: Option<Store>,
}

type Store = Cache<Key, Kept, Weight>;

/// A digest of what is asked.
type Key = [u8; 32];

/// What was asked, and of which data.
#[derive(Debug, Clone)]
pub struct Asked {
    key: Key,
    version: i64,
    /// What the answer shall be sent in.
    coding: Coding,
    tag: Option<String>,
    /// The tag of the answer that the client has, in whichever coding.
    held: Option<String>,
}

/// An answer, and what it was true of.
#[derive(Clone)]
struct Kept {
    version: i64,
    body: Bytes,
    coding: Coding,
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
    /// cannot be asked. `names` tells what the names of documents stand for.
    pub(super) async fn ask(&self, question: Question<'_>, names: Option<&Hash>) -> Option<Asked> {
        if self.kept.is_none() && question.keeps_as.is_none() {
            return None;
        }
        let version = self.version.ask().await?.data;
        let key = self.key(question, names);
        let tag = question.keeps_as.map(|label| tag(&key, version, label));
        let held = held(tag.as_deref(), question.if_none_match);
        Some(Asked {
            held: held.map(str::to_owned),
            key,
            version,
            tag: tag.map(|tag| question.coding.tag(&tag)),
            coding: question.coding,
        })
    }

    /// The answer that was given to this before, or that the client has.
    pub(super) fn known(&self, asked: &Asked) -> Option<Answer> {
        if let Some(held) = &asked.held {
            return Some(Answer {
                tag: Some(held.clone()),
                unchanged: true,
                kept: self.kept.as_ref().map(|_| true),
                ..Answer::default()
            });
        }
        let cache = self.kept.as_ref()?;
        let current = |key: &Key| cache.get(key).filter(|kept| kept.version == asked.version);
        let plain =
            || current(&asked.key).filter(|kept| asked.coding_of(&kept.body) == Coding::Identity);
        let kept = match asked.coding {
            Coding::Identity => plain(),
            coding => current(&encoded(&asked.key, coding)).or_else(plain),
        };
        Some(kept?.answer(asked, true))
    }

    /// Answers by `find`, once for all who ask the same at the same time, and keeps what is found: as it is, and in the coding
    /// that was asked for.
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
        let plain = self.once(cache, &asked.key, asked, async {
            let answer = find.await?;
            // What has errors is not kept.
            Ok(if answer.errors > 0 {
                Found::Passing(answer)
            } else {
                Found::Lasting(Kept {
                    // The data may have moved on since the version was read; then this is newer than it is kept as, and is
                    // found out of date a little early.
                    version: asked.version,
                    body: answer.body,
                    coding: Coding::Identity,
                    content_language: answer.content_language,
                })
            })
        });
        let (plain, hit) = match plain.await? {
            (Found::Lasting(plain), hit) => (plain, hit),
            (Found::Passing(answer), _) => return Ok(answer),
        };
        let coding = asked.coding_of(&plain.body);
        if coding == Coding::Identity {
            return Ok(plain.answer(asked, hit));
        }
        let encode = async {
            let body = coding.encode_aside(&plain.body).await;
            Ok(Found::Lasting(Kept {
                body,
                coding,
                ..plain
            }))
        };
        let key = encoded(&asked.key, coding);
        match self.once(cache, &key, asked, encode).await? {
            (Found::Lasting(kept), _) => Ok(kept.answer(asked, hit)),
            (Found::Passing(answer), _) => Ok(answer),
        }
    }

    /// What is kept under a key, or else what `find` gives, which is kept from then on; and whether it was kept.
    async fn once(
        &self,
        cache: &Store,
        key: &Key,
        asked: &Asked,
        find: impl Future<Output = Result<Found, Vec<Error>>>,
    ) -> Result<(Found, bool), Vec<Error>> {
        let entry = cache.entry_async(key, |_, kept| {
            if kept.version == asked.version {
                EntryAction::Retain(kept.clone())
            } else {
                EntryAction::ReplaceWithGuard
            }
        });
        let guard = match entry.await {
            EntryResult::Retained(kept) => return Ok((Found::Lasting(kept), true)),
            EntryResult::Vacant(guard) | EntryResult::Replaced(guard, _) => Some(guard),
            EntryResult::Removed(..) | EntryResult::Timeout => None,
        };
        // Dropped without an answer, the guard passes to the next who waits.
        let found = find.await?;
        if let (Some(guard), Found::Lasting(kept)) = (guard, &found) {
            // Refused where it is larger than all that may be kept.
            let _refused = guard.insert(kept.clone());
        }
        Ok((found, false))
    }

    fn key(&self, question: Question<'_>, names: Option<&Hash>) -> Key {
        let wished = question.accept_language.map(language::accepted);
        let language = wished.and_then(|wished| wished.first().copied());
        let mut hash = self.program.clone();
        // Each as long as the other, so that nothing of the text can be taken for it.
        hash.update(language.map_or("--", Language::code));
        hash.update(names.unwrap_or(&Hash::default()));
        // A body and an address are read differently.
        hash.update([u8::from(question.keeps_as.is_some())]);
        hash.update(question.text);
        hash.finalize().into()
    }
}

/// What came of looking for an answer.
enum Found {
    /// Something to keep.
    Lasting(Kept),
    /// Something that another may not get.
    Passing(Answer),
}

/// Which of the tags that the client has is this one, in whichever coding: what that stands for is as true in all. Within
/// quotation marks a tag is nothing else, and may be marked as weak before them.
fn held<'a>(tag: Option<&str>, if_none_match: Option<&'a str>) -> Option<&'a str> {
    let (tag, held) = (tag?, if_none_match?);
    let mut tags = held.split('"').skip(1).step_by(2);
    tags.find(|held| base_tag(held) == base_tag(tag))
}

impl Asked {
    /// What a body of this size is sent in.
    fn coding_of(&self, body: &Bytes) -> Coding {
        if body.len() < LEAST {
            Coding::Identity
        } else {
            self.coding
        }
    }
}

impl Kept {
    fn answer(self, asked: &Asked, hit: bool) -> Answer {
        Answer {
            body: self.body,
            coding: self.coding,
            errors: 0,
            content_language: self.content_language,
            tag: asked.tag.clone(),
            unchanged: false,
            kept: Some(hit),
        }
    }
}

/// Under what an answer is kept in a coding.
fn encoded(key: &Key, coding: Coding) -> Key {
    let mut hash = Sha256::new_with_prefix(key);
    hash.update(coding.name());
    hash.finalize().into()
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
