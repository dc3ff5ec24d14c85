//! Calendar days and instants, in text and in PostgreSQL's binary form.

use std::fmt;

use thiserror::Error;

/// Days from 1970-01-01 to 2000-01-01, PostgreSQL's first day.
const EPOCH_2000: i64 = 10_957;
/// Days in 400 years of the Gregorian calendar, after which it repeats.
const DAYS_PER_ERA: i64 = 146_097;
const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// A day of the proleptic Gregorian calendar (ISO 8601): the Gregorian rules hold for all times,
/// and the year before 1 is 0.
///
/// Years run from [`Day::MIN_YEAR`] to [`Day::MAX_YEAR`], the whole years that PostgreSQL's `date`
/// can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(
    clippy::struct_field_names,
    reason = "a day is a year, a month and a day"
)]
pub struct Day {
    year: i32,
    month: u8,
    day: u8,
}

/// Why three numbers are not a [`Day`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum DayError {
    /// The year is beyond what PostgreSQL's `date` holds.
    #[error(
        "the year {0} is out of range; the registry holds the years -4712 (4713 BC) to 5874897"
    )]
    Year(i64),
    /// No such month.
    #[error("there is no month {0}; months are 1 to 12")]
    Month(u8),
    /// The month has fewer days.
    #[error("there is no day {day} in month {month} of {year}, which has {length} days")]
    Day {
        /// The year, as astronomers count it (0 is 1 BC).
        year: i32,
        /// 1 to 12.
        month: u8,
        /// The day that was asked for.
        day: u8,
        /// How many days that month has.
        length: u8,
    },
}

impl Day {
    /// 4713 BC, as ISO 8601 counts years.
    pub const MIN_YEAR: i32 = -4712;
    /// The last year of PostgreSQL's `date`.
    pub const MAX_YEAR: i32 = 5_874_897;

    /// The day of these three numbers; `year` 0 is 1 BC.
    ///
    /// # Errors
    ///
    /// Says which of the three is out of range.
    pub fn new(year: i32, month: u8, day: u8) -> Result<Self, DayError> {
        if !(Self::MIN_YEAR..=Self::MAX_YEAR).contains(&year) {
            return Err(DayError::Year(year.into()));
        }
        let length = days_in_month(year, month).ok_or(DayError::Month(month))?;
        if day == 0 || day > length {
            return Err(DayError::Day {
                year,
                month,
                day,
                length,
            });
        }
        Ok(Self { year, month, day })
    }

    /// The first day of a month.
    ///
    /// # Errors
    ///
    /// As [`Day::new`].
    pub fn first_of_month(year: i32, month: u8) -> Result<Self, DayError> {
        Self::new(year, month, 1)
    }

    /// The last day of a month.
    ///
    /// # Errors
    ///
    /// As [`Day::new`].
    pub fn last_of_month(year: i32, month: u8) -> Result<Self, DayError> {
        Self::new(
            year,
            month,
            days_in_month(year, month).ok_or(DayError::Month(month))?,
        )
    }

    /// The year; 0 is 1 BC, -1 is 2 BC.
    pub const fn year(self) -> i32 {
        self.year
    }

    /// 1 to 12.
    pub const fn month(self) -> u8 {
        self.month
    }

    /// 1 to 31.
    pub const fn day(self) -> u8 {
        self.day
    }

