//! The GraphQL schema that follows from the declared model. It serves for validation, introspection and SDL; what it
//! describes is answered by the read engine.

use async_graphql::dynamic::{
    Enum, EnumItem, Field as SchemaField, FieldFuture, InputObject, InputValue, Interface,
    InterfaceField, Object, Scalar, Schema, SchemaBuilder, SchemaError, Subscription,
    SubscriptionField, SubscriptionFieldFuture, TypeRef,
};
use std::collections::HashSet;

use async_graphql::{Name, SDLExportOptions, Value};
use futures_util::stream;

use crate::model::{Arg, Field, Model, Read, Role, Type};

/// Each interface that implements another, with the other.
pub(super) const INTERFACES: &[(&str, &str)] = &[("Record", "Node")];

const ROOT_DOC: &str = "What can be asked of the registry. A request that is refused, or a field that fails, has an error whose \
                        `extensions.code` says why:\n";

/// The name of the type that subscriptions begin with.
pub(super) const SUBSCRIPTION: &str = "Subscription";
/// The subscription to the version of the data.
pub(super) const REGISTRY_VERSION: &str = "registryVersion";

/// The schema of a model.
pub fn schema(model: &Model) -> SchemaBuilder {
    let mut schema = Schema::build("Query", None, Some(SUBSCRIPTION));
    for (name, doc, rule) in SCALARS {
        let scalar = Scalar::new(*name).description(*doc);
        schema = schema.register(match rule {
            Some(url) => scalar.specified_by_url(*url),
            None => scalar,
        });
    }
    let shown = shown_enums(model);
    for vocabulary in model
        .enums
        .values()
        .filter(|vocabulary| shown.contains(vocabulary.name))
    {
        let items = vocabulary
            .values
            .iter()
            .map(|(name, doc)| EnumItem::new(*name).description(*doc));
        schema = schema.register(items.fold(
            Enum::new(vocabulary.name).description(vocabulary.doc),
            Enum::item,
        ));
    }
    schema = schema.register(
        Interface::new("Node")
            .description("Anything with a global identifier (Relay Global Object Identification).")
            .field(InterfaceField::new("id", type_ref("ID!")).description("Opaque and stable.")),
    );
    schema = schema.register(record_interface(model));
    for declared in model.inputs.values() {
        let object = InputObject::new(declared.name.as_ref()).description(declared.doc.as_ref());
        let fields = declared
            .fields
            .iter()
            .map(|field| input(field.name, &field.ty, &field.doc, field.default.as_ref()));
        schema = schema.register(fields.fold(object, InputObject::field));
    }
    let mut connections = Connections::default();
    let mut query = Object::new("Query").description(ROOT_DOC.to_owned() + &super::code::listed());
    for field in &model.roots {
        connections.of(model, field);
        query = query.field(schema_field(field));
    }
    for ty in model
        .types
        .values()
        .filter(|ty| !matches!(ty.role, Role::Edge))
    {
        let mut object = Object::new(ty.name).description(ty.doc);
        if ty.is_node() {
            object = object.implement("Node");
        }
        if is_record(ty) {
            object = object.implement("Record");
        }
        for field in ty.fields.iter().filter(|field| field.read.is_some()) {
            connections.of(model, field);
            object = object.field(schema_field(field));
        }
        schema = schema.register(object);
    }
    schema = connections
        .objects
        .into_iter()
        .fold(schema, SchemaBuilder::register);
    let schema = schema.register(page_info()).register(subscription());
    super::viewer::register(schema, query)
}

/// What can be subscribed to. [`Engine::subscribe`](crate::graphql::Engine::subscribe) answers it.
fn subscription() -> Subscription {
    let version = source(
        REGISTRY_VERSION,
        "Int!",
        "The version of the registry's data, which is the number of its newest change: at once, and then whenever it changes. \
         Of changes that come together, only the last is told; what the log of changes leaves out, as themes, tells the same number again.",
    );
    Subscription::new(SUBSCRIPTION)
        .description("What the registry tells by itself, as it happens.")
        .field(version)
}

