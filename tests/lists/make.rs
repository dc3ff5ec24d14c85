//! Making up a registry: so small that its records meet, with everything that dates, lines, regions and money can be.

use crate::dates::{self, Dated};
use crate::places::{above, line};
use crate::random::Random;
use crate::world::{
    ACTION_KINDS, ACTION_ROLES, ACTION_STATUSES, AGREEMENT_KINDS, AGREEMENT_STATUSES, Action,
    Agreement, Contribution, Core, Document, IDENTIFIERS, INSTANTS, LANGUAGES, PARTY_KINDS,
    PROGRAM_STATUSES, Part, Party, Program, REGION_KINDS, ROLES, Region, SCHEMES, World,
};

/// Words of which names and titles are made: with accents, capitals, numbers, ligatures; so few that many are equal.
const WORDS: [&str; 20] = [
    "École",
    "ecole",
    "Étude",
    "zèbre",
    "Zone",
    "Ñandú",
    "nube",
    "nuez",
    "côte",
    "coté",
    "cote",
    "Volet 2",
    "Volet 10",
    "œuvre",
    "Oeuvre",
    "Saint-Jean",
    "Saint Jean",
    "accord",
    "Accord",
    "d’accueil",
];

/// A registry from a seed.
pub fn world(seed: u64) -> World {
    let mut random = Random::new(seed);
    let random = &mut random;
    let all = |count: usize| (0..count).collect::<Vec<_>>();
    let (themes, regions, parties, programs, documents) =
        (all(6), all(28), all(40), all(12), all(40));
    let agreements = all(150);
    let mut world = World {
        themes: themes.iter().map(|n| core(random, "theme", *n)).collect(),
        parties: Vec::new(),
        agreements: Vec::new(),
        programs: Vec::new(),
        regions: regions
            .iter()
            .map(|n| region(random, *n, regions.len()))
            .collect(),
        actions: Vec::new(),
        documents: Vec::new(),
        lines: Vec::new(),
        above: Vec::new(),
    };
    for n in &parties {
        world.parties.push(Party {
            core: core(random, "partie", *n),
            kind: random.pick(&PARTY_KINDS),
            regions: random.some(&regions, 0, 3),
            predecessors: predecessors(random, *n, parties.len()),
        });
    }
    for n in &programs {
        world.programs.push(Program {
            core: core(random, "programme", *n),
            status: random.pick(&PROGRAM_STATUSES),
            themes: random.some(&themes, 0, 3),
            eligible: random.some(&PARTY_KINDS, 0, 3),
            responsible: maybe(random, 60, |random| random.pick(&parties)),
            regions: random.some(&regions, 0, 3),
            contributions: (0..random.below(3))
                .map(|_| contribution(random, &parties))
                .collect(),
        });
    }
    for n in &documents {
        world.documents.push(Document {
            core: core(random, "document", *n),
            language: random.pick(&LANGUAGES),
            publisher: maybe(random, 60, |random| random.pick(&parties)),
            published: maybe(random, 70, dates::random),
        });
    }
    for n in &agreements {
        let mut dates: [Option<Dated>; 5] = Default::default();
        for date in &mut dates {
            *date = maybe(random, 30, dates::random);
        }
        world.agreements.push(Agreement {
            core: core(random, "entente", *n),
            kind: random.pick(&AGREEMENT_KINDS),
            statuses: (0..=random.below(2))
                .map(|_| random.pick(&AGREEMENT_STATUSES))
                .collect(),
            dates,
            themes: random.some(&themes, 0, 3),
            parties: parts(random, &parties, &ROLES),
            programs: random.some(&programs, 0, 2),
            regions: random.some(&regions, 0, 3),
            documents: random.some(&documents, 0, 2),
            contributions: (0..random.below(5))
                .map(|_| contribution(random, &parties))
                .collect(),
        });
    }
    for n in 0..90 {
        let mut occurrences: Vec<_> = (0..random.below(4))
            .map(|_| dates::random(random))
            .collect();
        // In the order of time, none twice.
        occurrences.sort_by(|one, other| (one.first, &one.edtf).cmp(&(other.first, &other.edtf)));
        occurrences.dedup_by(|one, other| one.edtf == other.edtf);
        world.actions.push(Action {
            core: core(random, "action", n),
            kind: random.pick(&ACTION_KINDS),
            status: random.pick(&ACTION_STATUSES),
            occurrences,
            themes: random.some(&themes, 0, 2),
            agreements: random.some(&agreements[..20], 0, 3),
            programs: random.some(&programs, 0, 2),
            regions: random.some(&regions, 0, 3),
            parties: parts(random, &parties, &ACTION_ROLES),
        });
    }
    world.lines = parties.iter().map(|party| line(&world, *party)).collect();
    world.above = regions
        .iter()
        .map(|region| above(&world, *region))
        .collect();
    world
}