    /// Days since 2000-01-01: PostgreSQL's binary form of a `date`.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range of years keeps the number of days within i32"
    )]
    pub fn days_since_2000(self) -> i32 {
        (days_from_civil(i64::from(self.year), self.month, self.day) - EPOCH_2000) as i32
    }

    /// The day so many days after 2000-01-01.
    ///
    /// # Errors
    ///
    /// [`DayError::Year`] outside the range of years; PostgreSQL's `infinity` and `-infinity` (the
    /// ends of `i32`) are there.
    pub fn from_days_since_2000(days: i32) -> Result<Self, DayError> {
        let (year, month, day) = civil_from_days(i64::from(days) + EPOCH_2000);
        let year32 = i32::try_from(year).map_err(|_| DayError::Year(year))?;
        Self::new(year32, month, day)
    }

    /// The day that a text names as this type is written: `2009-09-14`, `-0043-03-15`. `None` where it names none.
    pub fn from_iso(text: &str) -> Option<Self> {
        let (sign, digits) = match text.strip_prefix(['+', '-']) {
            Some(digits) if text.starts_with('-') => (-1, digits),
            Some(digits) => (1, digits),
            None => (1, text),
        };
        let mut parts = digits.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let in_form = year.len() >= 4 && month.len() == 2 && day.len() == 2;
        let all = [year, month, day].concat();
        if parts.next().is_some() || !in_form || !all.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let it = Self::new(
            sign * year.parse::<i32>().ok()?,
            month.parse().ok()?,
            day.parse().ok()?,
        );
        it.ok().filter(|it| it.to_string() == text)
    }

    /// The day as PostgreSQL reads it in text: `2009-09-14`, `12345-01-02`, `0044-03-15 BC`.
    pub fn to_postgres(self) -> String {
        let Self { year, month, day } = self;
        if year > 0 {
            format!("{year:04}-{month:02}-{day:02}")
        } else {
            format!("{:04}-{month:02}-{day:02} BC", 1 - year)
        }
    }
}

/// ISO 8601: `2009-09-14`; beyond four digits its expanded form with a sign: `+12345-01-02`,
/// `-0043-03-15`.
///
/// PostgreSQL reads this as it is for the years 1 to 9999; for the others it needs
/// [`Day::to_postgres`].
impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_year(f, i64::from(self.year))?;
        write!(f, "-{:02}-{:02}", self.month, self.day)
    }
}

/// A moment, in microseconds since 2000-01-01T00:00:00Z: PostgreSQL's binary form of a
/// `timestamptz`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub i64);

impl Instant {
    /// The moment that a text of RFC 3339 names, with any offset; what lies below a microsecond is cut off. `None` where it
    /// names none.
    pub fn from_rfc_3339(text: &str) -> Option<Self> {
        let (date, time) = text.split_once(['T', 't', ' '])?;
        let day = Day::from_iso(date).filter(|_| date.len() == 10)?;
        let place = time.find(['Z', 'z', '+', '-'])?;
        let (clock, zone) = time.split_at(place);
        let (whole, decimals) = match clock.split_once('.') {
            Some((whole, decimals)) if !decimals.is_empty() => (whole, decimals),
            Some(_) => return None,
            None => (clock, "0"),
        };
        let two = |text: &str, most: i64| {
            let number = text.parse::<i64>().ok();
            let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            number.filter(|number| digits && *number <= most)
        };
        let mut parts = whole.split(':');
        let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        // Second 60 is a leap second, which UTC counts and PostgreSQL doesn't.
        let seconds = two(hour, 23)? * 3600 + two(minute, 59)? * 60 + two(second, 60)?;
        let offset = match zone {
            "Z" | "z" => 0,
            zone => {
                let (hours, minutes) = zone.get(1..)?.split_once(':')?;
                let offset = two(hours, 23)? * 3600 + two(minutes, 59)? * 60;
                if zone.starts_with('-') {
                    -offset
                } else {
                    offset
                }
            }
        };
        let micros: i64 = format!("{decimals:0<6.6}").parse().ok()?;
        let days = i64::from(day.days_since_2000());
        let seconds = days * SECONDS_PER_DAY + seconds - offset;
        let instant = Self(seconds * MICROS_PER_SECOND + micros);
        instant.is_of_our_era().then_some(instant)
    }

    /// Whether it lies in the years 1 to 9999 (UTC), which RFC 3339 and PostgreSQL write alike.
    pub fn is_of_our_era(self) -> bool {
        (-63_082_281_600_000_000..252_455_616_000_000_000).contains(&self.0)
    }
}

