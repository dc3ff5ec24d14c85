//! The texts of a record with those of its parts.

use serde_json::{Value, json};

use crate::execute::{Args, Executor};
use crate::fields::Object;

impl Executor<'_> {
    /// Every text of a record and of its parts: fields in the schema's order, parts in theirs, languages in that of `Language`.
    pub fn translations(&self, ty: &str, id: i64, args: &Args) -> Vec<Option<Object>> {
        let mut texts: Vec<(String, Value)> = Vec::new();
        for (field, column, parts) in translated(ty) {
            let Some((part, owner, columns)) = parts else {
                let row = format!("FROM {} t WHERE t.id = {id}", ty.to_lowercase());
                texts.push((
                    (*field).to_owned(),
                    self.store.value(&format!("t.{column}"), &row),
                ));
                continue;
            };
            let rest = format!("FROM {column} p WHERE p.{owner} = {id} ORDER BY p.position");
            let name = format!(
                "rtrim(translate(encode(convert_to('{part}:' || p.id, 'UTF8'), 'base64'), '+/', '-_'), '=')"
            );
            for (name_of, column) in *columns {
                // Which part, and which of its texts: put in order below.
                let rows = self
                    .store
                    .rows(&format!("{name}, p.{column}, p.position"), &rest);
                for row in rows.iter() {
                    let part = row[0].as_str().unwrap_or_default();
                    texts.push((format!("{field}.{part}.{name_of}"), row[1].clone()));
                }
            }
            // The texts of one part stand together.
            let all = self.store.rows(&name, &rest);
            let place = |path: &str| {
                let of = |row: &Vec<Value>| {
                    path.starts_with(&format!("{field}.{}.", row[0].as_str().unwrap_or_default()))
                };
                all.iter().position(of)
            };
            texts.sort_by_key(|(path, _)| place(path));
        }
        let asked = args.get("field").and_then(Value::as_str);
        let fits = |path: &str| {
            asked.is_none_or(|asked| path == asked || path.starts_with(&format!("{asked}.")))
        };
        let mut all = Vec::new();
        for (path, texts) in texts.iter().filter(|(path, _)| fits(path)) {
            let each = |language: &str| match &texts[language] {
                Value::Null => Vec::new(),
                Value::Array(several) => several.clone(),
                one => vec![one.clone()],
            };
            let languages = ["FR", "EN", "ES", "PT"];
            let longest = languages.iter().map(|it| each(it).len()).max().unwrap_or(0);
            for place in 0..longest {
                for language in languages {
                    if let Some(text) = each(language).get(place) {
                        let text = json!({ "field": path, "language": language, "text": text });
                        all.push(Some(Object::known("Translation", text)));
                    }
                }
            }
        }
        all
    }
}

/// The localized fields of a type: the field, and its column; or the table of parts with their type, the column of their
/// owner, and their own localized fields with columns.
type Translated = (
    &'static str,
    &'static str,
    Option<(
        &'static str,
        &'static str,
        &'static [(&'static str, &'static str)],
    )>,
);

const PROVISIONS: Translated = (
    "provisions",
    "provision",
    Some((
        "Provision",
        "record_id",
        &[("text", "text"), ("outcomeNote", "outcome_note")],
    )),
);
const CONTRIBUTIONS: Translated = (
    "contributions",
    "contribution",
    Some(("Contribution", "record_id", &[("note", "note")])),
);

fn translated(ty: &str) -> &'static [Translated] {
    match ty {
        "Party" => &[
            ("name", "name", None),
            ("acronym", "acronym", None),
            (
                "names",
                "party_name",
                Some((
                    "PartyName",
                    "party_id",
                    &[("name", "name"), ("acronym", "acronym")],
                )),
            ),
        ],
        "Agreement" => &[
            ("title", "title", None),
            ("summary", "summary", None),
            (
                "statusHistory",
                "agreement_status",
                Some(("AgreementStatusEntry", "agreement_id", &[("note", "note")])),
            ),
            ("place", "place", None),
            PROVISIONS,
            (
                "signatures",
                "signature",
                Some((
                    "Signature",
                    "agreement_id",
                    &[
                        ("statement", "statement"),
                        ("offices", "offices"),
                        ("place", "place"),
                    ],
                )),
            ),
            CONTRIBUTIONS,
            (
                "relations",
                "agreement_relation",
                Some(("AgreementRelation", "agreement_id", &[("note", "note")])),
            ),
        ],
        "Program" => &[
            ("name", "name", None),
            ("acronym", "acronym", None),
            ("summary", "summary", None),
            ("eligibility", "eligibility", None),
            PROVISIONS,
            CONTRIBUTIONS,
        ],
        "Region" => &[("name", "name", None)],
        "Action" => &[
            ("title", "title", None),
            ("summary", "summary", None),
            ("outcome", "outcome", None),
            ("place", "place", None),
        ],
        "Document" => &[("title", "title", None)],
        other => unreachable!("{other} has no translations"),
    }
}
