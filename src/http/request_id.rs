//! The name that a request has in the log, in its response and in what a person reports.

/// The client's own id where it is one that can be written anywhere, else a new one that sorts by time.
pub fn choose(sent: Option<&str>) -> String {
    match sent {
        Some(id) if is_sane(id) => id.to_owned(),
        _ => uuid::Uuid::now_v7().to_string(),
    }
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
        assert_eq!(choose(None).len(), 36);
    }
}
