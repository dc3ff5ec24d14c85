//! What is fuzzed: each takes bytes that somebody sent, and must neither panic nor take long, whatever they are. Built as programs
//! of `fuzz/` that look for bytes which reach new code, and run by `tests/fuzz.rs` on those that were found.

use std::future::Future;
use std::sync::LazyLock;

use entente::db::{Database, DatabaseUrl, PoolOptions};
use entente::graphql::{Engine, Request, guard};
use entente::http::parameters::{self, Parameters};
use entente::registry::model;
use entente::values::id::{node_id, parse_node_id};
use entente::values::{Edtf, Language, label};
use serde_json::{Map, Value, json};

/// A target by the name of its corpus.
pub type Target = fn(&[u8]);

/// All of them.
pub const TARGETS: [(&str, Target); 5] = [
    ("request", request),
    ("document", document),
    ("cursor", cursor),
    ("id", id),
    ("edtf", edtf),
];

/// A request as it comes: the first byte says whether by POST or by GET.
pub fn request(bytes: &[u8]) {
    let Some((kind, text)) = bytes.split_first() else {
        return;
    };
    let read = if kind % 2 == 0 {
        parameters::from_json(text)
    } else {
        std::str::from_utf8(text)
            .map_or_else(|_| Ok(Parameters::default()), parameters::from_address)
    };
    if let Ok(Parameters {
        query: Some(query),
        operation_name,
        variables,
        extensions,
        ..
    }) = read
    {
        plan(&Request {
            operation_name,
            variables,
            extensions,
            ..asking(query)
        });
    }
}

/// A document: the guard over its text, the parser, the guard behind it, validation, and the plan of what is valid.
pub fn document(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        plan(&asking(text.to_owned()));
    }
}

/// A cursor of a list in some orders; the first byte says which.
pub fn cursor(bytes: &[u8]) {
    const ORDERS: [&str; 4] = ["DATE", "TITLE", "UPDATED_AT", "RELEVANCE"];
    let Some((order, text)) = bytes.split_first() else {
        return;
    };
    let order = ORDERS[usize::from(*order) % ORDERS.len()];
    let query = format!(
        "query($after: String, $before: String) {{ agreements(after: $after, before: $before, orderBy: [{{ field: {order} }}]) {{ nodes {{ slug }} }} }}"
    );
    let given = String::from_utf8_lossy(text);
    for name in ["after", "before"] {
        let variables = Map::from_iter([(name.to_owned(), json!(given))]);
        plan(&Request {
            variables,
            ..asking(query.clone())
        });
    }
}

/// A global identifier.
pub fn id(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    if let Some((name, row)) = parse_node_id(text) {
        let again = node_id(&name, row);
        assert_eq!(parse_node_id(&again), Some((name, row)), "{text:?}");
    }
    let variables = Map::from_iter([("id".to_owned(), Value::from(text))]);
    plan(&Request {
        variables,
        ..asking("query($id: ID!) { node(id: $id) { id } }".to_owned())
    });
}

/// An approximate date: what is taken has bounds in order, words in every language, and stays what it is.
pub fn edtf(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(date) = Edtf::parse(text) else { return };
    assert_eq!(Edtf::parse(date.as_str()).as_ref(), Ok(&date), "{text:?}");
    let (earliest, latest) = (date.earliest(), date.latest());
    if let (Some(earliest), Some(latest)) = (earliest, latest) {
        assert!(earliest <= latest, "{text:?}");
    }
    for language in [Language::Fr, Language::En, Language::Es, Language::Pt] {
        assert!(!label(&date, language).is_empty(), "{text:?}");
    }
}

fn asking(query: String) -> Request {
    Request {
        query,
        mutations_allowed: true,
        ..Request::default()
    }
}

/// All that is done with a request before the database is asked.
fn plan(request: &Request) {
    if guard::check(&request.query, guard::Limits::default()).is_ok() {
        let cost = now(engine().cost(request));
        let errors = cost.err().unwrap_or_default();
        let internal = errors.iter().find(|error| error.status() >= 500);
        assert!(internal.is_none(), "{internal:?}");
    }
}

/// An engine over a database that is never asked, since there is none. It keeps nothing, so that the same bytes always do the same.
fn engine() -> &'static Engine {
    static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
        let nowhere = DatabaseUrl::parse("postgresql://nobody@127.0.0.1:1/nothing");
        let options = PoolOptions {
            size: 1,
            ..PoolOptions::default()
        };
        let database = Database::open(&nowhere.expect("is an address"), options);
        let engine = Engine::over(model(), database.expect("threads can be started"));
        engine
            .expect("the declarations agree")
            .with_document_cache(0)
    });
    &ENGINE
}

/// What a future gives that waits for nothing.
fn now<T>(future: impl Future<Output = T>) -> T {
    let mut future = std::pin::pin!(future);
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    match future.as_mut().poll(&mut context) {
        std::task::Poll::Ready(value) => value,
        std::task::Poll::Pending => panic!("waits for something"),
    }
}
