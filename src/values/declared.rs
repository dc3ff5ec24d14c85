//! The values that records are made of, as they are declared.

use super::{Edtf, Language, label};
use crate::model::{Column, Enum, Input, Type, column, rendered};

/// The enumerations declared here.
pub static ENUMS: &[Enum] = &[Enum {
    name: "Language",
    doc: "A language that the registry's texts can be in. A text lacks some of them more often than not; its original is always there.",
    values: &[
        (
            "FR",
            "French: the original of most of the registry; `fr` in `Accept-Language`, of any region.",
        ),
        ("EN", "English; `en` in `Accept-Language`, of any region."),
        ("ES", "Spanish; `es` in `Accept-Language`, of any region."),
        (
            "PT",
            "Portuguese; `pt` in `Accept-Language`, of any region.",
        ),
    ],
}];

/// The input objects declared here.
pub fn inputs() -> Vec<Input> {
    vec![
        Input::new("DateRange", "A stretch of time. An approximate date matches when it can fall inside; a null bound of the date is unbounded; a record without the date never matches.")
            .field("from", "Date", "The first day, inclusive; open where it is left out.")
            .field("until", "Date", "The last day, inclusive; open where it is left out."),
    ]
}

/// What is declared here.
pub fn types() -> Vec<Type> {
    vec![
        Type::value(
            "ApproximateDate",
            "A date as precise as its source says. Sorting uses `earliest`, else `latest`; filtering both. `~` and `?` do not widen the bounds. \
             An interval is an extent (all of it) in `startsOn`, `endsOn`, periods and occurrences; in the date of an act (signed, adopted, announced) it is some day within.",
        )
        .fields([
            column("edtf", "Edtf!", "@_edtf", Column::Text, "The date in EDTF level 1, for programs: `2013-10`. What it leaves out nobody knows."),
            column("earliest", "Date", "@_earliest", Column::Date, "The first day that it can mean; null where the start is open or unknown."),
            column("latest", "Date", "@_latest", Column::Date, "The last day that it can mean; null where the end is open or unknown."),
            column("asWritten", "String", "@_as_written", Column::Text, "The words of the source, where the date was read from one: `dès le début de l'année 2010`."),
            rendered("label", "String!", "@_edtf", date_label, "For people: `octobre 2013`, `from January to March 2014`. In French where no language is asked for."),
        ]),
        Type::value("Money", "An amount in a currency, as its source gives it: never converted.").fields([
            column("amount", "Decimal!", "@_amount::text", Column::Text, "The amount, exactly, with the decimals that it was written with: `\"643000.00\"`. A string, as floating point would round it."),
            column("currency", "String!", "@_currency", Column::Text, "The currency's code in ISO 4217: `CAD`, `EUR`."),
        ]),
    ]
}

/// A date in words; in French, the registry's first language, where none is asked for.
fn date_label(edtf: &str, language: Option<Language>) -> String {
    Edtf::parse(edtf).map_or_else(
        |_| edtf.to_owned(),
        |date| label(&date, language.unwrap_or(Language::Fr)),
    )
}
