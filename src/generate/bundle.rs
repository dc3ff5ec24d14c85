//! The files of a bundle, written line by line.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::Path;

use serde_json::Value;

/// A file of records, one a line.
pub(super) struct Lines {
    file: BufWriter<File>,
    /// How many records it has so far.
    pub(super) count: usize,
}

impl Lines {
    pub(super) fn create(dir: &Path, name: &str) -> io::Result<Self> {
        Ok(Self {
            file: BufWriter::with_capacity(1 << 20, File::create_new(dir.join(name))?),
            count: 0,
        })
    }

    pub(super) fn put(&mut self, word: &str, record: &Value) -> io::Result<()> {
        self.count += 1;
        write!(self.file, "{{\"{word}\":")?;
        serde_json::to_writer(&mut self.file, record)?;
        self.file.write_all(b"}\n")
    }

    pub(super) fn finish(mut self) -> io::Result<usize> {
        self.file.flush()?;
        Ok(self.count)
    }
}

/// Makes the folder, or takes it as it is where it is empty.
pub(super) fn create(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    if fs::read_dir(dir)?.next().is_some() {
        return Err(io::Error::new(
            io::ErrorKind::DirectoryNotEmpty,
            "there is something in it already; name a folder that is empty or not there yet",
        ));
    }
    Ok(())
}
