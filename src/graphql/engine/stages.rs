//! async-graphql answers with one list of errors, whatever stage they come from. This marks those of the stages before
//! execution with their codes.

use std::collections::HashSet;
use std::sync::Arc;

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextExecute, NextParseQuery, NextValidation,
};
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{
    CacheControl, Response, ServerError, ServerResult, ValidationResult, Variables,
};

use crate::graphql::error::{Code, Error};

/// Marks errors by the stage that they come from.
pub(super) struct Stages;

/// A request with this in its data is checked, not run.
pub(super) struct ValidateOnly;

/// A request with this in its data was checked before.
pub(super) struct Trusted;

/// The source that an error from before execution is given.
struct Refusal(Error);

/// The errors from before execution, each once; none if the operation ran. (The library goes through a document twice
/// and reports some of what it finds both times.)
pub(super) fn refusals(errors: &[ServerError]) -> Vec<Error> {
    let mut seen = HashSet::new();
    errors
        .iter()
        .filter(|error| seen.insert((&error.message, &error.locations)))
        .filter_map(|error| error.source::<Refusal>())
        .map(|Refusal(error)| error.clone())
        .collect()
}

impl ExtensionFactory for Stages {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_graphql::async_trait::async_trait]
impl Extension for Stages {
    /// The document comes parsed; what is left of this stage is the limit on its depth.
    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        next.run(ctx, query, variables)
            .await
            .map_err(|error| mark(error, Code::QueryTooDeep))
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        if ctx.data_opt::<Trusted>().is_some() {
            return Ok(ValidationResult {
                cache_control: CacheControl::default(),
                complexity: 0,
                depth: 0,
            });
        }
        next.run(ctx).await.map_err(|errors| {
            errors
                .into_iter()
                .map(|error| mark(error, Code::ValidationFailed))
                .collect()
        })
    }

    async fn execute(
        &self,
        ctx: &ExtensionContext<'_>,
        operation_name: Option<&str>,
        next: NextExecute<'_>,
    ) -> Response {
        match ctx.data_opt::<ValidateOnly>() {
            Some(_) => Response::default(),
            None => next.run(ctx, operation_name).await,
        }
    }
}

fn mark(mut error: ServerError, code: Code) -> ServerError {
    let refusal = Error::new(code, error.message.clone()).located(error.locations.iter().copied());
    error.source = Some(Arc::new(Refusal(refusal)));
    error
}
