//! From a request to its answer.

use std::sync::Arc;

use async_graphql::dynamic::{Schema, SchemaBuilder, SchemaError};
use async_graphql::parser::types::{ExecutableDocument, OperationType};
use bytes::Bytes;
use serde_json::{Value, json};

use super::budget::Budget;
use super::document::merging::{self, Shapes};
use super::document::places::{self, Places};
use super::document::{self, Checked, Limits, repeated, variables};
use super::documents::{Document, Documents};
use super::error::{Error, bounded};
use super::guard;
use super::introspection::Introspection;
use super::request::{Answer, Question, Request};
use super::trusted::Trusted;
use crate::db::{Database, Watch};
use crate::model::Model;
use crate::read::{self, Plan};
use crate::write::Version;

mod answers;
mod operations;
mod prepared;
mod registry;
mod stages;
mod subscribe;
mod syntax;

use answers::Answers;
pub use answers::Asked;
use operations::{Kinds, allowed, check_variables, operation};
use prepared::{Known, Prepared};
use registry::Registry;

/// Answers GraphQL requests. Cheap to share, never blocks the caller's thread for long.
///
/// The GraphQL library parses and validates, and has described the schema at the start. What a query asks of the registry
/// is answered by the [read engine](crate::read) as a whole. The library's own field-by-field execution is left what no
/// registry stands behind.
pub struct Engine {
    schema: Schema,
    sdl: String,
    limits: Limits,
    budget: Budget,
    shapes: Shapes,
    places: Places,
    documents: Documents,
    registry: Option<Registry>,
}

/// The memory for documents that clients name by their hash, in bytes, unless something else is said.
pub const PERSISTED_QUERIES: usize = 8 << 20;

/// The memory for documents and plans that need not be worked out twice, in bytes, unless something else is said.
pub const DOCUMENT_CACHE: usize = 32 << 20;

impl Engine {
    /// An engine over a schema.
    ///
    /// # Errors
    ///
    /// If the schema contradicts itself.
    pub fn new(schema: SchemaBuilder) -> Result<Self, SchemaError> {
        let limits = Limits::default();
        let schema = schema
            .extension(stages::Stages)
            // The library counts what our guard has counted before; its own default is stricter.
            .limit_recursive_depth(limits.max_nesting)
            .finish()?;
        let sdl = super::schema::printed(&schema);
        let described = Introspection::of(&schema)?;
        Ok(Self {
            schema,
            sdl,
            limits,
            budget: Budget::of(0),
            shapes: described.shapes(),
            places: described.places(),
            documents: Documents::sent(PERSISTED_QUERIES),
            registry: None,
        })
    }

    /// An engine over the registry's model, answering from a database.
    ///
    /// # Errors
    ///
    /// If the model's schema contradicts itself.
    pub fn over(model: &'static Model, database: Database) -> Result<Self, SchemaError> {
        let engine = Self::new(super::schema::schema(model))?;
        let introspection = Introspection::of(&engine.schema)?;
        Ok(Self {
            registry: Some(Registry {
                model,
                database,
                introspection,
                known: Known::of(DOCUMENT_CACHE),
                answers: None,
                limits: read::Limits::default(),
            }),
            ..engine
        })
    }

    /// The same engine with so many bytes of memory for documents and plans; 0 keeps none.
    #[must_use]
    pub fn with_document_cache(mut self, bytes: usize) -> Self {
        if let Some(registry) = &mut self.registry {
            registry.known = Known::of(bytes);
        }
        self
    }

    /// The same engine with so many bytes of memory for answers; 0 keeps none. `version` asks for the version of the data,
    /// which also gives answers their [tags](Answer::tag).
    #[must_use]
    pub fn with_response_cache(mut self, version: Watch<Version>, bytes: usize) -> Self {
        if let Some(registry) = &mut self.registry {
            registry.answers = Some(Answers::of(version, bytes));
        }
        self
    }

    /// The same engine with other limits on what a document may stand for.
    #[must_use]
    pub fn with_document_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same engine with so many units that each client may ask for in a minute; 0 for no limit.
    #[must_use]
    pub fn with_rate_limit(mut self, units: u32) -> Self {
        self.budget = Budget::of(units);
        self
    }

    /// What clients may still ask for. Whoever brings requests here charges for [reading](super::budget::reading) each before,
    /// known or not, and for each refusal; what a request asks for is charged here.
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// The same engine with other limits on what a query may ask of the registry.
    #[must_use]
    pub fn with_limits(mut self, limits: read::Limits) -> Self {
        if let Some(registry) = &mut self.registry {
            registry.limits = limits;
        }
        self
    }

