//! Reading a bundle, record by record.

use std::fs;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::{Map, Value};

use super::files::{self, File, Format};
use super::json::Unique;
use super::toml;
use crate::registry::model;
use crate::write::{Change, Operation, Place, Problem};

/// A bundle's records, one at a time: an iterator that opens each file when its turn comes. A file of lines is read line by
/// line.
pub struct Reader {
    root: PathBuf,
    files: std::vec::IntoIter<File>,
    size: u64,
    read: u64,
    current: Option<Current>,
}

/// The file that is being read.
struct Current {
    path: PathBuf,
    /// As problems name it.
    name: Arc<str>,
    records: Records,
}

enum Records {
    Toml(std::vec::IntoIter<toml::Entry>),
    Lines {
        lines: BufReader<fs::File>,
        number: usize,
    },
}

impl Reader {
    /// The bundle in a folder.
    ///
    /// # Errors
    ///
    /// Where the folder can't be read.
    pub fn open(dir: &Path) -> io::Result<Self> {
        let root = dir.canonicalize()?;
        let files = files::files(dir)?;
        Ok(Self {
            root,
            size: files.iter().map(|file| file.size).sum(),
            files: files.into_iter(),
            read: 0,
            current: None,
        })
    }

    /// How many bytes the files have.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// How many bytes have been read.
    pub const fn read(&self) -> u64 {
        self.read
    }

    fn start(&mut self, file: &File) -> Result<Current, Problem> {
        let name: Arc<str> = file.path.display().to_string().into();
        let unreadable =
            |error: io::Error| problem(&name, 1, None, format!("this file can't be read: {error}"));
        let records = match file.format {
            Format::JsonLines => Records::Lines {
                lines: BufReader::new(fs::File::open(&file.path).map_err(unreadable)?),
                number: 0,
            },
            Format::Toml => {
                self.read += file.size;
                let bytes = fs::read(&file.path).map_err(unreadable)?;
                let text = String::from_utf8(bytes).map_err(|error| {
                    let at = error.utf8_error().valid_up_to();
                    let line = memchr::memchr_iter(b'\n', &error.as_bytes()[..at]).count() + 1;
                    let message = "this is not in UTF-8; save the file in UTF-8".to_owned();
                    problem(&name, line, None, message)
                })?;
                let records = toml::records(&text).map_err(|(line, message)| {
                    problem(&name, line, None, format!("this is no TOML: {message}"))
                })?;
                Records::Toml(records.into_iter())
            }
        };
        Ok(Current {
            path: file.path.clone(),
            name,
            records,
        })
    }
}

impl Iterator for Reader {
    type Item = Result<Change, Problem>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(current) = &mut self.current {
                if let Some(record) = current.next(&mut self.read) {
                    return Some(record.and_then(|(line, word, value)| {
                        current.change(&self.root, line, word, value)
                    }));
                }
                self.current = None;
            }
            let file = self.files.next()?;
            match self.start(&file) {
                Ok(current) => self.current = Some(current),
                Err(problem) => return Some(Err(problem)),
            }
        }
    }
}

fn problem(file: &Arc<str>, line: usize, record: Option<String>, message: String) -> Problem {
    Problem {
        place: Some(Place {
            file: Arc::clone(file),
            line,
        }),
        record,
        field: String::new(),
        message,
    }
}

