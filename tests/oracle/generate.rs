//! Makes up queries: any field of any type, with arguments, variables, aliases, fragments and directives, so that the
//! schema allows them and what they ask for stays of a size.

use std::collections::BTreeMap;

use async_graphql::parser::types::{BaseType, Type};

use crate::fields::{LEFT_OUT, RECORDS};
use crate::pools::Pools;
use crate::query::{Fragment, Query, Selection, Variable, Written};
use crate::random::Random;
use crate::schema::{Field, Kind, Schema, is_list, named};

/// About so many objects may be asked for.
const MOST: usize = 250;

/// What response keys of a selection set are taken for already: two fields of one key must be the same field, or never
/// of one object; and of the same type in any case.
#[derive(Clone, Default)]
struct Scope(BTreeMap<String, Taken>);

#[derive(Clone, Default)]
struct Taken {
    /// By whom: the type that the selection stands on, and the field with its arguments.
    by: Vec<(String, String)>,
    ty: String,
    below: Scope,
}

impl Scope {
    /// Takes a key, if that can be.
    fn take(&mut self, schema: &Schema, key: &str, by: (&str, &str), ty: &str) -> bool {
        let taken = self.0.entry(key.to_owned()).or_default();
        let apart = |other: &str| {
            let objects = [by.0, other].map(|ty| matches!(schema.kind(ty), Kind::Object(..)));
            objects == [true, true] && by.0 != other
        };
        let fits = taken.by.is_empty()
            || (taken.ty == ty
                && taken
                    .by
                    .iter()
                    .all(|(other, field)| field == by.1 || apart(other)));
        if fits {
            ty.clone_into(&mut taken.ty);
            taken.by.push((by.0.to_owned(), by.1.to_owned()));
        }
        fits
    }

