//! From an operation to a plan.

use async_graphql::parser::types::{Field as Selected, FragmentDefinition, SelectionSet};
use async_graphql::{Name, PathSegment, Positioned};
use serde_json::Value;
use std::collections::HashMap;

use super::args::{Variables, arguments};
use super::cursor::{self, Side};
use super::plan::{
    Child, Connection, ConnectionField, Cursors, EdgeField, Issuer, Level, Object, Output, Page,
    PageField, Plan, Root,
};
use super::selection::{Document, Merged, inner};
use super::sql::{Bind, Sql};
use crate::graphql::{Code, Error};
use crate::model::{
    Args, BadArgument, Column, Edge, Effect, Field, Link, Model, Order, Read, Role, Term, Type,
};
use crate::values::Language;
use crate::values::id::parse_node_id;

/// The most elements of a page.
const LARGEST_PAGE: i64 = 100;
/// The elements of a page where the request does not say.
const USUAL_PAGE: usize = 20;
/// The most identifiers that `nodes` looks up.
const MOST_NODES: usize = 100;
/// The most response keys of a plan: a document that asks for more is no page of a person's.
const MOST_FIELDS: usize = 20_000;

/// A query operation, valid by the schema, with what its answer depends on.
pub struct Operation<'a> {
    /// What it selects of the root.
    pub selection: &'a SelectionSet,
    /// The document's fragments.
    pub fragments: &'a HashMap<Name, Positioned<FragmentDefinition>>,
    /// Its variables' values.
    pub variables: &'a Variables,
    /// The language that the request prefers; `None` for the originals.
    pub language: Option<Language>,
}

/// Compiles a query.
///
/// # Errors
/// The first argument that can't be used, with its path.
pub fn compile(model: &Model, operation: &Operation<'_>) -> Result<Plan, Error> {
    let document = Document {
        fragments: operation.fragments,
        variables: operation.variables,
    };
    let mut compiler = Compiler {
        model,
        document,
        language: operation.language,
        path: Vec::new(),
        fields: 0,
    };
    let mut plan = Plan {
        levels: Vec::new(),
        roots: Vec::new(),
    };
    for (key, fields) in compiler
        .document
        .collect(&[operation.selection], &|name| name == "Query")
    {
        compiler.path.push(PathSegment::Field(key.to_owned()));
        let root = compiler.root(&mut plan.levels, &fields)?;
        compiler.path.pop();
        plan.roots.push((key.to_owned(), root));
    }
    Ok(plan)
}

struct Compiler<'a> {
    model: &'a Model,
    document: Document<'a>,
    language: Option<Language>,
    /// The response keys down to where the compiler is.
    path: Vec<PathSegment>,
    /// Response keys so far.
    fields: usize,
}

/// Where the fields of a type stand: what `@` means, and the level whose columns they are.
struct Place<'l> {
    scope: &'l str,
    level: &'l mut Columns,
}

/// The columns and children of a level that is being put together.
#[derive(Default)]
struct Columns {
    sql: Vec<String>,
    types: Vec<Column>,
    children: Vec<Child>,
}

impl Columns {
    /// The index of a column in the level's rows, the same for the same expression. Index 0 is the row above.
    fn index(&mut self, sql: String, ty: Column) -> usize {
        let known = self
            .sql
            .iter()
            .zip(&self.types)
            .position(|(known, known_type)| *known == sql && *known_type == ty);
        1 + known.unwrap_or_else(|| {
            self.sql.push(sql);
            self.types.push(ty);
            self.sql.len() - 1
        })
    }