    /// The same engine with so many bytes of memory for documents that clients send once and then name by their hash; 0
    /// keeps none.
    #[must_use]
    pub fn with_persisted_queries(mut self, bytes: usize) -> Self {
        self.documents = Documents::sent(bytes);
        self
    }

    /// The same engine for these documents alone.
    ///
    /// # Errors
    ///
    /// Those of them that the engine would refuse, a line each.
    pub async fn with_trusted_documents(
        mut self,
        trusted: Trusted,
        limits: guard::Limits,
    ) -> Result<Self, Vec<String>> {
        let mut problems = Vec::new();
        for (text, place) in trusted.all() {
            if let Err(errors) = self.check(text, limits).await {
                problems.extend(errors.iter().map(|error| {
                    let at = error
                        .locations
                        .first()
                        .map(|at| format!(" (line {}, column {})", at.line, at.column));
                    format!("{place}: {error}{}", at.unwrap_or_default())
                }));
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        self.documents = Documents::Trusted(trusted);
        Ok(self)
    }

    /// Whether a document may be asked, whichever of its operations.
    async fn check(&self, text: &str, limits: guard::Limits) -> Result<(), Vec<Error>> {
        guard::check(text, limits).map_err(|error| vec![error])?;
        let document = syntax::parsed(text).map_err(|error| vec![error])?;
        let names: Vec<_> = document
            .operations
            .iter()
            .map(|(name, _)| name.map(ToString::to_string))
            .collect();
        for operation_name in names {
            let request = Request {
                query: text.to_owned(),
                operation_name,
                mutations_allowed: true,
                ..Request::default()
            };
            self.prepare(&request, Kinds::All).await.map_err(bounded)?;
        }
        Ok(())
    }

    /// The document that a request means, by its text, by the name that it has for it, or by both.
    ///
    /// # Errors
    ///
    /// As [`Documents::find`].
    pub fn document(&self, text: Option<String>, id: Option<&str>) -> Result<Document, Error> {
        self.documents.find(text, id)
    }

    /// The schema in GraphQL's own language, for people and tools.
    pub fn sdl(&self) -> &str {
        &self.sdl
    }

    /// Takes a request before it is read, and asks of which version of the data it is. `None` where answers are neither kept nor
    /// tagged, or the database cannot be asked.
    pub async fn ask(&self, question: Question<'_>) -> Option<Asked> {
        let answers = self.registry.as_ref()?.answers.as_ref()?;
        answers.ask(question, self.documents.digest()).await
    }

    /// The answer to a request, where it is known: it was given before, or the client has it.
    pub fn known(&self, asked: &Asked) -> Option<Answer> {
        let answers = self.registry.as_ref()?.answers.as_ref()?;
        answers.known(asked)
    }

    /// Runs one operation.
    ///
    /// # Errors
    ///
    /// The reasons why it wasn't run: the response has these errors and no `data`, with the first one's status. What
    /// goes wrong *while* it runs is part of the [`Answer`].
    pub async fn answer(&self, request: Request) -> Result<Answer, Vec<Error>> {
        self.run(request).await.map_err(bounded)
    }

    /// How many statements the database runs at most to answer a request: known before any of them runs, from the document,
    /// its variables and the language alone. 0 for what is answered without the registry.
    ///
    /// # Errors
    ///
    /// As [`answer`](Self::answer) refuses a request before it runs.
    pub async fn statements(&self, request: &Request) -> Result<usize, Vec<Error>> {
        let plan = self.planned(request).await.map_err(bounded)?;
        Ok(plan.map_or(0, |plan| plan.statements()))
    }

    /// What answering a request costs at most, in units of [`Plan::cost`]: known before it runs.
    ///
    /// # Errors
    ///
    /// As [`answer`](Self::answer) refuses a request before it runs.
    pub async fn cost(&self, request: &Request) -> Result<u64, Vec<Error>> {
        let plan = self.planned(request).await.map_err(bounded)?;
        Ok(plan.map_or(0, |plan| plan.cost().total))
    }

    /// The plan of a request; `None` for what is answered without the registry.
    async fn planned(&self, request: &Request) -> Result<Option<Arc<Plan>>, Vec<Error>> {
        let prepared = self.prepare(request, Kinds::Single).await?;
        match &self.registry {
            Some(registry) if prepared.operation.ty == OperationType::Query => {
                let (plan, _) = registry.plan(&prepared, request)?;
                Ok(Some(plan))
            }
            _ => Ok(None),
        }
    }

    async fn run(&self, request: Request) -> Result<Answer, Vec<Error>> {
        let prepared = self.prepare(&request, Kinds::Single).await?;
        self.run_prepared(&prepared, request).await
    }

    /// Runs a query or a mutation.
    async fn run_prepared(
        &self,
        prepared: &Prepared,
        request: Request,
    ) -> Result<Answer, Vec<Error>> {
        if let Some(hash) = request.keep_as {
            // Only now, so that nothing invalid takes the place of what is used.
            self.documents.keep(hash, &request.query);
        }
        let Some(registry) = &self.registry else {
            return self.execute(prepared, request).await;
        };
        if prepared.operation.ty != OperationType::Query {
            return self.execute(prepared, request).await;
        }
        let answer = registry.answer(&self.budget, prepared, &request);
        match (&registry.answers, &request.asked) {
            (Some(answers), Some(asked)) if !prepared.asks_viewer => {
                answers.find(asked, answer).await
            }
            _ => answer.await,
        }
    }

    /// The operation that a request names, checked.
    async fn prepare(&self, request: &Request, kinds: Kinds) -> Result<Arc<Prepared>, Vec<Error>> {
        let known = self.registry.as_ref().map(|registry| &registry.known);
        if let Some(prepared) = known.and_then(|known| known.document(request)) {
            allowed(&prepared.operation, request, kinds).map_err(|error| vec![error])?;
            return Ok(prepared);
        }
        let document = syntax::parsed(&request.query).map_err(|error| vec![error])?;
        let name = request.operation_name.as_deref();
        let operation = operation(&document, name)
            .and_then(|operation| allowed(operation, request, kinds).map(|()| operation.clone()))
            .map_err(|error| vec![error])?;
        let mut checked = document::check(&document, &self.limits).map_err(|error| vec![error])?;
        checked.errors.extend(repeated::check(&request.query));
        self.validate(&document, name, checked).await?;
        let prepared = Arc::new(Prepared::new(document, operation));
        if let Some(known) = known {
            known.keep_document(request, &prepared);
        }
        Ok(prepared)
    }

    /// Has the library check a document, without running it.
    async fn validate(
        &self,
        document: &ExecutableDocument,
        operation_name: Option<&str>,
        mut checked: Checked,
    ) -> Result<(), Vec<Error>> {
        let mut unknown = std::mem::take(&mut checked.undefined);
        unknown.extend(variables::unknown_types(document, &self.shapes));
        if !unknown.is_empty() {
            unknown.sort_by_key(|error| error.locations.first().copied());
            return Err(unknown);
        }
        let mut query = async_graphql::Request::new("").data(stages::ValidateOnly);
        query.operation_name = operation_name.map(str::to_owned);
        query.set_parsed_query(document.clone());
        let response = self.schema.execute(query).await;
        let mut refusals = stages::refusals(&response.errors);
        refusals.retain(|error| !checked.refutes(error));
        refusals.extend(checked.errors);
        let misplaced = places::check(document, &self.places);
        if !misplaced.is_empty() {
            // Among them are those that the library finds, of each argument the first.
            refusals.retain(|error| !places::is_of_the_library(error));
        }
        refusals.extend(misplaced);
        if refusals.is_empty() {
            let conflicts = merging::check(document, &self.shapes).map_err(|error| vec![error])?;
            refusals.extend(conflicts);
        }
        if refusals.is_empty() {
            return Ok(());
        }
        // In the order of the document: of many errors only the first are told.
        refusals.sort_by_key(|error| error.locations.first().copied());
        Err(refusals)
    }

    /// Has the library run a valid operation.
    async fn execute(&self, prepared: &Prepared, request: Request) -> Result<Answer, Vec<Error>> {
        check_variables(&prepared.operation, &request)?;
        let mut query = async_graphql::Request::new(request.query)
            .data(stages::Trusted)
            .variables(async_graphql::Variables::from_json(Value::Object(
                request.variables,
            )));
        query.operation_name = request.operation_name;
        query.set_parsed_query(prepared.document.clone());
        let response = self.schema.execute(query).await;

        let refusals = stages::refusals(&response.errors);
        if !refusals.is_empty() {
            return Err(refusals);
        }
        let errors: Vec<Error> = response.errors.into_iter().map(Error::from).collect();
        let mut body = json!({ "data": response.data });
        if !errors.is_empty() {
            body["errors"] = errors
                .iter()
                .map(|error| error.report(&request.request_id))
                .collect();
        }
        Ok(Answer {
            body: Bytes::from(body.to_string()),
            errors: errors.len(),
            ..Answer::default()
        })
    }
}
