//! What filters keep of a type's rows, and the orders that they come in.

use std::collections::HashSet;
use std::rc::Rc;

use entente::values::words::plain;
use serde_json::{Value, json};

use crate::execute::{Args, Executor};
use crate::store::{among, quoted};
use crate::table::table;

impl Executor<'_> {
    /// A type's whole table in the order that arguments ask for.
    pub fn order(&self, target: &str, args: &Args) -> String {
        let table = table(target).expect("lists are of rows");
        let language = self.language.unwrap_or("original").to_lowercase();
        let mut texts = Vec::new();
        if let Some(filter) = args.get("filter") {
            sought(filter, true, &mut texts);
        }
        let relevance = || {
            let queries: Vec<_> = texts.iter().map(|text| self.ranked(text)).collect();
            format!("search_score(t.words, {}) DESC", queries.join(" || "))
        };
        let asked = args.get("orderBy").and_then(Value::as_array);
        let mut terms: Vec<String> = asked
            .into_iter()
            .flatten()
            .map(|order| {
                let direction = order["direction"].as_str().unwrap_or_default();
                match order["field"].as_str().unwrap_or_default() {
                    "DATE" => format!("t.sort_date {direction} NULLS LAST"),
                    "NAME" | "TITLE" => format!("t.sort_{language} {direction}"),
                    "UPDATED_AT" => format!("t.updated_at {direction}"),
                    "POPULATION" => format!("t.population {direction} NULLS LAST"),
                    _ => relevance(),
                }
            })
            .collect();
        if terms.is_empty() {
            terms.push(match target {
                "Citation" => {
                    return "FROM citation t ORDER BY t.start_at, t.end_at, t.id".to_owned();
                }
                _ if !texts.is_empty() => relevance(),
                "Agreement" | "Action" | "Document" => "t.sort_date DESC NULLS LAST".to_owned(),
                _ => format!("t.sort_{language}"),
            });
        }
        format!(
            "FROM {table} t ORDER BY {}, t.slug COLLATE \"C\"",
            terms.join(", ")
        )
    }

    /// What a search text asks of the words of a record, as SQL. What search makes of words has its own tests; here a text
    /// is words, excluded words behind a hyphen, and a phrase in quotation marks, with one space between them.
    pub fn query(&self, text: &str) -> String {
        self.resolved(text, "query")
    }

    /// What its matches are ranked by.
    pub fn ranked(&self, text: &str) -> String {
        self.resolved(text, "ranked")
    }

    fn resolved(&self, text: &str, column: &str) -> String {
        let mut terms: Vec<Value> = Vec::new();
        let pieces: Vec<&str> = text.split('"').collect();
        for (place, piece) in pieces.iter().enumerate() {
            if place % 2 == 1 {
                terms.push(json!({ "words": plain(piece), "phrase": true, "without": false, "prefix": false, "spelt": false }));
                continue;
            }
            for word in piece.split_whitespace() {
                let without = word.starts_with('-');
                let words = plain(word);
                let spelt = !without && words.chars().count() >= 5;
                terms.push(json!({ "words": words, "phrase": false, "without": without, "prefix": false, "spelt": spelt }));
            }
        }
        // The last word may still be being typed.
        if let Some(last) = terms.last_mut()
            && text.ends_with(char::is_alphabetic)
            && last["without"] == false
        {
            last["prefix"] = json!(true);
        }
        let terms = quoted(&Value::Array(terms).to_string());
        let query = self.store.value(
            &format!("q.{column}::text"),
            &format!("FROM search_query({terms}::jsonb) q"),
        );
        format!("{}::tsquery", quoted(query.as_str().expect("is a query")))
    }

    /// The identities of the rows of a type that a filter keeps.
    pub fn kept(&self, ty: &str, filter: &Value) -> Rc<HashSet<i64>> {
        let key = format!("{ty} {filter}");
        if let Some(kept) = self.store.kept(&key) {
            return kept;
        }
        let table = table(ty).expect("lists are of rows");
        let all = || {
            self.store
                .ids("t.id", &format!("FROM {table} t"))
                .into_iter()
        };
        let mut kept: HashSet<i64> = all().collect();
        for (name, value) in filter.as_object().into_iter().flatten() {
            let each = || value.as_array().into_iter().flatten();
            match name.as_str() {
                "and" => {
                    for one in each() {
                        let these = self.kept(ty, one);
                        kept.retain(|id| these.contains(id));
                    }
                }
                "or" => {
                    let these: Vec<_> = each().map(|one| self.kept(ty, one)).collect();
                    kept.retain(|id| these.iter().any(|these| these.contains(id)));
                }
                "not" => {
                    let these = self.kept(ty, value);
                    kept.retain(|id| !these.contains(id));
                }
                name => {
                    let condition = self.condition(ty, name, value);
                    let these = self
                        .store
                        .ids("t.id", &format!("FROM {table} t WHERE {condition}"));
                    let these: HashSet<_> = these.into_iter().collect();
                    kept.retain(|id| these.contains(id));
                }
            }
        }
        self.store.keep(key, kept)
    }

    /// One condition of a filter, over the row `t`.
    fn condition(&self, ty: &str, name: &str, value: &Value) -> String {
        let table = table(ty).expect("lists are of rows");
        let linked = |to: &str, between: &str| {
            format!(
                "EXISTS (SELECT FROM {between} j JOIN {to} s ON s.id = j.{to}_id WHERE j.{table}_id = t.id AND s.slug IN {})",
                among(value)
            )
        };
        match (ty, name) {
            (_, "slugs") => format!("t.slug IN {}", among(value)),
            (_, "sourceIdentifiers") => format!(
                "EXISTS (SELECT FROM source s WHERE s.record_id = t.id AND s.identifier IN {})",
                among(value)
            ),
            (_, "updatedSince") => {
                let since = quoted(value.as_str().unwrap_or_default());
                format!("t.updated_at >= {since}::timestamptz")
            }
            (_, "text") => format!(
                "t.words @@ {}",
                self.query(value.as_str().unwrap_or_default())
            ),
            (_, "kinds") => format!("t.kind IN {}", among(value)),
            (_, "statuses") => format!("t.status IN {}", among(value)),
            (_, "languages") => format!("t.language IN {}", among(value)),
            (_, "eligibleKinds") => format!(
                "EXISTS (SELECT FROM unnest(t.eligible_kinds) kind WHERE kind IN {})",
                among(value)
            ),
            (_, "themes") => linked("theme", &format!("{table}_theme")),
            (_, "programs") => linked("program", &format!("{table}_program")),
            ("Action", "agreements") => linked("agreement", "action_agreement"),
            ("Document", "agreements") => linked("agreement", "agreement_document"),
            (_, "region") => format!(
                "EXISTS (SELECT FROM {table}_region j WHERE j.{table}_id = t.id AND j.region_id IN ({}))",
                regions(value)
            ),
            (_, "within") => format!("t.id IN ({})", regions(value)),
            (_, "code") => format!(
                "EXISTS (SELECT FROM region_code c WHERE c.region_id = t.id AND c.scheme = {} AND c.value = {})",
                quoted(value["scheme"].as_str().unwrap_or_default()),
                quoted(value["value"].as_str().unwrap_or_default())
            ),
            (_, "party") => {
                let roles = match value.get("roles") {
                    Some(roles) => format!(
                        "EXISTS (SELECT FROM unnest(j.roles) role WHERE role IN {})",
                        among(roles)
                    ),
                    None => "true".to_owned(),
                };
                format!(
                    "EXISTS (SELECT FROM {table}_party j WHERE j.{table}_id = t.id AND j.party_id IN ({}) AND {roles})",
                    parties(value)
                )
            }
            (_, "responsible") => format!("t.responsible_id IN ({})", parties(value)),
            (_, "publisher") => format!("t.publisher_id IN ({})", parties(value)),
            ("Action", "date") => format!(
                "EXISTS (SELECT FROM action_occurrence o WHERE o.action_id = t.id AND {})",
                falls("o.occurs", value)
            ),
            // Signed, or else adopted, or else announced, or else starting.
            ("Agreement", "date") => {
                let choice = [
                    "t.signed_on",
                    "t.adopted_on",
                    "t.announced_on",
                    "t.starts_on",
                ]
                .map(|date| format!("WHEN {date}_edtf IS NOT NULL THEN {}", falls(date, value)));
                format!("CASE {} ELSE false END", choice.join(" "))
            }
            (_, "signedOn") => falls("t.signed_on", value),
            (_, "adoptedOn") => falls("t.adopted_on", value),
            (_, "announcedOn") => falls("t.announced_on", value),
            (_, "startsOn") => falls("t.starts_on", value),
            (_, "endsOn") => falls("t.ends_on", value),
            (_, "publishedOn") => falls("t.published_on", value),
            (ty, name) => panic!("{ty}Filter.{name} is not known here"),
        }
    }
}

