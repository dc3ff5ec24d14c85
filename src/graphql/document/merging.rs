//! Fields that come together under one response key must ask for the same (GraphQL, "Field Selection Merging").
//!
//! The library compares the fields that stand side by side in one selection, and mistakes for which types they are asked. This
//! follows the specification: through fragments, into what merged fields select, and also for types that no object has both of,
//! whose answers must at least have the same shape.
//!
//! The fields of a selection are compared with the first of their key rather than each with each: what they must have in common
//! is the same for all. Those asked of an interface come together with those of any object type, so a document can be made in
//! which the same fields come together with ever others; such a one is given up.

use std::collections::{HashMap, HashSet};

use async_graphql::Positioned;
use async_graphql::parser::types::{
    ExecutableDocument, Field, OperationType, Selection, SelectionSet,
};
use async_graphql_value::Value as Literal;
use indexmap::IndexMap;
use serde_json::Value;

use super::{Code, Error, invalid, short};

/// The most fields that are looked at, however often each.
const MOST_LOOKS: usize = 100_000;

/// What the fields of a schema's types give.
#[derive(Debug)]
pub(in crate::graphql) struct Shapes {
    /// By type, its fields.
    fields: HashMap<String, HashMap<String, Shape>>,
    objects: HashSet<String>,
    /// The types that operations start from.
    roots: Vec<(OperationType, String)>,
    /// What `__typename` gives.
    typename: Shape,
}

/// A field's type: what it is within lists and exclamation marks, and these.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    wrapped: String,
    name: String,
    /// Whether it has fields.
    composite: bool,
}

impl Shapes {
    /// Of a schema as introspection describes it: its `__Schema`, and each `__Type` by its name.
    pub(in crate::graphql) fn of(schema: &Value, types: &HashMap<String, Value>) -> Self {
        let mut fields: HashMap<_, HashMap<_, _>> = HashMap::new();
        let mut objects = HashSet::new();
        for (name, ty) in types {
            if ty["kind"] == "OBJECT" {
                objects.insert(name.clone());
            }
            let own = ty["fields"].as_array().into_iter().flatten();
            let own = own.map(|field| {
                let name = field["name"].as_str().unwrap_or_default();
                (name.to_owned(), Shape::of(&field["type"]))
            });
            fields.insert(name.clone(), own.collect());
        }
        let roots: Vec<_> = super::roots(schema).collect();
        let query = roots.first().map(|(_, name)| name.as_str());
        if let Some(root) = query.and_then(|query| fields.get_mut(query)) {
            for (name, wrapped, ty) in [("__schema", "!", "__Schema"), ("__type", "", "__Type")] {
                let shape = Shape {
                    wrapped: wrapped.to_owned(),
                    name: ty.to_owned(),
                    composite: true,
                };
                root.insert(name.to_owned(), shape);
            }
        }
        Self {
            fields,
            objects,
            roots,
            typename: Shape {
                wrapped: "!".to_owned(),
                name: "String".to_owned(),
                composite: false,
            },
        }
    }

    /// Whether there is a type of this name.
    pub(super) fn knows(&self, ty: &str) -> bool {
        self.fields.contains_key(ty)
    }

    /// The type of a field; `None` where there is no such field, or only the library knows it.
    fn shape(&self, parent: &str, field: &str) -> Option<&Shape> {
        if field == "__typename" {
            return Some(&self.typename);
        }
        self.fields.get(parent)?.get(field)
    }
}

impl Shape {
    fn of(ty: &Value) -> Self {
        let mut wrapped = String::new();
        let mut ty = ty;
        while ty["ofType"].is_object() {
            wrapped.push(if ty["kind"] == "LIST" { '[' } else { '!' });
            ty = &ty["ofType"];
        }
        Self {
            wrapped,
            name: ty["name"].as_str().unwrap_or_default().to_owned(),
            composite: matches!(ty["kind"].as_str(), Some("OBJECT" | "INTERFACE" | "UNION")),
        }
    }
}

