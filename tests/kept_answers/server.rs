//! The program as a server over a test's database, and requests to it.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::TestDb;
use crate::support::program::{Program, command};

/// A server that is ended with this.
pub struct Server {
    _program: Program,
    client: Client,
}

/// Who asks, over connections of its own.
pub struct Client {
    home: String,
    agent: ureq::Agent,
}

/// A request to `/graphql`.
#[derive(Clone)]
pub struct Request {
    method: &'static str,
    parameters: Vec<(&'static str, String)>,
    body: String,
}

pub struct Reply {
    pub status: u16,
    pub headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

/// A query in the address.
pub fn address(query: &str, variables: &Value) -> Request {
    Request {
        method: "GET",
        parameters: vec![
            ("query", query.to_owned()),
            ("variables", variables.to_string()),
        ],
        body: String::new(),
    }
}

/// A query that is only named.
pub fn named(id: &str) -> Request {
    Request {
        method: "GET",
        parameters: vec![("documentId", id.to_owned())],
        body: String::new(),
    }
}

/// A query in a body.
pub fn post(query: &str, variables: &Value) -> Request {
    Request {
        method: "POST",
        parameters: Vec::new(),
        body: json!({ "query": query, "variables": variables }).to_string(),
    }
}

impl Request {
    /// The same by another method.
    pub fn by(mut self, method: &'static str) -> Self {
        self.method = method;
        self
    }

    /// The same with one more parameter in the address.
    pub fn and(mut self, name: &'static str, value: &str) -> Self {
        self.parameters.push((name, value.to_owned()));
        self
    }
}

impl Server {
    /// Starts one with these settings.
    pub fn start(db: &TestDb, settings: &[(&str, &str)]) -> Self {
        let mut command = command();
        command
            .env("DATABASE_URL", db.url().expose())
            .env("RUST_LOG", "info,actix_server=warn")
            .envs(settings.iter().copied());
        let (program, home) = Program::serve(command);
        Self {
            _program: program,
            client: Client::of(home),
        }
    }

    pub fn send(&self, request: Request, headers: &[(&str, &str)]) -> Reply {
        self.client.send(request, headers)
    }

    /// Somebody else who asks.
    pub fn client(&self) -> Client {
        Client::of(self.client.home.clone())
    }
}

impl Client {
    fn of(home: String) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .accept(ureq::config::AutoHeaderValue::None)
            .accept_encoding(ureq::config::AutoHeaderValue::None)
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .into();
        Self { home, agent }
    }

    /// Sends a request with those of the headers that are not empty.
    pub fn send(&self, request: Request, headers: &[(&str, &str)]) -> Reply {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&request.parameters)
            .finish();
        let mut head = ureq::http::Request::builder()
            .method(request.method)
            .uri(format!("{}graphql?{query}", self.home));
        for (name, value) in headers.iter().filter(|(_, value)| !value.is_empty()) {
            head = head.header(*name, *value);
        }
        let mut response = if request.method == "POST" {
            let head = head.header("content-type", "application/json");
            self.agent.run(head.body(request.body).unwrap()).unwrap()
        } else {
            self.agent.run(head.body(()).unwrap()).unwrap()
        };
        Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.body_mut().read_to_vec().unwrap(),
        }
    }
}

impl Reply {
    /// A header; empty where it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}
