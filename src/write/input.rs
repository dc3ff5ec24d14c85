//! From what was written to what is kept: one walk over a record's input, along its declaration.
//!
//! The walk gives the record's content in canonical form and everything that is wrong with it. It finds the passages that
//! citations quote, and collects what the record refers to; whether that exists is checked for a whole change set at once.

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::nearest::did_you_mean;
use super::reference::{Reference, Target};
use super::scalar::{self, Refused, expected};
use super::texts::Texts;
use crate::model::{Content, Field, PartKey, Role, Stored, Type};
use crate::registry::model;
use crate::values::Language;

/// What a walk over one record's input gives.
#[derive(Default)]
pub(super) struct Walked {
    /// What was written, in canonical form and in the declaration's order.
    pub(super) content: Content,
    /// What follows from it.
    pub(super) derived: Content,
    /// Its citations and those of its parts, with their places in the texts.
    pub(super) citations: Vec<Value>,
    /// Its sources and those of its parts.
    pub(super) sources: Vec<Value>,
    /// What it refers to.
    pub(super) references: Vec<Reference>,
    /// Its parts that others may refer to: type and key.
    pub(super) keys: Vec<(&'static str, String)>,
    /// Texts that it quotes and that are not there yet. If there are any, the walk is to be made again.
    pub(super) wanted: Vec<String>,
    /// What is wrong: paths and messages.
    pub(super) problems: Vec<(String, String)>,
}

/// Walks over a record's input.
pub(super) fn walk(ty: &'static Type, input: &Value, texts: &Texts) -> Walked {
    let mut walk = Walk {
        ty,
        original: None,
        texts,
        path: Vec::new(),
        out: Walked::default(),
    };
    let Some(map) = input.as_object() else {
        walk.problem(expected("a table with the record's fields", input));
        return walk.out;
    };
    walk.record(map);
    walk.out
}

pub(super) struct Walk<'a> {
    pub(super) ty: &'static Type,
    /// The record's original language, where it is right.
    pub(super) original: Option<Language>,
    pub(super) texts: &'a Texts,
    path: Vec<Step>,
    pub(super) out: Walked,
}

/// One step of a path.
enum Step {
    Name(&'static str),
    Index(usize),
}

/// A part's place in its record.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    /// The field that lists it.
    pub(super) list: &'static str,
    /// Its type, where paths name it by its identity; `None` where they name it by its key.
    pub(super) ty: Option<&'static str>,
    /// Its key.
    pub(super) key: &'a str,
}

/// The fields of a type that an input can give.
pub(super) fn inputs(ty: &'static Type) -> impl Iterator<Item = (&'static Field, &'static Stored)> {
    ty.stored().filter(|(field, _)| field.derive.is_none())
}

