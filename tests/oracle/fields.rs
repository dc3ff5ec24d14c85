//! Resolves a field of an object, as the table of fields says.

use std::rc::Rc;

use entente::values::{Edtf, Language, label};
use serde_json::{Map, Value, json};

use crate::dates::iso;
use crate::execute::{Args, Executor, Refused, Resolved};
use crate::pages::Pages;
use crate::store::{among, quoted};
use crate::table::{How, NODES, RECORDS, how, table};

/// Something that has fields.
#[derive(Clone)]
pub struct Object {
    /// Its object type.
    pub ty: String,
    pub source: Source,
}

/// Where an object's fields are read from.
#[derive(Clone)]
pub enum Source {
    /// The query itself.
    Root,
    /// The row of this identity. `from` is the record that it is seen from, where it has two ends.
    Row {
        id: i64,
        from: i64,
    },
    /// The columns of an approximate date.
    Date {
        table: &'static str,
        id: i64,
        prefix: &'static str,
    },
    /// Values that are known already.
    Known(Rc<Map<String, Value>>),
    /// A page of a list, one of its edges, where it stands.
    Pages(Rc<Pages>),
    Edge(Rc<Pages>, usize),
    PageInfo(Rc<Pages>),
}

impl Object {
    /// The row of a type's table.
    pub fn row(ty: &str, id: i64) -> Self {
        Self {
            ty: ty.to_owned(),
            source: Source::Row { id, from: 0 },
        }
    }

    /// Values.
    pub fn known(ty: &str, values: Value) -> Self {
        let Value::Object(values) = values else {
            unreachable!("values have names");
        };
        Self {
            ty: ty.to_owned(),
            source: Source::Known(Rc::new(values)),
        }
    }
}

