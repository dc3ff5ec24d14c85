//! Questions about the schema itself (GraphQL, "Introspection").
//!
//! The schema doesn't change while the server runs. So the GraphQL library is asked once for all that it says of the
//! schema, and what it gets wrong is put right there. Answers are read off that: types refer to each other by name, and
//! a name is looked up when a selection goes on behind it. A selection may go round in circles for ever
//! (`possibleTypes{interfaces{possibleTypes{…`), each round wider than the one before; an answer that grows beyond
//! [`MOST_BYTES`] is given up.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::Write;

use async_graphql::dynamic::{Schema, SchemaError};
use async_graphql::parser::types::SelectionSet;
use async_graphql_value::Value as Literal;
use futures_util::FutureExt;
use serde_json::{Map, Value, json};

use super::document::merging::Shapes;
use super::document::places::Places;
use super::error::{Code, Error};
use super::schema::INTERFACES;
use super::viewer;
use crate::read::{Document, Merged, inner};

/// The most that the answers about the schema take in one response. All there is to say once takes about a tenth.
const MOST_BYTES: usize = 4 << 20;

/// All fields of all of the schema's own types, but that types which are referred to are only named.
const EVERYTHING: &str = "{
  __schema {
    description
    queryType { name }
    mutationType { name }
    subscriptionType { name }
    types {
      kind name description specifiedByURL isOneOf
      fields(includeDeprecated: true) {
        name description isDeprecated deprecationReason
        args(includeDeprecated: true) { ...Input }
        type { ...Reference }
      }
      inputFields(includeDeprecated: true) { ...Input }
      enumValues(includeDeprecated: true) { name description isDeprecated deprecationReason }
      interfaces { name }
      possibleTypes { name }
    }
    directives { name description locations isRepeatable args(includeDeprecated: true) { ...Input } }
  }
}
fragment Input on __InputValue {
  name description defaultValue isDeprecated deprecationReason type { ...Reference }
}
fragment Reference on __Type {
  kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }
}";

/// What there is to know of a schema.
pub(super) struct Introspection {
    /// A `__Schema`.
    schema: Value,
    /// Each `__Type` with a name.
    types: HashMap<String, Value>,
    /// For each object type, the named type of each field.
    fields: HashMap<String, HashMap<String, String>>,
    query_type: String,
}

impl Introspection {
    /// Asks the library.
    ///
    /// # Errors
    ///
    /// If the library doesn't answer. It does so at once and fully, or not at all.
    pub(super) fn of(schema: &Schema) -> Result<Self, SchemaError> {
        let response = schema.execute(EVERYTHING).now_or_never();
        let response = response.ok_or("The library waits for something to describe the schema")?;
        if let Some(error) = response.errors.first() {
            return Err(error.message.as_str().into());
        }
        let mut answer = response
            .data
            .into_json()
            .map_err(|error| error.to_string())?;
        let mut schema = answer["__schema"].take();
        let mut types = HashMap::new();
        if let Value::Array(all) = &mut schema["types"] {
            for ty in all {
                let name = ty["name"].as_str().unwrap_or_default().to_owned();
                let mut described = std::mem::replace(ty, json!({ "name": name }));
                put_right(&name, &mut described);
                types.insert(name, described);
            }
        }
        let fields = types
            .iter()
            .filter(|(_, ty)| ty["kind"] == "OBJECT")
            .map(|(name, ty)| (name.clone(), types_of_fields(ty)))
            .collect();
        let query_type = schema["queryType"]["name"].as_str();
        Ok(Self {
            query_type: query_type.unwrap_or_default().to_owned(),
            schema,
            types,
            fields,
        })
    }

    /// What the fields of its types give.
    pub(super) fn shapes(&self) -> Shapes {
        Shapes::of(&self.schema, &self.types)
    }

    /// What its fields and inputs take.
    pub(super) fn places(&self) -> Places {
        Places::of(&self.schema, &self.types)
    }

