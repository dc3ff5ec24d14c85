//! Which fields may stand in one selection set ("Field Selection Merging").

use std::collections::BTreeMap;

use crate::schema::{Kind, Schema};

/// What response keys of a selection set are taken for already: two fields of one key must be the same field, or never
/// of one object; and of the same type in any case.
#[derive(Clone, Default)]
pub struct Scope(pub BTreeMap<String, Taken>);

#[derive(Clone, Default)]
pub struct Taken {
    /// By whom: the type that the selection stands on, and the field with its arguments.
    by: Vec<(String, String)>,
    ty: String,
    pub below: Scope,
}

impl Scope {
    /// Takes a key, if that can be.
    pub fn take(&mut self, schema: &Schema, key: &str, by: (&str, &str), ty: &str) -> bool {
        let taken = self.0.entry(key.to_owned()).or_default();
        let apart = |other: &str| {
            let objects = [by.0, other].map(|ty| matches!(schema.kind(ty), Kind::Object(..)));
            objects == [true, true] && by.0 != other
        };
        let fits = taken.by.is_empty()
            || (taken.ty == ty
                && taken
                    .by
                    .iter()
                    .all(|(other, field)| field == by.1 || apart(other)));
        if fits {
            ty.clone_into(&mut taken.ty);
            taken.by.push((by.0.to_owned(), by.1.to_owned()));
        }
        fits
    }

    /// Takes all keys of another.
    pub fn merge(&mut self, schema: &Schema, other: &Self) -> bool {
        other.0.iter().all(|(key, taken)| {
            let mut by = taken.by.iter();
            by.all(|(on, field)| self.take(schema, key, (on, field), &taken.ty))
                && self
                    .0
                    .entry(key.clone())
                    .or_default()
                    .below
                    .merge(schema, &taken.below)
        })
    }
}
