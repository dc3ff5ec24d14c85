//! A server on a free port with a small schema that can succeed, fail, wait and panic; and a client for it.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::JoinHandle;
use std::time::Duration;

use async_graphql::dynamic::{
    Field, FieldFuture, InputValue, Object, Schema, SchemaBuilder, TypeRef,
};
use async_graphql::{Error as FieldError, Value};
use entente::graphql::{Code, Engine, Error};
use entente::http::{App, Assets, Settings, serve};
use tokio::sync::oneshot;

pub struct TestServer {
    pub address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TestServer {
    pub fn start() -> Self {
        Self::with(settings())
    }

    pub fn with(settings: Settings) -> Self {
        Self::serving(app(settings, schema()))
    }

    pub fn serving(app: App) -> Self {
        let (stop, stopped) = oneshot::channel();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").unwrap();
                let server = serve(app, listener).unwrap();
                tell.send(server.address()).unwrap();
                let stop = async {
                    let _ = stopped.await;
                };
                server.run_until(stop).await.unwrap();
            });
        });
        Self {
            address: told.recv().unwrap(),
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// Asks the server to stop, without waiting for it.
    pub fn stop(&mut self) {
        drop(self.stop.take());
    }

    pub fn post(&self, body: &str) -> Reply {
        self.send(
            "POST",
            "/graphql",
            &[("content-type", "application/json")],
            body.as_bytes(),
        )
    }

    /// Sends a document as JSON, under `application/graphql-response+json`.
    pub fn ask(&self, query: &str) -> Reply {
        let headers = [
            ("content-type", "application/json"),
            ("accept", "application/graphql-response+json"),
        ];
        let body = serde_json::json!({ "query": query }).to_string();
        self.send("POST", "/graphql", &headers, body.as_bytes())
    }

    pub fn get(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        self.send("GET", path, headers, b"")
    }

    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .accept(ureq::config::AutoHeaderValue::None)
            .accept_encoding(ureq::config::AutoHeaderValue::None)
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .into();
        let mut request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut response = if body.is_empty() && method != "POST" {
            agent.run(request.body(()).unwrap()).unwrap()
        } else {
            agent.run(request.body(body).unwrap()).unwrap()
        };
        Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().read_to_vec().unwrap(),
        }
    }

    /// A connection for what no client would send.
    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream
            .set_write_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream
    }

    pub fn is_alive(&self) -> bool {
        self.ask("{ hello }").text() == r#"{"data":{"hello":"Hello, you"}}"#
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(
                ended.is_ok() || std::thread::panicking(),
                "the server failed"
            );
        }
    }
}

pub struct Reply {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The code of the first error.
    pub fn code(&self) -> String {
        self.json()["errors"][0]["extensions"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// Status, type and body.
    pub fn summary(&self) -> String {
        let content_type = self
            .header("content-type")
            .trim_end_matches("; charset=utf-8");
        format!("{} {content_type}\n  {}", self.status, self.text())
    }
}

/// Reads one response from a connection, by its `content-length`; `head_only` for the response to a HEAD.
pub fn read_response(stream: &mut TcpStream, head_only: bool) -> (String, Vec<u8>) {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).unwrap();
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; if head_only { 0 } else { length }];
    stream.read_exact(&mut body).unwrap();
    (head, body)
}

pub fn write_post(stream: &mut TcpStream, body: &str) {
    write!(
        stream,
        "POST /graphql HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
}

pub fn settings() -> Settings {
    Settings {
        workers: 1,
        ..Settings::default()
    }
}

pub fn app(settings: Settings, schema: SchemaBuilder) -> App {
    App::with_graphiql(
        settings,
        Engine::new(schema).unwrap(),
        Assets::new(graphiql()),
    )
}

/// `<!doctype html><title>GraphiQL</title>\n`, compressed.
const INDEX: [u8; 32] = [
    27, 38, 0, 248, 29, 169, 83, 159, 59, 116, 125, 196, 20, 38, 167, 162, 224, 10, 45, 45, 11,
    249, 69, 152, 196, 64, 5, 78, 142, 194, 149, 7,
];

fn graphiql() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("index.html.br", INDEX.to_vec()),
        ("assets/codicon-DCMGXMW7.ttf", b"font".to_vec()),
    ]
}

/// Fields of every temper.
pub fn schema() -> SchemaBuilder {
    let mutation =
        Object::new("Mutation").field(Field::new("touch", TypeRef::named(TypeRef::INT), |_| {
            FieldFuture::from_value(Some(Value::from(1)))
        }));
    let schema = Schema::build("Query", Some("Mutation"), None).register(mutation);
    schema.register(query())
}

pub fn schema_without_mutations() -> SchemaBuilder {
    Schema::build("Query", None, None).register(query())
}

fn query() -> Object {
    let hello = Field::new("hello", TypeRef::named_nn(TypeRef::STRING), |context| {
        FieldFuture::new(async move {
            let name = context
                .args
                .get("name")
                .and_then(|name| name.string().ok().map(str::to_owned));
            Ok(Some(Value::from(format!(
                "Hello, {}",
                name.as_deref().unwrap_or("you")
            ))))
        })
    });
    Object::new("Query")
        .field(hello.argument(InputValue::new("name", TypeRef::named(TypeRef::STRING))))
        .field(Field::new("slow", TypeRef::named(TypeRef::STRING), |_| {
            FieldFuture::new(async {
                tokio::time::sleep(Duration::from_millis(700)).await;
                Ok(Some(Value::from("done")))
            })
        }))
        .field(Field::new(
            "endless",
            TypeRef::named(TypeRef::STRING),
            |_| {
                FieldFuture::new(async {
                    tokio::time::sleep(Duration::from_mins(1)).await;
                    Ok(Some(Value::from("done")))
                })
            },
        ))
        .field(failing("missing", || {
            Error::new(Code::NotFound, "There is no such thing.")
        }))
        .field(failing("broken", || {
            Error::internal("connection to 10.0.0.7 refused")
        }))
        .field(Field::new("boom", TypeRef::named(TypeRef::STRING), |_| {
            FieldFuture::new(async { Ok(boom()) })
        }))
}

fn boom() -> Option<Value> {
    panic!("the secret of the boom")
}

/// A field that is null for a reason.
fn failing(name: &str, error: fn() -> Error) -> Field {
    Field::new(name, TypeRef::named(TypeRef::STRING), move |context| {
        FieldFuture::new(async move {
            let context = context.ctx;
            let error = FieldError::from(error()).into_server_error(context.item.pos);
            context.add_error(context.set_error_path(error));
            Ok(None::<Value>)
        })
    })
}
