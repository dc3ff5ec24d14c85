//! What each client may ask for in a minute, in units of cost.
//!
//! A bucket per address, full at first: a request takes out what it costs, and a minute fills it again. So a client may
//! spend a whole minute's units at once, and from then on as they flow. Of a bucket only one number is kept: when it
//! will be full again, if nothing more is taken out. One that is full needs no keeping.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::error::{Code, Error};

/// What every request costs.
const REQUEST: u64 = 1;
/// So many bytes of a request are one unit: they are read, whatever they say.
const BYTES: u64 = 1_000;

/// The units of a minute, unless something else is said.
pub const RATE_LIMIT: u32 = 1_000_000;

/// In which a bucket fills, in nanoseconds.
const MINUTE: u64 = 60_000_000_000;
/// Of so many refusals a minute's units are used up: what is refused was read and checked, whatever it would have cost.
const REFUSALS: u64 = 1_000;
/// The most addresses that are remembered. Each takes some 30 bytes.
const MOST_CLIENTS: usize = 100_000;
/// As often full buckets are looked for at most, where there are too many.
const SWEEP: u64 = 1_000_000_000;

/// The buckets of all clients. A client without an address has none and is never refused.
#[derive(Debug)]
pub struct Budget {
    /// Units of a minute; 0 for no limit.
    limit: u64,
    start: Instant,
    buckets: Mutex<Buckets>,
}

#[derive(Debug, Default)]
struct Buckets {
    /// When each is full again, in nanoseconds after the start.
    full_at: HashMap<Client, u64>,
    swept: u64,
}

/// Whoever has a bucket: an address of IPv4, or a network of IPv6, of which a single client has all addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Client {
    V4([u8; 4]),
    V6(u64),
}

impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address.octets()),
            IpAddr::V6(address) => {
                Self::V6(u64::try_from(address.to_bits() >> 64).unwrap_or_default())
            }
        }
    }
}

/// What a request of so many bytes costs beside what it asks for. One that is answered from memory costs no more.
pub fn reading(bytes: usize) -> u64 {
    REQUEST + bytes as u64 / BYTES
}

/// How a client stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Units of a minute; `None` where there is no limit.
    pub limit: Option<u64>,
    /// What the request costs.
    pub cost: u64,
    /// Units that are left.
    pub remaining: u64,
    /// Until all of them are there again.
    pub reset: Duration,
}

impl Budget {
    /// With so many units a minute; 0 for no limit.
    pub fn of(limit: u32) -> Self {
        Self {
            limit: limit.into(),
            start: Instant::now(),
            buckets: Mutex::default(),
        }
    }

    /// Takes what a request costs from a client's bucket. A full bucket is enough for any request.
    ///
    /// # Errors
    /// [`Code::RateLimited`] where not enough is left, with the time after which there will be. Nothing is taken then.
    pub fn charge(&self, client: Option<IpAddr>, cost: u64) -> Result<Standing, Error> {
        self.charge_at(client, cost, self.now())
    }

    /// Gives back what was taken for a request that nothing was done for.
    pub fn give_back(&self, client: Option<IpAddr>, cost: u64) {
        if let (true, Some(client)) = (self.limit > 0, client) {
            self.give_back_at(client, cost, self.now());
        }
    }

    fn give_back_at(&self, client: IpAddr, cost: u64, now: u64) {
        let price = self.nanos(cost);
        self.change(client.into(), now, |full_at| {
            full_at.saturating_sub(price).max(now)
        });
    }

    /// Makes a client pay for a refusal, except for one that isn't its fault, or is part of a protocol.
    pub fn charge_refusal(&self, client: Option<IpAddr>, code: Code) {
        if let (true, Some(client)) = (self.limit > 0 && is_fault(code), client) {
            let now = self.now();
            let cost = self.nanos((self.limit / REFUSALS).max(1));
            self.change(client.into(), now, |full_at| {
                // Whoever owes more than a minute already goes on to.
                full_at.max((full_at + cost).min(now + MINUTE))
            });
        }
    }

    /// How a client stands; `None` where there is no limit for it.
    pub fn standing(&self, client: Option<IpAddr>) -> Option<Standing> {
        let client = client.filter(|_| self.limit > 0)?;
        let now = self.now();
        let buckets = self.lock();
        let full_at = buckets.full_at.get(&client.into()).copied();
        Some(self.at(full_at.unwrap_or(now).max(now) - now, 0))
    }

