//! Requests and responses as plain values, so that the same code answers the server's clients and the tests.

use std::borrow::Cow;
use std::net::IpAddr;

use bytes::Bytes;

use crate::coding::base_tag;

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Request {
    /// What to do.
    pub method: Method,
    /// Of the address, still percent-encoded: `/graphql`.
    pub path: String,
    /// Of the address, after the `?`, still percent-encoded; empty where there is none.
    pub query: String,
    /// The headers that something here reads.
    pub headers: Headers,
    /// The address that it comes from; `None` where it comes over no network.
    pub client: Option<IpAddr>,
    /// The body, or why there is none.
    pub body: Result<Bytes, Unread>,
}

/// A request's method.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Method {
    /// Read.
    Get,
    /// Read, but send the head alone.
    Head,
    /// Say what can be done.
    Options,
    /// Do.
    Post,
    /// Anything else, by its name.
    Other(String),
}

impl Method {
    /// As in a request line.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Post => "POST",
            Self::Other(name) => name,
        }
    }

    /// Whether it asks to read: GET or HEAD.
    pub fn reads(&self) -> bool {
        matches!(self, Self::Get | Self::Head)
    }
}

/// The headers of a request that are read here; several of one name are joined with commas.
#[derive(Debug, Clone, Default)]
pub struct Headers {
    /// `Accept`
    pub accept: Option<String>,
    /// `Accept-Encoding`
    pub accept_encoding: Option<String>,
    /// `Accept-Language`
    pub accept_language: Option<String>,
    /// `Access-Control-Request-Headers`
    pub access_control_request_headers: Option<String>,
    /// `Access-Control-Request-Method`
    pub access_control_request_method: Option<String>,
    /// `Content-Type`
    pub content_type: Option<String>,
    /// `Host`
    pub host: Option<String>,
    /// `If-None-Match`
    pub if_none_match: Option<String>,
    /// `Origin`
    pub origin: Option<String>,
    /// `X-Request-Id`
    pub request_id: Option<String>,
}

/// Why a body wasn't read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// It is larger than allowed. What was left of it stays unread, so the connection can't go on.
    TooLarge,
    /// It took longer than allowed.
    TooSlow,
    /// The connection failed, or the body's framing is wrong.
    Broken,
    /// Too much else is on its way: on this connection, from this address, or in all.
    Crowded,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Names in lower case, each once.
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    /// The body. To a HEAD request it is not sent, but its length is.
    pub body: Bytes,
}

impl Response {
    /// A response with a body of a type.
    pub fn new(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self {
            status,
            headers: vec![
                ("content-type", content_type.into()),
                // Nothing here is to be taken for something else, whatever it looks like.
                ("x-content-type-options", "nosniff".into()),
            ],
            body: body.into(),
        }
    }

    /// A response without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Bytes::new(),
        }
    }

    /// A line of plain text.
    pub fn text(status: u16, line: &str) -> Self {
        Self::new(status, "text/plain; charset=utf-8", format!("{line}\n"))
    }

    /// The same response with one more header.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same response, which depends on these headers of its request too.
    #[must_use]
    pub fn varying(mut self, names: &'static str) -> Self {
        match self.headers.iter_mut().find(|(name, _)| *name == "vary") {
            Some((_, value)) => *value = format!("{value}, {names}").into(),
            None => return self.with("vary", names),
        }
        self
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(other, _)| *other == name)?;
        Some(&header.1)
    }

    /// The same response as 304 without its body where the client already has what `etag` names, in whichever coding.
    #[must_use]
    pub fn cached(self, etag: &str, request: &Headers) -> Self {
        // The comparison is the weak one: a proxy that compresses may have made the tag weak.
        let bare = |tag: &str| {
            tag.strip_prefix("W/")
                .unwrap_or(tag)
                .trim_matches('"')
                .to_owned()
        };
        let own = bare(etag);
        let held = request.if_none_match.as_deref().and_then(|tags| {
            let mut tags = tags.split(',').map(str::trim);
            tags.find(|tag| *tag == "*" || base_tag(&bare(tag)) == base_tag(&own))
        });
        match held {
            None => self.with("etag", etag.to_owned()),
            Some("*") => self.with("etag", etag.to_owned()).not_modified(),
            // Of what the client has, this is what it may go on with.
            Some(held) => self
                .with("etag", format!("\"{}\"", bare(held)))
                .not_modified(),
        }
    }

    /// The same response as 304: without its body, and what describes that.
    #[must_use]
    pub fn not_modified(mut self) -> Self {
        self.status = 304;
        let describes = ["content-type", "content-encoding", "content-language"];
        self.headers.retain(|(name, _)| !describes.contains(name));
        self.body = Bytes::new();
        self
    }
}
