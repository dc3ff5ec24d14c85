//! Agreements: one per treaty, from the first row that there is of it.

use std::collections::HashMap;
use std::path::Path;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::{Value, json};

use super::dates::{self, Date};
use super::participations;
use super::parties::{Parties, with_line};
use super::report::{Place, Report};
use super::tables::{self, Outcome, Row, Table};
use super::{LICENSE, slug};

const FILE: &str = "agreements_ggo.csv";

/// The last day on which the data set has an agreement signed: what ends later had not ended when it was made.
const AS_OF: &str = "2023-10-10";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Agreement {
    #[serde(rename = "treatyID")]
    treaty: String,
    title: String,
    begin: String,
    end: String,
    signature: String,
    force: String,
    term: String,
    type_agree: String,
    location: String,
    language: String,
    languages: String,
}

/// The records of all agreements, in the order of the file; notes which parties they need.
///
/// # Errors
///
/// Where a table can't be read.
pub fn records(data: &Path, parties: &mut Parties, report: &mut Report) -> Outcome<Vec<Value>> {
    let table: Table<Agreement> = tables::read(&data.join(FILE))?;
    report.list(
        "values.csv",
        &["file", "line", "of", "column", "written", "became", "why"],
    );
    let kept = fold(&table, report);
    let signatures = kept
        .iter()
        .map(|(&treaty, row)| (treaty, row.data.signature.as_str()))
        .collect();
    let mut participations = participations::read(data, &signatures, parties, report)?;
    report.list("without-parties.csv", &["line", "treatyID", "Title"]);
    let records = kept
        .into_values()
        .map(|row| {
            let participations = participations.remove(&row.data.treaty).unwrap_or_default();
            if participations.is_empty() {
                let line = [
                    row.line.to_string(),
                    row.data.treaty.clone(),
                    row.data.title.clone(),
                ];
                report.row("without-parties.csv", line.to_vec());
            }
            json!({ "agreement": record(row, &participations, report) })
        })
        .collect();
    report.add(
        "agreements without a party: without-parties.csv",
        report.rows("without-parties.csv").len(),
    );
    Ok(records)
}

/// The first row of each treaty. Rows of one treaty are often different instruments; their values are not mixed.
fn fold<'a>(
    table: &'a Table<Agreement>,
    report: &mut Report,
) -> IndexMap<&'a str, &'a Row<Agreement>> {
    let mut columns = with_line(&table.columns);
    columns.insert(1, "kept line");
    report.list("folded-agreements.csv", &columns);
    let mut kept: IndexMap<&str, &Row<Agreement>> = IndexMap::new();
    for row in &table.rows {
        let first = kept.entry(&row.data.treaty).or_insert(row);
        if first.line != row.line {
            let mut line = row.with_line();
            line.insert(1, first.line.to_string());
            report.row("folded-agreements.csv", line);
        }
    }
    report.add("rows of agreements in all", table.rows.len());
    report.add("agreements", kept.len());
    report.add(
        "rows of agreements folded: folded-agreements.csv",
        report.rows("folded-agreements.csv").len(),
    );
    kept
}

fn record(row: &Row<Agreement>, participations: &[Value], report: &mut Report) -> Value {
    let agreement = &row.data;
    let text = |text: &str| json!([{ "language": "EN", "text": text }]);
    let dates = Dates::read(row, report);
    let mut record = json!({
        "slug": slug(&agreement.treaty),
        "originalLanguage": "EN",
        "kind": kind(&agreement.type_agree),
        "title": text(&agreement.title),
        "languages": languages(row, report),
        "statusHistory": dates.status_history(),
    });
    let dates = [
        ("signedOn", &dates.signed),
        ("startsOn", &dates.starts),
        ("endsOn", &dates.ends),
    ];
    for (field, date) in dates {
        if let Some(date) = date {
            record[field] = date.json();
        }
    }
    if !agreement.location.is_empty() {
        record["place"] = text(&agreement.location);
    }
    record["parties"] = json!(participations);
    record["sources"] = json!([{
        "name": "GGO, many- packages (globalgov/manytreaties)",
        "identifier": agreement.treaty,
        "url": "https://github.com/globalgov/manytreaties",
        "license": LICENSE,
    }]);
    record
}

fn kind(written: &str) -> &'static str {
    match written {
        "Agreement" => "TREATY",
        "Protocol" => "PROTOCOL",
        // Extending an agreement changes its term.
        "Amendment" | "Extending" => "AMENDMENT",
        "MOU" => "MEMORANDUM",
        "Resolution" => "RESOLUTION",
        "Regulation" => "REGULATION",
        _ => "OTHER",
    }
}

/// The dates of an agreement.
struct Dates {
    signed: Option<Date>,
    starts: Option<Date>,
    ends: Option<Date>,
    /// The source says that it has not ended.
    goes_on: bool,
}

