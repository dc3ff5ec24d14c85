//! Subscriptions over WebSockets and event streams: what they tell, what limits them, and that nothing is left behind when
//! clients go away.

mod support;

#[path = "sockets/client.rs"]
mod client;
#[path = "sockets/server.rs"]
mod server;
#[expect(
    dead_code,
    clippy::unwrap_used,
    reason = "it is written for the tests of HTTP"
)]
#[path = "http/server.rs"]
mod small;

use std::fs;
use std::time::{Duration, Instant};

use client::{Events, Socket};
use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use entente::http::Settings;
use rustix::process::Signal;
use serde_json::{Value, json};
use server::start;
use small::TestServer;
use support::TestDb;
use support::program::{command, run, wait_until};

const VERSION: &str = "subscription { registryVersion }";
const PARTIES: &str = "{ parties(first: 1) { nodes { slug } } }";

fn number(answer: &Value) -> u64 {
    let version = answer["data"]["registryVersion"].as_u64();
    version.unwrap_or_else(|| panic!("{answer}"))
}

/// Imports a record by a process of its own, as operators do.
fn import(db: &TestDb, name: &str) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let record = format!(
        "[[region]]\nslug = \"ici\"\noriginalLanguage = \"FR\"\nkind = \"COUNTRY\"\n\
         name = [{{ language = \"FR\", text = \"{name}\" }}]\n"
    );
    fs::write(folder.path().join("records.toml"), record).expect("can be written");
    let mut import = command();
    import
        .arg("import")
        .arg(folder.path())
        .env("DATABASE_URL", db.url().expose());
    let output = run(import);
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
}

/// How many statements of a server run in the database, or wait there.
fn at_work(db: &TestDb) -> i64 {
    diesel::select(sql::<BigInt>(
        "(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
         AND application_name = 'entente' AND state <> 'idle')",
    ))
    .get_result(&mut db.connect())
    .expect("is SQL")
}

#[test]
fn whoever_subscribed_is_told_of_an_import_by_another_process() {
    let db = TestDb::new();
    let (_server, address) = start(&db, &[]);
    let mut socket = Socket::open(address);
    socket.subscribe("1", VERSION);
    let mut events = Events::post(address, VERSION);
    let mut got = Events::get(address, VERSION);
    let mut before = None;
    for round in 0..4 {
        if round == 2 {
            // As after a restart of PostgreSQL: every connection is gone.
            db.connect()
                .batch_execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE datname = current_database() AND pid <> pg_backend_pid()",
                )
                .expect("is SQL");
        }
        if round > 0 {
            import(&db, &format!("Ici {round}"));
        }
        let imported = Instant::now();
        let version = number(&socket.next()["payload"]);
        println!(
            "told {} ms after the import",
            imported.elapsed().as_millis()
        );
        assert!(Some(version) > before, "{version} after {before:?}");
        for events in [&mut events, &mut got] {
            let (name, answer) = events.next().expect("there is more");
            assert_eq!((name.as_str(), number(&answer)), ("next", version));
        }
        before = Some(version);
    }
    let mut late = Socket::open(address);
    late.subscribe("1", "subscription { v: registryVersion }");
    assert_eq!(late.next()["payload"]["data"]["v"], json!(before));
}

#[test]
fn nothing_is_asked_while_nobody_subscribes() {
    let db = TestDb::new();
    let (_server, address) = start(&db, &[]);
    let last = || -> Option<String> {
        diesel::select(sql::<diesel::sql_types::Nullable<diesel::sql_types::Text>>(
            "(SELECT max(query_start)::text FROM pg_stat_activity WHERE datname = current_database() \
             AND application_name = 'entente (watch)')",
        ))
        .get_result(&mut db.connect())
        .expect("is SQL")
    };
    assert_eq!(last(), None);
    let mut socket = Socket::open(address);
    socket.subscribe("1", VERSION);
    socket.next();
    let first = last();
    wait_until("it is asked again", || last() > first);
    drop(socket);
    wait_until("it is asked no more", || {
        let before = last();
        std::thread::sleep(Duration::from_millis(600));
        last() == before
    });
}

