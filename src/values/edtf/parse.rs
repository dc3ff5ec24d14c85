//! The parser of EDTF level 1.

use super::{
    Date, Day, DayError, EdtfError, End, Precision, Qualifier, Season, Value, days_in_month,
};

/// No date of level 1 needs more: two long years with sign and qualifier, and a slash.
const MAX_CHARS: usize = 40;

/// Reads a date or an interval.
pub(super) fn value(text: &str) -> Result<Value, EdtfError> {
    if text.trim().is_empty() {
        return Err(EdtfError::Empty);
    }
    if let Some((cut, _)) = text.char_indices().nth(MAX_CHARS) {
        return Err(EdtfError::TooLong(text[..cut].to_owned()));
    }
    let without: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    if without != text {
        // Words have spaces too, and taking them out would not help.
        let is_date = value(&without).is_ok();
        let written = text.to_owned();
        return Err(if is_date {
            EdtfError::Spaces { written, without }
        } else {
            EdtfError::Unreadable(written)
        });
    }
    refuse_level_2(text)?;
    let mut ends = text.split('/');
    match (ends.next(), ends.next(), ends.next()) {
        (Some(only), None, _) => date(only).map(Value::Date),
        (Some(start), Some(end), None) => interval(text, start, end),
        _ => Err(EdtfError::Slashes(text.to_owned())),
    }
}

/// Sets, significant digits, exponents and groups: right, but of another level.
fn refuse_level_2(text: &str) -> Result<(), EdtfError> {
    let digits_around = |mark: char| {
        text.split_once(mark).is_some_and(|(before, after)| {
            before.ends_with(|c: char| c.is_ascii_digit())
                && after.starts_with(|c: char| c.is_ascii_digit())
        })
    };
    let instead = if text.starts_with(['[', '{']) {
        "write separate dates as separate entries, and a span as an interval like `2014-01/2014-03`"
    } else if digits_around('S') || digits_around('E') {
        "write the year in full, or the span that it can mean as an interval like `1900/1999`"
    } else {
        return Ok(());
    };
    Err(EdtfError::Level2 {
        written: text.to_owned(),
        instead,
    })
}

fn interval(text: &str, start: &str, end: &str) -> Result<Value, EdtfError> {
    // `2013/10` means October 2013 to whoever writes it.
    if end.len() <= 2 && !end.is_empty() && end.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(EdtfError::Slashes(text.to_owned()));
    }
    let end_of = |text: &str| match text {
        "" => Ok(End::Unknown),
        ".." => Ok(End::Open),
        _ => date(text).map(End::Known),
    };
    let (start, end) = (end_of(start)?, end_of(end)?);
    match (start, end) {
        (End::Known(first), End::Known(last)) => {
            let (earliest, latest) = (first.bounds().0, last.bounds().1);
            if earliest > latest {
                return Err(EdtfError::Reversed {
                    written: text.to_owned(),
                    earliest,
                    latest,
                });
            }
        }
        (End::Known(_), _) | (_, End::Known(_)) => {}
        _ => return Err(EdtfError::NoDate(text.to_owned())),
    }
    Ok(Value::Interval { start, end })
}

fn date(text: &str) -> Result<Date, EdtfError> {
    let (unqualified, qualifier) = match text.as_bytes().last() {
        Some(b'?') => (&text[..text.len() - 1], Qualifier::Uncertain),
        Some(b'~') => (&text[..text.len() - 1], Qualifier::Approximate),
        Some(b'%') => (&text[..text.len() - 1], Qualifier::Both),
        _ => (text, Qualifier::None),
    };
    if unqualified.contains(['?', '~', '%']) {
        let instead =
            "`?`, `~` or `%` (both) stands once, at the end of a date, and is meant for all of it";
        return Err(EdtfError::Level2 {
            written: text.to_owned(),
            instead,
        });
    }
    let precision = precision(unqualified)?;
    if precision.bounds().is_err() {
        return Err(EdtfError::OutOfRange(text.to_owned()));
    }
    Ok(Date {
        precision,
        qualifier,
    })
}

