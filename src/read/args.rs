//! Variables and arguments: checked against their types, with defaults filled in.

use std::fmt;

use async_graphql::parser::types::{
    BaseType, Field as Selected, OperationDefinition, Type as GraphqlType,
};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::Value as Literal;
use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::graphql::{Code, Error};
use crate::model::{Arg, Args, Field, Input, InputField, Model};
use crate::values::{Day, Instant};

/// As much of a value as an error repeats.
const REPEATED: usize = 100;

/// The values of an operation's variables: of those that were given or have a default.
#[derive(Debug, Default, Clone)]
pub struct Variables {
    /// Each with its weight.
    values: IndexMap<String, (Value, usize)>,
}

impl Variables {
    /// Coerces what a request gave to the types that the operation declares.
    ///
    /// # Errors
    /// All variables that are missing or of a wrong type.
    pub fn of(
        operation: &OperationDefinition,
        given: &Map<String, Value>,
        model: &Model,
    ) -> Result<Self, Vec<Error>> {
        let mut variables = Self::default();
        let mut errors = Vec::new();
        for definition in &operation.variable_definitions {
            let name = definition.node.name.node.to_string();
            let ty = &definition.node.var_type.node;
            let default = definition.node.default_value.as_ref();
            let default = default.map(|value| value.node.clone().into_value());
            let coerced = match (given.get(&name), default) {
                (Some(value), _) => coerce(model, ty, value.clone()),
                // It stands in the document, so it is written as literals are.
                (None, Some(default)) => self::given(model, ty, &default, &Self::default())
                    .map(Option::unwrap_or_default),
                (None, None) if ty.nullable => continue,
                (None, None) => Err(Bad::here("it needs a value")),
            };
            match coerced {
                Ok(value) => {
                    let weight = weight(&value);
                    variables.values.insert(name, (value, weight));
                }
                Err(bad) => {
                    let message =
                        format!("The variable `${name}` of type `{ty}` can't be used: {bad}.");
                    let path = format!("${name}{}", bad.path);
                    let error = Error::new(Code::BadUserInput, message).about(path);
                    errors.push(error.located([definition.pos]));
                }
            }
        }
        if errors.is_empty() {
            Ok(variables)
        } else {
            Err(errors)
        }
    }

    /// The value of a variable; `None` where it has none.
    pub(crate) fn value(&self, name: &str) -> Option<&Value> {
        self.values.get(name).map(|(value, _)| value)
    }

    /// The value of a Boolean variable; `None` where it has none.
    pub(super) fn boolean(&self, name: &str) -> Option<bool> {
        self.value(name).and_then(Value::as_bool)
    }
}

/// The arguments of a selected field.
///
/// # Errors
/// The first argument that can't be used, located, with no path yet.
pub(super) fn arguments(
    model: &Model,
    field: &Field,
    selected: &Positioned<Selected>,
    variables: &Variables,
) -> Result<Args, Error> {
    let mut args = Args::new();
    for arg in &field.args {
        let mut written = selected.node.arguments.iter();
        let written = written.find(|(name, _)| name.node == arg.name);
        let pos = written.map_or(selected.pos, |(_, value)| value.pos);
        let ty = GraphqlType::new(&arg.ty)
            .ok_or_else(|| Error::internal(format!("{} is no type", arg.ty)))?;
        let value = written.map_or(Ok(None), |(_, value)| {
            given(model, &ty, &value.node, variables)
        });
        let value = value.map_err(|bad| refusal(arg, pos, &bad))?;
        let value = match (value.filter(|value| !value.is_null()), &arg.default) {
            (Some(value), _) => value,
            (None, Some(default)) => default.clone(),
            (None, None) if ty.nullable => continue,
            (None, None) => return Err(refusal(arg, pos, &Bad::here("it can't be null"))),
        };
        args.insert(arg.name, value);
    }
    Ok(args)
}