    /// The answers to those root fields of a valid query that ask for the schema: JSON by response key.
    ///
    /// # Errors
    ///
    /// [`Code::QueryTooComplex`] where they get too large.
    pub(super) fn answers(
        &self,
        document: &Document<'_>,
        selection: &SelectionSet,
    ) -> Result<HashMap<String, String>, Error> {
        self.told(document, selection, |name, fields| match name {
            "__schema" => Some((Some(&self.schema), "__Schema")),
            "__type" => {
                let name = argument(document, fields, "name");
                let name = name.as_deref().and_then(Value::as_str);
                Some((name.and_then(|name| self.types.get(name)), "__Type"))
            }
            _ => None,
        })
    }

    /// The answers to those root fields of a valid query that ask for the viewer, who is described whole.
    ///
    /// # Errors
    ///
    /// As [`answers`](Self::answers).
    pub(super) fn viewer(
        &self,
        document: &Document<'_>,
        selection: &SelectionSet,
        described: &Value,
    ) -> Result<HashMap<String, String>, Error> {
        self.told(document, selection, |name, _| {
            (name == viewer::FIELD).then_some((Some(described), viewer::TYPE))
        })
    }

    /// The answers to those root fields for which `about` has an object and its type.
    fn told<'v>(
        &self,
        document: &Document<'_>,
        selection: &SelectionSet,
        about: impl Fn(&str, &Merged<'_>) -> Option<(Option<&'v Value>, &'static str)>,
    ) -> Result<HashMap<String, String>, Error> {
        let mut answers = HashMap::new();
        let mut left = MOST_BYTES;
        for (key, fields) in document.collect(&[selection], &|name| name == self.query_type)? {
            let Some((about, ty)) = about(fields[0].node.name.node.as_str(), &fields) else {
                continue;
            };
            let shape = self.shape(document, ty, &fields)?;
            let mut out = Writer {
                model: self,
                out: Vec::new(),
                most: left,
            };
            out.value(about.unwrap_or(&Value::Null), Some(&shape))?;
            left = left.saturating_sub(out.out.len());
            let answer = String::from_utf8(out.out).map_err(Error::internal)?;
            answers.insert(key.to_owned(), answer);
        }
        Ok(answers)
    }

    /// What is asked of each object of a type. Made once however many objects there are, so that writing the answer
    /// takes no longer than its length.
    fn shape<'a>(
        &'a self,
        document: &Document<'a>,
        ty: &'a str,
        of: &Merged<'a>,
    ) -> Result<Shape<'a>, Error> {
        let mut parts = Vec::new();
        for (key, fields) in document.collect(&inner(of), &|name| name == ty)? {
            let name = fields[0].node.name.node.as_str();
            let target = self.fields.get(ty).and_then(|fields| fields.get(name));
            let target = target.filter(|target| self.fields.contains_key(*target));
            parts.push(Part {
                key,
                name,
                deprecated: argument(document, &fields, "includeDeprecated").as_deref()
                    == Some(&Value::Bool(true)),
                shape: target
                    .map(|target| self.shape(document, target, &fields))
                    .transpose()?,
            });
        }
        Ok(Shape { ty, parts })
    }
}

/// The library says of an interface that it can't implement another, instead of which ones it does.
fn put_right(name: &str, ty: &mut Value) {
    if ty["kind"] == "INTERFACE" {
        let implemented = INTERFACES
            .iter()
            .filter(|(interface, _)| *interface == name);
        ty["interfaces"] = implemented
            .map(|(_, implemented)| json!({ "name": implemented }))
            .collect();
    }
}

fn types_of_fields(ty: &Value) -> HashMap<String, String> {
    let fields = ty["fields"].as_array().into_iter().flatten();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    fields
        .map(|field| {
            let ty = super::document::named(&field["type"]);
            (text(&field["name"]), text(&ty["name"]))
        })
        .collect()
}

/// The value of an argument; `None` where it isn't given.
fn argument<'a>(
    document: &Document<'a>,
    fields: &Merged<'a>,
    name: &str,
) -> Option<Cow<'a, Value>> {
    match &fields[0].node.get_argument(name)?.node {
        Literal::Variable(name) => document.variables.value(name).map(Cow::Borrowed),
        literal => literal.clone().into_json().ok().map(Cow::Owned),
    }
}

