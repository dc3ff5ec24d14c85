//! What agreements refer to: themes, documents, parties, programmes.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::json;

use super::bundle::Lines;
use super::chance::Chance;
use super::names::{self, Languages, date};
use super::regions::Regions;
use super::words::{BODIES, TOPICS, Words};

pub(super) const THEMES: usize = 20;
pub(super) const DOCUMENTS: usize = 12;
const STATES: usize = 200;
const MINISTRIES: usize = 60;

/// A party, as far as texts and links of others need it.
pub(super) struct Party {
    pub(super) slug: String,
    pub(super) name: (String, String),
    /// A state's country, or where a local body is.
    pub(super) region: usize,
}

/// All parties.
pub(super) struct Parties {
    pub(super) states: Vec<Party>,
    pub(super) ministries: Vec<Party>,
    pub(super) bodies: Vec<Party>,
}

pub(super) fn theme(number: usize) -> String {
    format!("gen-theme-{}", number + 1)
}

pub(super) fn document(number: usize) -> String {
    format!("gen-document-{}", number + 1)
}

pub(super) fn program(number: usize) -> String {
    format!("gen-programme-{}", number + 1)
}

pub(super) fn write_themes(lines: &mut Lines) -> io::Result<()> {
    for (number, topic) in TOPICS.iter().take(THEMES).enumerate() {
        let record = json!({
            "slug": theme(number),
            "originalLanguage": "FR",
            "name": Languages::BOTH.text(&names::both(&[topic])),
            "compactObjectives": [number % 23 + 1],
        });
        lines.put("theme", &record)?;
    }
    Ok(())
}

/// Some texts of the length of a communiqué.
pub(super) fn write_documents(seed: u64, dir: &Path) -> io::Result<()> {
    let mut chance = Chance::new(seed, "documents");
    let folder = dir.join("documents");
    fs::create_dir(&folder)?;
    let mut records = Vec::with_capacity(DOCUMENTS);
    for number in 0..DOCUMENTS {
        let slug = document(number);
        let (title, _) = names::subject(&mut chance);
        let year = chance.between(1990, 2023);
        records.push(format!(
            "[[document]]\nslug = \"{slug}\"\noriginalLanguage = \"FR\"\nlanguage = \"FR\"\nfile = \"{slug}.txt\"\n\
             title = [{{ language = \"FR\", text = \"Communiqué sur {title}\" }}]\npublishedOn = {{ edtf = \"{year}\" }}\n\n"
        ));
        let paragraphs: Vec<_> = (0..12)
            .map(|_| names::sentences(&mut chance, 4).0)
            .collect();
        fs::write(folder.join(format!("{slug}.txt")), paragraphs.join("\n\n"))?;
    }
    fs::write(folder.join("documents.toml"), records.concat())
}

impl Parties {
    /// Makes them and writes them down: states and ministries as many as there are, and a local body for every ten
    /// agreements.
    pub(super) fn write(
        seed: u64,
        agreements: usize,
        regions: &Regions,
        lines: &mut Lines,
    ) -> io::Result<Self> {
        const MINISTRY: Words = ("Ministère de", "Ministry of");
        let mut chance = Chance::new(seed, "parties");
        let mut states = Vec::with_capacity(STATES);
        for number in 0..STATES {
            let region = regions.country(number);
            let (french, english) = regions.name(region);
            let name = (
                format!("République de {french}"),
                format!("Republic of {english}"),
            );
            let slug = format!("gen-etat-{}", number + 1);
            let acronym: String = french.chars().take(3).collect::<String>().to_uppercase();
            put(
                lines,
                "STATE",
                &slug,
                &name,
                Some(acronym),
                Some(regions.slug(region)),
                None,
            )?;
            states.push(Party { slug, name, region });
        }
        let government = "gen-gouvernement";
        let name = ("Gouvernement".to_owned(), "Government".to_owned());
        put(lines, "GOVERNMENT", government, &name, None, None, None)?;
        let mut ministries = Vec::with_capacity(MINISTRIES);
        for number in 0..MINISTRIES {
            let name = names::both(&[&MINISTRY, &TOPICS[number % TOPICS.len()]]);
            let slug = format!("gen-ministere-{}", number + 1);
            let acronym = format!("M{}", number + 1);
            put(
                lines,
                "MINISTRY",
                &slug,
                &name,
                Some(acronym),
                None,
                Some(government),
            )?;
            ministries.push(Party {
                slug,
                name,
                region: 0,
            });
        }
        let count = (agreements / 10).max(50);
        let mut bodies = Vec::with_capacity(count);
        for number in 0..count {
            let region = regions.municipality(&mut chance);
            let (kind, what) = chance.word(BODIES);
            let (place, _) = regions.name(region);
            let name = (format!("{} {place}", what.0), format!("{} {place}", what.1));
            let slug = format!("gen-organisme-{}", number + 1);
            put(
                lines,
                kind,
                &slug,
                &name,
                None,
                Some(regions.slug(region)),
                None,
            )?;
            bodies.push(Party { slug, name, region });
        }
        Ok(Self {
            states,
            ministries,
            bodies,
        })
    }

