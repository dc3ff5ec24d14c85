//! async-graphql answers with one list of errors, whatever stage they come from. This marks those of the stages before
//! execution with their codes.

use std::sync::Arc;

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextParseQuery, NextValidation,
};
use async_graphql::parser::types::ExecutableDocument;
use async_graphql::{ServerError, ServerResult, ValidationResult, Variables};

use crate::graphql::error::{Code, Error};

/// Marks errors by the stage that they come from.
pub(super) struct Stages;

/// The source that an error from before execution is given.
struct Refusal(Error);

/// The errors from before execution; none if the operation ran.
pub(super) fn refusals(errors: &[ServerError]) -> Vec<Error> {
    errors
        .iter()
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
        next.run(ctx).await.map_err(|errors| {
            errors
                .into_iter()
                .map(|error| mark(error, Code::ValidationFailed))
                .collect()
        })
    }
}

fn mark(mut error: ServerError, code: Code) -> ServerError {
    let refusal = Error::new(code, error.message.clone()).located(error.locations.iter().copied());
    error.source = Some(Arc::new(Refusal(refusal)));
    error
}
