//! `/graphql`: GraphQL over HTTP.
//!
//! After the draft of the GraphQL-over-HTTP specification: POST with JSON, GET with parameters in the address, responses
//! as `application/graphql-response+json` or `application/json`. Where the draft leaves a choice or speaks with two
//! voices, the audits of the `graphql-http` package decide: 400 rather than 422, and 200 for an answer with some errors.

use std::borrow::Cow;
use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use super::App;
use super::cors;
use super::message::{Method, Request, Response, Unread};
use super::negotiate::{self, MediaType};
use super::parameters::{self, Parameters};
use crate::coding::Coding;
use crate::graphql::budget::{self, Standing};
use crate::graphql::error::{Code, Error};
use crate::graphql::{self, Answer, guard};
use crate::values::language::Language;

/// Where it is.
pub const PATH: &str = "/graphql";

/// Answers a request to `/graphql`.
pub(super) async fn answer(app: &App, request: &Request, request_id: &str) -> Response {
    // Before anything else is done for it.
    let place = app.places.try_acquire();
    if place.is_err() || request.body == Err(Unread::Crowded) {
        return refuse(request, &[crowded()], request_id);
    }
    let budget = app.engine.budget();
    let paid = budget.charge(request.client, reading(request));
    // What was not read to its end, and what isn't taken at all, is refused as such, whatever the client would take.
    if let Err(error) = text(app, request) {
        budget.charge_refusal(request.client, error.code);
        return refuse(request, &[error], request_id);
    }
    let Some(media) = negotiate::response_type(request.headers.accept.as_deref()) else {
        let neither = bad(
            406,
            "The response can be application/graphql-response+json or application/json; `Accept` takes neither.",
        );
        return refuse(request, &[neither], request_id);
    };
    let Some(accepted) = negotiate::coding(request.headers.accept_encoding.as_deref()) else {
        let none = bad(
            406,
            "The response can be in gzip, br or zstd, or as it is; `Accept-Encoding` takes none of these.",
        );
        return refuse(request, &[none], request_id);
    };
    let answer = match paid {
        Ok(_) => run(app, request, media, accepted.coding, request_id).await,
        Err(error) => Err(vec![error]),
    };
    if let Some(error) = answer.as_ref().err().and_then(|errors| errors.first()) {
        budget.charge_refusal(request.client, error.code);
    }
    let response = match answer {
        Ok(answer) => give(app, request, media, answer),
        Err(errors) => refuse(request, &errors, request_id),
    };
    match budget.standing(request.client) {
        Some(standing) => with_standing(response, &standing),
        None => response,
    }
}

/// What reading a request costs.
pub(super) fn reading(request: &Request) -> u64 {
    let body = request.body.as_ref().map_or(0, Bytes::len);
    budget::reading(request.query.len() + body)
}

/// The response with how its client stands (draft-ietf-httpapi-ratelimit-headers).
fn with_standing(response: Response, standing: &Standing) -> Response {
    let Some(limit) = standing.limit else {
        return response;
    };
    let (remaining, reset) = (standing.remaining, rounded_up(standing.reset));
    response
        .with("ratelimit-policy", format!("\"cost\";q={limit};w=60"))
        .with("ratelimit", format!("\"cost\";r={remaining};t={reset}"))
}

/// Whole seconds.
fn rounded_up(time: Duration) -> u64 {
    time.as_secs() + u64::from(time.subsec_nanos() > 0)
}

fn give(app: &App, request: &Request, media: MediaType, answer: Answer) -> Response {
    let cache_control: Cow<'static, str> = match answer.tag {
        Some(_) => app.settings.cache_control.clone().into(),
        None => NOT_KEPT.into(),
    };
    let mut response = respond(media, 200, answer.body, cache_control);
    if let Some(encoding) = answer.coding.content_encoding() {
        response = response.with("content-encoding", encoding);
    }
    if let Some(language) = answer.content_language {
        response = response.with("content-language", language);
    }
    if let Some(kept) = answer.kept {
        // RFC 9211.
        let status = if kept {
            "entente; hit"
        } else {
            "entente; fwd=miss"
        };
        response = response.with("cache-status", status);
    }
    let Some(tag) = answer.tag else {
        return response;
    };
    let etag = format!("\"{tag}\"");
    if answer.unchanged {
        response.with("etag", etag).not_modified()
    } else {
        response.cached(&etag, &request.headers)
    }
}

/// The response that has errors alone.
pub(super) fn refuse(request: &Request, errors: &[Error], request_id: &str) -> Response {
    let media =
        negotiate::response_type(request.headers.accept.as_deref()).unwrap_or(MediaType::Json);
    // A refusal without a reason would be a fault of the engine's.
    let silent = [Error::internal("a request was refused without an error")];
    let errors = if errors.is_empty() { &silent } else { errors };
    let first = &errors[0];
    // Under application/json clients can't tell our 400 from one of some proxy, so the draft keeps 200 for every
    // response that is GraphQL's own.
    let status = match media {
        MediaType::Json if first.code.is_graphql_response() => 200,
        _ => first.status(),
    };
    let body = json!({ "errors": errors.iter().map(|error| error.report(request_id)).collect::<Vec<_>>() });
    let mut response = respond(media, status, body.to_string().into(), NOT_KEPT)
        // Messages of errors are for developers, in one language.
        .with("content-language", Language::En.tag());
    if status == 405 {
        let allowed = if request.method.reads() {
            "POST"
        } else {
            cors::allow(true)
        };
        response = response.with("allow", allowed);
    }
    if status == 401 {
        response = response.with("www-authenticate", "Bearer");
    }
    if let Some(wait) = first.retry_after {
        let seconds = rounded_up(wait).max(1);
        response = response.with("retry-after", seconds.to_string());
    }
    response
}

