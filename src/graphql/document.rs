//! The guard behind the parser: one pass over a document that finds it too much to validate, let alone to answer.
//!
//! A document is small and what it stands for is not: a fragment that spreads another twice, which spreads a third
//! twice, doubles with each. Validation follows spreads as if each were written out, without a memory, so nothing is
//! validated before its fragments are measured. Here each is measured once, those that it spreads first, and its
//! measure stands in wherever it is spread: the pass is linear in the length of the document. What no operation
//! spreads counts as well, since validation looks at it before it refuses it.
//!
//! The pass also answers for what the library's validation doesn't look at: `__typename`, the root of a subscription, and
//! directives of variables.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, OperationDefinition, OperationType, Selection,
    SelectionSet,
};
use async_graphql::{Pos, Positioned};
use async_graphql_value::Value as Literal;
use serde_json::Value;

use super::error::{Code, Error, short};

mod cycle;
pub(super) mod merging;
pub(super) mod places;
pub(super) mod repeated;
mod subscription;
mod typename;
pub(super) mod variables;

/// How much a document may stand for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Fields, inline fragments and spreads of all operations together, with fragments written out where they are
    /// spread; and of each fragment.
    pub max_selections: u64,
    /// Fields within each other.
    pub max_depth: usize,
    /// Selection sets within each other, those of inline fragments and of fragments included. Validation descends some
    /// calls for each.
    pub max_nesting: usize,
    /// What validation compares to find fields that can't be merged: for each selection set, the fields that it has with
    /// its fragments, and their arguments. Each comparison may end in an error.
    pub max_comparisons: u64,
    /// Operations of the document. Only one is run, all are validated.
    pub max_operations: usize,
    /// Variables of an operation.
    pub max_variables: usize,
    /// Fields of the document with an alias.
    pub max_aliases: usize,
    /// Directives of the document.
    pub max_directives: usize,
}

impl Limits {
    /// The introspection query of graphql-js stands for 240 selections in a depth of 15; the largest example of
    /// GraphiQL's for 67 in a depth of 7.
    pub const USUAL: Self = Self {
        max_selections: 20_000,
        max_depth: 30,
        max_nesting: 60,
        max_comparisons: 100_000,
        max_operations: 50,
        max_variables: 100,
        max_aliases: 500,
        max_directives: 500,
    };
}

impl Default for Limits {
    fn default() -> Self {
        Self::USUAL
    }
}

/// What the library's validation doesn't see of a document that may be validated.
#[derive(Debug, Default)]
pub struct Checked {
    /// What is wrong about `__typename` fields.
    pub(super) errors: Vec<Error>,
    /// Variables that are used and not defined. The library must not see a document that has any: it makes an error of each use
    /// in each operation that comes to it.
    pub(super) undefined: Vec<Error>,
    /// The places of variable definitions that a `__typename` field makes use of.
    used: HashSet<(usize, usize)>,
}

impl Checked {
    /// Whether the library is wrong in saying this: it takes a variable for unused that only `__typename` fields use, and
    /// fields for conflicting that are not (see [`merging`]).
    pub(super) fn refutes(&self, error: &Error) -> bool {
        let place = error.locations.first();
        let unused = error.message.starts_with("Variable \"$")
            && error.message.contains("\" is not used")
            && place.is_some_and(|pos| self.used.contains(&(pos.line, pos.column)));
        let conflict = error.message.starts_with("Fields \"")
            && error.message.contains("\" conflict because ");
        unused || conflict
    }
}

