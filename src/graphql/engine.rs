//! From a request to its answer.

use std::sync::Arc;

use async_graphql::dynamic::{Schema, SchemaBuilder, SchemaError};
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType,
};
use bytes::Bytes;
use diesel::PgConnection;
use serde_json::{Value, json};

use super::budget::Budget;
use super::document::merging::{self, Shapes};
use super::document::places::{self, Places};
use super::document::{self, Checked, Limits, repeated, variables};
use super::documents::{Document, Documents};
use super::error::{Code, Error, Pos, bounded, short};
use super::guard;
use super::introspection::Introspection;
use super::request::{Answer, Question, Request};
use super::trusted::Trusted;
use super::viewer;
use crate::db::{self, Database, Watch};
use crate::model::Model;
use crate::read::{self, Plan, Variables};
use crate::values::language::{self, Language};
use crate::write::Version;

mod answers;
mod prepared;
mod stages;
mod subscribe;
mod syntax;

use answers::Answers;
pub use answers::Asked;
use prepared::{Known, Prepared};

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

/// What the read engine answers from.
struct Registry {
    model: &'static Model,
    database: Database,
    introspection: Introspection,
    known: Known,
    answers: Option<Answers>,
    limits: read::Limits,
}

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
        checked: Checked,
    ) -> Result<(), Vec<Error>> {
        let unknown = variables::unknown_types(document, &self.shapes);
        if !unknown.is_empty() {
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

impl Registry {
    /// The plan of a valid query, and the language that the request prefers.
    fn plan(
        &self,
        prepared: &Prepared,
        request: &Request,
    ) -> Result<(Arc<Plan>, Option<Language>), Vec<Error>> {
        let language = preferred(request);
        let (key, known) = self.known.plan(prepared, &request.variables, language);
        if let Some(plan) = known {
            return Ok((plan, language));
        }
        let plan = Arc::new(self.compile(prepared, request, language)?);
        self.known.keep_plan(key, &plan);
        Ok((plan, language))
    }

    /// The plan of a valid query, and the language, when the client has paid for it.
    fn paid(
        &self,
        budget: &Budget,
        prepared: &Prepared,
        request: &Request,
    ) -> Result<(Arc<Plan>, Option<Language>), Vec<Error>> {
        let charge = |plan: &Plan| {
            let standing = budget.charge(request.client, plan.cost().total);
            standing.map_err(|error| {
                // It was planned all the same.
                budget.charge_refusal(request.client, Code::QueryTooComplex);
                vec![error]
            })
        };
        if !prepared.asks_viewer {
            let (plan, language) = self.plan(prepared, request)?;
            charge(&plan)?;
            return Ok((plan, language));
        }
        // What the client is told depends on the cost, and that on the plan, which is for this request alone.
        let language = preferred(request);
        let mut plan = self.compile(prepared, request, language)?;
        let mut standing = charge(&plan)?;
        standing.cost = standing.cost.saturating_add(request.paid);
        let variables = Variables::of(&prepared.operation, &request.variables, self.model)?;
        let asked = read::Document {
            fragments: &prepared.document.fragments,
            variables: &variables,
        };
        let selection = &prepared.operation.selection_set.node;
        let viewer = viewer::described(&standing);
        let told = self.introspection.viewer(&asked, selection, &viewer);
        plan.tell(&told.map_err(|error| vec![error])?);
        Ok((Arc::new(plan), language))
    }

    /// Answers a valid query: compiled to a plan, run on one connection.
    async fn answer(
        &self,
        budget: &Budget,
        prepared: &Prepared,
        request: &Request,
    ) -> Result<Answer, Vec<Error>> {
        let (plan, language) = self.paid(budget, prepared, request)?;
        let content_language = if plan.statements() == 0 {
            // Nothing but the schema's own words, which are in English whatever the request prefers.
            Language::En.tag()
        } else {
            language::content_language(language)
        };
        let (alone, cost) = (plan.needs_no_transaction(), plan.cost().total);
        let run = move |connection: &mut PgConnection| -> Result<_, ReadError> {
            Ok(read::run(connection, &plan)?)
        };
        let body = if alone {
            self.database.read_alone(run).await
        } else {
            self.database.read(run).await
        };
        let body = body.map_err(|error| {
            let error = Error::from(error);
            // Nothing was read. After a timeout or a fault of ours something was, and whoever found out how to bring these
            // about shall not do so for nothing.
            if error.code == Code::Unavailable {
                budget.give_back(request.client, cost);
            }
            vec![error]
        })?;
        Ok(Answer {
            body: Bytes::from(body),
            content_language: Some(content_language),
            ..Answer::default()
        })
    }

    fn compile(
        &self,
        prepared: &Prepared,
        request: &Request,
        language: Option<Language>,
    ) -> Result<Plan, Vec<Error>> {
        let variables = Variables::of(&prepared.operation, &request.variables, self.model)?;
        let selection = &prepared.operation.selection_set.node;
        let fragments = &prepared.document.fragments;
        let asked = read::Document {
            fragments,
            variables: &variables,
        };
        let known = self.introspection.answers(&asked, selection);
        let mut known = known.map_err(|error| vec![error])?;
        if prepared.asks_viewer {
            let unknown = self.introspection.viewer(&asked, selection, &Value::Null);
            known.extend(unknown.map_err(|error| vec![error])?);
        }
        let operation = read::Operation {
            selection,
            fragments,
            variables: &variables,
            language,
            known: &known,
            limits: self.limits,
        };
        read::compile(self.model, &operation).map_err(|error| vec![error])
    }
}

/// The language that a request prefers.
fn preferred(request: &Request) -> Option<Language> {
    let header = request.accept_language.as_deref()?;
    language::accepted(header).first().copied()
}

/// A read that did not come to its end.
#[derive(Debug, thiserror::Error)]
enum ReadError {
    #[error(transparent)]
    Road(#[from] db::Error),
    #[error(transparent)]
    Run(#[from] read::RunError),
}

impl From<ReadError> for Error {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Run(read::RunError::Refused(refusal)) => *refusal,
            ReadError::Run(read::RunError::Database(error)) => db::Error::from(error).into(),
            ReadError::Run(error) => Self::internal(error),
            ReadError::Road(error) => error.into(),
        }
    }
}

impl From<db::Error> for Error {
    fn from(error: db::Error) -> Self {
        match error {
            db::Error::Unavailable { retry_after, .. } => Self::new(
                Code::Unavailable,
                "The registry is busy. Try again in a moment.",
            )
            .retry_after(retry_after)
            .because(error),
            db::Error::Timeout => Self::new(
                Code::Timeout,
                "The answer took longer than a request may. Ask for less at once.",
            ),
            error => Self::internal(error),
        }
    }
}

/// The operations that can be answered where a request came from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kinds {
    /// Those with one answer.
    Single,
    /// Subscriptions too.
    All,
}

/// Whether a request may run an operation of this kind.
fn allowed(operation: &OperationDefinition, request: &Request, kinds: Kinds) -> Result<(), Error> {
    match operation.ty {
        OperationType::Query => Ok(()),
        OperationType::Mutation if request.mutations_allowed => Ok(()),
        OperationType::Mutation => Err(Error::mutation_not_allowed()),
        OperationType::Subscription if kinds == Kinds::All => Ok(()),
        OperationType::Subscription => Err(Error::new(
            Code::BadRequest,
            "A subscription has more than one answer: open a WebSocket (protocol graphql-transport-ws), or send this with \
             `Accept: text/event-stream` (graphql-sse).",
        )),
    }
}

/// The operation of a document that a request names.
fn operation<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a OperationDefinition, Error> {
    let unresolved = |message: String| Error::new(Code::OperationResolutionFailure, message);
    match (&document.operations, name) {
        (DocumentOperations::Single(operation), None) => Ok(&operation.node),
        (DocumentOperations::Multiple(operations), Some(name)) if operations.contains_key(name) => {
            Ok(&operations[name].node)
        }
        (_, Some(name)) => Err(unresolved(format!(
            "The document has no operation named `{}`.",
            short(name)
        ))),
        (DocumentOperations::Multiple(operations), None) => {
            let mut each = operations.values();
            match (each.next(), each.next()) {
                (Some(only), None) => Ok(&only.node),
                _ => Err(unresolved(
                    "The document has several operations; `operationName` must name one of them."
                        .into(),
                )),
            }
        }
    }
}

/// async-graphql looks at variables only where they are used; the specification coerces all of them first.
fn check_variables(operation: &OperationDefinition, request: &Request) -> Result<(), Vec<Error>> {
    let missing: Vec<Error> = operation
        .variable_definitions
        .iter()
        .filter(|definition| {
            let value = request.variables.get(definition.node.name.node.as_str());
            !definition.node.var_type.node.nullable
                && match value {
                    None => definition.node.default_value.is_none(),
                    Some(value) => value.is_null(),
                }
        })
        .map(|definition| {
            let Pos { line, column } = definition.pos;
            Error::new(
                Code::BadUserInput,
                format!(
                    "The variable `${}` of type `{}` needs a value.",
                    short(&definition.node.name.node),
                    short(&definition.node.var_type.node.to_string())
                ),
            )
            .located([Pos { line, column }])
        })
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(missing)
    }
}
