//! The registries that random queries are asked of.

use std::cell::RefCell;
use std::collections::BTreeSet;

use entente::graphql::{Code, Request};

use crate::compare::{Cursors, Found, compare};
use crate::execute::{Executor, Operation};
use crate::pools::Pools;
use crate::query::Query;
use crate::schema::Schema;
use crate::store::Store;
use crate::support::graphql::Registry;
use crate::support::{TestDb, generate, template};

/// A registry, and another way to it.
pub struct World {
    pub name: &'static str,
    pub registry: Registry,
    pub pools: Pools,
    /// The fields that the executor has come to.
    pub reached: RefCell<BTreeSet<(String, String)>>,
    store: Store,
    cursors: RefCell<Cursors>,
}

/// How many statements a query was to take at most, and how many it took.
#[derive(Clone, Copy)]
pub struct Statements {
    pub planned: usize,
    pub ran: usize,
}

/// What became of a query.
pub enum Outcome {
    /// The answers are the same.
    Same {
        found: Vec<Found>,
        statements: Statements,
    },
    /// Both refuse it.
    SameRefusal,
    /// It asks for more than a request may.
    TooMuch(Code),
    /// They differ.
    Different(String),
}

/// What the product ships, with the documents, and made-up agreements with their actions beside it.
pub fn shipped() -> World {
    let of = ["migrations", "registry", "src", "Cargo.lock"];
    let template = template::named("oracle", &of, |url| {
        let registry = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("registry");
        generate::import_at(url, &registry);
        let folder = tempfile::tempdir().expect("a folder can be had");
        let made = folder.path().join("made");
        entente::generate::generate(60, 1, &made).expect("the folder can be written");
        generate::import_at(url, &made);
    });
    World::of("shipped", Registry::over(TestDb::copy(&template)))
}

/// The random registry of the lists: lines of parties, groups of regions, dates of every shape, many ties.
pub fn made_up() -> World {
    World::of("made up", crate::bundle::registry())
}

/// A registry with nothing in it.
pub fn empty() -> World {
    World::of("empty", Registry::over(TestDb::new()))
}

impl World {
    fn of(name: &'static str, registry: Registry) -> Self {
        let store = Store::over(registry.db.connect());
        Self {
            name,
            pools: Pools::of(&store),
            registry,
            store,
            reached: RefCell::default(),
            cursors: RefCell::default(),
        }
    }

    /// The request for a query.
    pub fn request(query: &Query) -> Request {
        Request {
            query: query.text(),
            variables: query.values(),
            accept_language: query.language.map(str::to_lowercase),
            ..Request::default()
        }
    }

    /// Asks the server, and the executor.
    pub fn check(&self, schema: &Schema, query: &Query) -> Outcome {
        self.cursors.borrow_mut().thin_out();
        let request = Self::request(query);
        let planned = self.registry.planned(&request);
        let (answer, ran) = self.registry.counted(request.clone());
        let code = |errors: &[entente::graphql::Error]| errors[0].code;
        let too_much = [Code::QueryTooComplex, Code::QueryTooDeep];
        match &answer {
            Err(errors) if too_much.contains(&code(errors)) => {
                return Outcome::TooMuch(code(errors));
            }
            Err(errors) if code(errors) != Code::BadUserInput => {
                return Outcome::Different(format!("refused with {errors:#?}"));
            }
            _ => {}
        }
        let expected = self.executor(schema, query, &request).answer();
        let (answer, expected) = match (answer, expected) {
            (Ok(answer), Ok(expected)) => (answer, expected),
            (Err(errors), Err(_)) if code(&errors) == Code::BadUserInput => {
                return Outcome::SameRefusal;
            }
            (Err(errors), expected) => {
                let expected = expected.map(|_| "an answer");
                return Outcome::Different(format!(
                    "refused with {errors:#?}, expected {expected:?}"
                ));
            }
            (Ok(_), Err(refused)) => {
                return Outcome::Different(format!("answered, expected a refusal: {}", refused.0));
            }
        };
        let mut found = Vec::new();
        let mut cursors = self.cursors.borrow_mut();
        if answer.get("errors").is_some() || answer.as_object().map(serde_json::Map::len) != Some(1)
        {
            return Outcome::Different(format!("answered beside data: {answer}"));
        }
        if let Err(why) = compare(
            &expected,
            &answer["data"],
            &mut Vec::new(),
            &mut cursors,
            &mut found,
        ) {
            return Outcome::Different(why);
        }
        match planned {
            Ok(planned) if ran <= planned => Outcome::Same {
                found,
                statements: Statements { planned, ran },
            },
            planned => Outcome::Different(format!("ran {ran} statements, planned {planned:?}")),
        }
    }

    fn executor<'a>(
        &'a self,
        schema: &'a Schema,
        query: &Query,
        request: &Request,
    ) -> Executor<'a> {
        Executor {
            schema,
            store: &self.store,
            language: query.language,
            cursors: &self.cursors,
            reached: &self.reached,
            operation: Operation::of(schema, &request.query, &request.variables),
        }
    }

    /// Both answers, for people.
    pub fn answers(&self, schema: &Schema, query: &Query) -> String {
        let request = Self::request(query);
        let expected = self.executor(schema, query, &request).answer();
        let found = self.registry.answer(request);
        let text = |value: Option<&serde_json::Value>| {
            let text = value.and_then(|value| serde_json::to_string_pretty(value).ok());
            let text = text.unwrap_or_default();
            let end = text
                .char_indices()
                .nth(6000)
                .map_or(text.len(), |(end, _)| end);
            text[..end].to_owned()
        };
        format!(
            "expected {}\nfound {}",
            text(expected.as_ref().ok()),
            text(found.ok().as_ref().map(|answer| &answer["data"]))
        )
    }
}
