//! What documents say of errors is what the program does.

use entente::graphql::code::table;
use entente::graphql::{Code, schema};
use entente::registry::model;

#[test]
fn the_table_of_errors_is_the_programs() {
    let page = include_str!("../docs/errors.md");
    let table = table();
    assert!(
        page.contains(&table),
        "docs/errors.md needs this table:\n\n{table}"
    );
}

#[test]
fn the_schema_and_the_guides_name_every_code() {
    let sdl = schema::sdl(model()).expect("the declarations agree");
    for code in Code::ALL {
        let said = format!(
            "- `{}` ({}): {}",
            code.name(),
            code.status(),
            code.meaning()
        );
        assert!(sdl.contains(&said), "{said}");
    }
}
