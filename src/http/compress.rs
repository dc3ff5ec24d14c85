//! Compresses what was not compressed before: fresh answers, refusals, and texts for people.

use super::message::{Headers, Response};
use super::negotiate;
use crate::coding::{LEAST, base_tag};

/// The types that get smaller. GraphiQL's files bring their own coding.
const TEXTS: [&str; 4] = [
    "application/graphql-response+json",
    "application/json",
    "text/plain",
    "text/html",
];

/// The same response in what the client takes, where that pays.
pub(super) async fn respond(response: Response, request: &Headers) -> Response {
    let is_text = response
        .header("content-type")
        .is_some_and(|value| TEXTS.contains(&value.split(';').next().unwrap_or_default()));
    if !is_text || response.header("content-encoding").is_some() {
        return response;
    }
    let varies = (response.header("vary")).is_some_and(|vary| vary.contains("Accept-Encoding"));
    let mut response = if varies {
        response
    } else {
        response.varying("Accept-Encoding")
    };
    let Some(accepted) = negotiate::coding(request.accept_encoding.as_deref()) else {
        return response;
    };
    let pays = response.body.len() >= LEAST || (accepted.always && !response.body.is_empty());
    let Some(encoding) = accepted.coding.content_encoding().filter(|_| pays) else {
        return response;
    };
    response.body = accepted.coding.encode_aside(&response.body).await;
    for (name, value) in &mut response.headers {
        if *name == "etag" {
            let tag = value.trim_matches('"');
            *value = format!("\"{}\"", accepted.coding.tag(base_tag(tag))).into();
        }
    }
    response.with("content-encoding", encoding)
}
