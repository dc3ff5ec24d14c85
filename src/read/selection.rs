//! What is selected: fragments, type conditions, aliases and `@skip`/`@include` resolved for one concrete type.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{Directive, Field, FragmentDefinition, Selection, SelectionSet};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;
use indexmap::IndexMap;

use super::args::Variables;
use crate::graphql::{Code, Error};

/// The fields that are selected under one response key, in the order of their appearance. In a valid document they ask for the
/// same.
pub(crate) type Merged<'a> = Vec<&'a Positioned<Field>>;

/// A document's fragments and the variables that decide its directives.
pub(crate) struct Document<'a> {
    pub(crate) fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    pub(crate) variables: &'a Variables,
}

impl<'a> Document<'a> {
    /// The fields that these selections ask of an object, by response key. `is` says which type conditions it meets.
    ///
    /// # Errors
    /// A directive whose condition has no value.
    pub(crate) fn collect(
        &self,
        sets: &[&'a SelectionSet],
        is: &dyn Fn(&str) -> bool,
    ) -> Result<IndexMap<&'a str, Merged<'a>>, Error> {
        let mut fields = IndexMap::new();
        let mut spread = HashSet::new();
        for set in sets {
            self.walk(set, is, &mut spread, &mut fields)?;
        }
        Ok(fields)
    }

    fn walk(
        &self,
        set: &'a SelectionSet,
        is: &dyn Fn(&str) -> bool,
        spread: &mut HashSet<&'a str>,
        fields: &mut IndexMap<&'a str, Merged<'a>>,
    ) -> Result<(), Error> {
        for item in &set.items {
            if !self.included(item.node.directives())? {
                continue;
            }
            match &item.node {
                Selection::Field(field) => fields
                    .entry(field.node.response_key().node.as_str())
                    .or_default()
                    .push(field),
                Selection::InlineFragment(fragment) => {
                    let condition = fragment.node.type_condition.as_ref();
                    if condition.is_none_or(|condition| is(&condition.node.on.node)) {
                        self.walk(&fragment.node.selection_set.node, is, spread, fields)?;
                    }
                }
                Selection::FragmentSpread(name) => {
                    let Some(fragment) = self.fragments.get(&name.node.fragment_name.node) else {
                        continue;
                    };
                    // Once a selection: what a fragment adds a second time is already there.
                    if is(&fragment.node.type_condition.node.on.node)
                        && spread.insert(&name.node.fragment_name.node)
                    {
                        self.walk(&fragment.node.selection_set.node, is, spread, fields)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn included(&self, directives: &[Positioned<Directive>]) -> Result<bool, Error> {
        for directive in directives {
            let wanted = match directive.node.name.node.as_str() {
                "skip" => false,
                "include" => true,
                _ => continue,
            };
            let given = directive.node.get_argument("if");
            let condition = given.and_then(|value| match &value.node {
                Value::Boolean(value) => Some(*value),
                Value::Variable(name) => self.variables.boolean(name),
                _ => None,
            });
            let condition = condition.ok_or_else(|| {
                let directive_name = &directive.node.name.node;
                let message = format!("The condition `if` of `@{directive_name}` has no value: give its variable true or false.");
                Error::new(Code::BadUserInput, message).located([directive.pos])
            })?;
            if condition != wanted {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The selection sets of merged fields.
pub(crate) fn inner<'a>(fields: &Merged<'a>) -> Vec<&'a SelectionSet> {
    fields
        .iter()
        .map(|field| &field.node.selection_set.node)
        .collect()
}
