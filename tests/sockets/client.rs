//! A client of WebSockets that does what it is told, wrong or right; and one that reads event streams.
#![expect(dead_code, reason = "each file of tests uses its part of this")]

use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};
use tungstenite::client::IntoClientRequest;
use tungstenite::{Error, Message, WebSocket};

/// How long anything may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(20);

pub const PROTOCOL: &str = "graphql-transport-ws";

pub struct Socket {
    ws: WebSocket<TcpStream>,
}

impl Socket {
    /// One that has begun.
    pub fn open(address: SocketAddr) -> Self {
        let mut socket = Self::connect(address);
        socket.send(&json!({ "type": "connection_init" }));
        assert_eq!(socket.next(), json!({ "type": "connection_ack" }));
        socket
    }

    /// One that speaks the protocol and has said nothing.
    pub fn connect(address: SocketAddr) -> Self {
        Self::speaking(address, Some(PROTOCOL)).expect("the server opens a socket")
    }

    /// One that speaks some protocol or none; the HTTP status where it is refused.
    pub fn speaking(address: SocketAddr, protocol: Option<&str>) -> Result<Self, u16> {
        let stream = connect(address);
        let mut request = format!("ws://{address}/graphql")
            .into_client_request()
            .expect("is an address");
        if let Some(protocol) = protocol {
            let protocol = protocol.parse().expect("is a header");
            request
                .headers_mut()
                .insert("sec-websocket-protocol", protocol);
        }
        request
            .headers_mut()
            .insert("x-request-id", "test-1".parse().expect("is a header"));
        match tungstenite::client(request, stream) {
            Ok((ws, response)) => {
                assert_eq!(response.headers()["x-request-id"], "test-1");
                Ok(Self { ws })
            }
            Err(tungstenite::HandshakeError::Failure(Error::Http(response))) => {
                Err(response.status().as_u16())
            }
            // What tungstenite makes of a server that chooses no protocol: the socket is there all the same.
            Err(error) => panic!("{error}"),
        }
    }

    /// Sends a message of the protocol. Whether the connection is still there.
    pub fn send(&mut self, message: &Value) -> bool {
        self.send_text(&message.to_string())
    }

    pub fn send_text(&mut self, text: &str) -> bool {
        self.put(Message::text(text))
    }

    /// Sends anything.
    pub fn put(&mut self, message: Message) -> bool {
        self.ws.send(message).is_ok()
    }

    /// Writes bytes that need not be a frame.
    pub fn write(&mut self, bytes: &[u8]) {
        self.ws
            .get_mut()
            .write_all(bytes)
            .expect("the connection is there");
    }

    /// Writes bytes that may be too many. Whether the connection is still there.
    pub fn offer(&mut self, bytes: &[u8]) -> bool {
        self.ws.get_mut().write_all(bytes).is_ok()
    }

    pub fn subscribe(&mut self, id: &str, query: &str) {
        self.send(&json!({ "id": id, "type": "subscribe", "payload": { "query": query } }));
    }

    pub fn complete(&mut self, id: &str) {
        self.send(&json!({ "id": id, "type": "complete" }));
    }

    /// The next message of the protocol.
    #[track_caller]
    pub fn next(&mut self) -> Value {
        loop {
            match self.ws.read() {
                Ok(Message::Text(text)) => {
                    return serde_json::from_str(&text).expect("messages are JSON");
                }
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                other => panic!("{other:?} instead of a message"),
            }
        }
    }

    /// Whether no message of the protocol comes for a while.
    pub fn is_quiet(&mut self, time: Duration) -> bool {
        let stream = self.ws.get_mut();
        stream.set_read_timeout(Some(time)).expect("can be set");
        let quiet = loop {
            match self.ws.read() {
                Ok(Message::Ping(_) | Message::Pong(_)) => {}
                Err(Error::Io(_)) => break true,
                _ => break false,
            }
        };
        let stream = self.ws.get_mut();
        stream.set_read_timeout(Some(PATIENCE)).expect("can be set");
        quiet
    }

