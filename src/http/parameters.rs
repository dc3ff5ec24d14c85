//! The parameters of a GraphQL request, from a JSON body or from an address.

use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use super::json;
use crate::graphql::error::{Code, Error};

/// What both ways of asking have.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Parameters {
    /// The document; absent where it is only named.
    pub query: Option<String>,
    /// The name of the document: `documentId`, or the hash of Apollo's persisted queries.
    pub id: Option<String>,
    /// The operation to run, if named.
    pub operation_name: Option<String>,
    /// The values of the variables.
    pub variables: Map<String, Value>,
    /// What clients and servers agree on beside the specification.
    pub extensions: Map<String, Value>,
}

/// Reads the body of a POST. Parameters that are `null` count as left out, and those with other names are let be.
///
/// # Errors
///
/// [`Code::BadRequest`] where the body isn't a JSON object with parameters of the right types, [`Code::QueryTooDeep`] or
/// [`Code::QueryTooComplex`] where it is too deep or too much to be looked at.
pub fn from_json(body: &[u8]) -> Result<Parameters, Error> {
    if body.is_empty() {
        return Err(bad(
            "The body is empty. Send a JSON object with a `query`: {\"query\": \"{ __typename }\"}.",
        ));
    }
    match parsed("The body", body)? {
        Value::Object(members) => from_members(members),
        Value::Array(_) => Err(bad(
            "Several operations in one request (batching) aren't taken; send each in its own request.",
        )),
        _ => Err(bad("The body must be a JSON object with a `query`.")),
    }
}

/// Reads the members of a JSON object. Those that are `null` count as left out, and those with other names are let be.
///
/// # Errors
///
/// [`Code::BadRequest`] where a parameter is of a wrong type.
pub fn from_members(mut members: Map<String, Value>) -> Result<Parameters, Error> {
    let query = string(&mut members, "query")?;
    let id = string(&mut members, "documentId")?;
    let extensions = object("extensions", members.remove("extensions"))?;
    Ok(Parameters {
        id: name(id, &extensions)?,
        query,
        operation_name: string(&mut members, "operationName")?.filter(|name| !name.is_empty()),
        variables: object("variables", members.remove("variables"))?,
        extensions,
    })
}

/// Reads the query part of the address of a GET. Parameters that are empty count as left out.
///
/// # Errors
///
/// [`Code::BadRequest`] where a parameter is there twice, or `variables` or `extensions` isn't a JSON object;
/// [`Code::QueryTooDeep`] or [`Code::QueryTooComplex`] where these are too deep or too much.
pub fn from_address(query: &str) -> Result<Parameters, Error> {
    let mut values = [const { None }; 5];
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let names = [
            "query",
            "operationName",
            "variables",
            "extensions",
            "documentId",
        ];
        let name = decoded(name);
        let Some(place) = names
            .iter()
            .position(|known| Some(*known) == name.as_deref())
        else {
            continue;
        };
        let name = names[place];
        let Some(value) = decoded(value) else {
            return Err(bad(format!("`{name}` in the address isn't UTF-8.")));
        };
        if values[place].replace(value).is_some() {
            return Err(bad(format!("The address has `{name}` twice.")));
        }
    }
    let [query, operation_name, variables, extensions, id] =
        values.map(|value| value.filter(|value| !value.is_empty()));
    let json = |name: &str, text: Option<String>| {
        let what = format!("`{name}` in the address");
        let value = text
            .map(|text| parsed(&what, text.as_bytes()))
            .transpose()?;
        object(name, value)
    };
    let extensions = json("extensions", extensions)?;
    Ok(Parameters {
        query,
        id: name(id, &extensions)?,
        operation_name,
        variables: json("variables", variables)?,
        extensions,
    })
}

/// What a part of an address says, which is encoded as forms are; `None` where that is no UTF-8.
fn decoded(part: &str) -> Option<String> {
    let spaced = part.replace('+', " ");
    let text = percent_decode_str(&spaced).decode_utf8().ok()?;
    Some(text.into_owned())
}

/// What a text says as JSON.
fn parsed(what: &str, text: &[u8]) -> Result<Value, Error> {
    json::check(what, text)?;
    serde_json::from_slice(text)
        .map_err(|error| bad(format!("{what} can't be read as JSON: {error}.")))
}