/// Fields that can't be merged, the first of each key.
///
/// # Errors
///
/// [`Code::QueryTooComplex`] where there is too much to compare.
pub(in crate::graphql) fn check(
    document: &ExecutableDocument,
    shapes: &Shapes,
) -> Result<Vec<Error>, Error> {
    let mut merging = Merging {
        document,
        shapes,
        looks: 0,
        conflicts: Vec::new(),
        seen: HashSet::new(),
    };
    for (_, operation) in document.operations.iter() {
        let mut roots = shapes.roots.iter();
        let Some((_, root)) = roots.find(|(of, _)| *of == operation.node.ty) else {
            continue;
        };
        let fields = merging.collect(&[(root, &operation.node.selection_set.node)])?;
        merging.same_shape(&fields)?;
        merging.same_for_common_parents(&fields)?;
    }
    Ok(merging.conflicts)
}

/// A field where it stands: the type that it is asked of.
#[derive(Clone, Copy)]
struct Asked<'a> {
    parent: &'a str,
    field: &'a Positioned<Field>,
}

impl<'a> Asked<'a> {
    fn key(&self) -> &'a str {
        self.field.node.response_key().node.as_str()
    }

    fn name(&self) -> &'a str {
        self.field.node.name.node.as_str()
    }
}

type ByKey<'a> = IndexMap<&'a str, Vec<Asked<'a>>>;

struct Merging<'a> {
    document: &'a ExecutableDocument,
    shapes: &'a Shapes,
    looks: usize,
    conflicts: Vec<Error>,
    /// The places of the conflicts that were found.
    seen: HashSet<(usize, usize)>,
}

