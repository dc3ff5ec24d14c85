//! What one client may take of what all share, and that it comes back.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bytes::Bytes;
use entente::http::Settings;
use futures_util::FutureExt as _;
use h2::SendStream;
use h2::client::{ResponseFuture, SendRequest};

use tokio::task::JoinHandle;

use crate::server::{TestServer, read_response, settings};

fn cleartext(settings: Settings) -> TestServer {
    TestServer::with(Settings {
        cleartext_http2: true,
        // What is left of connections whose clients are gone for this test alone isn't waited for.
        shutdown_grace: Duration::from_secs(1),
        ..settings
    })
}

/// A client of HTTP/2 that takes so many bytes of an answer before it looks at it.
async fn connect(server: &TestServer, window: u32) -> SendRequest<Bytes> {
    connection(server, window).await.0
}

/// The same, with what moves its bytes: nothing is said where that is aborted.
async fn connection(server: &TestServer, window: u32) -> (SendRequest<Bytes>, JoinHandle<()>) {
    let stream = tokio::net::TcpStream::connect(server.address);
    let (client, connection) = h2::client::Builder::new()
        .initial_window_size(window)
        .handshake(stream.await.unwrap())
        .await
        .unwrap();
    let connection = tokio::spawn(async { connection.await.unwrap_or_default() });
    (client.ready().await.unwrap(), connection)
}

async fn ask(client: &SendRequest<Bytes>, query: &str, accept: &str) -> ResponseFuture {
    let uri = format!("http://test{}", crate::encoded(&[("query", query)]));
    let request = http::Request::get(uri).header("accept", accept);
    let mut client = client.clone().ready().await.unwrap();
    client
        .send_request(request.body(()).unwrap(), true)
        .unwrap()
        .0
}

async fn status(client: &SendRequest<Bytes>, query: &str, accept: &str) -> u16 {
    let answer = ask(client, query, accept).await;
    answer.await.unwrap().status().as_u16()
}

