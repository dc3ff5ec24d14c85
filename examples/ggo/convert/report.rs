//! What the conversion tells: counts for people, and lists of every row and value that is not in the bundle as it stands in
//! the source.

use std::fmt;
use std::path::Path;

use indexmap::IndexMap;

use super::tables::Outcome;

/// Counts and lists.
#[derive(Default)]
pub struct Report {
    counts: IndexMap<String, usize>,
    lists: IndexMap<&'static str, Vec<Vec<String>>>,
}

/// Where a value stands in the source.
pub struct Place<'a> {
    /// The file.
    pub file: &'a str,
    /// Its line.
    pub line: u64,
    /// The treaty or state of the row.
    pub of: &'a str,
}

impl Report {
    /// Adds to a count.
    pub fn add(&mut self, what: &str, number: usize) {
        *self.counts.entry(what.to_owned()).or_default() += number;
    }

    /// A count.
    pub fn count(&self, what: &str) -> usize {
        self.counts.get(what).copied().unwrap_or_default()
    }

    /// Starts a list: its file and its columns.
    pub fn list(&mut self, file: &'static str, columns: &[&str]) {
        let columns = columns.iter().map(|&column| column.to_owned()).collect();
        self.lists.insert(file, vec![columns]);
    }

    /// Adds a row to a list that was started.
    pub fn row(&mut self, file: &'static str, row: Vec<String>) {
        self.lists.entry(file).or_default().push(row);
    }

    /// The rows of a list, without its columns.
    pub fn rows(&self, file: &str) -> &[Vec<String>] {
        self.lists.get(file).map_or(&[], |rows| &rows[1..])
    }

    /// Notes a value that is not carried over as it stands; `became` is empty where it is left out.
    pub fn value(&mut self, place: &Place, column: &str, written: &str, became: &str, why: &str) {
        let row = [
            place.file,
            &place.line.to_string(),
            place.of,
            column,
            written,
            became,
            why,
        ];
        self.row("values.csv", row.map(str::to_owned).to_vec());
        let outcome = if became.is_empty() {
            "left out"
        } else {
            "changed"
        };
        self.add(&format!("values {outcome}"), 1);
    }

    /// Writes the lists.
    ///
    /// # Errors
    ///
    /// Where the folder can't be written.
    pub fn write(&self, folder: &Path) -> Outcome<()> {
        std::fs::create_dir_all(folder)?;
        for (file, rows) in &self.lists {
            let mut writer = csv::WriterBuilder::new()
                .flexible(true)
                .from_path(folder.join(file))?;
            for row in rows {
                writer.write_record(row)?;
            }
            writer.flush()?;
        }
        Ok(())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, number) in &self.counts {
            writeln!(f, "{number:>8}  {what}")?;
        }
        Ok(())
    }
}