/// The name of a document: as the draft of GraphQL over HTTP has it, or as Apollo's clients do.
fn name(id: Option<String>, extensions: &Map<String, Value>) -> Result<Option<String>, Error> {
    let persisted = match extensions.get("persistedQuery") {
        None | Some(Value::Null) => return Ok(id),
        Some(persisted) => persisted,
    };
    if persisted["version"] != 1 {
        return Err(bad(
            "`extensions.persistedQuery` must have the `version` 1.",
        ));
    }
    let Some(hash) = persisted["sha256Hash"].as_str() else {
        return Err(bad("`extensions.persistedQuery` must have a `sha256Hash`."));
    };
    match id {
        Some(id) if id.strip_prefix("sha256:").unwrap_or(&id) != hash => Err(bad(
            "`documentId` and `extensions.persistedQuery` name different documents.",
        )),
        _ => Ok(Some(hash.to_owned())),
    }
}

fn string(members: &mut Map<String, Value>, name: &str) -> Result<Option<String>, Error> {
    match members.remove(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(bad(format!("`{name}` must be a string."))),
    }
}

fn object(name: &str, value: Option<Value>) -> Result<Map<String, Value>, Error> {
    match value {
        None | Some(Value::Null) => Ok(Map::new()),
        Some(Value::Object(members)) => Ok(members),
        Some(_) => Err(bad(format!("`{name}` must be a JSON object."))),
    }
}

fn bad(message: impl Into<String>) -> Error {
    Error::new(Code::BadRequest, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusals(read: impl Fn(&str) -> Result<Parameters, Error>, inputs: &[&str]) -> String {
        let lines = inputs.iter().map(|input| match read(input) {
            Ok(parameters) => format!("{input}\n  {parameters:?}\n"),
            Err(error) => format!("{input}\n  {} {}\n", error.code.name(), error.message),
        });
        lines.collect()
    }

    #[test]
    fn what_a_body_may_be() {
        let read = |body: &str| from_json(body.as_bytes());
        let seen = refusals(
            read,
            &[
                r#"{"query":"{a}","operationName":null,"variables":null,"extensions":null,"other":1}"#,
                r#"{"query":"{a}","operationName":"","variables":{"a":[1]},"extensions":{"b":2}}"#,
                "",
                "{",
                "[]",
                "7",
                "{}",
                r#"{"query":null}"#,
                r#"{"query":["{a}"]}"#,
                r#"{"query":"{a}","operationName":1}"#,
                r#"{"query":"{a}","variables":[1]}"#,
                r#"{"query":"{a}","variables":"{}"}"#,
                r#"{"query":"{a}","extensions":false}"#,
                r#"{"query":"{a}"} x"#,
            ],
        );
        insta::assert_snapshot!(seen);
        for depth in [126, 127, 2_000, 100_000] {
            let (open, close) = ("[".repeat(depth), "]".repeat(depth));
            let body = format!(r#"{{"query":"{{a}}","variables":{{"a":{open}{close}}}}}"#);
            let address = format!(r#"query={{a}}&variables={{"a":{open}{close}}}"#);
            let code = |read: Result<Parameters, Error>| read.err().map(|error| error.code);
            let too_deep = (depth > 126).then_some(Code::QueryTooDeep);
            assert_eq!(code(from_address(&address)), too_deep, "{depth}");
            if depth > 126 {
                assert_eq!(code(read(&body)), too_deep, "{depth}");
            }
        }
        assert!(from_json(b"{\"query\":\"\xff\"}").is_err(), "not UTF-8");
    }

    #[test]
    fn what_an_address_may_be() {
        let seen = refusals(
            from_address,
            &[
                "query=%7Ba%7D&operationName=A&variables=%7B%22a%22%3A%22b%20c%22%7D&other=1",
                "query={a+b}&operationName=&variables=&extensions=null",
                "",
                "query=",
                "query={a}&query={b}",
                "query={a}&variables=x",
                "query={a}&variables=[]",
                "query={a}&extensions=1",
                "query={a%ff}",
                "query={a%EF%BF%BD}&operationName=\u{fffd}",
                "query={a%EF%BF}",
                "query={a%ED%A0%80}&operationName=%EF%BF%BD",
                "%ff=1&&quer%79=%7Ba%2b%26%3D=%zz%7D&=x",
            ],
        );
        insta::assert_snapshot!(seen);
    }
}