async fn wait_until(what: &str, mut done: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !done().await {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "waited in vain until {what}"
        );
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn answers_that_a_client_does_not_take_count_on_its_connection() {
    let server = cleartext(settings());
    let client = connect(&server, 0).await;
    let mut untaken = Vec::new();
    for _ in 0..100 {
        let answer = ask(&client, "{ hello }", crate::JSON).await.await.unwrap();
        assert_eq!(answer.status(), 200);
        untaken.push(answer);
    }
    for number in 0..150 {
        let answer = ask(&client, "{ hello }", crate::JSON).await.await.unwrap();
        assert_eq!(answer.status(), 503, "{number}");
        // Where refusals aren't taken either, there is nothing to take.
        let nothing = answer.headers()["content-length"] == "0";
        assert_eq!(nothing, number >= 100, "{number}");
        assert!(answer.headers().contains_key("x-request-id"), "{number}");
        untaken.push(answer);
    }
    let other = connect(&server, 1 << 16).await;
    assert_eq!(status(&other, "{ hello }", crate::JSON).await, 200);
    // Their streams are reset.
    untaken.clear();
    wait_until("their places are free", async || {
        status(&client, "{ hello }", crate::JSON).await == 200
    })
    .await;
}

#[tokio::test]
async fn event_streams_count_on_their_connection() {
    const EVENTS: &str = "text/event-stream";
    let server = cleartext(Settings {
        heartbeat: Duration::from_millis(300),
        ..settings()
    });
    let client = connect(&server, 1 << 16).await;
    let mut streams = Vec::new();
    for _ in 0..100 {
        let answer = ask(&client, "{ endless }", EVENTS).await.await.unwrap();
        assert_eq!(answer.status(), 200);
        streams.push(answer);
    }
    assert_eq!(status(&client, "{ hello }", crate::JSON).await, 503);
    assert_eq!(status(&client, "{ hello }", EVENTS).await, 503);
    streams.clear();
    wait_until("their places are free", async || {
        status(&client, "{ hello }", crate::JSON).await == 200
    })
    .await;
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    [&length[1..], &[kind, flags], &stream.to_be_bytes(), payload].concat()
}

#[test]
fn answers_that_wait_to_be_written_count_on_their_connection() {
    const REQUESTS: u32 = 150;
    let server = cleartext(settings());
    let mut stream = server.connect();
    // It would take any number of bytes, and then reads none.
    let window = 0x7fff_ffff_u32;
    let settings = [&[0, 4][..], &window.to_be_bytes()].concat();
    let more = window - 65_535;
    let mut bytes = [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
        frame(4, 0, 0, &settings),
        frame(8, 0, 0, &more.to_be_bytes()),
    ]
    .concat();
    // An answer of 300,000 bytes for each.
    let fields: Vec<_> = (0..100).map(|n| format!("a{n}:hello(name:$n)")).collect();
    let fields = fields.join(" ");
    let path = crate::encoded(&[
        ("query", &format!("query($n:String){{{fields}}}")),
        ("variables", &format!(r#"{{"n":"{}"}}"#, "x".repeat(3_000))),
    ]);
    // `:method: GET`, `:scheme: http`, `:path: …`, `:authority: test`.
    let rest = path.len() - 127;
    let (low, high) = (rest & 0x7f | 0x80, rest >> 7);
    let length = [127, u8::try_from(low).unwrap(), u8::try_from(high).unwrap()];
    let head = [
        &[0x82, 0x86, 0x04][..],
        &length,
        path.as_bytes(),
        &[0x01, 4],
        b"test",
    ]
    .concat();
    for number in 0..REQUESTS {
        bytes.extend(frame(1, 5, 2 * number + 1, &head));
    }
    let mut writer = stream.try_clone().unwrap();
    let writing = std::thread::spawn(move || writer.write_all(&bytes).unwrap());
    // Time for all of them to be answered.
    std::thread::sleep(Duration::from_secs(3));
    let (mut answered, mut refused) = (0, 0);
    while answered + refused < REQUESTS {
        let (kind, payload) = read_frame(&mut stream);
        match (kind, payload.first()) {
            // `:status: 200`
            (1, Some(0x88)) => answered += 1,
            (1, _) => refused += 1,
            _ => {}
        }
    }
    writing.join().unwrap();
    println!("{answered} answered, {refused} refused");
    // What the system takes for both sides is some megabytes.
    assert!(answered >= 100 && refused >= 10, "{answered} and {refused}");
}

fn read_frame(stream: &mut TcpStream) -> (u8, Vec<u8>) {
    let mut head = [0; 9];
    stream.read_exact(&mut head).unwrap();
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
    let mut payload = vec![0; length as usize];
    stream.read_exact(&mut payload).unwrap();
    (head[3], payload)
}

#[tokio::test]
async fn nobody_works_for_a_stream_that_was_reset_or_a_connection_that_is_gone() {
    let server = cleartext(Settings {
        max_requests: 1,
        request_timeout: Duration::from_mins(2),
        ..settings()
    });
    let other = connect(&server, 1 << 16).await;
    for goes in [false, true] {
        let (client, connection) = connection(&server, 1 << 16).await;
        let asked = ask(&client, "{ endless }", crate::JSON).await;
        wait_until("it is being answered", async || {
            status(&other, "{ hello }", crate::JSON).await == 503
        })
        .await;
        if goes {
            connection.abort();
        } else {
            drop(asked);
        }
        wait_until("its place is free", async || {
            status(&other, "{ hello }", crate::JSON).await == 200
        })
        .await;
    }
}

/// Sends a body but for its last byte. The head names a proxy's client.
fn half_a_body(server: &TestServer, client: &str, length: usize) -> TcpStream {
    let mut stream = server.connect();
    write!(
        stream,
        "POST /graphql HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nX-Forwarded-For: {client}\r\n\
         Content-Length: {length}\r\n\r\n"
    )
    .unwrap();
    // Where it is refused meanwhile, the connection ends.
    let _refused = stream.write_all(&vec![b' '; length - 1]);
    stream
}

#[test]
fn one_address_has_a_quarter_of_the_room_for_bodies() {
    const LENGTH: usize = 4 << 20;
    let server = TestServer::with(Settings {
        max_body_bytes: LENGTH,
        trusted_proxies: "127.0.0.1".parse().unwrap(),
        ..settings()
    });
    let refused = |stream: &mut TcpStream| {
        let _gone = stream.write_all(b" ");
        let mut start = [0; 12];
        stream.read_exact(&mut start).unwrap();
        &start == b"HTTP/1.1 503"
    };
    // A probe that comes before all of them are there takes what one of them needs, so they come anew.
    let mut patience = Duration::from_millis(100);
    let mut waiting = loop {
        let waiting: Vec<_> = (0..4)
            .map(|_| half_a_body(&server, "192.0.2.1", LENGTH))
            .collect();
        std::thread::sleep(patience);
        if refused(&mut half_a_body(&server, "192.0.2.1", LENGTH / 4)) {
            break waiting;
        }
        patience *= 2;
        assert!(patience < Duration::from_secs(20), "it is never refused");
    };
    // Another has room, and so has what is short.
    assert!(!refused(&mut half_a_body(&server, "192.0.2.2", LENGTH)));
    assert!(!refused(&mut half_a_body(&server, "192.0.2.1", 10_000)));
    for stream in &mut waiting {
        stream.write_all(b" ").unwrap();
        let (head, _) = read_response(stream, false);
        assert!(head.starts_with("http/1.1 400"), "it is read: {head}");
    }
    assert!(!refused(&mut half_a_body(&server, "192.0.2.1", LENGTH)));
}

/// Begins so many bodies of 16,000 bytes on a connection, and ends none.
async fn begin_bodies(
    client: &SendRequest<Bytes>,
    count: usize,
) -> Vec<(ResponseFuture, SendStream<Bytes>)> {
    let mut begun = Vec::new();
    for _ in 0..count {
        let request =
            http::Request::post("http://test/graphql").header("content-type", crate::JSON);
        let mut client = client.clone().ready().await.unwrap();
        let (answer, mut body) = client
            .send_request(request.body(()).unwrap(), false)
            .unwrap();
        body.send_data(vec![b' '; 16_000].into(), false).unwrap();
        begun.push((answer, body));
    }
    begun
}

#[tokio::test]
async fn short_bodies_count_where_a_connection_has_many() {
    let server = cleartext(settings());
    let mut connections = Vec::new();
    let mut waiting = Vec::new();
    for _ in 0..8 {
        let client = connect(&server, 1 << 16).await;
        waiting.extend(begin_bodies(&client, 99).await);
        connections.push(client);
    }
    // A quarter of 64 MiB has room for fewer.
    let mut refused = None;
    wait_until("one is refused", async || {
        refused = refused.take().or_else(|| {
            let polled = waiting
                .iter_mut()
                .find_map(|(answer, _)| answer.now_or_never());
            polled.map(|answer| answer.unwrap().status().as_u16())
        });
        refused.is_some()
    })
    .await;
    assert_eq!(refused, Some(503));
    // One alone needs none.
    let other = connect(&server, 1 << 16).await;
    let mut whole = begin_bodies(&other, 1).await;
    let (answer, mut body) = whole.pop().unwrap();
    body.send_data("{\"query\":\"{hello}\"}".into(), true)
        .unwrap();
    assert_eq!(answer.await.unwrap().status(), 200);
    drop((waiting, connections));
    let mut anew = Vec::new();
    wait_until("there is room again", async || {
        anew.clear();
        anew = begin_bodies(&other, 50).await;
        let mut all = true;
        for (_, body) in &mut anew {
            all &= body
                .send_data("{\"query\":\"{hello}\"}".into(), true)
                .is_ok();
        }
        for (answer, _) in anew.drain(..) {
            all &= answer.await.is_ok_and(|answer| answer.status() == 200);
        }
        all
    })
    .await;
}
