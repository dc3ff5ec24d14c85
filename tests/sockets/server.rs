//! The program as a server over a test's database.

use std::net::SocketAddr;

use crate::support::TestDb;
use crate::support::program::{Program, command};

/// Starts one with these settings. It is ended with what this gives.
pub fn start(db: &TestDb, settings: &[(&str, &str)]) -> (Program, SocketAddr) {
    let mut command = command();
    command
        .env("DATABASE_URL", db.url().expose())
        .envs(settings.iter().copied());
    let (program, home) = Program::serve(command);
    let address = home.trim_start_matches("http://").trim_end_matches('/');
    (program, address.parse().expect("is an address"))
}