/// RFC 3339 in UTC, with as many decimals as it needs: `2026-11-22T03:00:00Z`,
/// `2026-11-22T03:00:00.1234Z`.
///
/// Years beyond four digits, which RFC 3339 has no form for, are written as [`Day`] writes them.
impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.rem_euclid(MICROS_PER_SECOND);
        let seconds = self.0.div_euclid(MICROS_PER_SECOND);
        let (year, month, day) = civil_from_days(seconds.div_euclid(SECONDS_PER_DAY) + EPOCH_2000);
        let second = seconds.rem_euclid(SECONDS_PER_DAY);
        write_year(f, year)?;
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if micros != 0 {
            let decimals = format!("{micros:06}");
            write!(f, ".{}", decimals.trim_end_matches('0'))?;
        }
        f.write_str("Z")
    }
}

/// How many days a month has; `None` where there is no such month.
pub(super) fn days_in_month(year: i32, month: u8) -> Option<u8> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => Some(31),
        4 | 6 | 9 | 11 => Some(30),
        2 => Some(if leap { 29 } else { 28 }),
        _ => None,
    }
}

fn write_year(f: &mut fmt::Formatter<'_>, year: i64) -> fmt::Result {
    match year {
        0..=9999 => write!(f, "{year:04}"),
        10_000.. => write!(f, "+{year}"),
        _ => write!(f, "-{:04}", -year),
    }
}

