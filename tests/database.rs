//! The road to the database: transactions, time, faults.

mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Text};
use entente::db::{Database, DatabaseUrl, Error, PoolOptions, StatementLog, migrate};
use support::TestDb;

fn one(connection: &mut PgConnection, expression: &str) -> Result<i32, Error> {
    Ok(diesel::select(sql::<Integer>(expression)).get_result(connection)?)
}

fn text(connection: &mut PgConnection, expression: &str) -> String {
    diesel::select(sql::<Text>(expression))
        .get_result(connection)
        .expect("is an expression")
}

#[tokio::test]
async fn a_read_sees_one_state_and_cannot_write() {
    let test = TestDb::new();
    let db = test.database();
    test.connect()
        .batch_execute("CREATE TABLE notes (id int)")
        .expect("is SQL");
    let mut other = test.connect();
    let seen: Result<_, Error> = db
        .read(move |connection| {
            let before = one(connection, "(SELECT count(*)::int FROM notes)")?;
            other.batch_execute("INSERT INTO notes VALUES (1)")?;
            Ok((
                before,
                one(connection, "(SELECT count(*)::int FROM notes)")?,
            ))
        })
        .await;
    assert_eq!(seen.expect("reads"), (0, 0));
    let refused: Result<(), Error> = db
        .read(|connection| Ok(connection.batch_execute("INSERT INTO notes VALUES (2)")?))
        .await;
    assert!(matches!(refused, Err(Error::Query(_))), "{refused:?}");
    let count = db
        .read(|connection| one(connection, "(SELECT count(*)::int FROM notes)"))
        .await;
    assert_eq!(count.expect("reads"), 1);
}

#[tokio::test]
async fn a_write_is_kept_whole_or_not_at_all() {
    let test = TestDb::new();
    let db = test.database();
    let kept: Result<(), Error> = db
        .write(|connection| Ok(connection.batch_execute("CREATE TABLE kept (id int)")?))
        .await;
    kept.expect("writes");
    let undone: Result<(), Error> = db
        .write(|connection| {
            connection.batch_execute("CREATE TABLE undone (id int)")?;
            Err(Error::Timeout)
        })
        .await;
    assert!(undone.is_err());
    let panicked: Result<(), Error> = db
        .write(|connection| {
            connection.batch_execute("CREATE TABLE panicked (id int)")?;
            panic!("as a mistake would")
        })
        .await;
    assert!(matches!(panicked, Err(Error::Panicked)), "{panicked:?}");
    let mut look = test.connect();
    for (table, there) in [("kept", "t"), ("undone", "f"), ("panicked", "f")] {
        let expression = format!("(to_regclass('{table}') IS NOT NULL)::text::char(1)::text");
        assert_eq!(text(&mut look, &expression), there, "{table}");
    }
    // The threads and connections are as many as before.
    for _ in 0..4 {
        db.read(|connection| one(connection, "1"))
            .await
            .expect("reads");
    }
}

#[tokio::test]
async fn connections_are_set_up_as_they_are_made() {
    let test = TestDb::new();
    let db = test.database_with(PoolOptions {
        size: 1,
        statement_timeout: Duration::from_secs(7),
        application_name: "it's a test".to_owned(),
        ..PoolOptions::default()
    });
    let settings: Result<_, Error> = db
        .read(|connection| {
            Ok([
                "statement_timeout",
                "lock_timeout",
                "idle_in_transaction_session_timeout",
                "application_name",
                "default_transaction_read_only",
                "transaction_isolation",
                "DateStyle",
                "TimeZone",
                "client_encoding",
            ]
            .map(|name| text(connection, &format!("current_setting('{name}')"))))
        })
        .await;
    assert_eq!(
        settings.expect("reads"),
        [
            "7s",
            "5s",
            "7s",
            "it's a test",
            "on",
            "repeatable read",
            "ISO, MDY",
            "UTC",
            "UTF8"
        ]
    );
}

