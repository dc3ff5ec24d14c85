//! What the parser says about everything that is not EDTF level 1.

use thiserror::Error;

use super::Day;

/// Why a text is not a date of EDTF level 1, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum EdtfError {
    /// Nothing was written.
    #[error("the date is empty; leave the field out where the date is unknown")]
    Empty,
    /// Longer than any date.
    #[error(
        "`{0}…` is too long for a date; write EDTF like `2013-10`, and the source's own words in `asWritten`"
    )]
    TooLong(String),
    /// White space in or around it.
    #[error("`{written}` has spaces; write `{without}`")]
    Spaces {
        /// What was given.
        written: String,
        /// The same without white space.
        without: String,
    },
    /// A time of day.
    #[error("`{written}` gives a time of day; a date here is a day at most: write `{date}`")]
    TimeOfDay {
        /// What was given.
        written: String,
        /// The part before `T`.
        date: String,
    },
    /// A correct thing of EDTF level 2.
    #[error("`{written}` is EDTF level 2, and this is level 1: {instead}")]
    Level2 {
        /// What was given.
        written: String,
        /// What to write.
        instead: &'static str,
    },
    /// More than one `/`, or an end that looks like a month or a day.
    #[error(
        "`{0}` is not an interval; `/` stands between two dates (`2014-01/2014-03`), `-` within a date (`2013-10-05`)"
    )]
    Slashes(String),
    /// An interval without any date.
    #[error("`{0}` has neither a start nor an end; leave the field out where the date is unknown")]
    NoDate(String),
    /// An interval that ends before it starts.
    #[error(
        "`{written}` ends ({latest}) before it starts ({earliest}); write the earlier date first"
    )]
    Reversed {
        /// What was given.
        written: String,
        /// The first day of its start.
        earliest: Day,
        /// The last day of its end.
        latest: Day,
    },
    /// ISO 8601's form without hyphens.
    #[error("`{written}` lacks its hyphens; write `{hyphenated}`")]
    Basic {
        /// What was given.
        written: String,
        /// The same with hyphens.
        hyphenated: String,
    },
    /// A month or a day with one digit.
    #[error("months and days have two digits: write `{padded}` for `{written}`")]
    OneDigit {
        /// What was given.
        written: String,
        /// The same with zeros.
        padded: String,
    },
    /// A month that isn't one.
    #[error(
        "`{written}`: there is no month {month}; months are 01 to 12, and 21 to 24 are spring, summer, autumn and winter"
    )]
    Month {
        /// What was given.
        written: String,
        /// Its second number.
        month: u8,
    },
    /// A season followed by a day.
    #[error("`{0}`: a season has no days; write the month (01 to 12), or the season alone")]
    DayOfSeason(String),
    /// A day that its month doesn't have.
    #[error("`{written}`: there is no day {day}; that month has the days 01 to {length}")]
    Day {
        /// What was given.
        written: String,
        /// Its third number.
        day: u8,
        /// The length of the month.
        length: u8,
    },
    /// A year with `Y` that doesn't need it, or with something after it.
    #[error(
        "`{0}`: `Y` is for years beyond four digits, alone, without leading zeros: `Y12345`, `Y-12345`; other years have four digits: `0987`, `-0043`"
    )]
    LongYear(String),
    /// `-0000`.
    #[error("`{0}`: the year zero (1 BC) has no sign; write `0000`")]
    NegativeZero(String),
    /// Beyond PostgreSQL's `date`.
    #[error("`{0}` is out of range; the registry holds the years -4712 (4713 BC) to 5874897")]
    OutOfRange(String),
    /// Anything else.
    #[error(
        "`{0}` is not a date; write `2013`, `2013-10`, `2013-10-05`, `2013-21` (spring), `2010-01~` (about), `2010?` (uncertain), `201X`, `2014-01/2014-03` or `2022/..`, and the source's own words in `asWritten`"
    )]
    Unreadable(String),
}
