//! Which pages of other sites may read what is answered here: the CORS protocol of the Fetch standard.
//!
//! Credentials that a browser adds by itself (cookies, certificates) are never allowed, as nothing here goes by them. So the
//! worst that a page elsewhere can do is what its author could do without any browser.

use std::str::FromStr;

use super::message::{Headers, Response};

/// The origins whose pages may read answers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origins {
    /// Any.
    #[default]
    Any,
    /// These, as browsers send them: `https://example.org`.
    Listed(Vec<String>),
    /// None but the server's own.
    None,
}

/// What scripts get to see of a response beside what they always may.
const EXPOSED: &str =
    "cache-status, content-language, etag, ratelimit, ratelimit-policy, retry-after, x-request-id";
/// Browsers keep a permission for no longer than two hours, whatever they are told.
const MAX_AGE: &str = "7200";
/// The longest list of headers that is granted.
const MOST_HEADERS: usize = 1_000;

impl Origins {
    /// The value of `Access-Control-Allow-Origin` for a request.
    pub(super) fn allowed(&self, origin: &str) -> Option<String> {
        match self {
            Self::Any => Some("*".into()),
            Self::Listed(origins) => {
                let listed = |known: &String| known.eq_ignore_ascii_case(origin);
                origins.iter().any(listed).then(|| origin.to_owned())
            }
            Self::None => None,
        }
    }

    /// The same response with what it says to pages of other origins.
    pub(super) fn admit(&self, response: Response, request: &Headers) -> Response {
        let response = match self {
            // Without looking at the origin, so that the answer can be kept for all.
            Self::Any => {
                return response
                    .with("access-control-allow-origin", "*")
                    .with("access-control-expose-headers", EXPOSED);
            }
            Self::Listed(_) => response.varying("Origin"),
            Self::None => return response,
        };
        match request
            .origin
            .as_deref()
            .and_then(|origin| self.allowed(origin))
        {
            Some(origin) => response
                .with("access-control-allow-origin", origin)
                .with("access-control-expose-headers", EXPOSED),
            None => response,
        }
    }

    /// The answer to OPTIONS: what can be done at an address with these methods, and whether a page elsewhere may do it.
    pub(super) fn options(&self, allow: &'static str, request: &Headers) -> Response {
        let response = Response::empty(204).with("allow", allow);
        let (Some(_), Some(_)) = (&request.origin, &request.access_control_request_method) else {
            return response;
        };
        let response = response.varying("Access-Control-Request-Headers");
        // Whether the origin may is said with every response.
        if request
            .origin
            .as_deref()
            .and_then(|origin| self.allowed(origin))
            .is_none()
        {
            return response;
        }
        let response = response
            .with("access-control-allow-methods", allow)
            .with("access-control-max-age", MAX_AGE);
        match request.access_control_request_headers.as_deref() {
            // Clients send headers of all kinds (traces, versions, keys). None of them gives a page more than it could send
            // from elsewhere.
            Some(headers) if are_names(headers) => {
                response.with("access-control-allow-headers", headers.to_owned())
            }
            _ => response,
        }
    }
}

/// Whether this is a list of names of headers, and not too long a one.
fn are_names(list: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~, ".contains(&byte);
    list.len() <= MOST_HEADERS && list.bytes().all(letter)
}

impl FromStr for Origins {
    type Err = String;

    /// `*`, `none`, or origins with commas between.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "*" => return Ok(Self::Any),
            "none" => return Ok(Self::None),
            _ => {}
        }
        let origin = |item: &str| {
            let item = item.trim();
            let parsed = url::Url::parse(item)
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https"));
            let origin = parsed.map(|url| url.origin().ascii_serialization());
            // As browsers write it, or it would never match.
            origin.filter(|origin| origin == item).ok_or_else(|| {
                format!("is neither *, nor none, nor origins such as https://example.org (without a path) with commas between: {item}")
            })
        };
        text.split(',')
            .map(origin)
            .collect::<Result<_, _>>()
            .map(Self::Listed)
    }
}

/// The methods of an address, as `Allow` has them.
pub(super) const fn allow(takes_post: bool) -> &'static str {
    if takes_post {
        "GET, HEAD, POST, OPTIONS"
    } else {
        "GET, HEAD, OPTIONS"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_as_browsers_send_them() {
        assert_eq!("*".parse(), Ok(Origins::Any));
        assert_eq!("none".parse(), Ok(Origins::None));
        let listed = "https://example.org, http://localhost:5173";
        let expected = ["https://example.org", "http://localhost:5173"];
        assert_eq!(
            listed.parse(),
            Ok(Origins::Listed(expected.map(str::to_owned).into()))
        );
        for wrong in [
            "example.org",
            "https://example.org/",
            "https://example.org:443",
            "null",
            "https://a.org,,",
            "ftp://a.org",
        ] {
            assert!(wrong.parse::<Origins>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_names_of_headers_are_granted() {
        assert!(are_names("content-type, x-a,traceparent"));
        assert!(!are_names("x\r\ny: z"));
        assert!(!are_names("x;y"));
        assert!(!are_names(&"x".repeat(1_001)));
    }
}
