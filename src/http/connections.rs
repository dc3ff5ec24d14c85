//! How many connections there are from where, and how much goes on in each.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::shares::{Share, Shares};

/// Requests of one connection that may be under way at once. Over HTTP/1 there is never more than one.
const MOST_AT_ONCE: usize = 100;

/// The open connections, counted by where they come from.
#[derive(Debug)]
pub(super) struct Connections(Arc<Shares>);

/// An open connection, which counts as long as this lives.
#[derive(Debug)]
pub(super) struct Connection {
    _share: Share,
    requests: Arc<AtomicUsize>,
}

/// A request that is under way as long as this lives: until all of its response was sent or given up.
#[derive(Debug)]
pub(super) struct UnderWay {
    requests: Arc<AtomicUsize>,
    /// How many there were before.
    before: usize,
}

impl Connections {
    /// At most so many from one place; 0 counts none.
    pub(super) fn new(most: usize) -> Self {
        Self(Shares::new(most))
    }

    /// Takes a connection in; none where there are too many from its place.
    pub(super) fn admit(&self, address: IpAddr) -> Option<Connection> {
        let mut share = self.0.of(Some(address));
        share.take(1).then(|| Connection {
            _share: share,
            requests: Arc::default(),
        })
    }
}

impl Connection {
    /// Takes a request in.
    pub(super) fn begin(&self) -> UnderWay {
        UnderWay {
            before: self.requests.fetch_add(1, Ordering::Relaxed),
            requests: Arc::clone(&self.requests),
        }
    }
}

impl UnderWay {
    /// Whether others of its connection were under way when it came.
    pub(super) fn beside_others(&self) -> bool {
        self.before > 0
    }

    /// Whether it is one too many.
    pub(super) fn crowded(&self) -> bool {
        self.before >= MOST_AT_ONCE
    }

    /// Whether as many again are there, so that not even refusals are taken.
    pub(super) fn overrun(&self) -> bool {
        self.before >= 2 * MOST_AT_ONCE
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_has_so_many_requests_at_once() {
        let connection = Connections::new(0).admit([192, 0, 2, 1].into()).unwrap();
        let mut under_way: Vec<_> = (0..MOST_AT_ONCE).map(|_| connection.begin()).collect();
        assert!(!under_way.iter().any(UnderWay::crowded));
        assert!(connection.begin().crowded());
        under_way.pop();
        assert!(!connection.begin().crowded());
        under_way.extend((0..=MOST_AT_ONCE).map(|_| connection.begin()));
        assert!(!under_way.iter().any(UnderWay::overrun));
        assert!(connection.begin().overrun());
    }
}
