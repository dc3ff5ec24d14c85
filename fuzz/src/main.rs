//! Runs the target that `FUZZ_TARGET` names on what libFuzzer makes up.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

#[path = "../targets.rs"]
mod targets;

static TARGET: LazyLock<targets::Target> = LazyLock::new(|| {
    let name = std::env::var("FUZZ_TARGET").unwrap_or_default();
    let known = targets::TARGETS.iter().find(|(known, _)| *known == name);
    let names: Vec<_> = targets::TARGETS.iter().map(|(name, _)| *name).collect();
    known.unwrap_or_else(|| panic!("FUZZ_TARGET is none of {}", names.join(", "))).1
});

fuzz_target!(|bytes: &[u8]| TARGET(bytes));
