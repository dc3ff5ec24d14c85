//! What a person or a monitor sees: the start page, the schema as text, health, and pages that aren't there.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

use super::cors;
use super::message::{Headers, Response};

/// Stands in the page for the address that the reader came by.
const ORIGIN: &str = "{origin}";

const START: &str = include_str!("start.html");
const README: &str = include_str!("../../README.md");

/// Nothing but the page's own style sheet, known by its hash.
static START_POLICY: LazyLock<String> = LazyLock::new(|| {
    let style = START
        .split_once("<style>")
        .and_then(|(_, rest)| rest.split_once("</style>"))
        .map_or("", |(style, _)| style);
    format!(
        "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        BASE64_STANDARD.encode(Sha256::digest(style))
    )
});

/// `/`: what this is and where to go on.
pub(super) fn start(request: &Headers, secure: bool) -> Response {
    // The sender writes `Host`, so only what can be a host and nothing else gets into the page.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    let host = request
        .host
        .as_deref()
        .filter(|host| host.len() <= 255 && host.bytes().all(plain));
    let scheme = if secure { "https" } else { "http" };
    let origin = format!("{scheme}://{}", host.unwrap_or("127.0.0.1:8080"));
    Response::new(
        200,
        "text/html; charset=utf-8",
        START.replace(ORIGIN, &origin),
    )
    .with("content-security-policy", START_POLICY.as_str())
    .with("referrer-policy", "no-referrer")
    .with("cache-control", "no-cache")
}

/// `/schema.graphql`: what can be asked, for people and tools.
pub(super) fn schema(sdl: &str, request: &Headers) -> Response {
    text(sdl, request)
}

/// `/README.md`: what this is at more length, with questions to ask by curl.
pub(super) fn readme(request: &Headers) -> Response {
    text(README, request)
}

fn text(text: &str, request: &Headers) -> Response {
    let hash = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text));
    Response::new(200, "text/plain; charset=utf-8", text.to_owned())
        .with("cache-control", "no-cache")
        .with("vary", "Accept-Encoding")
        .cached(&format!("\"{hash}\""), request)
}

/// `/healthz`: that the process answers.
pub(super) fn health() -> Response {
    Response::text(200, "ok").with("cache-control", "no-store")
}

/// For any address that nothing is at.
pub(super) fn not_found() -> Response {
    Response::text(
        404,
        "There is nothing here. The start page is at /, the API at /graphql.",
    )
}

/// For a page that somebody wants to write to.
pub(super) fn read_only() -> Response {
    Response::text(405, "This can only be read, with GET or HEAD.")
        .with("allow", cors::allow(false))
}
