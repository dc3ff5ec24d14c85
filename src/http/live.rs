//! What lives longer than a response: WebSockets and event streams.
//!
//! Both carry operations whose answers come over time. [`operation`] runs one of them, whoever carries it; [`socket`] speaks
//! graphql-transport-ws, [`events`] graphql-sse. How many there are at once is limited here, and here they are told when the
//! server stops.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};

use super::Settings;
use super::shares::{Share, Shares};
use crate::graphql::error::{Code, Error};

pub(super) mod events;
pub(super) mod frames;
pub(super) mod messages;
pub(super) mod operation;
pub(super) mod socket;
pub(super) mod wire;

/// What all sockets and event streams of a server have in common.
pub(super) struct Live {
    places: Arc<Semaphore>,
    shares: Arc<Shares>,
    stopping: watch::Sender<bool>,
}

impl Live {
    pub(super) fn new(settings: &Settings) -> Self {
        Self {
            places: Arc::new(Semaphore::new(settings.max_sockets)),
            shares: Shares::new(settings.max_sockets_per_address),
            stopping: watch::Sender::new(false),
        }
    }

    /// A place for one more, of a client at an address.
    ///
    /// # Errors
    ///
    /// [`Code::Unavailable`] where there are as many as there may be, in all or from there, or the server stops.
    pub(super) fn enter(&self, client: Option<IpAddr>) -> Result<Place, Error> {
        let unavailable = |message: &str, seconds| {
            Error::new(Code::Unavailable, message).retry_after(Duration::from_secs(seconds))
        };
        if *self.stopping.borrow() {
            return Err(unavailable("The server is stopping.", 5));
        }
        let mut share = self.shares.of(client);
        if !share.take(1) {
            return Err(unavailable(
                "As many sockets and event streams are open from this address as it may have. Close one, or try again later.",
                30,
            ));
        }
        let permit = Arc::clone(&self.places).try_acquire_owned();
        let permit = permit.map_err(|_| {
            unavailable(
                "As many sockets and event streams are open as this server takes. Try again later.",
                30,
            )
        })?;
        Ok(Place {
            _permit: permit,
            _share: share,
            stopping: self.stopping.subscribe(),
        })
    }

    /// Ends all of them, and lets no more in.
    pub(super) fn stop(&self) {
        self.stopping.send_replace(true);
    }
}

/// One socket's or event stream's leave to be there.
pub(super) struct Place {
    _permit: OwnedSemaphorePermit,
    _share: Share,
    stopping: watch::Receiver<bool>,
}

impl Place {
    /// Ends when the server stops.
    pub(super) async fn stopping(&mut self) {
        // That the other end is gone means the same.
        let _gone = self.stopping.wait_for(|stopping| *stopping).await;
    }
}
