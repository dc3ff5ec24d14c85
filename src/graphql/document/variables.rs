//! Rules of validation for the definitions of variables that the library doesn't see to: it looks at no directives there, and
//! takes the type within a list for one that there is.

use async_graphql::parser::types::{BaseType, ExecutableDocument, OperationDefinition};

use super::merging::Shapes;
use super::{Error, Part, invalid, short};

/// The directives of variables: there is none that may stand there.
pub(super) fn directives(operations: &[(&OperationDefinition, Part<'_>)]) -> Vec<Error> {
    let definitions = operations
        .iter()
        .flat_map(|(operation, _)| &operation.variable_definitions);
    definitions
        .flat_map(|definition| &definition.node.directives)
        .map(|directive| {
            let name = short(&directive.node.name.node);
            let message = format!("The directive `@{name}` can't stand on a variable.");
            invalid(message, directive.pos)
        })
        .collect()
}

/// Types of variables that the schema doesn't have. With a default of such a type the library can't validate a document at all.
pub(in crate::graphql) fn unknown_types(
    document: &ExecutableDocument,
    shapes: &Shapes,
) -> Vec<Error> {
    let operations = document.operations.iter();
    let definitions = operations.flat_map(|(_, operation)| &operation.node.variable_definitions);
    definitions
        .filter_map(|definition| {
            let ty = &definition.node.var_type;
            let name = named(&ty.node.base);
            let message = || format!("There is no type `{}`.", short(name));
            (!shapes.knows(name)).then(|| invalid(message(), ty.pos))
        })
        .collect()
}

fn named(ty: &BaseType) -> &str {
    match ty {
        BaseType::Named(name) => name,
        BaseType::List(of) => named(&of.base),
    }
}