/// How much a value takes, in bytes, roughly: a variable is short to name, and may be long.
pub(super) fn weight(value: &Value) -> usize {
    const EACH: usize = 16;
    EACH + match value {
        Value::String(text) => text.len(),
        Value::Array(values) => values.iter().map(weight).sum(),
        Value::Object(fields) => fields.values().map(weight).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

/// How much the arguments of a selected field will take, in bytes, roughly: known before any variable is filled in.
pub(super) fn written_weight(selected: &Selected, variables: &Variables) -> usize {
    fn of(literal: &Literal, variables: &Variables) -> usize {
        match literal {
            Literal::Variable(name) => {
                let known = variables.values.get(name.as_str());
                known.map_or(0, |(_, weight)| *weight)
            }
            Literal::List(elements) => elements.iter().map(|each| of(each, variables)).sum(),
            Literal::Object(fields) => fields.values().map(|each| of(each, variables)).sum(),
            Literal::String(text) => text.len(),
            _ => 0,
        }
    }
    let arguments = selected.arguments.iter();
    arguments.map(|(_, value)| of(&value.node, variables)).sum()
}

/// What is wrong with an argument or a variable.
struct Bad {
    /// The place within it: `.and[0].date.from`.
    path: String,
    why: String,
}

impl Bad {
    fn here(why: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            why: why.into(),
        }
    }

    fn under(mut self, field: &str) -> Self {
        self.path.insert_str(0, &format!(".{field}"));
        self
    }

    fn at(mut self, index: usize) -> Self {
        self.path.insert_str(0, &format!("[{index}]"));
        self
    }
}

/// Why, and where if not as a whole.
impl fmt::Display for Bad {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        match self.path.strip_prefix('.').unwrap_or(&self.path) {
            "" => Ok(()),
            path => write!(f, " (at `{path}`)"),
        }
    }
}

fn refusal(arg: &Arg, pos: Pos, bad: &Bad) -> Error {
    let message = format!(
        "The argument `{}` of type `{}` can't be used: {bad}.",
        arg.name, arg.ty
    );
    Error::new(Code::BadUserInput, message)
        .about(format!("{}{}", arg.name, bad.path))
        .located([pos])
}

/// The value of a literal, with its variables filled in; `None` for a variable without a value.
fn given(
    model: &Model,
    ty: &GraphqlType,
    literal: &Literal,
    variables: &Variables,
) -> Result<Option<Value>, Bad> {
    match (&ty.base, literal) {
        (_, Literal::Variable(name)) => Ok(variables.value(name).cloned()),
        (_, Literal::Null) => Ok(Some(Value::Null)),
        (BaseType::List(of), Literal::List(elements)) => {
            let mut values = Vec::with_capacity(elements.len());
            for (index, element) in elements.iter().enumerate() {
                let value = given(model, of, element, variables)
                    .map_err(|bad| bad.at(index))?
                    .unwrap_or_default();
                if value.is_null() && !of.nullable {
                    return Err(Bad::here("null stands in the list").at(index));
                }
                values.push(value);
            }
            Ok(Some(Value::Array(values)))
        }
        // A single value stands for a list of one.
        (BaseType::List(of), single) => {
            let value = given(model, of, single, variables)?;
            Ok(Some(Value::Array(value.into_iter().collect())))
        }
        (BaseType::Named(name), literal) => match (model.inputs.get(name.as_str()), literal) {
            (Some(input), Literal::Object(fields)) => {
                let known = |field: &str| input.fields.iter().any(|known| known.name == field);
                if let Some(stranger) = fields.keys().find(|field| !known(field)) {
                    return Err(Bad::here(no_field(input, stranger)));
                }
                object(input, |field| match fields.get(field.name) {
                    None => Ok(None),
                    Some(literal) => given(model, &type_of(field)?, literal, variables),
                })
                .map(Some)
            }
            (Some(_), literal) => Err(Bad::here(format!(
                "{} is no `{name}`",
                shortened(&literal.to_string())
            ))),
            (None, literal) => {
                let value = literal.clone().into_const_with(|_: Name| Err(()));
                let value = value
                    .ok()
                    .and_then(|value| value.into_json().ok())
                    .unwrap_or_default();
                named(model, name, value).map(Some).map_err(Bad::here)
            }
        },
    }
}