    /// Waits for a ping of the WebSocket's own.
    #[track_caller]
    pub fn wait_for_ping(&mut self) {
        loop {
            match self.ws.read() {
                Ok(Message::Ping(_)) => return,
                Ok(_) => {}
                Err(error) => panic!("{error} instead of a ping"),
            }
        }
    }

    /// The code and the words by which the server closes; `None` where the connection ends without.
    pub fn closed(mut self) -> Option<(u16, String)> {
        loop {
            match self.ws.read() {
                Ok(Message::Close(Some(frame))) => {
                    let reason = frame.reason.to_string();
                    return Some((frame.code.into(), reason));
                }
                Ok(_) => {}
                Err(_) => return None,
            }
        }
    }
}

/// A connection on which nothing takes for ever.
pub fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("can be set");
    stream
        .set_write_timeout(Some(PATIENCE))
        .expect("can be set");
    stream
}

/// An event stream, or the response instead of one.
pub struct Events {
    lines: BufReader<TcpStream>,
    pub status: u16,
    pub head: String,
}

impl Events {
    /// Asks by POST.
    pub fn post(address: SocketAddr, query: &str) -> Self {
        let body = json!({ "query": query }).to_string();
        Self::ask(
            address,
            &format!(
                "POST /graphql HTTP/1.1\r\nHost: test\r\nAccept: text/event-stream\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            ),
        )
    }

    /// Asks by GET.
    pub fn get(address: SocketAddr, query: &str) -> Self {
        let query: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
        Self::ask(
            address,
            &format!(
                "GET /graphql?query={query} HTTP/1.1\r\nHost: test\r\nAccept: text/event-stream\r\n\r\n"
            ),
        )
    }

    pub fn ask(address: SocketAddr, request: &str) -> Self {
        let mut stream = connect(address);
        stream
            .write_all(request.as_bytes())
            .expect("the connection is there");
        let mut events = Self {
            lines: BufReader::new(stream),
            status: 0,
            head: String::new(),
        };
        while let Some(line) = events.line() {
            if line.is_empty() {
                break;
            }
            events.head.push_str(&line);
            events.head.push('\n');
        }
        events.head.make_ascii_lowercase();
        let status = events
            .head
            .split(' ')
            .nth(1)
            .and_then(|code| code.parse().ok());
        events.status = status.expect("is a response");
        events
    }

    /// The next event: its name and its data. `None` at the end.
    pub fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some(name) = self.line()?.strip_prefix("event: ") {
                let name = name.to_owned();
                let data = self.line()?;
                let data = data.strip_prefix("data: ").expect("an event has data");
                let data = serde_json::from_str(data).unwrap_or_default();
                return Some((name, data));
            }
        }
    }

    /// Waits for a comment.
    pub fn comment(&mut self) {
        while self.line().expect("there is more") != ":" {}
    }

    /// A line of the body, or of the framing around it.
    fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.lines.read_line(&mut line).ok()?;
        (read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned())
    }
}

/// What a server says to a client that offers these protocols, sends some bytes and then only listens: the head in lower
/// case, and the bytes until it closes or nothing has come for a second.
pub fn raw(address: SocketAddr, protocols: &str, then: &[u8]) -> (String, Vec<u8>) {
    use std::io::Read;
    let mut stream = connect(address);
    write!(
        stream,
        "GET /graphql HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: {protocols}\r\n\r\n"
    )
    .expect("the connection is there");
    stream.write_all(then).expect("the connection is there");
    stream
        .set_read_timeout(Some(Duration::from_secs(1)))
        .expect("can be set");
    let mut bytes = Vec::new();
    let _ended = stream.read_to_end(&mut bytes);
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let rest = bytes.split_off(end.expect("is a response") + 4);
    (String::from_utf8_lossy(&bytes).to_lowercase(), rest)
}
