//! Trusted documents: those that a server was given in a folder. Nothing else runs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use walkdir::WalkDir;

use super::documents::{Document, Hash};
use super::error::{Code, Error};

/// The documents of a folder.
#[derive(Debug)]
pub struct Trusted {
    /// By the names that clients have for them, and by the SHA-256 of their texts.
    documents: BTreeMap<String, String>,
    /// Each text once, with where it was found.
    texts: BTreeMap<String, String>,
    digest: Hash,
}

/// The list that Apollo's tools write.
#[derive(Deserialize)]
struct Manifest {
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    id: String,
    body: String,
}

impl Trusted {
    /// Reads what the tools of front ends write: files that are named by the SHA-256 of what is in them
    /// (`….graphql`), and lists in JSON (`….json`), either an object with a text under each name, as graphql-codegen and
    /// Relay have it, or Apollo's manifest. Folders within are read too, and other files let be.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the folder, a line each.
    pub fn read(folder: &Path) -> Result<Self, Vec<String>> {
        let mut trusted = Self {
            documents: BTreeMap::new(),
            texts: BTreeMap::new(),
            digest: Hash::default(),
        };
        let mut problems = Vec::new();
        for entry in WalkDir::new(folder).follow_links(true).sort_by_file_name() {
            let read = entry
                .map_err(|error| error.to_string())
                .and_then(|entry| trusted.read_file(entry.path()));
            if let Err(problem) = read {
                problems.push(problem);
            }
        }
        if problems.is_empty() && trusted.texts.is_empty() {
            problems.push(format!(
                "{} has no documents: neither .graphql files nor lists in .json",
                folder.display()
            ));
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut digest = Sha256::new();
        for (id, text) in &trusted.documents {
            // Each as long as the other, so that none can be taken for two.
            digest.update(Sha256::digest(id));
            digest.update(Sha256::digest(text));
        }
        trusted.digest = digest.finalize().into();
        Ok(trusted)
    }

    fn read_file(&mut self, path: &Path) -> Result<(), String> {
        let extension = path.extension().and_then(|extension| extension.to_str());
        let Some(extension @ ("graphql" | "gql" | "json")) = extension else {
            return Ok(());
        };
        let place = path.display();
        if path.is_dir() {
            return Ok(());
        }
        let text = fs::read_to_string(path).map_err(|error| format!("{place}: {error}"))?;
        if extension != "json" {
            let stem = path
                .file_stem()
                .and_then(|stem| stem.to_str())
                .unwrap_or_default();
            let name = name(&text);
            if stem != name {
                return Err(format!(
                    "{place}: a document's file is named by its SHA-256, which is {name}"
                ));
            }
            return self.add(&name, text, &place.to_string());
        }
        let list: Value =
            serde_json::from_str(&text).map_err(|error| format!("{place}: {error}"))?;
        let documents: Vec<(String, String)> = if list["operations"].is_array() {
            let manifest: Manifest =
                serde_json::from_value(list).map_err(|error| format!("{place}: {error}"))?;
            manifest
                .operations
                .into_iter()
                .map(|operation| (operation.id, operation.body))
                .collect()
        } else {
            serde_json::from_value::<BTreeMap<String, String>>(list)
                .map_err(|_| format!("{place}: is neither an object with a document under each name nor a manifest with `operations`"))?
                .into_iter()
                .collect()
        };
        for (id, text) in documents {
            let place = format!("{place}: {id}");
            self.add(&id, text, &place)?;
        }
        Ok(())
    }

    fn add(&mut self, id: &str, text: String, place: &str) -> Result<(), String> {
        for name in [bare(id).to_owned(), name(&text)] {
            if self
                .documents
                .get(&name)
                .is_some_and(|other| *other != text)
            {
                return Err(format!("{place}: another document has this name"));
            }
            self.documents.insert(name, text.clone());
        }
        self.texts.entry(text).or_insert_with(|| place.to_owned());
        Ok(())
    }

    /// Every document, with where it was found.
    pub(super) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.texts
            .iter()
            .map(|(text, place)| (text.as_str(), place.as_str()))
    }

    pub(super) fn find(&self, text: Option<&str>, id: Option<&str>) -> Result<Document, Error> {
        let found = match (text, id) {
            (_, Some(id)) => self.documents.get(bare(id)),
            (Some(text), None) => self.documents.get(&name(text)),
            (None, None) => None,
        };
        match found {
            Some(found) if text.is_none_or(|text| text == found) => {
                Ok(Document::passing(found.clone()))
            }
            _ => Err(Error::new(
                Code::DocumentNotTrusted,
                "This server runs only documents that it was given beforehand. Name one of them by `documentId`, or by \
                 `extensions.persistedQuery.sha256Hash`.",
            )),
        }
    }

    pub(super) fn digest(&self) -> &Hash {
        &self.digest
    }
}

/// A name without the prefix that says what kind of name it is.
fn bare(id: &str) -> &str {
    id.strip_prefix("sha256:").unwrap_or(id)
}

/// The SHA-256 of a text, in hexadecimal digits.
fn name(text: &str) -> String {
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(text) {
        write!(digits, "{byte:02x}").expect("a string takes everything");
    }
    digits
}
