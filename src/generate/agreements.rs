//! Agreements, as skewed as real ones: see docs/benchmarks.md for what was measured, and where.

use std::io;

use serde_json::{Map, Value, json};

use super::bodies::{self, Parties, Party};
use super::bundle::Lines;
use super::chance::Chance;
use super::names::{self, Languages, date};
use super::regions::Regions;
use super::words::Words;

/// How many parties agreements have, by the GGO data set's 3,171 agreements with parties. Its fifth with more than twenty
/// are conventions that states have acceded to for decades: here they are a fiftieth.
const PARTIES: &[((usize, usize), usize)] = &[
    ((1, 1), 1),
    ((2, 2), 550),
    ((3, 3), 53),
    ((4, 4), 28),
    ((5, 6), 51),
    ((7, 10), 53),
    ((11, 20), 62),
    ((21, 50), 6),
    ((51, 100), 4),
    ((101, 198), 10),
];

/// In which decade agreements were signed, by the same data set.
const DECADES: &[(usize, usize)] = &[
    (1900, 48),
    (1910, 21),
    (1920, 69),
    (1930, 54),
    (1940, 77),
    (1950, 222),
    (1960, 335),
    (1970, 618),
    (1980, 454),
    (1990, 1_047),
    (2000, 858),
    (2010, 330),
    (2020, 42),
];
/// The newest year of it.
const NEWEST: usize = 2023;

/// What states conclude, as often as there.
const TREATIES: &[((&str, Words), usize)] = &[
    (("TREATY", ("Accord sur", "Agreement on")), 70),
    (
        (
            "AMENDMENT",
            ("Avenant à l’accord sur", "Amendment to the agreement on"),
        ),
        14,
    ),
    (("PROTOCOL", ("Protocole sur", "Protocol on")), 11),
    (
        (
            "MEMORANDUM",
            ("Mémorandum d’entente sur", "Memorandum of understanding on"),
        ),
        2,
    ),
    (
        (
            "JOINT_DECLARATION",
            ("Déclaration conjointe sur", "Joint declaration on"),
        ),
        2,
    ),
    (("RESOLUTION", ("Résolution sur", "Resolution on")), 1),
];

/// What governments conclude with local bodies.
const ENTENTES: &[((&str, Words), usize)] = &[
    (
        (
            "FUNDING_AGREEMENT",
            ("Convention de financement pour", "Funding agreement for"),
        ),
        40,
    ),
    (
        (
            "PARTNERSHIP_AGREEMENT",
            ("Entente de partenariat sur", "Partnership agreement on"),
        ),
        25,
    ),
    (
        (
            "SPECIFIC_AGREEMENT",
            ("Entente spécifique sur", "Specific agreement on"),
        ),
        15,
    ),
    (
        (
            "ADMINISTRATIVE_AGREEMENT",
            ("Entente administrative sur", "Administrative agreement on"),
        ),
        10,
    ),
    (
        ("ACTION_PLAN", ("Plan d’action pour", "Action plan for")),
        7,
    ),
    (("COMMUNIQUE", ("Communiqué sur", "Communiqué on")), 3),
];

/// What agreements refer to.
pub(super) struct World<'a> {
    pub(super) regions: &'a Regions,
    pub(super) parties: &'a Parties,
    pub(super) programs: usize,
}

/// An agreement, as far as its actions need it.
pub(super) struct Agreement<'a> {
    pub(super) slug: String,
    pub(super) languages: Languages,
    pub(super) year: usize,
    pub(super) parties: Vec<&'a Party>,
    pub(super) regions: Vec<usize>,
    pub(super) programs: Vec<usize>,
}