impl Executor<'_> {
    /// The value of an object's field.
    pub fn resolve(&self, object: &Object, field: &str, args: &Args) -> Result<Resolved, Refused> {
        let ty = object.ty.as_str();
        let how = how(ty, field).unwrap_or_else(|| panic!("{ty}.{field} is not known here"));
        let (table, id, from, prefix) = match &object.source {
            Source::Root => ("", 0, 0, ""),
            Source::Row { id, from } => (table(ty).expect("rows have a table"), *id, *from, ""),
            Source::Date { table, id, prefix } => (*table, *id, 0, *prefix),
            Source::Known(values) => return Ok(self.known(ty, field, &values[field], args)),
            Source::Pages(pages) => return Ok(self.of_pages(pages, field, args)),
            Source::Edge(pages, place) => match (field, pages.participation(*place)) {
                ("cursor" | "node" | "score", _) => return Ok(pages.of_edge(*place, field)),
                (_, Some(part)) => {
                    return self.resolve(&Object::row(ty, part), field, args);
                }
                (_, None) => unreachable!("{ty}.{field} is of no participation"),
            },
            Source::PageInfo(pages) => return Ok(pages.info(field)),
        };
        let fill = |sql: &str| {
            sql.replace("$id", &id.to_string())
                .replace("$from", &from.to_string())
                .replace("$prefix", prefix)
        };
        let row = format!("FROM {table} t WHERE t.id = {id}");
        let read = |column: &str| self.store.value(&fill(column), &row);
        Ok(match how {
            How::Column(column) => Resolved::Leaf(read(column)),
            How::Day(column) => Resolved::Leaf(self.day(&fill(column), &row)),
            How::Moment(column) => {
                let moment = read(&format!(
                    "to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US')"
                ));
                let moment = moment.as_str().unwrap_or_default();
                let moment = moment.trim_end_matches('0').trim_end_matches('.');
                Resolved::Leaf(json!(format!("{moment}Z")))
            }
            How::Text(column) => {
                let texts = self
                    .store
                    .rows(&format!("t.{column}, t.original_language"), &row);
                Resolved::Leaf(self.text(&texts[0][0], &texts[0][1], args))
            }
            How::Texts(column) => {
                let texts = self
                    .store
                    .rows(&format!("t.{column}, t.original_language"), &row);
                match self.text(&texts[0][0], &texts[0][1], args) {
                    Value::Null => Resolved::Leaf(json!([])),
                    texts => Resolved::Leaf(texts),
                }
            }
            How::Date(prefix) => Resolved::Object(self.date(table, id, prefix)),
            How::Money(prefix) => {
                let columns = format!("t.{prefix}_amount::text, t.{prefix}_currency");
                let money = self.store.rows(&columns, &row);
                let money = &money[0];
                Resolved::Object((!money[0].is_null()).then(|| {
                    Object::known("Money", json!({ "amount": money[0], "currency": money[1] }))
                }))
            }
            How::One(target, key) => {
                let rest = format!(
                    "FROM {} t WHERE t.id = ({})",
                    crate::table::table(target).expect("it has a table"),
                    fill(key)
                );
                let one = self.store.ids("t.id", &rest);
                Resolved::Object(one.first().map(|id| Object::row(target, *id)))
            }
            How::Record(key) => {
                let key = self
                    .store
                    .ids("x.id", &format!("FROM ({}) x(id)", fill(key)));
                Resolved::Object(key.first().map(|id| self.record(*id)))
            }
            How::Rows(target, key, rest) => self.rows(target, key, &fill(rest)),
            How::Seen(target, key, rest) => {
                let rows = self.store.ids(key, &fill(rest));
                let rows = rows.into_iter().map(|row| Some(seen(target, row, id)));
                Resolved::List(rows.collect())
            }
            How::Records(target, keys) => {
                let keys = format!("FROM ({}) x(id)", fill(keys));
                let keys = self.sorted(target, self.store.ids("x.id", &keys));
                let records = keys.into_iter().map(|id| Some(Object::row(target, id)));
                Resolved::List(records.collect())
            }
            How::Pages(target, keys) => {
                let keys = fill(&choice(keys, args));
                Resolved::Object(Some(self.pages((ty, field, id), target, &keys, args)?))
            }
            How::Own => self.own(object, field, args, id, from)?,
        })
    }

    fn rows(&self, target: &str, key: &str, rest: &str) -> Resolved {
        let rows = self.store.ids(key, rest).into_iter();
        Resolved::List(rows.map(|id| Some(Object::row(target, id))).collect())
    }

    /// A record of whatever type.
    pub fn record(&self, id: i64) -> Object {
        let tag = self
            .store
            .value("r.type", &format!("FROM record r WHERE r.id = {id}"));
        let ty = RECORDS.iter().find(|(known, _)| tag == *known);
        Object::row(ty.expect("a record has a type").1, id)
    }

    /// A localized text: in the language asked for, else that of the request; where it lacks that, the original.
    pub fn text(&self, texts: &Value, original: &Value, args: &Args) -> Value {
        let asked = args.get("language").and_then(Value::as_str);
        let asked = asked.or(self.language).map(|language| &texts[language]);
        let original = &texts[original.as_str().unwrap_or_default()];
        let text = asked.filter(|text| !text.is_null());
        text.unwrap_or(original).clone()
    }

    /// A day as ISO 8601 writes it, in which the year before 1 is 0.
    fn day(&self, column: &str, row: &str) -> Value {
        let part = |part: &str| format!("extract({part} FROM {column})::integer");
        let parts = [part("year"), part("month"), part("day")].join(", ");
        let parts = self.store.rows(&parts, row);
        let number = |place: usize| parts[0][place].as_i64();
        let Some(year) = number(0) else {
            return Value::Null;
        };
        let year = if year < 0 { year + 1 } else { year };
        let small = |place: usize| {
            let number = number(place).unwrap_or_default();
            u8::try_from(number).expect("months and days are small")
        };
        let year = i32::try_from(year).expect("years are small");
        json!(iso((year, small(1), small(2))))
    }

    fn date(&self, table: &'static str, id: i64, prefix: &'static str) -> Option<Object> {
        let row = format!("FROM {table} t WHERE t.id = {id}");
        let edtf = self.store.value(&format!("t.{prefix}_edtf"), &row);
        (!edtf.is_null()).then(|| Object {
            ty: "ApproximateDate".to_owned(),
            source: Source::Date { table, id, prefix },
        })
    }

    fn known(&self, ty: &str, field: &str, value: &Value, args: &Args) -> Resolved {
        match (field, value) {
            ("money", money) => Resolved::Object(Some(Object::known("Money", money.clone()))),
            ("label", label) if ty != "Money" => {
                Resolved::Leaf(match self.text(&label["texts"], &label["original"], args) {
                    // Words of the program's own, which stand in no table.
                    Value::Null => json!({ "any": "text" }),
                    text => text,
                })
            }
            (_, value) => Resolved::Leaf(value.clone()),
        }
    }

    fn own(
        &self,
        object: &Object,
        field: &str,
        args: &Args,
        id: i64,
        from: i64,
    ) -> Result<Resolved, Refused> {
        Ok(match (object.ty.as_str(), field) {
            (ty, "id") => {
                let id = self.store.value(
                    "rtrim(translate(encode(convert_to(x.name, 'UTF8'), 'base64'), '+/', '-_'), '=')",
                    &format!("FROM (SELECT '{ty}:{id}') x(name)"),
                );
                Resolved::Leaf(id)
            }
            (_, "citations") => {
                let rest = format!(
                    "FROM citation c WHERE c.record_id = {id} AND {} ORDER BY c.position, c.id",
                    below("c.field", args)
                );
                self.rows("Citation", "c.id", &rest)
            }
            (ty, "translations") => Resolved::List(self.translations(ty, id, args)),
            (_, "provisions") => {
                let kinds = within("p.kind", args);
                let rest = format!(
                    "FROM provision p WHERE p.record_id = {id} AND {kinds} ORDER BY p.position, p.id"
                );
                self.rows("Provision", "p.id", &rest)
            }
            (_, "contributed") => {
                let rest = format!(
                    "FROM contribution c WHERE c.record_id = {id} AND c.stage IN ('COMMITTED', 'PAID') AND c.kind <> 'ENVELOPE' \
                     AND c.money_amount IS NOT NULL GROUP BY c.money_currency ORDER BY c.money_currency"
                );
                let sums = self.store.rows(
                    "c.money_currency, sum(c.money_amount)::text, count(*), bool_or(c.qualifier <> 'EXACT')",
                    &rest,
                );
                let sums = sums.iter().map(|sum| {
                    let money = json!({ "currency": sum[0], "amount": sum[1] });
                    let sum = json!({ "money": money, "count": sum[2], "approximate": sum[3] });
                    Some(Object::known("ContributedSum", sum))
                });
                Resolved::List(sums.collect())
            }
            (_, "relations") => {
                let kinds = within("r.kind", args);
                let rest = format!(
                    "FROM (SELECT id, position, kind FROM agreement_relation WHERE agreement_id = {id}
                         UNION ALL SELECT id, position, {OPPOSITE} FROM agreement_relation WHERE target_id = {id}) r
                     WHERE {kinds} ORDER BY r.position, r.id"
                );
                let rows = self.store.ids("r.id", &rest).into_iter();
                let rows = rows.map(|row| Some(seen("AgreementRelation", row, id)));
                Resolved::List(rows.collect())
            }
            ("AgreementRelation", "kind") => Resolved::Leaf(self.store.value(
                &format!("CASE WHEN agreement_id = {from} THEN kind ELSE {OPPOSITE} END"),
                &format!("FROM agreement_relation WHERE id = {id}"),
            )),
            (_, "occurrences") => {
                let rest = format!(
                    "FROM action_occurrence o WHERE o.action_id = {id} ORDER BY o.position, o.id"
                );
                let rows = self.store.ids("o.id", &rest).into_iter();
                let dates = rows.map(|id| self.date("action_occurrence", id, "occurs"));
                Resolved::List(dates.collect())
            }
            (_, "text") => {
                let text = self
                    .store
                    .value("d.text", &format!("FROM document d WHERE d.id = {id}"));
                let text = text.as_str().expect("a document has a text").chars();
                let place = |name: &str| {
                    let place = args.get(name).and_then(Value::as_u64);
                    place.map(|place| usize::try_from(place).expect("it is small"))
                };
                let start = place("start").unwrap_or(0);
                let length = place("end").map_or(usize::MAX, |end| end - start);
                Resolved::Leaf(json!(text.skip(start).take(length).collect::<String>()))
            }
            // The words for dates have their own tests, beside `entente::values::label`.
            ("ApproximateDate", "label") => {
                let Resolved::Leaf(edtf) = self.resolve(object, "edtf", &Args::new())? else {
                    unreachable!("EDTF is a scalar");
                };
                let edtf = Edtf::parse(edtf.as_str().expect("EDTF is a text"));
                let language = args.get("language").and_then(Value::as_str);
                let language = language.or(self.language).and_then(Language::from_code);
                let edtf = edtf.expect("the registry holds EDTF");
                Resolved::Leaf(json!(label(&edtf, language.unwrap_or(Language::Fr))))
            }
            ("Query", field) => return self.root(field, args),
            (ty, field) => unreachable!("{ty}.{field}"),
        })
    }

    fn root(&self, field: &str, args: &Args) -> Result<Resolved, Refused> {
        let node = |id: &Value| {
            let id = quoted(id.as_str().unwrap_or_default());
            NODES.iter().find_map(|ty| {
                let table = table(ty).expect("it has a table");
                let named = "translate(rtrim(encode(convert_to(x.name, 'UTF8'), 'base64'), '='), '+/', '-_')";
                let rest = format!("FROM (SELECT t.id, '{ty}:' || t.id AS name FROM {table} t) x WHERE {named} = {id}");
                let found = self.store.ids("x.id", &rest);
                found.first().map(|id| Object::row(ty, *id))
            })
        };
        Ok(match field {
            "node" => Resolved::Object(node(&args["id"])),
            "nodes" => {
                let ids = args["ids"].as_array().expect("`ids` is a list");
                Resolved::List(ids.iter().map(node).collect())
            }
            "themes" => {
                let themes = self.sorted("Theme", self.store.ids("t.id", "FROM theme t"));
                let themes = themes.into_iter().map(|id| Some(Object::row("Theme", id)));
                Resolved::List(themes.collect())
            }
            "search" => Resolved::Object(Some(self.search(args)?)),
            "funding" => Resolved::List(self.funding(args)),
            one => {
                let slug = quoted(args["slug"].as_str().unwrap_or_default());
                let found = self
                    .store
                    .ids("t.id", &format!("FROM {one} t WHERE t.slug = {slug}"));
                let ty = RECORDS.iter().find(|(_, ty)| table(ty) == Some(one));
                let ty = ty.expect("it is a record's").1;
                Resolved::Object(found.first().map(|id| Object::row(ty, *id)))
            }
        })
    }
}

