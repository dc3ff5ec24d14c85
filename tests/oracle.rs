//! The read engine answers any query: random ones over the whole schema, each held against an executor that goes by the
//! GraphQL specification, field by field, with a statement for each.
//!
//! `ENTENTE_RANDOM_QUERIES=10000 cargo test --test oracle` asks more, `ENTENTE_RANDOM_SEED=7` others. A failure prints the
//! smallest query that still fails, and the seed.

mod support;

#[path = "oracle/arguments.rs"]
mod arguments;
#[path = "oracle/compare.rs"]
mod compare;
#[path = "oracle/execute.rs"]
mod execute;
#[path = "oracle/fields.rs"]
mod fields;
#[path = "oracle/filters.rs"]
mod filters;
#[path = "oracle/generate.rs"]
mod generate;
#[path = "oracle/groups.rs"]
mod groups;
#[path = "oracle/pages.rs"]
mod pages;
#[path = "oracle/pools.rs"]
mod pools;
#[path = "oracle/query.rs"]
mod query;
#[path = "oracle/schema.rs"]
mod schema;
#[path = "oracle/scope.rs"]
mod scope;
#[path = "oracle/store.rs"]
mod store;
#[path = "oracle/table.rs"]
mod table;
#[path = "oracle/translations.rs"]
mod translations;
#[path = "oracle/worlds.rs"]
mod worlds;

// The random registry of the lists.
#[path = "lists/bundle.rs"]
mod bundle;
#[path = "lists/dates.rs"]
mod dates;
#[path = "lists/make.rs"]
mod make;
#[expect(dead_code, reason = "the tests of lists use the rest")]
#[path = "lists/places.rs"]
mod places;
#[path = "lists/random.rs"]
mod random;
#[expect(dead_code, reason = "the tests of lists use the rest")]
#[path = "lists/reference.rs"]
mod reference;
#[expect(dead_code, reason = "the tests of lists use the rest")]
#[path = "lists/world.rs"]
mod world;

use std::collections::{BTreeMap, BTreeSet};

use entente::graphql::Code;
use generate::Generator;
use query::{Query, Written};
use random::Random;
use schema::Schema;
use serde_json::json;
use table::{LEFT_OUT, how};
use worlds::{Outcome, Statements, World, empty, made_up, shipped};

/// So many queries where `ENTENTE_RANDOM_QUERIES` does not say.
const QUERIES: u64 = 1000;

fn setting(name: &str, usual: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(usual, |given| {
        given
            .parse()
            .unwrap_or_else(|_| panic!("{name} is a number"))
    })
}

#[test]
fn random_queries_are_answered_as_a_field_by_field_executor_answers_them() {
    let schema = Schema::read();
    let wanted = setting("ENTENTE_RANDOM_QUERIES", QUERIES);
    let told = std::thread::scope(|scope| {
        let worlds: [(fn() -> World, u64); 2] = [(shipped, 0), (made_up, 1)];
        let runs = worlds.map(|(world, odd)| {
            let schema = &schema;
            scope.spawn(move || ask(schema, &world(), odd, wanted / 2))
        });
        runs.map(|run| {
            run.join()
                .unwrap_or_else(|why| std::panic::resume_unwind(why))
        })
    });
    let mut reached = BTreeSet::new();
    for told in told {
        println!("{told}");
        reached.extend(told.reached);
    }
    let mut never = Vec::new();
    for (ty, fields) in schema.objects() {
        for field in fields.keys() {
            let place = (ty.to_owned(), field.clone());
            if how(ty, field).is_some() && !reached.contains(&place) {
                never.push(format!("{ty}.{field}"));
            }
        }
    }
    println!(
        "{} fields were come to, and never: {never:?}",
        reached.len()
    );
}

