//! graphql-transport-ws, to the letter.

mod support;

#[path = "sockets/client.rs"]
mod client;
#[path = "sockets/server.rs"]
mod server;

use std::time::Duration;

use client::{PROTOCOL, Socket};
use serde_json::{Value, json};
use server::start;
use support::TestDb;
use tungstenite::Message;

const VERSION: &str = "subscription { registryVersion }";
const PARTIES: &str = "{ parties(first: 1) { nodes { slug } } }";

fn next(id: &str, data: &Value) -> Value {
    json!({ "id": id, "type": "next", "payload": { "data": data } })
}

fn complete(id: &str) -> Value {
    json!({ "id": id, "type": "complete" })
}

/// The version in the next message of a subscription.
#[track_caller]
fn version(socket: &mut Socket) -> u64 {
    let message = socket.next();
    let version = message["payload"]["data"]["registryVersion"].as_u64();
    version.unwrap_or_else(|| panic!("{message}"))
}

#[test]
fn operations_of_all_kinds_run_on_one_socket() {
    let db = TestDb::with_registry();
    let (_server, address) = start(&db, &[]);
    let mut socket = Socket::open(address);
    socket.subscribe("q", "{ __typename }");
    assert_eq!(socket.next(), next("q", &json!({ "__typename": "Query" })));
    assert_eq!(socket.next(), complete("q"));

    socket.send(&json!({ "id": "v", "type": "subscribe", "payload": {
        "query": "query A { __typename } query B($name: String!) { __type(name: $name) { name } }",
        "operationName": "B", "variables": { "name": "Party" }, "extensions": null,
    } }));
    assert_eq!(
        socket.next(),
        next("v", &json!({ "__type": { "name": "Party" } }))
    );
    assert_eq!(socket.next(), complete("v"));

    // A refusal ends it, and its id is free.
    for wrong in [
        "{ nothing }",
        "{",
        "subscription { registryVersion __typename }",
    ] {
        socket.subscribe("v", wrong);
        let error = socket.next();
        assert_eq!(
            (&error["id"], &error["type"]),
            (&json!("v"), &json!("error"))
        );
        assert!(
            error["payload"][0]["extensions"]["code"].is_string(),
            "{error}"
        );
    }
    let bad = json!({ "query": "query ($n: Int!) { parties(first: $n) { totalCount } }" });
    socket.send(&json!({ "id": "v", "type": "subscribe", "payload": bad }));
    assert_eq!(
        socket.next()["payload"][0]["extensions"]["code"],
        "BAD_USER_INPUT"
    );

    socket.complete("nobody's");
    socket.subscribe("s", VERSION);
    let first = version(&mut socket);
    assert!(first > 0);
    socket.subscribe("q", PARTIES);
    assert_eq!(socket.next()["id"], "q");
    assert_eq!(socket.next(), complete("q"));
    socket.complete("s");
    assert!(socket.is_quiet(Duration::from_millis(400)));
    socket.subscribe("s", VERSION);
    assert_eq!(version(&mut socket), first, "the id was free again");
}

#[test]
fn a_subscription_follows_the_specification_at_its_root() {
    let db = TestDb::with_registry();
    let (_server, address) = start(&db, &[]);
    let mut socket = Socket::open(address);
    for (number, right) in [
        "subscription { v: registryVersion }",
        "subscription { ...V ... on Subscription { v: registryVersion } } fragment V on Subscription { v: registryVersion }",
        "query Other { __typename } subscription S($unused: Boolean) { ... { v: registryVersion } } subscription T { registryVersion }",
    ]
    .iter()
    .enumerate()
    {
        let id = number.to_string();
        let right = right.replace("($unused: Boolean)", "");
        let name = right.contains("subscription S").then_some("S");
        socket.send(&json!({ "id": id, "type": "subscribe", "payload": { "query": right, "operationName": name } }));
        let message = socket.next();
        assert!(message["payload"]["data"]["v"].is_u64(), "{right}: {message}");
        socket.complete(&id);
    }
    for (wrong, why) in [
        ("subscription { registryVersion __typename }", "__typename"),
        ("subscription { __typename }", "__typename"),
        ("subscription { ... { __typename } }", "__typename"),
        ("subscription { __schema { description } }", "__schema"),
        (
            "subscription { a: registryVersion b: registryVersion }",
            "exactly one field",
        ),
        (
            "subscription { a: registryVersion ...V } fragment V on Subscription { b: registryVersion }",
            "exactly one field",
        ),
        (
            "subscription ($x: Boolean!) { registryVersion @include(if: $x) }",
            "@include",
        ),
        (
            "subscription { ... @skip(if: false) { registryVersion } }",
            "@skip",
        ),
        (
            "subscription { ...V @skip(if: false) } fragment V on Subscription { registryVersion }",
            "@skip",
        ),
        ("subscription { registryVersion { a } }", "registryVersion"),
        ("subscription { registryVersion(a: 1) }", "argument"),
        (
            "query Q { __typename } subscription S { a: registryVersion b: registryVersion }",
            "exactly one field",
        ),
    ] {
        let name = wrong.contains("query Q").then_some("Q");
        let payload = json!({ "query": wrong, "operationName": name, "variables": { "x": true } });
        socket.send(&json!({ "id": "w", "type": "subscribe", "payload": payload }));
        let message = socket.next();
        assert_eq!(message["type"], "error", "{wrong}: {message}");
        let told = message["payload"].to_string();
        assert!(told.contains(why), "{wrong}: {told}");
    }
}

