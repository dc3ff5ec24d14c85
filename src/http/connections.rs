//! How many connections there are from where, and how much goes on in each.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Requests of one connection that may be under way at once. Over HTTP/1 there is never more than one.
const MOST_AT_ONCE: usize = 100;

/// The open connections, counted by where they come from.
#[derive(Debug)]
pub(super) struct Connections {
    most: usize,
    open: Mutex<HashMap<IpAddr, usize>>,
}

/// An open connection, which counts as long as this lives.
#[derive(Debug)]
pub(super) struct Connection {
    /// Where it is counted; nothing where connections are not.
    counted: Option<(Arc<Connections>, IpAddr)>,
    requests: Arc<AtomicUsize>,
}

/// A request that is under way as long as this lives.
#[derive(Debug)]
pub(super) struct UnderWay(Arc<AtomicUsize>);

impl Connections {
    /// At most so many from one place; 0 counts none.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            open: Mutex::default(),
        })
    }

    /// Takes a connection in; none where there are too many from its place.
    pub(super) fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Connection> {
        let requests = Arc::default();
        if self.most == 0 {
            return Some(Connection {
                counted: None,
                requests,
            });
        }
        let place = place(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(place).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Connection {
            counted: Some((Arc::clone(self), place)),
            requests,
        })
    }
}

impl Connection {
    /// Takes a request in; none where too many are under way.
    pub(super) fn begin(&self) -> Option<UnderWay> {
        let under_way = UnderWay(Arc::clone(&self.requests));
        let before = self.requests.fetch_add(1, Ordering::Relaxed);
        (before < MOST_AT_ONCE).then_some(under_way)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some((all, place)) = &self.counted else {
            return;
        };
        let mut open = all.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = open.entry(*place) {
            *count.get_mut() -= 1;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

/// What one sender has: an address, or in IPv6 a network, of which everybody has as many addresses as they like.
fn place(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            let network = u128::from(address) >> 64 << 64;
            IpAddr::V6(Ipv6Addr::from(network))
        }
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_its_share_and_gets_it_back() {
        let all = Connections::new(2);
        let admit = |address: &str| all.admit(address.parse().unwrap());
        let first = admit("192.0.2.1");
        let second = admit("::ffff:192.0.2.1");
        assert!(first.is_some() && second.is_some());
        assert!(
            admit("192.0.2.1").is_none(),
            "the same address in two ways of writing"
        );
        assert!(admit("192.0.2.2").is_some());
        let network = (admit("2001:db8::1"), admit("2001:db8::2"));
        assert!(admit("2001:db8::3").is_none(), "the same network");
        assert!(admit("2001:db8:0:1::1").is_some());
        drop((first, network));
        assert!(admit("192.0.2.1").is_some());
        drop(second);
        assert!(all.open.lock().unwrap().is_empty());
    }

    #[test]
    fn a_connection_has_so_many_requests_at_once() {
        let connection = Connections::new(0).admit([192, 0, 2, 1].into()).unwrap();
        let mut under_way: Vec<_> = (0..MOST_AT_ONCE).map(|_| connection.begin()).collect();
        assert!(under_way.iter().all(Option::is_some));
        assert!(connection.begin().is_none());
        under_way.pop();
        assert!(connection.begin().is_some());
    }
}
