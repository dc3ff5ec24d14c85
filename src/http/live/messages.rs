//! The messages of graphql-transport-ws, and what its closes mean.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use crate::http::json;
use crate::http::parameters::{self, Parameters};

/// The name of the protocol.
pub(in crate::http) const PROTOCOL: &str = "graphql-transport-ws";

/// What a client says.
#[derive(Debug, PartialEq)]
pub(super) enum Message {
    /// It wants to begin; with what it says of itself.
    Init,
    /// It wants to know whether anybody is there.
    Ping(Option<Map<String, Value>>),
    /// It is there.
    Pong,
    /// It wants an operation to run.
    Subscribe(String, Parameters),
    /// It wants no more of an operation.
    Complete(String),
}

impl Message {
    /// Reads a message.
    ///
    /// # Errors
    ///
    /// [`Close::Invalid`] with what is wrong.
    pub(super) fn read(text: &str) -> Result<Self, Close> {
        json::check("The message", text.as_bytes()).map_err(|error| invalid(error.message))?;
        let message = serde_json::from_str(text).map_err(|_| invalid("it isn't JSON"))?;
        let Value::Object(mut message) = message else {
            return Err(invalid("it isn't an object"));
        };
        let Some(Value::String(kind)) = message.remove("type") else {
            return Err(invalid("it has no `type`"));
        };
        match kind.as_str() {
            "connection_init" => payload(&mut message).map(|_| Self::Init),
            "ping" => Ok(Self::Ping(payload(&mut message)?)),
            "pong" => payload(&mut message).map(|_| Self::Pong),
            "subscribe" => {
                let id = id(&mut message)?;
                let wanted = payload(&mut message)?
                    .ok_or_else(|| invalid("a `subscribe` needs a `payload`"))?;
                let wanted = parameters::from_members(wanted);
                let wanted = wanted.map_err(|error| invalid(error.message))?;
                if wanted.query.is_none() && wanted.id.is_none() {
                    return Err(invalid("the `payload` of a `subscribe` needs a `query`"));
                }
                Ok(Self::Subscribe(id, wanted))
            }
            "complete" => id(&mut message).map(Self::Complete),
            _ => Err(invalid("a client can't send this `type`")),
        }
    }
}

/// The longest id of an operation, in bytes: it is kept and told as long as the operation runs.
const LONGEST_ID: usize = 256;

fn id(message: &mut Map<String, Value>) -> Result<String, Close> {
    match message.remove("id") {
        Some(Value::String(id)) if !id.is_empty() && id.len() <= LONGEST_ID => Ok(id),
        _ => Err(invalid(
            "its `id` must be a text that isn't empty, of 256 bytes at most",
        )),
    }
}

fn payload(message: &mut Map<String, Value>) -> Result<Option<Map<String, Value>>, Close> {
    match message.remove("payload") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(payload)) => Ok(Some(payload)),
        Some(_) => Err(invalid("its `payload` must be an object")),
    }
}

fn invalid(why: impl Into<Cow<'static, str>>) -> Close {
    Close::Invalid(why.into())
}

/// The answer to [`Message::Init`].
pub(super) fn ack() -> String {
    json!({ "type": "connection_ack" }).to_string()
}

/// The answer to a [`Message::Ping`], with what that carried.
pub(super) fn pong(payload: Option<Map<String, Value>>) -> String {
    match payload {
        Some(payload) => json!({ "type": "pong", "payload": payload }),
        None => json!({ "type": "pong" }),
    }
    .to_string()
}