#[test]
fn a_socket_closes_with_the_code_of_its_reason() {
    let db = TestDb::new();
    let settings = [
        ("SOCKET_INIT_TIMEOUT", "300ms"),
        ("MAX_BODY_BYTES", "100000"),
    ];
    let (_server, address) = start(&db, &settings);
    let closed = |code: u16, reason: &str| Some((code, reason.to_owned()));

    let silent = Socket::connect(address);
    assert_eq!(
        silent.closed(),
        closed(4408, "Connection initialisation timeout")
    );

    let mut early = Socket::connect(address);
    early.subscribe("1", VERSION);
    assert_eq!(early.closed(), closed(4401, "Unauthorized"));

    let mut twice = Socket::open(address);
    twice.send(&json!({ "type": "connection_init" }));
    assert_eq!(
        twice.closed(),
        closed(4429, "Too many initialisation requests")
    );

    let mut at_once = Socket::connect(address);
    at_once.send(&json!({ "type": "connection_init" }));
    at_once.send(&json!({ "type": "connection_init", "payload": {} }));
    assert_eq!(at_once.next()["type"], "connection_ack");
    assert_eq!(
        at_once.closed(),
        closed(4429, "Too many initialisation requests")
    );

    let mut same = Socket::open(address);
    same.subscribe("one \"id\"", VERSION);
    same.subscribe("one \"id\"", "{ __typename }");
    assert_eq!(
        same.closed(),
        closed(4409, "Subscriber for one \"id\" already exists")
    );
    let mut long = Socket::open(address);
    let id = "é".repeat(120);
    long.subscribe(&id, VERSION);
    long.subscribe(&id, VERSION);
    let (code, reason) = long.closed().expect("there is a reason");
    assert_eq!(code, 4409);
    assert!(
        reason.starts_with("Subscriber for é") && reason.len() <= 123,
        "{reason}"
    );

    for wrong in [
        "not json",
        "[]",
        r#"{"type":"unheard of"}"#,
        r#"{"id":"1","type":"next","payload":{}}"#,
        r#"{"type":"subscribe","payload":{"query":"{ __typename }"}}"#,
        r#"{"id":"","type":"subscribe","payload":{"query":"{ __typename }"}}"#,
        r#"{"id":"1","type":"subscribe"}"#,
        r#"{"id":"1","type":"subscribe","payload":{"query":7}}"#,
        r#"{"type":"complete"}"#,
        r#"{"type":"ping","payload":7}"#,
    ] {
        let mut socket = Socket::open(address);
        socket.send_text(wrong);
        let (code, reason) = socket.closed().expect("there is a reason");
        assert_eq!(code, 4400, "{wrong}");
        assert!(reason.starts_with("Invalid message: "), "{wrong}: {reason}");
    }
    let mut listed = Socket::connect(address);
    listed.send(&json!({ "type": "connection_init", "payload": [] }));
    assert_eq!(listed.closed().map(|(code, _)| code), Some(4400));
    let mut binary = Socket::open(address);
    binary.put(Message::binary(b"{}".to_vec()));
    assert_eq!(binary.closed().map(|(code, _)| code), Some(4400));

    // Frames that are wrong in themselves: not masked, and a text that isn't UTF-8.
    let mut unmasked = Socket::open(address);
    unmasked.write(&[0x81, 0x02, b'{', b'}']);
    assert_eq!(unmasked.closed().map(|(code, _)| code), Some(1002));
    let mut latin = Socket::open(address);
    latin.write(&[0x81, 0x81, 0, 0, 0, 0, 0xe9]);
    assert_eq!(latin.closed().map(|(code, _)| code), Some(1007));
    let mut in_pieces = Socket::open(address);
    in_pieces.write(&[0x01, 0x81, 0, 0, 0, 0, 0xe9, 0x80, 0x80, 0, 0, 0, 0]);
    assert_eq!(in_pieces.closed().map(|(code, _)| code), Some(1007));

    let mut polite = Socket::open(address);
    polite.put(Message::Close(None));
    assert_eq!(polite.closed().map_or(1000, |(code, _)| code), 1000);
}

