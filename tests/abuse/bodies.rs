//! Bodies, addresses, methods and headers that aren't what they should be.

use serde_json::json;

use crate::case::{Case, ask, body, get};

const BAD: &str = "BAD_REQUEST";
const FINE: &str = r#"{"query":"{ __typename }"}"#;

pub fn cases() -> Vec<Case> {
    let mut cases = bodies();
    cases.extend(kinds());
    cases.extend(addresses());
    cases.extend(headers());
    cases
}

fn bodies() -> Vec<Case> {
    let batch = vec![json!({ "query": "{ __typename }" }); 1_000];
    vec![
        body("no body", "").is(400, BAD),
        body("half a body", "{\"query\":").is(400, BAD),
        body("a text", "\"{ __typename }\"").is(400, BAD),
        body("null", "null").is(400, BAD),
        body("a number too large for any", "1e999").is(400, BAD),
        body("a batch of 1,000", json!(batch).to_string()).is(400, BAD),
        body("an empty batch", "[]").is(400, BAD),
        body("no UTF-8", b"{\"query\":\"\xff\xfe{ __typename }\"}".to_vec()).is(400, BAD),
        body("an overlong character", b"{\"query\":\"\xc0\xae{ __typename }\"}".to_vec()).is(400, BAD),
        body("UTF-16", "{\"query\":\"{ __typename }\"}".encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()).is(400, BAD),
        body("half a character escaped", r#"{"query":"{ __typename } \ud800"}"#).is(400, BAD),
        body("a query that is a list", r#"{"query":["{ __typename }"]}"#).is(400, BAD),
        body("a query that is an object", r#"{"query":{"$ne":null}}"#).is(400, BAD),
        body("a query twice", r#"{"query":"{ nothing }","query":"{ __typename }"}"#),
        body("variables that are a text", r#"{"query":"{ __typename }","variables":"{}"}"#).is(400, BAD),
        body("variables that are a list", r#"{"query":"{ __typename }","variables":[{}]}"#).is(400, BAD),
        body("extensions that are a number", r#"{"query":"{ __typename }","extensions":1}"#).is(400, BAD),
        body("a prototype", r#"{"query":"{ __typename }","variables":{"__proto__":{"a":1},"constructor":{"prototype":{}}}}"#),
        body("an operation that isn't there", r#"{"query":"{ __typename }","operationName":"a'; DROP TABLE party; --"}"#).is(400, "OPERATION_RESOLUTION_FAILURE"),
        body("lists 5,000 deep in extensions", format!(r#"{{"query":"{{ __typename }}","extensions":{{"a":{}{}}}}}"#, "[".repeat(5_000), "]".repeat(5_000))).is(400, "QUERY_TOO_DEEP"),
        body("brackets that nothing closes", "[".repeat(900_000)).is(400, "QUERY_TOO_DEEP"),
        body("40,000 variables that nobody uses", json!({ "query": "{ __typename }", "variables": (0..40_000).map(|n| (format!("v{n}"), json!(n))).collect::<serde_json::Map<_, _>>() }).to_string()),
        body("500,000 values", format!(r#"{{"query":"{{ __typename }}","variables":{{"a":[{}1]}}}}"#, "1,".repeat(500_000))).is(400, "QUERY_TOO_COMPLEX"),
        body("a body of 2 MB", format!("{FINE}{}", " ".repeat(2 << 20))).is(413, "PAYLOAD_TOO_LARGE"),
        body("a body of 20 MB", vec![b' '; 20 << 20]).is(413, "PAYLOAD_TOO_LARGE"),
        body("a document of a megabyte", json!({ "query": format!("{{ __typename }} #{}", "x".repeat(900_000)) }).to_string()).is(400, "QUERY_TOO_COMPLEX"),
        body("a persisted query that isn't there", r#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"../../etc/passwd"}}}"#).is(400, BAD),
    ]
}

fn kinds() -> Vec<Case> {
    let typed = |name, kind: &str| body(name, FINE).header("content-type", kind);
    vec![
        typed("a text", "text/plain").is(415, BAD),
        typed("a form", "application/x-www-form-urlencoded").is(415, BAD),
        typed("an upload", "multipart/form-data; boundary=a").is(415, BAD),
        typed("no type", "").is(415, BAD),
        typed("a document as such", "application/graphql").is(415, BAD),
        typed("JSON in UTF-7", "application/json; charset=utf-7").is(415, BAD),
        typed("JSON and a page", "text/html, application/json").is(415, BAD),
        typed(
            "a very long type",
            &format!("application/{}", "x".repeat(5_000)),
        )
        .is(415, BAD),
        body("PUT", FINE).by("PUT").is(405, BAD),
        body("DELETE", FINE).by("DELETE").is(405, BAD),
        body("PATCH", FINE).by("PATCH").is(405, BAD),
        body("a method of nobody's", FINE).by("ERASE").is(405, BAD),
        body("only pages are taken", FINE)
            .header("accept", "text/html")
            .is(406, BAD),
        body("nothing is taken", FINE)
            .header("accept", "*/*;q=0")
            .is(406, BAD),
    ]
}

fn addresses() -> Vec<Case> {
    vec![
        get("no parameters", "").is(400, BAD),
        get("an empty document", "query=").is(400, BAD),
        get("two documents", "query={__typename}&query={a}").is(400, BAD),
        get("no UTF-8 in the address", "query=%ff%fe").is(400, BAD),
        get("NUL in the address", "query=%00").is(400, "GRAPHQL_PARSE_FAILED"),
        get("variables that are none", "query={__typename}&variables=[").is(400, BAD),
        get(
            "variables 2,000 deep",
            format!("query={{__typename}}&variables={}", "[".repeat(2_000)),
        )
        .is(400, "QUERY_TOO_DEEP"),
        get("a mutation by GET", "query=mutation{a}").is(405, BAD),
        get(
            "a path out of here",
            "query={__typename}&operationName=../../../etc/passwd",
        )
        .is(400, "OPERATION_RESOLUTION_FAILURE"),
        get(
            "a thousand parameters of nobody's",
            format!("query={{__typename}}{}", "&a=1".repeat(1_000)),
        ),
        get(
            "fields too many for their place",
            format!("query={{{}}}", "a%20".repeat(2_500)),
        )
        .is(400, "GRAPHQL_VALIDATION_FAILED"),
    ]
}

fn headers() -> Vec<Case> {
    let fine = |name| ask(name, "{ __typename }");
    vec![
        fine("a thousand languages").header("accept-language", vec!["fr;q=0.1"; 1_000].join(",")),
        fine("a language of nobody's").header("accept-language", "'; DROP TABLE party; --"),
        fine("a thousand types").header("accept", vec!["application/json;q=0.1"; 500].join(",")),
        fine("an id of a request that is a page")
            .header("x-request-id", "<script>alert(1)</script>"),
        fine("a host of nobody's").header("host", "evil.example"),
        fine("a forged address").header("x-forwarded-for", "127.0.0.1, ::1, not an address"),
        fine("a forged address in other words")
            .header("forwarded", "for=\"[::1]\";host=evil.example"),
        fine("a key that is none").header("authorization", "Bearer aaaa"),
        get("a thousand tags", "query={__typename}")
            .header("if-none-match", vec!["\"a\""; 1_000].join(",")),
    ]
}
