//! Makes up queries: any field of any type, with arguments, variables, aliases, fragments and directives, so that the
//! schema allows them and what they ask for stays of a size.

use crate::pools::Pools;
use crate::query::{Fragment, Query, Selection};
use crate::random::Random;
use crate::schema::{Field, Kind, Schema, is_list, named};
use crate::scope::Scope;
use crate::table::LEFT_OUT;

/// About so many objects may be asked for.
pub const MOST: usize = 250;

/// How deep, and how much of it, may be asked for at a place.
#[derive(Clone, Copy)]
struct Room {
    /// So many records within records.
    depth: usize,
    /// Of so many objects this is asked.
    many: usize,
}

struct Known {
    on: String,
    room: Room,
    scope: Scope,
}

/// Makes queries.
pub struct Generator<'g> {
    pub schema: &'g Schema,
    pub pools: &'g Pools,
    pub random: &'g mut Random,
    pub query: Query,
    /// As `query.fragments`.
    known: Vec<Known>,
    /// Where variables of the query stand, to use them in the like places.
    pub places: Vec<(String, String)>,
    aliases: usize,
    /// Whether arguments are literals: within what a variable holds.
    pub literal: bool,
    /// So many filters may still stand within filters.
    pub filters: usize,
    /// So many fields may still be asked for that lead to others.
    onwards: usize,
    /// Whether this is within a fragment of the selection set of a field.
    fragment: bool,
    /// The fields of the filter of the connection that this is within.
    pub filtered: Vec<String>,
}

impl<'g> Generator<'g> {
    /// A query.
    pub fn query(schema: &'g Schema, pools: &'g Pools, random: &'g mut Random) -> Query {
        let mut generator = Self {
            schema,
            pools,
            random,
            query: Query::default(),
            known: Vec::new(),
            places: Vec::new(),
            aliases: 0,
            literal: false,
            filters: 6,
            onwards: 0,
            fragment: false,
            filtered: Vec::new(),
        };
        generator.onwards = generator.random.pick(&[3, 6, 10, 15, 25, 50]);
        generator.query.language =
            generator
                .random
                .pick(&[None, None, Some("FR"), Some("EN"), Some("ES"), Some("PT")]);
        let room = Room {
            depth: 1 + generator.random.below(6),
            many: 1,
        };
        let count = 1 + generator.random.below(2);
        generator.query.selection =
            generator.selection("Query", room, count, &mut Scope::default());
        generator.query
    }

    fn selection(
        &mut self,
        ty: &str,
        room: Room,
        count: usize,
        scope: &mut Scope,
    ) -> Vec<Selection> {
        let mut selection = Vec::new();
        for _ in 0..count {
            let one = match self.random.below(100) {
                0..=7 => self.typename(ty, scope),
                8..=17 => Some(self.inline(ty, room, scope)),
                18..=26 => self.spread(ty, room, scope),
                // Of an interface, mostly what its types have of their own.
                27..=60 if matches!(self.schema.kind(ty), Kind::Interface(..)) => {
                    Some(self.inline(ty, room, scope))
                }
                _ => self.field(ty, room, scope),
            };
            selection.extend(one);
        }
        if selection.is_empty() {
            selection.extend(self.typename(ty, scope));
        }
        selection
    }

    fn typename(&mut self, ty: &str, scope: &mut Scope) -> Option<Selection> {
        let alias = self.random.chance(20).then(|| "kindOfIt".to_owned());
        let key = alias.as_deref().unwrap_or("__typename");
        scope
            .take(self.schema, key, (ty, "__typename"), "String!")
            .then(|| Selection::typename(alias))
    }

    fn inline(&mut self, ty: &str, room: Room, scope: &mut Scope) -> Selection {
        let on = self.condition(ty);
        let directives = self.directives();
        let count = 1 + self.random.below(3);
        let inner = on.clone().unwrap_or_else(|| ty.to_owned());
        let within = std::mem::replace(&mut self.fragment, true);
        let selection = self.selection(&inner, room, count, scope);
        self.fragment = within;
        Selection::Inline {
            on,
            directives,
            selection,
        }
    }

    /// What a fragment within a type can be on; none for no condition.
    fn condition(&mut self, ty: &str) -> Option<String> {
        let mut all: Vec<&str> = self.schema.possible(ty);
        if all.len() == 1 {
            all.extend(self.schema.interfaces(ty).iter().map(String::as_str));
            // The library takes what stands in a fragment without a condition, within one that has one, for what stands
            // outside of both, and finds conflicts that are none.
            if !self.fragment && self.random.chance(30) {
                return None;
            }
        } else if ty == "Node" && self.random.chance(20) {
            all = vec!["Record"];
        } else if ty == "Record" && self.random.chance(10) {
            all = vec!["Node"];
        }
        Some(self.random.pick(&all).to_owned())
    }

