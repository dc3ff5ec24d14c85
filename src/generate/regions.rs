//! A tree of regions, shaped like the registry's: the world, its countries, one of them down to municipalities.

use std::io;
use std::ops::Range;

use serde_json::{Value, json};

use super::bundle::Lines;
use super::chance::Chance;
use super::names::{self, Languages};

const CONTINENTS: usize = 5;
const SUBREGIONS: usize = 22;
const COUNTRIES: usize = 240;
const PROVINCES: usize = 13;
const ADMINISTRATIVE_REGIONS: usize = 17;
const COUNTIES: usize = 104;
const MUNICIPALITIES: usize = 1_100;

/// How many countries the group beside the tree has.
const MEMBERS: usize = 27;
const GROUP: &str = "gen-groupe";

struct Region {
    slug: String,
    name: (String, String),
    parent: usize,
}

/// The regions, from the world down.
pub(super) struct Regions {
    all: Vec<Region>,
    continents: Range<usize>,
    subregions: Range<usize>,
    countries: Range<usize>,
    /// The administrative regions, counties and municipalities of one province.
    local: Range<usize>,
    municipalities: Range<usize>,
}

impl Regions {
    /// Makes them and writes them down.
    pub(super) fn write(seed: u64, lines: &mut Lines) -> io::Result<Self> {
        let mut chance = Chance::new(seed, "regions");
        lines.put("region", &group())?;
        let mut all = Vec::new();
        let mut level = |kind: &str, count: usize, above: Range<usize>| {
            let first = all.len();
            for number in 0..count {
                let parent = if above.is_empty() {
                    None
                } else if kind == "PROVINCE_OR_STATE" || kind == "ADMINISTRATIVE_REGION" {
                    // Of the first country and its first province alone.
                    Some(above.start)
                } else {
                    Some(above.start + number % above.len())
                };
                let name = match kind {
                    "COUNTRY" => names::country(number),
                    "WORLD" => ("Monde".to_owned(), "World".to_owned()),
                    _ => {
                        let name = names::place(&mut chance);
                        (name.clone(), name)
                    }
                };
                let slug = format!(
                    "gen-{}-{}",
                    kind.to_ascii_lowercase().replace('_', "-"),
                    number + 1
                );
                let parent_slug = parent.map(|parent: usize| {
                    let parent: &Region = &all[parent];
                    parent.slug.clone()
                });
                let mut record = json!({
                    "slug": slug,
                    "originalLanguage": "FR",
                    "kind": kind,
                    "name": Languages::BOTH.text(&name),
                });
                if let Some(parent) = parent_slug {
                    record["parent"] = parent.into();
                }
                code(kind, number, &mut record);
                if kind == "COUNTRY" && number < MEMBERS {
                    record["memberOf"] = json!([GROUP]);
                }
                if kind == "MUNICIPALITY" {
                    // From hamlets to cities.
                    let size = chance.between(1, 900);
                    record["population"] = (size * size).into();
                }
                lines.put("region", &record)?;
                all.push(Region {
                    slug,
                    name,
                    parent: parent.unwrap_or_default(),
                });
            }
            io::Result::Ok(first..all.len())
        };
        let world = level("WORLD", 1, 0..0)?;
        let continents = level("CONTINENT", CONTINENTS, world)?;
        let subregions = level("SUPRANATIONAL", SUBREGIONS, continents.clone())?;
        let countries = level("COUNTRY", COUNTRIES, subregions.clone())?;
        let provinces = level("PROVINCE_OR_STATE", PROVINCES, countries.clone())?;
        let administrative = level("ADMINISTRATIVE_REGION", ADMINISTRATIVE_REGIONS, provinces)?;
        let middle = level("COUNTY", COUNTIES, administrative.clone())?;
        let municipalities = level("MUNICIPALITY", MUNICIPALITIES, middle)?;
        Ok(Self {
            all,
            continents,
            subregions,
            countries,
            local: administrative.start..municipalities.end,
            municipalities,
        })
    }

    pub(super) fn slug(&self, region: usize) -> &str {
        &self.all[region].slug
    }

    /// The name in French and English.
    pub(super) fn name(&self, region: usize) -> &(String, String) {
        &self.all[region].name
    }

    pub(super) fn country(&self, number: usize) -> usize {
        self.countries.start + number % self.countries.len()
    }

    /// Where a local body is: some places have many of them.
    pub(super) fn municipality(&self, chance: &mut Chance) -> usize {
        self.municipalities.start + chance.skewed(self.municipalities.len(), 1.5)
    }

    /// What a local agreement covers: the municipality of a party, or what it lies in, and others.
    pub(super) fn around(&self, municipality: usize, chance: &mut Chance) -> Vec<usize> {
        let first = match chance.below(10) {
            0..=5 => municipality,
            6..=7 => self.all[municipality].parent,
            _ => self.all[self.all[municipality].parent].parent,
        };
        let more = *chance.weighted(&[(0, 50), (1, 20), (2, 12), (3, 8), (5, 7), (7, 3)]);
        let mut regions = chance.different(more, |chance| {
            self.local.start + chance.skewed(self.local.len(), 1.1)
        });
        regions.retain(|region| *region != first);
        regions.insert(0, first);
        regions
    }

    /// What an agreement of many states covers.
    pub(super) fn wide(&self, chance: &mut Chance) -> usize {
        match chance.below(4) {
            0 => 0,
            1 => self.continents.start + chance.below(self.continents.len()),
            _ => self.subregions.start + chance.below(self.subregions.len()),
        }
    }
}

fn group() -> Value {
    json!({
        "slug": GROUP,
        "originalLanguage": "FR",
        "kind": "SUPRANATIONAL",
        "name": [{ "language": "FR", "text": "Union des États" }, { "language": "EN", "text": "Union of States" }],
    })
}

/// Codes that no real region has.
fn code(kind: &str, number: usize, record: &mut Value) {
    let (scheme, value) = match kind {
        "WORLD" | "CONTINENT" | "SUPRANATIONAL" => (
            "UN_M49",
            format!("gen-{kind}-{number}").to_ascii_lowercase(),
        ),
        "COUNTRY" => ("ISO_3166_1", format!("gen-{number}")),
        "PROVINCE_OR_STATE" => ("ISO_3166_2", format!("gen-{number}")),
        "ADMINISTRATIVE_REGION" => ("QC_REGION", format!("gen-{number}")),
        "COUNTY" => ("QC_MRC", format!("gen-{number}")),
        _ => ("QC_MUNICIPALITY", format!("gen-{number}")),
    };
    record["codes"] = json!([{ "scheme": scheme, "value": value }]);
}