/// Whether a document may be validated.
///
/// # Errors
///
/// [`Code::QueryTooComplex`] or [`Code::QueryTooDeep`] with the limit that it exceeds, [`Code::ValidationFailed`] where
/// a fragment spreads itself.
pub fn check(document: &ExecutableDocument, limits: &Limits) -> Result<Checked, Error> {
    let mut fragments: Vec<_> = document.fragments.iter().collect();
    fragments.sort_by_key(|(_, fragment)| fragment.pos);
    let fragments: Vec<_> = fragments
        .into_iter()
        .map(|(name, fragment)| {
            let mut part = Part::of(&fragment.node.selection_set.node, fragment.pos);
            part.direct(&fragment.node.directives);
            (name.as_str(), part)
        })
        .collect();
    let operations: Vec<_> = document
        .operations
        .iter()
        .map(|(_, operation)| {
            let mut part = Part::of(&operation.node.selection_set.node, operation.pos);
            part.direct(&operation.node.directives);
            for variable in &operation.node.variable_definitions {
                part.directives += variable.node.directives.len();
            }
            (&operation.node, part)
        })
        .collect();
    check_counts(&operations, &fragments, limits)?;

    let fragments: HashMap<_, _> = fragments.into_iter().collect();
    let mut measures = HashMap::new();
    let mut comparisons = 0;
    for name in cycle::innermost_first(&fragments)? {
        let part = &fragments[name];
        let measure = measure(part.selection, &measures, &mut comparisons);
        check_measure(measure, part.pos, limits)?;
        measures.insert(name, measure);
    }
    let mut selections = 0_u64;
    for (_, part) in &operations {
        let measure = measure(part.selection, &measures, &mut comparisons);
        selections = selections.saturating_add(measure.selections);
        check_measure(
            Measure {
                selections,
                ..measure
            },
            part.pos,
            limits,
        )?;
    }
    if comparisons > limits.max_comparisons {
        let message = "The document repeats fields or fragments too often within its selections. Ask in several \
                       requests.";
        return Err(Error::new(Code::QueryTooComplex, message));
    }
    let mut checked = typename::check(&operations, &fragments);
    checked
        .errors
        .extend(subscription::check(&operations, &fragments));
    checked.errors.extend(variables::directives(&operations));
    checked.undefined = variables::undefined(&operations, &fragments);
    Ok(checked)
}

/// What an operation or a fragment holds itself; its spreads aren't followed.
struct Part<'a> {
    pos: Pos,
    selection: &'a SelectionSet,
    spreads: Vec<(&'a str, Pos)>,
    typenames: Vec<&'a Positioned<Field>>,
    /// The variables that are used, each with the first of its places.
    variables: HashMap<&'a str, Pos>,
    aliases: usize,
    directives: usize,
}

impl<'a> Part<'a> {
    fn of(selection: &'a SelectionSet, pos: Pos) -> Self {
        let mut part = Self {
            pos,
            selection,
            spreads: Vec::new(),
            typenames: Vec::new(),
            variables: HashMap::new(),
            aliases: 0,
            directives: 0,
        };
        part.add(selection);
        part
    }

    /// Calls for this and for each fragment that it comes to, once.
    fn with_fragments<'p>(
        &'p self,
        fragments: &'p HashMap<&str, Part<'a>>,
        mut each: impl FnMut(&'p Self),
    ) {
        let mut seen = HashSet::new();
        let mut next = vec![self];
        while let Some(part) = next.pop() {
            each(part);
            for (name, _) in &part.spreads {
                if seen.insert(*name) {
                    next.extend(fragments.get(name));
                }
            }
        }
    }

    fn direct(&mut self, directives: &'a [Positioned<Directive>]) {
        self.directives += directives.len();
        for directive in directives {
            for (_, value) in &directive.node.arguments {
                self.value(&value.node, value.pos);
            }
        }
    }

    fn value(&mut self, value: &'a Literal, pos: Pos) {
        match value {
            Literal::Variable(name) => _ = self.variables.entry(name).or_insert(pos),
            Literal::List(elements) => elements.iter().for_each(|each| self.value(each, pos)),
            Literal::Object(fields) => fields.values().for_each(|each| self.value(each, pos)),
            _ => {}
        }
    }

