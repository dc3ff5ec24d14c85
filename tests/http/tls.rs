//! TLS and HTTP/2, with curl for a client.

use std::fs;
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use entente::http::{Settings, Tls};
use h2::client::SendRequest;
use tokio::net::TcpStream;

use crate::server::{TestServer, settings};

/// A certificate for this machine that was made a moment ago.
struct Certificate {
    folder: tempfile::TempDir,
}

impl Certificate {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(folder.path().join("cert.pem"), made.cert.pem()).unwrap();
        fs::write(
            folder.path().join("key.pem"),
            made.signing_key.serialize_pem(),
        )
        .unwrap();
        Self { folder }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn tls(&self) -> Tls {
        Tls::read(&self.file("cert.pem"), &self.file("key.pem")).unwrap()
    }
}

struct Secure {
    certificate: Certificate,
    server: TestServer,
}

impl Secure {
    fn with(settings: Settings) -> Self {
        let certificate = Certificate::new();
        let tls = Some(certificate.tls());
        Self {
            server: TestServer::with(Settings { tls, ..settings }),
            certificate,
        }
    }

    /// Asks by curl. Gives the version of HTTP, the status and the body.
    fn curl(&self, arguments: &[&str], path: &str) -> (String, String, String) {
        let port = self.server.address.port();
        let output = Command::new("curl")
            .args([
                "-sS",
                "--max-time",
                "20",
                "--resolve",
                &format!("localhost:{port}:127.0.0.1"),
                "--cacert",
            ])
            .arg(self.certificate.file("cert.pem"))
            .args(["-w", "\n%{http_version} %{http_code}"])
            .args(arguments)
            .arg(format!("https://localhost:{port}{path}"))
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(
            output.status.success() || !output.stdout.starts_with(b"\n0 000"),
            "{output:?}"
        );
        told(&output)
    }
}

fn told(output: &std::process::Output) -> (String, String, String) {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let (body, last) = text
        .rsplit_once('\n')
        .unwrap_or_else(|| panic!("{output:?}"));
    let (version, status) = last.split_once(' ').unwrap();
    (version.to_owned(), status.to_owned(), body.to_owned())
}

const TYPE: [&str; 2] = ["-H", "content-type: application/json"];

fn ask(query: &str) -> Vec<String> {
    let body = serde_json::json!({ "query": query }).to_string();
    [
        &TYPE[..],
        &["-H", "accept: application/graphql-response+json", "-d"],
    ]
    .concat()
    .into_iter()
    .map(str::to_owned)
    .chain([body])
    .collect()
}

