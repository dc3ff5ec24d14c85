//! What comes in to be answered and what goes out, whatever carried it: HTTP, a WebSocket, a test.

pub use super::documents::Hash;
pub use super::engine::Asked;

use std::net::IpAddr;

use bytes::Bytes;
use serde_json::{Map, Value};

use crate::coding::Coding;

/// A request that has not been read yet.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// All its parameters, byte for byte as they came.
    pub text: &'a [u8],
    /// The `Accept-Language` of the request, as it was sent.
    pub accept_language: Option<&'a str>,
    /// What the answer will be labelled as (its media type), where the client may keep it: then it gets a [`tag`](Answer::tag).
    pub keeps_as: Option<&'static str>,
    /// The `If-None-Match` of the request, as it was sent: tags of answers that the client has.
    pub if_none_match: Option<&'a str>,
    /// What the body of the answer shall be in, where that pays.
    pub coding: Coding,
}

/// One operation to run.
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// The GraphQL document. Its size and nesting have passed [`crate::graphql::guard`], so that parsing it is safe.
    pub query: String,
    /// Which of the document's operations to run; may be absent where there is one.
    pub operation_name: Option<String>,
    /// The values of the operation's variables, by name without the `$`.
    pub variables: Map<String, Value>,
    /// What clients and servers agree on beside the specification.
    pub extensions: Map<String, Value>,
    /// The `Accept-Language` of the request, as it was sent.
    pub accept_language: Option<String>,
    /// What [`Engine::ask`](crate::graphql::Engine::ask) made of the request before it was read, where it was asked: the answer is
    /// kept and tagged by it.
    pub asked: Option<Asked>,
    /// Under what the document is kept for those who name it, once it is found valid.
    pub keep_as: Option<Hash>,
    /// Whether a mutation may run; false for GET. Where it is false, a document whose operation is a mutation is
    /// refused with [`Error::mutation_not_allowed`](crate::graphql::Error::mutation_not_allowed), before validation.
    pub mutations_allowed: bool,
    /// The client's address: its [budget](crate::graphql::Budget) pays for what is asked. `None` pays nothing.
    pub client: Option<IpAddr>,
    /// What the client has paid for the request before it came here.
    pub paid: u64,
    /// The id that the client and the log know this request by; goes into errors that are ours.
    pub request_id: String,
}

/// The outcome of an operation that ran, with or without errors in its fields.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    /// The complete response as JSON: `{"data":{…}}`, with `errors` where fields failed.
    pub body: Bytes,
    /// What the body is in.
    pub coding: Coding,
    /// How many errors the response has.
    pub errors: usize,
    /// What the answer's texts are in, as `Content-Language` has it: `fr`, or `fr, en, es, pt`; `None` where that isn't
    /// known.
    pub content_language: Option<&'static str>,
    /// Tells this answer from all others, as an `ETag` does, without the quotation marks: the same request gets the same tag
    /// from every server of this version as long as the registry says the same.
    pub tag: Option<String>,
    /// Whether the client has this answer already, by its `If-None-Match`: then nothing ran, and the body is empty.
    pub unchanged: bool,
    /// Whether this was answered from what an earlier answer said; `None` where answers are not kept.
    pub kept: Option<bool>,
}
