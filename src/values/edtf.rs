//! Dates as precise as their source: EDTF level 1 (ISO 8601-2:2019, as the Library of Congress
//! profiles it).
//!
//! A source says "October 2013", "early in 2010", "since 2022"; a day made up from that would be
//! false. So a date keeps what is known, and its bounds ([`Edtf::earliest`], [`Edtf::latest`]) say
//! which days it can mean.

mod error;
mod parse;

use std::fmt;

use super::day::{Day, DayError, days_in_month};

pub use error::EdtfError;

/// A date or an interval, checked, with the text that it was written as.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Edtf {
    written: String,
    value: Value,
}

/// What an [`Edtf`] says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Value {
    /// One date.
    Date(Date),
    /// From one date to another; at least one of them is known.
    Interval {
        /// Where it starts.
        start: End,
        /// Where it ends.
        end: End,
    },
}

/// One end of an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// A date.
    Known(Date),
    /// `..`: it has no start or no end (yet).
    Open,
    /// Nothing: it has one, but the source doesn't say which.
    Unknown,
}

/// One date: how exact it is and how sure. Only the parser makes one, after it has seen that its
/// bounds exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Date {
    precision: Precision,
    qualifier: Qualifier,
}

/// How exact a date is. Years are counted as ISO 8601 does: 0 is 1 BC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Precision {
    /// `2009-09-14`
    Day(Day),
    /// `2013-10`: the year, then the month, 1 to 12.
    Month(i32, u8),
    /// `2014-21`
    Season(i32, Season),
    /// `2013`
    Year(i32),
    /// `201X`: some year of the decade that starts with this year.
    Decade(i32),
    /// `20XX`: some year of the hundred that starts with this year.
    Century(i32),
    /// `1985-04-XX`: some day of this month.
    SomeDayOfMonth(i32, u8),
    /// `2004-XX`: some month of this year.
    SomeMonthOfYear(i32),
    /// `1985-XX-XX`: some day of this year.
    SomeDayOfYear(i32),
}

/// The seasons of level 1, which don't say which hemisphere they are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Season {
    /// 21
    Spring,
    /// 22
    Summer,
    /// 23
    Autumn,
    /// 24
    Winter,
}

/// How sure a date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Qualifier {
    /// As written.
    None,
    /// `?`: the source is doubtful.
    Uncertain,
    /// `~`: the source says "about".
    Approximate,
    /// `%`: both.
    Both,
}

impl Edtf {
    /// Reads EDTF level 1.
    ///
    /// Dates of a year, a month or a day; seasons (`2014-21`); `?`, `~` and `%` at the end;
    /// unspecified digits (`201X`, `20XX`, `2004-XX`, `1985-04-XX`, `1985-XX-XX`); negative years
    /// and years beyond four digits (`Y12345`); intervals of these with open (`2022/..`) and
    /// unknown (`/2008`) ends. A season may stand wherever a month may, in intervals and with
    /// qualifiers too: the profile has its numbers "in place of a month value".
    ///
    /// # Errors
    ///
    /// Whatever else it is given, times of day and level 2 among it, with what to write instead;
    /// also dates that don't exist, intervals that end before they start, and years that
    /// PostgreSQL's `date` can't hold.
    pub fn parse(text: &str) -> Result<Self, EdtfError> {
        let value = parse::value(text)?;
        Ok(Self {
            written: text.to_owned(),
            value,
        })
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.written
    }

    /// What it says.
    pub const fn value(&self) -> Value {
        self.value
    }

    /// The first day that it can mean; `None` where the start is open or unknown. `~` and `?` don't
    /// move it.
    pub fn earliest(&self) -> Option<Day> {
        match self.value {
            Value::Date(date)
            | Value::Interval {
                start: End::Known(date),
                ..
            } => Some(date.bounds().0),
            Value::Interval { .. } => None,
        }
    }

