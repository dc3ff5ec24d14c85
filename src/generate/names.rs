//! Texts and names made of words.

use serde_json::{Value, json};

use super::chance::Chance;
use super::words::{
    COUNTRY_ENDS, DEEDS, ENDS, MEANS, NAME_MIDDLES, NAME_STARTS, PEOPLE, PLACE_ENDS, PLACE_STARTS,
    PROJECT_ENDS, TOPICS, Words,
};

/// The languages that a record's texts are in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Languages {
    /// Whether the original is English; else it is French.
    pub(super) english: bool,
    /// Whether there is a translation into the other.
    pub(super) both: bool,
}

impl Languages {
    pub(super) const BOTH: Self = Self {
        english: false,
        both: true,
    };

    pub(super) fn draw(chance: &mut Chance) -> Self {
        Self {
            english: chance.happens(0.35),
            both: chance.happens(0.3),
        }
    }

    pub(super) fn original(self) -> &'static str {
        if self.english { "EN" } else { "FR" }
    }

    /// A localized text as bundles have it.
    pub(super) fn text(self, (french, english): &(String, String)) -> Value {
        let french = json!({ "language": "FR", "text": french });
        let english = json!({ "language": "EN", "text": english });
        match (self.both, self.english) {
            (true, _) => json!([french, english]),
            (false, true) => json!([english]),
            (false, false) => json!([french]),
        }
    }
}

/// One expression, written in both languages.
pub(super) fn both(words: &[&Words]) -> (String, String) {
    let french: Vec<_> = words.iter().map(|(french, _)| *french).collect();
    let english: Vec<_> = words.iter().map(|(_, english)| *english).collect();
    (french.join(" "), english.join(" "))
}

/// `l’accueil et l’emploi des réfugiés`: what a title is about.
pub(super) fn subject(chance: &mut Chance) -> (String, String) {
    const AND: Words = ("et", "and");
    let mut words = vec![chance.word(TOPICS)];
    if chance.happens(0.3) {
        words.extend([&AND, chance.word(TOPICS)]);
    }
    words.push(chance.word(PEOPLE));
    both(&words)
}

/// A few sentences about what the parties do.
pub(super) fn sentences(chance: &mut Chance, count: usize) -> (String, String) {
    let (mut french, mut english) = (Vec::new(), Vec::new());
    for _ in 0..count {
        let mut words = vec![chance.word(DEEDS), chance.word(TOPICS), chance.word(PEOPLE)];
        if chance.happens(0.7) {
            words.push(chance.word(MEANS));
        }
        if chance.happens(0.7) {
            words.push(chance.word(ENDS));
        }
        let (fr, en) = both(&words);
        french.push(format!("Les parties {fr}."));
        english.push(format!("The parties {en}."));
    }
    (french.join(" "), english.join(" "))
}

/// The name of a place: one of some thousands, all alike.
pub(super) fn place(chance: &mut Chance) -> String {
    let name = format!("{}{}", chance.any(PLACE_STARTS), chance.any(PLACE_ENDS));
    match chance.below(5) {
        0 => format!("Saint-{name}"),
        1 => format!("{name}-sur-{}", chance.any(PLACE_STARTS)),
        _ => name,
    }
}

/// The name of a country in French and English: each number has its own.
pub(super) fn country(number: usize) -> (String, String) {
    let start = NAME_STARTS[number % NAME_STARTS.len()];
    let rest = number / NAME_STARTS.len();
    let middle = NAME_MIDDLES[(rest * 7 + number) % NAME_MIDDLES.len()];
    let (french, english) = COUNTRY_ENDS[(number * 5 + rest) % COUNTRY_ENDS.len()];
    (
        format!("{start}{middle}{french}"),
        format!("{start}{middle}{english}"),
    )
}

/// The name of a project: one of thousands.
pub(super) fn project(chance: &mut Chance) -> String {
    [
        *chance.any(NAME_STARTS),
        *chance.any(NAME_MIDDLES),
        *chance.any(PROJECT_ENDS),
    ]
    .concat()
}

/// An approximate date as bundles have it.
pub(super) fn date(edtf: &str) -> Value {
    json!({ "edtf": edtf })
}
