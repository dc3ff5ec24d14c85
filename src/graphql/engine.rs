//! From a request to its answer.

use async_graphql::Variables;
use async_graphql::dynamic::{Schema, SchemaBuilder, SchemaError};
use async_graphql::parser::parse_query;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType,
};
use bytes::Bytes;
use serde_json::{Value, json};

use super::error::{Code, Error, Pos};
use super::request::{Answer, Request};

mod stages;

/// Answers GraphQL requests. Cheap to share, never blocks the caller's thread for long.
pub struct Engine {
    schema: Schema,
    sdl: String,
}

impl Engine {
    /// An engine over a schema.
    ///
    /// # Errors
    ///
    /// If the schema contradicts itself.
    pub fn new(schema: SchemaBuilder) -> Result<Self, SchemaError> {
        let schema = schema.extension(stages::Stages).finish()?;
        let sdl = schema.sdl();
        Ok(Self { schema, sdl })
    }

    /// The schema in GraphQL's own language, for people and tools.
    pub fn sdl(&self) -> &str {
        &self.sdl
    }

    /// Runs one operation.
    ///
    /// # Errors
    ///
    /// The reasons why it wasn't run: the response has these errors and no `data`, with the first one's status. What
    /// goes wrong *while* it runs is part of the [`Answer`].
    pub async fn answer(&self, request: Request) -> Result<Answer, Vec<Error>> {
        let document = parse_query(&request.query).map_err(|error| vec![parse_error(&error)])?;
        let operation =
            operation(&document, request.operation_name.as_deref()).map_err(|error| vec![error])?;
        match operation.ty {
            OperationType::Query => {}
            OperationType::Mutation if request.mutations_allowed => {}
            OperationType::Mutation => return Err(vec![Error::mutation_not_allowed()]),
            OperationType::Subscription => {
                return Err(vec![Error::new(
                    Code::BadRequest,
                    "A subscription needs a WebSocket (protocol graphql-transport-ws).",
                )]);
            }
        }
        check_variables(operation, &request)?;

        let mut query = async_graphql::Request::new(request.query)
            .variables(Variables::from_json(Value::Object(request.variables)));
        query.operation_name = request.operation_name;
        query.set_parsed_query(document);
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
            content_language: None,
        })
    }
}

/// The parser's message is a drawing of the place in several lines; the client gets its last words and the location.
fn parse_error(error: &async_graphql::parser::Error) -> Error {
    if matches!(error, async_graphql::parser::Error::RecursionLimitExceeded) {
        return Error::new(
            Code::QueryTooDeep,
            "The document has too many nested fields. Ask for less depth at once.",
        );
    }
    let drawn = error.to_string();
    let words = drawn.rsplit(" = ").next().unwrap_or(&drawn).trim();
    Error::new(Code::ParseFailed, format!("Syntax error: {words}.")).located(error.positions())
}

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
            "The document has no operation named `{name}`."
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
                    definition.node.name.node, definition.node.var_type.node
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
