//! Values in the places that arguments and input fields give them (GraphQL, "Values of Correct Type" and "All Variable Usages Are
//! Allowed"). The library looks at no value that has a variable somewhere within it, and lets some others pass.
//!
//! What scalars of our own take is theirs to say, when the query is compiled.

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

/// After so many errors no value is looked at any more: a refusal tells fewer.
const ENOUGH: usize = 1_000;

/// The places of a schema in which values stand.
#[derive(Debug)]
pub(in crate::graphql) struct Places {
    /// By type and field, its arguments; and the type that the field gives.
    fields: HashMap<String, HashMap<String, (Vec<Place>, String)>>,
    /// By input type, its fields.
    inputs: HashMap<String, Vec<Place>>,
    /// By enumeration, its values.
    enums: HashMap<String, HashSet<String>>,
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
            enums: HashMap::new(),
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
                    let values = ty["enumValues"].as_array().into_iter().flatten();
                    let values = values.filter_map(|value| value["name"].as_str());
                    let values = values.map(str::to_owned).collect();
                    places.enums.insert(name.clone(), values);
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
    let mut told = HashSet::new();
    for (_, operation) in document.operations.iter() {
        let mut walk = Walk {
            document,
            places,
            operation: &operation.node,
            spread: HashSet::new(),
            errors: &mut errors,
            told: &mut told,
        };
        for definition in &operation.node.variable_definitions {
            walk.default(&definition.node);
        }
        let mut roots = places.roots.iter();
        if let Some((_, root)) = roots.find(|(of, _)| *of == operation.node.ty) {
            walk.selection(root, &operation.node.selection_set.node);
        }
    }
    errors
}

/// Whether the library says this of a value: what it finds, [`check`] finds as well.
pub(in crate::graphql) fn is_of_the_library(error: &Error) -> bool {
    [
        "Invalid value for argument ",
        "Invalid default value for argument",
    ]
    .iter()
    .any(|words| error.message.starts_with(words))
}

/// Where a value stands: within which other, and the place of the argument's value in the document.
struct At<'a> {
    within: Option<&'a At<'a>>,
    step: Step<'a>,
    pos: Pos,
}

