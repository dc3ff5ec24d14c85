//! The public schema, as `schema.graphql` has it: what a random query can ask, and what the executor goes by.

use std::collections::HashMap;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{Type, TypeKind, TypeSystemDefinition};
use async_graphql_value::ConstValue;
use indexmap::IndexMap;

/// All types by name.
pub struct Schema {
    types: HashMap<String, Kind>,
}

/// What a type is.
pub enum Kind {
    /// An object type: its fields and interfaces.
    Object(IndexMap<String, Field>, Vec<String>),
    /// An interface: its fields, and the object types that implement it.
    Interface(IndexMap<String, Field>, Vec<String>),
    /// An enumeration's values.
    Enum(Vec<String>),
    /// An input object's fields.
    Input(IndexMap<String, Given>),
    /// A scalar.
    Scalar,
}

/// A field of an object type or an interface.
pub struct Field {
    pub ty: Type,
    pub args: IndexMap<String, Given>,
}

/// An argument, or a field of an input object.
pub struct Given {
    pub ty: Type,
    pub default: Option<ConstValue>,
}

impl Schema {
    /// The schema that clients read.
    pub fn read() -> Self {
        let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/schema.graphql"));
        let document = parse_schema(text).expect("the schema can be read");
        let mut types = HashMap::new();
        for scalar in ["Int", "Float", "String", "Boolean", "ID"] {
            types.insert(scalar.to_owned(), Kind::Scalar);
        }
        for definition in document.definitions {
            let TypeSystemDefinition::Type(definition) = definition else {
                continue;
            };
            let name = definition.node.name.node.to_string();
            let kind = match definition.node.kind {
                TypeKind::Object(object) => {
                    let interfaces = object.implements.iter().map(|it| it.node.to_string());
                    Kind::Object(fields(&object.fields), interfaces.collect())
                }
                TypeKind::Interface(interface) => {
                    Kind::Interface(fields(&interface.fields), Vec::new())
                }
                TypeKind::Enum(values) => {
                    let values = values.values.iter();
                    Kind::Enum(values.map(|it| it.node.value.node.to_string()).collect())
                }
                TypeKind::InputObject(input) => Kind::Input(given(&input.fields)),
                TypeKind::Scalar => Kind::Scalar,
                TypeKind::Union(_) => unreachable!("the schema has no unions"),
            };
            types.insert(name, kind);
        }
        let mut implementers: Vec<(String, String)> = Vec::new();
        for (name, kind) in &types {
            if let Kind::Object(_, interfaces) = kind {
                implementers.extend(interfaces.iter().map(|it| (it.clone(), name.clone())));
            }
        }
        implementers.sort();
        for (interface, object) in implementers {
            if let Some(Kind::Interface(_, objects)) = types.get_mut(&interface) {
                objects.push(object);
            }
        }
        Self { types }
    }

    /// What a type is.
    pub fn kind(&self, name: &str) -> &Kind {
        let kind = self.types.get(name);
        kind.unwrap_or_else(|| panic!("the schema has no type {name}"))
    }

    /// The fields of an object type or an interface; none of other types.
    pub fn fields(&self, name: &str) -> Option<&IndexMap<String, Field>> {
        match self.kind(name) {
            Kind::Object(fields, _) | Kind::Interface(fields, _) => Some(fields),
            _ => None,
        }
    }

    /// A field of a type.
    pub fn field(&self, ty: &str, name: &str) -> &Field {
        let field = self.fields(ty).and_then(|fields| fields.get(name));
        field.unwrap_or_else(|| panic!("{ty} has no field {name}"))
    }

    /// Whether an object type is of a type: itself, or an interface that it implements.
    pub fn is(&self, object: &str, ty: &str) -> bool {
        let Kind::Object(_, interfaces) = self.kind(object) else {
            return false;
        };
        object == ty || interfaces.iter().any(|interface| interface == ty)
    }

    /// The object types that something of a type can be.
    pub fn possible(&self, ty: &str) -> Vec<&str> {
        match self.kind(ty) {
            Kind::Interface(_, objects) => objects.iter().map(String::as_str).collect(),
            _ => self
                .types
                .get_key_value(ty)
                .map(|(name, _)| name.as_str())
                .into_iter()
                .collect(),
        }
    }

    /// The interfaces of a type.
    pub fn interfaces(&self, ty: &str) -> &[String] {
        match self.kind(ty) {
            Kind::Object(_, interfaces) => interfaces,
            _ => &[],
        }
    }

    /// All object types with their fields.
    pub fn objects(&self) -> impl Iterator<Item = (&str, &IndexMap<String, Field>)> {
        self.types.iter().filter_map(|(name, kind)| match kind {
            Kind::Object(fields, _) => Some((name.as_str(), fields)),
            _ => None,
        })
    }
}

/// The name at the bottom of a type: `Party` of `[Party!]!`.
pub fn named(ty: &Type) -> &str {
    match &ty.base {
        async_graphql::parser::types::BaseType::Named(name) => name,
        async_graphql::parser::types::BaseType::List(of) => named(of),
    }
}

/// Whether a type is a list.
pub fn is_list(ty: &Type) -> bool {
    matches!(ty.base, async_graphql::parser::types::BaseType::List(_))
}

fn fields(
    definitions: &[async_graphql::Positioned<async_graphql::parser::types::FieldDefinition>],
) -> IndexMap<String, Field> {
    let fields = definitions.iter().map(|definition| {
        let definition = &definition.node;
        let field = Field {
            ty: definition.ty.node.clone(),
            args: given(&definition.arguments),
        };
        (definition.name.node.to_string(), field)
    });
    fields.collect()
}

fn given(
    definitions: &[async_graphql::Positioned<async_graphql::parser::types::InputValueDefinition>],
) -> IndexMap<String, Given> {
    let given = definitions.iter().map(|definition| {
        let definition = &definition.node;
        let given = Given {
            ty: definition.ty.node.clone(),
            default: definition.default_value.as_ref().map(|it| it.node.clone()),
        };
        (definition.name.node.to_string(), given)
    });
    given.collect()
}
