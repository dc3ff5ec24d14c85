//! Asking random questions: as documents with literals, or with variables.

use std::fmt::Write as _;

use entente::graphql::{Error, Request};
use serde_json::{Map, Value, json};

use crate::places::Place;
use crate::reference::Question;
use crate::support::graphql::Registry;
use crate::world::World;

/// Which page of a list.
#[derive(Clone, Default)]
pub struct Page {
    pub first: Option<usize>,
    pub after: Option<String>,
    pub last: Option<usize>,
    pub before: Option<String>,
}

impl Page {
    /// The first so many.
    pub fn first(count: usize) -> Self {
        Self {
            first: Some(count),
            ..Self::default()
        }
    }
}

impl Question {
    /// What the list answers to a selection; below records, one answer for each of `owners`, asked for at once.
    pub fn ask(
        &self,
        registry: &Registry,
        world: &World,
        owners: &[usize],
        page: &Page,
        selection: &str,
    ) -> Result<Vec<Value>, Vec<Error>> {
        let kind = self.place.target();
        let order = self.order.iter().map(|(field, direction)| match direction {
            Some(direction) => json!({ "field": field, "direction": direction }),
            None => json!({ "field": field }),
        });
        let order = if self.order.is_empty() {
            Value::Null
        } else {
            order.collect()
        };
        let mut arguments = vec![
            (
                "filter",
                format!("{}Filter", kind.name()),
                self.filter.clone(),
            ),
            ("orderBy", format!("[{}Order!]", kind.name()), order),
            ("first", "Int".to_owned(), json!(page.first)),
            ("after", "String".to_owned(), json!(page.after)),
            ("last", "Int".to_owned(), json!(page.last)),
            ("before", "String".to_owned(), json!(page.before)),
        ];
        if let Place::Below { args, .. } = &self.place {
            for (name, ty) in self.place.argument_types() {
                // What is not given and what is null means the same.
                arguments.push((name, (*ty).to_owned(), args[*name].clone()));
            }
        }
        let list =
            |field: &str, arguments: &str| format!("list: {field}({arguments}) {{ {selection} }}");
        let inner = |arguments: &str| match &self.place {
            Place::Root(kind) => list(kind.roots().1, arguments),
            Place::Below { owner, field, .. } => {
                let slugs: Vec<_> = owners
                    .iter()
                    .map(|it| &world.core(*owner, *it).slug)
                    .collect();
                let list = list(field, arguments);
                match slugs.as_slice() {
                    [one] => format!("owner: {}(slug: {one:?}) {{ {list} }}", owner.roots().0),
                    several => format!(
                        "owners: {}(filter: {{ slugs: {several:?} }}, first: 100) {{ nodes {{ slug {list} }} }}",
                        owner.roots().1
                    ),
                }
            }
        };
        let mut data = ask(registry, self.language, self.literal, &arguments, &inner)?;
        let found = match (&self.place, owners) {
            (Place::Root(_), _) => vec![data["list"].take()],
            (_, [_]) => vec![data["owner"]["list"].take()],
            (Place::Below { owner, .. }, owners) => {
                let nodes = data["owners"]["nodes"]
                    .as_array_mut()
                    .expect("nodes are a list");
                let mut list_of = |one: &usize| {
                    let slug = world.core(*owner, *one).slug.as_str();
                    let node = nodes.iter_mut().find(|node| node["slug"] == slug);
                    node.expect("every owner is there")["list"].take()
                };
                owners.iter().map(&mut list_of).collect()
            }
        };
        Ok(found)
    }
}

/// The data that a query of one field gets. `inner` writes it, given its arguments as they stand in the document.
pub fn ask(
    registry: &Registry,
    language: Option<&str>,
    literal: bool,
    arguments: &[(&str, String, Value)],
    inner: &dyn Fn(&str) -> String,
) -> Result<Value, Vec<Error>> {
    let mut written = String::new();
    let mut declared = String::new();
    let mut variables = Map::new();
    for (name, ty, value) in arguments {
        if literal {
            write!(written, "{name}: {} ", as_literal(value, is_enum(name)))
                .expect("strings take text");
        } else {
            write!(written, "{name}: ${name} ").expect("strings take text");
            write!(declared, "${name}: {ty} ").expect("strings take text");
            variables.insert((*name).to_owned(), value.clone());
        }
    }
    let head = if literal {
        String::new()
    } else {
        format!("query({declared})")
    };
    let request = Request {
        query: format!("{head} {{ {} }}", inner(&written)),
        variables,
        accept_language: language.map(str::to_lowercase),
        ..Request::default()
    };
    registry
        .answer(request)
        .map(|mut answer| answer["data"].take())
}

/// Whether a field takes values of an enumeration.
fn is_enum(name: &str) -> bool {
    let enums = [
        "kinds",
        "statuses",
        "roles",
        "eligibleKinds",
        "languages",
        "scheme",
        "field",
        "direction",
        "by",
    ];
    enums.contains(&name)
}

/// A value as it stands in a document.
fn as_literal(value: &Value, of_enum: bool) -> String {
    match value {
        Value::Array(values) => {
            let values: Vec<_> = values
                .iter()
                .map(|value| as_literal(value, of_enum))
                .collect();
            format!("[{}]", values.join(", "))
        }
        Value::Object(fields) => {
            let fields = fields.iter();
            let fields: Vec<_> = fields
                .map(|(name, value)| format!("{name}: {}", as_literal(value, is_enum(name))))
                .collect();
            format!("{{{}}}", fields.join(", "))
        }
        Value::String(word) if of_enum => word.clone(),
        value => value.to_string(),
    }
}
