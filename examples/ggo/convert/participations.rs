//! Who takes part in what: one participation per agreement and party, chosen among the rows that there are.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Value, json};

use super::dates;
use super::parties::{Parties, with_line};
use super::report::{Place, Report};
use super::slug;
use super::tables::{self, Outcome, Row, Table};

const FILE: &str = "agreement_parties_ggo.csv";

#[derive(Deserialize)]
struct Participation {
    #[serde(rename = "treatyID")]
    treaty: String,
    #[serde(rename = "stateID")]
    code: String,
    #[serde(rename = "Signature")]
    treaty_signature: String,
    #[serde(rename = "StateSignature")]
    signature: String,
    #[serde(rename = "StateRatification")]
    ratification: String,
    #[serde(rename = "StateForce")]
    force: String,
    #[serde(rename = "StateEnd")]
    end: String,
}

impl Participation {
    /// What the party did, field and column.
    fn acts(&self) -> [(&'static str, &'static str, &str); 4] {
        [
            ("signedOn", "StateSignature", &self.signature),
            ("ratifiedOn", "StateRatification", &self.ratification),
            ("inForceOn", "StateForce", &self.force),
            ("endedOn", "StateEnd", &self.end),
        ]
    }

    fn filled(&self) -> usize {
        self.acts()
            .iter()
            .filter(|(_, _, written)| !written.is_empty())
            .count()
    }
}

/// The participations of each agreement, as a bundle has them, in the order of the file. `signatures` has the day that each
/// treaty of the bundle was signed, as its row says it.
///
/// # Errors
///
/// Where the table can't be read.
pub fn read(
    data: &Path,
    signatures: &HashMap<&str, &str>,
    parties: &mut Parties,
    report: &mut Report,
) -> Outcome<HashMap<String, Vec<Value>>> {
    let table: Table<Participation> = tables::read(&data.join(FILE))?;
    let chosen = choose(&table, signatures, parties, report);
    report.add("participations", chosen.len());
    let mut participations: HashMap<String, Vec<Value>> = HashMap::new();
    for ((treaty, party), row) in chosen {
        let list = participations.entry(treaty.to_owned()).or_default();
        list.push(json(row, &party, report));
    }
    Ok(participations)
}

/// Sorts the rows: orphans, codes that name no party, repetitions, and per treaty and party the row that is kept. Notes which
/// parties are needed.
fn choose<'a>(
    table: &'a Table<Participation>,
    signatures: &HashMap<&str, &str>,
    parties: &mut Parties,
    report: &mut Report,
) -> IndexMap<(&'a str, String), &'a Row<Participation>> {
    report.list("orphans.csv", &with_line(&table.columns));
    report.list("no-party.csv", &with_line(&table.columns));
    let mut folded = with_line(&table.columns);
    folded.splice(1..1, ["kept line", "why"]);
    report.list("folded-parties.csv", &folded);
    let mut named: HashMap<&str, Option<String>> = HashMap::new();
    let mut groups: IndexMap<(&str, String), Vec<&Row<Participation>>> = IndexMap::new();
    let mut orphaned = HashSet::new();
    let mut seen = HashSet::new();
    let mut repeated_orphans = 0;
    for row in &table.rows {
        let treaty = row.data.treaty.as_str();
        let party = named
            .entry(&row.data.code)
            .or_insert_with(|| parties.named(&row.data.code));
        let is_new = seen.insert(&row.cells);
        if !signatures.contains_key(treaty) {
            report.row("orphans.csv", row.with_line());
            orphaned.insert(treaty);
            repeated_orphans += usize::from(!is_new);
        } else if let Some(party) = party {
            groups.entry((treaty, party.clone())).or_default().push(row);
        } else {
            report.row("no-party.csv", row.with_line());
        }
    }
    report.add("rows of participations in all", table.rows.len());
    report.add(
        "orphans, whose treaty is in no row of agreements: orphans.csv",
        report.rows("orphans.csv").len(),
    );
    report.add("treaties that only orphans name", orphaned.len());
    report.add(
        "orphans that repeat an earlier one exactly",
        repeated_orphans,
    );
    report.add(
        "rows whose code names no party: no-party.csv",
        report.rows("no-party.csv").len(),
    );
    groups
        .into_iter()
        .map(|((treaty, party), rows)| {
            let kept = best(&rows, signatures[treaty]);
            for row in &rows {
                parties.use_party(&party, &row.data.code);
            }
            for (index, row) in rows
                .iter()
                .enumerate()
                .filter(|(_, row)| row.line != kept.line)
            {
                let repeats = |other: &&Row<Participation>| other.cells == row.cells;
                // The row that is kept need not be the first of those that say the same.
                let is_exact = rows[..index].iter().any(repeats) || repeats(&kept);
                let why = if is_exact {
                    "the same as another row"
                } else {
                    "differs from the row that is kept"
                };
                let mut line = row.with_line();
                line.splice(1..1, [kept.line.to_string(), why.to_owned()]);
                report.row("folded-parties.csv", line);
                report.add(
                    &format!("rows of participations folded: {why}: folded-parties.csv"),
                    1,
                );
            }
            ((treaty, party), kept)
        })
        .collect()
}

/// Of the rows with the treaty's own day of signature, or of all where none has it, the first of those that say most of the
/// party's acts.
fn best<'a>(rows: &[&'a Row<Participation>], signature: &str) -> &'a Row<Participation> {
    let weight =
        |row: &Row<Participation>| (row.data.treaty_signature == signature, row.data.filled());
    let mut best = rows[0];
    for &row in rows {
        if weight(row) > weight(best) {
            best = row;
        }
    }
    best
}

fn json(row: &Row<Participation>, party: &str, report: &mut Report) -> Value {
    let mut participation = json!({ "party": slug(party), "roles": ["SIGNATORY"] });
    let of = format!("{} {}", row.data.treaty, row.data.code);
    let place = Place {
        file: FILE,
        line: row.line,
        of: &of,
    };
    for (field, column, written) in row.data.acts() {
        if let Some(date) = dates::read(&place, column, written, report) {
            participation[field] = date.json();
        }
    }
    participation
}