impl<'a> Merging<'a> {
    /// The fields of selections, their fragments written out, by response key.
    fn collect(&mut self, sets: &[(&'a str, &'a SelectionSet)]) -> Result<ByKey<'a>, Error> {
        let mut fields = ByKey::new();
        let mut spread = HashSet::new();
        for (parent, set) in sets {
            self.walk(parent, set, &mut spread, &mut fields)?;
        }
        Ok(fields)
    }

    fn walk(
        &mut self,
        parent: &'a str,
        set: &'a SelectionSet,
        spread: &mut HashSet<&'a str>,
        fields: &mut ByKey<'a>,
    ) -> Result<(), Error> {
        for item in &set.items {
            self.looks += 1;
            if self.looks > MOST_LOOKS {
                let message = "The document asks for the same fields in too many places to tell whether they fit \
                               together. Ask in several requests.";
                return Err(Error::new(Code::QueryTooComplex, message).located([item.pos]));
            }
            match &item.node {
                Selection::Field(field) => {
                    let asked = Asked { parent, field };
                    fields.entry(asked.key()).or_default().push(asked);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let parent = condition.map_or(parent, |condition| &condition.node.on.node);
                    self.walk(parent, &fragment.node.selection_set.node, spread, fields)?;
                }
                Selection::FragmentSpread(named) => {
                    let name = &named.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name)
                        && spread.insert(name)
                    {
                        let parent = &fragment.node.type_condition.node.on.node;
                        self.walk(parent, &fragment.node.selection_set.node, spread, fields)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// What fields select, of the types that they give.
    fn inner(&mut self, fields: &[Asked<'a>]) -> Result<ByKey<'a>, Error> {
        let shapes = self.shapes;
        let sets: Vec<_> = fields
            .iter()
            .filter_map(|asked| {
                let shape = shapes.shape(asked.parent, asked.name())?;
                Some((shape.name.as_str(), &asked.field.node.selection_set.node))
            })
            .collect();
        self.collect(&sets)
    }

    /// Fields of one key give answers of one shape, whatever they are asked of.
    fn same_shape(&mut self, fields: &ByKey<'a>) -> Result<(), Error> {
        for (key, fields) in fields {
            if fields.len() == 1 && fields[0].field.node.selection_set.node.items.is_empty() {
                continue;
            }
            let shapes = self.shapes;
            let mut known = fields
                .iter()
                .filter_map(|asked| Some((asked, shapes.shape(asked.parent, asked.name())?)));
            if let Some((first, shape)) = known.next() {
                let other = known.find(|(_, other)| {
                    let leaf = !shape.composite || !other.composite;
                    shape.wrapped != other.wrapped || (leaf && shape.name != other.name)
                });
                if let Some((other, _)) = other {
                    let message = format!(
                        "Fields of different types stand under `{}`. Give one of them an alias.",
                        short(key)
                    );
                    self.conflict(message, first, other);
                    continue;
                }
            }
            let inner = self.inner(fields)?;
            self.same_shape(&inner)?;
        }
        Ok(())
    }

    /// Fields of one key that one object may be asked for are the same field with the same arguments.
    fn same_for_common_parents(&mut self, fields: &ByKey<'a>) -> Result<(), Error> {
        for (key, fields) in fields {
            for together in self.together(fields) {
                let [first, others @ ..] = together.as_slice() else {
                    continue;
                };
                self.looks += others
                    .iter()
                    .map(|other| weight(other.field))
                    .sum::<usize>();
                let other = others.iter().find(|other| !same(first.field, other.field));
                if let Some(other) = other {
                    let message = format!(
                        "Two different fields, or one with different arguments, stand under `{}`. Give one of them an alias.",
                        short(key)
                    );
                    self.conflict(message, first, other);
                    continue;
                }
                let inner = self.inner(&together)?;
                self.same_for_common_parents(&inner)?;
            }
        }
        Ok(())
    }

    /// Fields by the object that they may be asked of: those of each object type, each with all that are asked of interfaces.
    fn together(&self, fields: &[Asked<'a>]) -> Vec<Vec<Asked<'a>>> {
        let of_an_object = |asked: &&Asked<'a>| self.shapes.objects.contains(asked.parent);
        let mut groups: IndexMap<&str, Vec<Asked<'a>>> = IndexMap::new();
        for asked in fields.iter().filter(of_an_object) {
            groups.entry(asked.parent).or_default().push(*asked);
        }
        let abstracts = fields.iter().filter(|asked| !of_an_object(asked)).copied();
        let abstracts: Vec<_> = abstracts.collect();
        if groups.is_empty() {
            return vec![abstracts];
        }
        let with_abstracts = |mut group: Vec<Asked<'a>>| {
            group.extend_from_slice(&abstracts);
            group
        };
        groups.into_values().map(with_abstracts).collect()
    }

    fn conflict(&mut self, message: String, first: &Asked<'a>, other: &Asked<'a>) {
        let pos = other.field.pos;
        if self.seen.insert((pos.line, pos.column)) {
            let error = invalid(message, first.field.pos);
            self.conflicts.push(error.located([first.field.pos, pos]));
        }
    }
}

/// How much there is to compare of a field: its arguments, and all values within these.
fn weight(field: &Positioned<Field>) -> usize {
    fn of(value: &Literal) -> usize {
        1 + match value {
            Literal::List(values) => values.iter().map(of).sum(),
            Literal::Object(fields) => fields.values().map(of).sum(),
            _ => 0,
        }
    }
    let values = field.node.arguments.iter();
    1 + values.map(|(_, value)| of(&value.node)).sum::<usize>()
}

/// Whether two fields ask for the same, what they select aside.
fn same(first: &Positioned<Field>, other: &Positioned<Field>) -> bool {
    let (first, other) = (&first.node, &other.node);
    first.name.node == other.name.node
        && first.arguments.len() == other.arguments.len()
        && first.arguments.iter().all(|(name, value)| {
            let given = other.get_argument(&name.node);
            given.is_some_and(|given| given.node == value.node)
        })
}
