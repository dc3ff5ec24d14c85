//! Values in the places that arguments and input fields give them (GraphQL, "All Variable Usages Are Allowed", and of "Values of
//! Correct Type" what the library lets pass): a variable's type must fit its place, an input object is written as one, and a
//! name alone is a value of an enumeration, which is written as nothing else.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, OperationDefinition, OperationType, Selection,
    SelectionSet, Type, VariableDefinition,
};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::Value as Literal;
use indexmap::IndexMap;
use serde_json::Value;

use super::{Error, invalid, short};

/// The scalars of the specification.
const SPECIFIED: [&str; 5] = ["Int", "Float", "String", "Boolean", "ID"];

/// The places of a schema in which values stand.
#[derive(Debug)]
pub(in crate::graphql) struct Places {
    /// By type and field, its arguments; and the type that the field gives.
    fields: HashMap<String, HashMap<String, (Vec<Place>, String)>>,
    /// By input type, its fields.
    inputs: HashMap<String, Vec<Place>>,
    enums: HashSet<String>,
    roots: Vec<(OperationType, String)>,
    /// The argument of `@skip` and `@include`.
    condition: Place,
}

#[derive(Debug)]
struct Place {
    name: String,
    ty: Type,
    /// Whether it has a default.
    default: bool,
}

impl Places {
    /// Of a schema as introspection describes it: its `__Schema`, and each `__Type` by its name.
    pub(in crate::graphql) fn of(schema: &Value, types: &HashMap<String, Value>) -> Self {
        let mut places = Self {
            fields: HashMap::new(),
            inputs: HashMap::new(),
            enums: HashSet::new(),
            roots: super::roots(schema).collect(),
            condition: Place {
                name: "if".to_owned(),
                ty: Type {
                    base: BaseType::Named(Name::new("Boolean")),
                    nullable: false,
                },
                default: false,
            },
        };
        for (name, ty) in types {
            let list = |of: &Value| {
                let of = of.as_array().into_iter().flatten();
                of.filter_map(Place::of).collect::<Vec<_>>()
            };
            match ty["kind"].as_str() {
                Some("ENUM") => {
                    places.enums.insert(name.clone());
                }
                Some("INPUT_OBJECT") => {
                    places.inputs.insert(name.clone(), list(&ty["inputFields"]));
                }
                _ => {
                    let fields = ty["fields"].as_array().into_iter().flatten();
                    let fields = fields.map(|field| {
                        let name = field["name"].as_str().unwrap_or_default().to_owned();
                        let given = super::named(&field["type"])["name"].as_str();
                        let given = given.unwrap_or_default().to_owned();
                        (name, (list(&field["args"]), given))
                    });
                    places.fields.insert(name.clone(), fields.collect());
                }
            }
        }
        if let Some((_, query)) = places.roots.first()
            && let Some(fields) = places.fields.get_mut(query)
        {
            let name = Place {
                name: "name".to_owned(),
                ty: Type {
                    base: BaseType::Named(Name::new("String")),
                    nullable: false,
                },
                default: false,
            };
            fields.insert("__schema".to_owned(), (Vec::new(), "__Schema".to_owned()));
            fields.insert("__type".to_owned(), (vec![name], "__Type".to_owned()));
        }
        places
    }
}

impl Place {
    fn of(described: &Value) -> Option<Self> {
        fn written(ty: &Value) -> String {
            match ty["kind"].as_str() {
                Some("NON_NULL") => format!("{}!", written(&ty["ofType"])),
                Some("LIST") => format!("[{}]", written(&ty["ofType"])),
                _ => ty["name"].as_str().unwrap_or_default().to_owned(),
            }
        }
        Some(Self {
            name: described["name"].as_str()?.to_owned(),
            ty: Type::new(&written(&described["type"]))?,
            default: !described["defaultValue"].is_null(),
        })
    }
}

/// The values of a document that can't stand where they do.
pub(in crate::graphql) fn check(document: &ExecutableDocument, places: &Places) -> Vec<Error> {
    let mut errors = Vec::new();
    for (_, operation) in document.operations.iter() {
        let mut walk = Walk {
            document,
            places,
            operation: &operation.node,
            spread: HashSet::new(),
            errors: &mut errors,
        };
        for definition in &operation.node.variable_definitions {
            walk.default(&definition.node);
        }
        let mut roots = places.roots.iter();
        if let Some((_, root)) = roots.find(|(of, _)| *of == operation.node.ty) {
            walk.selection(root, &operation.node.selection_set.node);
        }
    }
    // A fragment of several operations may be wrong in each of them in the same way.
    let mut seen = HashSet::new();
    errors.retain(|error| seen.insert((error.message.clone(), error.locations.clone())));
    errors
}

/// Where a value stands: the place in its argument, and that of the argument's value in the document.
struct At {
    place: String,
    pos: Pos,
}

impl At {
    fn within(&self, step: &str) -> Self {
        Self {
            place: [self.place.as_str(), step].concat(),
            pos: self.pos,
        }
    }
}

/// One operation, with what it spreads.
struct Walk<'a, 'e> {
    document: &'a ExecutableDocument,
    places: &'a Places,
    operation: &'a OperationDefinition,
    spread: HashSet<&'a str>,
    errors: &'e mut Vec<Error>,
}