impl Walk<'_> {
    fn record(&mut self, map: &Map<String, Value>) {
        let ty = self.ty;
        self.unknown(ty, map, &["slug", "originalLanguage", "sources"]);
        let slug = self.within("slug", |walk| walk.slug(map.get("slug")));
        self.original = self.within("originalLanguage", |walk| {
            walk.language(map.get("originalLanguage"))
        });
        if let Some(slug) = slug {
            self.out.content.insert("slug".to_owned(), slug.into());
        }
        if let Some(language) = self.original {
            let code = language.code().into();
            self.out.content.insert("originalLanguage".to_owned(), code);
        }
        let fields = self.fields(ty, map);
        self.out.content.extend(fields);
        let provenance = self.provenance(ty, map, None);
        self.out.content.extend(provenance);

        if !self.out.problems.is_empty() {
            return;
        }
        for (field, _) in ty.stored() {
            let Some(derive) = field.derive else { continue };
            let value = derive(&self.out.content);
            if !value.is_null() {
                let name = field.input_name().to_owned();
                self.out.derived.insert(name, value);
            }
        }
        for rule in &ty.rules.content {
            rule(&self.out.content, &mut self.out.problems);
        }
    }

    /// The declared fields of a record or a part.
    fn fields(&mut self, ty: &'static Type, map: &Map<String, Value>) -> Content {
        let mut content = Content::new();
        for (field, stored) in inputs(ty) {
            let name = field.input_name();
            let given = map.get(name).filter(|value| !value.is_null());
            let value = self.within(name, |walk| match given {
                Some(value) => walk.field(field, stored, value),
                None => walk.left_out(field, stored),
            });
            if let Some(value) = value {
                content.insert(name.to_owned(), value);
            }
        }
        content
    }

    fn left_out(&mut self, field: &'static Field, stored: &Stored) -> Option<Value> {
        match stored {
            Stored::Enum(_, Some(default)) => Some(Value::from(*default)),
            Stored::Boolean(default) => Some(Value::Bool(*default)),
            _ if field.required => {
                let what = field
                    .verbatim
                    .map_or_else(String::new, |file| format!(", in files as `{file}`"));
                self.problem(format!(
                    "this is missing and must be there{what} (it is: {})",
                    field.doc.trim_end_matches('.')
                ));
                None
            }
            _ => None,
        }
    }

    fn field(
        &mut self,
        field: &'static Field,
        stored: &'static Stored,
        value: &Value,
    ) -> Option<Value> {
        if let Some(scalar) = scalar::scalar(field, stored, value) {
            return self.kept(scalar);
        }
        match stored {
            Stored::Localized => self.localized(value),
            Stored::LocalizedList => self.localized_list(value),
            Stored::Date => self.date(value),
            Stored::Money => self.money(value),
            Stored::Reference(target) => self.reference(&Target::of(target), value),
            // The field that says of which type comes first: its value is checked there.
            Stored::RecordReference { .. } => self.slug(Some(value)).map(Value::String),
            Stored::References { target, .. } => {
                let target = Target::of(target);
                self.set(field, value, |walk, item| walk.reference(&target, item))
            }
            Stored::Dates { .. } => self.set(field, value, Self::date),
            Stored::Parts { part, .. } => self.parts(field, model().get(part), value),
            _ => self.set(field, value, |walk, value| {
                let item = scalar::item(field, stored, value)?;
                walk.kept(item)
            }),
        }
    }

    // Lists ------------------------------------------------------------------------------------------------------------

    /// A list, of which at least one must be there if the field is required; none where it is empty.
    fn list(
        &mut self,
        field: &'static Field,
        value: &Value,
        mut item: impl FnMut(&mut Self, &Value) -> Option<Value>,
    ) -> Option<Vec<Value>> {
        let Some(list) = value.as_array() else {
            self.problem(expected("a list in square brackets", value));
            return None;
        };
        if list.is_empty() && field.required {
            self.problem(format!(
                "the list is empty and must have at least one (it is: {})",
                field.doc.trim_end_matches('.')
            ));
        }
        let kept: Vec<Value> = list
            .iter()
            .enumerate()
            .filter_map(|(index, value)| self.at(index, |walk| item(walk, value)))
            .collect();
        (!kept.is_empty()).then_some(kept)
    }

    /// A list in which nothing stands twice; dates are the same that have the same EDTF.
    fn set(
        &mut self,
        field: &'static Field,
        value: &Value,
        mut item: impl FnMut(&mut Self, &Value) -> Option<Value>,
    ) -> Option<Value> {
        let mut seen = HashSet::new();
        let list = self.list(field, value, |walk, value| {
            let kept = item(walk, value)?;
            let same = kept.get("edtf").unwrap_or(&kept).to_string();
            if seen.contains(&same) {
                walk.problem(format!("{same} stands in this list already; take it out"));
            }
            seen.insert(same);
            Some(kept)
        })?;
        Some(Value::Array(list))
    }

    fn parts(
        &mut self,
        field: &'static Field,
        part: &'static Type,
        value: &Value,
    ) -> Option<Value> {
        let mut seen: HashMap<String, usize> = HashMap::new();
        let mut index = 0;
        let list = self.list(field, value, |walk, value| {
            let here = index;
            index += 1;
            let Some(map) = value.as_object() else {
                walk.problem(expected("a table with the part's fields", value));
                return None;
            };
            let (key, content) = walk.part(field, part, map)?;
            if let Some(first) = seen.insert(key.clone(), here) {
                walk.problem(match part.part_key {
                    PartKey::Reference(of) => format!(
                        "`{key}` stands in this list already, at {first} counted from 0; say all of it there (`{of}` names one of the list)"
                    ),
                    PartKey::Content if map.contains_key("key") => format!(
                        "the key `{key}` names another of this list already, at {first} counted from 0; choose another key"
                    ),
                    PartKey::Content => format!(
                        "this says the same as another of this list, at {first} counted from 0; take it out, or give each a `key` where both are meant"
                    ),
                });
            }
            Some(Value::Object(content))
        })?;
        Some(Value::Array(list))
    }

    /// A part's key and content.
    fn part(
        &mut self,
        field: &'static Field,
        part: &'static Type,
        map: &Map<String, Value>,
    ) -> Option<(String, Content)> {
        let by_content = matches!(part.part_key, PartKey::Content);
        self.unknown(part, map, if by_content { &["key"] } else { &[] });
        let given = map.get("key").filter(|key| by_content && !key.is_null());
        let given = given.and_then(|key| self.within("key", |walk| walk.slug(Some(key))));
        let fields = self.fields(part, map);
        let key = match (part.part_key.reference(), given) {
            (Some(of), _) => fields.get(of)?.as_str()?.to_owned(),
            (None, Some(key)) => key,
            (None, None) => fingerprint(&fields),
        };
        let mut content = Content::new();
        if by_content {
            content.insert("key".to_owned(), key.clone().into());
        }
        content.extend(fields);
        if matches!(part.role, Role::Node) {
            self.out.keys.push((part.name, key.clone()));
        }
        let place = Part {
            list: field.name,
            ty: by_content.then_some(part.name),
            key: &key,
        };
        content.extend(self.provenance(part, map, Some(place)));
        self.record_reference(part, &content);
        Some((key, content))
    }

    // Paths and problems -----------------------------------------------------------------------------------------------

    /// Tells of what is written there and not declared.
    fn unknown(&mut self, ty: &'static Type, map: &Map<String, Value>, also: &[&'static str]) {
        let cited = ty.field("citations").map(|_| ["citations", "sources"]);
        let known: Vec<&'static str> = inputs(ty)
            .map(|(field, _)| field.input_name())
            .chain(also.iter().copied())
            .chain(cited.into_iter().flatten())
            .collect();
        for name in map.keys().filter(|name| !known.contains(&name.as_str())) {
            let derived = ty
                .stored()
                .any(|(field, _)| field.derive.is_some() && field.input_name() == name);
            let message = if derived {
                "this follows from the other fields; take it out".to_owned()
            } else {
                let near = did_you_mean(name, known.iter().copied());
                format!("{} has no such field to write{near}", article(ty))
            };
            self.problem_in(name, message);
        }
    }

    /// Tells of what is written there and is none of these.
    pub(super) fn keys(&mut self, map: &Map<String, Value>, known: &[&'static str]) {
        for name in map.keys().filter(|name| !known.contains(&name.as_str())) {
            let near = did_you_mean(name, known.iter().copied());
            let message = format!(
                "there is no such field here (only {}){near}",
                known.join(", ")
            );
            self.problem_in(name, message);
        }
    }

    pub(super) fn within<T>(&mut self, name: &'static str, f: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(Step::Name(name));
        let result = f(self);
        self.path.pop();
        result
    }

    pub(super) fn at<T>(&mut self, index: usize, f: impl FnOnce(&mut Self) -> T) -> T {
        self.path.push(Step::Index(index));
        let result = f(self);
        self.path.pop();
        result
    }

    pub(super) fn path(&self) -> String {
        let mut path = String::new();
        for step in &self.path {
            match step {
                Step::Name(name) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(name);
                }
                Step::Index(index) => {
                    path.push('[');
                    path.push_str(&index.to_string());
                    path.push(']');
                }
            }
        }
        path
    }

    pub(super) fn problem(&mut self, message: String) {
        let path = self.path();
        self.out.problems.push((path, message));
    }

    fn problem_in(&mut self, name: &str, message: String) {
        let mut path = self.path();
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(name);
        self.out.problems.push((path, message));
    }

    /// The value, or none after telling what is wrong.
    pub(super) fn kept<T>(&mut self, value: Result<T, Refused>) -> Option<T> {
        value.map_err(|message| self.problem(message)).ok()
    }
}

/// `an AgreementParty`, `a PartyName`.
fn article(ty: &Type) -> String {
    let an = ty.name.starts_with(['A', 'E', 'I', 'O', 'U']);
    format!("{} {}", if an { "an" } else { "a" }, ty.name)
}

/// Names a part by what it says: 16 hexadecimal digits.
fn fingerprint(content: &Content) -> String {
    let digest = Sha256::digest(Value::Object(content.clone()).to_string());
    let mut key = String::with_capacity(16);
    for byte in &digest[..8] {
        let _ = write!(key, "{byte:02x}");
    }
    key
}