impl<'a> World<'a> {
    /// Makes the agreement of this number and writes it down.
    pub(super) fn agreement(
        &self,
        number: usize,
        chance: &mut Chance,
        lines: &mut Lines,
    ) -> io::Result<Agreement<'a>> {
        let (least, most) = *chance.weighted(PARTIES);
        let count = chance.between(least, most);
        let local = count <= 6 && chance.happens(0.75);
        let parties = self.concluding(local, count, chance);
        let (kind, beginning) = *chance.weighted(if local { ENTENTES } else { TREATIES });
        let regions = if local {
            let at = parties.last().map_or(0, |party| party.region);
            self.regions.around(at, chance)
        } else if count > 10 {
            vec![self.regions.wide(chance)]
        } else {
            parties.iter().take(2).map(|party| party.region).collect()
        };
        let programs = if local {
            let count = *chance.weighted(&[(0, 15), (1, 65), (2, 15), (3, 5)]);
            chance.different(count, |chance| chance.skewed(self.programs, 2.0))
        } else {
            Vec::new()
        };
        let decade = *chance.weighted(DECADES);
        let year = chance.between(decade, (decade + 9).min(NEWEST));
        let agreement = Agreement {
            slug: format!("gen-entente-{}", number + 1),
            languages: Languages::draw(chance),
            year,
            parties,
            regions,
            programs,
        };
        let mut record = Map::new();
        let languages = agreement.languages;
        record.insert("slug".into(), agreement.slug.clone().into());
        record.insert("originalLanguage".into(), languages.original().into());
        record.insert("kind".into(), kind.into());
        record.insert(
            "title".into(),
            languages.text(&title(beginning, &agreement, local, chance)),
        );
        if chance.happens(0.85) {
            let count = chance.between(2, 4);
            record.insert(
                "summary".into(),
                languages.text(&names::sentences(chance, count)),
            );
        }
        dates(&mut record, year, chance);
        let themes = *chance.weighted(&[(0, 20), (1, 50), (2, 20), (3, 10)]);
        let themes = chance.different(themes, |chance| chance.skewed(bodies::THEMES, 1.5));
        record.insert(
            "themes".into(),
            themes.into_iter().map(bodies::theme).collect(),
        );
        let provisions = *chance.weighted(&[(0, 40), (1, 20), (2, 20), (4, 15), (8, 5)]);
        record.insert(
            "provisions".into(),
            provisions_of(provisions, languages, chance),
        );
        if local && chance.happens(0.8) {
            record.insert("contributions".into(), contributions(&agreement, chance));
        }
        record.insert("parties".into(), participations(&agreement, local));
        let regions = agreement.regions.iter();
        record.insert(
            "regions".into(),
            regions.map(|region| self.regions.slug(*region)).collect(),
        );
        let programs = agreement.programs.iter();
        record.insert(
            "programs".into(),
            programs.map(|program| bodies::program(*program)).collect(),
        );
        if chance.happens(0.1) {
            let document = bodies::document(chance.below(bodies::DOCUMENTS));
            record.insert("documents".into(), json!([document]));
        }
        lines.put("agreement", &Value::Object(record))?;
        Ok(agreement)
    }

    /// Who concludes it: a ministry and local bodies, or states.
    fn concluding(&self, local: bool, count: usize, chance: &mut Chance) -> Vec<&'a Party> {
        if local {
            let mut parties = vec![self.parties.ministry(chance)];
            let others = count.saturating_sub(1).max(1);
            parties.extend(self.parties.bodies(others, chance));
            parties
        } else {
            self.parties.states(count, chance)
        }
    }
}

fn title(
    beginning: Words,
    agreement: &Agreement<'_>,
    local: bool,
    chance: &mut Chance,
) -> (String, String) {
    let (mut french, mut english) = names::subject(chance);
    if chance.happens(0.25) {
        let project = names::project(chance);
        french = format!("{french} ({project})");
        english = format!("{english} ({project})");
    }
    let named = match agreement.parties.as_slice() {
        [first, second] if !local || chance.happens(0.5) => (
            format!(" entre {} et {}", first.name.0, second.name.0),
            format!(" between {} and {}", first.name.1, second.name.1),
        ),
        [_, second, ..] if local => (
            format!(" avec {}", second.name.0),
            format!(" with {}", second.name.1),
        ),
        _ => Default::default(),
    };
    (
        format!("{} {french}{}", beginning.0, named.0),
        format!("{} {english}{}", beginning.1, named.1),
    )
}

