//! The vocabulary of subjects of migration and integration policy.

use crate::model::{Order, Record, Type, integers, localized};

/// What is declared here.
pub fn types() -> Vec<Type> {
    vec![
        Type::record_type(
            "Theme",
            "theme",
            Record { tag: "THEME", one: "theme", many: "themes", label: "name", dated: false, logged: false },
            "A subject of migration and integration policy, from the registry's vocabulary.",
        )
        .ordered(Order::by_name())
        .fields([
            localized("name", "What the subject is called.").required(),
            localized("description", "What falls under it, in a sentence or two; null where the name says all."),
            integers("compactObjectives", "The objectives, 1 to 23, of the Global Compact for Safe, Orderly and Regular Migration that it falls under; empty where none fits.")
                .at_least(1.0)
                .at_most(23.0),
        ]),
    ]
}
