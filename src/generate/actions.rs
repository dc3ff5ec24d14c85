//! What is done under agreements.

use std::io;

use serde_json::{Value, json};

use super::agreements::{Agreement, World};
use super::bodies;
use super::bundle::Lines;
use super::chance::Chance;
use super::names::{self, date};
use super::words::ACTIONS;

impl World<'_> {
    /// Makes an action of an agreement and writes it down.
    pub(super) fn action(
        &self,
        agreement: &Agreement<'_>,
        chance: &mut Chance,
        lines: &mut Lines,
    ) -> io::Result<()> {
        let (kind, beginning) = chance.word(ACTIONS);
        let languages = agreement.languages;
        let (french, english) = names::subject(chance);
        let project = if chance.happens(0.3) {
            format!(" : {}", names::project(chance))
        } else {
            String::new()
        };
        let title = (
            format!("{} {french}{project}", beginning.0),
            format!("{} {english}{project}", beginning.1),
        );
        let mut record = json!({
            "slug": format!("gen-action-{}", lines.count + 1),
            "originalLanguage": languages.original(),
            "kind": kind,
            "status": *chance.weighted(&[("COMPLETED", 6), ("UNDERWAY", 2), ("PLANNED", 1), ("UNKNOWN", 1)]),
            "title": languages.text(&title),
            "occurrences": occurrences(agreement.year, chance),
            "agreements": [agreement.slug],
            "parties": parties(agreement, chance),
        });
        if chance.happens(0.4) {
            record["summary"] = languages.text(&names::sentences(chance, 2));
        }
        if chance.happens(0.5) {
            record["themes"] = json!([bodies::theme(chance.skewed(bodies::THEMES, 1.5))]);
        }
        if let Some(region) = agreement.regions.first() {
            record["regions"] = json!([self.regions.slug(*region)]);
        }
        if let Some(program) = agreement.programs.first() {
            record["programs"] = json!([bodies::program(*program)]);
        }
        lines.put("action", &record)
    }
}

/// Days of the years after it was signed, in the order of time.
fn occurrences(signed: usize, chance: &mut Chance) -> Value {
    let count = *chance.weighted(&[(0, 5), (1, 80), (2, 10), (3, 5)]);
    let mut days: Vec<_> = (0..count)
        .map(|_| {
            let year = signed + chance.below(4);
            let (month, day) = (chance.between(1, 12), chance.between(1, 28));
            if chance.happens(0.2) {
                format!("{year}-{month:02}")
            } else {
                format!("{year}-{month:02}-{day:02}")
            }
        })
        .collect();
    // A month comes before the days in it, as it begins before them.
    days.sort_unstable();
    days.dedup();
    days.iter().map(|day| date(day)).collect()
}

/// One or two of the agreement's.
fn parties(agreement: &Agreement<'_>, chance: &mut Chance) -> Value {
    let count = chance.between(1, 2);
    let from = chance.below(agreement.parties.len().max(1));
    let chosen = agreement.parties.iter().skip(from).take(count).enumerate();
    chosen
        .map(|(place, party)| {
            json!({ "party": party.slug, "roles": [if place == 0 { "LEAD" } else { "PARTNER" }] })
        })
        .collect()
}
