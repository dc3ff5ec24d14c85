//! Parties: which party a code names, and what is known of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::dates;
use super::report::{Place, Report};
use super::tables::{self, Outcome, Row, Table};
use super::{CLDR, LICENSE, slug};

const STATES: &str = "states_ggo_begin_end.csv";

/// What was decided on codes that are in no list, or in two spellings.
const CODES: &[u8] = include_bytes!("../codes.csv");

/// The countries of the registry, among other regions.
const REGIONS: &str = include_str!("../../../registry/geography/world.jsonl");

/// What is known of codes, states and countries, and which codes were used.
pub struct Parties {
    decided: HashMap<String, Decided>,
    countries: HashMap<String, Country>,
    states: Table<State>,
    /// The codes that each used party was named by.
    used: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Deserialize)]
struct Decided {
    code: String,
    /// Empty where nobody can say.
    party: String,
    kind: String,
    name: String,
}

#[derive(Deserialize)]
struct Country {
    alpha2: String,
    alpha3: String,
    cldr_short_fr: String,
    cldr_short_en: String,
}

#[derive(Deserialize)]
struct State {
    #[serde(rename = "stateID")]
    code: String,
    #[serde(rename = "StateName")]
    name: String,
    #[serde(rename = "Begin")]
    begin: String,
    #[serde(rename = "End")]
    end: String,
}

impl Parties {
    /// Reads what is known of states and countries.
    ///
    /// # Errors
    ///
    /// Where a table can't be read.
    pub fn load(data: &Path) -> Outcome<Self> {
        let decided: Table<Decided> = tables::parse(CODES)?;
        let countries: Table<Country> = tables::read(&data.join("iso_3166_1_fr_en.csv"))?;
        Ok(Self {
            decided: decided
                .rows
                .into_iter()
                .map(|row| (row.data.code.clone(), row.data))
                .collect(),
            countries: countries
                .rows
                .into_iter()
                .map(|row| (row.data.alpha3.clone(), row.data))
                .collect(),
            states: tables::read(&data.join(STATES))?,
            used: BTreeMap::new(),
        })
    }

    /// The party that a code names; none where nobody can say.
    pub fn named(&self, code: &str) -> Option<String> {
        if let Some(decided) = self.decided.get(code) {
            return Some(decided.party.clone()).filter(|party| !party.is_empty());
        }
        let is_known = self.countries.contains_key(code)
            || self.states.rows.iter().any(|state| state.data.code == code);
        is_known.then(|| code.to_owned())
    }

    /// Notes that a party is needed, under the code that named it.
    pub fn use_party(&mut self, party: &str, code: &str) {
        let codes = self.used.entry(party.to_owned()).or_default();
        codes.insert(code.to_owned());
    }

    /// The records of the parties that are needed, by their codes.
    pub fn records(&self, report: &mut Report) -> Vec<Value> {
        let regions = regions();
        report.list("unused-states.csv", &with_line(&self.states.columns));
        let mut states: HashMap<String, Vec<&Row<State>>> = HashMap::new();
        for row in &self.states.rows {
            match self.named(&row.data.code) {
                Some(party) if self.used.contains_key(&party) => {
                    states.entry(party).or_default().push(row);
                }
                _ => report.row("unused-states.csv", row.with_line()),
            }
        }
        report.add("rows of states in all", self.states.rows.len());
        report.add(
            "rows of states carried, as names of parties",
            states.values().map(Vec::len).sum(),
        );
        report.add(
            "rows of states that no agreement needs: unused-states.csv",
            report.rows("unused-states.csv").len(),
        );
        report.add("parties", self.used.len());
        let none = Vec::new();
        self.used
            .iter()
            .map(|(party, codes)| {
                let states = states.get(party).unwrap_or(&none);
                let country = self.countries.get(party);
                let region = country.and_then(|country| regions.get(&country.alpha2));
                let sources: Vec<Value> = codes.iter().map(|code| source(code)).collect();
                let mut record = json!({
                    "slug": slug(party),
                    "originalLanguage": "EN",
                    "kind": self.kind(party, states),
                    "names": self.names(party, states, report),
                    "sources": sources,
                });
                if let Some(region) = region {
                    record["regions"] = json!([region]);
                }
                json!({ "party": record })
            })
            .collect()
    }

