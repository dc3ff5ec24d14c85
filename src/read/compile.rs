//! From an operation to a plan.

use async_graphql::parser::types::{Field as Selected, FragmentDefinition, SelectionSet};
use async_graphql::{Name, PathSegment, Positioned};
use indexmap::IndexMap;
use serde_json::Value;
use std::collections::HashMap;

use super::args::{Variables, arguments, weight, written_weight};
use super::batch::batches;
use super::connections::Paged;
use super::cost::{self, Cost};
use super::limits::Limits;
use super::link_rows::{Columns, LinkRows, OWNER};
use super::plan::{Level, Object, Output, Plan};
use super::search_text;
use super::selection::{Document, Merged, inner};
use super::sql::{Bind, Sql};
use crate::graphql::{Code, Error};
use crate::model::{Args, BadArgument, Column, Field, Groups, Model, Read, Role, Type};
use crate::values::Language;

/// The most groups that are counted or summed at once.
const MOST_GROUPS: i64 = 1000;

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
    /// The answers of the root fields that need no registry, by response key: JSON.
    pub known: &'a HashMap<String, String>,
    /// How much it may ask for.
    pub limits: Limits,
}

/// Compiles a query.
///
/// # Errors
/// The first argument that can't be used, with its path; or the limit that the query exceeds.
pub fn compile(model: &Model, operation: &Operation<'_>) -> Result<Plan, Error> {
    let document = Document {
        fragments: operation.fragments,
        variables: operation.variables,
    };
    let mut compiler = Compiler {
        model,
        document,
        language: operation.language,
        known: operation.known,
        limits: operation.limits,
        path: Vec::new(),
        fields: 0,
        searches: Vec::new(),
        searched: 0,
        conditions: 0,
        given: 0,
    };
    let mut plan = Plan {
        searches: Vec::new(),
        resolves_within: false,
        batches: Vec::new(),
        levels: Vec::new(),
        roots: Vec::new(),
        limits: operation.limits,
        cost: Cost::default(),
    };
    for (key, fields) in compiler.collect(&[operation.selection], &|name| name == "Query")? {
        compiler.path.push(PathSegment::Field(key.to_owned()));
        let root = compiler.root(&mut plan.levels, &fields)?;
        compiler.path.pop();
        plan.roots.push((key.to_owned(), root));
    }
    plan.searches = compiler.searches;
    batches(&mut plan);
    let pieces = plan.pieces();
    let most = plan.limits.pieces;
    if pieces > most {
        let message = format!(
            "The query asks for {pieces} lists, related records and counts; a request may ask for {most}. Ask for fewer at once."
        );
        return Err(Error::new(Code::QueryTooComplex, message));
    }
    plan.cost = cost::of(&plan);
    plan.cost.check(plan.limits.cost)?;
    Ok(plan)
}

pub(super) struct Compiler<'a> {
    pub(super) model: &'a Model,
    pub(super) document: Document<'a>,
    pub(super) language: Option<Language>,
    pub(super) known: &'a HashMap<String, String>,
    pub(super) limits: Limits,
    /// The response keys down to where the compiler is.
    pub(super) path: Vec<PathSegment>,
    /// Response keys so far.
    fields: usize,
    /// The statements that resolve search texts so far.
    pub(super) searches: Vec<Sql>,
    /// The words of these.
    searched: usize,
    /// Conditions of filters so far.
    pub(super) conditions: usize,
    /// What the arguments of the fields so far take, in bytes.
    given: usize,
}

/// Where the fields of a type stand: what `@` means, and the level whose columns they are.
pub(super) struct Place<'l> {
    pub(super) scope: &'l str,
    pub(super) level: &'l mut Columns,
}

