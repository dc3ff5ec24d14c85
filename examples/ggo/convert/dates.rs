//! Dates: kept as the source has them where that is EDTF level 1, and otherwise mended by the rules below.

use entente::values::Edtf;
use serde_json::{Value, json};

use super::report::{Place, Report};

/// The date of a cell, if it has one; the report has what is not carried over as it stands.
pub fn read(place: &Place, column: &str, written: &str, report: &mut Report) -> Option<Date> {
    match cell(written) {
        Cell::Empty => None,
        Cell::Never => {
            report.add(
                &format!("{NEVER} in {column} of {}: no date", place.file),
                1,
            );
            None
        }
        Cell::Dropped(why) => {
            report.value(place, column, written, "", why);
            None
        }
        Cell::Date(date) => {
            if let Some(rule) = date.rule {
                report.value(place, column, written, date.edtf.as_str(), rule);
            }
            Some(date)
        }
    }
}

/// How the data set writes that something has not come: an end is open, a signature was not given.
pub const NEVER: &str = "9999-12-31";

/// What a cell says.
enum Cell {
    /// Nothing.
    Empty,
    /// [`NEVER`].
    Never,
    /// A date.
    Date(Date),
    /// Something that is no date; why not.
    Dropped(&'static str),
}

/// A date, mended where `rule` says how.
pub struct Date {
    /// As it goes into the bundle.
    pub edtf: Edtf,
    /// As the source has it.
    pub written: String,
    /// How it was mended; none where it stands as written.
    pub rule: Option<&'static str>,
}

impl Date {
    /// As a bundle has it; the source's own spelling goes with a date that was mended.
    pub fn json(&self) -> Value {
        let mut date = json!({ "edtf": self.edtf.as_str() });
        if self.rule.is_some() {
            date["asWritten"] = json!(self.written);
        }
        date
    }

    /// Whether it can only mean a day before `other`.
    pub fn is_before(&self, other: &Self) -> bool {
        self.edtf.earliest() < other.edtf.earliest()
    }

    /// Whether it had come by that day.
    pub fn has_come_by(&self, day: &str) -> bool {
        let day = Edtf::parse(day)
            .expect("a constant day of the program")
            .latest();
        self.edtf.latest().is_some_and(|latest| Some(latest) <= day)
    }
}

fn cell(written: &str) -> Cell {
    match written {
        "" => return Cell::Empty,
        NEVER => return Cell::Never,
        // What programs write for a date that they don't have.
        "0001-01-01" => return Cell::Dropped("0001-01-01 stands for no date"),
        _ => {}
    }
    let date = |edtf, rule| {
        Cell::Date(Date {
            edtf,
            written: written.to_owned(),
            rule,
        })
    };
    if let Ok(edtf) = Edtf::parse(written) {
        return date(edtf, None);
    }
    for (rule, mend) in RULES {
        if let Some(edtf) = mend(written).and_then(|mended| Edtf::parse(&mended).ok()) {
            return date(edtf, Some(rule));
        }
    }
    Cell::Dropped("not a date")
}

/// How what is not EDTF level 1 is mended; the first that gives a date is taken.
type Rule = (&'static str, fn(&str) -> Option<String>);
const RULES: [Rule; 6] = [
    ("a span: `..` between two dates is `/`", span),
    ("a hyphen too many at the end", stray_hyphen),
    (
        "a day of an unknown month: the month stays unknown",
        unknown_month,
    ),
    (
        "the day first, then month and year: turned round",
        day_first,
    ),
    ("a day that its month lacks: the month", month_alone),
    ("a month that no year has: the year", year_alone),
];

fn span(text: &str) -> Option<String> {
    let (start, end) = text.split_once("..")?;
    Some(format!("{start}/{end}"))
}

fn stray_hyphen(text: &str) -> Option<String> {
    text.strip_suffix('-').map(str::to_owned)
}

/// `1964-XX-16` to `1964-XX`.
fn unknown_month(text: &str) -> Option<String> {
    let (month, _day) = text.rsplit_once('-')?;
    month.ends_with("-XX").then(|| month.to_owned())
}

/// `0014-022005` to `2005-02-14`.
fn day_first(text: &str) -> Option<String> {
    let (day, rest) = text.strip_prefix("00")?.split_once('-')?;
    let (month, year) = (rest.get(..2)?, rest.get(2..)?);
    Some(format!("{year}-{month}-{day}"))
}

/// `1976-06-31` to `1976-06`, and `1972-06-31?` to `1972-06?`.
fn month_alone(text: &str) -> Option<String> {
    cut(text, 7)
}

/// `2020-99-99` to `2020`.
fn year_alone(text: &str) -> Option<String> {
    cut(text, 4)
}

/// The first `length` characters of a whole date, with what qualifies it.
fn cut(text: &str, length: usize) -> Option<String> {
    let date = text.trim_end_matches(['?', '~']);
    let is_whole = date.len() == 10
        && date
            .bytes()
            .all(|byte| byte == b'-' || byte.is_ascii_digit());
    is_whole.then(|| format!("{}{}", &date[..length], &text[10..]))
}
