//! From a text to a document.

use async_graphql::parser::types::ExecutableDocument;
use async_graphql::parser::{Error as Parser, parse_query};

use crate::graphql::error::{Code, Error, short};

/// The document that a text is, once the guard has let it pass.
///
/// # Errors
///
/// [`Code::ParseFailed`] with the place where it isn't GraphQL, [`Code::QueryTooDeep`], and [`Code::ValidationFailed`] for what the
/// parser finds of validation.
pub(super) fn parsed(text: &str) -> Result<ExecutableDocument, Error> {
    parse_query(text).map_err(|error| refusal(&error))
}

/// The parser's message is a drawing of the place in several lines; the client gets its last words and the location. Some of
/// what it says is of validation: that names are unique, and that fragments alone are not used.
fn refusal(error: &Parser) -> Error {
    let (code, message) = match error {
        Parser::RecursionLimitExceeded => (
            Code::QueryTooDeep,
            "The document has too many nested fields. Ask for less depth at once.".to_owned(),
        ),
        Parser::OperationDuplicated { operation, .. } => (
            Code::ValidationFailed,
            format!(
                "There are two operations named `{}`. Give one of them another name.",
                short(operation)
            ),
        ),
        Parser::FragmentDuplicated { fragment, .. } => (
            Code::ValidationFailed,
            format!(
                "There are two fragments named `{}`. Give one of them another name.",
                short(fragment)
            ),
        ),
        Parser::MultipleOperations { .. } => (
            Code::ValidationFailed,
            "An operation without a name stands beside another. Give each a name.".to_owned(),
        ),
        Parser::MissingOperation => (
            Code::ValidationFailed,
            "The document has fragments, and no operation that makes use of them.".to_owned(),
        ),
        other => {
            let drawn = other.to_string();
            let words = drawn.rsplit(" = ").next().unwrap_or(&drawn).trim();
            (Code::ParseFailed, format!("Syntax error: {words}."))
        }
    };
    Error::new(code, message).located(error.positions())
}
