//! Makes up arguments: values that the schema allows, of what the registry holds, now and then by variables.

use async_graphql::parser::types::{BaseType, Type};

use crate::generate::{Generator, MOST};
use crate::query::{Variable, Written};
use crate::random::Random;
use crate::schema::{Field, Kind, is_list, named};
use crate::table::RECORDS;

/// Arguments as they are written.
pub type Arguments = Vec<(String, Written)>;

impl Generator<'_> {
    /// A field's arguments, and about how many objects it leads to for each that has it.
    pub fn args(&mut self, ty: &str, name: &str, field: &Field, many: usize) -> (Arguments, usize) {
        if (ty, name) == ("Document", "text") {
            return (self.stretch(), 1);
        }
        let is_page = named(&field.ty).ends_with("Connection");
        let (mut args, size) = match name {
            _ if is_page => self.page(name, many),
            "facets" | "funding" | "nodes" | "edges" => (Vec::new(), 1),
            _ => (Vec::new(), if is_list(&field.ty) { 3 } else { 1 }),
        };
        for (arg, definition) in &field.args {
            if is_page && ["first", "last", "after", "before"].contains(&arg.as_str()) {
                continue;
            }
            let required = !definition.ty.nullable && definition.default.is_none();
            let often = match arg.as_str() {
                "filter" => 50,
                "orderBy" => 40,
                "first" => 60,
                _ => 35,
            };
            if !required && !self.random.chance(often) {
                continue;
            }
            if arg == "orderBy" && self.random.chance(15) {
                // An order by relevance needs a text, so it comes with a filter of its own.
                args.retain(|(name, _)| name != "filter");
                let text = Written::Text(self.search_text());
                let filter = Written::Object(vec![("text".to_owned(), text)]);
                args.push(("filter".to_owned(), filter));
                let mut orders = vec![order("RELEVANCE")];
                orders.extend(self.random.chance(40).then(|| order("UPDATED_AT")));
                args.push((arg.clone(), Written::List(orders)));
                continue;
            }
            let value = self.given(&definition.ty, (ty, &format!("{name}.{arg}")));
            args.push((arg.clone(), value));
        }
        if name == "facets" && self.random.chance(60) {
            self.of_own_filter(&mut args);
        }
        (args, size)
    }

    /// The fields of the filter among a list's arguments.
    pub fn filter_of(&self, args: &Arguments) -> Vec<String> {
        let filter = args.iter().find(|(name, _)| name == "filter");
        let filter = filter.and_then(|(_, filter)| match filter {
            Written::Variable(name) => {
                let variable = self.query.variables.iter().find(|it| it.name == *name)?;
                variable.value.as_ref().or(variable.default.as_ref())
            }
            filter => Some(filter),
        });
        match filter {
            Some(Written::Object(fields)) => fields.iter().map(|(name, _)| name.clone()).collect(),
            _ => Vec::new(),
        }
    }

    /// Facets by what the list is filtered by, as if it were not.
    fn of_own_filter(&mut self, args: &mut Arguments) {
        let own = [
            ("kinds", "KIND"),
            ("statuses", "STATUS"),
            ("date", "YEAR"),
            ("programs", "PROGRAM"),
            ("region", "REGION"),
            ("party", "PARTY"),
            ("themes", "THEME"),
        ];
        let by = own
            .iter()
            .find(|(name, _)| self.filtered.iter().any(|it| it == name));
        if let Some((_, by)) = by {
            *args = vec![
                ("by".to_owned(), Written::Enum((*by).to_owned())),
                ("excludeOwnFilter".to_owned(), Written::Bool(true)),
            ];
        }
    }

    /// Which page of a connection that is asked for so many times, and about how many elements it has.
    fn page(&mut self, name: &str, many: usize) -> (Arguments, usize) {
        const USUAL: usize = 20;
        if many <= 4 && self.random.chance(15) {
            return (Vec::new(), USUAL);
        }
        let mut size = 1 + self.random.below((MOST / many).clamp(1, 8));
        if many == 1 && self.random.chance(5) {
            size = 100;
        }
        let end = self.random.pick(&["first", "first", "first", "last"]);
        let number = self.lifted(&type_of("Int"), (name, end), number(size));
        // A variable may be without its value, or have that of another place.
        let expected = match number {
            Written::Variable(_) if many <= 4 => USUAL,
            _ => size,
        };
        (vec![(end.to_owned(), number)], expected)
    }

    /// A part of a document's text, which does not end before it starts.
    fn stretch(&mut self) -> Arguments {
        let mut args = Vec::new();
        let start = self.random.below(4000);
        let mut end = start + self.random.below(200);
        if self.random.chance(70) {
            let start = self.lifted(&type_of("Int"), ("Document", "start"), number(start));
            if matches!(start, Written::Variable(_)) {
                end = 9000;
            }
            args.push(("start".to_owned(), start));
        }
        if args.is_empty() || self.random.chance(80) {
            args.push(("end".to_owned(), number(end)));
        }
        args
    }

    /// Conditions for what mostly is to be there.
    pub fn directives(&mut self) -> Vec<(&'static str, Written)> {
        let mut directives = Vec::new();
        for name in ["skip", "include"] {
            if self.random.chance(4) {
                let condition = Written::Bool((name == "include") == self.random.chance(70));
                let condition = self.lifted(&type_of("Boolean!"), ("@", name), condition);
                directives.push((name, condition));
            }
        }
        directives
    }

    /// A value for an argument or an input field, now and then null or by a variable.
    fn given(&mut self, ty: &Type, place: (&str, &str)) -> Written {
        if ty.nullable && self.random.chance(4) {
            return self.lifted(ty, place, Written::Null);
        }
        if self.literal || !self.random.chance(25) {
            return self.value(ty, place);
        }
        self.literal = true;
        let value = self.value(ty, place);
        self.literal = false;
        self.variable(ty, place, value)
    }

    /// A value, or a variable with it.
    fn lifted(&mut self, ty: &Type, place: (&str, &str), value: Written) -> Written {
        if !self.literal && self.random.chance(25) {
            return self.variable(ty, place, value);
        }
        value
    }

    /// A variable with a value: given, a default, both; or in a place that takes null, neither.
    fn variable(&mut self, ty: &Type, place: (&str, &str), value: Written) -> Written {
        let here = (format!("{} {}", place.0, place.1), ty.to_string());
        if let Some(known) = self.places.iter().position(|known| *known == here)
            && self.random.chance(40)
        {
            return Written::Variable(self.query.variables[known].name.clone());
        }
        let name = format!("v{}", self.query.variables.len());
        let is_null = value == Written::Null;
        let strict = !is_null && (!ty.nullable || self.random.chance(30));
        let named = ty.to_string();
        let named = named.trim_end_matches('!');
        let (default, value) = match self.random.below(10) {
            0 | 1 if !is_null => (Some(value), None),
            2 if !is_null => (Some(value.clone()), Some(value)),
            3 if ty.nullable && !strict => (None, None),
            _ => (None, Some(value)),
        };
        // A place that takes no null takes a variable that can't be null, or has a default.
        let exact = strict && (value.is_some() && (default.is_none() || self.random.chance(50)));
        self.query.variables.push(Variable {
            name: name.clone(),
            ty: format!("{named}{}", if exact { "!" } else { "" }),
            default,
            value,
        });
        self.places.push(here);
        Written::Variable(name)
    }

    fn value(&mut self, ty: &Type, place: (&str, &str)) -> Written {
        match &ty.base {
            BaseType::List(of) => self.list(of, place),
            BaseType::Named(name) => match self.schema.kind(name) {
                Kind::Enum(values) => {
                    // Relevance is asked for with a text.
                    let values: Vec<_> = values.iter().filter(|it| *it != "RELEVANCE").collect();
                    Written::Enum(self.random.pick(&values).clone())
                }
                Kind::Input(_) => self.object(name, place),
                _ => self.scalar(name, place),
            },
        }
    }

    fn list(&mut self, of: &Type, place: (&str, &str)) -> Written {
        let mut count = match self.random.below(20) {
            0 => 0,
            1..=9 => 1,
            10..=15 => 2,
            _ => 3,
        };
        if ["and", "or"].contains(&place.1) {
            count = count.min(self.filters);
            self.filters -= count;
        }
        if count == 1 && self.random.chance(10) {
            // One value stands for a list of one.
            return self.value(of, place);
        }
        let is_object =
            |schema: &crate::schema::Schema| matches!(schema.kind(named(of)), Kind::Input(_));
        let each = (0..count).map(|_| {
            if !is_object(self.schema) && self.random.chance(5) {
                self.given(of, place)
            } else {
                self.value(of, place)
            }
        });
        Written::List(each.collect())
    }

    fn object(&mut self, name: &str, place: (&str, &str)) -> Written {
        let schema = self.schema;
        let Kind::Input(fields) = schema.kind(name) else {
            unreachable!("{name} is an input object");
        };
        let mut object = Vec::new();
        for (field, definition) in fields {
            let required = !definition.ty.nullable && definition.default.is_none();
            let often = match field.as_str() {
                "and" | "or" | "not" if self.filters == 0 => 0,
                "and" | "or" | "not" => 8,
                // So that something is kept, often one condition alone.
                _ if name.ends_with("Filter") => (150 / fields.len()).min(30),
                _ => 55,
            };
            // What these have no use for is refused.
            let refused = field == "roles" && ["responsible", "publisher"].contains(&place.1);
            if refused || (!required && !self.random.chance(often)) {
                continue;
            }
            if field == "not" {
                self.filters -= 1;
            }
            let value = self.given(&definition.ty, (name, field));
            object.push((field.clone(), value));
        }
        Written::Object(object)
    }

    fn scalar(&mut self, ty: &str, (on, name): (&str, &str)) -> Written {
        let pools = self.pools;
        let among = match (ty, name) {
            ("Boolean", _) => return Written::Bool(self.random.chance(50)),
            ("Int", _) => return number(1 + self.random.below(12)),
            (_, "text" | "search.text") => return Written::Text(self.search_text()),
            ("ID", _) => &pools.ids,
            // Every registry has some of these.
            ("Date", _) => return one_of(self.random, &pools.days),
            ("DateTime", _) => return one_of(self.random, &pools.moments),
            (_, "sourceIdentifiers") => &pools.identifiers,
            (_, "themes") => &pools.slugs["Theme"],
            (_, "programs") => &pools.slugs["Program"],
            (_, "agreements") => &pools.slugs["Agreement"],
            (_, "value") => &pools.codes,
            (_, "slugs") => match on {
                "PartyMatch" | "ActionPartyMatch" => &pools.slugs["Party"],
                "RegionMatch" => &pools.slugs["Region"],
                filter => &pools.slugs[filter.trim_end_matches("Filter")],
            },
            (ty, name) => match name.split_once('.') {
                Some((_, "field")) => &pools.paths,
                Some((root, "slug")) => {
                    let of = RECORDS.iter().find(|(_, ty)| ty.to_lowercase() == root);
                    &pools.slugs[of.expect("it is a record's").1]
                }
                _ => panic!("{on}.{name}: what {ty} does it take?"),
            },
        };
        if among.is_empty() || self.random.chance(4) {
            return Written::Text("nothing-has-this".to_owned());
        }
        one_of(self.random, among)
    }

    fn search_text(&mut self) -> String {
        let (words, phrases) = (&self.pools.words, &self.pools.phrases);
        let one = |random: &mut Random, of: &[String]| of[random.below(of.len())].clone();
        let first = one(self.random, words);
        match self.random.below(12) {
            0 => format!("{first} "),
            1 => format!("{first} -{}", one(self.random, words)),
            2 | 3 => format!("{first} {}", one(self.random, words)),
            4 => format!("\"{}\"", one(self.random, phrases)),
            5 => first.chars().take(4).collect(),
            _ => first,
        }
    }
}

fn one_of(random: &mut Random, among: &[String]) -> Written {
    Written::Text(among[random.below(among.len())].clone())
}

fn number(number: usize) -> Written {
    Written::Number(i64::try_from(number).expect("it is small"))
}

fn type_of(name: &str) -> Type {
    Type::new(name).expect("it is a type")
}

fn order(field: &str) -> Written {
    Written::Object(vec![("field".to_owned(), Written::Enum(field.to_owned()))])
}
