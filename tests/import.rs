//! Bundles into the registry: all of a bundle or nothing, told so that people can put it right; and twice is once.

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use diesel::connection::InstrumentationEvent;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Jsonb, Nullable, Text};
use entente::transfer::{ImportError, NoProgress, import};
use entente::write::{ApplyError, Change, Counts, Operation, Problems, Summary, apply, resort};
use serde_json::{Value, json};
use support::TestDb;
use tempfile::TempDir;

/// A small bundle that is right: a document, two bodies, a programme, an instrument with parts, what was done.
const DOCUMENT: &str = r#"
[[document]]
slug = "communique"
originalLanguage = "FR"
language = "FR"
title = [{ language = "FR", text = "Communiqué" }]
file = "communique.txt"
"#;
const TEXT: &str = "La ville et le ministère s’engagent. Le ministère verse 50 000 $ à la ville.\r\nLa ville accueille. La ville forme.\n";
const RECORDS: &str = r#"
[[party]]
slug = "ville"
originalLanguage = "FR"
kind = "MUNICIPALITY"
names = [{ name = [{ language = "FR", text = "Ville" }, { language = "EN", text = "Town" }] }]
regions = ["pays"]

[[party]]
slug = "ministere"
originalLanguage = "FR"
kind = "MINISTRY"
names = [{ name = [{ language = "FR", text = "Ministère" }] }]

[[region]]
slug = "pays"
originalLanguage = "FR"
kind = "COUNTRY"
name = [{ language = "FR", text = "Pays" }]
parent = "monde"
codes = [{ scheme = "ISO_3166_1", value = "XX" }]

[[region]]
slug = "monde"
originalLanguage = "FR"
kind = "WORLD"
name = [{ language = "FR", text = "Monde" }]

[[agreement]]
slug = "entente"
originalLanguage = "FR"
kind = "PARTNERSHIP_AGREEMENT"
title = [{ language = "FR", text = "Entente" }]
statusHistory = [{ status = "SIGNED" }]
signedOn = { edtf = "2013-10", asWritten = "en octobre 2013" }
documents = ["communique"]
citations = [{ document = "communique", exact = "La ville et le ministère s’engagent." }]

[[agreement.provisions]]
key = "accueil"
kind = "COMMITMENT"
text = [{ language = "FR", text = "Accueillir" }]
parties = ["ville"]
citations = [{ document = "communique", exact = "La ville accueille." }]

[[agreement.provisions]]
key = "formation"
kind = "COMMITMENT"
text = [{ language = "FR", text = "Former" }]
citations = [{ field = "text", document = "communique", exact = "forme", prefix = "La ville " }]

[[agreement.contributions]]
kind = "GRANT"
stage = "COMMITTED"
qualifier = "EXACT"
money = { amount = "50000", currency = "CAD" }
funder = "ministere"
recipient = "ville"
citations = [{ field = "money", document = "communique", exact = "Le ministère verse 50 000 $ à la ville." }]

[[agreement.parties]]
party = "ville"
roles = ["SIGNATORY"]
citations = [{ field = "roles", document = "communique", exact = "La ville et le ministère s’engagent." }]

[[agreement.parties]]
party = "ministere"
roles = ["SIGNATORY", "FUNDER"]

[[action]]
slug = "accueil"
originalLanguage = "FR"
kind = "SERVICE"
status = "UNDERWAY"
title = [{ language = "FR", text = "Accueil" }]
occurrences = [{ edtf = "2014-05-22" }, { edtf = "2014-10-09" }]
agreements = ["entente"]
provisions = ["entente#accueil"]
citations = [{ field = "provisions.entente#accueil", document = "communique", exact = "La ville accueille." }]
"#;

/// A bundle of these files.
fn bundle(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder can be had");
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("in the folder")).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
    }
    folder
}

fn right(records: &str) -> TempDir {
    bundle(&[
        ("documents/communique.toml", DOCUMENT),
        ("documents/communique.txt", TEXT),
        ("records.toml", records),
    ])
}

fn run(db: &TestDb, folder: &Path) -> Result<Summary, ImportError> {
    import(&mut db.connect(), folder, &mut NoProgress)
}

/// What is wrong with a bundle, with paths relative to it; and that nothing of it was kept.
#[track_caller]
fn refused(db: &TestDb, folder: &Path) -> String {
    let before = everything(db);
    let problems: Problems = match run(db, folder) {
        Err(ImportError::Invalid(problems)) => problems,
        other => panic!("the bundle should be refused, but: {other:?}"),
    };
    assert_eq!(before, everything(db), "nothing changed");
    let prefix = format!("{}/", folder.display());
    problems.to_string().replace(&prefix, "")
}

#[derive(QueryableByName, Debug, PartialEq)]
struct Row {
    #[diesel(sql_type = Jsonb)]
    row: Value,
}

