//! The program as a server over a test's database.

use std::net::SocketAddr;

use crate::support::TestDb;
use crate::support::program::{Program, command};

/// A server that is ended with this.
pub struct Server {
    pub program: Program,
    pub address: SocketAddr,
}

impl Server {
    /// Starts one with these settings.
    pub fn start(db: &TestDb, settings: &[(&str, &str)]) -> Self {
        let mut command = command();
        command
            .env("DATABASE_URL", db.url().expose())
            .envs(settings.iter().copied());
        let (program, home) = Program::serve(command);
        let address = home.trim_start_matches("http://").trim_end_matches('/');
        Self {
            program,
            address: address.parse().expect("is an address"),
        }
    }
}