#[tokio::test]
async fn statements_are_counted_without_those_that_frame_them() {
    let test = TestDb::new();
    let log = StatementLog::default();
    let db = test.database_with(PoolOptions {
        statements: Some(log.clone()),
        ..PoolOptions::default()
    });
    let work: Result<(), Error> = db
        .read(|connection| {
            one(connection, "1")?;
            diesel::sql_query("SELECT $1")
                .bind::<BigInt, _>(7)
                .execute(connection)?;
            connection
                .transaction(|connection| one(connection, "2"))
                .map(drop)
        })
        .await;
    work.expect("reads");
    assert_eq!(log.count(), 3);
    assert_eq!(log.take(), ["SELECT 1", "SELECT $1", "SELECT 2"]);
    assert_eq!(log.count(), 0);
}

#[tokio::test]
async fn when_time_is_up_the_work_is_cancelled_and_the_next_is_not() {
    let test = TestDb::new();
    let db = test.database_with(PoolOptions {
        size: 1,
        ..PoolOptions::default()
    });
    for _ in 0..5 {
        let start = Instant::now();
        let late = db
            .until(start + Duration::from_millis(50))
            .read(|connection| one(connection, "length(pg_sleep(30)::text)"))
            .await;
        assert!(matches!(late, Err(Error::Timeout)), "{late:?}");
        // There is one connection: this waits until it is free, so the cancellation came through.
        db.read(|connection| one(connection, "1"))
            .await
            .expect("is not hit");
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "{:?}",
            start.elapsed()
        );
    }
}

#[tokio::test]
async fn work_that_nobody_waits_for_is_cancelled() {
    let test = TestDb::new();
    let db = test.database_with(PoolOptions {
        size: 1,
        ..PoolOptions::default()
    });
    let start = Instant::now();
    let gone = tokio::time::timeout(
        Duration::from_millis(100),
        db.write(|connection| {
            connection.batch_execute("CREATE TABLE gone (id int)")?;
            one(connection, "length(pg_sleep(30)::text)")
        }),
    )
    .await;
    assert!(gone.is_err(), "{gone:?}");
    let exists = db
        .read(|connection| one(connection, "(to_regclass('gone') IS NOT NULL)::int"))
        .await;
    assert_eq!(exists.expect("reads"), 0);
    assert!(
        start.elapsed() < Duration::from_secs(2),
        "{:?}",
        start.elapsed()
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_at_the_last_moment_never_hits_another() {
    let test = TestDb::new();
    let db = test.database_with(PoolOptions {
        size: 2,
        ..PoolOptions::default()
    });
    let mut late = 0;
    for round in 0..150_u64 {
        // Work of about the time that it has.
        let deadline = Instant::now() + Duration::from_micros(2_500 + 20 * (round % 100));
        let first = db
            .until(deadline)
            .read(|connection| one(connection, "length(pg_sleep(0.003)::text)"))
            .await;
        late += usize::from(first.is_err());
        for _ in 0..2 {
            let next = db
                .read(|connection| one(connection, "length(pg_sleep(0.001)::text)"))
                .await;
            next.expect("is not hit");
        }
    }
    assert!(
        (1..150).contains(&late),
        "the test aims past the moment: {late} of 150 were late"
    );
}

#[tokio::test]
async fn who_finds_every_connection_in_use_is_told_to_come_back() {
    let test = TestDb::new();
    let db = test.database_with(PoolOptions {
        size: 1,
        wait: Duration::from_millis(50),
        ..PoolOptions::default()
    });
    db.read(|connection| one(connection, "1"))
        .await
        .expect("reads");
    let busy = tokio::spawn({
        let db = db.clone();
        async move {
            db.read(|connection| one(connection, "length(pg_sleep(0.5)::text)"))
                .await
        }
    });
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_eq!(db.idle(), 0);
    let refused = db.read(|connection| one(connection, "1")).await;
    assert!(
        matches!(&refused, Err(Error::Unavailable { retry_after, .. }) if *retry_after >= Duration::from_secs(1)),
        "{refused:?}"
    );
    busy.await.expect("does not panic").expect("reads");
    db.read(|connection| one(connection, "1"))
        .await
        .expect("reads");
}

#[tokio::test]
async fn broken_connections_are_replaced_unnoticed() {
    let test = TestDb::new();
    let db = test.database_with(PoolOptions {
        size: 4,
        ..PoolOptions::default()
    });
    let together = Arc::new(std::sync::Barrier::new(4));
    let mut all = Vec::new();
    for _ in 0..4 {
        let (db, together) = (db.clone(), Arc::clone(&together));
        all.push(tokio::spawn(async move {
            db.read(move |connection| {
                let pid = one(connection, "pg_backend_pid()");
                together.wait();
                pid
            })
            .await
        }));
    }
    for pid in all {
        pid.await.expect("does not panic").expect("reads");
    }
    // As when PostgreSQL is restarted: all connections break at once.
    test.connect()
        .batch_execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
             WHERE datname = current_database() AND pid <> pg_backend_pid()",
        )
        .expect("is SQL");
    tokio::time::sleep(Duration::from_millis(50)).await;
    for _ in 0..8 {
        db.read(|connection| one(connection, "1"))
            .await
            .expect("reads");
        let wrote: Result<(), Error> = db
            .write(|connection| Ok(connection.batch_execute("SELECT 1")?))
            .await;
        wrote.expect("writes");
    }
}

#[tokio::test]
async fn a_statement_on_a_broken_connection_runs_again_on_another() {
    let test = TestDb::new();
    let db = test.database_with(PoolOptions {
        size: 1,
        ..PoolOptions::default()
    });
    let ask = || db.read_alone(|connection| one(connection, "pg_backend_pid()"));
    let first = ask().await.expect("reads");
    test.connect()
        .batch_execute(&format!("SELECT pg_terminate_backend({first})"))
        .expect("is SQL");
    tokio::time::sleep(Duration::from_millis(50)).await;
    assert_ne!(ask().await.expect("reads"), first);
    let refused: Result<i32, Error> = db.read_alone(|connection| one(connection, "1 / 0")).await;
    assert!(matches!(refused, Err(Error::Query(_))), "{refused:?}");
}

#[tokio::test]
async fn a_connection_that_breaks_at_work_says_so_without_saying_how() {
    let test = TestDb::new();
    let db = test.database();
    let broken: Result<i32, Error> = db
        .read(|connection| {
            let _ended = connection.batch_execute("SELECT pg_terminate_backend(pg_backend_pid())");
            one(connection, "1")
        })
        .await;
    let Err(error) = &broken else {
        panic!("{broken:?}")
    };
    assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        "the database cannot be reached right now"
    );
    db.read(|connection| one(connection, "1"))
        .await
        .expect("reads");
}

