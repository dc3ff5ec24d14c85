//! The GraphiQL page in a real browser.

mod support;

use std::path::Path;
use std::process::Command;

use support::TestDb;
use support::program::{Program, command};

/// Runs a command in `tests/browser` and gives what it says; it must succeed.
#[track_caller]
fn succeed(program: &str, arguments: &[&str]) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser");
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap_or_else(|error| {
            panic!("{program} can't be run ({error}): the README says what the tests need")
        });
    let told = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert!(output.status.success(), "{program} {arguments:?}:\n{told}");
    told
}

#[test]
fn the_first_tab_answers_in_a_browser_that_reaches_no_other_host() {
    let db = TestDb::with_registry();
    let mut serve = command();
    serve.env("DATABASE_URL", db.url().expose());
    let (_server, address) = Program::serve(serve);
    succeed(
        "npm",
        &["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    );
    let screenshot = Path::new(env!("CARGO_TARGET_TMPDIR")).join("graphiql.png");
    let screenshot = screenshot.to_str().expect("paths here are UTF-8");
    let told = succeed(
        "node",
        &["graphiql.mjs", address.trim_end_matches('/'), screenshot],
    );
    assert!(told.contains("0 failed"), "{told}");
}
