//! Variables and arguments: checked against their types, with defaults filled in.

use async_graphql::parser::types::{
    BaseType, Field as Selected, OperationDefinition, Type as GraphqlType,
};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::{ConstValue, Value as GraphqlValue};
use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::graphql::{Code, Error};
use crate::model::{Args, Field, Model};

/// The values of an operation's variables; those that were neither given nor have a default are not there.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Variables(IndexMap<String, Value>);

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
        let mut values = IndexMap::new();
        let mut errors = Vec::new();
        for definition in &operation.variable_definitions {
            let name = definition.node.name.node.as_str();
            let ty = &definition.node.var_type.node;
            let default = definition.node.default_value.as_ref();
            let value = given
                .get(name)
                .cloned()
                .or_else(|| default.and_then(|value| value.node.clone().into_json().ok()));
            let coerced = match value {
                None if ty.nullable => continue,
                None => Err("it needs a value".to_owned()),
                Some(value) => coerce(model, ty, value),
            };
            match coerced {
                Ok(value) => {
                    values.insert(name.to_owned(), value);
                }
                Err(why) => errors.push(
                    Error::new(
                        Code::BadUserInput,
                        format!("The variable `${name}` of type `{ty}` can't be used: {why}."),
                    )
                    .located([place(definition.pos)]),
                ),
            }
        }
        if errors.is_empty() {
            Ok(Self(values))
        } else {
            Err(errors)
        }
    }

    /// Whether a Boolean variable is true.
    pub(super) fn is_true(&self, name: &str) -> bool {
        self.0.get(name) == Some(&Value::Bool(true))
    }
}

fn place(pos: Pos) -> Pos {
    Pos {
        line: pos.line,
        column: pos.column,
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
        let given = selected
            .node
            .arguments
            .iter()
            .find(|(name, _)| name.node == arg.name);
        let value = given.and_then(|(_, value)| constant(&value.node, variables));
        let value = match (value, &arg.default) {
            (Some(value), _) if !value.is_null() => value,
            (_, Some(default)) => default.clone(),
            (Some(null), None) => null,
            (None, None) if arg.ty.ends_with('!') => Value::Null,
            (None, None) => continue,
        };
        let pos = given.map_or(selected.pos, |(_, value)| value.pos);
        let ty = GraphqlType::new(arg.ty)
            .ok_or_else(|| Error::internal(format!("{} is no type", arg.ty)))?;
        let value = coerce(model, &ty, value).map_err(|why| {
            Error::new(
                Code::BadUserInput,
                format!(
                    "The argument `{}` of type `{}` can't be used: {why}.",
                    arg.name, arg.ty
                ),
            )
            .located([pos])
        })?;
        if !value.is_null() {
            args.insert(arg.name, value);
        }
    }
    Ok(args)
}

/// A literal with its variables filled in; `None` for a variable without a value.
pub(crate) fn constant(value: &GraphqlValue, variables: &Variables) -> Option<Value> {
    if let GraphqlValue::Variable(name) = value {
        return variables.0.get(name.as_str()).cloned();
    }
    let filled = value.clone().into_const_with(|name: Name| {
        let value = variables
            .0
            .get(name.as_str())
            .cloned()
            .unwrap_or(Value::Null);
        ConstValue::from_json(value).map_err(|_| ())
    });
    filled.ok().and_then(|value| value.into_json().ok())
}

/// A value as its type has it, or what is wrong with it.
fn coerce(model: &Model, ty: &GraphqlType, value: Value) -> Result<Value, String> {
    if value.is_null() {
        return if ty.nullable {
            Ok(value)
        } else {
            Err("it can't be null".to_owned())
        };
    }
    match (&ty.base, value) {
        (BaseType::List(of), Value::Array(values)) => values
            .into_iter()
            .map(|value| coerce(model, of, value))
            .collect::<Result<_, _>>()
            .map(Value::Array),
        // A single value stands for a list of one.
        (BaseType::List(of), value) => Ok(Value::Array(vec![coerce(model, of, value)?])),
        (BaseType::Named(name), value) => named(model, name, value),
    }
}

fn named(model: &Model, name: &str, value: Value) -> Result<Value, String> {
    match name {
        "Int" => {
            // `5.0` is a whole number too.
            let whole = value.as_f64().filter(|number| number.fract() == 0.0);
            let whole =
                whole.filter(|number| (f64::from(i32::MIN)..=f64::from(i32::MAX)).contains(number));
            let whole = whole.and_then(|number| format!("{number:.0}").parse::<i32>().ok());
            whole
                .map(Value::from)
                .ok_or_else(|| format!("{value} is not a whole number of 32 bits"))
        }
        "Float" if value.is_number() => Ok(value),
        "Boolean" if value.is_boolean() => Ok(value),
        "String" | "ID" if value.is_string() => Ok(value),
        "ID" if value.is_i64() => Ok(Value::String(value.to_string())),
        "Float" => Err(format!("{value} is not a number")),
        "Boolean" => Err(format!("{value} is neither true nor false")),
        "String" | "ID" => Err(format!("{value} is not a string")),
        _ => match (model.enums.get(name), value.as_str()) {
            (Some(vocabulary), Some(word)) if vocabulary.has(word) => Ok(value),
            (Some(vocabulary), _) => {
                let known: Vec<_> = vocabulary.values.iter().map(|(name, _)| *name).collect();
                Err(format!("{value} is none of {}", known.join(", ")))
            }
            (None, _) => Ok(value),
        },
    }
}