    fn child(&mut self, level: Level, key: usize, tag: Option<(usize, &'static str)>) -> usize {
        self.children.push(Child { level, key, tag });
        self.children.len() - 1
    }

    fn list(&self) -> String {
        self.sql.iter().map(|sql| format!(", {sql}")).collect()
    }

    fn into_level(self, rows: Option<Sql>) -> Level {
        Level {
            rows,
            known: None,
            columns: self.types,
            page: None,
            count: None,
            children: self.children,
        }
    }
}

impl<'a> Compiler<'a> {
    fn root(&mut self, levels: &mut Vec<Level>, fields: &Merged<'a>) -> Result<Root, Error> {
        let selected = fields[0];
        let name = selected.node.name.node.as_str();
        match name {
            "__typename" => return Ok(Root::Constant("\"Query\"".to_owned())),
            "__schema" | "__type" => return Ok(Root::Introspection),
            _ => {}
        }
        let field = self
            .model
            .roots
            .iter()
            .find(|field| field.name == name)
            .ok_or_else(|| unknown(name))?;
        let args = self.arguments(field, selected)?;
        let sets = inner(fields);
        let mut add = |level: Level| {
            levels.push(level);
            levels.len() - 1
        };
        Ok(match field.read.as_ref().ok_or_else(|| unknown(name))? {
            Read::BySlug(target) => {
                let ty = self.model.get(target);
                let mut columns = Columns::default();
                let object = self.object(
                    ty,
                    &mut Place {
                        scope: "t",
                        level: &mut columns,
                    },
                    &sets,
                )?;
                let mut sql = Sql::new(&format!(
                    "SELECT 0::bigint{} FROM {} t WHERE t.slug = ",
                    columns.list(),
                    ty.table
                ));
                sql.bind(Bind::Text(
                    args["slug"].as_str().unwrap_or_default().to_owned(),
                ));
                Root::One {
                    level: add(columns.into_level(Some(sql))),
                    object,
                }
            }
            Read::List(link) => {
                let (level, object) = self.list(field, link, &args, "", &sets)?;
                Root::List {
                    level: add(level),
                    object,
                }
            }
            Read::Connection { link, name, edge } => {
                let target = Paged {
                    field,
                    link,
                    name,
                    edge: edge.as_ref(),
                    list: format!("Query.{}", field.name),
                };
                let (level, connection) = self.connection(&target, &args, "", &sets, selected)?;
                Root::Connection {
                    level: add(level),
                    connection,
                }
            }
            Read::Node => self.nodes(levels, &[args["id"].clone()], &sets, true)?,
            Read::Nodes => {
                let ids = args["ids"].as_array().cloned().unwrap_or_default();
                if ids.len() > MOST_NODES {
                    let message = format!(
                        "`ids` holds {} identifiers; at most {MOST_NODES} are looked up at once. Ask in several requests.",
                        ids.len()
                    );
                    return Err(self.refuse(selected, message));
                }
                self.nodes(levels, &ids, &sets, false)?
            }
            _ => return Err(unknown(name)),
        })
    }

