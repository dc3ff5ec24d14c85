//! How long each part takes: `just micro`. The words after it choose parts by name; docs/benchmarks.md tells more.

mod parts;
#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Duration;

use criterion::Criterion;
use support::TestDb;

fn main() {
    let db = TestDb::with_registry();
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    for part in parts::all(db.url()) {
        criterion.bench_function(&part.name, |bencher| bencher.iter(&part.run));
    }
    criterion.final_summary();
}
