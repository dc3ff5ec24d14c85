//! Approximate dates of every shape with their bounds, worked out here from the shape and not read back from the text.

use crate::random::Random;

/// Year, month, day.
pub type Day = (i32, u8, u8);

/// An approximate date.
#[derive(Clone, Debug)]
pub struct Dated {
    /// As it is written.
    pub edtf: String,
    /// The first day that it can mean; none where the start is open or unknown.
    pub first: Option<Day>,
    /// The last day that it can mean; none where the end is open or unknown.
    pub last: Option<Day>,
}

impl Dated {
    /// What lists are ordered by.
    pub fn sorts_by(&self) -> Option<Day> {
        self.first.or(self.last)
    }
}

/// A day as the API writes it.
pub fn iso((year, month, day): Day) -> String {
    format!("{}-{month:02}-{day:02}", iso_year(year))
}

/// A day that the API has written.
pub fn day(iso: &str) -> Day {
    let number = |text: &str| text.parse().expect("days are numbers");
    let (year, rest) = iso.split_at(iso.rfind('-').expect("a day has a month") - 3);
    let year = year.parse().expect("a day has a year");
    (year, number(&rest[1..3]), number(&rest[4..6]))
}

fn iso_year(year: i32) -> String {
    match year {
        0..=9999 => format!("{year:04}"),
        10_000.. => format!("+{year}"),
        _ => format!("-{:04}", -year),
    }
}

fn length(year: i32, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// A date, in an interval or not.
pub fn random(random: &mut Random) -> Dated {
    let (start, first, last) = point(random);
    let whole = |edtf, first, last| Dated { edtf, first, last };
    match random.below(12) {
        0 => whole(format!("{start}/.."), Some(first), None),
        1 => whole(format!("../{start}"), None, Some(last)),
        2 => whole(format!("{start}/"), Some(first), None),
        3 => whole(format!("/{start}"), None, Some(last)),
        4 | 5 => {
            let (end, later, latest) = point(random);
            if first <= later && last <= latest {
                whole(format!("{start}/{end}"), Some(first), Some(latest))
            } else if later <= first && latest <= last {
                whole(format!("{end}/{start}"), Some(later), Some(last))
            } else {
                whole(start, Some(first), Some(last))
            }
        }
        _ => whole(start, Some(first), Some(last)),
    }
}

/// A day, month, season, year or more, with its first and last day.
fn point(random: &mut Random) -> (String, Day, Day) {
    let year = match random.below(20) {
        0 => random.between(-4712, -1),
        1 => random.between(-2, 2),
        2 => random.between(1, 999),
        3 => random.between(1000, 9999),
        4..=6 => random.between(1900, 2030),
        _ => random.between(2007, 2016),
    };
    let month = u8::try_from(random.between(1, 12)).expect("it is small");
    let day = u8::try_from(random.between(1, length(year, month).into())).expect("it is small");
    let (first, last) = ((year, month, 1), (year, month, length(year, month)));
    let (new_year, new_years_eve) = ((year, 1, 1), (year, 12, 31));
    let written = iso_year(year);
    let (text, first, last) = match random.below(16) {
        0 | 1 => (format!("{written}-{month:02}"), first, last),
        2 => (format!("{written}-{month:02}-XX"), first, last),
        3 => (written, new_year, new_years_eve),
        4 => (format!("{written}-XX"), new_year, new_years_eve),
        5 => (format!("{written}-XX-XX"), new_year, new_years_eve),
        6 if year >= 0 => {
            let start = year / 10 * 10;
            let text = format!("{}X", &written[..3]);
            (text, (start, 1, 1), (start + 9, 12, 31))
        }
        7 if year >= 0 => {
            let start = year / 100 * 100;
            let text = format!("{}XX", &written[..2]);
            (text, (start, 1, 1), (start + 99, 12, 31))
        }
        8 => (format!("{written}-21"), (year, 3, 1), (year, 6, 21)),
        9 if random.chance(30) => {
            let year = random.between(10_000, 20_000);
            (format!("Y{year}"), (year, 1, 1), (year, 12, 31))
        }
        _ => {
            let day = (year, month, day);
            (iso(day), day, day)
        }
    };
    let qualifier = random.pick(&["", "", "", "?", "~", "%"]);
    (text + qualifier, first, last)
}