fn precision(text: &str) -> Result<Precision, EdtfError> {
    let unreadable = || EdtfError::Unreadable(text.to_owned());
    if let Some((date, _)) = text
        .split_once('T')
        .filter(|(date, _)| precision(date).is_ok())
    {
        return Err(EdtfError::TimeOfDay {
            written: text.to_owned(),
            date: date.to_owned(),
        });
    }
    if let Some(year) = text.strip_prefix('Y') {
        return long_year(text, year);
    }
    let (sign, unsigned) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let parts: Vec<&str> = unsigned.split('-').collect();
    let (year, month, day) = match *parts.as_slice() {
        [year] => (year, None, None),
        [year, month] => (year, Some(month), None),
        [year, month, day] => (year, Some(month), Some(day)),
        _ => return Err(unreadable()),
    };
    if let Some(hyphenated) = with_hyphens(text) {
        return Err(EdtfError::Basic {
            written: text.to_owned(),
            hyphenated,
        });
    }
    if year.len() > 4 && is_digits(year) {
        return Err(EdtfError::LongYear(text.to_owned()));
    }
    if year.len() != 4 || !year.bytes().all(is_digit_or_x) {
        return Err(unreadable());
    }
    if year.contains('X') {
        return unspecified_year(text, year, sign, month.is_some());
    }
    let year = sign * number(year).ok_or_else(unreadable)?;
    if sign < 0 && year == 0 {
        return Err(EdtfError::NegativeZero(text.to_owned()));
    }
    if [month, day]
        .into_iter()
        .flatten()
        .any(|part| part.len() == 1 && is_digits(part))
    {
        let padded: Vec<String> = parts.iter().map(|part| format!("{part:0>2}")).collect();
        let sign = if sign < 0 { "-" } else { "" };
        return Err(EdtfError::OneDigit {
            written: text.to_owned(),
            padded: sign.to_owned() + &padded.join("-"),
        });
    }
    match (month, day) {
        (None, _) => Ok(Precision::Year(year)),
        (Some("XX"), None) => Ok(Precision::SomeMonthOfYear(year)),
        (Some("XX"), Some("XX")) => Ok(Precision::SomeDayOfYear(year)),
        (Some("XX"), Some(_)) => Err(EdtfError::Level2 {
            written: text.to_owned(),
            instead: "digits are unspecified from the right; write `1985-XX-XX`, or the month",
        }),
        (Some(month), day) => {
            let month = two_digits(month).ok_or_else(|| partly_unspecified(text, month))?;
            month_or_day(text, year, month, day)
        }
    }
}

fn month_or_day(
    text: &str,
    year: i32,
    month: u8,
    day: Option<&str>,
) -> Result<Precision, EdtfError> {
    let season = match month {
        21 => Some(Season::Spring),
        22 => Some(Season::Summer),
        23 => Some(Season::Autumn),
        24 => Some(Season::Winter),
        25..=41 => {
            let instead = "seasons are 21 (spring) to 24 (winter); write a quarter or a half as an interval of months";
            return Err(EdtfError::Level2 {
                written: text.to_owned(),
                instead,
            });
        }
        _ => None,
    };
    if let Some(season) = season {
        return if day.is_some() {
            Err(EdtfError::DayOfSeason(text.to_owned()))
        } else {
            Ok(Precision::Season(year, season))
        };
    }
    let length = days_in_month(year, month).ok_or_else(|| EdtfError::Month {
        written: text.to_owned(),
        month,
    })?;
    match day {
        None => Ok(Precision::Month(year, month)),
        Some("XX") => Ok(Precision::SomeDayOfMonth(year, month)),
        Some(day) => {
            let day = two_digits(day).ok_or_else(|| partly_unspecified(text, day))?;
            Day::new(year, month, day)
                .map(Precision::Day)
                .map_err(|error| match error {
                    DayError::Year(_) => EdtfError::OutOfRange(text.to_owned()),
                    DayError::Month(_) | DayError::Day { .. } => EdtfError::Day {
                        written: text.to_owned(),
                        day,
                        length,
                    },
                })
        }
    }
}

/// `201X` and `20XX`, which stand alone.
fn unspecified_year(
    text: &str,
    year: &str,
    sign: i32,
    has_month: bool,
) -> Result<Precision, EdtfError> {
    let level_2 = |instead| {
        Err(EdtfError::Level2 {
            written: text.to_owned(),
            instead,
        })
    };
    let known = year.trim_end_matches('X');
    if sign < 0 {
        return level_2(
            "years before 0 have all their digits; write an interval like `-0599/-0500`",
        );
    }
    if has_month {
        return level_2("a year with unspecified digits stands alone: `201X`, `20XX`");
    }
    match (known.len(), number(known)) {
        (3, Some(tens)) => Ok(Precision::Decade(tens * 10)),
        (2, Some(hundreds)) => Ok(Precision::Century(hundreds * 100)),
        _ => level_2(
            "only the last one or two digits of a year can be `X`; write an interval like `1000/1999`",
        ),
    }
}