/// Asks a registry random queries, of even or of odd numbers, until so many have been answered.
fn ask(schema: &Schema, world: &World, odd: u64, wanted: u64) -> Told {
    let nothing = empty();
    let seed = setting("ENTENTE_RANDOM_SEED", 1);
    let mut number = setting("ENTENTE_RANDOM_FROM", 0) / 2 * 2 + odd;
    let mut told = Told {
        world: world.name,
        ..Told::default()
    };
    while told.answered < wanted {
        let mut random = Random::new(seed.wrapping_mul(1_000_003).wrapping_add(number));
        let mut query = Generator::query(schema, &world.pools, &mut random);
        // Then the same once more, a page on.
        for again in [false, true] {
            told.pages += u64::from(again);
            let found = match check(schema, world, &nothing, &query) {
                Outcome::Same { found, statements } => {
                    told.note(&query, statements);
                    found
                }
                Outcome::SameRefusal => {
                    told.answered += 1;
                    told.refusals += 1;
                    break;
                }
                Outcome::TooMuch(code) => {
                    *told.too_much.entry(code.name()).or_default() += 1;
                    break;
                }
                Outcome::Different(why) => {
                    fail(schema, (world, &nothing), query, (seed, number), &why)
                }
            };
            match page_on(&query, &found, &mut random) {
                Some(next) => query = next,
                None => break,
            }
        }
        number += 2;
        if number % 2000 < 2 {
            println!("{}: {} queries so far", world.name, told.answered);
        }
    }
    told.reached = world.reached.take();
    told
}

/// What the queries of a run were like.
#[derive(Default)]
struct Told {
    world: &'static str,
    answered: u64,
    pages: u64,
    refusals: u64,
    planned: usize,
    ran: usize,
    most: usize,
    too_much: BTreeMap<&'static str, u64>,
    /// How many queries have so many selection sets within each other.
    nested: BTreeMap<usize, u64>,
    with: BTreeMap<&'static str, u64>,
    reached: BTreeSet<(String, String)>,
}

/// What to count queries with.
const WITH: [&str; 20] = [
    "fragment ",
    "... on ",
    "@skip",
    "@include",
    "$v",
    "filter:",
    "orderBy:",
    "facets(",
    "funding(",
    "search(",
    "first:",
    "last:",
    "after:",
    "before:",
    "edges",
    "totalCount",
    "pageInfo",
    "node(",
    "RELEVANCE",
    "includeLineage",
];

impl Told {
    fn note(&mut self, query: &Query, statements: Statements) {
        self.answered += 1;
        self.planned += statements.planned;
        self.ran += statements.ran;
        self.most = self.most.max(statements.planned);
        let text = query.text();
        let indents = text
            .lines()
            .map(|line| line.len() - line.trim_start().len());
        let nested = indents.max().unwrap_or_default() / 2;
        *self.nested.entry(nested).or_default() += 1;
        for what in WITH {
            *self.with.entry(what).or_default() += u64::from(text.contains(what));
        }
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{}: {} queries, {} of them a page on, {} refused by both; statements: {} run of {} planned, {} planned at most; \
             too much and not counted: {:?}; nested {:?}; with {:?}",
            self.world,
            self.answered,
            self.pages,
            self.refusals,
            self.ran,
            self.planned,
            self.most,
            self.too_much,
            self.nested,
            self.with
        )
    }
}

/// Whether a query is answered rightly, by a registry and by an empty one, with as many statements as planned at most.
fn check(schema: &Schema, world: &World, nothing: &World, query: &Query) -> Outcome {
    let outcome = world.check(schema, query);
    if let Outcome::Same { statements, .. } = &outcome {
        let planned = statements.planned;
        let request = World::request(query);
        match nothing.registry.planned(&request) {
            Ok(there) if there == planned => {}
            other => {
                return Outcome::Different(format!(
                    "planned {planned} statements, and in an empty registry {other:?}"
                ));
            }
        }
    }
    outcome
}