/// A subscription's field without a resolver of its own.
fn source(name: &str, ty: &str, doc: &str) -> SubscriptionField {
    SubscriptionField::new(name, type_ref(ty), |_| {
        SubscriptionFieldFuture::new(async { Ok(stream::empty::<async_graphql::Result<Value>>()) })
    })
    .description(doc)
}

/// A model's schema in GraphQL's own language.
///
/// # Errors
/// If the declarations contradict each other.
pub fn sdl(model: &Model) -> Result<String, SchemaError> {
    Ok(printed(&schema(model).finish()?))
}

/// A schema in GraphQL's own language.
pub(super) fn printed(schema: &Schema) -> String {
    let options = SDLExportOptions::new()
        .prefer_single_line_descriptions()
        .include_specified_by();
    let mut sdl = schema.sdl_with_options(options).replace('\t', "  ");
    // The library doesn't print that an interface implements another.
    for (name, implemented) in INTERFACES {
        sdl = sdl.replace(
            &format!("interface {name} {{"),
            &format!("interface {name} implements {implemented} {{"),
        );
    }
    sdl.trim_end().to_owned() + "\n"
}

/// The scalars, their docs and where they are specified.
const SCALARS: &[(&str, &str, Option<&str>)] = &[
    ("Date", "A calendar day, `2009-09-14` (ISO 8601).", None),
    (
        "DateTime",
        "An instant in UTC, `2026-11-22T03:00:00Z` (RFC 3339).",
        Some("https://www.rfc-editor.org/rfc/rfc3339"),
    ),
    (
        "Edtf",
        "A date as precise as its source: EDTF level 1 (ISO 8601-2), e.g. `2013-10`, `2010-01~`, `2014-01/2014-03`, `2022/..`.",
        Some("https://www.loc.gov/standards/datetime/"),
    ),
    (
        "Decimal",
        "An exact decimal number, as a string: `\"643000.00\"`.",
        None,
    ),
    (
        "URL",
        "An absolute http(s) URL.",
        Some("https://url.spec.whatwg.org/"),
    ),
];

/// The enumerations that fields and arguments of the schema are of; others occur in inputs of bundles alone.
fn shown_enums(model: &Model) -> HashSet<String> {
    let named = |ty: &str| ty.trim_matches(['[', ']', '!']).to_owned();
    let of_types = model.types.values().flat_map(|ty| &ty.fields);
    let fields = of_types
        .chain(&model.roots)
        .filter(|field| field.read.is_some());
    let mentions = |field: &Field| {
        let args: Vec<_> = field.args.iter().map(|arg| named(&arg.ty)).collect();
        [named(&field.ty)].into_iter().chain(args)
    };
    let inputs = model.inputs.values().flat_map(|input| &input.fields);
    let facets = model.types.values().filter_map(|ty| ty.facets.as_ref());
    fields
        .flat_map(mentions)
        .chain(inputs.map(|field| named(&field.ty)))
        .chain(facets.map(|groups| groups.name.to_owned()))
        .collect()
}

fn is_record(ty: &Type) -> bool {
    ty.record().is_some_and(|record| record.logged)
}

/// The interface of all records: the fields that each record type begins with.
fn record_interface(model: &Model) -> Interface {
    let interface = Interface::new("Record")
        .description("What every record of the registry has.")
        .implement("Node");
    let Some(ty) = model.types.values().find(|ty| is_record(ty)) else {
        return interface;
    };
    crate::model::record_fields(ty)
        .iter()
        .fold(interface, |interface, field| {
            let declared =
                InterfaceField::new(field.name, type_ref(&field.ty)).description(field.doc);
            interface.field(
                field
                    .args
                    .iter()
                    .fold(declared, |declared, arg| declared.argument(argument(arg))),
            )
        })
}

