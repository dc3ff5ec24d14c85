//! What clients are told when something is refused or fails: one type, one list of codes.
//!
//! Two kinds of failure meet here. *Theirs*: the client can mend it, so the message says what is wrong and what to do.
//! *Ours*: the client only learns [`Code::Internal`] and the request's id; the cause goes to the log under the same id.
//! Which of the two an error is follows from how it is made: [`Error::new`] takes words for the client,
//! [`Error::internal`] takes a cause and has no words.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

pub use super::code::Code;
pub use async_graphql::{PathSegment, Pos};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// One error of a response: a refusal of the whole request, or what became of one field.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Why.
    pub code: Code,
    /// For the person who wrote the request: what is wrong and what to do about it. Never names internals.
    pub message: String,
    /// The field that failed, as response keys and list indices; empty where the request as a whole did.
    pub path: Box<[PathSegment]>,
    /// The place in an argument or, with a `$` before it, in a variable that can't be used: `filter.and[0].date.from`.
    pub argument: Option<Box<str>>,
    /// Places in the document, counted from 1.
    pub locations: Box<[Pos]>,
    /// After how long trying again makes sense; sent as `Retry-After`.
    pub retry_after: Option<Duration>,
    status: Option<u16>,
    /// What else `extensions` say.
    details: Option<Box<Map<String, Value>>>,
    #[source]
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl Error {
    /// An error that the client can do something about.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            path: Box::default(),
            argument: None,
            locations: Box::default(),
            retry_after: None,
            status: None,
            details: None,
            cause: None,
        }
    }

    /// A failure of ours. The client sees [`Code::Internal`] and the request's id; [`Error::report`] logs the cause.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::new(
            Code::Internal,
            "Something went wrong on the server. Its log has the cause under this requestId.",
        )
        .because(cause)
    }

    /// The refusal of a mutation where nothing may be changed, decided from the operation's kind alone.
    pub fn mutation_not_allowed() -> Self {
        Self::new(
            Code::BadRequest,
            "A mutation can't be sent with GET; send it with POST.",
        )
        .with_status(405)
    }

    /// The same error with a cause for the log.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        self.cause = Some(Arc::from(cause.into()));
        self
    }

    /// The same error at a field.
    #[must_use]
    pub fn at(mut self, path: Vec<PathSegment>) -> Self {
        self.path = path.into();
        self
    }

    /// The same error about a place in an argument or a variable.
    #[must_use]
    pub fn about(mut self, argument: impl Into<Box<str>>) -> Self {
        self.argument = Some(argument.into());
        self
    }

    /// The same error with its places in the document.
    #[must_use]
    pub fn located(mut self, locations: impl IntoIterator<Item = Pos>) -> Self {
        self.locations = locations.into_iter().collect();
        self
    }

    /// The same error with the time after which trying again makes sense.
    #[must_use]
    pub fn retry_after(mut self, wait: Duration) -> Self {
        self.retry_after = Some(wait);
        self
    }

    /// The same error under a more telling status than its code's (405, 406, 408, 415 are all [`Code::BadRequest`]).
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// The same error with one more member of its `extensions`.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        let details = self.details.get_or_insert_default();
        details.insert(name.to_owned(), value.into());
        self
    }

    /// The HTTP status of a response that has nothing but this error.
    pub fn status(&self) -> u16 {
        self.status.unwrap_or(self.code.status())
    }

    /// The GraphQL error object that the client gets. A cause is logged here, under `request_id`, and goes no further.
    pub fn report(&self, request_id: &str) -> Value {
        if let Some(cause) = &self.cause {
            let cause = chain(cause.as_ref());
            tracing::error!(
                request_id,
                code = self.code.name(),
                cause,
                "{}",
                self.message
            );
        }
        let mut extensions = Map::new();
        extensions.insert("code".into(), json!(self.code.name()));
        if let Some(argument) = &self.argument {
            extensions.insert("argument".into(), json!(argument));
        }
        for (name, value) in self.details.iter().flat_map(|details| details.iter()) {
            extensions.insert(name.clone(), value.clone());
        }
        if self.code == Code::Internal {
            extensions.insert("requestId".into(), json!(request_id));
        }
        json!(Object {
            message: &self.message,
            locations: &self.locations,
            path: &self.path,
            extensions,
        })
    }
}

