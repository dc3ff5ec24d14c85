//! The name that a request has in the log, in its response and in what a person reports.

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

/// The client's own id where it is one that can be written anywhere, else a new one that sorts by time.
pub fn choose(sent: Option<&str>) -> String {
    match sent {
        Some(id) if is_sane(id) => id.to_owned(),
        _ => new(),
    }
}

/// A UUID of version 7. Nobody must be unable to guess it, so its random part need not come from the kernel each time: a
/// count, hashed under a key of this process.
fn new() -> String {
    static KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    let mut random = [0; 10];
    random[..8].copy_from_slice(&KEY.hash_one(count).to_be_bytes());
    random[8..].copy_from_slice(&KEY.hash_one(!count).to_be_bytes()[..2]);
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let millis = now.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or_default()
    });
    uuid::Builder::from_unix_timestamp_millis(millis, &random)
        .into_uuid()
        .to_string()
}

/// Short, and of letters that mean nothing to logs, terminals and headers.
fn is_sane(id: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
    (1..=128).contains(&id.len()) && id.bytes().all(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sane_id_is_kept_and_another_replaced() {
        assert_eq!(choose(Some("req-1.a:b_C")), "req-1.a:b_C");
        for bad in ["", "two words", "line\nbreak", "é", &"x".repeat(129)] {
            assert_ne!(choose(Some(bad)), bad);
        }
        let first = choose(None);
        let second = choose(None);
        assert_eq!(uuid::Uuid::parse_str(&first).unwrap().get_version_num(), 7);
        assert_ne!(first, second);
        assert!(first[..13] <= second[..13], "by time: {first} {second}");
    }
}