impl<'a> Compiler<'a> {
    /// What selections ask of an object, counted.
    pub(super) fn collect(
        &mut self,
        sets: &[&'a SelectionSet],
        is: &dyn Fn(&str) -> bool,
    ) -> Result<IndexMap<&'a str, Merged<'a>>, Error> {
        let fields = self
            .document
            .collect(sets, is)
            .map_err(|error| error.at(self.path.clone()))?;
        self.fields += fields.len();
        let most = self.limits.fields;
        if self.fields > most {
            let message = format!(
                "With its fragments, and once for each type that they may be of, the query asks for more than {most} fields. Ask in several requests."
            );
            return Err(Error::new(Code::QueryTooComplex, message).at(self.path.clone()));
        }
        Ok(fields)
    }

    /// The fields of a type.
    pub(super) fn object(
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
        for (key, fields) in self.collect(sets, &is)? {
            self.path.push(PathSegment::Field(key.to_owned()));
            let output = self.field(ty, place, &fields)?;
            self.path.pop();
            object.fields.push((key.to_owned(), output));
        }
        Ok(object)
    }

    pub(super) fn field(
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
        let asked = args.get("language").and_then(Value::as_str);
        let language = asked.map_or(self.language, Language::from_code);
        let read = field.read.as_ref().ok_or_else(|| unknown(field.name))?;
        if let Some(surcharge) = field.surcharge {
            place.level.surcharge = place.level.surcharge.saturating_add(surcharge(args));
        }
        Ok(match read {
            Read::Column { sql, column } => Output::Column(place.level.index(here(sql), *column)),
            Read::Localized { sql, list } => {
                let column = if *list { Column::Json } else { Column::Text };
                Output::Column(
                    place
                        .level
                        .index(here(&localized(sql, *list, language)), column),
                )
            }
            Read::Custom { sql, column } => {
                let (template, numbers) = sql(args)
                    .map_err(|BadArgument { message, .. }| self.refuse(fields[0], message))?;
                let mut sql = Sql::default();
                sql.push_numbers(&here(template), &numbers);
                Output::Column(place.level.index(sql, *column))
            }
            Read::Rendered { sql, render } => {
                let column = place.level.index(here(sql), Column::Text);
                Output::Rendered {
                    column,
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
                let mut place = Place {
                    scope: &scope,
                    level: place.level,
                };
                let object = self.object(self.model.get(target), &mut place, &sets)?;
                Output::Value { presence, object }
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
            Read::AnyRecord { key, tag, among } => {
                let key = place.level.index(here(key), Column::BigInt);
                let tag = place.level.index(here(tag), Column::Text);
                self.any_record(place, key, tag, among, &sets)?
            }
            Read::List(link) => {
                let key = place.level.index(here(link.owner), Column::BigInt);
                let rows = self.rows(field, link, args, OWNER, fields[0], None)?;
                let (level, object) = self.list(&rows, fields[0], &sets)?;
                Output::List {
                    child: place.level.child(level, key, None),
                    key,
                    object,
                }
            }
            Read::Connection { link, name, edge } => {
                let key = place.level.index(here(link.owner), Column::BigInt);
                let rows = self.rows(field, link, args, OWNER, fields[0], None)?;
                let list = format!("{}.{}", ty.name, field.name);
                let paged = Paged {
                    rows,
                    name,
                    edge: edge.as_ref(),
                    list,
                    selected: fields[0],
                };
                let (level, connection) = self.connection(&paged, &sets)?;
                Output::Connection {
                    child: place.level.child(level, key, None),
                    key,
                    connection,
                }
            }
            Read::Highlights { key } => {
                let key = place.level.index(here(key), Column::BigInt);
                self.highlights(place, key, language, &sets)?
            }
            Read::Groups { .. } | Read::Node | Read::Nodes | Read::BySlug(_) => {
                return Err(unknown(field.name));
            }
        })
    }

    /// A record of whatever type a column says: a level for each type that there is.
    pub(super) fn any_record(
        &mut self,
        place: &mut Place<'_>,
        key: usize,
        tag: usize,
        among: &[&str],
        sets: &[&'a SelectionSet],
    ) -> Result<Output, Error> {
        let mut variants = Vec::new();
        let model = self.model;
        let of_these = |tag: &str| among.is_empty() || among.contains(&tag);
        for (ty, record) in model
            .records()
            .filter(|(ty, record)| is_record(ty) && of_these(record.tag))
        {
            let (level, object) = self.lookup(ty, sets)?;
            let child = place.level.child(level, key, Some((tag, record.tag)));
            variants.push((record.tag, child, object));
        }
        Ok(Output::Any { tag, key, variants })
    }

    /// The place of a search text among those of the plan, for [`Bind::Query`] and [`Bind::Words`]; equal texts have one.
    pub(super) fn search(
        &mut self,
        text: &str,
        selected: &Positioned<Selected>,
    ) -> Result<usize, Error> {
        let terms = search_text::parse(text).map_err(|message| self.refuse(selected, message))?;
        let mut sql = Sql::new("SELECT query, ranked, words FROM search_query(");
        sql.bind(Bind::Text(search_text::to_json(&terms)))
            .push("::jsonb)");
        if let Some(known) = self.searches.iter().position(|known| *known == sql) {
            return Ok(known);
        }
        self.searched += search_text::words(&terms);
        let most = self.limits.searched;
        if self.searched > most {
            let message = format!(
                "The search texts of a request may have {most} words together. Ask in several requests."
            );
            return Err(Error::new(Code::QueryTooComplex, message).at(self.path.clone()));
        }
        self.searches.push(sql);
        Ok(self.searches.len() - 1)
    }

    /// Rows of a type by their identities.
    pub(super) fn lookup(
        &mut self,
        ty: &'a Type,
        sets: &[&'a SelectionSet],
    ) -> Result<(Level, Object), Error> {
        let mut condition = Sql::new("t.id = ANY(");
        condition.bind(Bind::Owners(0)).push("::bigint[])");
        self.matching(ty, sets, "t.id", &condition)
    }

    /// Rows of a type, called `t`, that match a condition, each below `owner`.
    pub(super) fn matching(
        &mut self,
        ty: &'a Type,
        sets: &[&'a SelectionSet],
        owner: &str,
        condition: &Sql,
    ) -> Result<(Level, Object), Error> {
        let mut columns = Columns::default();
        let mut place = Place {
            scope: "t",
            level: &mut columns,
        };
        let object = self.object(ty, &mut place, sets)?;
        let mut sql = Sql::new(&format!("SELECT {owner}"));
        sql.append(&columns.list())
            .push(&format!(" FROM {} t WHERE ", ty.table))
            .append(condition);
        Ok((columns.into_level(Some(sql)), object))
    }

    /// All rows of a link, in its order.
    pub(super) fn list(
        &mut self,
        rows: &LinkRows<'a, '_>,
        selected: &Positioned<Selected>,
        sets: &[&'a SelectionSet],
    ) -> Result<(Level, Object), Error> {
        let link = rows.link;
        let target = self.model.get(link.target);
        let mut columns = Columns::default();
        let mut place = Place {
            scope: link.scope,
            level: &mut columns,
        };
        let object = self.object(target, &mut place, sets)?;
        let order = self.order(rows, selected)?;
        Ok((rows.level(columns, &order), object))
    }

    /// Aggregates of all rows of a link, a row per group. `args` has what they are grouped by, and how many are asked for.
    pub(super) fn groups(
        &mut self,
        rows: &LinkRows<'a, '_>,
        groups: &'a Groups,
        args: &Args,
        selected: &Positioned<Selected>,
        sets: &[&'a SelectionSet],
    ) -> Result<(Level, Object), Error> {
        let by = args.get("by").and_then(Value::as_str).unwrap_or_default();
        let by = groups.by.iter().find(|grouping| grouping.name == by);
        let by = by.ok_or_else(|| unknown("by"))?;
        let most = args
            .get("first")
            .and_then(Value::as_i64)
            .unwrap_or_default();
        if !(1..=MOST_GROUPS).contains(&most) {
            let message = format!("`first` is {most}, and must be 1 to {MOST_GROUPS}.");
            return Err(self.refuse(selected, message).about("first"));
        }
        let mut columns = Columns::default();
        let mut place = Place {
            scope: "t",
            level: &mut columns,
        };
        let object = self.object(self.model.get(groups.group), &mut place, sets)?;
        Ok((rows.groups(columns, groups, by, most), object))
    }

    pub(super) fn arguments(
        &mut self,
        field: &Field,
        selected: &Positioned<Selected>,
    ) -> Result<Args, Error> {
        let variables = self.document.variables;
        // Within one argument a variable may stand thousands of times.
        self.bears(
            self.given
                .saturating_add(written_weight(&selected.node, variables)),
        )?;
        let args = arguments(self.model, field, selected, variables)
            .map_err(|error| error.at(self.path.clone()))?;
        self.weigh(&args)?;
        Ok(args)
    }

    /// Counts arguments that statements are made with.
    pub(super) fn weigh(&mut self, args: &Args) -> Result<(), Error> {
        self.given += args.values().map(weight).sum::<usize>();
        self.bears(self.given)
    }

    /// Whether arguments may take so many bytes.
    fn bears(&self, given: usize) -> Result<(), Error> {
        let most = self.limits.arguments;
        if given > most {
            let message = format!(
                "The arguments of all fields come to more than {most} bytes: a variable counts in each place where it is used. Ask for less at once."
            );
            return Err(Error::new(Code::QueryTooComplex, message).at(self.path.clone()));
        }
        Ok(())
    }

    pub(super) fn refuse(&self, selected: &Positioned<Selected>, message: String) -> Error {
        Error::new(Code::BadUserInput, message)
            .at(self.path.clone())
            .located([selected.pos])
    }
}

fn is_record(ty: &Type) -> bool {
    matches!(&ty.role, Role::Record(record) if record.logged)
}

/// Validation has seen to it that what is selected is declared; where it hasn't, the fault is ours.
pub(super) fn unknown(name: &str) -> Error {
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
