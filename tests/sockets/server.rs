//! The program as a server over a test's database.
#![expect(dead_code, reason = "each file of tests uses its part of this")]

use std::net::SocketAddr;

use rustix::process::Signal;

use crate::support::TestDb;
use crate::support::program::{Program, command};

/// A server that is ended with this.
pub struct Server {
    program: Program,
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

    /// Tells it to stop.
    pub fn stop(&self) {
        self.program.signal(Signal::TERM);
    }

    /// Whether it ends well.
    pub fn ends_well(mut self) -> bool {
        self.program.wait().success()
    }
}
