//! Lists in pages: the whole list in its order, and what of it is asked for.

use std::ops::Range;
use std::rc::Rc;

use serde_json::{Value, json};

use crate::execute::{Args, Executor, Refused, Resolved};
use crate::fields::{Object, Source};
use crate::schema::named;
use crate::table::{RECORDS, table};

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
    pub fn of_pages(&self, pages: &Rc<Pages>, field: &str, args: &Args) -> Resolved {
        let shown = || pages.shown.clone();
        let one = |ty: &str, source: Source| Object {
            ty: ty.to_owned(),
            source,
        };
        match field {
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
        }
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
        let text = args["text"].as_str().unwrap_or_default();
        let (query, ranked) = (self.query(text), self.ranked(text));
        let types = args.get("types");
        let of: Vec<_> = RECORDS
            .iter()
            .filter(|(tag, _)| {
                types.and_then(Value::as_array).is_none_or(|types| types.iter().any(|ty| ty == tag))
            })
            .map(|(_, ty)| {
                let table = table(ty).expect("records have tables");
                format!("SELECT id, slug, search_score(words, {ranked}) AS score FROM {table} WHERE words @@ {query}")
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
}