/// Nearly all are dated to the day.
fn dates(record: &mut Map<String, Value>, year: usize, chance: &mut Chance) {
    let (month, day) = (chance.between(1, 12), chance.between(1, 28));
    let signed = match *chance.weighted(&[("day", 980), ("month", 10), ("about", 5), ("", 5)]) {
        "day" => format!("{year}-{month:02}-{day:02}"),
        "month" => format!("{year}-{month:02}"),
        "about" => format!("{year}~"),
        _ => String::new(),
    };
    let mut history = Vec::new();
    if signed.is_empty() {
        history.push(json!({ "status": "UNKNOWN" }));
    } else {
        record.insert("signedOn".into(), date(&signed));
        history.push(json!({ "status": "SIGNED", "on": date(&signed) }));
        if chance.happens(0.65) {
            let starts = format!("{}-01-01", year + 1);
            record.insert("startsOn".into(), date(&starts));
            history.push(json!({ "status": "IN_FORCE", "on": date(&starts) }));
        }
        if chance.happens(0.17) {
            let ends = format!("{}-12-31", year + chance.between(1, 10));
            record.insert("endsOn".into(), date(&ends));
            history.push(json!({ "status": "EXPIRED", "on": date(&ends) }));
        }
    }
    record.insert("statusHistory".into(), history.into());
}

fn provisions_of(count: usize, languages: Languages, chance: &mut Chance) -> Value {
    const KINDS: &[&str] = &[
        "COMMITMENT",
        "OBJECTIVE",
        "COMPONENT",
        "INTENTION",
        "PRINCIPLE",
    ];
    (0..count)
        .map(|number| {
            json!({
                "key": format!("p{}", number + 1),
                "kind": chance.word(KINDS),
                "text": languages.text(&names::sentences(chance, 1)),
            })
        })
        .collect()
}

/// What the ministry gives, and what the others add.
fn contributions(agreement: &Agreement<'_>, chance: &mut Chance) -> Value {
    let [funder, recipient, ..] = agreement.parties.as_slice() else {
        return json!([]);
    };
    let size = chance.between(3, 6);
    let amount =
        chance.between(10, 99) * 10_usize.pow(u32::try_from(size).unwrap_or_default()) / 10;
    let mut contributions = vec![json!({
        "key": "c1",
        "kind": "GRANT",
        "stage": "COMMITTED",
        "qualifier": *chance.weighted(&[("EXACT", 8), ("ABOUT", 1), ("AT_MOST", 1)]),
        "money": { "amount": format!("{amount}.00"), "currency": "CAD" },
        "funder": funder.slug,
        "recipient": recipient.slug,
    })];
    if chance.happens(0.3) {
        contributions.push(json!({
            "key": "c2",
            "kind": "MATCH",
            "stage": "COMMITTED",
            "qualifier": "AT_LEAST",
            "money": { "amount": format!("{}.00", amount / 2), "currency": "CAD" },
            "funder": recipient.slug,
        }));
    }
    contributions.into()
}

fn participations(agreement: &Agreement<'_>, local: bool) -> Value {
    let parties = agreement.parties.iter().enumerate();
    parties
        .map(|(place, party)| {
            let roles: &[&str] = match (local, place) {
                (false, _) => &["SIGNATORY"],
                (true, 0) => &["SIGNATORY", "FUNDER"],
                (true, 1) => &["SIGNATORY", "IMPLEMENTER"],
                _ => &["TECHNICAL_PARTNER"],
            };
            json!({ "party": party.slug, "roles": roles })
        })
        .collect()
}
