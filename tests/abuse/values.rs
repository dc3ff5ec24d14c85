//! Arguments, cursors, identifiers and search texts that were made up.

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::case::{Case, ask, ask_with, body, each};

const BAD: &str = "BAD_USER_INPUT";
const INVALID: &str = "GRAPHQL_VALIDATION_FAILED";
const COMPLEX: &str = "QUERY_TOO_COMPLEX";
const SQL: &str = "' OR 1=1; DROP TABLE party; --";

pub fn cases() -> Vec<Case> {
    let mut cases = pages();
    cases.extend(cursors());
    cases.extend(identifiers());
    cases.extend(arguments());
    cases.extend(literals());
    cases.extend(searches());
    cases
}

/// What stands in documents.
fn literals() -> Vec<Case> {
    let filter = |name, filter: &str| {
        ask(
            name,
            format!("{{ agreements(filter: {{ {filter} }}) {{ totalCount }} }}"),
        )
    };
    let operations = each(50, |number| format!("query Q{number} {{ ...F }} "));
    let fifty = format!(
        "{operations} fragment F on Query {{ agreements(filter: {{ slugs: [{}] }}) {{ totalCount }} }}",
        "1 ".repeat(9_000)
    );
    let operation = json!({ "query": fifty, "operationName": "Q0" });
    let deep = format!(
        "{} slugs: [{}] {}",
        "not: {".repeat(180),
        "1 ".repeat(8_000),
        "}".repeat(180)
    );
    vec![
        filter("a field of an object twice", "kinds: [TREATY], kinds: []").is(400, INVALID),
        filter(
            "a field of an object 2,000 times",
            &"slugs: [] ".repeat(2_000),
        )
        .is(400, INVALID),
        filter(
            "9,000 wrong values",
            &format!("slugs: [{}]", "1 ".repeat(9_000)),
        )
        .is(400, INVALID),
        filter("8,000 wrong values 180 deep", &deep).is(400, INVALID),
        body("9,000 wrong values in 50 operations", operation.to_string()).is(400, INVALID),
        ask(
            "a default of a type that isn't there",
            "query($v: [Nothing!] = [1]) { agreements(first: $v) { totalCount } }",
        )
        .is(400, INVALID),
    ]
}

fn pages() -> Vec<Case> {
    let list = |name, args: &str| {
        ask(
            name,
            format!("{{ agreements({args}) {{ nodes {{ slug }} }} }}"),
        )
    };
    vec![
        list("a page of nothing", "first: 0").is(400, BAD),
        list("a page below nothing", "first: -1").is(400, BAD),
        list("a page of 101", "first: 101").is(400, BAD),
        list("a page of all", "first: 2147483647").is(400, BAD),
        list("a page beyond numbers", "first: 2147483648").is(400, INVALID),
        list("a page of a half", "first: 0.5").is(400, INVALID),
        list("a page of a text", "first: \"10\"").is(400, INVALID),
        list("from both ends", "first: 1, last: 1").is(400, BAD),
        list("an argument that isn't there", "limit: 10").is(400, INVALID),
        list("an argument twice", "first: 1, first: 100").is(400, INVALID),
        ask(
            "groups without end",
            "{ funding(by: PROGRAM, first: 100000) { count } }",
        )
        .is(400, BAD),
        ask(
            "a text from its end to its beginning",
            "{ document(slug: \"a\") { text(start: 10, end: 1) } }",
        )
        .is(400, BAD),
        ask(
            "a text from before its beginning",
            "{ document(slug: \"a\") { text(start: -10) } }",
        )
        .is(400, BAD),
        ask(
            "a text beyond its end",
            "{ documents(first: 1) { nodes { text(start: 2147483647, end: 2147483647) } } }",
        ),
        ask(
            "a text a hundred times",
            format!(
                "{{ documents {{ nodes {{ {} }} }} }}",
                each(110, |n| format!("t{n}: text "))
            ),
        )
        .is(400, COMPLEX),
    ]
}