    fn charge_at(&self, client: Option<IpAddr>, cost: u64, now: u64) -> Result<Standing, Error> {
        let Some(client) = client.filter(|_| self.limit > 0) else {
            return Ok(Standing {
                limit: None,
                cost,
                remaining: 0,
                reset: Duration::ZERO,
            });
        };
        let price = self.nanos(cost);
        let mut refused = None;
        let full_at = self.change(client.into(), now, |full_at| {
            // What the request itself costs may have been taken before.
            let needed = price.min(MINUTE - self.nanos(REQUEST));
            let after = full_at - now + needed;
            if after > MINUTE {
                refused = Some(Duration::from_nanos(after - MINUTE));
                return full_at;
            }
            full_at + price
        });
        let standing = self.at(full_at - now, cost);
        match refused {
            None => Ok(standing),
            Some(wait) => Err(Error::new(
                Code::RateLimited,
                format!(
                    "The request costs {cost}; of the {} units that your address may ask for in a minute, {} are left. \
                     Try again in {} seconds, or ask for less.",
                    self.limit,
                    standing.remaining,
                    wait.as_secs() + 1
                ),
            )
            .retry_after(wait)
            .with("cost", cost)
            .with("limit", self.limit)
            .with("remaining", standing.remaining)),
        }
    }

    /// Changes when a client's bucket is full again, which is now or later.
    fn change(&self, client: Client, now: u64, change: impl FnOnce(u64) -> u64) -> u64 {
        let mut buckets = self.lock();
        let full_at = buckets.full_at.get(&client).copied();
        let full_at = change(full_at.unwrap_or(now).max(now));
        if full_at > now {
            buckets.keep(client, full_at, now);
        } else {
            buckets.full_at.remove(&client);
        }
        full_at
    }

    /// How a client stands whose bucket is full in so many nanoseconds.
    fn at(&self, until_full: u64, cost: u64) -> Standing {
        let spent = u128::from(until_full) * u128::from(self.limit);
        let spent = u64::try_from(spent.div_ceil(MINUTE.into())).unwrap_or(u64::MAX);
        Standing {
            limit: Some(self.limit),
            cost,
            remaining: self.limit.saturating_sub(spent),
            reset: Duration::from_nanos(until_full),
        }
    }

