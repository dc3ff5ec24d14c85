//! How many may come at once, how slowly, and what becomes of those beyond.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use entente::http::Settings;

use crate::server::{TestServer, read_response, settings, write_post};

/// What the server says before it ends a connection.
fn rest(mut stream: &TcpStream) -> String {
    let mut rest = Vec::new();
    let _reset = stream.read_to_end(&mut rest);
    String::from_utf8(rest).unwrap().to_lowercase()
}

fn is_answered(stream: &mut TcpStream) -> bool {
    write_post(stream, r#"{"query":"{ hello }"}"#);
    read_response(stream, false).0.starts_with("http/1.1 200")
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "waited in vain until {what}"
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn one_address_has_so_many_connections_and_others_have_theirs() {
    let server = TestServer::with(Settings {
        max_connections_per_address: 3,
        ..settings()
    });
    let mut open: Vec<_> = (0..3).map(|_| server.connect()).collect();
    assert!(open.iter_mut().all(is_answered));
    let told = rest(&server.connect());
    assert!(
        told.starts_with("http/1.1 503") && told.contains("retry-after: 5"),
        "{told}"
    );
    assert!(
        told.ends_with("\r\n\r\ntoo many connections from this address are open.\n")
            && told.contains("access-control-allow-origin: *"),
        "{told}"
    );
    // Somebody else is served.
    let other = Command::new("curl")
        .args(["-sS", "--max-time", "10", "--interface", "127.0.0.2"])
        .arg(format!("http://{}/healthz", server.address))
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&other.stdout), "ok\n", "{other:?}");
    assert!(
        open.iter_mut().all(is_answered),
        "those that were there go on"
    );
    open.pop();
    wait_until("the place is free again", || {
        let mut stream = server.connect();
        // It may be turned away before that is written.
        let _away = stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n");
        rest_starts_with_200(&mut stream)
    });
}

fn rest_starts_with_200(stream: &mut TcpStream) -> bool {
    let mut start = [0; 12];
    stream.read_exact(&mut start).is_ok() && start == *b"HTTP/1.1 200"
}