    /// The last day that it can mean; `None` where the end is open or unknown. `~` and `?` don't
    /// move it.
    pub fn latest(&self) -> Option<Day> {
        match self.value {
            Value::Date(date)
            | Value::Interval {
                end: End::Known(date),
                ..
            } => Some(date.bounds().1),
            Value::Interval { .. } => None,
        }
    }
}

impl fmt::Display for Edtf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.written)
    }
}

impl Date {
    /// What is known of it.
    pub const fn precision(self) -> Precision {
        self.precision
    }

    /// `?`, `~` or `%` after it.
    pub const fn qualifier(self) -> Qualifier {
        self.qualifier
    }

    /// The first and the last day that it can mean.
    #[expect(
        clippy::missing_panics_doc,
        reason = "it doesn't: the parser asked for the bounds before it made the date"
    )]
    pub fn bounds(self) -> (Day, Day) {
        self.precision
            .bounds()
            .expect("the parser asked for the bounds")
    }
}

impl Precision {
    /// The first and the last day.
    ///
    /// Seasons are the northern hemisphere's, by the calendar or by the sun, whichever is wider:
    /// spring from 1 March to 21 June, summer to 23 September from 1 June, autumn from 1 September
    /// to 22 December. A season never leaves its year; the winter of 2014 is at one end of 2014 or
    /// at the other, so its bounds are the year's.
    fn bounds(self) -> Result<(Day, Day), DayError> {
        let years = |first, last| Ok((Day::new(first, 1, 1)?, Day::new(last, 12, 31)?));
        match self {
            Self::Day(day) => Ok((day, day)),
            Self::Month(year, month) | Self::SomeDayOfMonth(year, month) => Ok((
                Day::first_of_month(year, month)?,
                Day::last_of_month(year, month)?,
            )),
            Self::Season(year, Season::Spring) => {
                Ok((Day::new(year, 3, 1)?, Day::new(year, 6, 21)?))
            }
            Self::Season(year, Season::Summer) => {
                Ok((Day::new(year, 6, 1)?, Day::new(year, 9, 23)?))
            }
            Self::Season(year, Season::Autumn) => {
                Ok((Day::new(year, 9, 1)?, Day::new(year, 12, 22)?))
            }
            Self::Season(year, Season::Winter)
            | Self::Year(year)
            | Self::SomeMonthOfYear(year)
            | Self::SomeDayOfYear(year) => years(year, year),
            Self::Decade(first) => years(first, first + 9),
            Self::Century(first) => years(first, first + 99),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn bounds(text: &str) -> (String, String) {
        let edtf = Edtf::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(edtf.as_str(), text);
        let written = |day: Option<Day>| day.map_or_else(|| "-".to_owned(), |day| day.to_string());
        (written(edtf.earliest()), written(edtf.latest()))
    }

    #[test]
    fn dates_have_the_bounds_of_their_precision() {
        for (text, earliest, latest) in [
            ("2009-09-14", "2009-09-14", "2009-09-14"),
            ("2013-10", "2013-10-01", "2013-10-31"),
            ("2012-02", "2012-02-01", "2012-02-29"),
            ("1900-02", "1900-02-01", "1900-02-28"),
            ("2013", "2013-01-01", "2013-12-31"),
            ("0000", "0000-01-01", "0000-12-31"),
            ("-0043-03-15", "-0043-03-15", "-0043-03-15"),
            ("-0043", "-0043-01-01", "-0043-12-31"),
            ("Y12345", "+12345-01-01", "+12345-12-31"),
            ("201X", "2010-01-01", "2019-12-31"),
            ("20XX", "2000-01-01", "2099-12-31"),
            ("00XX", "0000-01-01", "0099-12-31"),
            ("2004-XX", "2004-01-01", "2004-12-31"),
            ("1985-04-XX", "1985-04-01", "1985-04-30"),
            ("1985-XX-XX", "1985-01-01", "1985-12-31"),
            ("2014-21", "2014-03-01", "2014-06-21"),
            ("2014-22", "2014-06-01", "2014-09-23"),
            ("2014-23", "2014-09-01", "2014-12-22"),
            ("2014-24", "2014-01-01", "2014-12-31"),
        ] {
            assert_eq!(
                bounds(text),
                (earliest.to_owned(), latest.to_owned()),
                "{text}"
            );
        }
    }

    #[test]
    fn qualifiers_do_not_widen_the_bounds() {
        for qualifier in ["?", "~", "%"] {
            for date in [
                "2010-01",
                "2010",
                "2010-01-05",
                "201X",
                "2010-XX",
                "2010-21",
                "-0043",
                "Y12345",
            ] {
                assert_eq!(bounds(&format!("{date}{qualifier}")), bounds(date));
            }
        }
        assert_eq!(
            bounds("2010-01~"),
            ("2010-01-01".to_owned(), "2010-01-31".to_owned())
        );
    }

    #[test]
    fn intervals_take_the_start_of_the_start_and_the_end_of_the_end() {
        for (text, earliest, latest) in [
            ("2014-01/2014-03", "2014-01-01", "2014-03-31"),
            ("2008-07-03/2008-07-04", "2008-07-03", "2008-07-04"),
            ("2004-06-01/2005", "2004-06-01", "2005-12-31"),
            ("2008/2008-07", "2008-01-01", "2008-07-31"),
            ("2008-07/2008", "2008-07-01", "2008-12-31"),
            ("2014/2014", "2014-01-01", "2014-12-31"),
            ("1984~/2004-06?", "1984-01-01", "2004-06-30"),
            ("-0100/0014", "-0100-01-01", "0014-12-31"),
            ("2014-21/2014-23", "2014-03-01", "2014-12-22"),
            ("201X/2014-XX", "2010-01-01", "2014-12-31"),
            ("2022/..", "2022-01-01", "-"),
            ("../2022-05", "-", "2022-05-31"),
            ("2022%/", "2022-01-01", "-"),
            ("/2022", "-", "2022-12-31"),
        ] {
            assert_eq!(
                bounds(text),
                (earliest.to_owned(), latest.to_owned()),
                "{text}"
            );
        }
    }

    fn date() -> impl Strategy<Value = String> {
        let year = -4712..9999_i32;
        (year, 0..=13_u8, 0..=32_u8, "[?~%]?", 0..8_u8).prop_map(
            |(year, month, day, qualifier, shape)| {
                let sign = if year < 0 { "-" } else { "" };
                let year = year.unsigned_abs();
                let date = match shape {
                    0 => format!("{sign}{year:04}"),
                    1 => format!("{sign}{year:04}-{month:02}"),
                    2 => format!("{sign}{year:04}-{month:02}-{day:02}"),
                    3 => format!("{:03}X", year / 10),
                    4 => format!("{:02}XX", year / 100),
                    5 => format!("{sign}{year:04}-{month:02}-XX"),
                    6 => format!("{sign}{year:04}-{}", 20 + month % 6),
                    _ => format!("Y{sign}{}", year * 100),
                };
                date + &qualifier
            },
        )
    }

    proptest! {
        #[test]
        fn nothing_makes_it_panic(text in any::<String>()) {
            let _ = Edtf::parse(&text);
        }

        #[test]
        fn nothing_like_a_date_makes_it_panic(text in "[-0-9XYTZ?~%/.:\\[\\]{}, SEé]{0,24}") {
            let _ = Edtf::parse(&text);
        }

        #[test]
        fn bounds_are_ordered(start in date(), end in date()) {
            for text in [start.clone(), format!("{start}/{end}")] {
                if let Ok(edtf) = Edtf::parse(&text) {
                    prop_assert!(edtf.earliest() <= edtf.latest());
                    prop_assert_eq!(edtf.as_str(), text);
                }
            }
        }

        #[test]
        fn every_day_is_read(days in -700_000..2_900_000_i32) {
            let day = Day::from_days_since_2000(days).unwrap();
            prop_assume!(day.year() <= 9999);
            let edtf = Edtf::parse(&day.to_string()).unwrap();
            prop_assert_eq!((edtf.earliest(), edtf.latest()), (Some(day), Some(day)));
        }
    }
}