fn long_year(text: &str, year: &str) -> Result<Precision, EdtfError> {
    let digits = year.strip_prefix('-').unwrap_or(year);
    if digits.len() < 5 || digits.starts_with('0') || !is_digits(digits) {
        return Err(EdtfError::LongYear(text.to_owned()));
    }
    // What i32 can't hold, PostgreSQL can't either.
    year.parse()
        .map(Precision::Year)
        .map_err(|_| EdtfError::OutOfRange(text.to_owned()))
}

/// `20130905` as `2013-09-05`, `201309` as `2013-09`, where that is a date.
fn with_hyphens(text: &str) -> Option<String> {
    if !is_digits(text) {
        return None;
    }
    let hyphenated = match text.len() {
        8 => format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]),
        6 => format!("{}-{}", &text[..4], &text[4..]),
        _ => return None,
    };
    precision(&hyphenated).is_ok().then_some(hyphenated)
}

/// `1985-1X` and `1985-04-1X` are level 2; what has other signs is no date.
fn partly_unspecified(text: &str, part: &str) -> EdtfError {
    if part.len() == 2 && part.bytes().all(is_digit_or_x) {
        let instead = "a month or a day is known or not: write `XX`, or an interval like `1985-04-10/1985-04-19`";
        EdtfError::Level2 {
            written: text.to_owned(),
            instead,
        }
    } else {
        EdtfError::Unreadable(text.to_owned())
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_digit_or_x(byte: u8) -> bool {
    byte == b'X' || byte.is_ascii_digit()
}

fn number(text: &str) -> Option<i32> {
    is_digits(text).then(|| text.parse().ok())?
}

fn two_digits(text: &str) -> Option<u8> {
    (text.len() == 2 && is_digits(text)).then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::super::Edtf;

    fn message(text: &str) -> String {
        match Edtf::parse(text) {
            Ok(edtf) => panic!("`{text}` was read as {edtf:?}"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn each_mistake_is_told_what_to_write() {
        for (text, told) in [
            ("", "leave the field out"),
            (" \n", "leave the field out"),
            ("2013-10 ", "write `2013-10`"),
            ("2014-01 / 2014-03", "write `2014-01/2014-03`"),
            ("octobre 2013", "not a date"),
            ("2013-10-05T10:00:00Z", "write `2013-10-05`"),
            ("2013-10-05T10:00:00Z/2013-10-06", "write `2013-10-05`"),
            ("20130905", "write `2013-09-05`"),
            ("2013-9-5", "write `2013-09-05`"),
            ("-0043-3", "write `-0043-03`"),
            ("2013/10/05", "`-` within a date"),
            ("2013/10", "`-` within a date"),
            ("2013-13", "no month 13"),
            ("2013-00", "no month 0"),
            ("2013-02-29", "01 to 28"),
            ("2012-02-30", "01 to 29"),
            ("2013-04-00", "01 to 30"),
            ("2013-21-05", "a season has no days"),
            ("2013-33", "seasons are 21"),
            (
                "2014/2013",
                "ends (2013-12-31) before it starts (2014-01-01)",
            ),
            ("2014-03-05/2014-03-04", "before it starts"),
            ("../..", "neither"),
            ("/", "neither"),
            ("../", "neither"),
            ("..", "not a date"),
            ("12345", "`Y12345`"),
            ("Y2013", "`Y12345`"),
            ("Y012345", "`Y12345`"),
            ("Y12345-01", "`Y12345`"),
            ("Y5874898", "out of range"),
            ("Y170000002", "out of range"),
            ("Y-17000000000000000002", "out of range"),
            ("-4713-12-31", "out of range"),
            ("-9999", "out of range"),
            ("-0000", "write `0000`"),
            ("2004?~", "stands once, at the end"),
            ("2004~-06", "at the end of a date"),
            ("?2004-06", "at the end of a date"),
            ("1XXX", "last one or two digits"),
            ("XXXX", "last one or two digits"),
            ("20XX-04", "stands alone"),
            ("2X1X", "last one or two digits"),
            ("-201X", "-0599/-0500"),
            ("1985-XX-04", "from the right"),
            ("1985-1X", "write `XX`"),
            ("1985-04-1X", "write `XX`"),
            ("[1667,1668]", "separate entries"),
            ("{1667..1668}", "separate entries"),
            ("1950S2", "in full"),
            ("Y17E7", "in full"),
            ("2004/open", "not a date"),
            ("199u", "not a date"),
            ("２０１３", "not a date"),
            ("2013\u{2013}10", "not a date"),
            ("2013-10-05-06", "not a date"),
            ("--2013", "not a date"),
            ("2013-é1", "not a date"),
            (
                "the beginning of the year, when the snow had melted",
                "too long",
            ),
        ] {
            let message = message(text);
            assert!(message.contains(told), "{text}: {message}");
        }
    }
}
