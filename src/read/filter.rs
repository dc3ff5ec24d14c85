//! Compiling filters and orders: from the inputs of a list to conditions and terms over its rows.

use async_graphql::Positioned;
use async_graphql::parser::types::Field as Selected;
use serde_json::{Map, Value};

use super::compile::{Compiler, unknown};
use super::link_rows::{LinkRows, NO_OWNER, Sorted};
use super::sql::{Bind, Sql};
use super::template::{Given, fill};
use super::way;
use crate::graphql::{Code, Error};
use crate::model::{Args, Column, Effect, Field, Filter, Link, Order, Sorting, Term, Type};
use crate::values::Language;

/// The most conditions of a list at the root that PostgreSQL may turn into joins with what they look up. It finds a good
/// order for a few joins, and none for many. Every other condition is looked up once, as a set that rows are in or not.
const MOST_JOINED: usize = 2;

/// A filter on its way to a condition.
struct Filtering<'f> {
    ty: &'f Type,
    link: &'f Link,
    selected: &'f Positioned<Selected>,
    /// What is answered by the way to the rows already: fields of the filter itself, not of those within it.
    on_the_way: Vec<&'static str>,
    /// Whether a condition is one that rows between can't answer.
    by_values: bool,
    /// The search texts met so far that rows are kept by, not left out.
    searches: Vec<usize>,
    /// How many conditions may still become joins. Rows below a record are few, and joined to what they belong to already.
    joins: usize,
}

impl Filtering<'_> {
    /// A condition over the columns of the rows: their own, or where all of them have copies, those of the rows between.
    fn located(&mut self, condition: &str) -> String {
        // An `@` may also be part of an operator.
        if way::carried(self.link, condition) {
            return condition.replace("@.", "j.");
        }
        self.by_values = true;
        condition.replace("@.", &format!("{}.", self.link.scope))
    }

    /// A condition, so that it becomes no join where there are enough. `IS TRUE` changes nothing but that.
    fn planned(&mut self, condition: Sql, filter: &Filter) -> Sql {
        if !filter.condition.contains("SELECT ") {
            return condition;
        }
        if self.joins > 0 {
            self.joins -= 1;
            return condition;
        }
        let mut apart = Sql::new("(");
        apart.append(&condition).push(") IS TRUE");
        apart
    }
}

