//! Compresses what is not kept compressed: fresh answers, refusals, and what is written for one request.

use super::message::{Headers, Response};
use super::negotiate::{self, Accepted};
use crate::coding::{Coding, LEAST, base_tag};

/// The types that get smaller. GraphiQL's files bring their own coding.
const TEXTS: [&str; 4] = [
    "application/graphql-response+json",
    "application/json",
    "text/plain",
    "text/html",
];

/// What a body of so many bytes is sent in: compressed where the client takes that and it pays, or where it takes nothing else.
pub(super) fn coding(size: usize, request: &Headers) -> Coding {
    let accepted = negotiate::coding(request.accept_encoding.as_deref());
    let pays = |accepted: &Accepted| size >= LEAST || (accepted.always && size > 0);
    accepted
        .filter(pays)
        .map_or(Coding::Identity, |accepted| accepted.coding)
}

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
    let coding = coding(response.body.len(), request);
    let Some(encoding) = coding.content_encoding() else {
        return response;
    };
    response.body = coding.encode_aside(&response.body).await;
    for (name, value) in &mut response.headers {
        if *name == "etag" {
            let tag = value.trim_matches('"');
            *value = format!("\"{}\"", coding.tag(base_tag(tag))).into();
        }
    }
    response.with("content-encoding", encoding)
}