impl Dates {
    fn read(row: &Row<Agreement>, report: &mut Report) -> Self {
        let agreement = &row.data;
        let place = Place {
            file: FILE,
            line: row.line,
            of: &agreement.treaty,
        };
        let signed = dates::read(&place, "Signature", &agreement.signature, report);
        let force = dates::read(&place, "Force", &agreement.force, report);
        let end = dates::read(&place, "End", &agreement.end, report);
        let goes_on = agreement.end == dates::NEVER;
        // `Begin` repeats `Signature` in nearly all rows, and `Term` repeats `End`.
        let same_day = |one: &str, other: &str| {
            one.trim_end_matches(['?', '~']) == other.trim_end_matches(['?', '~'])
        };
        let begins_apart = !same_day(&agreement.begin, &agreement.signature);
        let starts = match force {
            Some(force) => {
                if begins_apart && !same_day(&agreement.begin, &agreement.force) {
                    report.value(
                        &place,
                        "Begin",
                        &agreement.begin,
                        "",
                        "`Force` says when it starts",
                    );
                }
                Some(force)
            }
            None if begins_apart => dates::read(&place, "Begin", &agreement.begin, report),
            None => None,
        };
        let ends = if agreement.end.is_empty() {
            dates::read(&place, "Term", &agreement.term, report)
        } else {
            if !agreement.term.is_empty() && agreement.term != agreement.end {
                report.value(
                    &place,
                    "Term",
                    &agreement.term,
                    "",
                    "`End` says when it ends",
                );
            }
            end
        };
        Self {
            signed,
            starts,
            ends,
            goes_on,
        }
    }

    /// Signed, in force, expired, as far as the dates say so. An entry that its own date would put before the one above it
    /// stands without the date, so that the last entry is what the agreement has come to.
    fn status_history(&self) -> Vec<Value> {
        let has_come = |date: &&Date| date.has_come_by(AS_OF);
        let mut acts = Vec::new();
        acts.extend(self.signed.as_ref().map(|date| ("SIGNED", Some(date))));
        acts.extend(
            self.starts
                .as_ref()
                .filter(has_come)
                .map(|date| ("IN_FORCE", Some(date))),
        );
        if self.goes_on && self.starts.is_none() {
            acts.push(("IN_FORCE", None));
        }
        acts.extend(
            self.ends
                .as_ref()
                .filter(has_come)
                .map(|date| ("EXPIRED", Some(date))),
        );
        if acts.is_empty() {
            acts.push(("UNKNOWN", None));
        }
        let mut last: Option<&Date> = None;
        let mut history = Vec::new();
        for (status, date) in acts {
            let mut entry = json!({ "status": status });
            let date = date.filter(|date| last.is_none_or(|last| !date.is_before(last)));
            if let Some(date) = date {
                entry["on"] = date.json();
                last = Some(date);
            }
            history.push(entry);
        }
        history
    }
}

/// The languages of its texts: those that `Languages` names, else the one of `Language`.
fn languages(row: &Row<Agreement>, report: &mut Report) -> Vec<String> {
    let agreement = &row.data;
    if agreement.languages.is_empty() {
        let language = Some(agreement.language.clone());
        return language
            .filter(|language| !language.is_empty())
            .into_iter()
            .collect();
    }
    let mut tags: Vec<String> = Vec::new();
    for name in agreement.languages.split('|').map(str::trim) {
        if let Some(&(_, tag)) = LANGUAGES.iter().find(|(known, _)| *known == name) {
            if !tags.iter().any(|known| known == tag) {
                tags.push(tag.to_owned());
            }
        } else {
            let place = Place {
                file: FILE,
                line: row.line,
                of: &agreement.treaty,
            };
            report.value(
                &place,
                "Languages",
                name,
                "",
                "no language that is known here",
            );
        }
    }
    tags
}

/// The names of languages in the data set, with their BCP 47 tags.
const LANGUAGES: [(&str, &str); 28] = [
    ("Arabic", "ar"),
    ("Armenian", "hy"),
    ("Azerbaidzhan", "az"),
    ("Bulgarian", "bg"),
    ("Chinese", "zh"),
    ("Czech", "cs"),
    ("Danish", "da"),
    ("Dutch", "nl"),
    ("English", "en"),
    ("Finnish", "fi"),
    ("French", "fr"),
    ("German", "de"),
    ("Greek", "el"),
    ("Italian", "it"),
    ("Japanese", "ja"),
    ("Kazakh", "kk"),
    ("Norwegian", "no"),
    ("Persian", "fa"),
    ("Polish", "pl"),
    ("Portuguese", "pt"),
    ("Romanian", "ro"),
    ("Russian", "ru"),
    ("Serbian", "sr"),
    ("Slovenian", "sl"),
    ("Spanish", "es"),
    ("Swedish", "sv"),
    ("Turkmen", "tk"),
    ("Ukrainian", "uk"),
];

/// Treaties whose slugs would be the same, in pairs.
pub fn clashes(records: &[Value]) -> Vec<(String, String)> {
    let mut treaties: HashMap<&str, &Value> = HashMap::new();
    let mut clashes = Vec::new();
    for record in records {
        let agreement = &record["agreement"];
        let identifier = &agreement["sources"][0]["identifier"];
        if let Some(other) =
            treaties.insert(agreement["slug"].as_str().unwrap_or_default(), identifier)
        {
            clashes.push((other.to_string(), identifier.to_string()));
        }
    }
    clashes
}