#[test]
fn who_speaks_another_protocol_is_told_so() {
    let db = TestDb::new();
    let (_server, address) = start(&db, &[]);
    let none = Socket::speaking(address, None).expect("is opened");
    assert_eq!(
        none.closed(),
        Some((4406, "Subprotocol not acceptable".to_owned()))
    );
    // tungstenite gives up where its protocol isn't taken, as browsers do; so by hand.
    for (protocols, expected) in [
        ("graphql-ws", false),
        ("graphql-ws, graphql-transport-ws", true),
    ] {
        let (head, rest) = client::raw(address, protocols, b"");
        assert!(head.starts_with("http/1.1 101"), "{head}");
        let agreed = format!("sec-websocket-protocol: {PROTOCOL}");
        assert_eq!(head.contains(&agreed), expected, "{head}");
        if !expected {
            assert!(!head.contains("sec-websocket-protocol"), "{head}");
            assert_eq!(rest[..4], [0x88, 28, 0x11, 0x36], "a close with 4406");
        }
    }
}

#[test]
fn messages_have_a_largest_size_however_they_come() {
    let db = TestDb::new();
    let (_server, address) = start(&db, &[("MAX_BODY_BYTES", "100000")]);
    let padded = |length: usize| {
        let message =
            json!({ "id": "1", "type": "subscribe", "payload": { "query": "{ __typename }" } });
        let message = message.to_string();
        " ".repeat(length - message.len()) + &message
    };
    let mut fits = Socket::open(address);
    fits.send_text(&padded(100_000));
    assert_eq!(fits.next()["type"], "next");

    let mut large = Socket::open(address);
    large.send_text(&padded(100_001));
    assert_eq!(large.closed().map(|(code, _)| code), Some(1009));

    // Refused by what it announces: nothing of it is there.
    let mut announced = Socket::open(address);
    announced.write(&[[0x81, 0xff].as_slice(), &(1_u64 << 40).to_be_bytes()].concat());
    assert_eq!(announced.closed().map(|(code, _)| code), Some(1009));

    let piece = |first: u8, length: u16| {
        let head = [[first, 0xfe].as_slice(), &length.to_be_bytes(), &[0; 4]].concat();
        [head, vec![b' '; usize::from(length)]].concat()
    };
    let mut pieces = Socket::open(address);
    pieces.write(&piece(0x01, 49_999));
    pieces.write(&piece(0x00, 49_999));
    // What stands between isn't part of it.
    pieces.put(Message::Ping(vec![0; 100].into()));
    pieces.write(&[0x80, 0x82, 0, 0, 0, 0, b'{', b'}']);
    let (code, reason) = pieces.closed().expect("there is a reason");
    assert_eq!(
        (code, reason.as_str()),
        (4400, "Invalid message: it has no `type`")
    );
    let mut pieces = Socket::open(address);
    pieces.write(&piece(0x01, 50_000));
    pieces.write(&piece(0x00, 50_001));
    assert_eq!(pieces.closed().map(|(code, _)| code), Some(1009));
}

#[test]
fn both_sides_may_ask_whether_the_other_is_there() {
    let db = TestDb::new();
    let (_server, address) = start(&db, &[("HEARTBEAT", "150ms")]);
    let mut socket = Socket::connect(address);
    socket.send(&json!({ "type": "ping" }));
    assert_eq!(
        socket.next(),
        json!({ "type": "pong" }),
        "also before it begins"
    );
    socket.send(&json!({ "type": "connection_init", "payload": { "token": "x" } }));
    assert_eq!(socket.next()["type"], "connection_ack");
    let payload = json!({ "at": 1, "list": [null] });
    socket.send(&json!({ "type": "ping", "payload": payload }));
    assert_eq!(socket.next(), json!({ "type": "pong", "payload": payload }));
    socket.send(&json!({ "type": "pong", "payload": { "unasked": true } }));
    for _ in 0..5 {
        // tungstenite answers as it reads on.
        socket.wait_for_ping();
    }
    socket.subscribe("1", "{ __typename }");
    assert_eq!(socket.next()["type"], "next");

    // One that is connected and dead: it answers no ping.
    let (_, told) = client::raw(address, PROTOCOL, b"");
    let pings = told.windows(2).filter(|two| *two == [0x89, 0]).count();
    assert!((1..=4).contains(&pings), "{told:?}");
    let close = told
        .windows(2)
        .rposition(|two| two[0] == 0x88)
        .expect("it closes");
    assert_eq!(told[close + 2..close + 4], 1013_u16.to_be_bytes());
}