    /// Descends as deep as the parser did, which has a limit.
    fn add(&mut self, selection: &'a SelectionSet) {
        for item in &selection.items {
            self.direct(item.node.directives());
            match &item.node {
                Selection::Field(field) => {
                    for (_, value) in &field.node.arguments {
                        self.value(&value.node, value.pos);
                    }
                    self.aliases += usize::from(field.node.alias.is_some());
                    if field.node.name.node == "__typename" {
                        self.typenames.push(field);
                    }
                    self.add(&field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => {
                    self.add(&fragment.node.selection_set.node);
                }
                Selection::FragmentSpread(spread) => {
                    self.spreads
                        .push((spread.node.fragment_name.node.as_str(), spread.pos));
                }
            }
        }
    }
}

/// What a selection set stands for with its fragments written out. Numbers stop at the largest instead of overflowing.
#[derive(Debug, Default, Clone, Copy)]
struct Measure {
    selections: u64,
    depth: usize,
    nesting: usize,
    /// Selections without those of the fields' own selection sets.
    own: u64,
    /// The most arguments of a field among those.
    arguments: u64,
}

fn measure(
    selection: &SelectionSet,
    fragments: &HashMap<&str, Measure>,
    comparisons: &mut u64,
) -> Measure {
    let mut all = Measure::default();
    for item in &selection.items {
        let item = match &item.node {
            Selection::Field(field) => {
                let inner = measure(&field.node.selection_set.node, fragments, comparisons);
                Measure {
                    depth: inner.depth + 1,
                    own: 0,
                    arguments: field.node.arguments.len() as u64,
                    ..inner
                }
            }
            Selection::InlineFragment(fragment) => {
                measure(&fragment.node.selection_set.node, fragments, comparisons)
            }
            // One that isn't there is for validation to report.
            Selection::FragmentSpread(spread) => fragments
                .get(spread.node.fragment_name.node.as_str())
                .copied()
                .unwrap_or_default(),
        };
        all = Measure {
            selections: all
                .selections
                .saturating_add(item.selections)
                .saturating_add(1),
            depth: all.depth.max(item.depth),
            nesting: all.nesting.max(item.nesting + 1),
            own: all.own.saturating_add(item.own).saturating_add(1),
            arguments: all.arguments.max(item.arguments),
        };
    }
    *comparisons = comparisons.saturating_add(all.own.saturating_mul(all.arguments + 1));
    all
}

fn check_measure(measure: Measure, pos: Pos, limits: &Limits) -> Result<(), Error> {
    let refuse = |code, message: String| Err(Error::new(code, message).located([pos]));
    if measure.selections > limits.max_selections {
        return refuse(
            Code::QueryTooComplex,
            format!(
                "The document stands for more than the {} fields and fragments that are allowed, fragments written out \
                 wherever they are spread. Ask for less at once.",
                limits.max_selections
            ),
        );
    }
    if measure.depth > limits.max_depth {
        return refuse(
            Code::QueryTooDeep,
            format!(
                "The document has {} fields within each other, fragments written out; {} are allowed. Ask for less \
                 depth at once.",
                measure.depth, limits.max_depth
            ),
        );
    }
    if measure.nesting > limits.max_nesting {
        return refuse(
            Code::QueryTooDeep,
            format!(
                "The document has {} selections within each other, those of fragments included; {} are allowed.",
                measure.nesting, limits.max_nesting
            ),
        );
    }
    Ok(())
}

fn check_counts(
    operations: &[(&OperationDefinition, Part<'_>)],
    fragments: &[(&str, Part<'_>)],
    limits: &Limits,
) -> Result<(), Error> {
    let parts = || {
        let operations = operations.iter().map(|(_, part)| part);
        operations.chain(fragments.iter().map(|(_, part)| part))
    };
    let variables =
        |(operation, _): &(&OperationDefinition, Part<'_>)| operation.variable_definitions.len();
    let counts = [
        ("operations", operations.len(), limits.max_operations),
        (
            "variables",
            operations.iter().map(variables).max().unwrap_or_default(),
            limits.max_variables,
        ),
        (
            "aliases",
            parts().map(|part| part.aliases).sum(),
            limits.max_aliases,
        ),
        (
            "directives",
            parts().map(|part| part.directives).sum(),
            limits.max_directives,
        ),
    ];
    match counts.into_iter().find(|(_, count, most)| count > most) {
        Some((what, count, most)) => Err(Error::new(
            Code::QueryTooComplex,
            format!(
                "The document has {count} {what}; {most} are allowed. Ask in several requests."
            ),
        )),
        None => Ok(()),
    }
}

/// The types that operations start from, by a `__Schema`; queries' first.
fn roots(schema: &Value) -> impl Iterator<Item = (OperationType, String)> {
    let roots = [
        (OperationType::Query, "queryType"),
        (OperationType::Mutation, "mutationType"),
        (OperationType::Subscription, "subscriptionType"),
    ];
    roots.into_iter().filter_map(|(operation, root)| {
        let name = schema[root]["name"].as_str()?;
        Some((operation, name.to_owned()))
    })
}

/// The `__Type` within lists and exclamation marks.
pub(super) fn named(ty: &Value) -> &Value {
    let mut ty = ty;
    while ty["ofType"].is_object() {
        ty = &ty["ofType"];
    }
    ty
}

/// An error of the document that the specification calls a validation error.
fn invalid(message: String, pos: Pos) -> Error {
    Error::new(Code::ValidationFailed, message).located([pos])
}