#[test]
fn work_ends_with_the_wish_for_it() {
    let db = TestDb::with_registry();
    let settings = [("DATABASE_POOL_SIZE", "6"), ("MAX_SOCKETS", "60")];
    let (_server, address) = start(&db, &settings);
    // Whatever reads parties waits for this transaction, in PostgreSQL.
    let mut lock = db.connect();
    let locked = "BEGIN; LOCK TABLE party IN ACCESS EXCLUSIVE MODE";
    lock.batch_execute(locked).expect("is SQL");

    let mut socket = Socket::open(address);
    socket.subscribe("1", PARTIES);
    wait_until("the statement waits", || at_work(&db) == 1);
    socket.complete("1");
    wait_until("the statement is cancelled", || at_work(&db) == 0);
    socket.subscribe("1", "{ __typename }");
    assert_eq!(socket.next()["payload"]["data"]["__typename"], "Query");

    for id in 0..8 {
        socket.subscribe(&id.to_string(), PARTIES);
    }
    wait_until("its turns are taken", || at_work(&db) == 4);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(at_work(&db), 4, "it has the database to itself");
    drop(socket);
    wait_until("nothing works any more", || at_work(&db) == 0);

    let many: Vec<Socket> = (0..50)
        .map(|_| {
            let mut socket = Socket::open(address);
            socket.subscribe("s", VERSION);
            socket.subscribe("q", PARTIES);
            socket
        })
        .collect();
    let streams: Vec<Events> = (0..5).map(|_| Events::post(address, PARTIES)).collect();
    wait_until("all connections are at work", || at_work(&db) == 6);
    drop(many);
    drop(streams);
    wait_until("nothing works any more", || at_work(&db) == 0);
    // Well within the time that a lock is waited for.
    lock.batch_execute("COMMIT").expect("is SQL");

    // As many as may be there can be there, and all connections can be had.
    let mut sockets: Vec<Socket> = (0..60).map(|_| Socket::open(address)).collect();
    for socket in &mut sockets {
        socket.subscribe("q", PARTIES);
    }
    for socket in &mut sockets {
        let answer = socket.next();
        assert!(answer["payload"]["data"]["parties"].is_object(), "{answer}");
    }
    assert_eq!(
        Socket::speaking(address, Some(client::PROTOCOL)).err(),
        Some(503)
    );
    let refused = Events::post(address, "{ __typename }");
    assert_eq!(refused.status, 503);
    assert!(refused.head.contains("retry-after: 30"), "{}", refused.head);
}

#[test]
fn a_socket_runs_so_many_operations_at_once() {
    let db = TestDb::new();
    let (_server, address) = start(&db, &[("MAX_SOCKET_OPERATIONS", "2")]);
    let mut socket = Socket::open(address);
    for id in ["1", "2", "3"] {
        socket.subscribe(id, VERSION);
    }
    let mut told: Vec<Value> = (0..3).map(|_| socket.next()).collect();
    told.sort_by_key(|message| message["id"].to_string());
    assert_eq!(told[2]["type"], "error", "{told:?}");
    assert_eq!(told[2]["payload"][0]["extensions"]["code"], "RATE_LIMITED");
    socket.complete("1");
    socket.subscribe("3", VERSION);
    assert_eq!(socket.next()["type"], "next");
}

#[test]
fn a_server_that_stops_says_so_at_once() {
    let db = TestDb::new();
    let (mut server, address) = start(&db, &[]);
    let mut socket = Socket::open(address);
    socket.subscribe("1", VERSION);
    socket.next();
    let mut events = Events::post(address, VERSION);
    events.next().expect("there is more");
    let told = Instant::now();
    server.signal(Signal::TERM);
    assert_eq!(
        socket.closed(),
        Some((1001, "The server is stopping".to_owned()))
    );
    println!("told after {} ms", told.elapsed().as_millis());
    // It ends without an event that says that all has been told.
    assert_eq!(events.next(), None);
    drop(events);
    assert!(server.wait().success());
    println!("stopped after {} ms", told.elapsed().as_millis());
}

