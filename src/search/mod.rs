//! Search: over the texts of all records at once.

use crate::model::{
    Arg, Column, Edge, Effect, Field, Link, Order, Read, Record, Term, Type, column, connection_by,
    list,
};

/// What is declared here.
pub fn types() -> Vec<Type> {
    vec![hit(), highlight(), fragment()]
}

/// The root field, over these record types.
pub fn root<'t>(records: impl Iterator<Item = (&'t Type, &'t Record)>) -> Field {
    let arms: Vec<String> = records
        .map(|(ty, record)| {
            format!(
                "SELECT '{}' AS tag, r.id, r.slug, search_score(r.words, $ranked) AS score FROM {} r WHERE r.words @@ $search",
                record.tag, ty.table
            )
        })
        .collect();
    let best_first = Order::of([
        Term {
            sql: "j.score",
            column: Column::BigInt,
            descending: true,
            nullable: false,
        },
        Term {
            sql: "j.slug",
            column: Column::Text,
            descending: false,
            nullable: false,
        },
        Term {
            sql: "j.id",
            column: Column::BigInt,
            descending: false,
            nullable: false,
        },
    ]);
    let link = Link {
        from: format!("({}) j", arms.join(" UNION ALL ")),
        ..Link::to("Record", "", "").scoped("j").ordered(best_first)
    };
    let edge = Edge {
        part: "SearchHit",
        fields: &["score", "highlights"],
    };
    let mut field = connection_by(
        "search",
        "Search",
        link,
        Some(edge),
        "Every word must match, in any record type, without regard to case or accents, by French, English, Spanish or Portuguese word forms; best first.",
    );
    let text = Arg {
        effect: Effect::Search,
        ..Arg::new(
            "text",
            "String!",
            "Words; `\"…\"` around a phrase, `-` before what is not to match. While the last word is being typed, also what begins like it. At most 1,000 characters and 32 words.",
        )
    };
    let types = Arg::keeping(
        "types",
        "[RecordType!]",
        "Only records of these types; an empty list keeps none.",
        "j.tag = ANY($arg::text[])",
    );
    field.args.splice(0..0, [text, types]);
    field
}

fn hit() -> Type {
    Type::between("SearchHit", "", "How a record matches a search text.").fields([
        column(
            "score",
            "Float!",
            "(@.score / 1000000.0)::float8",
            Column::Float,
            "How well it matches, within one search: more than 1 where its name or title alone does.",
        ),
        Field {
            read: Some(Read::Highlights { key: "@.id" }),
            ..list(
                "highlights",
                Link::to("Highlight", "", ""),
                "Where it matches: up to three of its texts, those that count most first, in the request's language where that text matches.",
            )
        },
    ])
}

fn highlight() -> Type {
    Type::value(
        "Highlight",
        "The matched field's text around the match, in pieces, so that a page can mark them without trusting markup.",
    )
    .fields([
        made(
            "field",
            "String!",
            "The field whose text it is, as in Citation: `title`, `provisions.<id>.text`.",
        ),
        made(
            "fragments",
            "[HighlightFragment!]!",
            "Put together, they are the text, or where it is long a stretch of it.",
        ),
    ])
}

fn fragment() -> Type {
    Type::value("HighlightFragment", "A piece of a text.").fields([
        made("text", "String!", "The piece, to the letter."),
        made(
            "matched",
            "Boolean!",
            "Whether it is a word that the search text asks for.",
        ),
    ])
}

/// A field that the read engine makes, from no column.
fn made(name: &'static str, ty: &str, doc: &'static str) -> Field {
    column(name, ty, "NULL", Column::Text, doc)
}
