//! What has to wait until all texts are there: changes that quote one which had not come yet. They wait outside of memory.

use std::io::{self, BufRead, BufReader, Seek, Write};

use serde_json::Value;
use tempfile::SpooledTempFile;

/// Bytes kept in memory before a file is made.
const IN_MEMORY: usize = 8 << 20;

/// Inputs in the order in which they came.
pub(super) struct Spool {
    file: SpooledTempFile,
    count: usize,
}

impl Spool {
    pub(super) fn new() -> Self {
        Self {
            file: SpooledTempFile::new(IN_MEMORY),
            count: 0,
        }
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(super) fn push(&mut self, input: &Value) -> io::Result<()> {
        self.count += 1;
        serde_json::to_writer(&mut self.file, input)?;
        self.file.write_all(b"\n")
    }

    /// Reads them back.
    pub(super) fn read(mut self) -> io::Result<impl Iterator<Item = io::Result<Value>>> {
        self.file.rewind()?;
        let lines = BufReader::new(self.file).lines();
        Ok(lines.map(|line| Ok(serde_json::from_str(&line?)?)))
    }
}
