//! Questions about the schema itself, answered by the GraphQL library.
//!
//! The library's introspection says of an interface that it implements nothing. So a question for `interfaces` is
//! asked with two more fields that tell which type the answer is about, and where that is an interface which implements
//! another, the answer is filled in from the same question about the other.

use std::collections::HashMap;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, Field, FragmentDefinition, InlineFragment,
    OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::Value as GraphqlValue;
use serde_json::{Map, Value};

/// Each interface that implements another, with the other.
pub(super) const INTERFACES: &[(&str, &str)] = &[("Record", "Node")];

const NAME: &str = "__nameOfType";
const KIND: &str = "__kindOfType";

/// A document that asks for the schema alone.
pub(super) struct Introspection {
    pub(super) document: ExecutableDocument,
    /// The root keys that were added, by the response key of `interfaces` that each is for.
    added: Vec<(String, String)>,
}

impl Introspection {
    /// The part of an operation that asks for the schema, if any does.
    pub(super) fn of(
        operation: &OperationDefinition,
        fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    ) -> Option<Self> {
        let mut selection = schema_fields(&operation.selection_set.node, fragments)?;
        let mut fragments = fragments.clone();
        let mut asked = Vec::new();
        mark(&mut selection, &mut asked);
        for fragment in fragments.values_mut() {
            mark(&mut fragment.node.selection_set.node, &mut asked);
        }
        let mut added = Vec::new();
        for (place, (key, inner)) in asked.into_iter().enumerate() {
            let root = format!("__interfaces{place}");
            added.push((root.clone(), key));
            let (_, implemented) = INTERFACES[0];
            let argument = (
                name("name"),
                at(GraphqlValue::String(implemented.to_owned())),
            );
            selection
                .items
                .push(field("__type", &root, vec![argument], inner));
        }
        let mut operation = operation.clone();
        operation.selection_set.node = selection;
        let document = ExecutableDocument {
            operations: DocumentOperations::Single(at(operation)),
            fragments,
        };
        Some(Self { document, added })
    }

    /// The answer, with what the library left out and without what was added to ask for it.
    pub(super) fn complete(&self, mut answer: Value) -> Value {
        let mut implemented = HashMap::new();
        if let Value::Object(roots) = &mut answer {
            for (root, key) in &self.added {
                let mut interface = roots.shift_remove(root).unwrap_or_default();
                strip(&mut interface, &HashMap::new());
                implemented.entry(key.as_str()).or_insert(interface);
            }
        }
        strip(&mut answer, &implemented);
        answer
    }
}

/// The root fields of a selection that ask for the schema.
fn schema_fields(
    selection: &SelectionSet,
    fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
) -> Option<SelectionSet> {
    let kept = |item: &Positioned<Selection>| {
        let inline = |inner, directives| {
            Selection::InlineFragment(at(InlineFragment {
                type_condition: None,
                directives,
                selection_set: at(inner),
            }))
        };
        let kept = match &item.node {
            Selection::Field(field) => {
                matches!(field.node.name.node.as_str(), "__schema" | "__type")
                    .then(|| item.node.clone())?
            }
            Selection::InlineFragment(fragment) => inline(
                schema_fields(&fragment.node.selection_set.node, fragments)?,
                fragment.node.directives.clone(),
            ),
            Selection::FragmentSpread(spread) => {
                let fragment = fragments.get(&spread.node.fragment_name.node)?;
                inline(
                    schema_fields(&fragment.node.selection_set.node, fragments)?,
                    spread.node.directives.clone(),
                )
            }
        };
        Some(Positioned::new(kept, item.pos))
    };
    let items: Vec<_> = selection.items.iter().filter_map(kept).collect();
    (!items.is_empty()).then_some(SelectionSet { items })
}

/// Adds the two fields wherever `interfaces` is asked for, and notes under which key and with which selection.
fn mark(selection: &mut SelectionSet, asked: &mut Vec<(String, SelectionSet)>) {
    let mut here = false;
    for item in &mut selection.items {
        match &mut item.node {
            Selection::Field(field) => {
                mark(&mut field.node.selection_set.node, asked);
                if field.node.name.node == "interfaces" {
                    here = true;
                    asked.push((
                        field.node.response_key().node.to_string(),
                        field.node.selection_set.node.clone(),
                    ));
                }
            }
            Selection::InlineFragment(fragment) => {
                mark(&mut fragment.node.selection_set.node, asked);
            }
            Selection::FragmentSpread(_) => {}
        }
    }
    if here {
        for (name, key) in [("name", NAME), ("kind", KIND)] {
            selection.items.push(field(
                name,
                key,
                Vec::new(),
                SelectionSet { items: Vec::new() },
            ));
        }
    }
}

/// Takes the two fields out of an answer, and fills in `interfaces` where they tell to.
fn strip(answer: &mut Value, implemented: &HashMap<&str, Value>) {
    match answer {
        Value::Array(elements) => {
            for element in elements {
                strip(element, implemented);
            }
        }
        Value::Object(fields) => {
            let about = fields.shift_remove(NAME);
            let is_interface = fields
                .shift_remove(KIND)
                .is_some_and(|kind| kind == "INTERFACE");
            for value in fields.values_mut() {
                strip(value, implemented);
            }
            if is_interface {
                fill(fields, about.as_ref(), implemented);
            }
        }
        _ => {}
    }
}

fn fill(
    fields: &mut Map<String, Value>,
    about: Option<&Value>,
    implemented: &HashMap<&str, Value>,
) {
    let implements = INTERFACES
        .iter()
        .any(|(name, _)| about.is_some_and(|about| about == name));
    for (key, interface) in implemented {
        if let Some(interfaces) = fields.get_mut(*key).filter(|value| value.is_null()) {
            *interfaces = Value::Array(if implements {
                vec![interface.clone()]
            } else {
                Vec::new()
            });
        }
    }
}

fn field(
    of: &str,
    alias: &str,
    arguments: Vec<(Positioned<Name>, Positioned<GraphqlValue>)>,
    selection: SelectionSet,
) -> Positioned<Selection> {
    at(Selection::Field(at(Field {
        alias: Some(name(alias)),
        name: name(of),
        arguments,
        directives: Vec::new(),
        selection_set: at(selection),
    })))
}

fn name(of: &str) -> Positioned<Name> {
    at(Name::new(of))
}

fn at<T>(node: T) -> Positioned<T> {
    Positioned::new(node, Pos::default())
}