impl<'a> Compiler<'a> {
    /// A list's rows as its arguments ask for them. `without` is a field of the filter to leave out.
    pub(super) fn rows<'r>(
        &mut self,
        field: &'a Field,
        link: &'a Link,
        args: &'r Args,
        owner: &'static str,
        selected: &Positioned<Selected>,
        without: Option<&str>,
    ) -> Result<LinkRows<'a, 'r>, Error> {
        let mut rows = LinkRows {
            field,
            declared: link,
            link,
            args,
            owner,
            filter: None,
            by_values: false,
            searches: Vec::new(),
            parts: Vec::new(),
        };
        for arg in &field.args {
            if let (Effect::Search, Some(text)) = (&arg.effect, args.get(arg.name)) {
                let text = text.as_str().unwrap_or_default();
                let search = self.search(text, selected);
                rows.searches
                    .push(search.map_err(|error| error.about(arg.name))?);
            }
        }
        let filter = field
            .args
            .iter()
            .find(|arg| matches!(arg.effect, Effect::Filter));
        let given = filter.and_then(|arg| args.get(arg.name)?.as_object());
        if let (Some(arg), Some(given)) = (filter, given) {
            let ty = self.model.get(link.target);
            let mut filtering = Filtering {
                ty,
                link,
                selected,
                on_the_way: Vec::new(),
                by_values: false,
                searches: Vec::new(),
                joins: if owner == NO_OWNER { MOST_JOINED } else { 0 },
            };
            let mut all = Vec::new();
            let taken = (owner == NO_OWNER && link.is_all_of(ty.table))
                .then(|| way::taken(ty, given, without))
                .flatten();
            if let Some(taken) = &taken {
                rows.link = &taken.way.link;
                filtering.link = &taken.way.link;
                filtering.on_the_way.push(taken.filter.name);
                filtering
                    .on_the_way
                    .extend(taken.split.map(|split| split.filter.name));
                let way = self.fill_way(taken, selected, arg.name)?;
                all.push(way.condition);
                rows.parts = way.parts;
            }
            all.push(self.filter(&mut filtering, given, without, true, arg.name)?);
            rows.filter = Some(join(&all, " AND ", "true"));
            rows.searches = filtering.searches;
            // What a text asks of a whole table is looked up in the index on words, whatever it is.
            let text_alone =
                owner == NO_OWNER && given.keys().all(|name| is_text(filtering.ty, name));
            rows.by_values = !text_alone && (taken.is_none() || filtering.by_values);
        }
        Ok(rows)
    }

    /// What rows must meet to be kept. `kept` is false below an odd number of `not`s.
    fn filter(
        &mut self,
        filtering: &mut Filtering<'_>,
        given: &Map<String, Value>,
        without: Option<&str>,
        kept: bool,
        path: &str,
    ) -> Result<Sql, Error> {
        let mut all = Vec::new();
        let top = !path.contains(['.', '[']);
        for (name, value) in given {
            let place = format!("{path}.{name}");
            match (name.as_str(), value) {
                (name, _) if Some(name) == without => {}
                (name, _) if top && filtering.on_the_way.contains(&name) => {}
                ("and", Value::Array(filters)) => {
                    all.extend(self.each(filtering, filters, kept, &place)?);
                }
                ("or", Value::Array(filters)) => {
                    let any = self.each(filtering, filters, kept, &place)?;
                    all.push(join(&any, " OR ", "false"));
                }
                ("not", Value::Object(filter)) => {
                    let met = self.filter(filtering, filter, None, !kept, &place)?;
                    // Also where the condition is unknown.
                    let mut not = Sql::new("(");
                    not.append(&met).push(") IS NOT TRUE");
                    all.push(not);
                }
                (name, value) => {
                    let filters = &filtering.ty.filters;
                    let filter = filters.iter().find(|filter| filter.name == name);
                    let filter = filter.ok_or_else(|| unknown(name))?;
                    let selected = filtering.selected;
                    let condition = filtering.located(&filter.condition);
                    let searches = &mut filtering.searches;
                    let condition =
                        self.condition(filter, &condition, value, selected, &place, |search| {
                            if kept && !searches.contains(&search) {
                                searches.push(search);
                            }
                        })?;
                    all.push(filtering.planned(condition, filter));
                }
            }
        }
        Ok(join(&all, " AND ", "true"))
    }

    fn each(
        &mut self,
        filtering: &mut Filtering<'_>,
        filters: &[Value],
        kept: bool,
        path: &str,
    ) -> Result<Vec<Sql>, Error> {
        let filters = filters.iter().enumerate();
        let filters = filters.filter_map(|(index, filter)| Some((index, filter.as_object()?)));
        filters
            .map(|(index, filter)| {
                let before = self.conditions;
                let path = format!("{path}[{index}]");
                let met = self.filter(filtering, filter, None, kept, &path)?;
                // One that asks for nothing stands in the statement all the same.
                if self.conditions == before {
                    self.count_condition()?;
                }
                Ok(met)
            })
            .collect()
    }

    fn count_condition(&mut self) -> Result<(), Error> {
        self.conditions += 1;
        let most = self.limits.conditions;
        if self.conditions > most {
            let message = format!(
                "The filters of a request may have {most} conditions. Lists of values (`slugs`, `kinds`) say more in one."
            );
            return Err(Error::new(Code::QueryTooComplex, message).at(self.path.clone()));
        }
        Ok(())
    }

    /// The condition of one field of a filter.
    pub(super) fn condition(
        &mut self,
        filter: &Filter,
        condition: &str,
        value: &Value,
        selected: &Positioned<Selected>,
        path: &str,
        mut searched: impl FnMut(usize),
    ) -> Result<Sql, Error> {
        self.count_condition()?;
        if let Some(name) = filter.without.filter(|name| value.get(name).is_some()) {
            let message = format!("`{name}` means nothing to `{}`: leave it out.", filter.name);
            return Err(self
                .refuse(selected, message)
                .about(format!("{path}.{name}")));
        }
        let search = match value.as_str().filter(|_| condition.contains("$search")) {
            Some(text) => {
                let search = self
                    .search(text, selected)
                    .map_err(|error| error.about(path))?;
                searched(search);
                Some(search)
            }
            None => None,
        };
        // Of one value an index gives the rows in its order.
        let of_one = condition.replace("= ANY($arg::text[])", "= $arg");
        let (condition, value) = match value.as_array().map(Vec::as_slice) {
            Some([one]) if !of_one.contains("$arg::") => (of_one, one),
            _ => (condition.to_owned(), value),
        };
        let get = |name: &str| match value {
            Value::Object(fields) => fields.get(name),
            value => Some(value),
        };
        let given = Given {
            get: &get,
            owner: "",
            search,
        };
        Ok(fill(&condition, &given))
    }

    /// The order of a list's rows, in the language of the request.
    pub(super) fn order(
        &self,
        rows: &LinkRows<'_, '_>,
        selected: &Positioned<Selected>,
    ) -> Result<Vec<Sorted>, Error> {
        let link = rows.link;
        let asked = rows
            .field
            .args
            .iter()
            .find(|arg| matches!(arg.effect, Effect::Order));
        let given = asked.and_then(|arg| rows.args.get(arg.name)?.as_array());
        let given = given.map_or(&[][..], Vec::as_slice);
        if given.is_empty() && (asked.is_none() || rows.searches.is_empty()) {
            let own = || &self.model.get(link.target).order;
            let order = link.order.as_ref().unwrap_or_else(own);
            return Ok(order
                .terms
                .iter()
                .map(|term| self.sorted(term.clone(), link))
                .collect());
        }
        let target = self.model.get(link.target);
        let mut sorted: Vec<Sorted> = Vec::new();
        let mut names: Vec<&str> = Vec::new();
        for order in given {
            let name = order["field"].as_str().unwrap_or_default();
            if names.contains(&name) {
                continue;
            }
            names.push(name);
            let mut known = target.orders.iter();
            let known = known
                .find(|known| known.name == name)
                .ok_or_else(|| unknown(name))?;
            sorted.push(match &known.by {
                Sorting::Term(term) => {
                    let descending = order["direction"] == "DESC";
                    Sorted {
                        indexed: known.indexed.has(descending),
                        ..self.sorted(term.clone().descending(descending), link)
                    }
                }
                Sorting::Relevance if rows.searches.is_empty() => {
                    let message = "RELEVANCE orders by how well records match a text: give the filter a `text` that they must match, or take another order.";
                    return Err(self.refuse(selected, message.to_owned()).about("orderBy"));
                }
                Sorting::Relevance => relevance(rows),
            });
        }
        if sorted.is_empty() {
            sorted.push(relevance(rows));
        }
        sorted.push(self.sorted(Order::LAST, link));
        Ok(sorted)
    }

    fn sorted(&self, term: Term, link: &Link) -> Sorted {
        let language = self.language.map_or("original", Language::tag);
        let own = Sql::new(&term.sql.replace("$lang", language));
        let column = term.sql.strip_prefix(link.scope);
        let column = column.and_then(|column| column.strip_prefix('.'));
        let copy = column.filter(|column| way::copies(link).contains(column));
        Sorted {
            sql: copy.map_or_else(|| own.clone(), |column| Sql::new(&format!("j.{column}"))),
            own,
            term,
            indexed: false,
        }
    }
}

