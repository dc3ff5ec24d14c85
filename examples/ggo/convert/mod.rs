//! From the tables of the GGO data set to a bundle: parties, agreements, and a report of everything that is not in the
//! bundle as it stands in the tables. The rules are in the example's README.

mod agreements;
mod dates;
mod participations;
mod parties;
mod report;
mod tables;

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use serde_json::Value;

pub use report::Report;
pub use tables::Outcome;

const LICENSE: &str = "CC BY 4.0";

/// Where French names come from: name, address, licence.
const CLDR: (&str, &str, &str) = (
    "Unicode CLDR",
    "https://cldr.unicode.org",
    "Unicode-DFS-2016",
);

/// Converts the tables in `data` to a bundle in `out`, with the lists of the report in `out/report/`.
///
/// # Errors
///
/// Where a table can't be read, or the bundle can't be written.
pub fn convert(data: &Path, out: &Path) -> Outcome<Report> {
    let mut report = Report::default();
    let mut parties = parties::Parties::load(data)?;
    let agreements = agreements::records(data, &mut parties, &mut report)?;
    if let Some((one, other)) = agreements::clashes(&agreements).first() {
        return Err(format!("{one} and {other} would have the same slug").into());
    }
    std::fs::create_dir_all(out)?;
    write(&out.join("parties.jsonl"), &parties.records(&mut report))?;
    write(&out.join("agreements.jsonl"), &agreements)?;
    account(&report)?;
    report.write(&out.join("report"))?;
    Ok(report)
}

/// Holds that every row of the tables is in the bundle or in a list of the report.
fn account(report: &Report) -> Outcome<()> {
    let tables: [(&str, &str, &[&str]); 3] = [
        (
            "rows of agreements in all",
            "agreements",
            &["folded-agreements.csv"],
        ),
        (
            "rows of participations in all",
            "participations",
            &["orphans.csv", "no-party.csv", "folded-parties.csv"],
        ),
        (
            "rows of states in all",
            "rows of states carried, as names of parties",
            &["unused-states.csv"],
        ),
    ];
    for (all, carried, lists) in tables {
        let listed: usize = lists.iter().map(|list| report.rows(list).len()).sum();
        let (all_count, found) = (report.count(all), report.count(carried) + listed);
        if all_count != found {
            return Err(format!("{all}: {all_count}, but {found} were carried or listed").into());
        }
    }
    Ok(())
}

fn write(path: &Path, records: &[Value]) -> Outcome<()> {
    let mut file = BufWriter::new(File::create(path)?);
    for record in records {
        writeln!(file, "{record}")?;
    }
    file.flush()?;
    Ok(())
}

/// The slug of a treaty or a party: `ggo-`, then its identifier in lower case, with a hyphen for every run of characters
/// that are no letters or digits.
fn slug(identifier: &str) -> String {
    let mut slug = "ggo".to_owned();
    for word in identifier
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
    {
        slug.push('-');
        slug.push_str(&word.to_ascii_lowercase());
    }
    slug
}