enum Step<'a> {
    Argument(&'a str),
    Variable(&'a str),
    Field(&'a str),
    Element(usize),
}

impl At<'_> {
    fn step<'a>(&'a self, step: Step<'a>) -> At<'a> {
        At {
            within: Some(self),
            step,
            pos: self.pos,
        }
    }

    /// In words, which most values never need: `filter.and[0].date.from`.
    fn place(&self) -> String {
        let mut place = self.within.map(Self::place).unwrap_or_default();
        match self.step {
            Step::Argument(name) => place.push_str(name),
            Step::Variable(name) => place.extend(["$", &short(name)]),
            Step::Field(name) => place.extend([".", name]),
            Step::Element(index) => place.extend(["[", &index.to_string(), "]"]),
        }
        place
    }
}

/// One operation, with what it spreads.
struct Walk<'a, 'e> {
    document: &'a ExecutableDocument,
    places: &'a Places,
    operation: &'a OperationDefinition,
    spread: HashSet<&'a str>,
    errors: &'e mut Vec<Error>,
    told: &'e mut HashSet<Told>,
}

/// What an error says, of what, and where.
type Told = (String, Option<Box<str>>, Box<[Pos]>);

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
                within: None,
                step: Step::Variable(&definition.name.node),
                pos: value.pos,
            };
            self.literal(&definition.var_type.node, &literal, false, &at);
        }
    }

    fn value(&mut self, place: &Place, literal: &Literal, pos: Pos) {
        let at = At {
            within: None,
            step: Step::Argument(&place.name),
            pos,
        };
        self.literal(&place.ty, literal, place.default, &at);
    }

    fn literal(&mut self, ty: &Type, literal: &Literal, default: bool, at: &At<'_>) {
        if self.told.len() >= ENOUGH {
            return;
        }
        match (&ty.base, literal) {
            (_, Literal::Variable(name)) => self.variable(ty, name, default, at),
            (_, Literal::Null) if ty.nullable => {}
            (_, Literal::Null) => self.wrong(format!("A value of `{ty}` can't be null."), at),
            (BaseType::List(of), Literal::List(elements)) => {
                for (index, element) in elements.iter().enumerate() {
                    self.literal(of, element, false, &at.step(Step::Element(index)));
                }
            }
            // A single value stands for a list of one; a variable must be a list.
            (BaseType::List(of), single) => self.literal(of, single, false, at),
            (BaseType::Named(name), literal) => self.named(name, literal, at),
        }
    }

    fn named(&mut self, name: &str, literal: &Literal, at: &At<'_>) {
        let places = self.places;
        let fits = match (places.inputs.get(name), places.enums.get(name)) {
            (Some(fields), _) => {
                if let Literal::Object(given) = literal {
                    self.object(name, fields, given, at);
                    return;
                }
                false
            }
            (None, Some(values)) => {
                matches!(literal, Literal::Enum(value) if values.contains(value.as_str()))
            }
            (None, None) => is_scalar(name, literal),
        };
        if !fits {
            let literal = literal.to_string();
            self.wrong(format!("{} is no `{name}`.", short(&literal)), at);
        }
    }

    /// An input object: its fields fit, those that it must have are there, and no others.
    fn object(
        &mut self,
        name: &str,
        fields: &[Place],
        given: &IndexMap<Name, Literal>,
        at: &At<'_>,
    ) {
        for other in given.keys() {
            if !fields.iter().any(|field| field.name == other.as_str()) {
                self.wrong(format!("`{name}` has no field `{}`.", short(other)), at);
            }
        }
        for field in fields {
            let at = at.step(Step::Field(&field.name));
            if let Some(literal) = given.get(field.name.as_str()) {
                self.literal(&field.ty, literal, field.default, &at);
            } else if !field.ty.nullable && !field.default {
                let message = format!("`{name}` needs a value of `{}`.", field.name);
                self.wrong(message, &at);
            }
        }
    }

    fn wrong(&mut self, message: String, at: &At<'_>) {
        self.tell(invalid(message, at.pos).about(at.place()));
    }

    /// A fragment of several operations may be wrong in each of them in the same way.
    fn tell(&mut self, error: Error) {
        if self.told.insert((
            error.message.clone(),
            error.argument.clone(),
            error.locations.clone(),
        )) {
            self.errors.push(error);
        }
    }

    fn variable(&mut self, place: &Type, name: &str, default: bool, at: &At<'_>) {
        let mut definitions = self.operation.variable_definitions.iter();
        // One that isn't there is for the other rules to report.
        let Some(definition) = definitions.find(|definition| definition.node.name.node == name)
        else {
            return;
        };
        let ty = &definition.node.var_type.node;
        let initial = definition.node.default_value.as_ref();
        let initial =
            initial.is_some_and(|value| value.node != async_graphql_value::ConstValue::Null);
        let never_null = !ty.nullable || initial || default;
        if (place.nullable || never_null) && holds(&ty.base, &place.base) {
            return;
        }
        let message = format!(
            "The variable `${}` of type `{}` can't stand where a `{place}` is asked for.",
            short(name),
            short(&ty.to_string())
        );
        let error = invalid(message, at.pos).about(at.place());
        self.tell(error.located([at.pos, definition.pos]));
    }
}

/// Whether a literal is a value of a scalar, as far as that is the specification's to say.
fn is_scalar(name: &str, literal: &Literal) -> bool {
    match (name, literal) {
        ("Int", Literal::Number(number)) => number
            .as_i64()
            .is_some_and(|number| i32::try_from(number).is_ok()),
        ("Float", literal) => matches!(literal, Literal::Number(_)),
        ("ID", Literal::Number(number)) => number.is_i64(),
        ("String" | "ID", literal) => matches!(literal, Literal::String(_)),
        ("Boolean", literal) => matches!(literal, Literal::Boolean(_)),
        ("Int", _) => false,
        _ => true,
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