/// The query with one of the cursors of its answer: mostly one of a connection that stands there once.
fn page_on(query: &Query, found: &[compare::Found], random: &mut Random) -> Option<Query> {
    if found.is_empty() {
        return None;
    }
    let one = &found[random.below(found.len())];
    let of_one = found
        .iter()
        .all(|other| other.alias != one.alias || other.owner == one.owner);
    if !of_one && random.chance(80) {
        return None;
    }
    let mut query = query.clone();
    let args = query.args_of(&one.alias)?;
    let mut set = |name: &str, value: Written| {
        args.retain(|(known, _)| known != name);
        args.push((name.to_owned(), value));
    };
    let name = random.pick(&["after", "after", "before"]);
    set(name, Written::Text(one.cursor.clone()));
    if random.chance(20) {
        let same: Vec<_> = found
            .iter()
            .filter(|other| other.alias == one.alias)
            .collect();
        let other = same[random.below(same.len())];
        let name = if name == "after" { "before" } else { "after" };
        set(name, Written::Text(other.cursor.clone()));
    }
    if random.chance(30) && !args.iter().any(|(name, _)| name == "last") {
        args.retain(|(name, _)| name != "first");
        args.push(("last".to_owned(), Written::Number(3)));
    }
    Some(query)
}

/// What went wrong, without its particulars: a smaller query must fail in the same way.
fn kind(why: &str) -> String {
    let words = why.lines().take(4).collect::<String>();
    let words = words.split(|letter: char| !letter.is_alphabetic());
    if why.starts_with("refused") {
        words.take(30).collect()
    } else {
        words.take(1).collect()
    }
}

/// Takes away from a query what it fails without, and tells.
fn fail(
    schema: &Schema,
    (world, nothing): (&World, &World),
    mut query: Query,
    (seed, number): (u64, u64),
    why: &str,
) -> ! {
    println!("seed {seed}, query {number}: {why}");
    let mut why = why.to_owned();
    let mut tries = 0;
    'smaller: while tries < 2000 {
        for smaller in query.smaller() {
            tries += 1;
            if let Outcome::Different(still) = check(schema, world, nothing, &smaller)
                && kind(&still) == kind(&why)
            {
                (query, why) = (smaller, still);
                continue 'smaller;
            }
        }
        break;
    }
    panic!(
        "seed {seed}, query {number}, registry {}, language {:?}:\n{}\nvariables {}\n{why}\n{}",
        world.name,
        query.language,
        query.text(),
        json!(query.values()),
        world.answers(schema, &query)
    );
}

#[test]
fn every_field_that_can_be_asked_for_is_known_to_the_executor() {
    let schema = Schema::read();
    let mut left_out: Vec<_> = LEFT_OUT.to_vec();
    let mut missing = Vec::new();
    for (ty, fields) in schema.objects() {
        for field in fields.keys() {
            let place = left_out.iter().position(|left| *left == (ty, field));
            match (place, how(ty, field).is_some()) {
                (Some(place), false) => {
                    left_out.remove(place);
                }
                (None, true) => {}
                (Some(_), true) => missing.push(format!("{ty}.{field} is no longer left out")),
                (None, false) => missing.push(format!("{ty}.{field} is not known")),
            }
        }
    }
    missing.extend(
        left_out
            .iter()
            .map(|(ty, field)| format!("{ty}.{field} is left out, and not there")),
    );
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn what_is_too_much_is_refused_before_it_runs() {
    let world = empty();
    let nested = |times: usize, names: &[&str]| {
        let mut query = "slug".to_owned();
        for _ in 0..times {
            let parents: Vec<_> = names
                .iter()
                .map(|name| format!("{name}: parent {{ {query} }}"))
                .collect();
            query = parents.join(" ");
        }
        format!("{{ regions {{ nodes {{ {query} }} }} }}")
    };
    for (query, code) in [
        (nested(6, &["a", "b", "c", "d"]), Code::QueryTooComplex),
        (nested(40, &["a"]), Code::QueryTooDeep),
    ] {
        let request = entente::graphql::Request {
            query,
            ..Default::default()
        };
        let errors = world.registry.planned(&request).expect_err("too much");
        assert_eq!(errors[0].code, code);
        let (answer, ran) = world.registry.counted(request);
        assert_eq!(answer.expect_err("too much")[0].code, code);
        assert_eq!(ran, 0, "nothing was asked");
    }
}