    fn spread(&mut self, ty: &str, room: Room, scope: &mut Scope) -> Option<Selection> {
        let directives = self.directives();
        let meet = |on: &str| {
            let possible = self.schema.possible(ty);
            self.schema
                .possible(on)
                .iter()
                .any(|one| possible.contains(one))
        };
        let usable: Vec<usize> = (0..self.known.len())
            .filter(|place| {
                let known = &self.known[*place];
                meet(&known.on) && known.room.depth <= room.depth && known.room.many >= room.many
            })
            .collect();
        let place = if !usable.is_empty() && self.random.chance(60) {
            self.random.pick(&usable)
        } else {
            let on = self.condition(ty).unwrap_or_else(|| ty.to_owned());
            let mut own = Scope::default();
            let count = 1 + self.random.below(4);
            let within = std::mem::replace(&mut self.fragment, true);
            let selection = self.selection(&on, room, count, &mut own);
            self.fragment = within;
            self.query.fragments.push(Fragment {
                name: format!("F{}", self.known.len()),
                on: on.clone(),
                selection,
            });
            self.known.push(Known {
                on,
                room,
                scope: own,
            });
            self.known.len() - 1
        };
        let mut merged = scope.clone();
        merged
            .merge(self.schema, &self.known[place].scope)
            .then(|| {
                *scope = merged;
                let fragment = self.query.fragments[place].name.clone();
                Selection::Spread {
                    fragment,
                    directives,
                }
            })
    }

    fn field(&mut self, ty: &str, room: Room, scope: &mut Scope) -> Option<Selection> {
        let schema = self.schema;
        let fields = schema.fields(ty)?;
        let deeper = |field: &Field| !is_leaf(schema, field) && !is_inner(schema, ty, field);
        let candidates: Vec<&String> = fields
            .iter()
            .filter(|(name, field)| {
                !LEFT_OUT.contains(&(ty, name.as_str()))
                    && ((room.depth > 0 && self.onwards > 0) || !deeper(field))
                    && (room.many < MOST || !is_list(&field.ty) || is_leaf(schema, field))
            })
            .map(|(name, _)| name)
            .collect();
        if candidates.is_empty() {
            return None;
        }
        // What leads on is asked for more often.
        let onwards: Vec<&String> = candidates
            .iter()
            .copied()
            .filter(|name| !is_leaf(schema, &fields[*name]))
            .collect();
        let edges = candidates.iter().find(|name| **name == "edges");
        let name = if let Some(edges) = edges.filter(|_| self.random.chance(30)) {
            edges
        } else if !onwards.is_empty() && self.random.chance(50) {
            self.random.pick(&onwards)
        } else {
            self.random.pick(&candidates)
        };
        let field = &fields[name];
        self.onwards = self.onwards.saturating_sub(usize::from(deeper(field)));
        let directives = self.directives();
        let (args, size) = self.args(ty, name, field, room.many);
        let is_page = named(&field.ty).ends_with("Connection");
        let below = Room {
            depth: room.depth - usize::from(deeper(field)),
            many: room.many * size,
        };
        let written = args.iter().map(|(name, value)| (name, value.literal()));
        let signature = format!("{name} {:?}", written.collect::<Vec<_>>());
        self.aliases += 1;
        let own = format!("{}{}", if is_page { "c" } else { "a" }, self.aliases);
        let wanted = match self.random.below(100) {
            _ if is_page && self.random.chance(70) => Some(own.clone()),
            0..=19 => Some(self.random.pick(&["x", "y", "label", "id"]).to_owned()),
            _ => None,
        };
        let shape = field.ty.to_string();
        let key = wanted.clone().unwrap_or_else(|| name.clone());
        let alias = if scope.take(schema, &key, (ty, &signature), &shape) {
            wanted
        } else {
            scope.take(schema, &own, (ty, &signature), &shape);
            Some(own)
        };
        let selection = if is_leaf(schema, field) {
            Vec::new()
        } else {
            let key = alias.clone().unwrap_or_else(|| name.clone());
            let mut taken = std::mem::take(&mut scope.0.get_mut(&key)?.below);
            let count = 1 + self.random.below(if room.many > 40 { 2 } else { 4 });
            let within = std::mem::replace(&mut self.fragment, false);
            let mut filtered = std::mem::take(&mut self.filtered);
            if is_page {
                self.filtered = self.filter_of(&args);
            }
            let mut selection = self.selection(named(&field.ty), below, count, &mut taken);
            self.fragment = within;
            std::mem::swap(&mut self.filtered, &mut filtered);
            if is_page
                && self.random.chance(30)
                && taken.take(
                    schema,
                    "pageInfo",
                    (named(&field.ty), "pageInfo []"),
                    "PageInfo!",
                )
            {
                selection.push(page_info());
            }
            scope.0.get_mut(&key)?.below = taken;
            selection
        };
        Some(Selection::Field {
            alias,
            name: name.clone(),
            args,
            directives,
            selection,
        })
    }
}

fn page_info() -> Selection {
    let field = |name: &str| Selection::Field {
        alias: None,
        name: name.to_owned(),
        args: Vec::new(),
        directives: Vec::new(),
        selection: Vec::new(),
    };
    let mut info = field("pageInfo");
    if let Selection::Field { selection, .. } = &mut info {
        selection.extend(["hasNextPage", "hasPreviousPage", "startCursor", "endCursor"].map(field));
    }
    info
}

/// Whether a field has no selection.
fn is_leaf(schema: &Schema, field: &Field) -> bool {
    schema.fields(named(&field.ty)).is_none()
}

/// Whether what a field leads to is a piece of the same thing: an element of a page, a date.
fn is_inner(schema: &Schema, ty: &str, field: &Field) -> bool {
    let target = named(&field.ty);
    ty.ends_with("Connection")
        || ty.ends_with("Edge") && schema.field(ty, "node").ty == field.ty
        || ["Money", "ApproximateDate"].contains(&target)
}
