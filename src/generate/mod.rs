//! A registry made up by chance, as a bundle: to measure with, and to fill a screen.
//!
//! It has the shape and the skew of real data (see `docs/benchmarks.md`), and follows from its seed alone. Its slugs begin
//! with `gen-` and its codes are nobody's, so that it can stand beside real records. Nothing is kept but what others refer
//! to, so its size is bounded by the disk.

mod actions;
mod agreements;
mod bodies;
mod bundle;
mod chance;
mod names;
mod regions;
mod words;

use std::io;
use std::path::Path;

use agreements::World;
use bodies::Parties;
use bundle::Lines;
use chance::Chance;
use regions::Regions;

/// How many records a bundle has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generated {
    /// Parties.
    pub parties: usize,
    /// Programmes.
    pub programs: usize,
    /// Agreements.
    pub agreements: usize,
    /// Actions.
    pub actions: usize,
}

/// Writes a bundle of so many agreements, 4.6 times as many actions, and what they refer to, into an empty folder, which
/// is made where it is missing.
///
/// # Errors
///
/// Where the folder can't be written, or holds something.
pub fn generate(agreements: usize, seed: u64, dir: &Path) -> io::Result<Generated> {
    bundle::create(dir)?;
    let mut themes = Lines::create(dir, "themes.jsonl")?;
    bodies::write_themes(&mut themes)?;
    themes.finish()?;
    bodies::write_documents(seed, dir)?;

    let mut lines = Lines::create(dir, "regions.jsonl")?;
    let regions = Regions::write(seed, &mut lines)?;
    lines.finish()?;
    let mut lines = Lines::create(dir, "parties.jsonl")?;
    let parties = Parties::write(seed, agreements, &regions, &mut lines)?;
    let party_count = lines.finish()?;
    let mut lines = Lines::create(dir, "programs.jsonl")?;
    let programs = bodies::write_programs(seed, agreements, &parties, &mut lines)?;
    lines.finish()?;

    let world = World {
        regions: &regions,
        parties: &parties,
        programs,
    };
    let mut agreement_lines = Lines::create(dir, "agreements.jsonl")?;
    let mut action_lines = Lines::create(dir, "actions.jsonl")?;
    let mut chance = Chance::new(seed, "agreements");
    let mut action_chance = Chance::new(seed, "actions");
    let mut share = Share {
        actions: agreements * 46 / 10,
        agreements,
    };
    for number in 0..agreements {
        let agreement = world.agreement(number, &mut chance, &mut agreement_lines)?;
        for _ in 0..share.next(&mut action_chance) {
            world.action(&agreement, &mut action_chance, &mut action_lines)?;
        }
    }
    Ok(Generated {
        parties: party_count,
        programs,
        agreements: agreement_lines.finish()?,
        actions: action_lines.finish()?,
    })
}

/// What is left to deal out: actions to agreements, many to few and few to many, and all of them in the end.
struct Share {
    actions: usize,
    agreements: usize,
}

impl Share {
    /// How many of the actions the next agreement has.
    fn next(&mut self, chance: &mut Chance) -> usize {
        self.agreements -= 1;
        let mut dealt = 0;
        // As if actions and agreements came in a random order, each action going to the agreement before it.
        while self.actions > 0 && chance.below(self.actions + self.agreements) < self.actions {
            self.actions -= 1;
            dealt += 1;
        }
        dealt
    }
}
