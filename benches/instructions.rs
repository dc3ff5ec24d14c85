//! How many instructions each part takes, as a text to be committed: `just instructions`. A change that makes a part dearer
//! shows in review as a changed line. docs/benchmarks.md tells more.
//!
//! This program runs itself under valgrind, which counts in [`measured`] alone and writes a file whenever it returns.

mod parts;
#[path = "../tests/support/mod.rs"]
mod support;

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use entente::db::DatabaseUrl;
use parts::Part;
use support::TestDb;

/// How often a part runs for its count.
const RUNS: u64 = 50;
/// How many processes count, of which each part's middle one is told: hash maps are seeded by chance, some of them once for
/// the life of a process, and so a count differs a little from the next.
const PROCESSES: usize = 5;
/// A count that differs from the committed one by less than so many in a thousand is chance: its line stays as it is.
const CHANCE: u64 = 10;
/// What tells the program that it is the one to be counted. The database is at `DATABASE_URL`.
const COUNTED: &str = "--counted";
const RESULT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.txt");

fn main() {
    let given: Vec<_> = std::env::args().skip(1).collect();
    if given.iter().any(|argument| argument == COUNTED) {
        let url = std::env::var("DATABASE_URL").expect("it is given");
        run_parts(&DatabaseUrl::parse(&url).expect("is an address"));
    } else if given.iter().any(|argument| argument == "--bench") {
        let before = fs::read_to_string(RESULT).unwrap_or_default();
        let after = text(&counts(), &before);
        for line in after
            .lines()
            .filter(|line| !before.lines().any(|known| known == *line))
        {
            println!("{line}");
        }
        fs::write(RESULT, after).expect("the file can be written");
    } else {
        println!("not asked to count: `cargo bench` is");
    }
}

/// Runs each part, and says its name.
fn run_parts(url: &DatabaseUrl) {
    for Part { name, run } in parts::all(url) {
        // What is made once is there afterwards.
        run();
        measured(&run);
        println!("{name}");
    }
}

/// What is counted. Valgrind knows it by its name.
#[inline(never)]
fn measured(run: &dyn Fn()) {
    for _ in 0..RUNS {
        run();
    }
}

/// Each part with the instructions that it takes.
fn counts() -> Vec<(String, u64)> {
    let db = TestDb::with_registry();
    let mut counts: Vec<(String, Vec<u64>)> = Vec::new();
    for _ in 0..PROCESSES {
        for (place, (name, count)) in count(db.url()).into_iter().enumerate() {
            match counts.get_mut(place) {
                Some((_, counts)) => counts.push(count),
                None => counts.push((name, vec![count])),
            }
        }
    }
    let middle = |mut counts: Vec<u64>| {
        counts.sort_unstable();
        counts[counts.len() / 2]
    };
    let counts = counts.into_iter();
    counts
        .map(|(name, counts)| (name, middle(counts)))
        .collect()
}

/// What one process counts.
fn count(url: &DatabaseUrl) -> Vec<(String, u64)> {
    let folder = tempfile::tempdir().expect("a folder can be had");
    let counted = folder.path().join("counted");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--collect-atstart=no"])
        .arg("--toggle-collect=instructions::measured")
        .arg("--dump-after=instructions::measured")
        .arg(format!("--callgrind-out-file={}", counted.display()))
        .arg(std::env::current_exe().expect("this program is somewhere"))
        .arg(COUNTED)
        .env("DATABASE_URL", url.expose())
        .stderr(Stdio::inherit())
        .output()
        .expect("valgrind can be run: on Debian `apt-get install valgrind`");
    assert!(output.status.success(), "the parts could not be run");
    let names = String::from_utf8(output.stdout).expect("names are text");
    let parts = names.lines().zip(1..);
    parts
        .map(|(name, place)| {
            let total = total(&counted.with_extension(place.to_string()));
            (name.to_owned(), total / RUNS)
        })
        .collect()
}

/// The instructions of one of valgrind's files.
fn total(file: &Path) -> u64 {
    let text = fs::read_to_string(file).expect("valgrind wrote a file for each part");
    let total = text.lines().find_map(|line| line.strip_prefix("totals: "));
    let total = total.and_then(|total| total.trim().parse().ok());
    total
        .filter(|&total| total > RUNS)
        .expect("valgrind counted something")
}

/// The counts as they are committed, with what chance alone has changed as it was `before`.
fn text(counts: &[(String, u64)], before: &str) -> String {
    let mut text = format!(
        "# Instructions that each part takes: written by `just instructions`, explained in docs/benchmarks.md.\n\
         # They are of {}; {}; {}; {}.\n",
        std::env::consts::ARCH,
        version("rustc"),
        version("ldd"),
        version("valgrind"),
    );
    // Those of another compiler or library tell nothing about a change of ours.
    let comparable = before.starts_with(&text);
    let widest = counts.iter().map(|(name, _)| name.len()).max();
    let widest = widest.unwrap_or_default();
    for (name, count) in counts {
        let known = before.lines().filter(|_| comparable);
        let known = known.filter_map(|line| number(line.strip_prefix(name.as_str())?));
        let by_chance = |known: &u64| known.abs_diff(*count) * 1000 < known * CHANCE;
        let count = known.into_iter().find(by_chance).unwrap_or(*count);
        writeln!(text, "{name:widest$} {:>11}", thousands(count)).expect("a text takes more");
    }
    text
}

/// `1,234,567` as a number.
fn number(text: &str) -> Option<u64> {
    text.trim().replace(',', "").parse().ok()
}

/// What a program says of its version, in a line.
fn version(program: &str) -> String {
    let output = Command::new(program).arg("--version").output();
    let said = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    said.ok()
        .and_then(|said| Some(said.lines().next()?.to_owned()))
        .unwrap_or_else(|| format!("{program} of an unknown version"))
}

/// 1234567 as `1,234,567`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    let groups: Vec<_> = groups.map(String::from_utf8_lossy).collect();
    groups.join(",")
}
