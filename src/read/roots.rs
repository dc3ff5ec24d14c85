//! The fields of the query root: where the rows of an answer start from.

use async_graphql::parser::types::SelectionSet;
use serde_json::Value;

use super::compile::{Compiler, unknown};
use super::connections::Paged;
use super::link_rows::NO_OWNER;
use super::plan::{Level, Root};
use super::selection::{Merged, inner};
use super::sql::{Bind, Sql};
use crate::graphql::Error;
use crate::model::{Effect, Read, Type};
use crate::values::id::parse_node_id;

impl<'a> Compiler<'a> {
    /// What a field of the root is answered from; its levels are added to `levels`.
    pub(super) fn root(
        &mut self,
        levels: &mut Vec<Level>,
        fields: &Merged<'a>,
    ) -> Result<Root, Error> {
        let selected = fields[0];
        let name = selected.node.name.node.as_str();
        if name == "__typename" {
            return Ok(Root::Constant("\"Query\"".to_owned()));
        }
        if let Some(json) = self.known.get(selected.node.response_key().node.as_str()) {
            return Ok(Root::Constant(json.clone()));
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
                let slug = args["slug"].as_str().unwrap_or_default();
                let mut condition = Sql::new("t.slug = ");
                condition.bind(Bind::Text(slug.to_owned()));
                let ty = self.model.get(target);
                let (level, object) = self.matching(ty, &sets, "0::bigint", &condition)?;
                Root::One {
                    level: add(level),
                    object,
                }
            }
            Read::List(link) => {
                let rows = self.rows(field, link, &args, NO_OWNER, selected, None)?;
                let (level, object) = self.list(&rows, selected, &sets)?;
                Root::List {
                    level: add(level),
                    object,
                }
            }
            Read::Groups { link, groups } => {
                let rows = self.rows(field, link, &args, NO_OWNER, selected, None)?;
                let (level, object) = self.groups(&rows, groups, &args, selected, &sets)?;
                Root::List {
                    level: add(level),
                    object,
                }
            }
            Read::Connection { link, name, edge } => {
                let rows = self.rows(field, link, &args, NO_OWNER, selected, None)?;
                let mut list = format!("Query.{}", field.name);
                // Places in the order of one search mean nothing in that of another.
                for arg in field
                    .args
                    .iter()
                    .filter(|arg| matches!(arg.effect, Effect::Search))
                {
                    list = format!("{list} {}", args[arg.name]);
                }
                let paged = Paged {
                    rows,
                    name,
                    edge: edge.as_ref(),
                    list,
                    selected,
                };
                let (level, connection) = self.connection(&paged, &sets)?;
                Root::Connection {
                    level: add(level),
                    connection,
                }
            }
            Read::Node => self.nodes(levels, &[args["id"].clone()], &sets, true)?,
            Read::Nodes => {
                let ids = args["ids"].as_array().cloned().unwrap_or_default();
                let most = self.limits.page;
                if ids.len() > most {
                    let message = format!(
                        "`ids` holds {} identifiers; at most {most} are looked up at once. Ask in several requests.",
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
}
