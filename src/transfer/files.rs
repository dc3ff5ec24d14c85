//! Which files of a folder are read, and in which order.

use std::io;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

/// The folder whose records are read before all others: what citations quote.
const FIRST: &str = "documents";

/// How records are written in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// One table a record.
    Toml,
    /// One line a record.
    JsonLines,
}

/// A file with records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct File {
    pub(super) path: PathBuf,
    pub(super) format: Format,
    pub(super) size: u64,
}

/// The files of a bundle in the order in which they are read. Hidden files and folders are left alone, and so is
/// everything that holds no records.
pub(super) fn files(dir: &Path) -> io::Result<Vec<File>> {
    let visible = |entry: &DirEntry| {
        entry.depth() == 0 || !entry.file_name().to_string_lossy().starts_with('.')
    };
    let mut files = Vec::new();
    for entry in WalkDir::new(dir).into_iter().filter_entry(visible) {
        let entry = entry?;
        let format = match entry
            .path()
            .extension()
            .and_then(|extension| extension.to_str())
        {
            Some("toml") => Format::Toml,
            Some("jsonl") => Format::JsonLines,
            _ => continue,
        };
        // Through a link, if it is one: what it names counts.
        let metadata = std::fs::metadata(entry.path()).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", entry.path().display()))
        })?;
        if metadata.is_file() {
            files.push(File {
                path: entry.into_path(),
                format,
                size: metadata.len(),
            });
        }
    }
    let first = dir.join(FIRST);
    files.sort_by_cached_key(|file| (!file.path.starts_with(&first), file.path.clone()));
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_first_and_only_what_holds_records() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "a.toml",
            "README.md",
            "documents/z.toml",
            "documents/z.txt",
            "b/c.jsonl",
            ".git/config.toml",
            "b/.hidden.toml",
        ] {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let names: Vec<_> = files(folder.path())
            .unwrap()
            .into_iter()
            .map(|file| file.path.strip_prefix(folder.path()).unwrap().to_owned())
            .collect();
        assert_eq!(
            names,
            ["documents/z.toml", "a.toml", "b/c.jsonl"].map(PathBuf::from)
        );
    }
}
