//! What a registry holds that queries can ask for: slugs, identifiers, days, words.

use std::collections::HashMap;

use crate::fields::{NODES, RECORDS, table};
use crate::store::Store;

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
        let texts = |columns: &str, rest: &str| -> Vec<String> {
            let rows = store.rows(columns, rest);
            let texts = rows.iter().filter_map(|row| row[0].as_str());
            texts.map(str::to_owned).collect()
        };
        let types = RECORDS.iter().map(|(_, ty)| *ty).chain(["Theme"]);
        let slugs = types.map(|ty| {
            let table = table(ty).expect("it has a table");
            let cited = "(SELECT count(*) FROM citation c WHERE c.record_id = t.id)";
            let linked = match ty {
                "Region" => "(SELECT count(*) FROM region_ancestor a JOIN agreement_region j USING (region_id) WHERE a.ancestor_id = t.id)",
                "Party" => "(SELECT count(*) FROM agreement_party j WHERE j.party_id = t.id) + (SELECT count(*) FROM party_line l WHERE l.party_id = t.id)",
                _ => "(SELECT 0)",
            };
            let mut slugs = texts("t.slug", &format!("FROM {table} t ORDER BY {cited} DESC, t.slug LIMIT 30"));
            slugs.extend(texts("t.slug", &format!("FROM {table} t ORDER BY {linked} DESC, md5(t.slug) LIMIT 40")));
            slugs.extend(texts("t.slug", &format!("FROM {table} t ORDER BY md5(t.slug || 'x') LIMIT 20")));
            (ty, slugs)
        });
        let ids = NODES.iter().flat_map(|ty| {
            let table = table(ty).expect("it has a table");
            texts(
                "x.id",
                &format!("FROM (SELECT node_id('{ty}', t.id) AS id FROM {table} t ORDER BY md5(t.id::text) LIMIT 40) x"),
            )
        });
        let mut names = Vec::new();
        for ty in ["party", "program", "region"] {
            names.extend(texts(
                "x.value",
                &format!("FROM {ty} t, jsonb_each_text(t.name) x ORDER BY md5(x.value) LIMIT 60"),
            ));
        }
        for ty in ["agreement", "action", "document"] {
            names.extend(texts(
                "x.value",
                &format!("FROM {ty} t, jsonb_each_text(t.title) x ORDER BY md5(x.value) LIMIT 60"),
            ));
        }
        let (mut words, mut phrases) = (Vec::new(), Vec::new());
        for name in &names {
            let pieces: Vec<&str> = name.split_whitespace().take(12).collect();
            let fits =
                |word: &&str| word.chars().count() < 30 && word.chars().all(char::is_alphabetic);
            words.extend(
                pieces
                    .iter()
                    .filter(|it| it.chars().count() > 2)
                    .filter(|it| fits(it))
                    .map(|it| (*it).to_owned()),
            );
            let pairs = pieces.windows(2).filter(|pair| pair.iter().all(fits));
            phrases.extend(pairs.map(|pair| pair.join(" ")));
        }
        let mut paths: Vec<String> = [
            "title",
            "name",
            "summary",
            "parties",
            "provisions",
            "signedOn",
            "contributions",
            "names",
            "signatures",
        ]
        .map(str::to_owned)
        .to_vec();
        paths.extend(texts("x.field", "FROM (SELECT DISTINCT c.field FROM citation c WHERE c.field IS NOT NULL) x ORDER BY md5(x.field) LIMIT 60"));
        let mut days = Vec::new();
        for bound in ["earliest", "latest"] {
            days.extend(texts(
                "x.day::text",
                &format!("FROM (SELECT a.signed_on_{bound} AS day FROM agreement a UNION SELECT o.occurs_{bound} FROM action_occurrence o) x \
                          WHERE extract(year FROM x.day) BETWEEN 1 AND 9999 ORDER BY md5(x.day::text) LIMIT 60"),
            ));
        }
        days.push("2013-01-01".to_owned());
        let moments = store.rows(
            "to_char(x.at AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
            "FROM (SELECT DISTINCT a.updated_at AS at FROM agreement a UNION SELECT p.updated_at FROM party p) x ORDER BY 1 LIMIT 40",
        );
        let mut moments: Vec<String> = moments
            .iter()
            .filter_map(|row| row[0].as_str())
            .map(str::to_owned)
            .collect();
        moments.push("2020-01-01T00:00:00Z".to_owned());
        Self {
            slugs: slugs.collect(),
            ids: ids.collect(),
            identifiers: texts(
                "x.identifier",
                "FROM (SELECT DISTINCT s.identifier FROM source s WHERE s.identifier IS NOT NULL) x ORDER BY md5(x.identifier) LIMIT 60",
            ),
            codes: texts(
                "c.value",
                "FROM region_code c ORDER BY md5(c.value) LIMIT 60",
            ),
            days,
            moments,
            paths,
            words,
            phrases,
        }
    }
}
