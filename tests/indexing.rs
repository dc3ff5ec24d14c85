//! What records are found by: search vectors follow what is written, and are made anew where they are out of date.

mod support;

use std::fmt::Write as _;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Text};
use entente::write::{Change, Operation, apply, reindex};
use serde_json::{Value, json};
use support::TestDb;
use support::program::{command, run};

fn put(db: &TestDb, word: &str, record: Value) {
    let change = Change {
        place: None,
        word: word.to_owned(),
        operation: Operation::Put(record),
    };
    apply(&mut db.connect(), [Ok(change)].into_iter(), "test").expect("the record is right");
}

fn region(name: &str) -> Value {
    json!({ "slug": "ici", "originalLanguage": "FR", "kind": "COUNTRY", "name": [{ "language": "FR", "text": name }] })
}

fn document(text: &str) -> Value {
    json!({
        "slug": "texte", "originalLanguage": "FR", "language": "EN", "text": text,
        "title": [{ "language": "FR", "text": "Texte" }],
    })
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
}

/// The rows of a query for one text.
fn texts(db: &TestDb, query: &str) -> Vec<String> {
    let rows: Vec<Row> = diesel::sql_query(query)
        .load(&mut db.connect())
        .expect("the query is right");
    rows.into_iter().map(|row| row.text).collect()
}

/// The records of the document and region tables that a parsed search text finds.
fn found(db: &TestDb, terms: &Value) -> Vec<String> {
    let rows: Vec<Row> = diesel::sql_query(
        "SELECT t.slug AS text FROM search_query($1) q, \
         (SELECT slug, words FROM document UNION ALL SELECT slug, words FROM region) t WHERE t.words @@ q.query ORDER BY 1",
    )
    .bind::<Jsonb, _>(terms)
    .load(&mut db.connect())
    .expect("the query is right");
    rows.into_iter().map(|row| row.text).collect()
}

#[test]
fn records_are_found_by_what_they_say_now() {
    let db = TestDb::new();
    put(&db, "region", region("Les municipalités d’Été"));
    let word = |word: &str| json!([{ "words": word }]);
    assert_eq!(found(&db, &word("municipalité")), ["ici"]);
    assert_eq!(found(&db, &word("ete")), ["ici"]);
    let phrase = |words: &str| json!([{ "words": words, "phrase": true }]);
    assert_eq!(found(&db, &phrase("municipalites d été")), ["ici"]);
    assert!(
        found(&db, &phrase("municipalité d été")).is_empty(),
        "phrases are literal"
    );
    put(&db, "region", region("Villages"));
    assert!(found(&db, &word("municipalité")).is_empty());
    assert_eq!(found(&db, &word("village")), ["ici"]);
}

#[test]
fn the_text_of_a_document_is_stemmed_in_its_own_language() {
    let db = TestDb::new();
    put(&db, "document", document("Settlers were welcomed. Fin"));
    let word = |word: &str| json!([{ "words": word }]);
    assert_eq!(found(&db, &word("settler")), ["texte"]);
    let across = json!([{ "words": "texte settlers", "phrase": true }]);
    assert!(
        found(&db, &across).is_empty(),
        "no phrase runs from one text into another"
    );
}

const VECTORS: &str = "SELECT slug || ' ' || words AS text FROM (\
    SELECT slug, words FROM party UNION ALL SELECT slug, words FROM agreement UNION ALL SELECT slug, words FROM program UNION ALL \
    SELECT slug, words FROM region UNION ALL SELECT slug, words FROM action UNION ALL SELECT slug, words FROM document) t ORDER BY 1";
const VOCABULARY: &str = "SELECT word AS text FROM search_word ORDER BY 1";

#[test]
fn what_was_there_before_search_came_is_indexed_by_migrate() {
    let db = TestDb::with_registry();
    let before = (texts(&db, VECTORS), texts(&db, VOCABULARY));
    assert!(before.1.contains(&"regionalisation".to_owned()));
    db.connect()
        .batch_execute(
            "UPDATE party SET words = ''; UPDATE agreement SET words = ''; UPDATE program SET words = ''; UPDATE region SET words = ''; \
             UPDATE action SET words = ''; UPDATE document SET words = ''; DELETE FROM search_word; UPDATE registry SET search_version = ''",
        )
        .expect("the statements run");
    let mut migrate = command();
    migrate
        .arg("migrate")
        .env("DATABASE_URL", db.url().expose());
    let output = run(migrate);
    assert!(output.status.success());
    let after = (texts(&db, VECTORS), texts(&db, VOCABULARY));
    assert_eq!(after.0.len(), before.0.len());
    for (after, before) in after.0.iter().zip(&before.0) {
        assert_eq!(after, before);
    }
    assert_eq!(after.1, before.1);
    assert_eq!(
        reindex(&mut db.connect()).expect("the database is there"),
        0
    );
}

/// As many different words as fit into so many bytes.
fn different_words(bytes: usize, alphabet: &str) -> String {
    let letters: Vec<char> = alphabet.chars().collect();
    let mut text = String::with_capacity(bytes + 100);
    for mut number in 0.. {
        if text.len() > bytes {
            break;
        }
        loop {
            text.push(letters[number % letters.len()]);
            number /= letters.len();
            if number == 0 {
                break;
            }
        }
        text.push(' ');
    }
    text
}

#[test]
fn texts_of_any_length_and_script_are_taken() {
    let db = TestDb::new();
    let mut many = String::new();
    for number in 0..60_000 {
        let _ = write!(many, "mot{number} et ");
    }
    for text in [
        different_words(3_000_000, "abcdefghijklmnopqrstuvwxyz"),
        different_words(3_000_000, "æœßþðđħıłŋøŧ"),
        different_words(3_000_000, "あいうえおかきくけこさしすせそ"),
        different_words(3_000_000, "ȁȃȅȇȉȋȍȏȑȓȕȗșț"),
        many,
        "é".repeat(1_000_000),
        "x ".repeat(1_000_000),
        "’".repeat(1_000_000),
        "ﷺ".repeat(100_000),
        "\u{10ffff}½™🎈 ".repeat(1000),
    ] {
        put(&db, "document", document(&text));
    }
    put(
        &db,
        "document",
        document(&format!(
            "{} dernier",
            "et le début de la fin ".repeat(20_000)
        )),
    );
    assert_eq!(found(&db, &json!([{ "words": "dernier" }])), ["texte"]);
}