fn cursors() -> Vec<Case> {
    let after = |name, cursor: &str| {
        let variables = json!({ "after": cursor });
        ask_with(
            name,
            "query($after: String) { agreements(after: $after) { nodes { slug } } }",
            &variables,
        )
    };
    let encoded = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    vec![
        after("a cursor that is empty", "").is(400, BAD),
        after("a cursor of SQL", SQL).is(400, BAD),
        after("a cursor that is a number", "1").is(400, BAD),
        after("a cursor of zeros", &encoded(&[0; 64])).is(400, BAD),
        after("a cursor of ones", &encoded(&[0xff; 64])).is(400, BAD),
        after("a cursor of a length without end", &encoded(&[0xff; 8])).is(400, BAD),
        after(
            "a cursor of other servers'",
            &BASE64_STANDARD.encode("arrayconnection:100"),
        )
        .is(400, BAD),
        after(
            "a cursor of JSON",
            &BASE64_STANDARD.encode(r#"{"id":{"$gt":""}}"#),
        )
        .is(400, BAD),
        after("a cursor of 500,000 letters", &"A".repeat(500_000)).is(400, BAD),
        after("a cursor with NUL", "a\0b").is(400, BAD),
    ]
}

fn identifiers() -> Vec<Case> {
    let node = |name, id: Value| {
        ask_with(
            name,
            "query($id: ID!) { node(id: $id) { __typename id } }",
            &json!({ "id": id }),
        )
    };
    let named = |text: &str| json!(BASE64_URL_SAFE_NO_PAD.encode(text));
    let ids: Vec<_> = (0..101).map(|number| number.to_string()).collect();
    vec![
        node("an id of SQL", json!(SQL)),
        node("an id of nothing", json!("")),
        node("an id of a type that isn't there", named("pg_user:1")),
        node("an id below nothing", named("Party:-1")),
        node("an id beyond numbers", named("Party:99999999999999999999")),
        node("an id with two types", named("Party:1:Agreement:1")),
        node("an id of 500,000 letters", json!("A".repeat(500_000))),
        node("an id that is a list", json!([1])).is(400, BAD),
        node("an id that is an object", json!({ "$gt": "" })).is(400, BAD),
        node("an id that is null", Value::Null).is(400, BAD),
        node("an id with NUL", json!("a\0")).is(400, BAD),
        ask_with(
            "101 ids",
            "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
            &json!({ "ids": ids }),
        )
        .is(400, BAD),
        ask_with(
            "one id 100 times",
            "query($ids: [ID!]!) { nodes(ids: $ids) { id } }",
            &json!({ "ids": vec!["a"; 100] }),
        ),
        ask(
            "a slug of SQL",
            format!("{{ party(slug: \"{SQL}\") {{ slug }} }}"),
        ),
        ask(
            "a slug that is a path",
            "{ document(slug: \"../../../etc/passwd\") { text } }",
        ),
        ask(
            "a slug with signs that turn around",
            "{ party(slug: \"\u{202e}midi\u{2066}\") { slug } }",
        ),
    ]
}

fn arguments() -> Vec<Case> {
    let filtered = |name, filter: Value| {
        ask_with(
            name,
            "query($f: AgreementFilter) { agreements(filter: $f) { totalCount } }",
            &json!({ "f": filter }),
        )
    };
    let slugs: Vec<_> = (0..20_000).map(|number| format!("slug-{number}")).collect();
    let lists = each(100, |n| {
        format!("a{n}: agreements(filter: {{ slugs: $s }}) {{ totalCount }} ")
    });
    vec![
        filtered("a kind of SQL", json!({ "kinds": [SQL] })).is(400, BAD),
        filtered("a field that isn't there", json!({ "1=1": true })).is(400, BAD),
        filtered(
            "an operator of another database's",
            json!({ "slug": { "$ne": null } }),
        )
        .is(400, BAD),
        filtered("a filter that is a list", json!([[]])).is(400, BAD),
        filtered(
            "a day that isn't there",
            json!({ "date": { "from": "2013-02-30" } }),
        )
        .is(400, BAD),
        filtered("a day of SQL", json!({ "date": { "from": SQL } })).is(400, BAD),
        filtered(
            "a day beyond time",
            json!({ "date": { "from": "99999-01-01" } }),
        )
        .is(400, BAD),
        filtered("a list of 20,000 slugs", json!({ "slugs": slugs })),
        ask_with(
            "20,000 slugs in 100 places",
            format!("query($s: [String!]) {{ {lists} }}"),
            &json!({ "s": slugs }),
        )
        .is(400, COMPLEX),
        ask_with(
            "a text of 500,000 letters 2,000 times in one list",
            format!(
                "query($v: ID!) {{ nodes(ids: [{}]) {{ id }} }}",
                "$v ".repeat(2_000)
            ),
            &json!({ "v": "x".repeat(500_000) }),
        )
        .is(400, COMPLEX),
        ask(
            "a default of 80,000 letters 4,000 times in one list",
            format!(
                "query($v: ID! = \"{}\") {{ nodes(ids: [{}]) {{ id }} }}",
                "x".repeat(80_000),
                "$v ".repeat(4_000)
            ),
        )
        .is(400, COMPLEX),
        filtered("a list of nulls", json!({ "kinds": [null, null] })).is(400, BAD),
        ask(
            "an enumeration as a text",
            "{ agreements(filter: { kinds: [\"TREATY\"] }) { totalCount } }",
        )
        .is(400, INVALID),
        ask(
            "an order by a column",
            "{ agreements(orderBy: [{ field: id }]) { totalCount } }",
        )
        .is(400, INVALID),
        ask_with(
            "an order by 5,000 fields",
            "query($o: [AgreementOrder!]) { agreements(orderBy: $o) { nodes { slug } } }",
            &json!({ "o": vec![json!({ "field": "DATE" }); 5_000] }),
        ),
        ask(
            "a language of nobody's",
            "{ parties(first: 1) { nodes { name(language: XX) } } }",
        )
        .is(400, INVALID),
        ask(
            "a variable without a type",
            "{ region(slug: $slug) { slug } }",
        )
        .is(400, INVALID),
        ask(
            "a condition without a value",
            "query($a: Boolean!) { __typename @include(if: $a) }",
        )
        .is(400, BAD),
    ]
}

fn searches() -> Vec<Case> {
    let search = |name, text: &str| {
        ask_with(
            name,
            "query($t: String!) { search(text: $t) { nodes { slug } } }",
            &json!({ "t": text }),
        )
    };
    let words = |first: usize| {
        (first..first + 32)
            .map(|number| format!("mot{number}"))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let aliases = |count: usize| {
        let lists = each(count, |n| {
            format!(
                "a{n}: agreements(first: 1, filter: {{ text: \"{}\" }}) {{ nodes {{ slug }} }} ",
                words(n * 32)
            )
        });
        format!("{{ {lists} }}")
    };
    vec![
        search("a search of nothing", ""),
        search("a search of signs", "!@#$%^&*()_+{}|:<>?~`-=[]\\;',./"),
        search(
            "a search of the operators of PostgreSQL",
            "a & b | !c <-> d:* ( ) '' \\",
        ),
        search("a search of a pattern", "%%%%____%%%%"),
        search(
            "a search of an expression without end",
            "(a+)+$ (.*)*b ([a-z]+)*{1,9999}",
        ),
        search("a search of SQL", SQL),
        search("a search of 33 words", &format!("{} encore", words(0))).is(400, BAD),
        search("a search of 1,001 letters", &"é".repeat(1_001)).is(400, BAD),
        search("a search of one word of 1,000 letters", &"a".repeat(1_000)),
        search(
            "a search of what stands above letters",
            &format!("a{}", "\u{301}".repeat(900)),
        ),
        search("a search with NUL", "a\0b").is(400, BAD),
        search("a search of quotation marks", &"\"".repeat(1_000)),
        search("a search of hyphens", &"-".repeat(1_000)),
        ask("320 words", aliases(10)),
        ask("352 words", aliases(11)).is(400, COMPLEX),
    ]
}
