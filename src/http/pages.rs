//! What a person or a monitor sees: the start page, the schema as text, health, and pages that aren't there.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use bytes::Bytes;
use sha2::{Digest, Sha256};
use tokio::sync::OnceCell;

use super::message::{Headers, Response};
use super::{compress, cors};
use crate::coding::Coding;

/// Stands in the page for the address that the reader came by.
const ORIGIN: &str = "{origin}";

const START: &str = include_str!("start.html");

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

/// A text that stays as it is while the program runs, compressed once for each coding that somebody takes.
pub(super) struct Page {
    text: Bytes,
    /// Names the content.
    hash: String,
    compressed: [OnceCell<Bytes>; Coding::COMPRESSED.len()],
}

impl Page {
    /// A page for people and tools.
    pub(super) fn of(text: impl Into<Bytes>) -> Self {
        let text = text.into();
        Self {
            hash: BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&text)),
            text,
            compressed: std::array::from_fn(|_| OnceCell::new()),
        }
    }

    /// Answers a request for it.
    pub(super) async fn serve(&self, request: &Headers) -> Response {
        let coding = compress::coding(self.text.len(), request);
        let mut codings = Coding::COMPRESSED.into_iter().zip(&self.compressed);
        let body = match codings.find(|(other, _)| *other == coding) {
            Some((_, kept)) => kept.get_or_init(|| coding.encode_aside(&self.text)).await,
            None => &self.text,
        };
        let mut response = Response::new(200, "text/plain; charset=utf-8", body.clone())
            .with("cache-control", "no-cache")
            .with("vary", "Accept-Encoding");
        if let Some(encoding) = coding.content_encoding() {
            response = response.with("content-encoding", encoding);
        }
        response.cached(&format!("\"{}\"", coding.tag(&self.hash)), request)
    }
}

/// `/README.md`: what this is at more length, with questions to ask by curl.
pub(super) static README: LazyLock<Page> =
    LazyLock::new(|| Page::of(include_str!("../../README.md")));

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

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn a_page_is_compressed_once_for_each_coding() {
        let page = Page::of("much to say ".repeat(1_000));
        let serve = |accept_encoding: &str| {
            let request = Headers {
                accept_encoding: Some(accept_encoding.to_owned()),
                ..Headers::default()
            };
            let response = page.serve(&request).now_or_never();
            response.expect("waits for nothing")
        };
        let mut tags = Vec::new();
        for coding in Coding::COMPRESSED.map(Coding::name) {
            let (first, second) = (serve(coding), serve(coding));
            assert_eq!(first.header("content-encoding"), Some(coding));
            // The very same bytes of memory.
            assert_eq!(first.body.as_ptr(), second.body.as_ptr(), "{coding}");
            assert!(first.body.len() < page.text.len() / 10, "{coding}");
            tags.extend(first.header("etag").map(str::to_owned));
        }
        let plain = serve("identity");
        assert_eq!(plain.header("content-encoding"), None);
        assert_eq!(plain.body.as_ptr(), page.text.as_ptr());
        tags.extend(plain.header("etag").map(str::to_owned));
        tags.sort();
        tags.dedup();
        assert_eq!(tags.len(), 4, "{tags:?}");
        // What is short is sent as it is.
        let short = Page::of("hello");
        let request = Headers {
            accept_encoding: Some("gzip".to_owned()),
            ..Headers::default()
        };
        let response = short.serve(&request).now_or_never().expect("at once");
        assert_eq!(
            (&*response.body, response.header("content-encoding")),
            (&b"hello"[..], None)
        );
    }
}
