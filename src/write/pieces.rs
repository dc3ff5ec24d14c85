//! Values of several pieces, and references: what a record says in more than one word.

use serde_json::Value;

use super::input::{Walk, inputs};
use super::reference::{Reference, Target};
use super::scalar::{self, expected};
use crate::model::{Content, Stored, Type};
use crate::registry::model;
use crate::values::{Currency, Decimal, Language, Localized, LocalizedList, Slug};

impl Walk<'_> {
    pub(super) fn language(&mut self, value: Option<&Value>) -> Option<Language> {
        let Some(value) = value.filter(|value| !value.is_null()) else {
            self.problem("this is missing and must be there: FR, EN, ES or PT".to_owned());
            return None;
        };
        let code = scalar::enumerated(scalar::vocabulary("Language"), value);
        self.kept(code).and_then(Language::from_code)
    }

    /// The pairs of language and text, and the language that they are written in first.
    fn texts(&mut self, value: &Value) -> Option<(Vec<(Language, String)>, Language)> {
        let Some(list) = value.as_array() else {
            self.problem(expected("a list of `{ language, text }`", value));
            return None;
        };
        let before = self.out.problems.len();
        let mut texts = Vec::with_capacity(list.len());
        for (index, item) in list.iter().enumerate() {
            self.at(index, |walk| {
                let Some(map) = item.as_object() else {
                    walk.problem(expected("a table `{ language, text }`", item));
                    return;
                };
                walk.keys(map, &["language", "text"]);
                let language = walk.within("language", |walk| walk.language(map.get("language")));
                let text = match map.get("text").map(|text| (text, text.as_str())) {
                    Some((_, Some(text))) => Some(text.to_owned()),
                    Some((other, None)) if !other.is_null() => walk.within("text", |walk| {
                        walk.problem(expected("a text in quotation marks", other));
                        None
                    }),
                    _ => walk.within("text", |walk| {
                        walk.problem(
                            "the text is missing; leave out a language that has none".to_owned(),
                        );
                        None
                    }),
                };
                texts.extend(language.zip(text));
            });
        }
        if self.out.problems.len() > before {
            return None;
        }
        // Where the record's language is wrong itself, that is told once and not for each text.
        let original = self
            .original
            .or_else(|| texts.first().map(|(language, _)| *language))
            .unwrap_or(Language::Fr);
        Some((texts, original))
    }

    pub(super) fn localized(&mut self, value: &Value) -> Option<Value> {
        let (texts, original) = self.texts(value)?;
        match Localized::new(texts, original) {
            Ok(text) => Some(Value::Object(
                text.iter()
                    .map(|(language, text)| (language.code().to_owned(), text.into()))
                    .collect(),
            )),
            Err(errors) => {
                for error in errors {
                    self.problem(error.to_string());
                }
                None
            }
        }
    }

    pub(super) fn localized_list(&mut self, value: &Value) -> Option<Value> {
        let (texts, original) = self.texts(value)?;
        match LocalizedList::new(texts, original) {
            Ok(list) => {
                let mut content = Content::new();
                for (language, text) in list.items().iter().flat_map(Localized::iter) {
                    let texts = content
                        .entry(language.code())
                        .or_insert_with(|| Value::Array(Vec::new()));
                    if let Value::Array(texts) = texts {
                        texts.push(text.into());
                    }
                }
                Some(Value::Object(content))
            }
            Err(errors) => {
                for error in errors {
                    self.problem(error.to_string());
                }
                None
            }
        }
    }

    pub(super) fn date(&mut self, value: &Value) -> Option<Value> {
        let Some(map) = value.as_object() else {
            let example = value.as_str().unwrap_or("2013-10");
            self.problem(expected(
                &format!("a table `{{ edtf = \"{example}\" }}`"),
                value,
            ));
            return None;
        };
        self.keys(map, &["edtf", "asWritten"]);
        let content = self.within("edtf", |walk| {
            let Some(edtf) = map.get("edtf").filter(|edtf| !edtf.is_null()) else {
                walk.problem(
                    "this is missing and must be there: the date in EDTF, as 2013-10".to_owned(),
                );
                return None;
            };
            let date = scalar::text(edtf).and_then(scalar::date);
            walk.kept(date)
        })?;
        let mut content: Content = content
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect();
        if let Some(words) = map.get("asWritten").filter(|words| !words.is_null()) {
            let words = self.within("asWritten", |walk| walk.kept(scalar::text(words)))?;
            content.insert("asWritten".to_owned(), words.into());
        }
        Some(Value::Object(content))
    }

    pub(super) fn money(&mut self, value: &Value) -> Option<Value> {
        let Some(map) = value.as_object() else {
            self.problem(expected(
                "a table `{ amount = \"643000.00\", currency = \"CAD\" }`",
                value,
            ));
            return None;
        };
        self.keys(map, &["amount", "currency"]);
        let amount = self.within("amount", |walk| {
            let amount = match map.get("amount") {
                Some(Value::Number(number)) => {
                    Err(format!("write the amount as a text: \"{number}\""))
                }
                Some(amount) => scalar::text(amount)
                    .and_then(|text| Decimal::parse(text).map_err(|error| error.to_string())),
                None => Err("this is missing and must be there, as \"643000.00\"".to_owned()),
            };
            walk.kept(amount)
        });
        let currency = self.within("currency", |walk| {
            let currency = map.get("currency").map_or_else(
                || Err("this is missing and must be there, as \"CAD\"".to_owned()),
                |currency| {
                    scalar::text(currency)
                        .and_then(|text| Currency::parse(text).map_err(|error| error.to_string()))
                },
            );
            walk.kept(currency)
        });
        let (amount, currency) = amount.zip(currency)?;
        let mut content = Content::new();
        content.insert("amount".to_owned(), amount.as_str().into());
        content.insert("currency".to_owned(), currency.code().into());
        Some(Value::Object(content))
    }

    /// A slug that must be there.
    pub(super) fn slug(&mut self, value: Option<&Value>) -> Option<String> {
        let slug = match value {
            None | Some(Value::Null) => Err(
                "this is missing and must be there: lower-case letters, digits and hyphens"
                    .to_owned(),
            ),
            Some(Value::String(text)) => Slug::parse(text).map_err(|error| error.to_string()),
            Some(value) => Err(expected("a slug in quotation marks", value)),
        };
        self.kept(slug).map(|slug| slug.as_str().to_owned())
    }

    pub(super) fn reference(&mut self, target: &Target, value: &Value) -> Option<Value> {
        if let Target::Record(_) = target {
            let slug = self.slug(Some(value))?;
            self.refer(target.clone(), &slug);
            return Some(Value::String(slug));
        }
        let written = value.as_str().unwrap_or_default();
        let whole = written
            .split_once('#')
            .filter(|(slug, key)| Slug::parse(slug).is_ok() && Slug::parse(key).is_ok());
        if whole.is_none() {
            self.problem(format!(
                "`{written}` names no part of a record; write the record's slug, `#` and the part's key: `entente-2013#volet-1`"
            ));
            return None;
        }
        self.refer(target.clone(), written);
        Some(Value::String(written.to_owned()))
    }

    pub(super) fn refer(&mut self, target: Target, slug: &str) {
        self.out.references.push(Reference {
            path: self.path(),
            target,
            slug: slug.to_owned(),
        });
    }

    /// The references whose type another field of the part holds: when both are known.
    pub(super) fn record_reference(&mut self, ty: &'static Type, content: &Content) {
        for (field, stored) in inputs(ty) {
            let Stored::RecordReference { tag } = stored else {
                continue;
            };
            let name = field.input_name();
            let tag = content.get(*tag).and_then(Value::as_str);
            let ty = tag
                .and_then(|tag| model().tagged(tag))
                .and_then(Type::record);
            if let (Some(record), Some(slug)) = (ty, content.get(name).and_then(Value::as_str)) {
                self.within(name, |walk| walk.refer(Target::Record(record.tag), slug));
            }
        }
    }
}