impl<'a> Walk<'a, '_> {
    fn selection(&mut self, parent: &str, set: &'a SelectionSet) {
        let places = self.places;
        for item in &set.items {
            self.directives(item.node.directives());
            match &item.node {
                Selection::Field(field) => {
                    let fields = places.fields.get(parent);
                    let known = fields.and_then(|fields| fields.get(field.node.name.node.as_str()));
                    let Some((args, given)) = known else {
                        continue;
                    };
                    for (name, value) in &field.node.arguments {
                        if let Some(place) =
                            args.iter().find(|place| place.name == name.node.as_str())
                        {
                            self.value(place, &value.node, value.pos);
                        }
                    }
                    self.selection(given, &field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    let parent = condition.map_or(parent, |condition| &condition.node.on.node);
                    self.selection(parent, &fragment.node.selection_set.node);
                }
                Selection::FragmentSpread(named) => {
                    let name = &named.node.fragment_name.node;
                    if let Some(fragment) = self.document.fragments.get(name)
                        && self.spread.insert(name)
                    {
                        let parent = &fragment.node.type_condition.node.on.node;
                        self.selection(parent, &fragment.node.selection_set.node);
                    }
                }
            }
        }
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) {
        for directive in directives {
            if let "skip" | "include" = directive.node.name.node.as_str()
                && let Some(value) = directive.node.get_argument("if")
            {
                self.value(&self.places.condition, &value.node, value.pos);
            }
        }
    }

    /// A variable's default.
    fn default(&mut self, definition: &VariableDefinition) {
        if let Some(value) = &definition.default_value {
            let literal = value.node.clone().into_value();
            let at = At {
                place: format!("${}", short(&definition.name.node)),
                pos: value.pos,
            };
            self.literal(&definition.var_type.node, &literal, false, &at);
        }
    }

    fn value(&mut self, place: &Place, literal: &Literal, pos: Pos) {
        let at = At {
            place: place.name.clone(),
            pos,
        };
        self.literal(&place.ty, literal, place.default, &at);
    }

    fn literal(&mut self, ty: &Type, literal: &Literal, default: bool, at: &At) {
        match (&ty.base, literal) {
            (_, Literal::Variable(name)) => self.variable(ty, name, default, at),
            (_, Literal::Null) => {}
            (BaseType::List(of), Literal::List(elements)) => {
                for (index, element) in elements.iter().enumerate() {
                    let at = at.within(&format!("[{index}]"));
                    self.literal(of, element, false, &at);
                }
            }
            // A single value stands for a list of one; a variable must be a list.
            (BaseType::List(of), single) => self.literal(of, single, false, at),
            (BaseType::Named(name), literal) => self.named(name, literal, at),
        }
    }

    fn named(&mut self, name: &str, literal: &Literal, at: &At) {
        let places = self.places;
        let is_enum = places.enums.contains(name);
        let fits = match (places.inputs.get(name), literal) {
            (Some(fields), Literal::Object(given)) => {
                for field in fields {
                    if let Some(literal) = given.get(field.name.as_str()) {
                        let at = at.within(&format!(".{}", field.name));
                        self.literal(&field.ty, literal, field.default, &at);
                    }
                }
                // The library looks at values without variables alone.
                if has_variable(literal) {
                    self.members(name, fields, given, at);
                }
                true
            }
            (Some(_), _) => false,
            (None, Literal::Enum(_)) => is_enum,
            // What else a scalar of ours takes is its own to say.
            (None, Literal::List(_) | Literal::Object(_)) => !is_enum && !SPECIFIED.contains(&name),
            (None, _) => !is_enum,
        };
        if !fits {
            let literal = literal.to_string();
            let message = format!("{} is no `{name}`.", short(&literal));
            self.errors
                .push(invalid(message, at.pos).about(at.place.as_str()));
        }
    }

    /// Whether an input object has all fields that it must have, and no others.
    fn members(&mut self, name: &str, fields: &[Place], given: &IndexMap<Name, Literal>, at: &At) {
        let mut wrong = Vec::new();
        for other in given.keys() {
            if !fields.iter().any(|field| field.name == other.as_str()) {
                wrong.push(format!("`{name}` has no field `{}`.", short(other)));
            }
        }
        for field in fields {
            let literal = given.get(field.name.as_str());
            let missing = literal.is_none_or(|literal| *literal == Literal::Null);
            let optional = field.ty.nullable || (literal.is_none() && field.default);
            if missing && !optional {
                wrong.push(format!("`{name}` needs a value of `{}`.", field.name));
            }
        }
        for message in wrong {
            self.errors
                .push(invalid(message, at.pos).about(at.place.as_str()));
        }
    }

    fn variable(&mut self, place: &Type, name: &str, default: bool, at: &At) {
        let mut definitions = self.operation.variable_definitions.iter();
        // One that isn't there is for the other rules to report.
        let Some(definition) = definitions.find(|definition| definition.node.name.node == name)
        else {
            return;
        };
        let ty = &definition.node.var_type.node;
        let initial = definition.node.default_value.as_ref();
        let initial = initial.is_some_and(|value| value.node.clone().into_value() != Literal::Null);
        let never_null = !ty.nullable || initial || default;
        if (place.nullable || never_null) && holds(&ty.base, &place.base) {
            return;
        }
        let message = format!(
            "The variable `${}` of type `{}` can't stand where a `{place}` is asked for.",
            short(name),
            short(&ty.to_string())
        );
        let error = invalid(message, at.pos).about(at.place.as_str());
        self.errors.push(error.located([at.pos, definition.pos]));
    }
}

fn has_variable(literal: &Literal) -> bool {
    match literal {
        Literal::Variable(_) => true,
        Literal::List(elements) => elements.iter().any(has_variable),
        Literal::Object(fields) => fields.values().any(has_variable),
        _ => false,
    }
}

/// Whether every value of one type is one of another, whether or not they may be null themselves.
fn holds(of: &BaseType, place: &BaseType) -> bool {
    match (of, place) {
        (BaseType::Named(of), BaseType::Named(place)) => of == place,
        (BaseType::List(of), BaseType::List(place)) => {
            (place.nullable || !of.nullable) && holds(&of.base, &place.base)
        }
        _ => false,
    }
}
