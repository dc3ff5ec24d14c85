//! The only road to PostgreSQL.
//!
//! [`Postgres`] is a server to talk to: the one that `DATABASE_URL` names, or a [private one](private) that this program
//! brings up and takes down. [`migrate`] brings its schema up to date. [`Database`] is the pool through which everything
//! else reads and writes: a permit, one hop onto a database thread, one connection, one transaction, one closure.
//!
//! Nothing here knows a concept of the registry, and nothing outside knows how connections are pooled.

mod cancel;
mod error;
pub mod migrate;
mod pool;
pub mod private;
mod session;
mod statements;
mod threads;
mod url;
mod watch;

pub use error::Error;
pub use pool::{Database, PoolOptions};
pub use private::{PrivateOptions, PrivateServer, StartError};
pub use session::connect;
pub use statements::StatementLog;
pub use url::{DatabaseUrl, UrlError};
pub use watch::{Follower, Watch};

/// A PostgreSQL that is there to be used.
///
/// A private server lives as long as this value and is shut down in good order when it is dropped.
#[derive(Debug)]
pub struct Postgres {
    url: DatabaseUrl,
    private: Option<PrivateServer>,
}

impl Postgres {
    /// The server at `url`, or without one a private server.
    ///
    /// A given server is not tried here; the first connection will.
    ///
    /// # Errors
    ///
    /// When a private server is wanted and cannot be had: the error says why and what to do.
    pub fn at(url: Option<&DatabaseUrl>, private: &PrivateOptions) -> Result<Self, StartError> {
        if let Some(url) = url {
            return Ok(Self {
                url: url.clone(),
                private: None,
            });
        }
        let server = PrivateServer::start(private)?;
        Ok(Self {
            url: server.url().clone(),
            private: Some(server),
        })
    }

    /// Where to connect.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// The private server, where there is one.
    pub fn private(&self) -> Option<&PrivateServer> {
        self.private.as_ref()
    }
}