    /// States. Their part in agreements is spread nearly as in the GGO data set: the first twentieth of them has a twelfth of
    /// their participations, the first quarter a third.
    pub(super) fn states(&self, count: usize, chance: &mut Chance) -> Vec<&Party> {
        some(&self.states, count, 1.3, chance)
    }

    /// A ministry: few of them fund most of what is funded.
    pub(super) fn ministry(&self, chance: &mut Chance) -> &Party {
        &self.ministries[chance.skewed(self.ministries.len(), 2.5)]
    }

    pub(super) fn bodies(&self, count: usize, chance: &mut Chance) -> Vec<&Party> {
        some(&self.bodies, count, 1.5, chance)
    }
}

fn some<'a>(all: &'a [Party], count: usize, exponent: f64, chance: &mut Chance) -> Vec<&'a Party> {
    let drawn = chance.different(count, |chance| chance.skewed(all.len(), exponent));
    drawn.into_iter().map(|number| &all[number]).collect()
}

fn put(
    lines: &mut Lines,
    kind: &str,
    slug: &str,
    name: &(String, String),
    acronym: Option<String>,
    region: Option<&str>,
    parent: Option<&str>,
) -> io::Result<()> {
    let languages = Languages::BOTH;
    let mut names = json!([{ "name": languages.text(name) }]);
    if let Some(acronym) = acronym {
        names[0]["acronym"] = languages.text(&(acronym.clone(), acronym));
    }
    let mut record = json!({
        "slug": slug,
        "originalLanguage": "FR",
        "kind": kind,
        "names": names,
        "regions": region.into_iter().collect::<Vec<_>>(),
    });
    if let Some(parent) = parent {
        record["parent"] = parent.into();
    }
    lines.put("party", &record)
}

/// Makes the programmes and writes them down; gives their number.
pub(super) fn write_programs(
    seed: u64,
    agreements: usize,
    parties: &Parties,
    lines: &mut Lines,
) -> io::Result<usize> {
    const PROGRAM: Words = ("Programme pour", "Programme for");
    let mut chance = Chance::new(seed, "programs");
    let count = (agreements / 50).clamp(10, 2_000);
    for number in 0..count {
        let (french, english) = names::subject(&mut chance);
        let project = names::project(&mut chance);
        let start = chance.between(1990, 2020);
        let name = (
            format!("{} {french} {project}", PROGRAM.0),
            format!("{} {english} {project}", PROGRAM.1),
        );
        let record = json!({
            "slug": program(number),
            "originalLanguage": "FR",
            "status": if start > 2012 { "OPEN" } else { "CLOSED" },
            "name": Languages::BOTH.text(&name),
            "acronym": Languages::BOTH.text(&(project.to_uppercase(), project.to_uppercase())),
            "summary": Languages::BOTH.text(&names::sentences(&mut chance, 3)),
            "startsOn": date(&start.to_string()),
            "responsible": parties.ministry(&mut chance).slug,
            "themes": [theme(chance.below(THEMES))],
        });
        lines.put("program", &record)?;
    }
    Ok(count)
}
