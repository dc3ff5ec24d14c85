//! The rule of validation for what a subscription selects at its root (GraphQL, "Single Root Field"): one field, and
//! neither `@skip` nor `@include`, so that it is the same field whatever the variables are. The library knows no more of it
//! than that a subscription has no fields about the schema.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    Directive, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Pos, Positioned};

use super::{Error, Part, invalid};

/// What is wrong about the roots of a document's subscriptions.
pub(super) fn check(
    operations: &[(&OperationDefinition, Part<'_>)],
    fragments: &HashMap<&str, Part<'_>>,
) -> Vec<Error> {
    let subscriptions = operations
        .iter()
        .filter(|(operation, _)| operation.ty == OperationType::Subscription);
    subscriptions
        .flat_map(|(_, part)| check_root(part, fragments))
        .collect()
}

fn check_root(root: &Part<'_>, fragments: &HashMap<&str, Part<'_>>) -> Vec<Error> {
    let mut found = Root::default();
    found.walk(root.selection, fragments);
    let mut errors = found.errors;
    let mut keys = found.fields.iter().map(|field| field.node.response_key());
    if let Some(first) = keys.next()
        && let Some(second) = keys.find(|key| key.node != first.node)
    {
        errors.push(invalid(
            "A subscription begins with exactly one field; send another one for the next"
                .to_owned(),
            second.pos,
        ));
    }
    errors
}

/// The fields of a root, with fragments written out.
#[derive(Default)]
struct Root<'a> {
    fields: Vec<&'a Positioned<Field>>,
    spread: HashSet<&'a str>,
    conditions: HashSet<(usize, usize)>,
    errors: Vec<Error>,
}

impl<'a> Root<'a> {
    /// Descends as deep as the fragments are nested, which was measured before.
    fn walk(&mut self, selection: &'a SelectionSet, fragments: &HashMap<&str, Part<'a>>) {
        for item in &selection.items {
            self.refuse_conditions(item.node.directives());
            match &item.node {
                Selection::Field(field) => self.fields.push(field),
                Selection::InlineFragment(fragment) => {
                    self.walk(&fragment.node.selection_set.node, fragments);
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    // One that isn't there is for the library to report.
                    if let Some(part) = fragments.get(name)
                        && self.spread.insert(name)
                    {
                        self.walk(part.selection, fragments);
                    }
                }
            }
        }
    }

    fn refuse_conditions(&mut self, directives: &[Positioned<Directive>]) {
        for directive in directives {
            let Pos { line, column } = directive.pos;
            let name = directive.node.name.node.as_str();
            if matches!(name, "skip" | "include") && self.conditions.insert((line, column)) {
                self.errors.push(invalid(
                    format!("A subscription's first field can't depend on \"@{name}\""),
                    directive.pos,
                ));
            }
        }
    }
}
