//! Lists in pages: the whole list in its order, and what of it is asked for.

use std::ops::Range;
use std::rc::Rc;

use entente::values::words::plain;
use serde_json::{Value, json};

use crate::execute::{Args, Executor, Refused, Resolved};
use crate::fields::{Object, RECORDS, Source, table};
use crate::schema::named;
use crate::store::{among, quoted};

/// A whole list, with the page of it that was asked for.
pub struct Pages {
    /// Which list: `Party.agreements`, and the record that it belongs to.
    pub list: (String, i64),
    /// The type of its edges.
    edge: String,
    elements: Vec<Element>,
    shown: Range<usize>,
    /// Whether there is anything before and after what is shown.
    before: bool,
    after: bool,
    /// What the list has without the filter, and the filter: to count with another.
    pub all: Vec<i64>,
    pub filter: Option<Value>,
}

struct Element {
    id: i64,
    node: Object,
    /// The participation that leads to it.
    part: Option<i64>,
    score: Value,
}

impl Pages {
    /// The participation behind an edge.
    pub fn participation(&self, place: usize) -> Option<i64> {
        self.elements[place].part
    }

    /// Where an element stands in the list. The server's text for it is its own affair; what it does is not.
    fn cursor(&self, place: usize) -> Value {
        let (list, owner) = &self.list;
        json!({ "cursor": [list, owner, self.elements[place].id] })
    }

    /// A field of an edge that every edge has.
    pub fn of_edge(&self, place: usize, field: &str) -> Resolved {
        let element = &self.elements[place];
        match field {
            "cursor" => Resolved::Leaf(self.cursor(place)),
            "score" => Resolved::Leaf(element.score.clone()),
            _ => Resolved::Object(Some(element.node.clone())),
        }
    }

    /// A field of `PageInfo`.
    pub fn info(&self, field: &str) -> Resolved {
        let cursor = |place: Option<usize>| place.map_or(Value::Null, |place| self.cursor(place));
        Resolved::Leaf(match field {
            "hasPreviousPage" => json!(self.before),
            "hasNextPage" => json!(self.after),
            "startCursor" => cursor(self.shown.clone().next()),
            _ => cursor(self.shown.clone().next_back()),
        })
    }
}

