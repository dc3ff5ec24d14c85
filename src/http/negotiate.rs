//! What a client can read and what it sent: `Accept`, `Accept-Encoding` and `Content-Type`.

use crate::coding::Coding;

/// How a GraphQL response is labelled; the status codes depend on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MediaType {
    /// `application/graphql-response+json`: whatever the status, the body is a GraphQL response of this server.
    GraphqlResponse,
    /// `application/json`: clients take any status but 200 for a failure of the way here.
    Json,
}

impl MediaType {
    /// The value of `Content-Type`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }

    const fn essence(self) -> &'static str {
        match self {
            Self::GraphqlResponse => "application/graphql-response+json",
            Self::Json => "application/json",
        }
    }
}

/// The media type that a client likes best, or none if it takes neither. Where it likes both as much, the one that it
/// names first; without a name (no `Accept`, `*/*`, `application/*`) JSON, which every client reads.
pub fn response_type(accept: Option<&str>) -> Option<MediaType> {
    let accept = accept.map(str::trim).filter(|accept| !accept.is_empty());
    let Some(accept) = accept else {
        return Some(MediaType::Json);
    };
    let ranges: Vec<Item> = items(accept).filter(Item::takes_utf8).collect();
    let mut best: Option<(MediaType, &Item, usize)> = None;
    for media in [MediaType::Json, MediaType::GraphqlResponse] {
        // The most specific range that covers a type decides about it, even against it.
        let decisive = [media.essence(), "application/*", "*/*"]
            .into_iter()
            .find_map(|wanted| {
                ranges
                    .iter()
                    .enumerate()
                    .find(|(_, range)| range.value == wanted)
            });
        let Some((place, range)) = decisive else {
            continue;
        };
        let better = best.is_none_or(|(_, other, other_place)| {
            (range.quality, std::cmp::Reverse(place))
                > (other.quality, std::cmp::Reverse(other_place))
        });
        if range.quality > 0 && better {
            best = Some((media, range, place));
        }
    }
    best.map(|(media, ..)| media)
}

/// Whether a client likes events best: it names them, and JSON not before them or as something that it likes more.
pub fn wants_events(accept: Option<&str>) -> bool {
    let ranges: Vec<Item> = accept.map(items).into_iter().flatten().collect();
    let named = |name: &str| ranges.iter().position(|range| range.value == name);
    let Some(events) = named("text/event-stream").filter(|place| ranges[*place].quality > 0) else {
        return false;
    };
    let json = [MediaType::Json, MediaType::GraphqlResponse];
    let mut others = json.into_iter().filter_map(|media| named(media.essence()));
    others.all(|other| {
        let (liked, as_much) = (ranges[events].quality, ranges[other].quality);
        liked > as_much || (liked == as_much && events < other)
    })
}

/// What a client takes a body in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// What it likes best of what there is. Where it likes several as much, the one that is best to send.
    pub coding: Coding,
    /// Whether it takes no body as it is, so that even a small one is compressed.
    pub always: bool,
}

/// What an `Accept-Encoding` asks for; `None` where it takes nothing that there is.
pub fn coding(accept_encoding: Option<&str>) -> Option<Accepted> {
    let items: Vec<Item> = accept_encoding.map_or_else(Vec::new, |header| items(header).collect());
    let named = |name: &str| {
        let mut named = items.iter().filter(|item| item.value == name);
        named.next().map(|item| item.quality)
    };
    let any = named("*");
    let quality = |coding: Coding| match coding {
        Coding::Identity => named(coding.name()).or(any.filter(|quality| *quality == 0)),
        Coding::Gzip => named("gzip").or(named("x-gzip")).or(any),
        _ => named(coding.name()).or(any),
    };
    // Not named, a body as it is is always welcome, but less so than what is named.
    let identity = quality(Coding::Identity);
    let mut best = identity.unwrap_or(1);
    let mut coding = Coding::Identity;
    for other in Coding::COMPRESSED {
        let quality = quality(other).unwrap_or(0);
        let better = if coding == Coding::Identity {
            quality >= best
        } else {
            quality > best
        };
        if quality > 0 && better {
            (coding, best) = (other, quality);
        }
    }
    (best > 0).then_some(Accepted {
        coding,
        always: identity == Some(0),
    })
}

/// Whether a client takes brotli.
pub fn takes_brotli(accept_encoding: Option<&str>) -> bool {
    accept_encoding
        .is_some_and(|header| items(header).any(|item| item.value == "br" && item.quality > 0))
}

/// Whether a body is JSON in UTF-8, by its `Content-Type`.
pub fn is_json(content_type: Option<&str>) -> bool {
    // Two of them would mean that somebody else may read the body differently.
    content_type.is_some_and(|header| {
        let mut items = items(header);
        items
            .next()
            .is_some_and(|item| item.value == "application/json" && item.takes_utf8())
            && items.next().is_none()
    })
}

/// One of a header's comma-separated values.
struct Item {
    /// In lower case, without parameters.
    value: String,
    /// `q` in thousandths; 1000 where it isn't given or makes no sense.
    quality: u16,
    /// The `charset` parameter, in lower case.
    charset: Option<String>,
}

impl Item {
    fn takes_utf8(&self) -> bool {
        self.charset
            .as_deref()
            .is_none_or(|charset| charset == "utf-8" || charset == "utf8")
    }
}

