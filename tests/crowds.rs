//! Crowds: those who come all at once, those who go before they are answered, and what takes too long.

#![expect(clippy::unwrap_used, reason = "what can't be unwrapped fails the test")]

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use diesel::connection::SimpleConnection;
use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use support::TestDb;
use support::program::{Program, command, wait_until};

/// A program over a database in which looking at a region takes as long as it is told.
struct Slow {
    db: TestDb,
    program: Program,
    /// Host and port.
    address: String,
}

impl Slow {
    fn start(settings: &[(&str, &str)]) -> Self {
        let db = TestDb::with_registry();
        // Each row of the table is looked at after a while.
        db.connect()
            .batch_execute(
                "ALTER TABLE region RENAME TO region_table;
                 CREATE VIEW region AS
                 SELECT region_table.* FROM region_table, LATERAL (SELECT pg_sleep(20) WHERE region_table.id > 0) AS nap;",
            )
            .unwrap();
        let mut serve = command();
        serve
            .env("DATABASE_URL", db.url().expose())
            .env("RUST_LOG", "info,actix_server=warn")
            .envs(settings.iter().copied());
        let (program, home) = Program::serve(serve);
        let address = home
            .strip_prefix("http://")
            .unwrap()
            .trim_end_matches('/')
            .to_owned();
        Self {
            db,
            program,
            address,
        }
    }

    /// How many statements wait in the view right now.
    fn napping(&self) -> i64 {
        diesel::select(sql::<BigInt>(
            "count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'",
        ))
        .get_result(&mut self.db.connect())
        .unwrap()
    }

    fn send(&self, number: usize) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        // Each another question, so that none waits for another's answer.
        let body =
            format!(r#"{{"query":"{{ regions(first: 1) {{ nodes {{ a{number}: label }} }} }}"}}"#);
        write!(
            stream,
            "POST /graphql HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        stream
    }

    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        read(stream)
    }

    /// The sockets and files that the program has open.
    fn open(&self) -> usize {
        std::fs::read_dir(format!("/proc/{}/fd", self.program.id()))
            .unwrap()
            .count()
    }

    /// The memory of the program, in MB.
    fn memory(&self) -> usize {
        let status =
            std::fs::read_to_string(format!("/proc/{}/status", self.program.id())).unwrap();
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .unwrap();
        line.trim()
            .trim_end_matches(" kB")
            .parse::<usize>()
            .unwrap()
            / 1024
    }
}

fn read(mut stream: TcpStream) -> String {
    stream
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let mut told = String::new();
    // Whoever waits longer than that has found a place.
    let _waits = stream.read_to_string(&mut told);
    told
}

#[test]
fn what_takes_too_long_ends_in_the_database_too() {
    let slow = Slow::start(&[("REQUEST_TIMEOUT", "1s"), ("DATABASE_POOL_SIZE", "3")]);
    let waiting: Vec<_> = (0..3).map(|number| slow.send(number)).collect();
    wait_until("the statements run", || slow.napping() > 0);
    for stream in waiting {
        let told = read(stream);
        assert!(
            told.starts_with("HTTP/1.1 504") && told.contains("TIMEOUT"),
            "{told}"
        );
    }
    wait_until("they are gone", || slow.napping() == 0);
    assert!(
        slow.get("/graphql?query=%7Bthemes%7Bslug%7D%7D")
            .contains("\"data\":{\"themes\":[{")
    );
}

#[test]
fn a_thousand_who_hang_up_leave_nothing_behind() {
    let slow = Slow::start(&[
        ("REQUEST_TIMEOUT", "1m"),
        ("DATABASE_WAIT", "1m"),
        ("DATABASE_POOL_SIZE", "3"),
        ("MAX_CONNECTIONS_PER_ADDRESS", "0"),
    ]);
    let before = (slow.open(), slow.memory());
    for round in 0..5 {
        let crowd: Vec<_> = (0..200)
            .map(|number| slow.send(round * 200 + number))
            .collect();
        wait_until("some of them are being answered", || slow.napping() > 0);
        drop(crowd);
        wait_until("nobody works for those who are gone", || {
            slow.napping() == 0
        });
    }
    // The rest are connections to the database, and what the runtime opens for itself.
    wait_until("their connections are closed", || {
        slow.open() <= before.0 + 30
    });
    let after = slow.memory();
    assert!(
        after < before.1 + 64,
        "{} MB, {after} MB after them",
        before.1
    );
    // Every permit is back: three at once get a connection each.
    let three: Vec<_> = (2000..2003).map(|number| slow.send(number)).collect();
    wait_until("all connections can be had", || slow.napping() == 3);
    drop(three);
    assert!(
        slow.get("/graphql?query=%7Bthemes%7Bslug%7D%7D")
            .contains("\"data\":{\"themes\":[{")
    );
}

#[test]
fn of_five_thousand_at_once_most_are_refused_early() {
    let slow = Slow::start(&[
        ("REQUEST_TIMEOUT", "1m"),
        ("DATABASE_WAIT", "1m"),
        ("DATABASE_POOL_SIZE", "2"),
        ("MAX_REQUESTS", "50"),
        ("MAX_CONNECTIONS_PER_ADDRESS", "0"),
    ]);
    let mut first: Vec<_> = (0..50).map(|number| slow.send(number)).collect();
    wait_until("there is no place left", || {
        let full = slow
            .get("/graphql?query=%7B__typename%7D")
            .starts_with("HTTP/1.1 503");
        if !full {
            // This question may have had the place of one of them.
            first.push(slow.send(50 + first.len()));
        }
        full
    });
    let start = Instant::now();
    let mut refused = 0;
    for round in 0..50 {
        let crowd: Vec<_> = (0..100)
            .map(|number| slow.send(1_000 + round * 100 + number))
            .collect();
        for stream in crowd {
            let told = read(stream).to_lowercase();
            if told.starts_with("http/1.1 503")
                && told.contains("retry-after: 1")
                && told.contains("under way")
            {
                refused += 1;
            }
        }
        assert!(slow.get("/healthz").starts_with("HTTP/1.1 200"));
    }
    println!(
        "{refused} of 5000 were refused in {:?}, with {} MB",
        start.elapsed(),
        slow.memory()
    );
    // Where one of the first was done, another came in its place.
    assert!(refused >= 4_800, "{refused}");
    drop(first);
}
