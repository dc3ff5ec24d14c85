//! What a record's facts rest on: citations, each found in the text that it quotes, and sources.

use std::collections::HashSet;

use serde_json::{Map, Value, json};

use super::input::{Part, Walk, inputs};
use super::nearest::did_you_mean;
use super::reference::Target;
use super::scalar::{self, expected};
use super::texts::{Lookup, quoted};
use crate::model::{Content, Stored, Type};
use crate::values::web;

impl Walk<'_> {
    /// The sources and citations of a record or a part, as they are kept in its content. What the tables hold of them is
    /// collected beside it, in the order of the record.
    pub(super) fn provenance(
        &mut self,
        ty: &'static Type,
        map: &Map<String, Value>,
        part: Option<Part<'_>>,
    ) -> Content {
        let mut content = Content::new();
        let mut keep = |name: &str, list: Vec<Value>| {
            if !list.is_empty() {
                content.insert(name.to_owned(), Value::Array(list));
            }
        };
        keep("sources", self.sources(ty, map, part));
        keep("citations", self.citations(ty, map, part));
        content
    }

    fn sources(
        &mut self,
        ty: &'static Type,
        map: &Map<String, Value>,
        part: Option<Part<'_>>,
    ) -> Vec<Value> {
        let mut seen = HashSet::new();
        self.each("sources", map, |walk, source| {
            walk.keys(source, &["field", "name", "identifier", "url", "license"]);
            let mut content = Content::new();
            if let Some(field) = walk.supported(ty, map, source) {
                content.insert("field".to_owned(), field.into());
            }
            for name in ["name", "identifier", "url", "license"] {
                let given = source.get(name).filter(|value| !value.is_null());
                let value = walk.within(name, |walk| match given {
                    Some(value) => walk.kept(scalar::text(value).and_then(|text| {
                        if name == "url" {
                            web::check_url(text).map_err(|error| error.to_string())?;
                        }
                        Ok(text.to_owned())
                    })),
                    None if name == "name" => {
                        walk.problem(
                            "this is missing and must be there: what the data set or register is called"
                                .to_owned(),
                        );
                        None
                    }
                    None => None,
                });
                content.extend(value.map(|value| (name.to_owned(), value.into())));
            }
            if !seen.insert(Value::Object(content.clone()).to_string()) {
                walk.problem("this source stands here already; take it out".to_owned());
            }
            let mut staged = content.clone();
            place(&mut staged, part);
            walk.out.sources.push(Value::Object(staged));
            Some(content)
        })
    }

    fn citations(
        &mut self,
        ty: &'static Type,
        map: &Map<String, Value>,
        part: Option<Part<'_>>,
    ) -> Vec<Value> {
        // Types without citations were told so with the other fields that they don't have.
        let Some(quoted) = quoted().filter(|_| ty.field("citations").is_some()) else {
            return Vec::new();
        };
        let document = quoted.record.one;
        let mut seen = HashSet::new();
        self.each("citations", map, |walk, citation| {
            walk.keys(citation, &["field", document, "exact", "prefix", "suffix"]);
            let mut content = Content::new();
            if let Some(field) = walk.supported(ty, map, citation) {
                content.insert("field".to_owned(), field.into());
            }
            let mut must = |walk: &mut Self, name: &'static str, what: &str| {
                let given = citation.get(name).filter(|value| !value.is_null());
                let text = walk.within(name, |walk| {
                    if let Some(value) = given {
                        walk.kept(scalar::verbatim(value).map(str::to_owned))
                    } else {
                        walk.problem(format!("this is missing and must be there: {what}"));
                        None
                    }
                })?;
                content.insert(name.to_owned(), text.clone().into());
                Some(text)
            };
            let slug = must(walk, document, "the slug of what is quoted");
            let exact = must(walk, "exact", "the words, to the letter");
            let mut around = |walk: &mut Self, name: &'static str| {
                let given = citation.get(name).filter(|value| !value.is_null());
                let text = given.and_then(|value| {
                    walk.within(name, |walk| {
                        let text = value.as_str().map(str::to_owned);
                        walk.kept(text.ok_or_else(|| expected("a text in quotation marks", value)))
                    })
                });
                let text = text.filter(|text| !text.is_empty())?;
                content.insert(name.to_owned(), text.clone().into());
                Some(text)
            };
            let prefix = around(walk, "prefix").unwrap_or_default();
            let suffix = around(walk, "suffix").unwrap_or_default();
            let (slug, exact) = slug.zip(exact)?;

            let texts = walk.texts;
            let position = match texts.get(&slug) {
                Lookup::Found(text) => {
                    let found = text.find(&exact, &prefix, &suffix);
                    let found = found.map_err(|error| format!("in `{slug}`: {error}"));
                    walk.within("exact", |walk| walk.kept(found))?
                }
                Lookup::Later => {
                    walk.out.wanted.push(slug);
                    return None;
                }
                Lookup::Missing => {
                    walk.within(document, |walk| {
                        walk.refer(Target::Record(quoted.record.tag), &slug);
                    });
                    return None;
                }
            };
            let field = content.get("field").cloned().unwrap_or_default();
            if !seen.insert((
                field.to_string(),
                slug.clone(),
                position.start,
                position.end,
            )) {
                walk.problem(
                    "this passage is cited here already for the same field; take it out".to_owned(),
                );
            }
            let mut staged = Content::new();
            staged.insert("field".to_owned(), field);
            staged.extend([
                ("quoted".to_owned(), json!(slug)),
                ("exact".to_owned(), json!(exact)),
                ("prefix".to_owned(), json!(position.prefix)),
                ("suffix".to_owned(), json!(position.suffix)),
                ("start".to_owned(), json!(position.start)),
                ("end".to_owned(), json!(position.end)),
            ]);
            place(&mut staged, part);
            walk.out.citations.push(Value::Object(staged));
            Some(content)
        })
    }

    /// Walks over a list of tables.
    fn each(
        &mut self,
        name: &'static str,
        map: &Map<String, Value>,
        mut f: impl FnMut(&mut Self, &Map<String, Value>) -> Option<Content>,
    ) -> Vec<Value> {
        let Some(value) = map.get(name).filter(|value| !value.is_null()) else {
            return Vec::new();
        };
        self.within(name, |walk| {
            let Some(list) = value.as_array() else {
                walk.problem(expected("a list of tables", value));
                return Vec::new();
            };
            let mut kept = Vec::with_capacity(list.len());
            for (index, item) in list.iter().enumerate() {
                walk.at(index, |walk| match item.as_object() {
                    Some(item) => kept.extend(f(walk, item).map(Value::Object)),
                    None => walk.problem(expected("a table", item)),
                });
            }
            kept
        })
    }

    /// The `field` of a citation or a source: a declared field, or an element of a list of references.
    fn supported(
        &mut self,
        ty: &'static Type,
        map: &Map<String, Value>,
        item: &Map<String, Value>,
    ) -> Option<String> {
        let value = item.get("field").filter(|value| !value.is_null())?;
        self.within("field", |walk| {
            let path = scalar::text(value).map(str::to_owned);
            let path = walk.kept(path)?;
            let (name, rest) = path
                .split_once('.')
                .map_or((path.as_str(), None), |(name, rest)| (name, Some(rest)));
            let Some((field, stored)) = inputs(ty).find(|(field, _)| field.input_name() == name) else {
                let known = inputs(ty).map(|(field, _)| field.input_name());
                let derived = ty
                    .stored()
                    .any(|(field, _)| field.derive.is_some() && field.input_name() == name);
                walk.problem(if derived {
                    format!("`{name}` follows from other fields; cite for those, in the part that says it")
                } else {
                    format!(
                        "`{name}` is no field of a {} that can be written{}",
                        ty.name,
                        did_you_mean(name, known)
                    )
                });
                return None;
            };
            if map.get(name).is_none_or(Value::is_null)
                && !matches!(stored, Stored::Boolean(_) | Stored::Enum(_, Some(_)))
            {
                walk.problem(format!("`{name}` is not given here, so nothing can support it; give it, or cite for another field"));
                return None;
            }
            let Some(slug) = rest else {
                return Some(path);
            };
            match stored {
                Stored::References { .. } => {
                    let given = map[name].as_array().map_or(&[][..], Vec::as_slice);
                    let slugs = || given.iter().filter_map(Value::as_str);
                    if slugs().any(|given| given == slug) {
                        return Some(path.clone());
                    }
                    walk.problem(format!(
                        "`{slug}` does not stand in `{name}`{}",
                        did_you_mean(slug, slugs())
                    ));
                }
                Stored::Parts { .. } => walk.problem(format!(
                    "what supports one of `{name}` stands inside it; write it there, with `field` relative to it"
                )),
                _ => walk.problem(format!("`{}` is one value; write `field = \"{name}\"`", field.name)),
            }
            None
        })
    }
}

/// Says where in its record something stands.
fn place(staged: &mut Content, part: Option<Part<'_>>) {
    if let Some(part) = part {
        staged.insert("list".to_owned(), part.list.into());
        staged.insert("key".to_owned(), part.key.into());
        if let Some(ty) = part.ty {
            staged.insert("type".to_owned(), ty.into());
        }
    }
}
