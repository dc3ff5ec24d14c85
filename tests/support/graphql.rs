//! Asking the registry as a client does, without the sockets between.

use entente::db::{PoolOptions, StatementLog};
use entente::graphql::{Engine, Error, Request};
use entente::read::Limits;
use entente::registry::model;
use serde_json::{Map, Value, json};

use super::TestDb;

/// A registry to ask, with a count of the statements that answering takes.
pub struct Registry {
    engine: Engine,
    log: StatementLog,
    runtime: tokio::runtime::Runtime,
    /// Its database.
    pub db: TestDb,
}

impl Registry {
    /// Over a database of a test's own.
    pub fn over(db: TestDb) -> Self {
        Self::within(Limits::default(), db)
    }

    /// The same with other limits on what a query may ask.
    pub fn within(limits: Limits, db: TestDb) -> Self {
        let log = StatementLog::default();
        let options = PoolOptions {
            size: 1,
            statements: Some(log.clone()),
            ..PoolOptions::default()
        };
        let engine =
            Engine::over(model(), db.database_with(options)).expect("the declarations agree");
        let engine = engine.with_limits(limits);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .expect("a runtime can be had");
        Self {
            engine,
            log,
            runtime,
            db,
        }
    }

    /// Over what `registry/` holds.
    pub fn shipped() -> Self {
        Self::over(TestDb::with_registry())
    }

    /// The answer to a request.
    pub fn answer(&self, request: Request) -> Result<Value, Vec<Error>> {
        let answer = self.runtime.block_on(self.engine.answer(request))?;
        Ok(serde_json::from_slice(&answer.body).expect("answers are JSON"))
    }

    /// How many statements the plan of a request says that answering takes at most.
    pub fn planned(&self, request: &Request) -> Result<usize, Vec<Error>> {
        self.runtime.block_on(self.engine.statements(request))
    }

    /// What a request costs at most.
    pub fn cost(&self, request: &Request) -> Result<u64, Vec<Error>> {
        self.runtime.block_on(self.engine.cost(request))
    }

    /// The answer to a request, and how many statements asked the database for it. Settings of the transaction ask nothing.
    pub fn counted(&self, request: Request) -> (Result<Value, Vec<Error>>, usize) {
        self.log.take();
        let answer = self.answer(request);
        let ran = self.log.take();
        let asked = ran.iter().filter(|sql| !sql.starts_with("SET LOCAL "));
        (answer, asked.count())
    }

    /// The data that a query gets.
    #[track_caller]
    pub fn ask(&self, query: &str) -> Value {
        self.ask_with(query, &json!({}), None)
    }

    /// The data that a query with variables gets in a language.
    #[track_caller]
    pub fn ask_with(&self, query: &str, variables: &Value, accept_language: Option<&str>) -> Value {
        let variables = variables.as_object().cloned().unwrap_or_else(Map::new);
        let request = Request {
            query: query.to_owned(),
            variables,
            accept_language: accept_language.map(str::to_owned),
            ..Request::default()
        };
        match self.answer(request) {
            Ok(mut answer) => answer["data"].take(),
            Err(errors) => panic!("{errors:#?}\n{query}"),
        }
    }

    /// Why a query is refused.
    #[track_caller]
    pub fn refusal(&self, query: &str, variables: &Value) -> Error {
        let variables = variables.as_object().cloned().unwrap_or_else(Map::new);
        let request = Request {
            query: query.to_owned(),
            variables,
            ..Request::default()
        };
        match self.answer(request) {
            Ok(answer) => panic!("answered {answer}\n{query}"),
            Err(errors) => errors.into_iter().next().expect("a refusal has a reason"),
        }
    }

    /// The statements that a query takes, without those that open and close the transaction.
    #[track_caller]
    pub fn statements(&self, query: &str) -> (Value, Vec<String>) {
        self.statements_with(query, &json!({}))
    }

    /// The same with variables.
    #[track_caller]
    pub fn statements_with(&self, query: &str, variables: &Value) -> (Value, Vec<String>) {
        self.log.take();
        let data = self.ask_with(query, variables, None);
        let ran = self.log.take();
        (
            data,
            ran.into_iter()
                .filter(|sql| sql.starts_with("SELECT") || sql.starts_with("WITH"))
                .collect(),
        )
    }

    /// All that runs to answer a query with variables, settings of the transaction included.
    #[track_caller]
    pub fn ran(&self, query: &str, variables: &Value) -> Vec<String> {
        self.log.take();
        self.ask_with(query, variables, None);
        self.log.take()
    }
}