/// The connection and edge types that fields need, each once.
#[derive(Default)]
struct Connections {
    names: Vec<&'static str>,
    objects: Vec<Object>,
}

impl Connections {
    fn of(&mut self, model: &Model, field: &Field) {
        let Some(Read::Connection { link, name, edge }) = &field.read else {
            return;
        };
        if self.names.contains(name) {
            return;
        }
        self.names.push(name);
        let target = link.target;
        let connection = Object::new(format!("{name}Connection"))
            .description(format!("A page of a list of type `{target}`."))
            .field(field_of(
                "edges",
                &format!("[{name}Edge!]!"),
                "The page's elements with their cursors.",
            ))
            .field(field_of(
                "nodes",
                &format!("[{target}!]!"),
                "The page's elements.",
            ))
            .field(field_of(
                "pageInfo",
                "PageInfo!",
                "Where the page stands in the list.",
            ))
            .field(field_of(
                "totalCount",
                "Int!",
                "How many elements the whole list has.",
            ));
        let facets = model.types.get(target).and_then(|ty| ty.facets.as_ref());
        let connection = facets.into_iter().fold(connection, |connection, groups| {
            connection.field(schema_field(&groups.facets()))
        });
        let mut object = Object::new(format!("{name}Edge"))
            .description(format!("One element of a list of type `{target}`."))
            .field(field_of(
                "cursor",
                "String!",
                "Where it stands in the list, for `after` and `before`.",
            ))
            .field(field_of("node", &format!("{target}!"), "The element."));
        if let Some(edge) = edge {
            let part = model.get(edge.part);
            for field in part
                .fields
                .iter()
                .filter(|field| edge.fields.contains(&field.name))
            {
                object = object.field(schema_field(field));
            }
        }
        self.objects.extend([connection, object]);
    }
}

fn page_info() -> Object {
    Object::new("PageInfo")
        .description("Where a page stands in its list (GraphQL Cursor Connections).")
        .field(field_of(
            "hasNextPage",
            "Boolean!",
            "Whether more comes after the page.",
        ))
        .field(field_of(
            "hasPreviousPage",
            "Boolean!",
            "Whether something stands before the page.",
        ))
        .field(field_of(
            "startCursor",
            "String",
            "The cursor of the first element; null on an empty page.",
        ))
        .field(field_of(
            "endCursor",
            "String",
            "The cursor of the last element; null on an empty page.",
        ))
}

fn schema_field(field: &Field) -> SchemaField {
    let declared = field_of(field.name, &field.ty, field.doc);
    field
        .args
        .iter()
        .fold(declared, |declared, arg| declared.argument(argument(arg)))
}

/// A field without a resolver of its own: the read engine answers whole selections.
fn field_of(name: &str, ty: &str, doc: &str) -> SchemaField {
    SchemaField::new(name, type_ref(ty), |_| FieldFuture::from_value(None)).description(doc)
}

fn argument(arg: &Arg) -> InputValue {
    input(arg.name, &arg.ty, arg.doc, arg.default.as_ref())
}

fn input(name: &str, ty: &str, doc: &str, default: Option<&serde_json::Value>) -> InputValue {
    let input = InputValue::new(name, type_ref(ty)).description(doc);
    match default {
        // The value of an enumeration stands without quotes.
        Some(serde_json::Value::String(word)) => input.default_value(Value::Enum(Name::new(word))),
        Some(default) => input.default_value(Value::from_json(default.clone()).unwrap_or_default()),
        None => input,
    }
}

/// `[Provision!]!` as async-graphql holds it.
fn type_ref(ty: &str) -> TypeRef {
    if let Some(inner) = ty.strip_suffix('!') {
        return TypeRef::NonNull(Box::new(type_ref(inner)));
    }
    match ty.strip_prefix('[').and_then(|ty| ty.strip_suffix(']')) {
        Some(inner) => TypeRef::List(Box::new(type_ref(inner))),
        None => TypeRef::named(ty),
    }
}
