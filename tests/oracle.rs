//! The read engine answers any query: random ones over the whole schema, each held against an executor that goes by the
//! GraphQL specification, field by field, with a statement for each.
//!
//! `ENTENTE_RANDOM_QUERIES=10000 cargo test --test oracle` asks more, `ENTENTE_RANDOM_SEED=7` others. A failure prints the
//! smallest query that still fails, and the seed.

mod support;

#[path = "oracle/compare.rs"]
mod compare;
#[path = "oracle/execute.rs"]
mod execute;
#[path = "oracle/fields.rs"]
mod fields;
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
#[path = "oracle/store.rs"]
mod store;
#[path = "oracle/worlds.rs"]
mod worlds;

// The random registry of the lists.
#[expect(dead_code, reason = "the tests of lists use the rest")]
#[path = "lists/bundle.rs"]
mod bundle;
#[expect(dead_code, reason = "the tests of lists use the rest")]
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
#[path = "lists/world.rs"]
mod world;

use std::collections::BTreeMap;

use entente::graphql::Code;
use fields::{LEFT_OUT, how};
use generate::Generator;
use query::{Query, Written};
use random::Random;
use schema::Schema;
use serde_json::json;
use worlds::{Outcome, World, empty, made_up, shipped};

/// So many queries where `ENTENTE_RANDOM_QUERIES` does not say.
const QUERIES: u64 = 1500;

fn setting(name: &str, usual: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(usual, |given| given.parse().unwrap_or_else(|_| panic!("{name} is a number")))
}

#[test]
fn random_queries_are_answered_as_a_field_by_field_executor_answers_them() {
    let schema = Schema::read();
    let t=std::time::Instant::now();
    let worlds = [shipped(), made_up()];
    let nothing = empty();
    println!("setup {:?}", t.elapsed());
    let seed = setting("ENTENTE_RANDOM_SEED", 1);
    let wanted = setting("ENTENTE_RANDOM_QUERIES", QUERIES);
    let mut refused: BTreeMap<&str, u64> = BTreeMap::new();
    let (mut answered, mut number) = (0, setting("ENTENTE_RANDOM_FROM", 1) - 1);
    let mut told = Told::default();
    while answered < wanted {
        number += 1;
        let mut random = Random::new(seed.wrapping_mul(1_000_003).wrapping_add(number));
        let world = &worlds[random.below(worlds.len())];
        let mut query = Generator::query(&schema, &world.pools, &mut random);
        // Then the same once more, a page on.
        for again in [false, true] {
            told.pages += u64::from(again);
            let found = match check(&schema, world, &nothing, &query) {
                Outcome::Same { found, planned, ran } => {
                    answered += 1;
                    told.note(&query, planned, ran);
                    found
                }
                Outcome::SameRefusal => {
                    answered += 1;
                    told.refusals += 1;
                    break;
                }
                Outcome::TooMuch(code) => {
                    *refused.entry(code.name()).or_default() += 1;
                    break;
                }
                Outcome::Different(why) => fail(&schema, (world, &nothing), query, (seed, number), &why),
            };
            let Some(next) = page_on(&query, &found, &mut random) else {
                break;
            };
            query = next;
        }
    }
    told.print(answered, &refused);
}

/// What the queries of a run were like.
#[derive(Default)]
struct Told {
    pages: u64,
    refusals: u64,
    planned: usize,
    ran: usize,
    most: usize,
    with: BTreeMap<&'static str, u64>,
}

impl Told {
    fn note(&mut self, query: &Query, planned: usize, ran: usize) {
        self.planned += planned;
        self.ran += ran;
        self.most = self.most.max(planned);
        let text = query.text();
        for what in [
            "fragment ", "... on ", "@skip", "@include", "$v", "filter:", "orderBy:", "facets(", "funding(", "search(",
            "first:", "last:", "after:", "before:", "edges", "totalCount", "node(", "RELEVANCE", "includeLineage",
        ] {
            *self.with.entry(what).or_default() += u64::from(text.contains(what));
        }
    }

    fn print(&self, answered: u64, refused: &BTreeMap<&str, u64>) {
        println!(
            "{answered} queries, {} of them a page on, {} refused as they must be; statements: {} run of {} planned, at most {} for one; not counted: {refused:?}; {:?}",
            self.pages, self.refusals, self.ran, self.planned, self.most, self.with
        );
    }
}

/// Whether a query is answered rightly, by a registry and by an empty one, with as many statements as planned at most.
fn check(schema: &Schema, world: &World, nothing: &World, query: &Query) -> Outcome {
    let outcome = world.check(schema, query);
    if let Outcome::Same { planned, .. } = outcome {
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
    let of_one = found.iter().all(|other| other.alias != one.alias || other.owner == one.owner);
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
        let same: Vec<_> = found.iter().filter(|other| other.alias == one.alias).collect();
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
    println!("seed {seed}, query {number}: {why}");std::fs::write("/tmp/oracle-failed.graphql", query.text()).unwrap();
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
    missing.extend(left_out.iter().map(|(ty, field)| format!("{ty}.{field} is left out, and not there")));
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn what_is_too_much_is_refused_before_it_runs() {
    let world = empty();
    let mut query = "slug".to_owned();
    for _ in 0..6 {
        query = format!("a: parent {{ {query} }} b: parent {{ {query} }} c: parent {{ {query} }} d: parent {{ {query} }}");
    }
    let query = format!("{{ regions {{ nodes {{ {query} }} }} }}");
    let request = entente::graphql::Request {
        query,
        ..Default::default()
    };
    let errors = world.registry.planned(&request).expect_err("it is too much");
    assert_eq!(errors[0].code, Code::QueryTooComplex);
}