/// Days since 1970-01-01. The year is taken to start in March, so that the leap day is its last:
/// the months' lengths then follow one formula (Howard Hinnant, "chrono-compatible low-level date
/// algorithms").
fn days_from_civil(year: i64, month: u8, day: u8) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let months_since_march = (i64::from(month) + 9) % 12;
    let day_of_year = (153 * months_since_march + 2) / 5 + i64::from(day) - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * DAYS_PER_ERA + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`].
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "months are 1 to 12 and days 1 to 31 by construction"
)]
fn civil_from_days(days: i64) -> (i64, u8, u8) {
    let days = days + 719_468;
    let era = days.div_euclid(DAYS_PER_ERA);
    let day_of_era = days.rem_euclid(DAYS_PER_ERA);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let months_since_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * months_since_march + 2) / 5 + 1;
    let month = (months_since_march + 2) % 12 + 1;
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month as u8, day as u8)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn days_are_counted_as_postgres_counts_them() {
        // `SELECT date '…' - date '2000-01-01'`
        for (year, month, day, days) in [
            (2000, 1, 1, 0),
            (1999, 12, 31, -1),
            (2000, 2, 29, 59),
            (2009, 9, 14, 3544),
            (1970, 1, 1, -10_957),
            (5_874_897, 12, 31, 2_145_031_948),
            (-43, 3, 15, -746_117),
            (-4712, 1, 1, -2_451_507),
        ] {
            let it = Day::new(year, month, day).unwrap();
            assert_eq!(it.days_since_2000(), days, "{it}");
            assert_eq!(Day::from_days_since_2000(days), Ok(it));
        }
    }

    #[test]
    fn what_is_no_day_is_refused() {
        assert_eq!(Day::new(2013, 13, 1), Err(DayError::Month(13)));
        assert_eq!(Day::new(2013, 0, 1), Err(DayError::Month(0)));
        assert!(Day::new(1900, 2, 29).is_err());
        assert!(Day::new(2000, 2, 29).is_ok());
        assert!(Day::new(2013, 4, 0).is_err());
        assert!(Day::new(-4713, 12, 31).is_err());
        assert!(Day::new(5_874_898, 1, 1).is_err());
        assert!(Day::from_days_since_2000(i32::MAX).is_err());
        assert!(Day::from_days_since_2000(i32::MIN).is_err());
    }

    #[test]
    fn days_are_written_for_people_and_for_postgres() {
        let written = |year| {
            let day = Day::new(year, 3, 5).unwrap();
            (day.to_string(), day.to_postgres())
        };
        let both = |iso: &str, postgres: &str| (iso.to_owned(), postgres.to_owned());
        assert_eq!(written(2009), both("2009-03-05", "2009-03-05"));
        assert_eq!(written(44), both("0044-03-05", "0044-03-05"));
        assert_eq!(written(0), both("0000-03-05", "0001-03-05 BC"));
        assert_eq!(written(-43), both("-0043-03-05", "0044-03-05 BC"));
        assert_eq!(written(12_345), both("+12345-03-05", "12345-03-05"));
    }

    #[test]
    fn instants_are_rfc_3339() {
        for (micros, written) in [
            (0, "2000-01-01T00:00:00Z"),
            (-1, "1999-12-31T23:59:59.999999Z"),
            (848_631_600_123_456, "2026-11-22T03:00:00.123456Z"),
            (848_631_600_100_000, "2026-11-22T03:00:00.1Z"),
            (848_631_600_000_010, "2026-11-22T03:00:00.00001Z"),
        ] {
            assert_eq!(Instant(micros).to_string(), written);
        }
    }

    #[test]
    fn instants_are_read_with_any_offset() {
        for (written, micros) in [
            ("2000-01-01T00:00:00Z", Some(0)),
            ("2026-11-22t03:00:00.1234567z", Some(848_631_600_123_456)),
            ("2026-11-21 22:00:00-05:00", Some(848_631_600_000_000)),
            ("1999-12-31T23:59:60Z", Some(0)),
            ("2026-11-22", None),
            ("2026-11-22T03:00:00", None),
            ("2026-11-22T24:00:00Z", None),
            ("2026-11-22T03:00Z", None),
            ("2026-11-22T03:00:00.Z", None),
            ("2026-02-30T03:00:00Z", None),
            ("2026-11-22T03:00:00+0500", None),
            ("2026-11-22T03:00:00é", None),
            ("0001-01-01T00:00:00Z", Some(-63_082_281_600_000_000)),
            ("0001-01-01T00:00:00+00:01", None),
            ("9999-12-31T23:59:59.999999Z", Some(252_455_615_999_999_999)),
            ("9999-12-31T23:59:59-00:01", None),
            ("maintenant", None),
        ] {
            assert_eq!(
                Instant::from_rfc_3339(written),
                micros.map(Instant),
                "{written}"
            );
        }
    }

    #[test]
    fn what_is_not_written_as_a_day_is_none() {
        for text in [
            "2009-9-14",
            "2009-09-14T00:00:00Z",
            "14.09.2009",
            "2009",
            "",
            "-0000-01-01",
            "+2009-09-14",
            "２００９-09-14",
            "2009-09-31",
        ] {
            assert_eq!(Day::from_iso(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_day_is_read_as_it_is_written(days in -2_451_507..2_145_031_948_i32) {
            let day = Day::from_days_since_2000(days).unwrap();
            prop_assert_eq!(Day::from_iso(&day.to_string()), Some(day));
        }

        #[test]
        fn days_go_there_and_back(days in -2_451_507..2_145_031_948_i32) {
            let day = Day::from_days_since_2000(days).unwrap();
            prop_assert_eq!(day.days_since_2000(), days);
        }

        #[test]
        fn days_sort_as_their_numbers_do(a in -800_000..800_000_i32, b in -800_000..800_000_i32) {
            let [day_a, day_b] = [a, b].map(|days| Day::from_days_since_2000(days).unwrap());
            prop_assert_eq!(day_a.cmp(&day_b), a.cmp(&b));
        }

        #[test]
        fn every_instant_has_a_text(micros in any::<i64>()) {
            prop_assert!(Instant(micros).to_string().ends_with('Z'));
        }
    }
}