fn rows(db: &TestDb, query: &str) -> Vec<Value> {
    let rows: Vec<Row> = diesel::sql_query(format!("SELECT to_jsonb(q) AS row FROM ({query}) q"))
        .load(&mut db.connect())
        .expect("the query runs");
    rows.into_iter().map(|row| row.row).collect()
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Hash {
    #[diesel(sql_type = Nullable<Text>)]
    hash: Option<String>,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// What all tables hold, as a hash of each: identities, versions and times too.
fn everything(db: &TestDb) -> Vec<(String, i64, Option<String>)> {
    let mut connection = db.connect();
    let tables: Vec<Name> = diesel::sql_query(
        "SELECT tablename::text AS name FROM pg_tables WHERE schemaname = 'public' ORDER BY 1",
    )
    .load(&mut connection)
    .expect("tables are listed");
    tables
        .into_iter()
        .map(|Name { name }| {
            let hash: Hash = diesel::sql_query(format!(
                "SELECT md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))) AS hash, count(*) FROM {name} t"
            ))
            .get_result(&mut connection)
            .expect("a table is read");
            (name, hash.count, hash.hash)
        })
        .collect()
}

#[test]
fn a_bundle_is_imported_with_what_follows_from_it() {
    let db = TestDb::new();
    let summary = run(&db, right(RECORDS).path()).expect("the bundle is right");
    assert_eq!(
        summary.total(),
        Counts {
            created: 7,
            updated: 0,
            unchanged: 0
        }
    );
    assert_eq!(summary.types["party"].created, 2);

    let texts = rows(
        &db,
        "SELECT text, sha256, length(text) AS length FROM document",
    );
    assert_eq!(texts[0]["text"], TEXT, "to the letter");
    let action = rows(
        &db,
        "SELECT period_edtf, period_earliest, period_latest, sort_date FROM action",
    );
    assert_eq!(
        action[0],
        json!({ "period_edtf": "2014-05-22/2014-10-09", "period_earliest": "2014-05-22", "period_latest": "2014-10-09", "sort_date": "2014-05-22" })
    );
    let party = rows(&db, "SELECT name, acronym FROM party WHERE slug = 'ville'");
    assert_eq!(
        party[0],
        json!({ "name": { "FR": "Ville", "EN": "Town" }, "acronym": null })
    );
    let ancestors = rows(
        &db,
        "SELECT r.slug, a.slug AS in, distance FROM region_ancestor JOIN region r ON r.id = region_id JOIN region a ON a.id = ancestor_id ORDER BY 1, 2",
    );
    assert_eq!(ancestors.len(), 3);
    let citations = rows(
        &db,
        "SELECT replace(c.field, node_id(n.type, c.part_id), '<id>') AS field, r.slug, substr(d.text, start_at + 1, end_at - start_at) = exact AS there, exact, prefix, suffix \
         FROM citation c JOIN record r ON r.id = record_id JOIN document d ON d.id = document_id \
         LEFT JOIN (SELECT id, 'Provision' AS type FROM provision UNION ALL SELECT id, 'Contribution' FROM contribution) n ON n.id = c.part_id \
         ORDER BY r.slug DESC, position",
    );
    insta::assert_json_snapshot!(citations);
    let log = rows(
        &db,
        "SELECT number, actor, operation, record_type, slug, version FROM change ORDER BY number",
    );
    insta::assert_json_snapshot!(log);
}

#[test]
fn a_second_import_changes_nothing() {
    let db = TestDb::new();
    let bundle = right(RECORDS);
    run(&db, bundle.path()).expect("the bundle is right");
    let before = everything(&db);
    let summary = run(&db, bundle.path()).expect("the bundle is still right");
    assert_eq!(
        summary.total(),
        Counts {
            created: 0,
            updated: 0,
            unchanged: 7
        }
    );
    assert!(!summary.changed());
    assert!(summary.to_string().contains("Nothing changed"), "{summary}");
    assert_eq!(
        before,
        everything(&db),
        "not one version, entry or identity"
    );
}

#[test]
fn an_update_is_one_version_and_one_entry_and_keeps_identities() {
    let db = TestDb::new();
    run(&db, right(RECORDS).path()).expect("the bundle is right");
    let parts =
        "SELECT id, key FROM provision UNION ALL SELECT id, key FROM agreement_party ORDER BY 1";
    let citations = "SELECT id, field FROM citation ORDER BY 1";
    let (parts_before, citations_before) = (rows(&db, parts), rows(&db, citations));

    let changed = RECORDS
        .replace(r#"amount = "50000""#, r#"amount = "60000""#)
        .replace(r#"text = "Entente""#, r#"text = "Entente de la ville""#)
        .replace(
            r#"roles = ["SIGNATORY", "FUNDER"]"#,
            r#"roles = ["FUNDER"]"#,
        );
    let summary = run(&db, right(&changed).path()).expect("the bundle is right");
    assert_eq!(
        summary.total(),
        Counts {
            created: 0,
            updated: 1,
            unchanged: 6
        }
    );

    assert_eq!(
        rows(&db, parts),
        parts_before,
        "parts that stay keep their identities"
    );
    let kept = rows(&db, citations)
        .into_iter()
        .filter(|citation| citations_before.contains(citation))
        .count();
    assert_eq!(
        kept,
        citations_before.len() - 1,
        "all but the changed contribution's"
    );
    let agreement = rows(
        &db,
        "SELECT version, title, updated_at > created_at AS later, (SELECT money_amount FROM contribution) AS amount, \
            (SELECT count(*) FROM contribution) AS contributions, (SELECT roles FROM agreement_party WHERE key = 'ministere') AS roles FROM agreement",
    );
    insta::assert_json_snapshot!(agreement);
    let log = rows(
        &db,
        "SELECT number, operation, slug, version, fields FROM change WHERE number > 7",
    );
    insta::assert_json_snapshot!(log);
    let gapless = rows(
        &db,
        "SELECT last_change = max(number) AND max(number) = count(*) AS gapless FROM registry, change GROUP BY last_change",
    );
    assert_eq!(gapless, [json!({ "gapless": true })]);
}

#[test]
fn what_is_left_out_goes() {
    let db = TestDb::new();
    run(&db, right(RECORDS).path()).expect("the bundle is right");
    let (start, rest) = RECORDS
        .split_once("[[agreement.provisions]]\nkey = \"formation\"")
        .expect("is there");
    let (_, rest) = rest.split_once("[[agreement.parties]]").expect("is there");
    let less = format!("{start}[[agreement.parties]]{rest}")
        .replace("parties = [\"ville\"]\n", "")
        .replace(
            "signedOn = { edtf = \"2013-10\", asWritten = \"en octobre 2013\" }\n",
            "",
        )
        .replace(", { edtf = \"2014-10-09\" }", "");
    let summary = run(&db, right(&less).path()).expect("the bundle is right");
    assert_eq!(
        summary.total(),
        Counts {
            created: 0,
            updated: 2,
            unchanged: 5
        }
    );
    let left = rows(
        &db,
        "SELECT (SELECT count(*) FROM provision) AS provisions, (SELECT count(*) FROM provision_party) AS whose, \
            (SELECT count(*) FROM contribution) AS contributions, (SELECT count(*) FROM citation) AS citations, \
            (SELECT signed_on_edtf FROM agreement) AS signed, (SELECT count(*) FROM action_occurrence) AS occurrences, (SELECT period_edtf FROM action) AS period",
    );
    assert_eq!(
        left[0],
        json!({ "provisions": 1, "whose": 0, "contributions": 0, "citations": 4, "signed": null, "occurrences": 1, "period": "2014-05-22" })
    );
}

#[test]
fn every_mistake_of_a_bundle_is_told_and_nothing_is_kept() {
    let db = TestDb::new();
    run(&db, right(RECORDS).path()).expect("the bundle is right");
    let wrong = bundle(&[
        ("documents/communique.toml", DOCUMENT),
        ("documents/communique.txt", TEXT),
        (
            "records/a.toml",
            r#"
[[party]]
slug = "commune"
originalLanguage = "FR"
kind = "MUNICIPALTY"
names = [{ name = [{ language = "EN", text = "Commune" }] }]
website = "www.commune.example"
parnet = "ville"

[[agreement]]
slug = "accord"
originalLanguage = "FR"
kind = "TREATY"
title = [{ language = "FR", text = "Accord" }]
signedOn = { edtf = "2013-13" }
languages = ["fr_CA"]
regions = ["pays"]

[[agreement.contributions]]
kind = "GRANT"
stage = "PAID"
qualifier = "EXACT"
money = { amount = "643,000", currency = "CAD" }
funder = "minister"
durationMonths = 0
citations = [
  { field = "mony", document = "communique", exact = "La ville accueille." },
  { document = "communique", exact = "Le ministre verse 50 000 $ à la ville." },
  { document = "communique", exact = "La ville" },
]

[[agreement.relations]]
kind = "REFERS_TO"
record = "accord"

[[agreement.provisions]]
key = "un"
kind = "CALL"
text = [{ language = "FR", text = "Un" }]

[[agreement.provisions]]
key = "un"
kind = "CALL"
text = [{ language = "FR", text = "Deux" }]

[[agreement]]
slug = "suite"
originalLanguage = "FR"
kind = "TREATY"
title = [{ language = "FR", text = "Suite" }]
statusHistory = [{ status = "SIGNED" }]
parties = [{ party = "commune", roles = ["SIGNATORY"] }]
"#,
        ),
        (
            "records/b.jsonl",
            "{\"region\":{\"slug\":\"ile\",\"originalLanguage\":\"FR\",\"kind\":\"TERRITORY\",\"name\":[{\"language\":\"FR\",\"text\":\"Île\"}],\"parent\":\"ile\"}}\n\
             {\"region\":{\"slug\":\"ile\"\n\
             {\"regoin\":{\"slug\":\"lac\"}}\n\
             {\"region\":{\"slug\":\"ile\",\"originalLanguage\":\"FR\",\"kind\":\"TERRITORY\",\"name\":[{\"language\":\"FR\",\"text\":\"Île\"}]}}\n\
             {\"action\":{\"slug\":\"Été\",\"originalLanguage\":\"FR\",\"kind\":\"OTHER\",\"status\":\"UNKNOWN\",\"title\":[{\"language\":\"FR\",\"text\":\"Été\"}],\"provisions\":[\"entente#acceuil\",\"entente#formation\"]}}\n",
        ),
    ]);
    insta::assert_snapshot!(refused(&db, wrong.path()));
}

#[test]
fn a_part_that_others_refer_to_stays() {
    let db = TestDb::new();
    run(&db, right(RECORDS).path()).expect("the bundle is right");
    let (start, rest) = RECORDS.split_once("[[action]]").expect("is there");
    let _ = rest;
    let without = start.replace("key = \"accueil\"", "key = \"bienvenue\"");
    insta::assert_snapshot!(refused(&db, right(&without).path()));
}

#[test]
fn citations_follow_a_text_that_changes_or_hold_it_back() {
    let db = TestDb::new();
    run(&db, right(RECORDS).path()).expect("the bundle is right");
    let alone = |text: &str| {
        bundle(&[
            ("documents/communique.toml", DOCUMENT),
            ("documents/communique.txt", text),
        ])
    };
    let longer = format!("Québec, le 1er octobre. {TEXT}");
    let ids = "SELECT id, field, exact FROM citation ORDER BY 1";
    let before = rows(&db, ids);
    let summary = run(&db, alone(&longer).path()).expect("all words are still there");
    assert_eq!(
        summary.total(),
        Counts {
            created: 0,
            updated: 1,
            unchanged: 0
        }
    );
    assert_eq!(rows(&db, ids), before, "the same citations");
    let off = rows(
        &db,
        "SELECT c.id FROM citation c JOIN document d ON d.id = document_id WHERE substr(text, start_at + 1, end_at - start_at) <> exact",
    );
    assert!(off.is_empty(), "{off:?}");

    let other = TEXT.replace("La ville accueille.", "La ville reçoit.");
    insta::assert_snapshot!(refused(&db, alone(&other).path()));

    // With the records that cite it, the same bundle is right again.
    let records = RECORDS.replace("La ville accueille.", "La ville reçoit.");
    let whole = bundle(&[
        ("documents/communique.toml", DOCUMENT),
        ("documents/communique.txt", &other),
        ("records.toml", &records),
    ]);
    run(&db, whole.path()).expect("they cite the new words");
}

#[test]
fn citations_find_texts_that_came_before() {
    let db = TestDb::new();
    run(&db, right(RECORDS).path()).expect("the bundle is right");
    let before = everything(&db);
    let alone = bundle(&[("records.toml", RECORDS)]);
    let summary = run(&db, alone.path()).expect("the text is in the registry");
    assert_eq!(
        summary.total(),
        Counts {
            created: 0,
            updated: 0,
            unchanged: 6
        }
    );
    assert_eq!(before, everything(&db));
    let wrong = bundle(&[(
        "records.toml",
        &RECORDS.replace(
            "exact = \"La ville accueille.\"",
            "exact = \"La ville acceuille.\"",
        ),
    )]);
    insta::assert_snapshot!(refused(&db, wrong.path()));
}

#[test]
fn a_code_can_pass_from_one_to_another_but_not_be_shared() {
    let db = TestDb::new();
    run(&db, right(RECORDS).path()).expect("the bundle is right");
    let codes = "codes = [{ scheme = \"ISO_3166_1\", value = \"XX\" }]\n";
    let passed = RECORDS
        .replace(codes, "")
        .replace("kind = \"WORLD\"\n", &format!("kind = \"WORLD\"\n{codes}"));
    run(&db, right(&passed).path()).expect("one has it after the other");
    let shared = RECORDS.replace("kind = \"WORLD\"\n", &format!("kind = \"WORLD\"\n{codes}"));
    insta::assert_snapshot!(refused(&db, right(&shared).path()));
}

#[test]
fn a_file_outside_of_the_bundle_is_not_read() {
    let db = TestDb::new();
    let outside = bundle(&[
        ("secret.txt", "secret"),
        (
            "bundle/documents/communique.toml",
            &DOCUMENT.replace("communique.txt", "../../secret.txt"),
        ),
    ]);
    let folder = outside.path().join("bundle");
    insta::assert_snapshot!(refused(&db, &folder));
}

/// A bundle in which each of `count` instruments has parts, references and two citations.
fn generated(count: usize) -> TempDir {
    let mut lines = String::new();
    let text = |text: String| json!([{ "language": "FR", "text": text }]);
    let mut line = |record: Value| {
        lines.push_str(&record.to_string());
        lines.push('\n');
    };
    for n in 0..count / 4 {
        line(
            json!({ "region": { "slug": format!("region-{n}"), "originalLanguage": "FR", "kind": "COUNTY", "name": text(format!("Région {n}")),
            "parent": if n == 0 { Value::Null } else { json!(format!("region-{}", n / 50)) } } }),
        );
        line(
            json!({ "party": { "slug": format!("partie-{n}"), "originalLanguage": "FR", "kind": "INSTITUTION", "names": [{ "name": text(format!("Partie {n}")) }],
            "regions": [format!("region-{n}")] } }),
        );
        line(json!({ "agreement": {
            "slug": format!("accord-{n}"), "originalLanguage": "FR", "kind": "MEMORANDUM", "title": text(format!("Accord {n}")), "statusHistory": [{ "status": "SIGNED" }],
            "signedOn": { "edtf": "2013-10" }, "regions": [format!("region-{n}")], "documents": ["communique"],
            "parties": [{ "party": format!("partie-{n}"), "roles": ["SIGNATORY"] }, { "party": format!("partie-{}", (n + 1) % (count / 4)), "roles": ["FUNDER"] }],
            "provisions": [{ "key": "un", "kind": "COMMITMENT", "text": text("Accueillir".to_owned()), "citations": [{ "document": "communique", "exact": "La ville accueille." }] }],
            "contributions": [{ "kind": "GRANT", "stage": "PAID", "qualifier": "EXACT", "money": { "amount": format!("{n}.00"), "currency": "CAD" }, "funder": format!("partie-{n}") }],
            "citations": [{ "field": "signedOn", "document": "communique", "exact": "s’engagent" }] } }));
        line(
            json!({ "action": { "slug": format!("action-{n}"), "originalLanguage": "FR", "kind": "MEETING", "status": "COMPLETED", "title": text(format!("Rencontre {n}")),
            "occurrences": [{ "edtf": "2014-05-22" }], "agreements": [format!("accord-{n}")], "provisions": [format!("accord-{n}#un")] } }),
        );
    }
    bundle(&[
        ("documents/communique.toml", DOCUMENT),
        ("documents/communique.txt", TEXT),
        ("records.jsonl", &lines),
    ])
}

/// Imports, and gives how many statements that took.
fn statements(db: &TestDb, folder: &Path) -> (Summary, usize) {
    let mut connection = db.connect();
    let count = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&count);
    connection.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if let InstrumentationEvent::StartQuery { .. } = event {
            counted.fetch_add(1, Ordering::Relaxed);
        }
    });
    let start = std::time::Instant::now();
    let summary = import(&mut connection, folder, &mut NoProgress).expect("the bundle is right");
    let count = count.load(Ordering::Relaxed);
    eprintln!(
        "{:?}: {count} statements in {:?}",
        summary.total(),
        start.elapsed()
    );
    (summary, count)
}

#[test]
fn twenty_thousand_records_take_as_many_statements_as_two_thousand() {
    let (few, many) = (TestDb::new(), TestDb::new());
    let few_bundle = generated(2_000);
    let (_, expected) = statements(&few, few_bundle.path());
    let (summary, count) = statements(&many, generated(20_000).path());
    assert_eq!(summary.total().created, 20_001);
    assert_eq!(count, expected);
    // The same of texts that are not in the bundle, and of what is there already.
    let (summary, all) = statements(&few, few_bundle.path());
    assert_eq!(summary.total().unchanged, 2_001);
    fs::remove_dir_all(few_bundle.path().join("documents")).expect("the folder can be taken away");
    let (summary, without) = statements(&few, few_bundle.path());
    assert_eq!(summary.total().unchanged, 2_000);
    assert_eq!(
        without,
        all + 3,
        "one for the texts, one COPY for what waited for them, one for their references"
    );
}

fn change(input: Value) -> Change {
    Change {
        place: None,
        word: "party".to_owned(),
        operation: Operation::Put(input),
    }
}

#[test]
fn a_change_set_of_one_goes_the_same_way_and_shares_a_transaction() {
    let db = TestDb::new();
    run(&db, right(RECORDS).path()).expect("the bundle is right");
    let mut connection = db.connect();
    let party = |name: &str| json!({ "slug": "ville", "originalLanguage": "FR", "kind": "MUNICIPALITY", "names": [{ "key": "premier", "name": [{ "language": "FR", "text": name }] }] });
    let changed = connection.transaction(|connection| {
        for name in ["Ville neuve", "Ville haute"] {
            apply(connection, [Ok(change(party(name)))].into_iter(), "marie")?;
        }
        // What is refused takes only itself back.
        let mut wrong = party("Ville basse");
        wrong["parent"] = json!("villle");
        let refused = apply(connection, [Ok(change(wrong))].into_iter(), "marie").expect_err("there is no such parent");
        assert_eq!(
            refused.to_string().trim(),
            "party ville: parent: there is no party `villle`, in what is being written or in the registry; did you mean `ville`?"
        );
        apply(connection, [Ok(change(party("Ville d’en haut")))].into_iter(), "marie")
    });
    assert_eq!(changed.expect("both are right").total().updated, 1);
    let log = rows(
        &db,
        "SELECT number, actor, version, fields->0->'field' AS field, fields->0->'after'->0->'name' AS name FROM change WHERE actor = 'marie' ORDER BY number",
    );
    assert_eq!(
        log,
        [
            json!({ "number": 8, "actor": "marie", "version": 2, "field": "names", "name": { "FR": "Ville neuve" } }),
            json!({ "number": 9, "actor": "marie", "version": 3, "field": "names", "name": { "FR": "Ville haute" } }),
            json!({ "number": 10, "actor": "marie", "version": 4, "field": "names", "name": { "FR": "Ville d’en haut" } }),
        ]
    );
    let names = rows(
        &db,
        "SELECT count(*) AS names, count(DISTINCT id) AS ids FROM party_name WHERE key = 'premier'",
    );
    assert_eq!(
        names[0],
        json!({ "names": 1, "ids": 1 }),
        "its key keeps a part's identity"
    );
}

#[test]
fn of_more_than_a_thousand_mistakes_the_rest_is_counted() {
    let db = TestDb::new();
    let mut connection = db.connect();
    let wrong = (0..1_500).map(|n| {
        Ok(change(
            json!({ "slug": format!("p-{n}"), "originalLanguage": "FR", "kind": "STATE" }),
        ))
    });
    let Err(ApplyError::Invalid(problems)) = apply(&mut connection, wrong, "test") else {
        panic!("names are missing");
    };
    assert_eq!(
        (problems.count(), problems.iter().count(), problems.more()),
        (1_500, 1_000, 500)
    );
}

#[test]
fn sort_keys_are_made_anew_when_another_collator_made_them() {
    let db = TestDb::new();
    run(&db, right(RECORDS).path()).expect("the bundle is right");
    let keys = "SELECT slug, sort_fr, sort_en, sort_original FROM party UNION ALL SELECT slug, sort_fr, sort_en, sort_original FROM document ORDER BY 1";
    let before = rows(&db, keys);
    let mut connection = db.connect();
    assert_eq!(resort(&mut connection).expect("the database is there"), 0);
    for statement in [
        "UPDATE registry SET collation_version = 'another'",
        "UPDATE party SET sort_fr = '', sort_en = '', sort_original = ''",
        "UPDATE document SET sort_fr = '', sort_en = '', sort_original = ''",
    ] {
        diesel::sql_query(statement)
            .execute(&mut connection)
            .expect("the statement runs");
    }
    assert_eq!(resort(&mut connection).expect("the database is there"), 7);
    assert_eq!(rows(&db, keys), before);
}

/// Regions that lie in each other, each a slug, a parent and the groups that it is a member of.
fn regions(regions: &[(&str, Option<&str>, &[&str])]) -> TempDir {
    let mut lines = String::new();
    for (slug, parent, groups) in regions {
        let name = json!([{ "language": "FR", "text": slug }]);
        let region = json!({ "region": { "slug": slug, "originalLanguage": "FR", "kind": "SUPRANATIONAL", "name": name, "parent": parent, "memberOf": groups } });
        lines.push_str(&region.to_string());
        lines.push('\n');
    }
    bundle(&[("regions.jsonl", &lines)])
}

/// What a region lies in beside itself.
fn around(db: &TestDb, slug: &str) -> Vec<Value> {
    rows(
        db,
        &format!(
            "SELECT a.slug FROM region_ancestor JOIN region r ON r.id = region_id JOIN region a ON a.id = ancestor_id \
             WHERE r.slug = '{slug}' AND a.slug <> r.slug ORDER BY 1"
        ),
    )
    .into_iter()
    .map(|mut row| row["slug"].take())
    .collect()
}

#[test]
fn a_group_may_have_one_member_or_a_region_with_what_lies_in_it() {
    let db = TestDb::new();
    let one = regions(&[
        ("europe", None, &[]),
        ("france", Some("europe"), &["groupe"]),
        ("groupe", None, &[]),
        ("paris", Some("france"), &["villes"]),
        ("pays-de-villes", Some("europe"), &["villes"]),
        ("lyon", Some("pays-de-villes"), &["villes"]),
        ("villes", None, &[]),
    ]);
    run(&db, one.path()).expect("no region lies in itself");
    assert_eq!(around(&db, "groupe"), ["europe"]);
    assert_eq!(around(&db, "france"), ["europe", "groupe"]);
    assert_eq!(around(&db, "villes"), ["europe"]);
    let wrong = regions(&[("groupe", Some("paris"), &[])]);
    assert!(
        refused(&db, wrong.path())
            .contains("region groupe: parent: This region would lie in itself")
    );
}

#[test]
fn a_group_of_groups_lies_where_their_members_lie() {
    let db = TestDb::new();
    let nested = regions(&[
        ("ameriques", None, &[]),
        ("cuba", Some("ameriques"), &["caraibes"]),
        ("haiti", Some("ameriques"), &["caraibes"]),
        ("chili", Some("ameriques"), &["latine"]),
        ("caraibes", None, &["latine"]),
        ("latine", None, &[]),
    ]);
    run(&db, nested.path()).expect("the bundle is right");
    assert_eq!(around(&db, "latine"), ["ameriques"]);
    assert_eq!(around(&db, "caraibes"), ["ameriques", "latine"]);
}

#[test]
fn citations_that_would_come_to_stand_on_each_other_are_told_or_replaced() {
    let records = r#"
[[agreement]]
slug = "entente"
originalLanguage = "FR"
kind = "TREATY"
title = [{ language = "FR", text = "Entente" }]
statusHistory = [{ status = "SIGNED" }]
citations = [
  { document = "communique", exact = "accueille", prefix = "La ville " },
  { document = "communique", exact = "accueille", prefix = "Le bourg " },
  { document = "communique", exact = "La ville" },
]
"#;
    let of = |text: &str, records: &str| {
        bundle(&[
            ("documents/communique.toml", DOCUMENT),
            ("documents/communique.txt", text),
            ("records.toml", records),
        ])
    };
    let db = TestDb::new();
    run(
        &db,
        of("La ville accueille. Le bourg accueille.", records).path(),
    )
    .expect("the bundle is right");
    let text = "La ville accueille. Le bourg forme.";
    let told = refused(&db, of(text, "").path());
    assert!(
        told.contains("documents/communique.toml:2 document communique: text: agreement entente cites `accueille`, which the new text no longer says in that place"),
        "{told}"
    );
    let fewer = records.replace(
        "  { document = \"communique\", exact = \"accueille\", prefix = \"Le bourg \" },\n",
        "",
    );
    // A mistake elsewhere in the record that cites is told alone.
    let wrong = fewer.replace("\"TREATY\"", "\"TREATISE\"");
    let told = refused(&db, of(text, &wrong).path());
    assert_eq!(told.lines().count(), 1, "{told}");
    run(&db, of(text, &fewer).path()).expect("the bundle is right");
    assert_eq!(
        rows(
            &db,
            "SELECT exact, start_at FROM citation ORDER BY position"
        ),
        [
            json!({ "exact": "accueille", "start_at": 9 }),
            json!({ "exact": "La ville", "start_at": 0 })
        ]
    );
}

#[test]
fn a_provision_is_found_in_a_programme_that_shares_its_slug_with_an_agreement() {
    let db = TestDb::new();
    let records = r#"
[[program]]
slug = "accueil"
originalLanguage = "FR"
name = [{ language = "FR", text = "Accueil" }]
status = "OPEN"
provisions = [{ key = "volet-1", kind = "COMPONENT", text = [{ language = "FR", text = "Accueillir" }] }]

[[agreement]]
slug = "accueil"
originalLanguage = "FR"
kind = "TREATY"
title = [{ language = "FR", text = "Accueil" }]
statusHistory = [{ status = "SIGNED" }]

[[action]]
slug = "accueil"
originalLanguage = "FR"
kind = "SERVICE"
status = "UNDERWAY"
title = [{ language = "FR", text = "Accueil" }]
provisions = ["accueil#volet-1"]
"#;
    let all = bundle(&[("records.toml", records)]);
    run(&db, all.path()).expect("the bundle is right");
    let (_, without) = records.split_once("[[agreement]]").expect("is there");
    let without = bundle(&[("records.toml", &format!("[[agreement]]{without}"))]);
    let summary = run(&db, without.path()).expect("the programme is there");
    assert_eq!(summary.total().unchanged, 2);
}

#[test]
fn nothing_is_above_itself() {
    let db = TestDb::new();
    let text = |text: &str| json!([{ "language": "FR", "text": text }]);
    let party = |slug: &str, parent: &str, group: &str| json!({ "party": { "slug": slug, "originalLanguage": "FR", "kind": "STATE", "names": [{ "name": text(slug) }], "parent": parent, "memberOf": [group] } });
    let program = |slug: &str, parent: &str| json!({ "program": { "slug": slug, "originalLanguage": "FR", "name": text(slug), "status": "OPEN", "parent": parent } });
    let action = |slug: &str, whole: &str| json!({ "action": { "slug": slug, "originalLanguage": "FR", "kind": "MEETING", "status": "PLANNED", "title": text(slug), "partOf": whole } });
    let lines = [
        party("a", "a", "b"),
        party("b", "a", "a"),
        program("a", "b"),
        program("b", "c"),
        program("c", "b"),
        action("a", "b"),
        action("b", "a"),
    ]
    .map(|record| format!("{record}\n"));
    insta::assert_snapshot!(refused(&db, bundle(&[("records.jsonl", &lines.concat())]).path()), @r"
    records.jsonl:1 party a: parent: This party would belong to itself: choose a body that does not belong to it.
    records.jsonl:1 party a: memberOf: This party would be a member of itself: take one of the memberships away that lead back to it.
    records.jsonl:2 party b: memberOf: This party would be a member of itself: take one of the memberships away that lead back to it.
    records.jsonl:4 program b: parent: This programme would be a strand of itself: choose one that is not a strand of it.
    records.jsonl:5 program c: parent: This programme would be a strand of itself: choose one that is not a strand of it.
    records.jsonl:6 action a: partOf: This action would be a part of itself: choose one that is not a part of it.
    records.jsonl:7 action b: partOf: This action would be a part of itself: choose one that is not a part of it.
    ");
}

#[test]
fn the_period_of_an_action_covers_all_of_its_occurrences() {
    let db = TestDb::new();
    let cases: [(&str, &[&str], Value); 6] = [
        (
            "a",
            &["2014-01/2016", "2015-01-01"],
            json!(["2014-01/2016", "2014-01-01", "2016-12-31"]),
        ),
        (
            "b",
            &["2014", "2014-05"],
            json!(["2014/2014", "2014-01-01", "2014-12-31"]),
        ),
        (
            "c",
            &["2014-05/..", "2015"],
            json!(["2014-05/..", "2014-05-01", null]),
        ),
        (
            "d",
            &["/2014", "../2015"],
            json!(["/2015", null, "2015-12-31"]),
        ),
        ("e", &["../2014", "2015/.."], json!([null, null, null])),
        (
            "f",
            &["2014-05-22"],
            json!(["2014-05-22", "2014-05-22", "2014-05-22"]),
        ),
    ];
    let mut lines = String::new();
    for (slug, dates, _) in &cases {
        let dates: Vec<Value> = dates.iter().map(|edtf| json!({ "edtf": edtf })).collect();
        let action = json!({ "action": { "slug": slug, "originalLanguage": "FR", "kind": "MEETING", "status": "PLANNED", "title": [{ "language": "FR", "text": slug }], "occurrences": dates } });
        lines.push_str(&action.to_string());
        lines.push('\n');
    }
    run(&db, bundle(&[("actions.jsonl", &lines)]).path()).expect("the bundle is right");
    let periods = rows(
        &db,
        "SELECT jsonb_build_array(period_edtf, period_earliest, period_latest) AS period FROM action ORDER BY slug",
    );
    for ((slug, _, expected), period) in cases.iter().zip(periods) {
        assert_eq!(&period["period"], expected, "{slug}");
    }
}

#[test]
fn a_title_can_be_long() {
    let db = TestDb::new();
    // Without a pattern that PostgreSQL could compress.
    let mut seed = 1_u32;
    let title: String = (0..20_000)
        .map(|_| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            char::from(b'a' + u8::try_from(seed >> 24).unwrap_or_default() % 26)
        })
        .collect();
    let records = RECORDS.replace("text = \"Entente\"", &format!("text = \"{title}\""));
    run(&db, right(&records).path()).expect("the bundle is right");
}

#[test]
fn what_is_said_twice_or_in_another_encoding_is_told() {
    let db = TestDb::new();
    let wrong = bundle(&[
        (
            "a.jsonl",
            "{\"theme\": {\"slug\": \"a\", \"slug\": \"b\"}}\n{\"theme\": {}, \"theme\": {}}\n",
        ),
        (
            "b.toml",
            "[[document]]\nslug = \"d\"\nfile = \"d.txt\"\ntext = \"d\"\n",
        ),
        ("d.txt", "d"),
    ]);
    fs::write(wrong.path().join("c.toml"), b"[[theme]]\nslug = \"\xE9\"\n")
        .expect("a file can be written");
    fs::write(
        wrong.path().join("d.jsonl"),
        b"{\"theme\": {\"slug\": \"\xE9\"}}\n",
    )
    .expect("a file can be written");
    insta::assert_snapshot!(refused(&db, wrong.path()), @r"
    a.jsonl:1: this line is no JSON: `slug` stands there twice; keep one at line 1 column 30
    a.jsonl:2: this line is no JSON: `theme` stands there twice; keep one at line 1 column 21
    b.toml:1 document d: file: there is `text` beside `file`, which gives the same; keep one
    c.toml:2: this is not in UTF-8; save the file in UTF-8
    d.jsonl:1: this line is not in UTF-8; save the file in UTF-8
    ");
    let marked = bundle(&[(
        "a.jsonl",
        "\u{FEFF}{\"theme\": {\"slug\": \"a\", \"originalLanguage\": \"FR\", \"name\": [{\"language\": \"FR\", \"text\": \"A\"}]}}\n",
    )]);
    run(&db, marked.path()).expect("the mark is no mistake");
    std::os::unix::fs::symlink("nowhere.toml", marked.path().join("b.toml"))
        .expect("a link can be made");
    let error = run(&db, marked.path())
        .expect_err("it leads nowhere")
        .to_string();
    assert!(error.contains("b.toml"), "{error}");
}
