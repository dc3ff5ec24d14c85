//! The migrations are compiled into the program: a change of theirs is a reason to compile again. And the program knows its
//! own source by a number, as another program may give another answer to the same question.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// What the program is made of.
const SOURCE: [&str; 4] = ["src", "migrations", "Cargo.toml", "Cargo.lock"];

fn main() {
    let mut files = Vec::new();
    for part in SOURCE {
        println!("cargo::rerun-if-changed={part}");
        find(Path::new(part), &mut files);
    }
    println!("cargo::rerun-if-changed=build.rs");
    files.sort();
    let mut hash = DefaultHasher::new();
    for file in files {
        fs::read(&file)
            .expect("a file of this package can be read")
            .hash(&mut hash);
        file.hash(&mut hash);
    }
    println!("cargo::rustc-env=ENTENTE_SOURCE={:016x}", hash.finish());
}

/// The files in a folder and below.
fn find(path: &Path, files: &mut Vec<PathBuf>) {
    match fs::read_dir(path) {
        Ok(entries) => entries
            .flatten()
            .for_each(|entry| find(&entry.path(), files)),
        Err(_) => files.push(path.to_owned()),
    }
}
