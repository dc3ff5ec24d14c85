//! Executes queries as the GraphQL specification says ("Executing Selection Sets"): collects the fields of an object,
//! resolves each, completes its value. Knows nothing of how the server plans.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashSet};

use async_graphql::parser::parse_query;
use async_graphql::parser::types::{
    BaseType, Directive, DocumentOperations, ExecutableDocument, Field, OperationDefinition,
    Selection, SelectionSet, Type,
};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value as Literal;
use indexmap::IndexMap;
use serde_json::{Map, Value};

use crate::compare::Cursors;
use crate::fields::{Object, Source};
use crate::schema::{Given, Kind, Schema};
use crate::store::Store;

/// The values of a field's arguments; null is as if it were left out.
pub type Args = Map<String, Value>;

/// The request asks for what the server must refuse as `BAD_USER_INPUT`.
#[derive(Debug)]
pub struct Refused(pub String);

/// What a field's value is before its selection is looked at.
pub enum Resolved {
    Leaf(Value),
    Object(Option<Object>),
    List(Vec<Option<Object>>),
}

/// A query on its way to its answer.
pub struct Executor<'a> {
    pub schema: &'a Schema,
    pub store: &'a Store,
    /// The language that the request prefers: `FR`.
    pub language: Option<&'a str>,
    /// The cursors that the server has given, and what they stand for.
    pub cursors: &'a RefCell<Cursors>,
    /// The fields that were come to.
    pub reached: &'a RefCell<BTreeSet<(String, String)>>,
    pub operation: Operation<'a>,
}

/// A valid query of one operation, with the values of its variables.
pub struct Operation<'a> {
    schema: &'a Schema,
    document: ExecutableDocument,
    variables: Map<String, Value>,
}

impl Executor<'_> {
    /// The object `data` of the answer.
    pub fn answer(&self) -> Result<Value, Refused> {
        let root = Object {
            ty: "Query".to_owned(),
            source: Source::Root,
        };
        self.selection_set(&root, &[&self.operation.query().selection_set.node])
    }

    /// `ExecuteSelectionSet`, of all selection sets that fields of one response key have.
    fn selection_set(&self, object: &Object, sets: &[&SelectionSet]) -> Result<Value, Refused> {
        let mut grouped = IndexMap::new();
        let mut visited = HashSet::new();
        for set in sets {
            self.operation
                .collect_fields(&object.ty, set, &mut visited, &mut grouped);
        }
        let mut answer = Map::new();
        for (key, fields) in grouped {
            answer.insert(key.to_owned(), self.field(object, &fields)?);
        }
        Ok(Value::Object(answer))
    }

    /// `ExecuteField`.
    fn field(&self, object: &Object, fields: &[&Field]) -> Result<Value, Refused> {
        let name = fields[0].name.node.as_str();
        if name == "__typename" {
            return Ok(Value::String(object.ty.clone()));
        }
        let definition = self.schema.field(&object.ty, name);
        let args = &fields[0].arguments;
        let args = self.operation.coerce_arguments(&definition.args, args);
        let place = (object.ty.clone(), name.to_owned());
        self.reached.borrow_mut().insert(place);
        for (arg, Given { ty, .. }) in &definition.args {
            if !ty.nullable && !args.contains_key(arg) {
                return Err(Refused(format!("{name} needs {arg}")));
            }
        }
        let resolved = self.resolve(object, name, &args)?;
        let value = self.complete(fields, resolved)?;
        assert!(
            definition.ty.nullable || !value.is_null(),
            "{}.{name} is null",
            object.ty
        );
        Ok(value)
    }

    /// `CompleteValue`.
    fn complete(&self, fields: &[&Field], resolved: Resolved) -> Result<Value, Refused> {
        let sets: Vec<_> = fields.iter().map(|it| &it.selection_set.node).collect();
        let object = |object: Option<Object>| match object {
            Some(object) => self.selection_set(&object, &sets),
            None => Ok(Value::Null),
        };
        match resolved {
            Resolved::Leaf(value) => Ok(value),
            Resolved::Object(one) => object(one),
            Resolved::List(many) => {
                let many: Result<Vec<_>, _> = many.into_iter().map(object).collect();
                many.map(Value::Array)
            }
        }
    }
}

impl<'a> Operation<'a> {
    /// Parses it.
    pub fn of(schema: &'a Schema, query: &str, variables: &Map<String, Value>) -> Self {
        let document = parse_query(query).expect("the query is GraphQL");
        let mut operation = Self {
            schema,
            document,
            variables: Map::new(),
        };
        operation.variables = operation.coerce_variables(variables);
        operation
    }

    fn query(&self) -> &OperationDefinition {
        match &self.document.operations {
            DocumentOperations::Single(operation) => &operation.node,
            DocumentOperations::Multiple(_) => unreachable!("random queries are one operation"),
        }
    }