/// How a relation reads from its other end.
const OPPOSITE: &str = "CASE WHEN kind LIKE 'REFER%' THEN CASE kind WHEN 'REFERS_TO' THEN 'REFERRED_TO_BY' ELSE 'REFERS_TO' END \
    WHEN kind = 'FOLLOWS' THEN 'FOLLOWED_BY' WHEN kind = 'FOLLOWED_BY' THEN 'FOLLOWS' \
    WHEN kind = 'IMPLEMENTS' THEN 'IMPLEMENTED_BY' WHEN kind = 'IMPLEMENTED_BY' THEN 'IMPLEMENTS' \
    WHEN kind = 'AMENDS' THEN 'AMENDED_BY' WHEN kind = 'AMENDED_BY' THEN 'AMENDS' \
    WHEN kind = 'SUPERSEDES' THEN 'SUPERSEDED_BY' WHEN kind = 'SUPERSEDED_BY' THEN 'SUPERSEDES' \
    WHEN kind = 'PREPARES' THEN 'PREPARED_BY' WHEN kind = 'PREPARED_BY' THEN 'PREPARES' END";

/// A row with two ends, seen from one of them.
fn seen(ty: &str, id: i64, from: i64) -> Object {
    Object {
        ty: ty.to_owned(),
        source: Source::Row { id, from },
    }
}