#[tokio::test]
async fn without_a_server_one_is_told_so_in_time() {
    let nowhere =
        DatabaseUrl::parse("postgresql:///registry?host=/nonexistent").expect("is an address");
    let options = PoolOptions {
        wait: Duration::from_millis(200),
        ..PoolOptions::default()
    };
    let db = Database::open(&nowhere, options).expect("opens");
    let start = Instant::now();
    let answer = db.read(|connection| one(connection, "1")).await;
    assert!(
        matches!(answer, Err(Error::Unavailable { .. })),
        "{answer:?}"
    );
    assert!(start.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_database_that_a_newer_program_has_migrated_is_left_alone() {
    let test = TestDb::new();
    let state = migrate::state(test.url()).expect("can be read");
    assert_eq!((state.pending.len(), state.unknown.len()), (0, 0));
    test.connect()
        .batch_execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('99991231235959')")
        .expect("is SQL");
    let error = migrate::run(test.url()).expect_err("is newer").to_string();
    assert!(
        error.contains("99991231235959") && error.contains("newer version"),
        "{error}"
    );
}

#[test]
fn databases_of_tests_are_each_their_own_and_gone_at_the_end() {
    let (one, other) = (TestDb::new(), TestDb::new());
    one.connect()
        .batch_execute("CREATE TABLE mine (id int)")
        .expect("is SQL");
    let seen = text(
        &mut other.connect(),
        "coalesce(to_regclass('mine')::text, 'nothing')",
    );
    assert_eq!(seen, "nothing");
    let name = text(&mut one.connect(), "current_database()::text");
    drop(one);
    assert!(!support::cluster::databases(&name).contains(&name));
}