impl Current {
    /// The next record: line, word and value.
    fn next(&mut self, read: &mut u64) -> Option<Result<(usize, String, Value), Problem>> {
        match &mut self.records {
            Records::Toml(entries) => {
                let toml::Entry { line, record } = entries.next()?;
                Some(match record {
                    Ok((word, value)) => Ok((line, word, value)),
                    Err(message) => Err(problem(&self.name, line, None, message)),
                })
            }
            Records::Lines { lines, number } => {
                let mut text = Vec::new();
                loop {
                    text.clear();
                    *number += 1;
                    match lines.read_until(b'\n', &mut text) {
                        Ok(0) => return None,
                        Ok(count) => *read += count as u64,
                        Err(error) => {
                            let message = format!("this file can't be read further: {error}");
                            let problem = problem(&self.name, *number, None, message);
                            self.records = Records::Toml(Vec::new().into_iter());
                            return Some(Err(problem));
                        }
                    }
                    if !text.trim_ascii().is_empty() {
                        break;
                    }
                }
                // A mark of UTF-8 at the start of a file, as some editors leave it there.
                let text = match text.strip_prefix(b"\xEF\xBB\xBF") {
                    Some(rest) if *number == 1 => rest,
                    _ => &text,
                };
                let record = line(text).map(|(word, value)| (*number, word, value));
                Some(record.map_err(|message| problem(&self.name, *number, None, message)))
            }
        }
    }

    /// A record as a change, with its text where it names a file.
    fn change(
        &self,
        root: &Path,
        line: usize,
        word: String,
        mut value: Value,
    ) -> Result<Change, Problem> {
        if let Some(map) = value.as_object_mut()
            && let Err((field, message)) = self.text(root, &word, map)
        {
            let record = match map.get("slug").and_then(Value::as_str) {
                Some(slug) => format!("{word} {slug}"),
                None => word,
            };
            return Err(Problem {
                field,
                ..problem(&self.name, line, Some(record), message)
            });
        }
        Ok(Change {
            place: Some(Place {
                file: Arc::clone(&self.name),
                line,
            }),
            word,
            operation: Operation::Put(value),
        })
    }

    /// Puts the text of a file in the place of its name.
    fn text(
        &self,
        root: &Path,
        word: &str,
        map: &mut Map<String, Value>,
    ) -> Result<(), (String, String)> {
        let declared = model().records().find(|(_, record)| record.one == word);
        let field =
            declared.and_then(|(ty, _)| ty.fields.iter().find(|field| field.verbatim.is_some()));
        let Some((field, key)) = field.and_then(|field| Some((field, field.verbatim?))) else {
            return Ok(());
        };
        let Some(file) = map.remove(key) else {
            return Ok(());
        };
        let wrong = |message: String| (key.to_owned(), message);
        let name = field.input_name();
        if map.contains_key(name) {
            return Err(wrong(format!(
                "there is `{name}` beside `{key}`, which gives the same; keep one"
            )));
        }
        let Some(file) = file.as_str() else {
            return Err(wrong(
                "write the path of a file, relative to this one".to_owned(),
            ));
        };
        let path = self.path.parent().unwrap_or(root).join(file);
        let found = path.canonicalize().map_err(|error| {
            wrong(format!(
                "`{file}` can't be read ({error}); write a path relative to this file"
            ))
        })?;
        if !found.starts_with(root) {
            return Err(wrong(format!(
                "`{file}` lies outside of the bundle; put the text into it"
            )));
        }
        // A pipe would be waited for, with the registry locked.
        if !found.is_file() {
            return Err(wrong(format!("`{file}` is no file; write the path of one")));
        }
        let bytes =
            fs::read(found).map_err(|error| wrong(format!("`{file}` can't be read: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            wrong(format!(
                "`{file}` is not in UTF-8 from byte {at} on; save it in UTF-8"
            ))
        })?;
        map.insert(name.to_owned(), Value::String(text));
        Ok(())
    }
}

/// The word and the record of a line.
fn line(text: &[u8]) -> Result<(String, Value), String> {
    let text = std::str::from_utf8(text)
        .map_err(|_| "this line is not in UTF-8; save the file in UTF-8".to_owned())?;
    let Unique(value) =
        serde_json::from_str(text).map_err(|error| format!("this line is no JSON: {error}"))?;
    let shape =
        || "a line holds one record under its type's word: {\"region\": {\"slug\": …}}".to_owned();
    let Value::Object(map) = value else {
        return Err(shape());
    };
    let mut entries = map.into_iter();
    match (entries.next(), entries.next()) {
        (Some(entry), None) => Ok(entry),
        _ => Err(shape()),
    }
}