#[test]
fn connections_beyond_the_total_wait_for_one_to_end() {
    let server = TestServer::with(Settings {
        max_connections: 2,
        ..settings()
    });
    let mut open: Vec<_> = (0..2).map(|_| server.connect()).collect();
    assert!(open.iter_mut().all(is_answered));
    let mut waiting = server.connect();
    write_post(&mut waiting, r#"{"query":"{ hello }"}"#);
    waiting
        .set_read_timeout(Some(Duration::from_millis(500)))
        .unwrap();
    assert!(waiting.read(&mut [0]).is_err(), "it is not answered yet");
    open.pop();
    waiting
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    assert!(
        read_response(&mut waiting, false)
            .0
            .starts_with("http/1.1 200")
    );
}

#[test]
fn a_head_that_comes_too_slowly_is_given_up() {
    let server = TestServer::with(Settings {
        head_timeout: Duration::from_millis(600),
        ..settings()
    });
    let silent = server.connect();
    let mut half = server.connect();
    write!(half, "POST /graphql HTTP/1.1\r\nHost: te").unwrap();
    assert!(rest(&half).starts_with("http/1.1 408"));
    let told = rest(&silent);
    assert!(
        told.is_empty() || told.starts_with("http/1.1 408"),
        "{told}"
    );
    // A byte now and then is no way to stay.
    let mut trickle = server.connect();
    let start = Instant::now();
    let mut bytes = b"GET / HTTP/1.1\r\nX-Slow: "
        .iter()
        .chain(b"x".iter().cycle());
    while trickle.write_all(&[*bytes.next().unwrap()]).is_ok() {
        assert!(
            start.elapsed() < Duration::from_secs(9),
            "it may go on for ever"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(server.is_alive());
}

#[test]
fn a_connection_without_requests_ends() {
    let server = TestServer::with(Settings {
        keep_alive: Duration::from_secs(1),
        ..settings()
    });
    let mut stream = server.connect();
    assert!(is_answered(&mut stream));
    assert_eq!(rest(&stream), "");
}

#[test]
fn ten_requests_at_once_are_answered_in_their_order() {
    let server = TestServer::start();
    let mut stream = server.connect();
    let mut requests = String::new();
    for n in 0..10 {
        // The first is the slowest, and a small one comes between.
        let body = match n {
            0 => r#"{"query":"{ slow }"}"#.to_owned(),
            n => format!(r#"{{"query":"{{ hello(name: \"{n}\") }}"}}"#),
        };
        write!(
            requests,
            "POST /graphql HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
    }
    stream.write_all(requests.as_bytes()).unwrap();
    for n in 0..10 {
        let (head, body) = read_response(&mut stream, false);
        assert!(head.starts_with("http/1.1 200"), "{n}: {head}");
        let expected = if n == 0 {
            "done".to_owned()
        } else {
            format!("Hello, {n}\"")
        };
        let body = String::from_utf8(body).unwrap();
        assert!(body.contains(&expected), "{n}: {body}");
    }
}

#[test]
fn a_length_that_is_a_lie_hurts_nobody_else() {
    let server = TestServer::with(Settings {
        body_timeout: Duration::from_millis(300),
        ..settings()
    });
    let head = "POST /graphql HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\n";
    let body = r#"{"query":"{ hello }"}"#;
    // Shorter than the body: the rest is taken for a request, and is none.
    let mut stream = server.connect();
    write!(stream, "{head}Content-Length: 10\r\n\r\n{body}").unwrap();
    let (first, _) = read_response(&mut stream, false);
    assert!(first.starts_with("http/1.1 400"), "{first}");
    assert!(rest(&stream).starts_with("http/1.1 400"));
    // Longer, and the client goes, or stays.
    let mut gone = server.connect();
    write!(gone, "{head}Content-Length: 99\r\n\r\n{body}").unwrap();
    drop(gone);
    let mut stream = server.connect();
    write!(stream, "{head}Content-Length: 99\r\n\r\n{body}").unwrap();
    assert!(rest(&stream).starts_with("http/1.1 408"));
    // Two answers to where it ends are how requests are smuggled past proxies.
    for lengths in [
        "Content-Length: 21\r\nTransfer-Encoding: chunked",
        "Content-Length: 21\r\nContent-Length: 22",
        "Content-Length: -1",
        "Content-Length: +21",
        "Content-Length: 99999999999999999999",
        "Transfer-Encoding: chunked, identity",
    ] {
        let mut stream = server.connect();
        write!(stream, "{head}{lengths}\r\n\r\n{body}").unwrap();
        let told = rest(&stream);
        assert!(told.starts_with("http/1.1 4"), "{lengths}: {told}");
    }
    assert!(server.is_alive());
}

#[test]
fn requests_beyond_the_bound_are_refused_at_once() {
    let server = TestServer::with(Settings {
        max_requests: 2,
        ..settings()
    });
    let mut slow: Vec<_> = (0..2).map(|_| server.connect()).collect();
    for stream in &mut slow {
        write_post(stream, r#"{"query":"{ slow }"}"#);
    }
    wait_until("there is no place left", || {
        let reply = server.ask("{ hello }");
        if reply.status == 200 {
            return false;
        }
        assert_eq!((reply.status, reply.code().as_str()), (503, "UNAVAILABLE"));
        assert_eq!(reply.header("retry-after"), "1");
        assert_ne!(reply.header("x-request-id"), "");
        assert_eq!(server.get("/graphql?query={hello}", &[]).status, 503);
        assert_eq!(server.get("/healthz", &[]).text(), "ok\n");
        true
    });
    for stream in &mut slow {
        assert!(read_response(stream, false).0.starts_with("http/1.1 200"));
    }
    assert!(server.is_alive(), "the places are free again");
}

#[test]
fn those_who_hang_up_leave_their_places() {
    let server = TestServer::with(Settings {
        max_requests: 20,
        request_timeout: Duration::from_mins(1),
        ..settings()
    });
    // Each asks for what takes a minute, and goes.
    for _ in 0..200 {
        let mut stream = server.connect();
        write_post(&mut stream, r#"{"query":"{ endless }"}"#);
    }
    let start = Instant::now();
    wait_until("somebody else is answered", || server.is_alive());
    println!("answered after {:?}", start.elapsed());
}

/// Sends a request with a chunked body for as long as that is taken. Gives how much was, and what is said.
fn send_without_end(server: &TestServer, head: &str, pause: Duration) -> (usize, String) {
    let mut stream = server.connect();
    write!(
        stream,
        "{head} HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    .unwrap();
    let chunk = [b"1000\r\n".as_slice(), &[b'x'; 0x1000], b"\r\n"].concat();
    let (start, mut sent) = (Instant::now(), 0);
    while stream.write_all(&chunk).is_ok() {
        sent += chunk.len();
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{head}: {sent} bytes, and it goes on"
        );
        std::thread::sleep(pause);
    }
    let mut told = Vec::new();
    let _reset = stream.read_to_end(&mut told);
    (sent, String::from_utf8(told).unwrap().to_lowercase())
}

#[test]
fn a_body_that_nobody_wants_is_not_taken_for_ever() {
    let server = TestServer::with(Settings {
        body_timeout: Duration::from_millis(500),
        ..settings()
    });
    let wants_socket = "Upgrade: websocket\r\nConnection: upgrade";
    for pause in [0, 200] {
        for head in [
            "POST /healthz",
            "GET /healthz",
            "OPTIONS /graphql",
            "DELETE /graphql",
            "GET /graphql?query={hello}",
        ] {
            let pause = Duration::from_millis(pause);
            let (sent, told) = send_without_end(&server, head, pause);
            println!("{head}: {sent} bytes");
            // Where the end comes as a reset, what was said may be lost.
            assert!(
                told.is_empty() || told.contains("connection: close"),
                "{told}"
            );
        }
    }
    let path = "GET /graphql HTTP/1.1\r\n".to_owned() + wants_socket + "\r\nX-Rest:";
    send_without_end(&server, &path, Duration::ZERO);
    let slow = Duration::from_millis(200);
    send_without_end(&server, &path, slow);
    assert!(server.is_alive());
}

#[test]
fn a_connection_goes_on_after_a_short_body_that_nobody_wants() {
    let server = TestServer::start();
    let mut stream = server.connect();
    for (head, pieces, status) in [
        ("GET /healthz HTTP/1.1\r\n", [""; 2], 200),
        (
            "POST /healthz HTTP/1.1\r\nContent-Length: 4\r\n",
            ["abcd", ""],
            405,
        ),
        (
            "POST /healthz HTTP/1.1\r\nContent-Length: 4\r\n",
            ["ab", "cd"],
            405,
        ),
        (
            "GET /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
            ["4\r\nabcd\r\n", "0\r\n\r\n"],
            200,
        ),
        (
            "POST /nowhere HTTP/1.1\r\nContent-Length: 0\r\n",
            [""; 2],
            404,
        ),
    ] {
        write!(stream, "{head}Host: test\r\n\r\n{}", pieces[0]).unwrap();
        if !pieces[1].is_empty() {
            std::thread::sleep(Duration::from_millis(100));
            stream.write_all(pieces[1].as_bytes()).unwrap();
        }
        let (told, _) = read_response(&mut stream, false);
        assert!(
            told.starts_with(&format!("http/1.1 {status}")),
            "{head}: {told}"
        );
        assert!(!told.contains("connection: close"), "{head}: {told}");
    }
    assert!(is_answered(&mut stream));
    // Whoever wants another protocol where there is none is told so at once, and can't go on.
    let start = Instant::now();
    write!(
        stream,
        "GET /nowhere HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    )
    .unwrap();
    let told = rest(&stream);
    assert!(told.starts_with("http/1.1 404"), "{told}");
    assert!(start.elapsed() < Duration::from_secs(10));
}