#[test]
fn an_event_stream_has_the_answers_of_one_operation() {
    let db = TestDb::with_registry();
    let (_server, address) = start(&db, &[("HEARTBEAT", "100ms")]);
    let complete = || Some(("complete".to_owned(), Value::Null));
    for mut events in [
        Events::post(address, "{ __typename }"),
        Events::get(address, "{ __typename }"),
    ] {
        assert_eq!(events.status, 200);
        for header in [
            "content-type: text/event-stream",
            "cache-control: no-store",
            "x-request-id: ",
        ] {
            assert!(events.head.contains(header), "{header}: {}", events.head);
        }
        let data = json!({ "data": { "__typename": "Query" } });
        assert_eq!(events.next(), Some(("next".to_owned(), data)));
        assert_eq!(events.next(), complete());
    }
    for wrong in ["{ nothing }", "{", "subscription { __typename }"] {
        let mut events = Events::post(address, wrong);
        assert_eq!(events.status, 200);
        let (name, answer) = events.next().expect("there is one");
        assert_eq!(name, "next");
        assert!(
            answer["errors"][0]["extensions"]["code"].is_string(),
            "{answer}"
        );
        assert_eq!(answer.get("data"), None);
        assert_eq!(events.next(), complete());
    }
    let mut still = Events::post(address, VERSION);
    still.next();
    still.comment();
    still.comment();

    // What isn't a request is refused as anywhere.
    let none = Events::ask(
        address,
        "GET /graphql HTTP/1.1\r\nHost: test\r\nAccept: text/event-stream\r\n\r\n",
    );
    assert_eq!(none.status, 400);
    let form = Events::ask(
        address,
        "POST /graphql HTTP/1.1\r\nHost: test\r\nAccept: text/event-stream\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
    );
    assert_eq!(form.status, 415);
    // Who likes JSON better gets no events, and is told how to subscribe.
    let body = json!({ "query": VERSION }).to_string();
    let plain = ureq::post(format!("http://{address}/graphql"))
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json")
        .config()
        .http_status_as_error(false)
        .build()
        .send(&body);
    let mut plain = plain.expect("is answered");
    assert_eq!(plain.status(), 400);
    let told = plain.body_mut().read_to_string().expect("is text");
    assert!(
        told.contains("graphql-transport-ws") && told.contains("text/event-stream"),
        "{told}"
    );
}

fn small(change: impl FnOnce(&mut Settings)) -> TestServer {
    let mut settings = small::settings();
    change(&mut settings);
    TestServer::with(settings)
}

