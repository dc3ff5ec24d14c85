//! Cutting a text into pieces around what matches.

use std::collections::HashMap;
use std::ops::Range;

use crate::values::words::stretches;

/// Texts up to this many characters are shown whole, of longer ones a stretch that is no longer.
const SHOWN: usize = 200;
/// How many characters of a stretch stand before the first match, at most.
const BEFORE: usize = 60;

/// A piece of a text, and whether it matches.
pub(super) type Fragment<'t> = (&'t str, bool);

/// What is shown of a text.
#[derive(Debug, PartialEq)]
pub(super) struct Shown<'t> {
    /// The stretch in pieces.
    pub(super) pieces: Vec<Fragment<'t>>,
    /// How many different words match within it.
    pub(super) words: usize,
}

/// The stretch of a text in which the most different words match, the first of them; `None` where none matches. `matching`
/// has what stands between two signs and matches, with its plain words.
pub(super) fn fragments<'t>(
    text: &'t str,
    matching: &HashMap<String, String>,
) -> Option<Shown<'t>> {
    let found: Vec<(Range<usize>, &str)> = stretches(text)
        .filter_map(|place| Some((place.clone(), matching.get(&text[place])?.as_str())))
        .collect();
    let (first, words) = densest(&found)?;
    let window = window(text, &found[first].0);
    let mut pieces = Vec::new();
    let mut done = window.start;
    for (place, _) in &found {
        if place.start < window.start || place.end > window.end {
            continue;
        }
        if done < place.start {
            pieces.push((&text[done..place.start], false));
        }
        pieces.push((&text[place.clone()], true));
        done = place.end;
    }
    if done < window.end {
        pieces.push((&text[done..window.end], false));
    }
    Some(Shown { pieces, words })
}

/// The match from which on the most different words match within a stretch, and how many these are.
fn densest(found: &[(Range<usize>, &str)]) -> Option<(usize, usize)> {
    let mut best: Option<(usize, usize)> = None;
    let mut within: HashMap<&str, usize> = HashMap::new();
    let mut end = 0;
    for (first, &(ref place, word)) in found.iter().enumerate() {
        while let Some(&(ref next, word)) = found.get(end)
            && (end == first || next.end - place.start <= SHOWN - BEFORE)
        {
            *within.entry(word).or_default() += 1;
            end += 1;
        }
        if best.is_none_or(|(_, most)| within.len() > most) {
            best = Some((first, within.len()));
        }
        if let Some(times) = within.get_mut(word) {
            *times -= 1;
            if *times == 0 {
                within.remove(word);
            }
        }
    }
    best
}

/// The stretch that is shown: it begins and ends between words, unless these are very long.
fn window(text: &str, first: &Range<usize>) -> Range<usize> {
    if text.char_indices().nth(SHOWN).is_none() {
        return 0..text.len();
    }
    let mut before = text[..first.start].char_indices().rev().take(BEFORE);
    let start = match before.by_ref().last() {
        Some((0, _)) | None => 0,
        Some((earliest, _)) => text[earliest..first.start]
            .char_indices()
            .skip_while(|(_, letter)| !letter.is_whitespace())
            .find(|(_, letter)| !letter.is_whitespace())
            .map_or(first.start, |(place, _)| earliest + place),
    };
    let rest = &text[start..];
    let Some((latest, _)) = rest.char_indices().nth(SHOWN) else {
        return start..text.len();
    };
    let latest = (start + latest).max(first.end);
    let end = text[first.end..latest]
        .char_indices()
        .rev()
        .find(|(_, letter)| letter.is_whitespace())
        .map_or(latest, |(place, _)| first.end + place);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is shown of a text where these words match.
    fn pieces<'t>(text: &'t str, words: &str) -> Option<Vec<Fragment<'t>>> {
        let pieces = stretches(text).map(|place| &text[place]);
        let matching =
            pieces.filter(|piece| words.split(' ').any(|word| word == piece.to_lowercase()));
        let matching = matching.map(|piece| (piece.to_owned(), piece.to_lowercase()));
        Some(fragments(text, &matching.collect())?.pieces)
    }

    fn shown(text: &str, word: &str) -> Option<String> {
        let pieces = pieces(text, word)?;
        let pieces = pieces.iter().map(|(text, matched)| {
            if *matched {
                format!("[{text}]")
            } else {
                (*text).to_owned()
            }
        });
        Some(pieces.collect())
    }

    #[test]
    fn short_texts_are_shown_whole() {
        assert_eq!(
            shown("L’accord, un Accord.", "accord").as_deref(),
            Some("L’[accord], un [Accord].")
        );
        assert_eq!(shown("accord", "accord").as_deref(), Some("[accord]"));
        assert_eq!(shown("accord", "plan"), None);
        assert_eq!(shown("", "plan"), None);
    }

    #[test]
    fn of_long_texts_a_stretch_between_words_is_shown() {
        let text = format!(
            "{} accord {}",
            "avant lui ".repeat(50),
            "après, lui ".repeat(50)
        );
        let pieces = pieces(&text, "accord").expect("it matches");
        let whole: String = pieces.iter().map(|(piece, _)| *piece).collect();
        assert!(text.contains(&whole));
        let length = whole.chars().count();
        assert!((150..=SHOWN).contains(&length), "{length}");
        assert!(
            whole.starts_with("avant") || whole.starts_with("lui"),
            "{whole}"
        );
        assert!(
            whole.ends_with("lui") || whole.ends_with("après,"),
            "{whole}"
        );
    }

    #[test]
    fn the_stretch_with_the_most_different_words_is_shown() {
        let text = format!(
            "d’abord {} le plan d’action régional {}",
            "d’autres mots ".repeat(40),
            "d’autres mots ".repeat(40)
        );
        let shown = shown(&text, "plan d action").expect("it matches");
        assert!(shown.contains("le [plan] [d]’[action] régional"), "{shown}");
    }

    #[test]
    fn a_text_without_white_space_is_cut_all_the_same() {
        let text = format!("{}·accord·{}", "é·".repeat(500), "é·".repeat(500));
        let cut = pieces(&text, "accord").expect("it matches");
        let whole: String = cut.iter().map(|(piece, _)| *piece).collect();
        assert!(whole.contains("accord") && text.contains(&whole));
        assert!(whole.chars().count() <= SHOWN);
        let long = "a".repeat(1000);
        assert_eq!(pieces(&long, &long), Some(vec![(long.as_str(), true)]));
    }
}
