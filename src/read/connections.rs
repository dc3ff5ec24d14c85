//! Compiling connections: pages, cursors, and what is asked around them.

use async_graphql::parser::types::{Field as Selected, SelectionSet};
use async_graphql::{PathSegment, Positioned};
use serde_json::Value;

use super::compile::{Compiler, Place, unknown};
use super::cursor::{self, Side};
use super::link_rows::{Columns, LinkRows, NO_OWNER, Sorted, identity};
use super::plan::{
    Connection, ConnectionField, Cursors, EdgeField, Element, Issuer, Level, Object, Page,
    PageField,
};
use super::selection::inner;
use super::sql::Sql;
use crate::graphql::Error;
use crate::model::{Args, Column, Edge, Groups, Link};

/// The elements of a page where the request does not say.
const USUAL_PAGE: usize = 20;

/// A connection field of a type.
pub(super) struct Paged<'m, 'r> {
    pub(super) rows: LinkRows<'m, 'r>,
    /// The connection type without its suffix.
    pub(super) name: &'static str,
    pub(super) edge: Option<&'m Edge>,
    /// Where it stands in the schema: `Agreement.parties`.
    pub(super) list: String,
    /// Where it stands in the document.
    pub(super) selected: &'r Positioned<Selected>,
}

/// What is asked of a connection.
#[derive(Default)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each says of one thing whether it is asked for"
)]
struct Asked {
    rows: bool,
    count: bool,
    cursors: bool,
    next: bool,
    previous: bool,
    /// Aggregates of the whole list.
    asides: Vec<Level>,
}

/// A side of a cursor that the rows are to stand on.
type Bound = (Side, Sql);