fn items(header: &str) -> impl Iterator<Item = Item> {
    // Nobody means more than that, and each takes memory.
    header.split(',').take(100).map(|item| {
        let mut parts = item.split(';').map(|part| part.trim().to_ascii_lowercase());
        let mut parsed = Item {
            value: parts.next().unwrap_or_default(),
            quality: 1000,
            charset: None,
        };
        for parameter in parts {
            match parameter.split_once('=') {
                Some(("q", value)) => parsed.quality = quality(value).unwrap_or(1000),
                Some(("charset", value)) => {
                    parsed.charset = Some(value.trim_matches('"').to_owned());
                }
                _ => {}
            }
        }
        parsed
    })
}

/// `0.8` as 800.
fn quality(value: &str) -> Option<u16> {
    let value: f32 = value.parse().ok()?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "the range was just checked"
    )]
    (0.0..=1.0)
        .contains(&value)
        .then(|| (value * 1000.0).round() as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_liked_type_is_taken() {
        use MediaType::{GraphqlResponse, Json};
        for (accept, expected) in [
            ("", Some(Json)),
            ("*/*", Some(Json)),
            ("application/*", Some(Json)),
            ("application/json", Some(Json)),
            ("application/graphql-response+json", Some(GraphqlResponse)),
            (
                "Application/GraphQL-Response+JSON; charset=UTF-8",
                Some(GraphqlResponse),
            ),
            (
                "application/graphql-response+json, application/json",
                Some(GraphqlResponse),
            ),
            (
                "application/json, application/graphql-response+json",
                Some(Json),
            ),
            (
                "application/json;q=0.9, application/graphql-response+json",
                Some(GraphqlResponse),
            ),
            (
                "application/graphql-response+json, application/json;q=0.9",
                Some(GraphqlResponse),
            ),
            (
                "application/graphql-response+json, */*;q=0.1",
                Some(GraphqlResponse),
            ),
            (
                "application/graphql-response+json;q=0.2, */*;q=0.5",
                Some(Json),
            ),
            (
                "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                Some(Json),
            ),
            ("application/json;q=0, */*", Some(GraphqlResponse)),
            ("application/json; charset=utf-16", None),
            ("text/html", None),
            ("application/json;q=0", None),
        ] {
            assert_eq!(response_type(Some(accept)), expected, "{accept}");
        }
        assert_eq!(response_type(None), Some(Json));
    }

    #[test]
    fn events_are_for_those_who_like_them_best() {
        for yes in [
            "text/event-stream",
            "text/event-stream, */*",
            "text/event-stream, application/json",
            "text/event-stream; charset=utf-8, application/json;q=0.9",
        ] {
            assert!(wants_events(Some(yes)), "{yes}");
        }
        for no in [
            "*/*",
            "text/*",
            "text/event-stream;q=0",
            "application/json, text/event-stream",
            "application/graphql-response+json, application/json, text/event-stream, multipart/mixed",
            "text/event-stream;q=0.5, application/graphql-response+json",
        ] {
            assert!(!wants_events(Some(no)), "{no}");
        }
        assert!(!wants_events(None));
    }

    #[test]
    fn only_json_in_utf8_is_json() {
        for yes in [
            "application/json",
            "application/json; charset=utf-8",
            "APPLICATION/JSON;charset=\"UTF-8\"",
        ] {
            assert!(is_json(Some(yes)), "{yes}");
        }
        for no in [
            "text/plain",
            "application/json; charset=latin1",
            "application/graphql",
            "application/json, text/plain",
            "",
        ] {
            assert!(!is_json(Some(no)), "{no}");
        }
        assert!(!is_json(None));
    }

    #[test]
    fn the_best_liked_coding_is_taken() {
        use Coding::{Brotli, Gzip, Identity, Zstd};
        for (header, expected) in [
            (None, Some((Identity, false))),
            (Some(""), Some((Identity, false))),
            (Some("gzip, deflate, br, zstd"), Some((Zstd, false))),
            (Some("gzip, deflate, br"), Some((Brotli, false))),
            (Some("gzip;q=1.0, br;q=0.5"), Some((Gzip, false))),
            (Some("GZIP"), Some((Gzip, false))),
            (Some("x-gzip"), Some((Gzip, false))),
            (Some("br;q=0, gzip"), Some((Gzip, false))),
            (Some("*"), Some((Zstd, false))),
            (Some("zstd;q=0, *;q=0.1"), Some((Brotli, false))),
            (Some("deflate"), Some((Identity, false))),
            (Some("identity"), Some((Identity, false))),
            (Some("gzip;q=0.5, identity"), Some((Identity, false))),
            (Some("gzip, identity;q=0.5"), Some((Gzip, false))),
            (Some("gzip, identity;q=0"), Some((Gzip, true))),
            (Some("gzip, *;q=0"), Some((Gzip, true))),
            (Some("identity;q=0"), None),
            (Some("*;q=0"), None),
            (Some("deflate, *;q=0"), None),
            (Some("*;q=0, identity"), Some((Identity, false))),
        ] {
            let found = coding(header).map(|accepted| (accepted.coding, accepted.always));
            assert_eq!(found, expected, "{header:?}");
        }
    }

    #[test]
    fn brotli_is_for_those_who_say_so() {
        assert!(takes_brotli(Some("gzip, br;q=0.5")));
        assert!(!takes_brotli(Some("gzip, br;q=0")));
        assert!(!takes_brotli(Some("*")));
        assert!(!takes_brotli(None));
    }
}