    /// `CollectFields`.
    fn collect_fields<'s>(
        &'s self,
        ty: &str,
        set: &'s SelectionSet,
        visited: &mut HashSet<&'s str>,
        grouped: &mut IndexMap<&'s str, Vec<&'s Field>>,
    ) {
        for selection in &set.items {
            if !self.included(selection.node.directives()) {
                continue;
            }
            match &selection.node {
                Selection::Field(field) => {
                    let key = field.node.response_key().node.as_str();
                    grouped.entry(key).or_default().push(&field.node);
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    if !visited.insert(name) {
                        continue;
                    }
                    let fragment = &self.document.fragments[name].node;
                    let condition = &fragment.type_condition.node.on.node;
                    if self.schema.is(ty, condition) {
                        self.collect_fields(ty, &fragment.selection_set.node, visited, grouped);
                    }
                }
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|it| self.schema.is(ty, &it.node.on.node)) {
                        let set = &fragment.node.selection_set.node;
                        self.collect_fields(ty, set, visited, grouped);
                    }
                }
            }
        }
    }

    fn included(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().all(|directive| {
            let condition = directive.node.get_argument("if");
            let condition = condition.map(|literal| self.literal(&literal.node));
            let condition = condition.flatten().and_then(|value| value.as_bool());
            let condition = condition.expect("`if` has a Boolean");
            match directive.node.name.node.as_str() {
                "skip" => !condition,
                "include" => condition,
                other => unreachable!("@{other}"),
            }
        })
    }

    /// `CoerceVariableValues`.
    fn coerce_variables(&self, given: &Map<String, Value>) -> Map<String, Value> {
        let mut variables = Map::new();
        for definition in &self.query().variable_definitions {
            let definition = &definition.node;
            let name = definition.name.node.as_str();
            let default = definition.default_value.as_ref();
            let default = default.map(|it| json(&it.node.clone().into_value()));
            if let Some(value) = given.get(name).cloned().or(default) {
                variables.insert(
                    name.to_owned(),
                    self.coerce(&definition.var_type.node, value),
                );
            }
        }
        variables
    }

    /// `CoerceArgumentValues`.
    fn coerce_arguments(
        &self,
        definitions: &IndexMap<String, Given>,
        given: &[(Positioned<Name>, Positioned<Literal>)],
    ) -> Args {
        let mut object = Map::new();
        for (name, literal) in given {
            if let Some(value) = self.literal(&literal.node) {
                object.insert(name.node.to_string(), value);
            }
        }
        self.coerce_object(definitions, &object)
    }

    /// A literal with its variables filled in; none for a variable without a value.
    fn literal(&self, literal: &Literal) -> Option<Value> {
        Some(match literal {
            Literal::Variable(name) => return self.variables.get(name.as_str()).cloned(),
            // In a list, a variable without a value is null.
            Literal::List(list) => list
                .iter()
                .map(|one| self.literal(one).unwrap_or_default())
                .collect(),
            Literal::Object(fields) => {
                let fields = fields.iter();
                let fields =
                    fields.filter_map(|(name, one)| Some((name.to_string(), self.literal(one)?)));
                Value::Object(fields.collect())
            }
            other => json(other),
        })
    }

    /// A value with the defaults of its type; a single value stands for a list of one.
    fn coerce(&self, ty: &Type, value: Value) -> Value {
        match (&ty.base, value) {
            (_, Value::Null) => Value::Null,
            (BaseType::List(of), Value::Array(list)) => {
                list.into_iter().map(|one| self.coerce(of, one)).collect()
            }
            (BaseType::List(of), one) => Value::Array(vec![self.coerce(of, one)]),
            (BaseType::Named(name), value) => match (self.schema.kind(name), value) {
                (Kind::Input(fields), Value::Object(given)) => {
                    Value::Object(self.coerce_object(fields, &given))
                }
                (_, value) => value,
            },
        }
    }

    fn coerce_object(
        &self,
        definitions: &IndexMap<String, Given>,
        given: &Map<String, Value>,
    ) -> Map<String, Value> {
        let mut object = Map::new();
        for (name, definition) in definitions {
            let value = given.get(name).filter(|value| !value.is_null()).cloned();
            let default = definition.default.as_ref();
            let value = value.or_else(|| Some(json(&default?.clone().into_value())));
            if let Some(value) = value {
                object.insert(name.clone(), self.coerce(&definition.ty, value));
            }
        }
        object
    }
}

/// A literal without variables; an enumeration's value is a text.
fn json(literal: &Literal) -> Value {
    let value = literal.clone().into_const().expect("it has no variables");
    value.into_json().expect("literals are values")
}