/// After how long it makes sense to come back to a server that has too much to do.
const BUSY: Duration = Duration::from_secs(1);

/// For what nobody could ask about again: answers to POST, and refusals.
const NOT_KEPT: &str = "no-store";

fn respond(
    media: MediaType,
    status: u16,
    body: Bytes,
    cache_control: impl Into<Cow<'static, str>>,
) -> Response {
    Response::new(status, media.content_type(), body)
        .with("vary", "Accept, Accept-Encoding, Accept-Language")
        .with("cache-control", cache_control)
}

async fn run(
    app: &App,
    request: &Request,
    media: MediaType,
    coding: Coding,
    request_id: &str,
) -> Result<Answer, Vec<Error>> {
    let text = text(app, request).map_err(|error| vec![error])?;
    let limit = app.settings.request_timeout;
    tokio::time::timeout(limit, find(app, request, (media, coding), text, request_id))
        .await
        .unwrap_or_else(|_| Err(vec![timed_out(limit)]))
}

/// The refusal of what took too long.
pub(super) fn timed_out(limit: Duration) -> Error {
    Error::new(
        Code::Timeout,
        format!(
            "The answer took longer than {} seconds. Ask for less at once.",
            limit.as_secs_f32()
        ),
    )
}

/// Finds the answer: the known one, or else that of the engine.
async fn find(
    app: &App,
    request: &Request,
    (media, coding): (MediaType, Coding),
    text: &[u8],
    request_id: &str,
) -> Result<Answer, Vec<Error>> {
    let headers = &request.headers;
    let reads = request.method.reads();
    let asked = app.engine.ask(graphql::Question {
        text,
        accept_language: headers.accept_language.as_deref(),
        keeps_as: reads.then(|| media.content_type()),
        if_none_match: headers.if_none_match.as_deref().filter(|_| reads),
        coding,
    });
    let asked = asked.await;
    let known = asked.as_ref().and_then(|asked| app.engine.known(asked));
    if let Some(answer) = known {
        return Ok(answer);
    }
    let read = if reads {
        parameters::from_address(&request.query)
    } else {
        parameters::from_json(text)
    };
    let Parameters {
        query,
        id,
        operation_name,
        variables,
        extensions,
    } = read.map_err(|error| vec![error])?;
    let document = app.engine.document(query, id.as_deref());
    let document = document.map_err(|error| vec![error])?;
    guard::check(&document.text, app.settings.document).map_err(|error| vec![error])?;
    let answer = app.engine.answer(graphql::Request {
        query: document.text,
        keep_as: document.keep_as,
        operation_name,
        variables,
        extensions,
        accept_language: headers.accept_language.clone(),
        asked,
        mutations_allowed: request.method == Method::Post,
        client: request.client,
        paid: reading(request),
        request_id: request_id.to_owned(),
    });
    answer.await
}

/// The parameters of a request as they came.
pub(super) fn text<'a>(app: &App, request: &'a Request) -> Result<&'a [u8], Error> {
    match &request.method {
        Method::Get | Method::Head => Ok(request.query.as_bytes()),
        Method::Post => {
            // The types that a browser sends to any site without asking (forms, plain text) are refused with the rest:
            // a page elsewhere can't make its readers' browsers change anything here.
            if !negotiate::is_json(request.headers.content_type.as_deref()) {
                return Err(bad(
                    415,
                    "Send the request as JSON, with `Content-Type: application/json` in UTF-8.",
                ));
            }
            let body = request.body.as_ref().map_err(|unread| match unread {
                Unread::TooLarge => Error::new(
                    Code::PayloadTooLarge,
                    format!(
                        "The body is larger than the {} bytes that are allowed.",
                        app.settings.max_body_bytes
                    ),
                ),
                Unread::TooSlow => bad(408, "The body took too long to arrive."),
                Unread::Broken => bad(400, "The body ended before it was complete."),
                Unread::Crowded => crowded(),
            })?;
            Ok(body)
        }
        other => Err(bad(
            405,
            &format!(
                "{} isn't taken here; use POST, or GET for queries.",
                other.as_str()
            ),
        )),
    }
}

/// The refusal of what comes while there is too much to do.
fn crowded() -> Error {
    Error::new(
        Code::Unavailable,
        "Too many requests are under way. Try again in a moment.",
    )
    .retry_after(BUSY)
}

fn bad(status: u16, message: &str) -> Error {
    Error::new(Code::BadRequest, message).with_status(status)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Headers;

    #[test]
    fn refusals_say_what_to_do_in_headers_too() {
        let request = |method| Request {
            method,
            path: PATH.into(),
            query: String::new(),
            headers: Headers::default(),
            client: None,
            body: Ok(Bytes::new()),
        };
        let refuse = |method, error| refuse(&request(method), &[error], "r1");
        let busy = Error::new(Code::Unavailable, "Busy.").retry_after(Duration::from_millis(1_200));
        let response = refuse(Method::Post, busy);
        assert_eq!(
            (response.status, response.header("retry-after")),
            (503, Some("2"))
        );
        let limited = Error::new(Code::RateLimited, "Slower.").retry_after(Duration::ZERO);
        let response = refuse(Method::Post, limited);
        assert_eq!(
            (response.status, response.header("retry-after")),
            (429, Some("1"))
        );
        let keyless = Error::new(Code::Unauthenticated, "A key is needed.");
        let response = refuse(Method::Post, keyless);
        assert_eq!(
            (response.status, response.header("www-authenticate")),
            (401, Some("Bearer"))
        );
        let response = refuse(Method::Get, Error::mutation_not_allowed());
        assert_eq!(
            (response.status, response.header("allow")),
            (405, Some("POST"))
        );
        assert_eq!(super::refuse(&request(Method::Post), &[], "r1").status, 500);
    }
}