    /// A state is what the list of states has; what only ISO 3166-1 has depends on a state.
    fn kind(&self, party: &str, states: &[&Row<State>]) -> &str {
        let decided = self.decided.get(party).map(|decided| decided.kind.as_str());
        match decided.filter(|kind| !kind.is_empty()) {
            // The spelling that a party is named by need not be the one that its kind was written with.
            None if states.is_empty() => self
                .decided
                .values()
                .find(|decided| decided.party == party && !decided.kind.is_empty())
                .map_or("GOVERNMENT", |decided| decided.kind.as_str()),
            None => "STATE",
            Some(kind) => kind,
        }
    }

    /// Names, oldest first: rows of the same name that follow each other are one name. A country's last name is the one that
    /// it bears today, and has a French text.
    fn names(&self, party: &str, states: &[&Row<State>], report: &mut Report) -> Vec<Value> {
        let country = self.countries.get(party);
        let mut names: Vec<Value> = Vec::new();
        for (index, row) in states.iter().enumerate() {
            let state = &row.data;
            let place = Place {
                file: STATES,
                line: row.line,
                of: &state.code,
            };
            let follows = index > 0 && states[index - 1].data.name == state.name;
            if !follows {
                names.push(json!({ "name": [{ "language": "EN", "text": state.name }] }));
                let last = names.last_mut().expect("one was just put there");
                if let Some(from) = dates::read(&place, "Begin", &state.begin, report) {
                    last["from"] = from.json();
                }
            }
            let last = names.last_mut().expect("the first row begins a name");
            let fields = last.as_object_mut().expect("a name is an object");
            fields.remove("until");
            if let Some(until) = dates::read(&place, "End", &state.end, report) {
                fields.insert("until".to_owned(), until.json());
            }
        }
        // The list of states ends with Buganda for Uganda, with the Papal States for the Vatican.
        let has_ended = names
            .last()
            .is_some_and(|last| !last["until"].is_null() && country.is_some());
        if names.is_empty() || has_ended {
            let decided = self
                .decided
                .values()
                .find(|decided| decided.party == party && !decided.name.is_empty());
            let english = decided
                .map(|decided| &decided.name)
                .or(country.map(|country| &country.cldr_short_en));
            names.push(json!({ "name": [{ "language": "EN", "text": english }] }));
        }
        if let (Some(country), Some(last)) = (country, names.last_mut()) {
            let texts = last["name"]
                .as_array_mut()
                .expect("a name has its texts in a list");
            texts.push(json!({ "language": "FR", "text": country.cldr_short_fr }));
            last["sources"] = json!([{ "field": "name", "name": CLDR.0, "identifier": country.alpha2, "url": CLDR.1, "license": CLDR.2 }]);
        }
        names
    }
}

/// The columns of a list whose rows begin with their line.
pub fn with_line(columns: &[String]) -> Vec<&str> {
    let columns = columns.iter().map(String::as_str);
    std::iter::once("line").chain(columns).collect()
}

fn source(code: &str) -> Value {
    json!({
        "name": "GGO, many- packages (globalgov/manystates)",
        "identifier": code,
        "url": "https://github.com/globalgov/manystates",
        "license": LICENSE,
    })
}

/// The slugs of the registry's countries by ISO 3166-1 alpha-2.
fn regions() -> HashMap<String, String> {
    let mut regions = HashMap::new();
    for line in REGIONS.lines() {
        let record: Value = serde_json::from_str(line).expect("the registry's own file is JSON");
        let region = &record["region"];
        let codes = region["codes"].as_array().into_iter().flatten();
        let mut alpha2 = codes.filter(|code| code["scheme"] == "ISO_3166_1");
        if let (Some(code), Some(slug)) = (alpha2.next(), region["slug"].as_str()) {
            regions.insert(
                code["value"].as_str().unwrap_or_default().to_owned(),
                slug.to_owned(),
            );
        }
    }
    regions
}