    /// `node` and `nodes`: a level for each type among the identifiers.
    fn nodes(
        &mut self,
        levels: &mut Vec<Level>,
        ids: &[Value],
        sets: &[&'a SelectionSet],
        single: bool,
    ) -> Result<Root, Error> {
        let mut wanted: Vec<(&Type, Vec<i64>)> = Vec::new();
        let mut entries = Vec::with_capacity(ids.len());
        for id in ids {
            let named = id.as_str().and_then(parse_node_id);
            let known = named.and_then(|(name, row)| {
                Some((
                    self.model
                        .types
                        .get(name.as_str())
                        .filter(|ty| ty.is_node())?,
                    row,
                ))
            });
            entries.push(known.map(|(ty, row)| {
                let variant = wanted
                    .iter()
                    .position(|(other, _)| other.name == ty.name)
                    .unwrap_or_else(|| {
                        wanted.push((ty, Vec::new()));
                        wanted.len() - 1
                    });
                if !wanted[variant].1.contains(&row) {
                    wanted[variant].1.push(row);
                }
                (variant, row)
            }));
        }
        let mut variants = Vec::new();
        for (ty, rows) in wanted {
            let (mut level, object) = self.lookup(ty, sets)?;
            level.known = Some(rows);
            levels.push(level);
            variants.push((levels.len() - 1, object));
        }
        Ok(Root::Nodes {
            entries,
            variants,
            single,
        })
    }

    /// Rows of a type by their identities.
    fn lookup(
        &mut self,
        ty: &'a Type,
        sets: &[&'a SelectionSet],
    ) -> Result<(Level, Object), Error> {
        let mut columns = Columns::default();
        let object = self.object(
            ty,
            &mut Place {
                scope: "t",
                level: &mut columns,
            },
            sets,
        )?;
        let mut sql = Sql::new(&format!(
            "SELECT t.id{} FROM {} t WHERE t.id = ANY(",
            columns.list(),
            ty.table
        ));
        sql.bind(Bind::Owners).push("::bigint[])");
        Ok((columns.into_level(Some(sql)), object))
    }

    /// The fields of a type.
    fn object(
        &mut self,
        ty: &'a Type,
        place: &mut Place<'_>,
        sets: &[&'a SelectionSet],
    ) -> Result<Object, Error> {
        let mut object = Object::default();
        let is = |name: &str| {
            name == ty.name
                || (name == "Node" && ty.is_node())
                || (name == "Record" && is_record(ty))
        };
        for (key, fields) in self.document.collect(sets, &is) {
            self.fields += 1;
            if self.fields > MOST_FIELDS {
                return Err(Error::new(
                    Code::QueryTooComplex,
                    format!(
                        "The query asks for more than {MOST_FIELDS} fields. Ask in several requests."
                    ),
                ));
            }
            self.path.push(PathSegment::Field(key.to_owned()));
            let output = self.field(ty, place, &fields)?;
            self.path.pop();
            object.fields.push((key.to_owned(), output));
        }
        Ok(object)
    }

    fn field(
        &mut self,
        ty: &'a Type,
        place: &mut Place<'_>,
        fields: &Merged<'a>,
    ) -> Result<Output, Error> {
        let selected = fields[0];
        let name = selected.node.name.node.as_str();
        if name == "__typename" {
            return Ok(Output::Constant(format!("\"{}\"", ty.name)));
        }
        let field = ty.field(name).ok_or_else(|| unknown(name))?;
        let args = self.arguments(field, selected)?;
        self.read(ty, field, &args, place, fields)
    }

    fn read(
        &mut self,
        ty: &'a Type,
        field: &'a Field,
        args: &Args,
        place: &mut Place<'_>,
        fields: &Merged<'a>,
    ) -> Result<Output, Error> {
        let sets = inner(fields);
        let here = |sql: &str| sql.replace('@', place.scope);
        let language = args
            .get("language")
            .and_then(Value::as_str)
            .map_or(self.language, Language::from_code);
        Ok(
            match field.read.as_ref().ok_or_else(|| unknown(field.name))? {
                Read::Column { sql, column } => {
                    let sql = here(sql);
                    Output::Column(place.level.index(sql, *column))
                }
                Read::Localized { sql, list } => {
                    let sql = here(&localized(sql, *list, language));
                    Output::Column(
                        place
                            .level
                            .index(sql, if *list { Column::Json } else { Column::Text }),
                    )
                }
                Read::Custom { sql, column } => {
                    let sql = sql(args).map_err(|BadArgument { name: _, message }| {
                        self.refuse(fields[0], message)
                    })?;
                    let sql = here(&sql);
                    Output::Column(place.level.index(sql, *column))
                }
                Read::Rendered { sql, render } => {
                    let sql = here(sql);
                    Output::Rendered {
                        column: place.level.index(sql, Column::Text),
                        render: *render,
                        language,
                    }
                }
                Read::Value {
                    target,
                    prefix,
                    presence,
                } => {
                    let scope = here(prefix);
                    let presence = place
                        .level
                        .index(format!("{scope}{presence}"), Column::Text);
                    let target = self.model.get(target);
                    Output::Value {
                        presence,
                        object: self.object(
                            target,
                            &mut Place {
                                scope: &scope,
                                level: place.level,
                            },
                            &sets,
                        )?,
                    }
                }
                Read::One { target, key } => {
                    let key = place.level.index(here(key), Column::BigInt);
                    let (level, object) = self.lookup(self.model.get(target), &sets)?;
                    Output::One {
                        child: place.level.child(level, key, None),
                        key,
                        object,
                    }
                }
                Read::AnyRecord { key, tag } => {
                    let (key, tag) = (here(key), here(tag));
                    let key = place.level.index(key, Column::BigInt);
                    let tag = place.level.index(tag, Column::Text);
                    let mut variants = Vec::new();
                    for (ty, record) in self.model.records().filter(|(ty, _)| is_record(ty)) {
                        let (level, object) = self.lookup(ty, &sets)?;
                        variants.push((
                            record.tag,
                            place.level.child(level, key, Some((tag, record.tag))),
                            object,
                        ));
                    }
                    Output::Any { tag, key, variants }
                }
                Read::List(link) => {
                    let key = place.level.index(here(link.owner), Column::BigInt);
                    let (level, object) = self.list(field, link, args, OWNER, &sets)?;
                    Output::List {
                        child: place.level.child(level, key, None),
                        key,
                        object,
                    }
                }
                Read::Connection { link, name, edge } => {
                    let key = place.level.index(here(link.owner), Column::BigInt);
                    let target = Paged {
                        field,
                        link,
                        name,
                        edge: edge.as_ref(),
                        list: format!("{}.{}", ty.name, field.name),
                    };
                    let (level, connection) =
                        self.connection(&target, args, OWNER, &sets, fields[0])?;
                    Output::Connection {
                        child: place.level.child(level, key, None),
                        key,
                        connection,
                    }
                }
                Read::Node | Read::Nodes | Read::BySlug(_) => return Err(unknown(field.name)),
            },
        )
    }

    /// All rows of a link, in its order. `owner` is empty for a root.
    fn list(
        &mut self,
        field: &'a Field,
        link: &'a Link,
        args: &Args,
        owner: &str,
        sets: &[&'a SelectionSet],
    ) -> Result<(Level, Object), Error> {
        let target = self.model.get(link.target);
        let mut columns = Columns::default();
        let object = self.object(
            target,
            &mut Place {
                scope: link.scope,
                level: &mut columns,
            },
            sets,
        )?;
        let order = self.order(link, target);
        let mut rows = Sql::new(&format!("FROM {}", link.from));
        conditions(&mut rows, field, link, args, owner, &[]);
        rows.push(" ORDER BY ").push(&order_by(&order, false));
        Ok((level(columns, &rows, owner), object))
    }

    fn order(&self, link: &Link, target: &Type) -> Vec<(String, Term)> {
        let language = self.language.map_or("original", Language::tag);
        let order: &Order = link.order.as_ref().unwrap_or(&target.order);
        order
            .terms
            .iter()
            .map(|term| (term.sql.replace("$lang", language), term.clone()))
            .collect()
    }

    /// A page of a link's rows, with what is asked for around it.
    fn connection(
        &mut self,
        paged: &Paged<'a>,
        args: &Args,
        owner: &str,
        sets: &[&'a SelectionSet],
        selected: &Positioned<Selected>,
    ) -> Result<(Level, Connection), Error> {
        let Paged {
            field,
            link,
            name,
            edge,
            list,
        } = paged;
        let target = self.model.get(link.target);
        let order = self.order(link, target);
        let terms: Vec<Term> = order.iter().map(|(_, term)| term.clone()).collect();
        let identity = cursor::identity(list, &order_by(&order, false));
        let (limit, backward) = self.bounds(args, selected)?;
        let mut sides = Vec::new();
        let mut issuers = Vec::new();
        for (argument, side) in [("after", Side::After), ("before", Side::Before)] {
            let Some(given) = args.get(argument).and_then(Value::as_str) else {
                continue;
            };
            let refusal = self.refuse(
                selected,
                format!("`{argument}` is no cursor of this list in this order and language. Take one from its `pageInfo` or `edges`, or leave it out to start anew."),
            );
            let Some(cursor) = cursor::decode(identity, &terms, given) else {
                return Err(refusal);
            };
            if owner.is_empty() && cursor.owner != 0 {
                return Err(refusal);
            }
            issuers.push(Issuer {
                owner: cursor.owner,
                refusal,
            });
            sides.push((side, cursor::condition(side, &order, &cursor.values)));
        }

        let mut columns = Columns::default();
        let mut asked = Asked::default();
        let connection_name = format!("{name}Connection");
        let mut connection = Connection {
            fields: Vec::new(),
            cursors: None,
        };
        for (key, fields) in self
            .document
            .collect(sets, &|condition| condition == connection_name)
        {
            self.path.push(PathSegment::Field(key.to_owned()));
            let sets = inner(&fields);
            let output = match fields[0].node.name.node.as_str() {
                "__typename" => ConnectionField::Typename(format!("\"{connection_name}\"")),
                "totalCount" => {
                    asked.count = true;
                    ConnectionField::TotalCount
                }
                "nodes" => {
                    asked.rows = true;
                    ConnectionField::Nodes(self.object(
                        target,
                        &mut Place {
                            scope: link.scope,
                            level: &mut columns,
                        },
                        &sets,
                    )?)
                }
                "edges" => {
                    asked.rows = true;
                    ConnectionField::Edges(self.edges(
                        target,
                        link.scope,
                        name,
                        *edge,
                        &mut columns,
                        &sets,
                        &mut asked,
                    )?)
                }
                "pageInfo" => {
                    asked.rows = true;
                    ConnectionField::PageInfo(self.page_info(&sets, &mut asked)?)
                }
                other => return Err(unknown(other)),
            };
            self.path.pop();
            connection.fields.push((key.to_owned(), output));
        }
        if asked.cursors {
            let terms = order
                .iter()
                .map(|(sql, term)| (columns.index(sql.clone(), term.column), term.clone()))
                .collect();
            connection.cursors = Some(Cursors { identity, terms });
        }

        let within: Vec<&Sql> = sides.iter().map(|(_, condition)| condition).collect();
        let mut rows = Sql::new(&format!("FROM {}", link.from));
        conditions(&mut rows, field, link, args, owner, &within);
        rows.push(" ORDER BY ")
            .push(&order_by(&order, backward))
            .push(&format!(" LIMIT {}", limit + 1));
        let probe = |side: Side, asked: bool| {
            let (_, condition) = sides
                .iter()
                .find(|(given, _)| *given == side)
                .filter(|_| asked)?;
            let mut beyond = Sql::new("NOT ");
            beyond.append(condition);
            let mut rows = Sql::new(&format!("FROM {}", link.from));
            conditions(&mut rows, field, link, args, owner, &[&beyond]);
            Some(exists(&rows, owner))
        };
        let page = Page {
            limit,
            backward,
            before: probe(Side::After, asked.previous),
            after: probe(Side::Before, asked.next),
            issuers,
        };
        let mut level = level(columns, &rows, owner);
        if !asked.rows {
            level.rows = None;
        }
        if asked.count {
            let mut rows = Sql::new(&format!("FROM {}", link.from));
            conditions(&mut rows, field, link, args, owner, &[]);
            level.count = Some(count(&rows, owner));
        }
        level.page = Some(page);
        Ok((level, connection))
    }

    fn edges(
        &mut self,
        target: &'a Type,
        scope: &str,
        connection: &str,
        edge: Option<&'a Edge>,
        columns: &mut Columns,
        sets: &[&'a SelectionSet],
        asked: &mut Asked,
    ) -> Result<Vec<(String, EdgeField)>, Error> {
        let name = format!("{connection}Edge");
        let mut outputs = Vec::new();
        for (key, fields) in self.document.collect(sets, &|condition| condition == name) {
            self.path.push(PathSegment::Field(key.to_owned()));
            let output = match fields[0].node.name.node.as_str() {
                "__typename" => EdgeField::Typename(format!("\"{name}\"")),
                "cursor" => {
                    asked.cursors = true;
                    EdgeField::Cursor
                }
                "node" => EdgeField::Node(self.object(
                    target,
                    &mut Place {
                        scope,
                        level: columns,
                    },
                    &inner(&fields),
                )?),
                own => {
                    let part = self.model.get(edge.ok_or_else(|| unknown(own))?.part);
                    let output = self.field(
                        part,
                        &mut Place {
                            scope: "j",
                            level: columns,
                        },
                        &fields,
                    )?;
                    EdgeField::Own(output)
                }
            };
            self.path.pop();
            outputs.push((key.to_owned(), output));
        }
        Ok(outputs)
    }

    fn page_info(
        &mut self,
        sets: &[&'a SelectionSet],
        asked: &mut Asked,
    ) -> Result<Vec<(String, PageField)>, Error> {
        let mut outputs = Vec::new();
        for (key, fields) in self
            .document
            .collect(sets, &|condition| condition == "PageInfo")
        {
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

    /// How many elements, and from which end.
    fn bounds(&self, args: &Args, selected: &Positioned<Selected>) -> Result<(usize, bool), Error> {
        let number = |name: &str| args.get(name).and_then(Value::as_i64);
        let (name, number, backward) = match (number("first"), number("last")) {
            (Some(_), Some(_)) => {
                return Err(self.refuse(selected, "`first` and `last` can't be given together: take `first` to read on, `last` to read back.".to_owned()));
            }
            (None, None) => return Ok((USUAL_PAGE, false)),
            (Some(first), None) => ("first", first, false),
            (None, Some(last)) => ("last", last, true),
        };
        match usize::try_from(number) {
            Ok(limit) if (1..=LARGEST_PAGE).contains(&number) => Ok((limit, backward)),
            _ => Err(self.refuse(selected, format!("`{name}` is {number}, and must be 1 to {LARGEST_PAGE}. Page on with cursors for more."))),
        }
    }

    fn arguments(&self, field: &Field, selected: &Positioned<Selected>) -> Result<Args, Error> {
        arguments(self.model, field, selected, self.document.variables)
            .map_err(|error| error.at(self.path.clone()))
    }

    fn refuse(&self, selected: &Positioned<Selected>, message: String) -> Error {
        Error::new(Code::BadUserInput, message)
            .at(self.path.clone())
            .located([selected.pos])
    }
}

/// A connection field of a type.
struct Paged<'a> {
    field: &'a Field,
    link: &'a Link,
    name: &'static str,
    edge: Option<&'a Edge>,
    /// Where it stands in the schema: `Agreement.parties`.
    list: String,
}

/// What is asked of a connection.
#[derive(Default)]
struct Asked {
    rows: bool,
    count: bool,
    cursors: bool,
    next: bool,
    previous: bool,
}

/// How `$owner` is written below a root.
const OWNER: &str = "k.id";

fn is_record(ty: &Type) -> bool {
    matches!(&ty.role, Role::Record(record) if record.logged)
}

/// Validation has seen to it that what is selected is declared; where it hasn't, the fault is ours.
fn unknown(name: &str) -> Error {
    Error::internal(format!(
        "the field {name} passed validation but is not declared"
    ))
}

fn localized(sql: &str, list: bool, language: Option<Language>) -> String {
    let arrow = if list { "->" } else { "->>" };
    let original = format!("{sql}{arrow}@.original_language");
    let text = match language {
        Some(language) => format!("COALESCE({sql}{arrow}'{}', {original})", language.code()),
        None => original,
    };
    if list {
        format!("COALESCE({text}, '[]')::text")
    } else {
        text
    }
}

/// ` WHERE …` of a link's rows: what ties them to their owner, what the arguments ask, and more.
fn conditions(sql: &mut Sql, field: &Field, link: &Link, args: &Args, owner: &str, more: &[&Sql]) {
    let mut word = " WHERE ";
    let mut and = |sql: &mut Sql| {
        sql.push(word);
        word = " AND ";
    };
    if !link.on.is_empty() {
        and(sql);
        sql.push(&link.on.replace("$owner", owner));
    }
    for arg in &field.args {
        let Some(value) = args.get(arg.name) else {
            continue;
        };
        match arg.effect {
            Effect::Read => {}
            Effect::Where(condition) => {
                and(sql);
                sql.push_with(&condition.replace("$owner", owner), &bound(value));
            }
            Effect::Choose { yes, no } => {
                and(sql);
                let condition = if value.as_bool() == Some(true) {
                    yes
                } else {
                    no
                };
                sql.push(&condition.replace("$owner", owner));
            }
        }
    }
    for condition in more {
        and(sql);
        sql.append(condition);
    }
}

fn bound(value: &Value) -> Bind {
    match value {
        Value::Array(values) => Bind::Texts(
            values
                .iter()
                .filter_map(|value| value.as_str().map(str::to_owned))
                .collect(),
        ),
        Value::Number(number) => Bind::Integer(number.as_i64().unwrap_or_default()),
        value => Bind::Text(value.as_str().unwrap_or_default().to_owned()),
    }
}

fn order_by(order: &[(String, Term)], backward: bool) -> String {
    let terms = order.iter().map(|(sql, term)| {
        let direction = if term.descending == backward {
            ""
        } else {
            " DESC"
        };
        // Null comes last whichever way the values run, so it comes first when the list is read backwards.
        let nulls = match (term.nullable, backward) {
            (false, _) => "",
            (true, false) => " NULLS LAST",
            (true, true) => " NULLS FIRST",
        };
        format!("{sql}{direction}{nulls}")
    });
    terms.collect::<Vec<_>>().join(", ")
}

/// A level's rows for all the rows above. A row of the inner statement belongs to one above, and a lateral join keeps
/// the inner order for each, since nothing but a nested loop can run it.
fn level(columns: Columns, rows: &Sql, owner: &str) -> Level {
    let mut sql = Sql::default();
    if owner.is_empty() {
        sql.push(&format!("SELECT 0::bigint{} ", columns.list()))
            .append(rows);
    } else {
        let named: Vec<_> = columns
            .sql
            .iter()
            .enumerate()
            .map(|(place, sql)| format!("{sql} AS c{place}"))
            .collect();
        // PostgreSQL allows a SELECT without columns.
        sql.push("SELECT k.id, x.* FROM unnest(")
            .bind(Bind::Owners)
            .push("::bigint[]) k(id) CROSS JOIN LATERAL (SELECT ");
        sql.push(&named.join(", "))
            .push(" ")
            .append(rows)
            .push(") x");
    }
    columns.into_level(Some(sql))
}

fn count(rows: &Sql, owner: &str) -> Sql {
    let mut sql = Sql::default();
    if owner.is_empty() {
        sql.push("SELECT 0::bigint, count(*) ").append(rows);
    } else {
        sql.push("SELECT k.id, (SELECT count(*) ")
            .append(rows)
            .push(") FROM unnest(")
            .bind(Bind::Owners)
            .push("::bigint[]) k(id)");
    }
    sql
}

fn exists(rows: &Sql, owner: &str) -> Sql {
    let mut sql = Sql::default();
    if owner.is_empty() {
        sql.push("SELECT 0::bigint WHERE EXISTS (SELECT 1 ")
            .append(rows)
            .push(")");
    } else {
        sql.push("SELECT k.id FROM unnest(")
            .bind(Bind::Owners)
            .push("::bigint[]) k(id) WHERE EXISTS (SELECT 1 ")
            .append(rows)
            .push(")");
    }
    sql
}
