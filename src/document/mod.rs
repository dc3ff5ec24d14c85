//! Source documents, and what ties facts to them: citations and sources.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::model::{
    Arg, Args, BadArgument, Column, Content, Filter, Link, Order, Record, Term, Type, Weight,
    column, connection, custom, date, enumeration, localized, one, reference, string, url,
};
use crate::party;

/// What is declared here.
pub fn types() -> Vec<Type> {
    vec![document(), citation(), source(), translation()]
}

fn document() -> Type {
    Type::record_type(
        "Document",
        "document",
        Record { tag: "DOCUMENT", one: "document", many: "documents", label: "title", dated: true, logged: true },
        "A source document of the registry, with its text: an agreement's own words, a press release, a plan. Quotations of it support facts.",
    )
    .filters([
        Filter::new("languages", "[Language!]", "Those whose text is in one of these languages.", "@.language = ANY($arg::text[])"),
        Filter::new("publisher", "PartyMatch", "Those that one of these parties published.", format!("@.publisher_id IN ({})", party::MATCHED)).without("roles"),
        Filter::slugs("agreements", "The texts of one of these agreements, and what reports it; by slug.", "agreement", "agreement_document", "document_id", "agreement_id"),
        Filter::date("publishedOn", "Those that can have been published then."),
    ])
    .fields([
        localized("title", "What the document itself is headed.").required().searched(Weight::Title),
        enumeration("language", "Language", None, "The language that its text is in; the registry does not translate documents.").required(),
        reference("publisher", "Party", "Who published it; null where the document doesn't say."),
        date("publishedOn", "When it was published; null where the document doesn't say."),
        url("url", "Where it was published, or can be read now; null where that isn't known."),
        custom("text", "String!", Column::Text, excerpt, "The text as it was read; all of it, or the part from `start` to `end` in code points. Its cost counts its length.")
            .arg(Arg::new("start", "Int", "The first code point, counted from 0; the beginning where it is left out."))
            .arg(Arg::new("end", "Int", "The code point to stop before; the end of the text where it is left out or lies beyond it."))
            .stored_in("text", crate::model::Stored::Text)
            .required()
            .costing(length)
            .verbatim("file")
            .searched_in("language", Weight::Document),
        string("sha256", "The SHA-256 of the whole text in UTF-8, in lower-case hexadecimal, to check a copy.").required().derived_by(sha256),
        connection(
            "passages",
            Link::to("Citation", "citation", "t.document_id = $owner").ordered(Order::of([
                Term { sql: "t.start_at", column: Column::Integer, descending: false, nullable: false },
                Term { sql: "t.end_at", column: Column::Integer, descending: false, nullable: false },
                Term { sql: "t.id", column: Column::BigInt, descending: false, nullable: false },
            ])),
            "The citations made from it, in the order of the text: what the registry read where.",
        ),
    ])
}

/// A unit for every thousand code points; what is asked for to its end counts as long as the longest texts are.
fn length(args: &Args) -> u64 {
    let bound = |name: &str| args.get(name).and_then(Value::as_u64);
    match (bound("start").unwrap_or_default(), bound("end")) {
        (start, Some(end)) => end.saturating_sub(start).div_ceil(1_000),
        (_, None) => 50,
    }
}

fn excerpt(args: &Args) -> Result<(&'static str, Vec<i64>), BadArgument> {
    // No text is longer than its length can be counted.
    let place = |number: i64| number.min(i64::from(i32::MAX));
    let bound = |name: &'static str| match args.get(name).and_then(Value::as_i64) {
        Some(value) if value < 0 => Err(BadArgument {
            name,
            message: format!("`{name}` counts code points from 0 and can't be negative."),
        }),
        value => Ok(value),
    };
    match (bound("start")?.unwrap_or(0), bound("end")?) {
        (start, Some(end)) if end < start => Err(BadArgument {
            name: "end",
            message: "`end` lies before `start`: give the code point to stop before.".to_owned(),
        }),
        (0, None) => Ok(("@.text", Vec::new())),
        (start, None) => Ok(("substr(@.text, $arg::integer)", vec![place(start + 1)])),
        (start, Some(end)) => {
            let numbers = vec![place(start + 1), end - start];
            Ok(("substr(@.text, $arg::integer, $arg::integer)", numbers))
        }
    }
}

fn sha256(content: &Content) -> Value {
    let text = content
        .get("text")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let digest = Sha256::digest(text);
    Value::String(
        digest
            .iter()
            .fold(String::with_capacity(64), |mut hex, byte| {
                let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or_default();
                hex.extend([digit(byte >> 4), digit(byte & 15)]);
                hex
            }),
    )
}

fn citation() -> Type {
    Type::node("Citation", "citation", "A quotation from a source document that supports a fact (W3C TextQuoteSelector and TextPositionSelector).")
        .ordered(Order::of([
            Term { sql: "t.position", column: Column::Integer, descending: false, nullable: false },
            Term { sql: "t.id", column: Column::BigInt, descending: false, nullable: false },
        ]))
        .fields([
            crate::model::any_record("record", "@.record_id", "(SELECT r.type FROM record r WHERE r.id = @.record_id)", "The record whose fact it supports: `field` says which fact."),
            column(
                "field",
                "String",
                "@.field",
                Column::Text,
                "The field that it supports, by its GraphQL name; for a part a path by its id or slug, never its position: `contributions.<id>.money`, \
                 `parties.umq.roles`. Null where it supports the record as a whole.",
            ),
            one("document", "Document", "@.document_id", "The document that it quotes.").required(),
            column("exact", "String!", "@.exact", Column::Text, "The quoted words, to the letter, misprints included."),
            column("prefix", "String!", "@.prefix", Column::Text, "What stands directly before them in the document, 32 characters or a few more, so that it is found again; empty at its beginning."),
            column("suffix", "String!", "@.suffix", Column::Text, "What stands directly after them in the document, 32 characters or a few more; empty at its end."),
            column("start", "Int!", "@.start_at", Column::Integer, "Offset into `Document.text`, in Unicode code points: text[start..end] is `exact`."),
            column("end", "Int!", "@.end_at", Column::Integer, "Offset behind the last quoted code point: `end - start` is the length."),
        ])
}

fn source() -> Type {
    Type::part(
        "RecordSource",
        "source",
        "A data set or register that a record, or a field of it, was taken from.",
    )
    .fields([
        column(
            "field",
            "String",
            "@.field",
            Column::Text,
            "The field that it supports; null for the record as a whole.",
        ),
        column(
            "name",
            "String!",
            "@.name",
            Column::Text,
            "What the data set or register is called.",
        ),
        column(
            "identifier",
            "String",
            "@.identifier",
            Column::Text,
            "The record's identifier there; null where it has none, or for a field.",
        ),
        column("url", "URL", "@.url", Column::Text, "Where the data set, or the record in it, is found."),
        column(
            "license",
            "String",
            "@.license",
            Column::Text,
            "The licence under which it was taken over: an SPDX name, or what the publisher calls it. Name it when you pass the data on.",
        ),
    ])
}

fn translation() -> Type {
    Type::part(
        "Translation",
        "",
        "A text of a record or of one of its parts, in one language.",
    )
    .fields([
        column(
            "field",
            "String!",
            "@.field",
            Column::Text,
            "The field that it is a text of: `title`, `provisions.<id>.text`.",
        ),
        column(
            "language",
            "Language!",
            "@.language",
            Column::Text,
            "The language that the text is in, for `lang=` in pages.",
        ),
        column(
            "text",
            "String!",
            "@.text",
            Column::Text,
            "What is written there, in that language.",
        ),
    ])
}
