//! The order in which fragments can be measured, and those that have none (GraphQL, "Fragment Spreads Must Not Form
//! Cycles").

use std::collections::{HashMap, HashSet};

use super::{Error, Part, invalid, short};

/// The fragments, each behind all that it spreads.
///
/// # Errors
///
/// The first fragment that spreads itself, with those on the way. One is enough: whoever mends it sees the next.
pub(super) fn innermost_first<'a>(
    fragments: &HashMap<&'a str, Part<'a>>,
) -> Result<Vec<&'a str>, Error> {
    let mut names: Vec<_> = fragments.keys().copied().collect();
    names.sort_by_key(|name| fragments[name].pos);
    let mut order = Vec::with_capacity(names.len());
    let mut seen = HashSet::new();
    for name in names {
        // The fragments on the way down with how many of their spreads were followed. On the heap: a chain of fragments
        // is as long as the document allows.
        let mut way: Vec<(&str, usize)> = Vec::new();
        // Those on the way; it may be long.
        let mut open = HashSet::new();
        if seen.insert(name) {
            way.push((name, 0));
            open.insert(name);
        }
        while let Some((at, followed)) = way.last_mut() {
            let Some((next, pos)) = fragments[at].spreads.get(*followed).copied() else {
                open.remove(at);
                order.push(*at);
                way.pop();
                continue;
            };
            *followed += 1;
            if open.contains(next) {
                let start = way.iter().position(|(name, _)| *name == next);
                let names = way[start.unwrap_or_default()..].iter();
                let names: Vec<_> = names.map(|(name, _)| short(name)).collect();
                let message = format!(
                    "The fragment `{}` spreads itself: {} → {0}.",
                    short(next),
                    names.join(" → "),
                );
                return Err(invalid(message, pos));
            }
            if fragments.contains_key(next) && seen.insert(next) {
                way.push((next, 0));
                open.insert(next);
            }
        }
    }
    Ok(order)
}