    /// How long so many units take to flow; at most some days, so that numbers don't overflow.
    fn nanos(&self, units: u64) -> u64 {
        let nanos = u128::from(units) * u128::from(MINUTE) / u128::from(self.limit);
        u64::try_from(nanos)
            .unwrap_or(u64::MAX)
            .min(MINUTE * 10_000)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Buckets> {
        self.buckets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Buckets {
    /// Keeps a bucket. Where there are too many, full ones go, and where there are none, any other: whoever has that
    /// many addresses is not held up by a limit for each.
    fn keep(&mut self, client: Client, full_at: u64, now: u64) {
        if self.full_at.len() >= MOST_CLIENTS && !self.full_at.contains_key(&client) {
            if now >= self.swept + SWEEP {
                self.full_at.retain(|_, full_at| *full_at > now);
                self.swept = now;
            }
            if self.full_at.len() >= MOST_CLIENTS {
                let any = self.full_at.keys().next().copied();
                any.and_then(|any| self.full_at.remove(&any));
            }
        }
        self.full_at.insert(client, full_at);
    }
}

/// Whether a refusal is the client's fault.
fn is_fault(code: Code) -> bool {
    match code {
        Code::ParseFailed
        | Code::ValidationFailed
        | Code::OperationResolutionFailure
        | Code::BadUserInput
        | Code::BadRequest
        | Code::QueryTooComplex
        | Code::QueryTooDeep
        | Code::PayloadTooLarge
        | Code::Unauthenticated
        | Code::DocumentNotTrusted
        | Code::Forbidden => true,
        // A client that sends a hash alone is told so, and sends the document next.
        Code::PersistedQueryNotFound
        | Code::PersistedQueryNotSupported
        | Code::NotFound
        | Code::Conflict
        | Code::RateLimited
        | Code::Unavailable
        | Code::Timeout
        | Code::Internal => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = MINUTE / 60;

    #[expect(clippy::unnecessary_wraps, reason = "as it is asked with")]
    fn client(text: &str) -> Option<IpAddr> {
        Some(text.parse().expect("is an address"))
    }

    fn remaining(outcome: &Result<Standing, Error>) -> Option<u64> {
        outcome.as_ref().ok().map(|standing| standing.remaining)
    }

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let budget = Budget::of(600);
        let ann = client("192.0.2.1");
        assert_eq!(remaining(&budget.charge_at(ann, 500, 0)), Some(100));
        assert_eq!(remaining(&budget.charge_at(ann, 100, 0)), Some(0));
        let refusal = budget.charge_at(ann, 1, 0).expect_err("nothing is left");
        assert_eq!(refusal.retry_after, Some(Duration::from_millis(100)));
        // Ten units a second flow back, and no more than there were.
        assert_eq!(remaining(&budget.charge_at(ann, 5, SECOND)), Some(5));
        assert_eq!(
            remaining(&budget.charge_at(ann, 1, 999 * SECOND)),
            Some(599)
        );
        // Others have their own.
        assert_eq!(
            remaining(&budget.charge_at(client("192.0.2.2"), 1, 0)),
            Some(599)
        );
    }

    #[test]
    fn a_full_bucket_is_enough_for_any_request_which_is_paid_off_then() {
        let budget = Budget::of(60);
        let ann = client("192.0.2.1");
        assert_eq!(remaining(&budget.charge_at(ann, 180, 0)), Some(0));
        let refusal = budget.charge_at(ann, 1, 0).expect_err("nothing is left");
        assert_eq!(refusal.retry_after, Some(Duration::from_secs(121)));
        assert!(budget.charge_at(ann, 180, 178 * SECOND).is_err());
        assert!(budget.charge_at(ann, REQUEST, 180 * SECOND).is_ok());
        assert!(budget.charge_at(ann, 180, 180 * SECOND).is_ok());
        assert!(
            budget
                .charge_at(client("192.0.2.9"), u64::MAX, u64::MAX / 2)
                .is_ok()
        );
    }

    #[test]
    fn what_is_given_back_can_be_spent_again_and_no_more() {
        let budget = Budget::of(60);
        let ann = client("192.0.2.1");
        let address = ann.expect("is one");
        assert_eq!(remaining(&budget.charge_at(ann, 10, 0)), Some(50));
        assert_eq!(remaining(&budget.charge_at(ann, 40, 0)), Some(10));
        budget.give_back_at(address, 40, 0);
        assert_eq!(remaining(&budget.charge_at(ann, 0, 0)), Some(50));
        // What has flowed back meanwhile isn't given twice.
        budget.give_back_at(address, 10, 5 * SECOND);
        assert_eq!(budget.lock().full_at.len(), 0, "full, and forgotten");
        assert_eq!(remaining(&budget.charge_at(ann, 60, 5 * SECOND)), Some(0));
        // More than a full bucket, which is paid off, and given back as a whole.
        let budget = Budget::of(60);
        assert!(budget.charge_at(ann, 180, 0).is_ok());
        budget.give_back_at(address, 180, SECOND);
        assert_eq!(remaining(&budget.charge_at(ann, 1, SECOND)), Some(59));
        // Where nothing is taken nothing is given.
        for (budget, client) in [(Budget::of(0), ann), (Budget::of(60), None)] {
            budget.give_back(client, 10);
            assert_eq!(budget.lock().full_at.len(), 0);
        }
    }

    #[test]
    fn one_client_has_a_whole_network_of_ipv6_and_one_address_of_ipv4() {
        let budget = Budget::of(60);
        assert!(budget.charge_at(client("2001:db8::1"), 60, 0).is_ok());
        assert!(budget.charge_at(client("2001:db8::ffff:2"), 1, 0).is_err());
        assert!(budget.charge_at(client("2001:db8:0:1::1"), 1, 0).is_ok());
        assert!(budget.charge_at(client("192.0.2.1"), 60, 0).is_ok());
        assert!(budget.charge_at(client("::ffff:192.0.2.1"), 1, 0).is_err());
    }

    #[test]
    fn refusals_use_a_minute_up_and_no_more() {
        let budget = Budget::of(10_000);
        let ann = client("192.0.2.1");
        for _ in 0..5_000 {
            budget.charge_refusal(ann, Code::ParseFailed);
        }
        let refusal = budget.charge(ann, 1).expect_err("nothing is left");
        assert!(refusal.retry_after.expect("says when") <= Duration::from_secs(1));
        let other = client("192.0.2.2");
        for code in [
            Code::RateLimited,
            Code::Internal,
            Code::PersistedQueryNotFound,
        ] {
            budget.charge_refusal(other, code);
        }
        assert_eq!(
            budget.standing(other).expect("is limited").remaining,
            10_000
        );
    }

    #[test]
    fn without_a_limit_or_an_address_nothing_is_refused() {
        for (budget, client) in [(Budget::of(0), client("192.0.2.1")), (Budget::of(1), None)] {
            for _ in 0..10 {
                assert!(budget.charge(client, 1_000_000).is_ok());
            }
            assert_eq!(budget.standing(client), None);
        }
    }

    #[test]
    fn there_are_never_too_many_buckets() {
        let budget = Budget::of(60);
        let each = |number: u32, now: u64| {
            let address = IpAddr::from(number.to_be_bytes());
            budget.charge_at(Some(address), 1, now).expect("is enough");
        };
        let most = u32::try_from(MOST_CLIENTS).expect("is no large number");
        (0..most + 10).for_each(|number| each(number, 0));
        assert_eq!(budget.lock().full_at.len(), MOST_CLIENTS);
        // After a second, all of them are full again.
        each(u32::MAX, 2 * SECOND);
        assert_eq!(budget.lock().full_at.len(), 1);
    }
}