#[test]
fn what_goes_wrong_is_one_operations() {
    let server = small(|settings| settings.request_timeout = Duration::from_millis(200));
    let mut socket = Socket::open(server.address);
    socket.subscribe("boom", "{ boom }");
    let error = socket.next();
    assert_eq!(
        (&error["id"], &error["type"]),
        (&json!("boom"), &json!("error"))
    );
    let extensions = &error["payload"][0]["extensions"];
    assert_eq!(extensions["code"], "INTERNAL");
    assert_eq!(
        extensions["requestId"], "test-1.1",
        "the socket's id and a number"
    );
    assert!(!error.to_string().contains("secret"), "{error}");

    socket.subscribe("slow", "{ slow }");
    socket.subscribe("quick", "mutation { touch }");
    assert_eq!(socket.next()["payload"]["data"]["touch"], 1);
    assert_eq!(socket.next()["type"], "complete");
    let error = socket.next();
    assert_eq!(
        error["payload"][0]["extensions"]["code"], "TIMEOUT",
        "{error}"
    );
    // Some fields failed: that is an answer.
    socket.subscribe("part", "{ hello missing }");
    let answer = socket.next();
    assert_eq!(answer["payload"]["data"]["hello"], "Hello, you");
    assert_eq!(answer["payload"]["errors"][0]["path"], json!(["missing"]));

    let mut events = Events::post(server.address, "{ boom }");
    let (_, answer) = events.next().expect("there is one");
    assert_eq!(answer["errors"][0]["extensions"]["code"], "INTERNAL");
    let mut events = Events::get(server.address, "mutation { touch }");
    let (_, answer) = events.next().expect("there is one");
    let told = answer["errors"][0]["message"].as_str().expect("is text");
    assert!(told.contains("send it with POST"), "{told}");
    // Too deep for the parser: the same guard as for any request.
    let deep = format!(
        "{{ hello(name: {}1{}) }}",
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    socket.subscribe("deep", &deep);
    assert_eq!(socket.next()["type"], "complete");
    assert_eq!(
        socket.next()["payload"][0]["extensions"]["code"],
        "QUERY_TOO_DEEP"
    );
    assert!(server.is_alive());
}

/// Subscribes to answers of two megabytes.
fn ask_for_much(socket: &mut Socket, id: u32) -> bool {
    let fields: Vec<_> = (0..100)
        .map(|number| format!("a{number}: hello(name: $name)"))
        .collect();
    let fields = fields.join(" ");
    let payload = json!({
        "query": format!("query ($name: String) {{ {fields} }}"),
        "variables": { "name": "x".repeat(20_000) },
    });
    let id = id.to_string();
    socket.send(&json!({ "id": id, "type": "subscribe", "payload": payload }))
}

#[test]
fn a_reader_that_takes_nothing_is_let_go() {
    let server = small(|settings| {
        settings.max_sockets = 1;
        settings.reader_patience = Duration::from_millis(300);
        settings.heartbeat = Duration::from_millis(500);
    });
    let mut socket = Socket::open(server.address);
    // Far more than the system keeps for both sides, asked for and not read.
    for id in 0..50 {
        ask_for_much(&mut socket, id);
    }
    wait_until("its place is free", || {
        Socket::speaking(server.address, Some(client::PROTOCOL)).is_ok()
    });
    // The system ends the connection some time after.
    let since = Instant::now();
    wait_until("its connection is ended", || {
        std::thread::sleep(Duration::from_millis(50));
        !socket.send(&json!({ "type": "pong" }))
    });
    println!("ended after {} ms", since.elapsed().as_millis());
    assert!(server.is_alive());
}

#[test]
fn a_slow_reader_gets_all_of_it() {
    let server = small(|_| {});
    let mut socket = Socket::open(server.address);
    for id in 0..10 {
        ask_for_much(&mut socket, id);
    }
    let mut answers = 0;
    for _ in 0..20 {
        let message = socket.next();
        if message["type"] == "next" {
            std::thread::sleep(Duration::from_millis(50));
            let data = message["payload"]["data"].as_object();
            assert_eq!(data.map(serde_json::Map::len), Some(100));
            answers += 1;
        }
    }
    assert_eq!(answers, 10);
}

#[test]
fn one_address_has_so_many_sockets_and_event_streams() {
    let db = TestDb::new();
    let settings = [
        ("MAX_SOCKETS_PER_ADDRESS", "3"),
        ("TRUSTED_PROXIES", "127.0.0.1"),
        ("HEARTBEAT", "200ms"),
    ];
    let (_server, address) = start(&db, &settings);
    let from = |client: &str| {
        let query: String = url::form_urlencoded::byte_serialize(VERSION.as_bytes()).collect();
        Events::ask(
            address,
            &format!(
                "GET /graphql?query={query} HTTP/1.1\r\nHost: test\r\nAccept: text/event-stream\r\n\
                 X-Forwarded-For: {client}\r\nOrigin: https://example.org\r\n\r\n"
            ),
        )
    };
    let sockets = [Socket::open(address), Socket::open(address)];
    let mut events = Events::get(address, VERSION);
    assert_eq!(events.status, 200);
    assert_eq!(
        Socket::speaking(address, Some(client::PROTOCOL)).err(),
        Some(503)
    );
    let refused = from("127.0.0.1");
    assert_eq!(refused.status, 503);
    for header in [
        "retry-after: 30",
        "x-request-id: ",
        "access-control-allow-origin: *",
    ] {
        assert!(refused.head.contains(header), "{}", refused.head);
    }
    // Others have their own; in IPv6 a network is one.
    let own: Vec<_> = (0..3)
        .map(|last| from(&format!("2001:db8::{last}")))
        .collect();
    assert!(own.iter().all(|events| events.status == 200));
    assert_eq!(from("2001:db8::7").status, 503);
    assert_eq!(from("192.0.2.1").status, 200);
    drop(sockets);
    wait_until("the places of the sockets are free", || {
        from("127.0.0.1").status == 200
    });
    drop(own);
    wait_until("the places of the event streams are free", || {
        from("2001:db8::7").status == 200
    });
    events.next().expect("it goes on");
}

/// The head of a text of so many bytes, as a client sends it.
fn text_of(length: u64) -> Vec<u8> {
    [&[0x81, 0xff][..], &length.to_be_bytes(), &[0; 4]].concat()
}

#[test]
fn messages_that_are_half_there_take_room() {
    const LENGTH: usize = 4 << 20;
    let server = small(|settings| {
        settings.max_body_bytes = LENGTH;
        settings.heartbeat = Duration::from_mins(1);
        settings.body_timeout = Duration::from_mins(1);
    });
    let half = |length: usize| {
        let mut socket = Socket::open(server.address);
        socket.offer(&text_of(length as u64));
        socket.offer(&vec![b' '; length - 1]);
        socket
    };
    let crowded = Some((1013, "Too many large messages are on their way".to_owned()));
    let body = format!("{{\"query\":\"{{hello}}\"{}}}", " ".repeat(1 << 20));
    // A body has no room either, once all of them are there. One that comes before takes what one of them needs, so they come
    // anew.
    let mut patience = Duration::from_millis(100);
    let mut waiting = loop {
        let waiting: Vec<_> = (0..4).map(|_| half(LENGTH)).collect();
        std::thread::sleep(patience);
        let refused = || server.post(&body).status == 503;
        // A body and a message that come at once may both be refused, and then there is room again.
        if refused() && {
            std::thread::sleep(patience);
            refused()
        } {
            break waiting;
        }
        patience *= 2;
        assert!(patience < Duration::from_secs(20), "there is room");
    };
    let mut more = Socket::open(server.address);
    more.offer(&text_of(1 << 20));
    more.offer(&vec![b' '; (1 << 20) - 1]);
    assert_eq!(more.closed(), crowded);
    // In pieces it is the same, and what is short needs none.
    let mut pieces = Socket::open(server.address);
    for piece in 0..50_u8 {
        pieces.offer(
            &[
                &[u8::from(piece == 0), 0xfe, 0x10, 0, 0, 0, 0, 0][..],
                &[b' '; 0x1000],
            ]
            .concat(),
        );
        if piece == 2 {
            let mut short = Socket::open(server.address);
            short.subscribe("1", "{ hello }");
            assert_eq!(short.next()["type"], "next");
        }
    }
    assert_eq!(pieces.closed(), crowded);
    // One that is complete takes none.
    for socket in &mut waiting[..2] {
        socket.offer(b"x");
    }
    wait_until("there is room again", || server.post(&body).status == 200);
    drop(waiting);
    let mut whole = half(LENGTH);
    whole.offer(b"x");
    assert_eq!(
        whole.closed().map(|(code, _)| code),
        Some(4400),
        "it is read"
    );
}

/// Frames of a client that carry nothing.
const PING: [u8; 6] = [0x89, 0x80, 0, 0, 0, 0];
const PONG: [u8; 6] = [0x8a, 0x80, 0, 0, 0, 0];

#[test]
fn a_message_has_so_long_to_arrive() {
    let server = small(|settings| settings.body_timeout = Duration::from_millis(800));
    let late = Some((1013, "A message took too long to arrive".to_owned()));
    let text = |first: u8, text: &[u8]| {
        let length = u8::try_from(text.len()).expect("is short");
        [&[first, 0x80 | length, 0, 0, 0, 0][..], text].concat()
    };
    // Half of a head, half of a frame, a piece of a message, also an empty one.
    for begun in [
        vec![0x81],
        text_of(20_000),
        text(0x01, b"{"),
        text(0x01, b""),
    ] {
        let mut socket = Socket::open(server.address);
        socket.offer(&begun);
        assert_eq!(socket.closed(), late, "{begun:?}");
    }
    // Signs of life and more of it change nothing, and without them it is the same for one that always sends.
    for pause in [Duration::from_millis(20), Duration::ZERO] {
        let mut socket = Socket::open(server.address);
        socket.offer(&text(0x01, b"{"));
        let start = Instant::now();
        while socket.offer(&[&PONG[..], &text(0x00, b" ")].concat()) {
            assert!(start.elapsed() < Duration::from_secs(20), "it goes on");
            std::thread::sleep(pause);
        }
    }
    // One after the other is in time, whatever is under way at any moment.
    let mut socket = Socket::open(server.address);
    let message = text(0x81, br#"{"type":"ping"}"#);
    socket.offer(&message[..3]);
    for _ in 0..8 {
        std::thread::sleep(Duration::from_millis(200));
        socket.offer(&[&message[3..], &message[..3]].concat());
        assert_eq!(socket.next()["type"], "pong");
    }
}

#[test]
fn signs_of_life_beyond_a_few_are_paid_for() {
    let db = TestDb::new();
    let settings = [("RATE_LIMIT", "1000"), ("HEARTBEAT", "1s")];
    let (_server, address) = start(&db, &settings);
    let exhausted = "Too much was asked for in too short a time";
    let mut honest = Socket::open(address);
    let floods = [PING, PONG].map(|signs| (signs, Socket::open(address)));
    for (signs, mut flood) in floods {
        // They come back while they are sent.
        flood.offer(&signs.repeat(3_000));
        assert_eq!(flood.closed(), Some((1013, exhausted.to_owned())));
    }
    // Whoever has nothing left still may say that they are there.
    for _ in 0..4 {
        honest.offer(&PING);
        honest.wait_for_ping();
    }
    honest.subscribe("1", "{ __typename }");
    assert!(honest.next()["type"].is_string());
}

#[test]
fn no_socket_is_opened_where_no_frames_can_follow() {
    let server = small(|_| {});
    let ask = |version: &str, more: &str| {
        let head = format!(
            "GET /graphql {version}\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n{more}\r\n"
        );
        Events::ask(server.address, &head).status
    };
    assert_eq!(ask("HTTP/1.1", ""), 101);
    assert_eq!(ask("HTTP/1.1", "Content-Length: 0\r\n"), 101);
    assert_eq!(ask("HTTP/1.1", "Content-Length: 5\r\n"), 400);
    assert_eq!(ask("HTTP/1.1", "Content-Length: 99999999999\r\n"), 400);
    assert_eq!(ask("HTTP/1.1", "Transfer-Encoding: chunked\r\n"), 400);
    assert_eq!(ask("HTTP/1.0", ""), 400);
}

#[test]
fn a_handshake_that_is_none_is_refused_as_other_requests_are() {
    let server = small(|_| {});
    let mut refused = Events::ask(
        server.address,
        "GET /graphql HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nX-Request-Id: test-7\r\n\r\n",
    );
    assert_eq!(refused.status, 400);
    for header in [
        "x-request-id: test-7",
        "access-control-allow-origin: *",
        "content-type: application/json",
        "sec-websocket-version: 13",
        "connection: close",
    ] {
        assert!(refused.head.contains(header), "{header}: {}", refused.head);
    }
    assert_eq!(refused.next(), None, "the connection ends");
}
