//! How much of what all share each place has, so that nobody has all of it.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Something that is counted by where those come from who have it.
#[derive(Debug)]
pub(super) struct Shares {
    most: usize,
    taken: Mutex<HashMap<IpAddr, usize>>,
}

/// What one of a place has of it, as long as this lives.
#[derive(Debug)]
pub(super) struct Share {
    /// Where it is counted; nothing where it is not.
    counted: Option<(Arc<Shares>, IpAddr)>,
    amount: usize,
}

impl Shares {
    /// At most so much for one place; 0 counts nothing.
    pub(super) fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            taken: Mutex::default(),
        })
    }

    /// A share that has nothing yet, for somebody at an address; who has no address is not counted.
    pub(super) fn of(self: &Arc<Self>, address: Option<IpAddr>) -> Share {
        let address = address.filter(|_| self.most > 0);
        Share {
            counted: address.map(|address| (Arc::clone(self), place(address))),
            amount: 0,
        }
    }
}

impl Share {
    /// Takes so much more. Whether it was to be had; else nothing is taken.
    #[must_use]
    pub(super) fn take(&mut self, more: usize) -> bool {
        let Some((all, place)) = &self.counted else {
            return true;
        };
        let mut taken = all.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let before = taken.get(place).copied().unwrap_or_default();
        let Some(after) = before.checked_add(more).filter(|after| *after <= all.most) else {
            return false;
        };
        taken.insert(*place, after);
        self.amount += more;
        true
    }

    /// Gives back all that was taken.
    pub(super) fn clear(&mut self) {
        let amount = std::mem::take(&mut self.amount);
        let Some((all, place)) = self.counted.as_ref().filter(|_| amount > 0) else {
            return;
        };
        let mut taken = all.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Entry::Occupied(mut count) = taken.entry(*place) {
            *count.get_mut() -= amount;
            if *count.get() == 0 {
                count.remove();
            }
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.clear();
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
        let all = Shares::new(2);
        let take = |address: &str| {
            let mut share = all.of(address.parse().ok());
            share.take(1).then_some(share)
        };
        let first = take("192.0.2.1");
        let second = take("::ffff:192.0.2.1");
        assert!(first.is_some() && second.is_some());
        assert!(
            take("192.0.2.1").is_none(),
            "the same address in two ways of writing"
        );
        assert!(take("192.0.2.2").is_some());
        let network = (take("2001:db8::1"), take("2001:db8::2"));
        assert!(take("2001:db8::3").is_none(), "the same network");
        assert!(take("2001:db8:0:1::1").is_some());
        drop((first, network));
        assert!(take("192.0.2.1").is_some());
        drop(second);
        assert!(all.taken.lock().unwrap().is_empty());
    }

    #[test]
    fn what_is_too_much_takes_nothing() {
        let all = Shares::new(10);
        let address = Some([192, 0, 2, 1].into());
        let mut one = all.of(address);
        assert!(!one.take(11) && !one.take(usize::MAX));
        assert!(all.taken.lock().unwrap().is_empty());
        assert!(one.take(4) && one.take(4) && !one.take(3));
        let mut other = all.of(address);
        assert!(other.take(2) && !other.take(1));
        one.clear();
        assert!(other.take(8) && !one.take(1));
        drop(other);
        assert!(one.take(10));
    }

    #[test]
    fn who_is_not_counted_takes_what_they_like() {
        assert!(Shares::new(1).of(None).take(5));
        let mut share = Shares::new(0).of(Some([192, 0, 2, 1].into()));
        assert!(share.take(5));
        share.clear();
    }
}