/// How well rows match the search texts of their filter, best first.
fn relevance(rows: &LinkRows<'_, '_>) -> Sorted {
    let mut sql = Sql::new(&format!("search_score({}.words, ", rows.link.scope));
    for (place, search) in rows.searches.iter().enumerate() {
        sql.push(if place == 0 { "" } else { " || " });
        sql.bind(Bind::Ranked(*search)).push("::tsquery");
    }
    sql.push(")");
    Sorted {
        own: sql.clone(),
        sql,
        term: Term {
            sql: "",
            column: Column::BigInt,
            descending: true,
            nullable: false,
        },
        indexed: false,
    }
}

/// Whether a field of a type's filter is a search text.
fn is_text(ty: &Type, name: &str) -> bool {
    let mut filters = ty.filters.iter();
    filters.any(|filter| filter.name == name && filter.condition.contains("$search"))
}

fn join(conditions: &[Sql], word: &str, none: &str) -> Sql {
    let mut sql = Sql::default();
    match conditions {
        [] => {
            sql.push(none);
        }
        [only] => {
            sql.append(only);
        }
        several => {
            for (place, condition) in several.iter().enumerate() {
                sql.push(if place == 0 { "(" } else { word })
                    .append(condition);
            }
            sql.push(")");
        }
    }
    sql
}