fn maybe<T>(random: &mut Random, percent: usize, make: impl FnOnce(&mut Random) -> T) -> Option<T> {
    random.chance(percent).then(|| make(random))
}

fn core(random: &mut Random, what: &str, number: usize) -> Core {
    let languages = random.some(&LANGUAGES, 1, 4);
    let text = |random: &mut Random| match random.below(40) {
        // So long that their sort keys are cut off at the same place.
        0 => format!("{} {}", "très long ".repeat(150), random.pick(&WORDS)),
        _ => random.some(&WORDS, 1, 2).join(" "),
    };
    Core {
        // Numbers without leading zeros, so that the order of slugs isn't that of numbers.
        slug: format!("{what}-{}", number * 37 % 1009),
        original: languages[0],
        texts: languages
            .iter()
            .map(|language| (*language, text(random)))
            .collect(),
        identifiers: random.some(&IDENTIFIERS, 0, 2),
        updated: random.below(INSTANTS.len()),
    }
}

/// One tree from the first region, a second root, and at the end groups, of which some are in others.
fn region(random: &mut Random, number: usize, count: usize) -> Region {
    let first_group = count - 6;
    let group = number >= first_group;
    let above = |random: &mut Random, from: usize| {
        let groups: Vec<_> = (from..count).collect();
        random.some(&groups, 0, 2)
    };
    Region {
        core: core(random, "region", number),
        kind: if group {
            "SUPRANATIONAL"
        } else {
            random.pick(&REGION_KINDS)
        },
        code: maybe(random, 60, |random| {
            (random.pick(&SCHEMES), format!("0{number}"))
        }),
        parent: (number > 1 && !group).then(|| random.below(number)),
        groups: match number {
            0 | 1 => Vec::new(),
            _ if group && number + 1 == count => Vec::new(),
            _ if group && random.chance(40) => above(random, number + 1),
            _ if !group && random.chance(30) => above(random, first_group),
            _ => Vec::new(),
        },
        population: maybe(random, 70, |random| {
            [0, 7, 7, 1000, 2_000_000_000][random.below(5)]
        }),
    }
}

/// Renames, mergers, splits and transfers, in chains; now and then back to an earlier body.
fn predecessors(random: &mut Random, number: usize, count: usize) -> Vec<(&'static str, usize)> {
    let kinds = ["RENAME", "MERGER", "SPLIT", "TRANSFER"];
    // Near ones, so that lines grow and meet without becoming one.
    let near: Vec<_> = (number.saturating_sub(4)..number).collect();
    let mut before = match random.below(10) {
        0..=3 => random.some(&near, 0, 2),
        _ => Vec::new(),
    };
    let later = number + 2;
    if later < count && random.chance(4) {
        before.push(later);
    }
    before
        .into_iter()
        .map(|one| (random.pick(&kinds), one))
        .collect()
}

fn parts(random: &mut Random, parties: &[usize], roles: &[&'static str]) -> Vec<Part> {
    // Often neighbours, so that several of one line take part in the same, each in its role.
    let among = if random.chance(60) {
        let start = random.below(parties.len() - 5);
        &parties[start..start + 5]
    } else {
        parties
    };
    let parties = random.some(among, 0, 4);
    let part = |party| Part {
        party,
        roles: random.some(roles, 1, 2),
    };
    parties.into_iter().map(part).collect()
}

fn contribution(random: &mut Random, parties: &[usize]) -> Contribution {
    let amounts = [0, 1, 150, 64_300_000, 99_999_999_999_999];
    Contribution {
        kind: random.pick(&["GRANT", "MATCH", "IN_KIND", "ENVELOPE"]),
        stage: random.pick(&[
            "REQUESTED",
            "ANNOUNCED",
            "COMMITTED",
            "COMMITTED",
            "PAID",
            "CANCELLED",
        ]),
        qualifier: random.pick(&["EXACT", "EXACT", "EXACT", "ABOUT", "AT_LEAST", "AT_MOST"]),
        money: maybe(random, 80, |random| {
            (random.pick(&amounts), random.pick(&["CAD", "EUR"]))
        }),
        funder: maybe(random, 70, |random| random.pick(&parties[..6])),
        recipient: maybe(random, 70, |random| random.pick(&parties[..6])),
        period: maybe(random, 40, dates::random),
    }
}