/// What is asked of an object.
struct Shape<'a> {
    ty: &'a str,
    parts: Vec<Part<'a>>,
}

/// What is asked under one response key.
struct Part<'a> {
    key: &'a str,
    name: &'a str,
    /// Whether what is deprecated is asked for as well.
    deprecated: bool,
    /// `None` for a scalar.
    shape: Option<Shape<'a>>,
}

struct Writer<'a> {
    model: &'a Introspection,
    out: Vec<u8>,
    most: usize,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value, shape: Option<&Shape<'_>>) -> Result<(), Error> {
        if self.out.len() > self.most {
            return Err(Error::new(
                Code::QueryTooComplex,
                format!(
                    "The answer about the schema has more than {MOST_BYTES} bytes. Ask for less depth at once."
                ),
            ));
        }
        match (value, shape) {
            (Value::Array(elements), _) => self.list(elements.iter(), shape),
            (Value::Object(object), Some(shape)) => self.object(object, shape),
            _ => write!(self.out, "{value}").map_err(Error::internal),
        }
    }

    fn list<'v>(
        &mut self,
        elements: impl Iterator<Item = &'v Value>,
        shape: Option<&Shape<'_>>,
    ) -> Result<(), Error> {
        self.out.push(b'[');
        for (place, element) in elements.enumerate() {
            if place > 0 {
                self.out.push(b',');
            }
            self.value(element, shape)?;
        }
        self.out.push(b']');
        Ok(())
    }

    fn object(&mut self, object: &Map<String, Value>, shape: &Shape<'_>) -> Result<(), Error> {
        // Everywhere but in the index, a type with a name has no more than that.
        let named = object.get("name").and_then(Value::as_str);
        let described = named
            .filter(|_| shape.ty == "__Type")
            .and_then(|name| self.model.types.get(name)?.as_object());
        let object = described.unwrap_or(object);
        self.out.push(b'{');
        for (place, part) in shape.parts.iter().enumerate() {
            if place > 0 {
                self.out.push(b',');
            }
            write!(self.out, "\"{}\":", part.key).map_err(Error::internal)?;
            match object.get(part.name) {
                _ if part.name == "__typename" => {
                    write!(self.out, "\"{}\"", shape.ty).map_err(Error::internal)?;
                }
                Some(Value::Array(elements)) if !part.deprecated => {
                    let current = elements
                        .iter()
                        .filter(|element| element["isDeprecated"] != true);
                    self.list(current, part.shape.as_ref())?;
                }
                Some(value) => self.value(value, part.shape.as_ref())?,
                // Lists and non-null types have but a kind and a type within.
                None => self.out.extend(b"null"),
            }
        }
        self.out.push(b'}');
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Should the library come to say more of a schema, it has to be asked for it.
    #[test]
    fn everything_is_asked_for() {
        let schema = crate::graphql::schema::schema(crate::registry::model());
        let schema = schema.finish().expect("the declarations agree");
        let model = Introspection::of(&schema).expect("the library answers");
        let fields = &model.types["Query"]["fields"][0];
        let objects = [
            ("__Schema", &model.schema, &[][..]),
            ("__Type", &model.types["Query"], &["ofType"]),
            ("__Field", fields, &[]),
            (
                "__InputValue",
                &model.types["__Type"]["fields"][3]["args"][0],
                &[],
            ),
            (
                "__EnumValue",
                &model.types["__TypeKind"]["enumValues"][0],
                &[],
            ),
            ("__Directive", &model.schema["directives"][0], &[]),
        ];
        for (ty, object, without) in objects {
            let object = object.as_object().unwrap_or_else(|| panic!("no {ty}"));
            let mut asked: Vec<_> = object.keys().map(String::as_str).collect();
            asked.extend(without);
            asked.sort_unstable();
            let mut there: Vec<_> = model.fields[ty].keys().map(String::as_str).collect();
            there.sort_unstable();
            assert_eq!(asked, there, "{ty}");
        }
    }
}
