//! What a registry holds that queries can ask for: slugs, identifiers, days, words.

use std::collections::HashMap;

use crate::store::Store;
use crate::table::{NODES, RECORDS, table};

/// What queries are made of.
pub struct Pools {
    /// Of each record type, those that most is known about, and others.
    pub slugs: HashMap<&'static str, Vec<String>>,
    /// Global identifiers, of records and parts.
    pub ids: Vec<String>,
    /// Identifiers in data sets.
    pub identifiers: Vec<String>,
    /// Codes of regions.
    pub codes: Vec<String>,
    /// Days at the bounds of dates.
    pub days: Vec<String>,
    /// Moments of changes.
    pub moments: Vec<String>,
    /// Paths of what is cited or translated.
    pub paths: Vec<String>,
    /// Words of names and titles, and pairs of words that stand together.
    pub words: Vec<String>,
    pub phrases: Vec<String>,
}

impl Pools {
    /// What a registry holds.
    pub fn of(store: &Store) -> Self {
        let types = RECORDS.iter().map(|(_, ty)| *ty).chain(["Theme"]);
        let ids = NODES.iter().flat_map(|ty| {
            let table = table(ty).expect("it has a table");
            let ids = format!("SELECT node_id('{ty}', t.id) AS id FROM {table} t");
            some(store, "x.id", &ids, 40)
        });
        let names = ["party", "program", "region"].map(|it| (it, "name"));
        let titles = ["agreement", "action", "document"].map(|it| (it, "title"));
        let (mut words, mut phrases) = (Vec::new(), Vec::new());
        for (table, column) in names.into_iter().chain(titles) {
            let names = format!("SELECT n.value FROM {table} t, jsonb_each_text(t.{column}) n");
            for name in some(store, "x.value", &names, 60) {
                add_words(&name, &mut words, &mut phrases);
            }
        }
        let mut paths = some(
            store,
            "x.field",
            "SELECT DISTINCT c.field FROM citation c WHERE c.field IS NOT NULL",
            60,
        );
        paths.extend(
            ["title", "name", "summary", "parties", "provisions", "names"].map(str::to_owned),
        );
        let mut days = vec!["2013-01-01".to_owned()];
        for bound in ["earliest", "latest"] {
            let bounds = format!(
                "SELECT a.signed_on_{bound} AS day FROM agreement a UNION SELECT o.occurs_{bound} FROM action_occurrence o"
            );
            let bounds = format!(
                "SELECT * FROM ({bounds}) d WHERE extract(year FROM d.day) BETWEEN 1 AND 9999"
            );
            days.extend(some(store, "x.day::text", &bounds, 60));
        }
        let changes =
            "SELECT a.updated_at AS at FROM agreement a UNION SELECT p.updated_at FROM party p";
        let moment = "to_char(x.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
        let mut moments = some(store, moment, changes, 40);
        moments.push("2020-01-01T00:00:00Z".to_owned());
        let identifiers =
            "SELECT DISTINCT s.identifier FROM source s WHERE s.identifier IS NOT NULL";
        Self {
            slugs: types.map(|ty| (ty, slugs(store, ty))).collect(),
            ids: ids.collect(),
            identifiers: some(store, "x.identifier", identifiers, 60),
            codes: some(store, "x.value", "SELECT c.value FROM region_code c", 60),
            days,
            moments,
            paths,
            words,
            phrases,
        }
    }
}

/// Some of what a statement gives, always the same.
fn some(store: &Store, column: &str, statement: &str, most: usize) -> Vec<String> {
    let rest = format!("FROM ({statement}) x ORDER BY md5({column}), {column} LIMIT {most}");
    let rows = store.rows(column, &rest);
    let texts = rows.iter().filter_map(|row| row[0].as_str());
    texts.map(str::to_owned).collect()
}

/// Slugs of what is cited most, of what leads to most, and of others.
fn slugs(store: &Store, ty: &str) -> Vec<String> {
    let table = table(ty).expect("it has a table");
    let linked = match ty {
        "Region" => {
            "(SELECT count(*) FROM region_ancestor a JOIN agreement_region j USING (region_id) WHERE a.ancestor_id = t.id)"
        }
        "Party" => {
            "(SELECT count(*) FROM agreement_party j WHERE j.party_id = t.id) + (SELECT count(*) FROM party_line l WHERE l.party_id = t.id)"
        }
        _ => "(SELECT 0)",
    };
    let cited = "(SELECT count(*) FROM citation c WHERE c.record_id = t.id)";
    let mut slugs = Vec::new();
    for (first, most) in [(cited, 30), (linked, 40)] {
        let rest = format!("FROM {table} t ORDER BY {first} DESC, md5(t.slug) LIMIT {most}");
        let rows = store.rows("t.slug", &rest);
        slugs.extend(
            rows.iter()
                .filter_map(|row| row[0].as_str())
                .map(str::to_owned),
        );
    }
    let all = format!("SELECT t.slug FROM {table} t");
    slugs.extend(some(store, "x.slug", &all, 20));
    slugs
}

/// The words of a name, and its pairs of words.
fn add_words(name: &str, words: &mut Vec<String>, phrases: &mut Vec<String>) {
    let pieces: Vec<&str> = name.split_whitespace().take(12).collect();
    let fits = |word: &&str| word.chars().count() < 30 && word.chars().all(char::is_alphabetic);
    let long = pieces
        .iter()
        .filter(|it| fits(it) && it.chars().count() > 2);
    words.extend(long.map(|it| (*it).to_owned()));
    let pairs = pieces.windows(2).filter(|pair| pair.iter().all(fits));
    phrases.extend(pairs.map(|pair| pair.join(" ")));
}
