//! The version of the data: what moves it, and asking for it.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel::sql_types::{BigInt, Text};
use entente::db::{DatabaseUrl, Watch};
use entente::write::{self, Change, Operation, Version, apply, reindex, resort};
use futures_util::future::join_all;
use serde_json::{Value, json};
use support::TestDb;

fn all(db: &TestDb) -> Version {
    write::version(&mut db.connect()).expect("is there")
}

fn version(db: &TestDb) -> i64 {
    all(db).data
}

/// Whether the version is larger after than before.
fn moves(db: &TestDb, change: impl FnOnce(&mut PgConnection)) -> bool {
    let before = version(db);
    change(&mut db.connect());
    let after = version(db);
    assert!(after >= before, "never back: {before}, {after}");
    after > before
}

fn put(conn: &mut PgConnection, word: &str, record: Value) {
    let change = Change {
        place: None,
        word: word.to_owned(),
        operation: Operation::Put(record),
    };
    apply(conn, [Ok(change)].into_iter(), "test").expect("the record is right");
}

fn theme(name: &str) -> Value {
    json!({ "slug": "sujet", "originalLanguage": "FR", "name": [{ "language": "FR", "text": name }] })
}

fn region(name: &str) -> Value {
    json!({ "slug": "ici", "originalLanguage": "FR", "kind": "COUNTRY", "name": [{ "language": "FR", "text": name }] })
}

#[test]
fn every_table_moves_it() {
    let db = TestDb::new();
    let without: Vec<String> = diesel::select(sql::<diesel::sql_types::Array<Text>>(
        "ARRAY(SELECT relname::text FROM pg_class c \
         WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT EXISTS \
         (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'data_version_move') ORDER BY 1)",
    ))
    .get_result(&mut db.connect())
    .expect("the query is right");
    // A migration that creates a table ends with `SELECT data_version_follow();`.
    assert_eq!(without, ["__diesel_schema_migrations", "registry"]);
}

#[test]
fn it_moves_with_whatever_is_written_and_not_otherwise() {
    let db = TestDb::new();
    assert!(version(&db) > 0);
    let sql = |statement: &'static str| {
        move |conn: &mut PgConnection| conn.batch_execute(statement).expect("is SQL")
    };
    assert!(moves(&db, |conn| put(conn, "region", region("Ici"))));
    assert!(
        !moves(&db, |conn| put(conn, "region", region("Ici"))),
        "nothing is new"
    );
    assert!(moves(&db, |conn| put(conn, "region", region("Là"))));
    assert!(
        moves(&db, |conn| put(conn, "theme", theme("Sujet"))),
        "is not logged"
    );
    assert!(moves(&db, |conn| put(conn, "theme", theme("Objet"))));

    assert!(!moves(&db, |conn| {
        resort(conn).expect("sorts");
        reindex(conn).expect("indexes");
    }));
    sql("UPDATE registry SET collation_version = 'another'")(&mut db.connect());
    assert!(moves(&db, |conn| assert!(resort(conn).expect("sorts") > 0)));
    sql("UPDATE registry SET search_version = 'another'")(&mut db.connect());
    assert!(moves(&db, |conn| assert!(
        reindex(conn).expect("indexes") > 0
    )));

    assert!(moves(&db, sql("UPDATE region SET updated_at = now()")));
    assert!(moves(
        &db,
        sql("BEGIN; UPDATE region SET updated_at = now(); COMMIT")
    ));
    assert!(!moves(
        &db,
        sql("BEGIN; UPDATE region SET updated_at = now(); ROLLBACK")
    ));
    assert!(
        moves(
            &db,
            sql(
                "BEGIN; SAVEPOINT a; UPDATE region SET updated_at = now(); ROLLBACK TO a; UPDATE theme SET slug = slug; COMMIT"
            )
        ),
        "the first to move it was taken back"
    );
    assert!(!moves(
        &db,
        sql("ANALYZE; CREATE TEMP TABLE mine AS SELECT * FROM region")
    ));
    assert!(!moves(&db, |conn| {
        let change = Change {
            place: None,
            word: "region".to_owned(),
            operation: Operation::Put(json!({ "slug": "ici" })),
        };
        apply(conn, [Ok(change)].into_iter(), "test").expect_err("lacks what it must have");
    }));
}