/// A value as its type has it, or what is wrong with it.
fn coerce(model: &Model, ty: &GraphqlType, value: Value) -> Result<Value, Bad> {
    if value.is_null() {
        return if ty.nullable {
            Ok(value)
        } else {
            Err(Bad::here("it can't be null"))
        };
    }
    match (&ty.base, value) {
        (BaseType::List(of), Value::Array(values)) => {
            let values = values.into_iter().enumerate();
            let values =
                values.map(|(index, value)| coerce(model, of, value).map_err(|bad| bad.at(index)));
            values.collect::<Result<_, _>>().map(Value::Array)
        }
        // A single value stands for a list of one.
        (BaseType::List(of), value) => Ok(Value::Array(vec![coerce(model, of, value)?])),
        (BaseType::Named(name), value) => match (model.inputs.get(name.as_str()), value) {
            (Some(input), Value::Object(mut fields)) => {
                let coerced = object(input, |field| match fields.shift_remove(field.name) {
                    None => Ok(None),
                    Some(value) => coerce(model, &type_of(field)?, value).map(Some),
                })?;
                match fields.keys().next() {
                    Some(stranger) => Err(Bad::here(no_field(input, stranger))),
                    None => Ok(coerced),
                }
            }
            (Some(_), value) => Err(Bad::here(format!(
                "{} is no `{name}`, which is an object",
                shortened(&value.to_string())
            ))),
            (None, value) => named(model, name, value).map_err(Bad::here),
        },
    }
}

/// An input object from the values of its fields; those that are null or not given are not there, or have their default.
fn object(
    input: &Input,
    mut value: impl FnMut(&InputField) -> Result<Option<Value>, Bad>,
) -> Result<Value, Bad> {
    let mut object = Map::new();
    for field in &input.fields {
        let name = field.name;
        let nullable = !field.ty.ends_with('!');
        let value = value(field).map_err(|bad| bad.under(name))?;
        let absent = value.is_none();
        match (value.filter(|value| !value.is_null()), &field.default) {
            (Some(value), _) => {
                object.insert(name.to_owned(), value);
            }
            (None, Some(default)) if nullable || absent => {
                object.insert(name.to_owned(), default.clone());
            }
            (None, None) if nullable => {}
            (None, _) => {
                let why = if absent {
                    "it needs a value"
                } else {
                    "it can't be null"
                };
                return Err(Bad::here(why).under(name));
            }
        }
    }
    Ok(Value::Object(object))
}

/// Parsed where a value needs it: most fields of most objects have none.
fn type_of(field: &InputField) -> Result<GraphqlType, Bad> {
    GraphqlType::new(&field.ty).ok_or_else(|| Bad::here(format!("{} is no type", field.ty)))
}

fn no_field(input: &Input, stranger: &str) -> String {
    let known: Vec<_> = input.fields.iter().map(|field| field.name).collect();
    format!(
        "`{}` has no field `{}`; it takes {}",
        input.name,
        shortened(stranger),
        known.join(", ")
    )
}

fn named(model: &Model, name: &str, value: Value) -> Result<Value, String> {
    let no = |what: &str| Err(format!("{} is {what}", shortened(&value.to_string())));
    match name {
        "Int" => match whole(&value) {
            Some(number) => Ok(Value::from(number)),
            None => no("not a whole number of 32 bits"),
        },
        "Float" if value.is_number() => Ok(value),
        "Boolean" if value.is_boolean() => Ok(value),
        // PostgreSQL has no texts with NUL, so nothing that is there could be meant.
        "String" | "ID" if value.as_str().is_some_and(|text| text.contains('\0')) => {
            no("a text with NUL in it, which nothing here has")
        }
        "String" | "ID" if value.is_string() => Ok(value),
        "ID" if value.is_i64() => Ok(Value::String(value.to_string())),
        "Float" => no("not a number"),
        "Boolean" => no("neither true nor false"),
        "String" | "ID" => no("not a string"),
        "Date" => match value.as_str().and_then(Day::from_iso) {
            Some(day) => Ok(Value::String(day.to_postgres())),
            None => no("no calendar day; write one like 2009-09-14"),
        },
        "DateTime" => match value.as_str().and_then(Instant::from_rfc_3339) {
            Some(instant) => Ok(Value::String(instant.to_string())),
            None => no("no instant; write one like 2026-11-22T03:00:00Z"),
        },
        _ => match (model.enums.get(name), value.as_str()) {
            (Some(vocabulary), Some(word)) if vocabulary.has(word) => Ok(value),
            (Some(vocabulary), _) => {
                let known: Vec<_> = vocabulary.values.iter().map(|(name, _)| *name).collect();
                no(&format!("none of {}", known.join(", ")))
            }
            (None, _) => Ok(value),
        },
    }
}

/// A whole number of 32 bits, also where it is written `5.0`.
fn whole(value: &Value) -> Option<i32> {
    if let Some(number) = value.as_i64() {
        return i32::try_from(number).ok();
    }
    let number = value.as_f64().filter(|number| number.fract() == 0.0)?;
    format!("{number:.0}").parse().ok()
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(REPEATED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
