//! Databases that tests start from, made once and copied: copying takes milliseconds.
//!
//! A template's name holds a hash of everything that its content depends on, so a change makes a new one.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use diesel::connection::SimpleConnection;
use entente::db::{DatabaseUrl, migrate};
use sha2::{Digest, Sha256};

use super::cluster;

/// The start of the names of all templates.
pub const PREFIX: &str = "entente_template_";

/// The template with the schema and nothing in it.
pub fn migrated() -> String {
    named("empty", &["migrations"], |url| {
        migrate::run(url).expect("the migrations run");
    })
}

/// The template with what `registry/` holds, as `entente import` leaves it.
pub fn with_registry() -> String {
    // How the records get there is the program's doing, so its source counts too.
    named(
        "registry",
        &["migrations", "registry", "src", "Cargo.lock"],
        |url| {
            let output = Command::new(env!("CARGO_BIN_EXE_entente"))
                .args(["import", "registry"])
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .env("DATABASE_URL", url.expose())
                .output()
                .expect("the program can be run");
            assert!(
                output.status.success(),
                "registry/ cannot be imported:\n{}{}",
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        },
    )
}

/// The template that `fill` makes of an empty database, made now unless there is one already. What it depends on are the
/// files and folders `of` in this package.
pub fn named(kind: &str, of: &[&str], fill: impl FnOnce(&DatabaseUrl)) -> String {
    let name = name(kind, of);
    if cluster::databases(&name).contains(&name) {
        return name;
    }
    // One process makes it while the others wait. The lock goes with the connection, should the process be killed.
    let lock = i64::from_be_bytes(Sha256::digest(&name)[..8].try_into().expect("are 8 bytes"));
    let mut guard = entente::db::connect(cluster::url()).expect("the server is there");
    guard
        .batch_execute(&format!("SELECT pg_advisory_lock({lock})"))
        .expect("the lock can be had");
    if !cluster::databases(&name).contains(&name) {
        let new = format!("{name}_new");
        cluster::execute(&format!("DROP DATABASE IF EXISTS {new} WITH (FORCE)"));
        cluster::execute(&format!("CREATE DATABASE {new} TEMPLATE template0"));
        fill(&cluster::url().with_database(&new));
        cluster::execute(&format!("ALTER DATABASE {new} RENAME TO {name}"));
    }
    name
}

/// Whether a template is one that the tests as they are now would use.
pub fn is_current(name: &str) -> bool {
    static CURRENT: OnceLock<[String; 5]> = OnceLock::new();
    CURRENT
        .get_or_init(|| {
            [
                self::name("empty", &["migrations"]),
                self::name("registry", &["migrations", "registry", "src", "Cargo.lock"]),
                self::name("oracle", &["migrations", "registry", "src", "Cargo.lock"]),
                self::name(
                    "grown",
                    &["migrations", "src", "tests/growth.rs", "Cargo.lock"],
                ),
                self::name(
                    "lists1",
                    &["migrations", "src", "tests/lists", "Cargo.lock"],
                ),
            ]
        })
        .iter()
        .any(|current| current == name)
}

fn name(kind: &str, of: &[&str]) -> String {
    format!("{PREFIX}{kind}_{}", digest(of))
}

/// A hash of files and folders of this package.
pub fn digest(of: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in of {
        add(&mut hash, &Path::new(env!("CARGO_MANIFEST_DIR")).join(part));
    }
    let digest = u64::from_be_bytes(hash.finalize()[..8].try_into().expect("are 8 bytes"));
    format!("{digest:016x}")
}

/// Adds a file, or a folder with everything in it, in the order of the names.
fn add(hash: &mut Sha256, path: &Path) {
    for entry in walkdir::WalkDir::new(path)
        .sort_by_file_name()
        .into_iter()
        .flatten()
    {
        if entry.file_type().is_file() {
            let content = fs::read(entry.path()).expect("a file of this package can be read");
            hash.update(entry.path().as_os_str().as_encoded_bytes());
            hash.update(content.len().to_be_bytes());
            hash.update(content);
        }
    }
}
