//! Reading the tables, row by row with the line that each stands on.

use std::error::Error;
use std::path::Path;

use csv::StringRecord;
use serde::de::DeserializeOwned;

/// What can go wrong: a table that can't be read, a folder that can't be written.
pub type Outcome<T> = Result<T, Box<dyn Error>>;

/// A table: its columns and its rows.
pub struct Table<T> {
    /// The names of all columns.
    pub columns: Vec<String>,
    /// The rows, in the order of the file.
    pub rows: Vec<Row<T>>,
}

/// A row: what the conversion reads of it, and all that it says.
pub struct Row<T> {
    /// Where it stands in the file; the header is line 1.
    pub line: u64,
    /// The columns that are read.
    pub data: T,
    /// All cells.
    pub cells: Vec<String>,
}

impl<T> Row<T> {
    /// The line and all cells, as lists in the report have them.
    pub fn with_line(&self) -> Vec<String> {
        let mut row = vec![self.line.to_string()];
        row.extend_from_slice(&self.cells);
        row
    }
}

/// Reads a table.
///
/// # Errors
///
/// Where the file can't be read, or lacks a column.
pub fn read<T: DeserializeOwned>(path: &Path) -> Outcome<Table<T>> {
    let file = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    parse(&file).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// Reads a table from its bytes.
///
/// # Errors
///
/// Where it is no CSV, or lacks a column.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<Table<T>, csv::Error> {
    let mut reader = csv::Reader::from_reader(bytes);
    let headers = reader.headers()?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let record: StringRecord = record?;
        rows.push(Row {
            line: record.position().map_or(0, csv::Position::line),
            data: record.deserialize(Some(&headers))?,
            cells: record.iter().map(str::to_owned).collect(),
        });
    }
    Ok(Table {
        columns: headers.iter().map(str::to_owned).collect(),
        rows,
    })
}
