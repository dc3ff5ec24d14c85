//! The rules of validation for `__typename`. The library leaves such fields out of its validation altogether, with
//! their arguments, directives, selections and the variables in them.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{Directive, Field, OperationDefinition};
use async_graphql::{Pos, Positioned};
use async_graphql_value::Value;

use super::{Checked, Error, Part, invalid, short};

/// What is wrong about the `__typename` fields of a document, and the variables that they use.
pub(super) fn check(
    operations: &[(&OperationDefinition, Part<'_>)],
    fragments: &HashMap<&str, Part<'_>>,
) -> Checked {
    let mut checked = Checked::default();
    let operation_parts = operations.iter().map(|(_, part)| part);
    for part in operation_parts.chain(fragments.values()) {
        for field in &part.typenames {
            check_field(field, &mut checked.errors);
        }
    }
    for (operation, part) in operations {
        for name in variables(part, fragments) {
            let definition = operation
                .variable_definitions
                .iter()
                .find(|definition| definition.node.name.node == name);
            if let Some(definition) = definition {
                let Pos { line, column } = definition.pos;
                checked.used.insert((line, column));
            }
        }
    }
    checked
}

fn check_field(field: &Positioned<Field>, errors: &mut Vec<Error>) {
    for (name, _) in &field.node.arguments {
        errors.push(invalid(
            format!(
                "Unknown argument \"{}\" on field \"__typename\"",
                short(&name.node)
            ),
            name.pos,
        ));
    }
    if !field.node.selection_set.node.items.is_empty() {
        errors.push(invalid(
            "Field \"__typename\" must not have a selection: it is of type \"String!\", which has no fields"
                .to_owned(),
            field.pos,
        ));
    }
    let mut seen = HashSet::new();
    for directive in &field.node.directives {
        let name = directive.node.name.node.as_str();
        if !matches!(name, "skip" | "include") {
            errors.push(invalid(
                format!(
                    "Only \"@skip\" and \"@include\" can be used on a field, not \"@{}\"",
                    short(name)
                ),
                directive.pos,
            ));
        } else if !seen.insert(name) {
            errors.push(invalid(
                format!("Duplicate directive \"@{name}\""),
                directive.pos,
            ));
        } else if condition(&directive.node).is_none() {
            errors.push(invalid(
                format!("Directive \"@{name}\" takes exactly one argument, \"if\""),
                directive.pos,
            ));
        }
    }
}

/// The value of a `@skip` or `@include` that has what it must have; what value may stand there is told with those of all arguments.
fn condition(directive: &Directive) -> Option<&Positioned<Value>> {
    match directive.arguments.as_slice() {
        [(name, value)] if name.node == "if" => Some(value),
        _ => None,
    }
}

/// The variables in the `__typename` fields of an operation and of all fragments that it comes to.
fn variables<'a>(part: &'a Part<'a>, fragments: &'a HashMap<&str, Part<'a>>) -> HashSet<&'a str> {
    let mut found = HashSet::new();
    part.with_fragments(fragments, |part| {
        let directives = part
            .typenames
            .iter()
            .flat_map(|field| &field.node.directives);
        for value in directives.filter_map(|directive| condition(&directive.node)) {
            if let Value::Variable(name) = &value.node {
                found.insert(name.as_str());
            }
        }
    });
    found
}