impl<'a> Compiler<'a> {
    /// A page of a link's rows, with what is asked for around it.
    pub(super) fn connection(
        &mut self,
        paged: &Paged<'a, '_>,
        sets: &[&'a SelectionSet],
    ) -> Result<(Level, Connection), Error> {
        let Paged { rows, list, .. } = paged;
        let order = self.order(rows, paged.selected)?;
        let identity = identity(&self.ranked(list, rows, &order), &order);
        let (limit, backward) = self.page_size(rows.args, paged.selected)?;
        let (bounds, issuers) = self.page_bounds(paged, identity, &order)?;

        let mut columns = Columns::default();
        columns.search = rows.searches.first().copied();
        let mut asked = Asked::default();
        let fields = self.connection_fields(paged, &mut columns, sets, &mut asked)?;
        let cursors = asked.cursors.then(|| {
            let terms = order.iter();
            let terms = terms.map(|Sorted { sql, term, .. }| {
                (columns.index(sql.clone(), term.column), term.column)
            });
            Cursors {
                identity,
                terms: terms.collect(),
            }
        });

        let within: Vec<&Sql> = bounds.iter().map(|(_, condition)| condition).collect();
        // One more than the page holds tells whether there are more.
        let ahead = if backward { asked.previous } else { asked.next };
        let most = limit + usize::from(ahead);
        let mut level = rows.page(columns, &order, &within, backward, most);
        if !asked.rows {
            level.rows = None;
        }
        level.count = asked.count.then(|| rows.count());
        level.asides = std::mem::take(&mut asked.asides);
        // What lies beyond a cursor that was given, the page's own rows can't tell.
        let beyond = |side: Side, asked: bool| {
            let (_, condition) = bounds
                .iter()
                .find(|(given, _)| *given == side)
                .filter(|_| asked)?;
            let mut beyond = Sql::new("NOT ");
            beyond.append(condition);
            Some(rows.any(&beyond))
        };
        level.page = Some(Page {
            limit,
            backward,
            before: beyond(Side::After, asked.previous),
            after: beyond(Side::Before, asked.next),
            issuers,
        });
        Ok((level, Connection { fields, cursors }))
    }

    /// Where a list stands in the schema, and where ranks order it, what they are ranks of: with another search text an
    /// element's rank is another.
    fn ranked(&self, list: &str, rows: &LinkRows<'_, '_>, order: &[Sorted]) -> String {
        let by_rank =
            order.iter().any(|sorted| sorted.sql.binds()) || rows.link.from.contains("$search");
        let texts = rows.searches.iter().filter(|_| by_rank);
        texts.fold(list.to_owned(), |list, search| {
            format!("{list} {:?}", self.searches[*search])
        })
    }

    fn connection_fields(
        &mut self,
        paged: &Paged<'a, '_>,
        columns: &mut Columns,
        sets: &[&'a SelectionSet],
        asked: &mut Asked,
    ) -> Result<Vec<(String, ConnectionField)>, Error> {
        let link = paged.rows.link;
        let name = format!("{}Connection", paged.name);
        let mut outputs = Vec::new();
        for (key, fields) in self.collect(sets, &|condition| condition == name)? {
            self.path.push(PathSegment::Field(key.to_owned()));
            let sets = inner(&fields);
            let field = fields[0].node.name.node.as_str();
            asked.rows |= matches!(field, "nodes" | "edges" | "pageInfo");
            let output = match field {
                "__typename" => ConnectionField::Typename(format!("\"{name}\"")),
                "totalCount" => {
                    asked.count = true;
                    ConnectionField::TotalCount
                }
                "nodes" => ConnectionField::Nodes(self.element(link, columns, &sets)?),
                "edges" => ConnectionField::Edges(self.edges(paged, columns, &sets, asked)?),
                "pageInfo" => ConnectionField::PageInfo(self.page_info(&sets, asked)?),
                "facets" => {
                    let target = self.model.get(link.target);
                    let groups = target.facets.as_ref().ok_or_else(|| unknown(field))?;
                    let (level, object) = self.facets(paged, groups, fields[0], &sets)?;
                    asked.asides.push(level);
                    let aside = asked.asides.len() - 1;
                    ConnectionField::Aside { aside, object }
                }
                other => return Err(unknown(other)),
            };
            self.path.pop();
            outputs.push((key.to_owned(), output));
        }
        Ok(outputs)
    }

    /// Counts of the whole list by groups.
    fn facets(
        &mut self,
        paged: &Paged<'a, '_>,
        groups: &'a Groups,
        selected: &Positioned<Selected>,
        sets: &[&'a SelectionSet],
    ) -> Result<(Level, Object), Error> {
        let args = self.arguments(&groups.facets(), selected)?;
        let own = args.get("excludeOwnFilter") == Some(&Value::Bool(true));
        let by = groups
            .by
            .iter()
            .find(|grouping| args["by"] == grouping.name);
        let own = by.filter(|_| own).and_then(|grouping| grouping.filter);
        let LinkRows {
            field,
            declared: link,
            args: of_list,
            owner,
            ..
        } = paged.rows;
        self.weigh(of_list)?;
        let rows = self.rows(field, link, of_list, owner, paged.selected, own)?;
        self.groups(&rows, groups, &args, selected, sets)
    }

    fn edges(
        &mut self,
        paged: &Paged<'a, '_>,
        columns: &mut Columns,
        sets: &[&'a SelectionSet],
        asked: &mut Asked,
    ) -> Result<Vec<(String, EdgeField)>, Error> {
        let name = format!("{}Edge", paged.name);
        let mut outputs = Vec::new();
        for (key, fields) in self.collect(sets, &|condition| condition == name)? {
            self.path.push(PathSegment::Field(key.to_owned()));
            let output = match fields[0].node.name.node.as_str() {
                "__typename" => EdgeField::Typename(format!("\"{name}\"")),
                "cursor" => {
                    asked.cursors = true;
                    EdgeField::Cursor
                }
                "node" => {
                    let link = paged.rows.link;
                    EdgeField::Node(self.element(link, columns, &inner(&fields))?)
                }
                own => {
                    let part = self.model.get(paged.edge.ok_or_else(|| unknown(own))?.part);
                    let mut place = Place {
                        scope: "j",
                        level: columns,
                    };
                    EdgeField::Own(self.field(part, &mut place, &fields)?)
                }
            };
            self.path.pop();
            outputs.push((key.to_owned(), output));
        }
        Ok(outputs)
    }

    /// An element of a link's rows: the row, or the record of some type that it names.
    fn element(
        &mut self,
        link: &'a Link,
        columns: &mut Columns,
        sets: &[&'a SelectionSet],
    ) -> Result<Element, Error> {
        let scope = link.scope;
        let mut place = Place {
            scope,
            level: columns,
        };
        if link.target != "Record" {
            let target = self.model.get(link.target);
            return Ok(Element::Row(self.object(target, &mut place, sets)?));
        }
        let key = place.level.index(format!("{scope}.id"), Column::BigInt);
        let tag = place.level.index(format!("{scope}.tag"), Column::Text);
        let record = self.any_record(&mut place, key, tag, &[], sets)?;
        Ok(Element::Record(record))
    }

    fn page_info(
        &mut self,
        sets: &[&'a SelectionSet],
        asked: &mut Asked,
    ) -> Result<Vec<(String, PageField)>, Error> {
        let mut outputs = Vec::new();
        for (key, fields) in self.collect(sets, &|condition| condition == "PageInfo")? {
            let output = match fields[0].node.name.node.as_str() {
                "__typename" => PageField::Typename,
                "hasNextPage" => {
                    asked.next = true;
                    PageField::HasNext
                }
                "hasPreviousPage" => {
                    asked.previous = true;
                    PageField::HasPrevious
                }
                "startCursor" => {
                    asked.cursors = true;
                    PageField::Start
                }
                "endCursor" => {
                    asked.cursors = true;
                    PageField::End
                }
                other => return Err(unknown(other)),
            };
            outputs.push((key.to_owned(), output));
        }
        Ok(outputs)
    }

    /// How many elements, and whether from the end.
    fn page_size(
        &self,
        args: &Args,
        selected: &Positioned<Selected>,
    ) -> Result<(usize, bool), Error> {
        let number = |name: &str| args.get(name).and_then(Value::as_i64);
        let (name, number, backward) = match (number("first"), number("last")) {
            (Some(_), Some(_)) => {
                let message = "`first` and `last` can't be given together: take `first` to read on, `last` to read back.";
                return Err(self.refuse(selected, message.to_owned()).about("last"));
            }
            (None, None) => return Ok((USUAL_PAGE.min(self.limits.page), false)),
            (Some(first), None) => ("first", first, false),
            (None, Some(last)) => ("last", last, true),
        };
        let most = self.limits.page;
        match usize::try_from(number) {
            Ok(limit) if (1..=most).contains(&limit) => Ok((limit, backward)),
            _ => {
                let message = format!(
                    "`{name}` is {number}, and must be 1 to {most}. Page on with cursors for more."
                );
                Err(self.refuse(selected, message).about(name))
            }
        }
    }

    /// The sides of the cursors that were given, and the lists that issued them.
    fn page_bounds(
        &self,
        paged: &Paged<'a, '_>,
        identity: u64,
        order: &[Sorted],
    ) -> Result<(Vec<Bound>, Vec<Issuer>), Error> {
        let mut bounds = Vec::new();
        let mut issuers = Vec::new();
        for (argument, side) in [("after", Side::After), ("before", Side::Before)] {
            let Some(given) = paged.rows.args.get(argument).and_then(Value::as_str) else {
                continue;
            };
            let refusal = self
                .refuse(
                    paged.selected,
                    format!(
                        "`{argument}` is no cursor of this list in this order and language. \
                     Take one from its `pageInfo` or `edges`, or leave it out to start anew."
                    ),
                )
                .about(argument);
            let cursor = cursor::decode(identity, order.iter().map(|sorted| &sorted.term), given)
                .filter(|cursor| paged.rows.owner != NO_OWNER || cursor.owner == 0);
            let Some(cursor) = cursor else {
                return Err(refusal);
            };
            issuers.push(Issuer {
                owner: cursor.owner,
                refusal,
            });
            bounds.push((side, cursor::condition(side, order, &cursor.values)));
        }
        Ok((bounds, issuers))
    }
}
