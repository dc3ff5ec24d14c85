//! A case, and the server that it is tried on.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::TestDb;
use crate::support::program::{Program, command};

/// A request, and what must come of it.
pub struct Case {
    pub name: &'static str,
    method: &'static str,
    /// After the `?`.
    address: String,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    pub status: u16,
    /// The code of the first error; empty where it is answered.
    pub code: &'static str,
    /// What the answer must name, where a code has more than one reason.
    pub says: &'static str,
}

/// A document by POST.
pub fn ask(name: &'static str, query: impl Into<String>) -> Case {
    ask_with(name, query, &json!({}))
}

/// A document with variables by POST.
pub fn ask_with(name: &'static str, query: impl Into<String>, variables: &Value) -> Case {
    let query: String = query.into();
    body(
        name,
        json!({ "query": query, "variables": variables }).to_string(),
    )
}

/// A body by POST.
pub fn body(name: &'static str, body: impl Into<Vec<u8>>) -> Case {
    Case {
        name,
        method: "POST",
        address: String::new(),
        headers: vec![("content-type", "application/json".to_owned())],
        body: body.into(),
        status: 200,
        code: "",
        says: "",
    }
}

/// Parameters by GET, as they stand in the address.
pub fn get(name: &'static str, address: impl Into<String>) -> Case {
    Case {
        method: "GET",
        address: address.into(),
        headers: Vec::new(),
        ..body(name, "")
    }
}

/// So many pieces of a document.
pub fn each(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

impl Case {
    /// What must come of it.
    pub fn is(self, status: u16, code: &'static str) -> Self {
        Self {
            status,
            code,
            ..self
        }
    }

    /// What the answer must name.
    pub fn saying(self, says: &'static str) -> Self {
        Self { says, ..self }
    }

    pub fn by(self, method: &'static str) -> Self {
        Self { method, ..self }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.retain(|(other, _)| *other != name);
        self.headers.push((name, value.into()));
        self
    }

    /// All that the client says.
    pub fn said(&self) -> String {
        format!("{}{}", self.address, String::from_utf8_lossy(&self.body))
    }
}

pub struct Server {
    program: Program,
    home: String,
    agent: ureq::Agent,
}

pub struct Reply {
    pub status: u16,
    headers: ureq::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Server {
    /// The program as it is shipped.
    pub fn start(db: &TestDb) -> Self {
        let mut command = command();
        command.env("DATABASE_URL", db.url().expose());
        let (program, home) = Program::serve(command);
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .accept(ureq::config::AutoHeaderValue::None)
            .accept_encoding(ureq::config::AutoHeaderValue::None)
            .timeout_global(Some(Duration::from_secs(30)))
            .build()
            .into();
        Self {
            program,
            home,
            agent,
        }
    }

    pub fn send(&self, case: &Case) -> Reply {
        let question = if case.address.is_empty() { "" } else { "?" };
        let mut request = ureq::http::Request::builder()
            .method(case.method)
            .uri(format!("{}graphql{question}{}", self.home, case.address));
        if case.headers.iter().all(|(name, _)| *name != "accept") {
            request = request.header("accept", "application/graphql-response+json");
        }
        for (name, value) in &case.headers {
            request = request.header(*name, value);
        }
        let response = if case.method == "GET" {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.body(&case.body[..]).unwrap())
        };
        let mut response = response.unwrap_or_else(|error| panic!("{}: {error}", case.name));
        Reply {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response
                .body_mut()
                .with_config()
                .limit(64 << 20)
                .read_to_vec()
                .unwrap(),
        }
    }

    /// The same process answers as it did before.
    pub fn must_be_alive(&mut self, after: &str) {
        assert!(
            self.program.ended().is_none(),
            "the server ended after {after}"
        );
        let reply = self.send(&ask("alive", r#"{ party(slug: "midi") { slug } }"#));
        let text = String::from_utf8_lossy(&reply.body);
        assert_eq!(
            text, r#"{"data":{"party":{"slug":"midi"}}}"#,
            "after {after}"
        );
    }
}

impl Reply {
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The code of the first error; empty without one.
    pub fn code(&self) -> String {
        let answer: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let code = &answer["errors"][0]["extensions"]["code"];
        code.as_str().unwrap_or_default().to_owned()
    }
}