impl From<async_graphql::ServerError> for Error {
    /// What async-graphql says of a field. Where a resolver returned an [`Error`] (with `?`), that one, at its place.
    /// Anything else is nothing that we meant to say to a client, so it counts as ours.
    fn from(error: async_graphql::ServerError) -> Self {
        let meant = error.source::<Self>().cloned();
        meant
            .unwrap_or_else(|| Self::internal(error.message))
            .at(error.path)
            .located(error.locations)
    }
}

/// The most errors that a refusal lists. Whoever mends these sees the rest.
const MOST_ERRORS: usize = 50;
/// The most characters of a message of a refusal.
const MOST_OF_A_MESSAGE: usize = 500;
/// The most characters of a place in an argument.
const MOST_OF_A_PLACE: usize = 200;
/// The most characters of a client's own words in a message.
const MOST_OF_A_VALUE: usize = 100;

/// A name or value from a request, short enough to be told back.
pub(crate) fn short(value: &str) -> Cow<'_, str> {
    cut(value, MOST_OF_A_VALUE)
}

/// The errors of a refusal, short enough to be sent: a small request must not get a large answer by being wrong.
pub(super) fn bounded(mut errors: Vec<Error>) -> Vec<Error> {
    errors.truncate(MOST_ERRORS);
    for error in &mut errors {
        if let Cow::Owned(message) = cut(&error.message, MOST_OF_A_MESSAGE) {
            error.message = message;
        }
        let place = error.argument.as_deref().unwrap_or_default();
        if let Cow::Owned(place) = cut(place, MOST_OF_A_PLACE) {
            error.argument = Some(place.into());
        }
    }
    errors
}

fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

/// The order of the members is the one that the specification's examples have.
#[derive(Serialize)]
struct Object<'a> {
    message: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    locations: &'a [Pos],
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    path: &'a [PathSegment],
    extensions: Map<String, Value>,
}

/// A cause and the causes of the cause, in one line.
fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        next = cause.source();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_gets_message_places_path_and_code() {
        let error = Error::new(Code::BadUserInput, "`first` must be at most 100.")
            .located([Pos { line: 2, column: 7 }])
            .at(vec![
                PathSegment::Field("parties".into()),
                PathSegment::Index(3),
            ]);
        assert_eq!(
            error.report("r1").to_string(),
            r#"{"message":"`first` must be at most 100.","locations":[{"line":2,"column":7}],"path":["parties",3],"extensions":{"code":"BAD_USER_INPUT"}}"#
        );
    }

    #[test]
    fn a_cause_stays_here() {
        let error = Error::internal(std::io::Error::other("password authentication failed"));
        let sent = error.report("r1").to_string();
        assert!(!sent.contains("password"), "{sent}");
        assert!(sent.contains(r#""requestId":"r1""#), "{sent}");
        assert_eq!(error.status(), 500);
    }

    #[test]
    fn a_refusal_is_short() {
        let long = Error::new(Code::ParseFailed, "é".repeat(10_000)).about("é".repeat(10_000));
        let errors = bounded(vec![long; 1_000]);
        assert_eq!(errors.len(), MOST_ERRORS);
        assert_eq!(errors[0].message.chars().count(), MOST_OF_A_MESSAGE + 1);
        let place = errors[0].argument.as_deref().unwrap_or_default();
        assert_eq!(place.chars().count(), MOST_OF_A_PLACE + 1);
        assert_eq!(
            short(&"é".repeat(MOST_OF_A_VALUE)),
            "é".repeat(MOST_OF_A_VALUE)
        );
    }

    #[test]
    fn names_are_distinct_and_statuses_are_errors() {
        let names: std::collections::HashSet<_> =
            Code::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(
            Code::ALL
                .iter()
                .all(|code| (400..600).contains(&code.status()))
        );
    }
}