    /// Takes all keys of another.
    fn merge(&mut self, schema: &Schema, other: &Self) -> bool {
        other.0.iter().all(|(key, taken)| {
            let mut by = taken.by.iter();
            by.all(|(on, field)| self.take(schema, key, (on, field), &taken.ty))
                && self
                    .0
                    .entry(key.clone())
                    .or_default()
                    .below
                    .merge(schema, &taken.below)
        })
    }
}

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
    schema: &'g Schema,
    pools: &'g Pools,
    random: &'g mut Random,
    query: Query,
    /// As `query.fragments`.
    known: Vec<Known>,
    /// Where variables of the query stand, to use them in the like places.
    places: Vec<(String, String)>,
    aliases: usize,
    /// Whether arguments are literals: within what a variable holds.
    literal: bool,
    /// So many filters may still stand within filters.
    filters: usize,
    /// So many fields may still be asked for that lead to others.
    onwards: usize,
    /// Whether this is within a fragment of the selection set of a field.
    fragment: bool,
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
                8..=17 => self.inline(ty, room, scope),
                18..=26 => self.spread(ty, room, scope),
                // Of an interface, mostly what its types have of their own.
                27..=60 if matches!(self.schema.kind(ty), Kind::Interface(..)) => {
                    self.inline(ty, room, scope)
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

    fn inline(&mut self, ty: &str, room: Room, scope: &mut Scope) -> Option<Selection> {
        let on = self.condition(ty);
        let directives = self.directives();
        let count = 1 + self.random.below(3);
        let inner = on.clone().unwrap_or_else(|| ty.to_owned());
        let within = std::mem::replace(&mut self.fragment, true);
        let selection = self.selection(&inner, room, count, scope);
        self.fragment = within;
        Some(Selection::Inline {
            on,
            directives,
            selection,
        })
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

    fn directives(&mut self) -> Vec<(&'static str, Written)> {
        let mut directives = Vec::new();
        for name in ["skip", "include"] {
            if self.random.chance(4) {
                let ty = Type::new("Boolean!").expect("it is a type");
                // Mostly so that it is there.
                let condition = Written::Bool((name == "include") == self.random.chance(70));
                let condition = self.lifted(&ty, ("@", name), false, condition);
                directives.push((name, condition));
            }
        }
        directives
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
        let name = if !onwards.is_empty() && self.random.chance(45) {
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
        let shown = args
            .iter()
            .map(|(name, value)| (name, format!("{}", Show(value))));
        let signature = format!("{name} {:?}", shown.collect::<Vec<_>>());
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
            let mut selection = self.selection(named(&field.ty), below, count, &mut taken);
            self.fragment = within;
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

    /// A field's arguments, and about how many objects it leads to for each that has it.
    fn args(
        &mut self,
        ty: &str,
        name: &str,
        field: &Field,
        many: usize,
    ) -> (Vec<(String, Written)>, usize) {
        let mut args = Vec::new();
        let mut size = if is_list(&field.ty) { 3 } else { 1 };
        if ["facets", "funding", "nodes", "edges"].contains(&name) {
            size = 1;
        }
        if named(&field.ty).ends_with("Connection") {
            let most = (MOST / many).clamp(1, 8);
            let few = 1 + self.random.below(most);
            let number = if many == 1 && self.random.chance(5) {
                100
            } else {
                few
            };
            let side = self.random.pick(&["first", "first", "first", "last"]);
            size = if many <= 4 && self.random.chance(15) {
                20
            } else {
                let number = Written::Number(i64::try_from(number).expect("it is small"));
                let ty = Type::new("Int").expect("it is a type");
                let number = self.lifted(&ty, (name, side), false, number);
                args.push((side.to_owned(), number));
                number_or(few, 20, many)
            };
        }
        for (arg, definition) in &field.args {
            if ["first", "last", "after", "before"].contains(&arg.as_str())
                && named(&field.ty).ends_with("Connection")
            {
                continue;
            }
            let required = !definition.ty.nullable && definition.default.is_none();
            let often = match arg.as_str() {
                "filter" => 50,
                "orderBy" => 40,
                "first" => 60,
                "field" => 30,
                _ => 35,
            };
            if !required && !self.random.chance(often) {
                continue;
            }
            // An order by relevance needs a text, so it comes with a filter of its own.
            if arg == "orderBy" && self.random.chance(15) {
                let of = named(&definition.ty).trim_end_matches("Order").to_owned();
                if of != "Citation" {
                    args.retain(|(name, _)| name != "filter");
                    args.push((
                        "filter".to_owned(),
                        Written::Object(vec![(
                            "text".to_owned(),
                            Written::Text(self.search_text()),
                        )]),
                    ));
                    let mut orders = vec![order("RELEVANCE")];
                    orders.extend(self.random.chance(40).then(|| order("UPDATED_AT")));
                    args.push((arg.clone(), Written::List(orders)));
                    continue;
                }
            }
            let value = self.given(
                &definition.ty,
                (ty, &format!("{name}.{arg}")),
                definition.default.is_some(),
            );
            args.push((arg.clone(), value));
        }
        // `text` from behind its end asks for nothing that can be.
        if let ("Document", "text") = (ty, name) {
            args.clear();
            let start = i64::try_from(self.random.below(4000)).expect("it is small");
            let length = i64::try_from(self.random.below(200)).expect("it is small");
            let ty = Type::new("Int").expect("it is a type");
            if self.random.chance(70) {
                let value = self.lifted(&ty, ("Document", "start"), false, Written::Number(start));
                // A variable may be without its value.
                let end = if matches!(value, Written::Variable(_)) {
                    9000
                } else {
                    start + length
                };
                args.push(("start".to_owned(), value));
                args.push(("end".to_owned(), Written::Number(end)));
            } else {
                args.push(("end".to_owned(), Written::Number(length)));
            }
        }
        (args, size)
    }

    /// A value for an argument or an input field, now and then null or by a variable.
    fn given(&mut self, ty: &Type, place: (&str, &str), default: bool) -> Written {
        if ty.nullable && self.random.chance(4) {
            return self.lifted(ty, place, default, Written::Null);
        }
        let lifts = !self.literal && self.random.chance(25);
        self.literal |= lifts;
        let value = self.value(ty, place);
        if lifts {
            self.literal = false;
            return self.variable(ty, place, default, value);
        }
        value
    }

    /// A value, or a variable with it.
    fn lifted(&mut self, ty: &Type, place: (&str, &str), default: bool, value: Written) -> Written {
        if !self.literal && self.random.chance(25) {
            return self.variable(ty, place, default, value);
        }
        value
    }

    fn variable(
        &mut self,
        ty: &Type,
        place: (&str, &str),
        default: bool,
        value: Written,
    ) -> Written {
        let here = (format!("{} {}", place.0, place.1), ty.to_string());
        if let Some(known) = self.places.iter().position(|known| *known == here)
            && self.random.chance(40)
        {
            return Written::Variable(self.query.variables[known].name.clone());
        }
        let name = format!("v{}", self.query.variables.len());
        let strict = value != Written::Null && (!ty.nullable || self.random.chance(30));
        let mut declared = ty.to_string();
        if strict && ty.nullable {
            declared.push('!');
        }
        let (own, given) = match self.random.below(10) {
            // A place that takes no null takes a variable that has a default.
            0 | 1 if value != Written::Null => {
                declared = declared.trim_end_matches('!').to_owned();
                (Some(value), None)
            }
            2 if value != Written::Null => (Some(value.clone()), Some(value)),
            3 if ty.nullable && !strict => (None, None),
            _ => (None, Some(value)),
        };
        let _ = default;
        self.query.variables.push(Variable {
            name: name.clone(),
            ty: declared,
            default: own,
            value: given,
        });
        self.places.push(here);
        Written::Variable(name)
    }

    fn value(&mut self, ty: &Type, place: (&str, &str)) -> Written {
        match &ty.base {
            BaseType::List(of) => {
                let nested = ["and", "or"].contains(&place.1);
                let count = match self.random.below(20) {
                    0 => 0,
                    1..=9 => 1,
                    10..=15 => 2,
                    _ => 3,
                };
                let count = if nested {
                    count.min(self.filters)
                } else {
                    count
                };
                if nested {
                    self.filters -= count;
                }
                if count == 1 && self.random.chance(10) {
                    // One value stands for a list of one.
                    return self.value(of, place);
                }
                Written::List(
                    (0..count)
                        .map(|_| match &of.base {
                            BaseType::Named(name)
                                if matches!(self.schema.kind(name), Kind::Input(_)) =>
                            {
                                self.value(of, place)
                            }
                            _ if self.random.chance(5) => self.given(of, place, false),
                            _ => self.value(of, place),
                        })
                        .collect(),
                )
            }
            BaseType::Named(name) => match self.schema.kind(name) {
                Kind::Enum(values) => {
                    // Relevance is asked for with a text.
                    let values: Vec<&String> =
                        values.iter().filter(|it| *it != "RELEVANCE").collect();
                    Written::Enum(self.random.pick(&values).clone())
                }
                Kind::Input(fields) => {
                    let mut object = Vec::new();
                    for (field, definition) in fields {
                        let required = !definition.ty.nullable && definition.default.is_none();
                        let nested = ["and", "or", "not"].contains(&field.as_str());
                        let often = if nested {
                            if self.filters > 0 { 8 } else { 0 }
                        } else if name.ends_with("Filter") {
                            // So that something is kept, often one condition alone.
                            (150 / fields.len()).min(30)
                        } else {
                            55
                        };
                        // What a match by party has no use for is refused.
                        let refused =
                            field == "roles" && ["responsible", "publisher"].contains(&place.1);
                        if refused || (!required && !self.random.chance(often)) {
                            continue;
                        }
                        if field == "not" {
                            self.filters -= 1;
                        }
                        let here = if nested || name.ends_with("Filter") {
                            (name.as_str(), field.as_str())
                        } else {
                            (name.as_str(), field.as_str())
                        };
                        let value = self.given(&definition.ty, here, definition.default.is_some());
                        object.push((field.clone(), value));
                    }
                    Written::Object(object)
                }
                _ => self.scalar(name, place),
            },
        }
    }

    fn scalar(&mut self, ty: &str, (on, name): (&str, &str)) -> Written {
        let pools = self.pools;
        let text = |random: &mut Random, among: &[String]| {
            if among.is_empty() || random.chance(4) {
                return Written::Text("nothing-has-this".to_owned());
            }
            let place = random.below(among.len());
            Written::Text(among[place].clone())
        };
        match (ty, name) {
            ("Boolean", _) => Written::Bool(self.random.chance(50)),
            ("Int", _) => {
                Written::Number(i64::try_from(1 + self.random.below(12)).expect("it is small"))
            }
            ("ID", _) => text(self.random, &pools.ids),
            ("Date", _) => text_of(self.random, &pools.days),
            ("DateTime", _) => text_of(self.random, &pools.moments),
            (_, "text" | "search.text") => Written::Text(self.search_text()),
            (_, "sourceIdentifiers") => text(self.random, &pools.identifiers),
            (_, "themes") => text(self.random, &pools.slugs["Theme"]),
            (_, "programs") => text(self.random, &pools.slugs["Program"]),
            (_, "agreements") => text(self.random, &pools.slugs["Agreement"]),
            (_, "value") => text(self.random, &pools.codes),
            (_, "slugs") => {
                let of = match on {
                    "PartyMatch" | "ActionPartyMatch" => "Party",
                    "RegionMatch" => "Region",
                    filter => filter.trim_end_matches("Filter"),
                };
                text(self.random, &pools.slugs[of])
            }
            ("String", slug) if slug.ends_with(".slug") => {
                let root = slug.trim_end_matches(".slug");
                let of = RECORDS.iter().find(|(_, ty)| ty.to_lowercase() == root);
                text(self.random, &pools.slugs[of.expect("it is a record's").1])
            }
            ("String", path) if path.ends_with(".field") => text(self.random, &pools.paths),
            (ty, name) => panic!("{on}.{name}: what {ty} does it take?"),
        }
    }

    fn search_text(&mut self) -> String {
        let words = &self.pools.words;
        if words.is_empty() {
            return "rien".to_owned();
        }
        let word = |random: &mut Random| words[random.below(words.len())].clone();
        let first = word(self.random);
        match self.random.below(12) {
            0 => format!("{first} "),
            1 => format!("{first} -{}", word(self.random)),
            2 | 3 => format!("{first} {}", word(self.random)),
            4 if !self.pools.phrases.is_empty() => {
                format!(
                    "\"{}\"",
                    self.pools.phrases[self.random.below(self.pools.phrases.len())]
                )
            }
            5 => first.chars().take(4).collect(),
            _ => first,
        }
    }
}

fn text_of(random: &mut Random, among: &[String]) -> Written {
    Written::Text(among[random.below(among.len())].clone())
}

fn number_or(few: usize, usual: usize, many: usize) -> usize {
    // A variable without a value asks for the usual page.
    if many <= 4 { usual.min(few * 2) } else { few }
}

fn order(field: &str) -> Written {
    Written::Object(vec![("field".to_owned(), Written::Enum(field.to_owned()))])
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

/// Arguments as they tell one field from another.
struct Show<'w>(&'w Written);

impl std::fmt::Display for Show<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.literal())
    }
}
