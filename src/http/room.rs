//! The memory for what is on its way in: bodies of requests, and messages of WebSockets.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::shares::{Share, Shares};

/// As long as nearly all bodies and messages are, in bytes. These need no room, so that large ones that are on their way never
/// keep them out. How many there are of these is bounded by connections and sockets: a connection has one of them at a time.
pub(super) const USUAL: usize = 16 << 10;

/// What a request takes beside its body, in bytes, where there are several on a connection.
const BESIDE: usize = 8 << 10;

/// The least that there is, in bytes.
const LEAST: usize = 64 << 20;

/// There is no room, in all or for this sender.
#[derive(Debug)]
pub(super) struct Full;

/// All the memory that there is.
#[derive(Debug)]
pub(super) struct Rooms {
    /// A permit for each byte.
    all: Arc<Semaphore>,
    shares: Arc<Shares>,
}

/// What one body or message takes of it, as long as this lives.
#[derive(Debug)]
pub(super) struct Room {
    all: Arc<Semaphore>,
    taken: Option<OwnedSemaphorePermit>,
    share: Share,
    /// What is taken beside the bytes.
    beside: usize,
    /// How much of all needs no room.
    free: usize,
}

impl Rooms {
    /// Room for some of the longest, as the rest are short; a quarter of it for those who come from one place.
    pub(super) fn new(longest: usize) -> Self {
        let bytes = (longest.saturating_mul(16)).clamp(LEAST, Semaphore::MAX_PERMITS);
        Self {
            all: Arc::new(Semaphore::new(bytes)),
            shares: Shares::new(bytes / 4),
        }
    }

    /// Room for what comes from an address, of which nothing is taken yet.
    pub(super) fn of(&self, client: Option<IpAddr>) -> Room {
        Room {
            all: Arc::clone(&self.all),
            taken: None,
            share: self.shares.of(client),
            beside: 0,
            free: USUAL,
        }
    }
}

impl Room {
    /// Counts all of a body whose connection has other requests under way, and what the request takes beside it.
    ///
    /// # Errors
    ///
    /// Where there is no room for it.
    pub(super) fn beside_others(&mut self) -> Result<(), Full> {
        (self.beside, self.free) = (BESIDE, 0);
        self.hold(0)
    }

    /// Adds to bytes, which will be no more than `longest`, after taking what their memory needs.
    ///
    /// # Errors
    ///
    /// Where there is no room for them.
    pub(super) fn append(
        &mut self,
        bytes: &mut Vec<u8>,
        more: &[u8],
        longest: usize,
    ) -> Result<(), Full> {
        let length = bytes.len() + more.len();
        if length > bytes.capacity() {
            // What is usual shall stay so.
            let usual = if length <= USUAL { USUAL } else { longest };
            let most = longest.min(usual).max(length);
            let capacity = (2 * bytes.capacity()).clamp(length, most);
            self.hold(capacity)?;
            bytes.reserve_exact(capacity - bytes.len());
        }
        bytes.extend_from_slice(more);
        Ok(())
    }

    /// Takes what is needed where so many bytes are there.
    ///
    /// # Errors
    ///
    /// Where there is no room for them.
    pub(super) fn hold(&mut self, bytes: usize) -> Result<(), Full> {
        let taken = (self.taken.as_ref()).map_or(0, OwnedSemaphorePermit::num_permits);
        let needed = self.beside.saturating_add(bytes);
        let needed = needed.saturating_sub(self.free).saturating_sub(taken);
        if needed == 0 {
            return Ok(());
        }
        let permits = u32::try_from(needed).map_err(|_| Full)?;
        let more = Arc::clone(&self.all).try_acquire_many_owned(permits);
        let more = more.map_err(|_| Full)?;
        if !self.share.take(needed) {
            return Err(Full);
        }
        match &mut self.taken {
            Some(taken) => taken.merge(more),
            None => self.taken = Some(more),
        }
        Ok(())
    }

    /// Gives back all that is taken.
    pub(super) fn clear(&mut self) {
        self.taken = None;
        self.share.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_takes_no_more_than_it_needs() {
        let rooms = Rooms::new(1 << 20);
        for longest in [USUAL, 40_000, 1 << 20] {
            let mut room = rooms.of(None);
            let mut bytes = Vec::new();
            while bytes.len() < longest {
                let more = [7; 1_000];
                let more = &more[..more.len().min(longest - bytes.len())];
                room.append(&mut bytes, more, longest).expect("is there");
                let taken = room
                    .taken
                    .as_ref()
                    .map_or(0, OwnedSemaphorePermit::num_permits);
                assert_eq!(taken, bytes.capacity().saturating_sub(USUAL));
                assert!(bytes.len() > USUAL || taken == 0);
                assert!(bytes.capacity() <= longest);
            }
        }
    }

    #[test]
    fn beside_others_all_counts() {
        let rooms = Rooms::new(1 << 20);
        let address = Some([192, 0, 2, 1].into());
        let all = (16 << 20) / (BESIDE + 100);
        let mut rooms: Vec<_> = (0..=all).map(|_| rooms.of(address)).collect();
        let mut begun =
            (rooms.iter_mut()).map(|room| room.beside_others().is_ok() && room.hold(100).is_ok());
        assert!(begun.by_ref().take(all).all(|begun| begun));
        assert_eq!(begun.next(), Some(false));
    }

    #[test]
    fn one_place_has_a_quarter_of_it() {
        const MEGABYTE: usize = 1 << 20;
        let rooms = Rooms::new(MEGABYTE);
        let address = |last| Some(IpAddr::from([192, 0, 2, last]));
        let mut of_one: Vec<_> = (0..16).map(|_| rooms.of(address(1))).collect();
        for room in &mut of_one {
            assert!(room.hold(USUAL + 10).is_ok() && room.hold(USUAL + MEGABYTE).is_ok());
            assert!(room.hold(USUAL + MEGABYTE).is_ok(), "it is there already");
        }
        assert!(rooms.of(address(1)).hold(USUAL + 1).is_err());
        assert!(rooms.of(address(1)).hold(USUAL).is_ok());
        let mut others: Vec<_> = (2..5).map(|last| rooms.of(address(last))).collect();
        assert!(
            others
                .iter_mut()
                .all(|room| room.hold(USUAL + 16 * MEGABYTE).is_ok())
        );
        assert!(
            rooms.of(address(9)).hold(USUAL + 1).is_err(),
            "all is taken"
        );
        assert!(rooms.of(None).hold(USUAL + 1).is_err());
        of_one[0].clear();
        assert!(rooms.of(address(1)).hold(USUAL + MEGABYTE).is_ok());
        drop(others);
        let mut local = rooms.of(None);
        assert!(
            local.hold(USUAL + 40 * MEGABYTE).is_ok(),
            "who has no address"
        );
    }
}
