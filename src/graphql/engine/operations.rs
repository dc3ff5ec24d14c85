//! Which operation of a document a request asks for, and whether it may.

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, OperationType,
};

use crate::graphql::error::{Code, Error, Pos, short};
use crate::graphql::request::Request;

/// The operations that can be answered where a request came from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kinds {
    /// Those with one answer.
    Single,
    /// Subscriptions too.
    All,
}

/// Whether a request may run an operation of this kind.
pub(super) fn allowed(
    operation: &OperationDefinition,
    request: &Request,
    kinds: Kinds,
) -> Result<(), Error> {
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
pub(super) fn operation<'a>(
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
pub(super) fn check_variables(
    operation: &OperationDefinition,
    request: &Request,
) -> Result<(), Vec<Error>> {
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
