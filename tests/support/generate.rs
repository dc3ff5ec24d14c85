//! Bundles of made-up records, as many as a test wants.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;

use entente::db::DatabaseUrl;
use serde_json::{Value, json};

use super::TestDb;

/// How many records of each kind.
pub struct Sizes {
    /// Regions, of which the first is the parent of all others.
    pub regions: usize,
    /// Parties.
    pub parties: usize,
    /// Programmes.
    pub programs: usize,
    /// Agreements: each of one region, one programme and two parties, in turn.
    pub agreements: usize,
}

impl Sizes {
    /// How many records there are of all kinds.
    pub fn total(&self) -> usize {
        self.regions + self.parties + self.programs + self.agreements
    }
}

/// Writes a bundle of that size.
pub fn write(folder: &Path, sizes: &Sizes) {
    std::fs::create_dir_all(folder).expect("the folder can be made");
    let file = File::create(folder.join("records.jsonl")).expect("the file can be made");
    let mut out = BufWriter::new(file);
    let mut line = |record: Value| writeln!(out, "{record}").expect("the file takes lines");
    let text = |text: String| json!([{ "language": "FR", "text": text }]);
    for n in 0..sizes.regions {
        let parent = (n > 0).then_some("region-0");
        let mut region = json!({ "slug": format!("region-{n}"), "originalLanguage": "FR", "kind": "COUNTRY", "name": text(format!("Région {n}")) });
        if let Some(parent) = parent {
            region["parent"] = json!(parent);
        }
        line(json!({ "region": region }));
    }
    for n in 0..sizes.parties {
        let names = json!([{ "name": text(format!("Partie {n}")) }]);
        line(
            json!({ "party": { "slug": format!("partie-{n}"), "originalLanguage": "FR", "kind": "INSTITUTION", "names": names } }),
        );
    }
    for n in 0..sizes.programs {
        line(
            json!({ "program": { "slug": format!("programme-{n}"), "originalLanguage": "FR", "status": "OPEN", "name": text(format!("Programme {n}")) } }),
        );
    }
    for n in 0..sizes.agreements {
        let party = |place: usize| json!({ "party": format!("partie-{}", place % sizes.parties), "roles": ["SIGNATORY"] });
        let mut agreement = json!({
            "slug": format!("entente-{n}"),
            "originalLanguage": "FR",
            "kind": "MEMORANDUM",
            "title": text(format!("Entente {n}")),
            "statusHistory": [{ "status": "SIGNED" }],
            "parties": [party(n), party(n + 1)],
            "programs": [format!("programme-{}", n % sizes.programs)],
            "regions": [format!("region-{}", n % sizes.regions)],
        });
        // Every seventh is undated; many share a day.
        if n % 7 != 0 {
            agreement["signedOn"] =
                json!({ "edtf": format!("20{:02}-{:02}-01", n % 20, 1 + n % 12) });
        }
        line(json!({ "agreement": agreement }));
    }
}

/// Imports a bundle as a person does, and gives what the program says.
#[track_caller]
pub fn import(db: &TestDb, folder: &Path) -> String {
    import_at(db.url(), folder)
}

/// The same, into whichever database.
#[track_caller]
pub fn import_at(url: &DatabaseUrl, folder: &Path) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_entente"))
        .arg("import")
        .arg(folder)
        .env("DATABASE_URL", url.expose())
        .output()
        .expect("the program can be run");
    let told = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "the bundle is refused:\n{told}");
    told
}

/// A database with a bundle of that size in it.
pub fn filled(sizes: &Sizes) -> TestDb {
    let db = TestDb::new();
    let folder = tempfile::tempdir().expect("a folder can be had");
    write(folder.path(), sizes);
    import(&db, folder.path());
    db
}