impl Executor<'_> {
    /// A field of a connection.
    pub fn of_pages(
        &self,
        pages: &Rc<Pages>,
        field: &str,
        args: &Args,
    ) -> Result<Resolved, Refused> {
        let shown = || pages.shown.clone();
        let one = |ty: &str, source: Source| Object {
            ty: ty.to_owned(),
            source,
        };
        Ok(match field {
            "totalCount" => Resolved::Leaf(json!(pages.elements.len())),
            "nodes" => Resolved::List(
                shown()
                    .map(|place| Some(pages.elements[place].node.clone()))
                    .collect(),
            ),
            "edges" => {
                let edge = |place| one(&pages.edge, Source::Edge(Rc::clone(pages), place));
                Resolved::List(shown().map(|place| Some(edge(place))).collect())
            }
            "pageInfo" => {
                Resolved::Object(Some(one("PageInfo", Source::PageInfo(Rc::clone(pages)))))
            }
            "facets" => Resolved::List(self.facets(pages, args)),
            other => unreachable!("{other}"),
        })
    }

    /// A page of a list of rows: what gives the identities of the rows, and of participations that lead to them.
    pub fn pages(
        &self,
        (ty, field, owner): (&str, &str, i64),
        target: &str,
        keys: &str,
        args: &Args,
    ) -> Result<Object, Refused> {
        let rows = self
            .store
            .rows("x.id, x.part", &format!("FROM ({keys}) x(id, part)"));
        let rows = rows.iter();
        let all: Vec<(i64, Option<i64>)> = rows
            .map(|row| (row[0].as_i64().expect("is an identity"), row[1].as_i64()))
            .collect();
        let filter = args.get("filter").cloned();
        let kept = filter.as_ref().map(|filter| self.kept(target, filter));
        let mut elements: Vec<_> = all
            .iter()
            .filter(|(id, _)| kept.as_ref().is_none_or(|kept| kept.contains(id)))
            .map(|(id, part)| Element {
                id: *id,
                node: Object::row(target, *id),
                part: *part,
                score: Value::Null,
            })
            .collect();
        let places = self.store.places(&self.order(target, args));
        elements.sort_by_key(|element| places[&element.id]);
        let all = all.into_iter().map(|(id, _)| id).collect();
        self.page((ty, field, owner), elements, (all, filter), args)
    }

    /// The root field `search`.
    pub fn search(&self, args: &Args) -> Result<Object, Refused> {
        let query = self.query(args["text"].as_str().unwrap_or_default());
        let types = args.get("types");
        let of: Vec<_> = RECORDS
            .iter()
            .filter(|(tag, _)| {
                types.and_then(Value::as_array).is_none_or(|types| types.iter().any(|ty| ty == tag))
            })
            .map(|(_, ty)| {
                let table = table(ty).expect("records have tables");
                format!("SELECT id, slug, search_score(words, {query}) AS score FROM {table} WHERE words @@ {query}")
            })
            .chain(["SELECT NULL::bigint AS id, NULL::text AS slug, NULL::bigint AS score WHERE false".to_owned()])
            .collect();
        let found = self.store.rows(
            "x.id, x.score / 1000000.0",
            &format!(
                "FROM ({}) x ORDER BY x.score DESC, x.slug COLLATE \"C\", x.id",
                of.join(" UNION ALL ")
            ),
        );
        let elements = found.iter().map(|row| {
            let id = row[0].as_i64().expect("is an identity");
            Element {
                id,
                node: self.record(id),
                part: None,
                score: row[1].clone(),
            }
        });
        self.page(
            ("Query", "search", 0),
            elements.collect(),
            (Vec::new(), None),
            args,
        )
    }

    /// The part of a list between two cursors, from its start or its end.
    fn page(
        &self,
        (ty, field, owner): (&str, &str, i64),
        elements: Vec<Element>,
        (all, filter): (Vec<i64>, Option<Value>),
        args: &Args,
    ) -> Result<Object, Refused> {
        let list = (format!("{ty}.{field}"), owner);
        let place = |name: &str| -> Result<Option<usize>, Refused> {
            let Some(cursor) = args.get(name).and_then(Value::as_str) else {
                return Ok(None);
            };
            let cursors = self.cursors.borrow();
            let (of, id) = cursors
                .known(cursor)
                .expect("it is a cursor of the server's");
            if *of != list {
                return Err(Refused(format!(
                    "{name} is a cursor of {of:?}, not of {list:?}"
                )));
            }
            let place = elements.iter().position(|element| element.id == id);
            Ok(Some(place.expect("the element is still there")))
        };
        let start = place("after")?.map_or(0, |place| place + 1);
        let end = place("before")?.unwrap_or(elements.len());
        let size = |name: &str| {
            let size = args.get(name).and_then(Value::as_u64);
            size.map(|size| usize::try_from(size).expect("it is small"))
        };
        let shown = if start >= end {
            start..start
        } else if let Some(last) = size("last") {
            start.max(end.saturating_sub(last))..end
        } else {
            start..end.min(start + size("first").unwrap_or(20))
        };
        let pages = Pages {
            before: shown.start > 0,
            // Of crossed cursors, what is not before the second one comes after.
            after: shown.end.min(end) < elements.len(),
            edge: {
                let connection = named(&self.schema.field(ty, field).ty);
                connection.replace("Connection", "Edge")
            },
            list,
            elements,
            shown,
            all,
            filter,
        };
        Ok(Object {
            ty: named(&self.schema.field(ty, field).ty).to_owned(),
            source: Source::Pages(Rc::new(pages)),
        })
    }

    /// Records in their type's own order.
    pub fn sorted(&self, target: &str, mut ids: Vec<i64>) -> Vec<i64> {
        let places = self.store.places(&self.order(target, &Args::new()));
        ids.sort_by_key(|id| places[id]);
        ids
    }

    /// A type's whole table in the order that arguments ask for.
    fn order(&self, target: &str, args: &Args) -> String {
        let table = table(target).expect("lists are of rows");
        let language = self.language.unwrap_or("original").to_lowercase();
        let mut texts = Vec::new();
        if let Some(filter) = args.get("filter") {
            sought(filter, true, &mut texts);
        }
        let relevance = || {
            let queries: Vec<_> = texts.iter().map(|text| self.query(text)).collect();
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
            "q.query::text",
            &format!("FROM search_query({terms}::jsonb) q"),
        );
        format!("{}::tsquery", quoted(query.as_str().expect("is a query")))
    }

    /// The identities of the rows of a type that a filter keeps.
    pub fn kept(&self, ty: &str, filter: &Value) -> Rc<std::collections::HashSet<i64>> {
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
        let mut kept: std::collections::HashSet<i64> = all().collect();
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
                    let these: std::collections::HashSet<_> = these.into_iter().collect();
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