#[test]
fn a_number_does_not_come_again_after_a_backup_was_restored() {
    let db = TestDb::new();
    let then = version(&db);
    let mut given = vec![then];
    for round in 0..3 {
        put(&mut db.connect(), "region", region(&format!("Ici {round}")));
        given.push(version(&db));
        // As a backup has it.
        diesel::sql_query(format!("UPDATE registry SET data_version = {then}"))
            .execute(&mut db.connect())
            .expect("is SQL");
    }
    let count = given.len();
    given.sort_unstable();
    given.dedup();
    assert_eq!(given.len(), count, "{given:?}");
}

#[tokio::test]
async fn those_who_ask_at_the_same_time_are_answered_at_once() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    fn slowly(conn: &mut PgConnection) -> QueryResult<i64> {
        ASKED.fetch_add(1, Ordering::SeqCst);
        diesel::select(sql::<BigInt>("(length(pg_sleep(0.3)::text) + 7)::bigint")).get_result(conn)
    }
    let db = TestDb::new();
    let watch = Arc::new(Watch::start(db.url(), slowly).expect("starts"));
    let first = tokio::spawn({
        let watch = Arc::clone(&watch);
        async move { watch.ask().await }
    });
    while ASKED.load(Ordering::SeqCst) == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    // None of these may be told what was asked for before they came.
    let later = join_all((0..50).map(|_| watch.ask())).await;
    assert_eq!(first.await.expect("asks"), Some(7));
    assert!(later.iter().all(|answer| *answer == Some(7)), "{later:?}");
    assert_eq!(ASKED.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn an_answer_is_as_new_as_the_question() {
    let db = TestDb::new();
    let watch = Watch::start(db.url(), write::version).expect("starts");
    for round in 0..20 {
        let mut conn = db.connect();
        if round % 5 == 4 {
            conn.batch_execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .expect("is SQL");
        }
        put(&mut conn, "region", region(&format!("Ici {round}")));
        assert_eq!(watch.ask().await, Some(all(&db)), "in round {round}");
    }
}

#[tokio::test]
async fn without_a_database_nobody_is_told_anything_for_long() {
    let nowhere =
        DatabaseUrl::parse("postgresql:///registry?host=/nonexistent").expect("is an address");
    let watch = Watch::start(&nowhere, write::version).expect("starts");
    assert_eq!(watch.ask().await, None);
    assert_eq!(watch.ask().await, None);

    // A question that fails, and one that panics, keep nobody waiting.
    let db = TestDb::new();
    let wrong = Watch::<i64>::start(db.url(), |_| Err(DieselError::NotFound)).expect("starts");
    assert_eq!(wrong.ask().await, None);
    let broken = Watch::<i64>::start(db.url(), |_| panic!("on purpose")).expect("starts");
    assert_eq!(broken.ask().await, None);
    assert_eq!(broken.ask().await, None);
}

#[tokio::test]
async fn who_follows_is_told_what_is_new_and_nothing_twice() {
    let db = TestDb::new();
    let watch = Watch::start(db.url(), write::version).expect("starts");
    let mut early = watch.follow();
    assert_eq!(early.next().await, Some(all(&db)));
    for round in 0..3 {
        let mut conn = db.connect();
        if round == 1 {
            conn.batch_execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                 WHERE datname = current_database() AND pid <> pg_backend_pid()",
            )
            .expect("is SQL");
        }
        put(&mut conn, "region", region(&format!("Ici {round}")));
        assert_eq!(early.next().await, Some(all(&db)), "in round {round}");
    }
    let mut late = watch.follow();
    assert_eq!(late.next().await, Some(all(&db)), "at once");
    let silence = Duration::from_millis(700);
    for follower in [&mut early, &mut late] {
        let more = tokio::time::timeout(silence, follower.next()).await;
        assert!(more.is_err(), "nothing is new: {more:?}");
    }
    // Whoever listened in vain for a while has missed nothing.
    put(&mut db.connect(), "region", region("Là"));
    assert_eq!(early.next().await, Some(all(&db)));
    assert_eq!(late.next().await, Some(all(&db)));
    drop(watch);
    assert_eq!(early.next().await, None, "nobody asks any more");
}