/// Fills in what a list's own arguments choose: `$roles`, `$line`, `$within`.
fn choice(sql: &str, args: &Args) -> String {
    let roles = match args.get("roles") {
        Some(roles) => format!(
            "EXISTS (SELECT FROM unnest(j.roles) role WHERE role IN {})",
            among(roles)
        ),
        None => "true".to_owned(),
    };
    let line = if args.get("includeLineage") == Some(&json!(true)) {
        "SELECT $id UNION SELECT other_id FROM party_line WHERE party_id = $id"
    } else {
        "SELECT $id"
    };
    let within = if args.get("includeDescendants") == Some(&json!(false)) {
        "SELECT $id"
    } else {
        "SELECT region_id FROM region_ancestor WHERE ancestor_id = $id"
    };
    sql.replace("$roles", &roles)
        .replace("$line", line)
        .replace("$within", within)
}

/// The condition that a column is one of the argument `kinds`.
fn within(column: &str, args: &Args) -> String {
    match args.get("kinds") {
        Some(kinds) => format!("{column} IN {}", among(kinds)),
        None => "true".to_owned(),
    }
}

/// The condition that a path is the argument `field` or lies below it.
fn below(column: &str, args: &Args) -> String {
    match args.get("field").and_then(Value::as_str) {
        Some(field) => format!(
            "({column} = {0} OR left({column}, length({0}) + 1) = {0} || '.')",
            quoted(field)
        ),
        None => "true".to_owned(),
    }
}
