//! Pages of a large list that a text filters: the same whether few or many match, early or late in the order.

mod support;

use diesel::connection::SimpleConnection;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl};
use entente::model::Sorting;
use serde_json::{Value, json};
use support::TestDb;
use support::generate;
use support::graphql::Registry;

/// So many that the first rows of an order are looked at before a way is chosen.
const MANY: usize = 4000;

/// The words and which regions have them, by their place in the order of names.
type Word = (&'static str, fn(usize) -> bool);
const WORDS: [Word; 8] = [
    ("toujours", |_| true),
    ("souvent", |n| n % 2 == 0),
    ("parfois", |n| n % 20 == 7),
    ("rarement", |n| n % 1000 == 999),
    ("tôt", |n| n < 30),
    ("très tôt", |n| n < 5),
    ("tard", |n| n > MANY - 30),
    ("longtemps", |n| n > MANY / 4),
];

fn registry() -> Registry {
    let folder = tempfile::tempdir().expect("a folder can be had");
    let lines: Vec<String> = (0..MANY)
        .map(|n| {
            let words = WORDS.iter().filter(|(_, has)| has(n)).map(|(word, _)| *word);
            let name = format!("lieu {n:04} {}", words.collect::<Vec<_>>().join(" "));
            json!({ "region": { "slug": slug(n), "originalLanguage": "FR", "kind": kind(n), "name": [{ "language": "FR", "text": name }] } }).to_string()
        })
        .collect();
    std::fs::write(folder.path().join("regions.jsonl"), lines.join("\n"))
        .expect("the file can be written");
    let db = TestDb::new();
    generate::import(&db, folder.path());
    db.connect()
        .batch_execute("ANALYZE region")
        .expect("the table can be counted");
    Registry::over(db)
}

fn slug(n: usize) -> String {
    format!("lieu-{n:04}")
}

fn kind(n: usize) -> &'static str {
    if n.is_multiple_of(3) {
        "MUNICIPALITY"
    } else {
        "COUNTRY"
    }
}

fn slugs(connection: &Value) -> Vec<String> {
    let nodes = connection["nodes"].as_array().expect("nodes are a list");
    let slug = |node: &Value| node["slug"].as_str().expect("a slug").to_owned();
    nodes.iter().map(slug).collect()
}

#[test]
fn pages_of_what_a_text_finds_are_the_same_whether_it_finds_few_or_many() {
    let registry = registry();
    for (word, has) in WORDS {
        for (filter, kept) in [
            ("", (|_| true) as fn(usize) -> bool),
            (", kinds: [MUNICIPALITY]", |n| kind(n) == "MUNICIPALITY"),
        ] {
            for direction in ["ASC", "DESC"] {
                let mut expected: Vec<String> = (0..MANY)
                    .filter(|n| has(*n) && kept(*n))
                    .map(slug)
                    .collect();
                if direction == "DESC" {
                    expected.reverse();
                }
                pages(&registry, word, filter, direction, &expected);
            }
        }
    }
}

/// The first two pages, the last two, and one in the middle that is read both ways.
fn pages(registry: &Registry, word: &str, filter: &str, direction: &str, expected: &[String]) {
    let ask = |page: &str| {
        let query = format!(
            "{{ regions({page}, orderBy: [{{ field: NAME, direction: {direction} }}], filter: {{ text: \"{word} \"{filter} }}) \
             {{ totalCount nodes {{ slug }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }} }}"
        );
        registry.ask(&query)["regions"].take()
    };
    let size = 20;
    let told = format!("{word} {filter} {direction}");
    let first = ask("first: 20");
    assert_eq!(first["totalCount"], expected.len(), "{told}");
    let end = expected.len().min(size);
    assert_eq!(slugs(&first), expected[..end], "{told}");
    assert_eq!(
        first["pageInfo"]["hasNextPage"],
        expected.len() > size,
        "{told}"
    );
    let last = ask("last: 20");
    let start = expected.len().saturating_sub(size);
    assert_eq!(slugs(&last), expected[start..], "{told}, from the end");
    let next = ask(&format!(
        "first: 20, after: {}",
        first["pageInfo"]["endCursor"]
    ));
    let more = expected.len().min(2 * size);
    assert_eq!(slugs(&next), expected[end..more], "{told}, the second page");
    let back = ask(&format!(
        "last: 20, before: {}",
        last["pageInfo"]["startCursor"]
    ));
    assert_eq!(
        slugs(&back),
        expected[start.saturating_sub(size)..start],
        "{told}, the last but one"
    );
    let hundred = ask("first: 100");
    let far = ask(&format!(
        "first: 7, after: {}",
        hundred["pageInfo"]["endCursor"]
    ));
    let end = expected.len().min(100);
    assert_eq!(
        slugs(&far),
        expected[end..expected.len().min(end + 7)],
        "{told}, behind a hundred"
    );
}

#[test]
fn orders_that_are_said_to_have_an_index_have_one() {
    let db = TestDb::new();
    let mut connection = db.connect();
    for ty in entente::registry::model().types.values() {
        for order in &ty.orders {
            let Sorting::Term(term) = &order.by else {
                continue;
            };
            let column = term
                .sql
                .trim_start_matches("t.")
                .replace("$lang", "original");
            for descending in [false, true] {
                if !order.indexed.has(descending) {
                    continue;
                }
                let direction = match (descending, term.nullable) {
                    (false, _) => "",
                    (true, false) => " DESC",
                    (true, true) => " DESC NULLS LAST",
                };
                let index = format!(
                    "ON public.{} USING btree ({column}{direction}, slug)",
                    ty.table
                );
                let count: Count = diesel::sql_query(
                    "SELECT count(*) AS n FROM pg_indexes WHERE right(indexdef, length($1)) = $1",
                )
                .bind::<Text, _>(&index)
                .get_result(&mut connection)
                .expect("the indexes can be read");
                assert_eq!(count.n, 1, "{} {}: {index}", ty.name, order.name);
            }
        }
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}