/// The search texts that a filter keeps records by; not those that it leaves records out by.
fn sought<'f>(filter: &'f Value, kept: bool, texts: &mut Vec<&'f str>) {
    for (name, value) in filter.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("text", Value::String(text)) if kept && !texts.contains(&text.as_str()) => {
                texts.push(text);
            }
            ("and" | "or", Value::Array(filters)) => {
                for filter in filters {
                    sought(filter, kept, texts);
                }
            }
            ("not", filter) => sought(filter, !kept, texts),
            _ => {}
        }
    }
}

/// Whether an approximate date can fall within a range.
fn falls(date: &str, range: &Value) -> String {
    let bound = |name: &str| {
        let day = range.get(name).and_then(Value::as_str);
        day.map(|day| format!("{}::date", quoted(day)))
    };
    let mut conditions = vec![format!("{date}_edtf IS NOT NULL")];
    let (from, until) = (bound("from"), bound("until"));
    if let Some(from) = &from {
        conditions.push(format!("coalesce({date}_latest >= {from}, true)"));
    }
    if let Some(until) = &until {
        conditions.push(format!("coalesce({date}_earliest <= {until}, true)"));
    }
    if let (Some(from), Some(until)) = (from, until) {
        conditions.push(format!("{from} <= {until}"));
    }
    conditions.join(" AND ")
}

/// The parties of a `PartyMatch`.
fn parties(wanted: &Value) -> String {
    let named = format!(
        "SELECT p.id FROM party p WHERE p.slug IN {}",
        among(&wanted["slugs"])
    );
    if wanted["includeLineage"] == true {
        format!("{named} UNION SELECT l.other_id FROM party_line l WHERE l.party_id IN ({named})")
    } else {
        named
    }
}

/// The regions of a `RegionMatch`.
fn regions(wanted: &Value) -> String {
    let named = format!(
        "SELECT r.id FROM region r WHERE r.slug IN {}",
        among(&wanted["slugs"])
    );
    if wanted["includeDescendants"] == true {
        format!("SELECT a.region_id FROM region_ancestor a WHERE a.ancestor_id IN ({named})")
    } else {
        named
    }
}
