//! A real browser: the GraphiQL page, and pages of other sites.

mod support;

use std::path::Path;

use support::TestDb;
use support::node::Scripts;
use support::program::{Program, command};

#[test]
fn the_first_tab_answers_in_a_browser_that_reaches_no_other_host() {
    let db = TestDb::with_registry();
    let mut serve = command();
    serve.env("DATABASE_URL", db.url().expose());
    let (_server, address) = Program::serve(serve);
    let screenshot = Path::new(env!("CARGO_TARGET_TMPDIR")).join("graphiql.png");
    let screenshot = screenshot.to_str().expect("paths here are UTF-8");
    Scripts::of("browser").run("graphiql.mjs", &[address.trim_end_matches('/'), screenshot]);
}

#[test]
fn a_page_of_another_site_may_read_and_no_more() {
    let db = TestDb::with_registry();
    let mut serve = command();
    serve.env("DATABASE_URL", db.url().expose());
    let (_server, address) = Program::serve(serve);
    Scripts::of("browser").run("elsewhere.mjs", &[address.trim_end_matches('/')]);
}
