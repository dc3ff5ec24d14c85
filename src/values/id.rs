//! Global identifiers: opaque to clients, a type's name and a row's number to the server.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// The global id of a row: base64url, without padding, of `Type:123`.
///
/// `type_name` is a name in the GraphQL schema.
pub fn node_id(type_name: &str, row: i64) -> String {
    URL_SAFE_NO_PAD.encode(format!("{type_name}:{row}"))
}

/// The type's name and the row's number in a global id.
///
/// Strict: only what [`node_id`] could have written, so that one row has one id and caches keyed by
/// ids hold. Whether the type exists is for the caller to say.
pub fn parse_node_id(id: &str) -> Option<(String, i64)> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(id).ok()?).ok()?;
    let (type_name, row) = text.split_once(':')?;
    if !is_graphql_name(type_name) {
        return None;
    }
    let number: i64 = row.parse().ok()?;
    // `007` and `+7` are numbers too, but not the way that ids are written.
    (number.to_string() == row).then(|| (type_name.to_owned(), number))
}

/// GraphQL's `Name`: ASCII letters, digits and underscores, not starting with a digit.
fn is_graphql_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes
        .next()
        .is_some_and(|first| first == b'_' || first.is_ascii_alphabetic())
        && bytes.all(|byte| byte == b'_' || byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_are_url_safe_and_stable() {
        assert_eq!(node_id("Party", 1), "UGFydHk6MQ");
        assert_eq!(parse_node_id("UGFydHk6MQ"), Some(("Party".to_owned(), 1)));
    }

    #[test]
    fn only_canonical_ids_are_read() {
        let encoded = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for text in [
            "Party", "Party:", ":1", "Party:+1", "Party:01", "Party:-0", "Party: 1", "1Party:1",
            "Pa rty:1",
        ] {
            assert_eq!(parse_node_id(&encoded(text)), None, "{text}");
        }
        assert_eq!(parse_node_id(&encoded("Party:9223372036854775808")), None);
        // Padding, and bits beyond the last byte.
        for id in ["", "UGFydHk6MQ==", "UGFydHk6MR", "UGFydHk6MQ ", "é"] {
            assert_eq!(parse_node_id(id), None, "{id}");
        }
    }

    proptest! {
        #[test]
        fn ids_go_there_and_back(type_name in "[_A-Za-z][_0-9A-Za-z]{0,30}", row in any::<i64>()) {
            prop_assert_eq!(parse_node_id(&node_id(&type_name, row)), Some((type_name, row)));
        }

        #[test]
        fn what_is_read_would_be_written_so(id in "[A-Za-z0-9_-]{0,24}") {
            if let Some((type_name, row)) = parse_node_id(&id) {
                prop_assert_eq!(node_id(&type_name, row), id);
            }
        }
    }
}