fn strs(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

#[test]
fn a_certificate_brings_http_2_and_what_holds_without_it() {
    let secure = Secure::with(Settings {
        request_timeout: Duration::from_millis(300),
        ..settings()
    });
    let hello = ask("{ hello }");
    let expected = r#"{"data":{"hello":"Hello, you"}}"#;
    for (version, flag) in [("2", "--http2"), ("1.1", "--http1.1")] {
        let curl = |query: &str| {
            let arguments = ask(query);
            secure.curl(&[&[flag][..], &strs(&arguments)].concat(), "/graphql")
        };
        assert_eq!(
            curl("{ hello }"),
            (version.into(), "200".into(), expected.into())
        );
        let (_, status, body) = curl("{ boom }");
        assert!(
            status == "500" && body.contains("INTERNAL") && !body.contains("secret"),
            "{status} {body}"
        );
        let (_, status, body) = curl("{ slow }");
        assert!(
            status == "504" && body.contains("TIMEOUT"),
            "{status} {body}"
        );
        let (_, _, page) = secure.curl(&[flag], "/");
        assert!(
            page.contains("https://localhost:"),
            "the page says how it was reached"
        );
    }
    // After all that, and two at once on one connection.
    let twice = [&["--http2", "-Z"][..], &strs(&hello)].concat();
    let url = format!("https://localhost:{}/graphql", secure.server.address.port());
    let (_, status, body) = secure.curl(&[&twice[..], &[&url]].concat(), "/graphql");
    assert_eq!(
        (status.as_str(), body.matches(expected).count()),
        ("200", 2),
        "{body}"
    );
}

#[test]
fn plain_http_on_a_secure_port_is_not_answered() {
    let secure = Secure::with(settings());
    let mut stream = secure.server.connect();
    write!(stream, "GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n").unwrap();
    let mut told = Vec::new();
    let _reset = stream.read_to_end(&mut told);
    assert!(
        !String::from_utf8_lossy(&told).contains("HTTP/1.1"),
        "{told:?}"
    );
    assert_eq!(secure.curl(&[], "/healthz").2, "ok\n");
}

#[test]
fn a_connection_too_many_under_tls_is_closed() {
    let secure = Secure::with(Settings {
        max_connections_per_address: 0,
        ..settings()
    });
    assert_eq!(
        secure.curl(&["--http2"], "/healthz").2,
        "ok\n",
        "0 counts none"
    );
    // Another with a place for one, which somebody has.
    let secure = Secure::with(Settings {
        max_connections_per_address: 1,
        ..settings()
    });
    let url = format!("https://localhost:{}/graphql", secure.server.address.port());
    let begin = || {
        Command::new("curl")
            .args(["-sS", "-k", "--http2", "-X", "POST", "-T", "-", &url])
            .args(TYPE)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap()
    };
    let mut first = begin();
    let start = Instant::now();
    loop {
        // Time for it to come first.
        std::thread::sleep(Duration::from_millis(300));
        let output = Command::new("curl")
            .args(["-sS", "-k", "--max-time", "10"])
            .arg(url.replace("graphql", "healthz"))
            .output()
            .unwrap();
        if !output.status.success() {
            break;
        }
        // It may have come second, and was refused itself.
        if first.try_wait().unwrap().is_some() {
            first = begin();
        }
        assert!(
            start.elapsed() < Duration::from_secs(15),
            "it is never refused"
        );
    }
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn what_is_wrong_with_the_files_is_said() {
    let certificate = Certificate::new();
    let other = Certificate::new();
    let empty = certificate.file("empty.pem");
    fs::write(&empty, "").unwrap();
    let read = |cert: &PathBuf, key: &PathBuf| Tls::read(cert, key).unwrap_err();
    let (cert, key) = (certificate.file("cert.pem"), certificate.file("key.pem"));
    assert!(read(&cert, &other.file("key.pem")).contains("is not that of the first certificate"));
    assert!(read(&certificate.file("gone.pem"), &key).contains("gone.pem: No such file"));
    assert!(read(&empty, &key).contains("empty.pem has no certificate in PEM"));
    assert!(read(&cert, &empty).contains("empty.pem has no private key in PEM"));
    assert!(read(&key, &key).contains("key.pem has no certificate in PEM"));
    fs::write(
        &empty,
        "-----BEGIN CERTIFICATE-----\n!!\n-----END CERTIFICATE-----\n",
    )
    .unwrap();
    assert!(read(&empty, &key).contains("empty.pem"));
}

#[test]
fn a_new_certificate_is_used_without_a_new_start() {
    let secure = Secure::with(settings());
    let asked = || secure.curl(&[], "/healthz").1;
    assert_eq!(asked(), "200");
    let put = |of: &Certificate, name: &str| {
        // As it is done so that nobody finds half a file.
        let beside = secure.certificate.file("beside.pem");
        fs::copy(of.file(name), &beside).unwrap();
        fs::rename(&beside, secure.certificate.file(name)).unwrap();
    };
    let new = Certificate::new();
    let before = fs::read(secure.certificate.file("cert.pem")).unwrap();
    put(&new, "key.pem");
    assert_eq!(asked(), "200", "while only one of both files is there");
    put(&new, "cert.pem");
    assert_ne!(
        before,
        fs::read(secure.certificate.file("cert.pem")).unwrap()
    );
    assert_eq!(asked(), "200", "curl knows the new one alone");
}

/// A server that takes HTTP/2 without TLS.
fn cleartext() -> TestServer {
    TestServer::with(Settings {
        cleartext_http2: true,
        // What is left of connections whose clients are gone for this test alone isn't waited for.
        shutdown_grace: Duration::from_secs(1),
        ..settings()
    })
}

#[test]
fn http_2_without_tls_is_taken_where_it_was_asked_for() {
    let curl = |server: &TestServer, flag: &str| {
        Command::new("curl")
            .args([
                "-sS",
                "--max-time",
                "10",
                flag,
                "-w",
                "\n%{http_version} %{http_code}",
            ])
            .arg(format!("http://{}/healthz", server.address))
            .output()
            .unwrap()
    };
    let server = cleartext();
    for (flag, version) in [("--http2-prior-knowledge", "2"), ("--http1.1", "1.1")] {
        let expected = (version.into(), "200".into(), "ok\n".into());
        assert_eq!(told(&curl(&server, flag)), expected);
    }
    assert!(
        !curl(&TestServer::start(), "--http2-prior-knowledge")
            .status
            .success()
    );
}

async fn connect(server: &TestServer) -> SendRequest<bytes::Bytes> {
    let stream = TcpStream::connect(server.address).await.unwrap();
    let (client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    client.ready().await.unwrap()
}

fn get(path: &str) -> http::Request<()> {
    http::Request::get(format!("http://test{path}"))
        .body(())
        .unwrap()
}

#[tokio::test]
async fn a_connection_has_so_many_streams_at_once() {
    let server = cleartext();
    let mut client = connect(&server).await;
    let mut answers = Vec::new();
    for _ in 0..300 {
        client = client.ready().await.unwrap();
        let (answer, _) = client
            .send_request(get("/graphql?query=%7Bslow%7D"), true)
            .unwrap();
        answers.push(answer);
    }
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    for answer in answers {
        *statuses
            .entry(answer.await.unwrap().status().as_u16())
            .or_default() += 1;
    }
    assert_eq!(statuses.get(&200), Some(&100), "{statuses:?}");
    assert_eq!(statuses.get(&503), Some(&200), "{statuses:?}");
    client = client.ready().await.unwrap();
    let (answer, _) = client.send_request(get("/healthz"), true).unwrap();
    assert_eq!(
        answer.await.unwrap().status(),
        200,
        "the connection goes on"
    );
}

#[tokio::test]
async fn a_body_that_is_too_large_ends_its_stream_alone() {
    let server = TestServer::with(Settings {
        cleartext_http2: true,
        // What is left of connections whose clients are gone for this test alone isn't waited for.
        shutdown_grace: Duration::from_secs(1),
        max_body_bytes: 100_000,
        ..settings()
    });
    let mut client = connect(&server).await;
    for announced in [None, Some("3000000"), None, Some("3000000"), None, None] {
        client = client.ready().await.unwrap();
        let mut request =
            http::Request::post("http://test/graphql").header("content-type", crate::JSON);
        if let Some(length) = announced {
            request = request.header("content-length", length);
        }
        let (answer, mut stream) = client
            .send_request(request.body(()).unwrap(), false)
            .unwrap();
        let sent = stream.send_data(vec![b' '; 3_000_000].into(), true);
        assert!(sent.is_ok());
        let answer = match answer.await {
            Ok(answer) => answer,
            // This client forgets what it was told when the rest is no longer wanted.
            Err(error) if error.reason() == Some(h2::Reason::NO_ERROR) => continue,
            Err(error) => panic!("{error}"),
        };
        assert_eq!(answer.status(), 413);
        let mut body = answer.into_body();
        let mut told = Vec::new();
        let forgotten = loop {
            match body.data().await {
                Some(Ok(part)) => told.extend(part),
                Some(Err(error)) if error.reason() == Some(h2::Reason::NO_ERROR) => break true,
                Some(Err(error)) => panic!("{error}"),
                None => break false,
            }
        };
        let told = String::from_utf8(told).unwrap();
        assert!(forgotten || told.contains("PAYLOAD_TOO_LARGE"), "{told}");
    }
    // What was left of them takes nothing from those that come after.
    client = client.ready().await.unwrap();
    let request = http::Request::post("http://test/graphql").header("content-type", crate::JSON);
    let (answer, mut stream) = client
        .send_request(request.body(()).unwrap(), false)
        .unwrap();
    let padded = format!("{{\"query\":\"{{hello}}\"{}}}", " ".repeat(90_000));
    stream.send_data(padded.into(), true).unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(10), answer).await;
    assert_eq!(answer.unwrap().unwrap().status(), 200);
}

#[tokio::test]
async fn a_body_that_never_ends_over_http_2_is_given_up() {
    let server = TestServer::with(Settings {
        cleartext_http2: true,
        body_timeout: Duration::from_millis(300),
        shutdown_grace: Duration::from_secs(1),
        ..settings()
    });
    let mut client = connect(&server).await;
    let request = http::Request::post("http://test/graphql").header("content-type", crate::JSON);
    let (answer, mut stream) = client
        .send_request(request.body(()).unwrap(), false)
        .unwrap();
    stream.send_data("{".into(), false).unwrap();
    let answer = tokio::time::timeout(Duration::from_secs(10), answer).await;
    assert_eq!(answer.unwrap().unwrap().status(), 408);
}

#[tokio::test]
async fn a_flood_of_resets_ends_the_connection_alone() {
    let server = cleartext();
    let mut client = connect(&server).await;
    let mut sent = 0;
    let ended = loop {
        let Ok(ready) = client.ready().await else {
            break true;
        };
        client = ready;
        match client.send_request(get("/graphql?query=%7Bslow%7D"), true) {
            Ok((_, mut stream)) => stream.send_reset(h2::Reason::CANCEL),
            Err(_) => break true,
        }
        sent += 1;
        if sent == 200_000 {
            break false;
        }
        if sent % 50 == 0 {
            tokio::task::yield_now().await;
        }
    };
    assert!(ended, "{sent} resets are taken");
    tokio::task::spawn_blocking(move || {
        let start = Instant::now();
        while !server.is_alive() {
            assert!(
                start.elapsed() < Duration::from_secs(20),
                "others are not answered"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    })
    .await
    .unwrap();
}

#[test]
fn a_head_without_end_over_http_2_ends_the_connection() {
    let server = cleartext();
    let mut stream = server.connect();
    let frame = |kind: u8, flags: u8, stream: u8, payload: &[u8]| {
        let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
        let mut frame = length[1..].to_vec();
        frame.extend([kind, flags, 0, 0, 0, stream]);
        frame.extend(payload);
        frame
    };
    stream
        .write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        .unwrap();
    stream.write_all(&frame(4, 0, 0, b"")).unwrap();
    // `:method: GET`, and then headers for ever.
    stream.write_all(&frame(1, 0, 1, &[0x82])).unwrap();
    let mut header = vec![0, 1, b'x', 127, 0];
    header.extend([b'y'; 127]);
    let many = frame(9, 0, 1, &header.repeat(100));
    let mut sent = 0;
    while stream.write_all(&many).is_ok() {
        sent += many.len();
        assert!(sent < 64 << 20, "{sent} bytes of head are taken");
    }
    println!("ended after {sent} bytes");
    assert!(server.is_alive());
}