/// An answer of an operation, which is JSON already.
pub(super) fn next(id: &str, answer: &str) -> String {
    format!(r#"{{"id":{},"type":"next","payload":{answer}}}"#, json!(id))
}

/// An operation that ended in errors.
pub(super) fn error(id: &str, errors: &[Value]) -> String {
    json!({ "id": id, "type": "error", "payload": errors }).to_string()
}

/// An operation that has no more answers.
pub(super) fn complete(id: &str) -> String {
    json!({ "id": id, "type": "complete" }).to_string()
}

/// Why a socket ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::http) enum Close {
    /// The client closed it or went away.
    Left,
    /// The client has given no sign of life.
    Silent,
    /// The server stops.
    Stopping,
    /// What was sent isn't a WebSocket's.
    Protocol,
    /// A text isn't UTF-8.
    NotUtf8,
    /// A message is larger than it may be.
    TooLarge,
    /// There is no memory for the message that is on its way.
    Crowded,
    /// A message didn't come to its end in time.
    Unfinished,
    /// The client doesn't take what it asked for.
    Slow,
    /// A message isn't one of the protocol's; with what is wrong.
    Invalid(Cow<'static, str>),
    /// An operation came before the acknowledgement.
    NotAcknowledged,
    /// The client speaks no protocol that is spoken here.
    NoProtocol,
    /// The client didn't begin in time.
    NoInit,
    /// An operation of this id runs already.
    Duplicate(String),
    /// The client began twice.
    SecondInit,
    /// The client has asked for more than it may.
    Exhausted,
}

impl Close {
    /// The code that the client gets.
    pub(in crate::http) const fn code(&self) -> u16 {
        match self {
            Self::Left => 1000,
            Self::Stopping => 1001,
            Self::Protocol => 1002,
            Self::NotUtf8 => 1007,
            Self::TooLarge => 1009,
            // Clients take this for a reason to come back, as they may: the answers that wait here are what is given up.
            Self::Slow | Self::Silent | Self::Exhausted | Self::Crowded | Self::Unfinished => 1013,
            Self::Invalid(_) => 4400,
            Self::NotAcknowledged => 4401,
            Self::NoProtocol => 4406,
            Self::NoInit => 4408,
            Self::Duplicate(_) => 4409,
            Self::SecondInit => 4429,
        }
    }

    /// The words that the client gets. What is longer than a close can say is cut where it is sent.
    pub(in crate::http) fn reason(&self) -> Cow<'static, str> {
        match self {
            Self::Left => "".into(),
            Self::Silent => "No sign of life".into(),
            Self::Stopping => "The server is stopping".into(),
            Self::Protocol => "Not a WebSocket frame".into(),
            Self::NotUtf8 => "Not UTF-8".into(),
            Self::TooLarge => "Message too large".into(),
            Self::Crowded => "Too many large messages are on their way".into(),
            Self::Unfinished => "A message took too long to arrive".into(),
            Self::Slow => "Answers were not taken in time".into(),
            Self::Invalid(why) => format!("Invalid message: {why}").into(),
            Self::NotAcknowledged => "Unauthorized".into(),
            Self::NoProtocol => "Subprotocol not acceptable".into(),
            Self::NoInit => "Connection initialisation timeout".into(),
            Self::Duplicate(id) => format!("Subscriber for {id} already exists").into(),
            Self::SecondInit => "Too many initialisation requests".into(),
            Self::Exhausted => "Too much was asked for in too short a time".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_read_to_the_letter() {
        let read = |text: &str| Message::read(text);
        for begins in [
            r#"{"type":"connection_init"}"#,
            r#"{"type":"connection_init","payload":null}"#,
            r#"{"type":"connection_init","payload":{},"more":1}"#,
        ] {
            assert_eq!(read(begins), Ok(Message::Init), "{begins}");
        }
        assert_eq!(
            read(r#"{"type":"ping","payload":{"a":1}}"#),
            Ok(Message::Ping(json!({ "a": 1 }).as_object().cloned()))
        );
        assert_eq!(
            read(r#"{"type":"complete","id":"1"}"#),
            Ok(Message::Complete("1".to_owned()))
        );
        for wrong in [
            "",
            "[]",
            "{}",
            r#"{"type":1}"#,
            r#"{"type":"next","id":"1","payload":{}}"#,
            r#"{"type":"connection_init","payload":[]}"#,
            r#"{"type":"ping","payload":"x"}"#,
            r#"{"type":"complete"}"#,
            r#"{"type":"complete","id":1}"#,
            r#"{"type":"subscribe","id":"","payload":{"query":"{a}"}}"#,
            r#"{"type":"subscribe","id":"1"}"#,
            r#"{"type":"subscribe","id":"1","payload":{}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":1}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","variables":[]}}"#,
            r#"{"type":"subscribe","id":"1","payload":{"query":"{a}","operationName":1}}"#,
        ] {
            assert_eq!(
                read(wrong).map_err(|close| close.code()),
                Err(4400),
                "{wrong}"
            );
        }
    }

    #[test]
    fn an_id_is_quoted() {
        let next = next("a\"\n", r#"{"data":1}"#);
        let read: Value = serde_json::from_str(&next).expect("is JSON");
        assert_eq!(read["id"], "a\"\n");
    }
}
