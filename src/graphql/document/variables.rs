//! Rules of validation for the definitions of variables that the library doesn't see to: it looks at no directives there, and
//! takes the type within a list for one that there is.

use std::collections::{BTreeSet, HashMap, HashSet};

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

/// As many errors as anybody is told, and some more for those of other rules that stand before them.
const ENOUGH: usize = 200;

/// Variables that are used where an operation doesn't define them, by itself or by the fragments that it comes to.
pub(super) fn undefined(
    operations: &[(&OperationDefinition, Part<'_>)],
    fragments: &HashMap<&str, Part<'_>>,
) -> Vec<Error> {
    let mut found = BTreeSet::new();
    let mut operations: Vec<_> = operations.iter().collect();
    operations.sort_by_key(|(_, part)| part.pos);
    for (operation, part) in operations {
        if found.len() >= ENOUGH {
            break;
        }
        let definitions = operation.variable_definitions.iter();
        let defined: HashSet<_> = definitions
            .map(|definition| definition.node.name.node.as_str())
            .collect();
        part.with_fragments(fragments, |part| {
            let used = part.variables.iter();
            let unknown = used.filter(|(name, _)| !defined.contains(**name));
            found.extend(unknown.map(|(name, pos)| (*pos, *name)));
        });
    }
    let told = found.into_iter().take(ENOUGH);
    told.map(|(pos, name)| {
        let name = short(name);
        let message = format!("The variable `${name}` is not defined. Define it with its type, behind the operation's name.");
        invalid(message, pos)
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
