//! Dates in words, for people, in each language of the registry: `octobre 2013`, `from January to
//! March 2014`.
//!
//! What differs between the languages stands in one table per language (`words.rs`); the code here
//! knows no word.

mod words;

use self::words::{Class, Forms, Words};
use super::Language;
use super::edtf::{Date, Edtf, End, Precision, Qualifier, Season, Value};

/// The date in words. Bare, as it stands in a table's cell or after a colon, not in the middle of a
/// sentence.
pub fn label(edtf: &Edtf, language: Language) -> String {
    let words = Words::of(language);
    match edtf.value() {
        Value::Date(date) => words.date(date),
        Value::Interval { start, end } if start == end => match start {
            End::Known(date) => words.date(date),
            End::Open | End::Unknown => String::new(),
        },
        Value::Interval { start, end } => words.interval(start, end),
    }
}

/// A date without a preposition, and what goes in brackets after it.
struct Expression {
    text: String,
    class: Class,
    notes: Vec<&'static str>,
}

impl Expression {
    fn new(text: String, class: Class) -> Self {
        Self {
            text,
            class,
            notes: Vec::new(),
        }
    }

    fn with_note(mut self, note: &'static str) -> Self {
        self.notes.push(note);
        self
    }

    fn after(self, preposition: &Forms) -> String {
        preposition[self.class as usize].to_owned() + &self.bare()
    }

    fn bare(self) -> String {
        if self.notes.is_empty() {
            self.text
        } else {
            format!("{} ({})", self.text, self.notes.join(", "))
        }
    }
}

/// What of an interval's start is left out because its end says it.
#[derive(Clone, Copy, PartialEq)]
enum Shared {
    Nothing,
    Year,
    YearAndMonth,
}

impl Words {
    fn date(&self, date: Date) -> String {
        let expression = self.expression(date.precision(), Shared::Nothing);
        match date.qualifier() {
            Qualifier::None => expression.bare(),
            Qualifier::Uncertain => expression.with_note(self.uncertain).bare(),
            Qualifier::Approximate => expression.after(&self.about),
            Qualifier::Both => expression.with_note(self.uncertain).after(&self.about),
        }
    }

    fn interval(&self, start: End, end: End) -> String {
        match (start, end) {
            (End::Known(start), End::Known(end)) => {
                let from = self.end(start, shared(start, end)).after(&self.from);
                let to = self.end(end, Shared::Nothing).after(&self.to);
                format!("{from} {to}")
            }
            (End::Known(start), End::Open) => self.end(start, Shared::Nothing).after(&self.since),
            (End::Known(start), End::Unknown) => {
                format!(
                    "{} {}",
                    self.end(start, Shared::Nothing).after(&self.from),
                    self.to_unknown
                )
            }
            (End::Open, End::Known(end)) => self.end(end, Shared::Nothing).after(&self.until),
            (End::Unknown, End::Known(end)) => {
                format!(
                    "{} {}",
                    self.from_unknown,
                    self.end(end, Shared::Nothing).after(&self.to)
                )
            }
            // The parser refuses intervals without a date.
            (End::Open | End::Unknown, End::Open | End::Unknown) => String::new(),
        }
    }

    /// An interval's end. Its preposition is taken, so "about" becomes a note.
    fn end(&self, date: Date, shared: Shared) -> Expression {
        let expression = self.expression(date.precision(), shared);
        match date.qualifier() {
            Qualifier::None => expression,
            Qualifier::Uncertain => expression.with_note(self.uncertain),
            Qualifier::Approximate => expression.with_note(self.approximate),
            Qualifier::Both => expression
                .with_note(self.approximate)
                .with_note(self.uncertain),
        }
    }

    fn expression(&self, precision: Precision, shared: Shared) -> Expression {
        match precision {
            Precision::Day(day) => {
                let number = if day.day() == 1 {
                    self.first_day.to_owned()
                } else {
                    day.day().to_string()
                };
                let text = if shared == Shared::YearAndMonth {
                    number
                } else {
                    number + self.before_month + &self.month(day.year(), day.month(), shared).text
                };
                Expression::new(text, Class::Day)
            }
            Precision::Month(year, month) => self.month(year, month, shared),
            Precision::Season(year, season) => {
                let (name, class) = self.seasons[match season {
                    Season::Spring => 0,
                    Season::Summer => 1,
                    Season::Autumn => 2,
                    Season::Winter => 3,
                }];
                Expression::new(self.within_year(name, year, shared), class)
            }
            Precision::Year(year) => self.year(year),
            Precision::Decade(first) => {
                let (before, after, class) = self.decade;
                Expression::new(format!("{before}{first}{after}"), class)
            }
            Precision::Century(first) => {
                Expression::new((self.century)(first / 100 + 1), Class::Masculine)
            }
            Precision::SomeDayOfMonth(year, month) => {
                self.month(year, month, shared).with_note(self.some_day)
            }
            Precision::SomeMonthOfYear(year) => self.year(year).with_note(self.some_month),
            Precision::SomeDayOfYear(year) => self.year(year).with_note(self.some_day_and_month),
        }
    }

    fn month(&self, year: i32, month: u8, shared: Shared) -> Expression {
        let name = self.months[usize::from(month) - 1];
        let class = if name.starts_with(['a', 'o']) {
            Class::PlainVowel
        } else {
            Class::Plain
        };
        Expression::new(self.within_year(name, year, shared), class)
    }

    fn within_year(&self, name: &str, year: i32, shared: Shared) -> String {
        match shared {
            Shared::Nothing => format!("{name}{}{}", self.before_year, self.year(year).text),
            Shared::Year | Shared::YearAndMonth => name.to_owned(),
        }
    }

    fn year(&self, year: i32) -> Expression {
        let text = if year > 0 {
            year.to_string()
        } else {
            format!("{}{}", 1 - year, self.before_christ)
        };
        Expression::new(text, Class::Plain)
    }
}

/// What both ends say. A note after a date is about all of it, so that dates with notes are written
/// in full.
fn shared(start: Date, end: Date) -> Shared {
    let year = |precision| match precision {
        Precision::Day(day) => Some(day.year()),
        Precision::Month(year, _) | Precision::Season(year, _) => Some(year),
        _ => None,
    };
    if start.qualifier() != Qualifier::None || end.qualifier() != Qualifier::None {
        return Shared::Nothing;
    }
    match (start.precision(), end.precision()) {
        (Precision::Day(a), Precision::Day(b))
            if (a.year(), a.month()) == (b.year(), b.month()) =>
        {
            Shared::YearAndMonth
        }
        (a, b) if year(a).is_some() && year(a) == year(b) => Shared::Year,
        _ => Shared::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use Language::{En, Es, Fr, Pt};

    use super::*;

    fn check(language: Language, cases: &[(&str, &str)]) {
        for (text, expected) in cases {
            let edtf = Edtf::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(label(&edtf, language), *expected, "{text}");
        }
    }

    #[test]
    fn french() {
        check(
            Fr,
            &[
                ("2013", "2013"),
                ("2013-10", "octobre 2013"),
                ("2009-09-14", "14 septembre 2009"),
                ("2008-07-01", "1er juillet 2008"),
                ("-0043-03-15", "15 mars 44 av. J.-C."),
                ("0000", "1 av. J.-C."),
                ("Y12345", "12345"),
                ("201X", "années 2010"),
                ("20XX", "XXIe siècle"),
                ("00XX", "Ier siècle"),
                ("18XX", "XIXe siècle"),
                ("2014-21", "printemps 2014"),
                ("2014-22", "été 2014"),
                ("2004-XX", "2004 (mois non précisé)"),
                ("1985-04-XX", "avril 1985 (jour non précisé)"),
                ("1985-XX-XX", "1985 (jour et mois non précisés)"),
                ("2010-01~", "vers janvier 2010"),
                ("2010-08~", "vers août 2010"),
                ("2010~", "vers 2010"),
                ("2009-09-14~", "vers le 14 septembre 2009"),
                ("2014-21~", "vers le printemps 2014"),
                ("2014-24~", "vers l'hiver 2014"),
                ("201X~", "vers les années 2010"),
                ("20XX~", "vers le XXIe siècle"),
                ("2010?", "2010 (incertain)"),
                ("2010-01%", "vers janvier 2010 (incertain)"),
                ("2004-XX?", "2004 (mois non précisé, incertain)"),
                ("2014-01/2014-03", "de janvier à mars 2014"),
                ("2014-10/2014-12", "d'octobre à décembre 2014"),
                ("2013-11/2014-04", "de novembre 2013 à avril 2014"),
                ("2008-07-03/2008-07-04", "du 3 au 4 juillet 2008"),
                ("2008-06-30/2008-07-01", "du 30 juin au 1er juillet 2008"),
                (
                    "2007-12-31/2008-01-01",
                    "du 31 décembre 2007 au 1er janvier 2008",
                ),
                ("2014-01/2014-03-15", "de janvier au 15 mars 2014"),
                ("2014/2014-03", "de 2014 à mars 2014"),
                ("2009/2012", "de 2009 à 2012"),
                ("2012/2012", "2012"),
                ("2014-21/2014-23", "du printemps à l'automne 2014"),
                ("201X/202X", "des années 2010 aux années 2020"),
                (
                    "2014-01~/2014-03",
                    "de janvier 2014 (approximatif) à mars 2014",
                ),
                (
                    "2009?/2012%",
                    "de 2009 (incertain) à 2012 (approximatif, incertain)",
                ),
                ("2022/..", "depuis 2022"),
                ("2022-04-01/..", "depuis le 1er avril 2022"),
                ("2014-22/..", "depuis l'été 2014"),
                ("../2022", "jusqu'en 2022"),
                ("../2022-04-30", "jusqu'au 30 avril 2022"),
                ("../2014-22", "jusqu'à l'été 2014"),
                ("2022/", "de 2022 à une date inconnue"),
                ("/2022-10", "d'une date inconnue à octobre 2022"),
            ],
        );
    }

    #[test]
    fn english() {
        check(
            En,
            &[
                ("2013-10", "October 2013"),
                ("2009-09-14", "14 September 2009"),
                ("2008-07-01", "1 July 2008"),
                ("-0043", "44 BC"),
                ("201X", "2010s"),
                ("20XX", "21st century"),
                ("10XX", "11th century"),
                ("11XX", "12th century"),
                ("19XX", "20th century"),
                ("21XX", "22nd century"),
                ("2014-23", "autumn 2014"),
                ("1985-04-XX", "April 1985 (day not given)"),
                ("2010-01~", "about January 2010"),
                ("201X~", "about the 2010s"),
                ("20XX~", "about the 21st century"),
                ("2010?", "2010 (uncertain)"),
                ("2010%", "about 2010 (uncertain)"),
                ("2014-01/2014-03", "from January to March 2014"),
                ("2008-07-03/2008-07-04", "from 3 to 4 July 2008"),
                ("2008-06-30/2008-07-01", "from 30 June to 1 July 2008"),
                ("2013-11/2014-04", "from November 2013 to April 2014"),
                ("2014-21/2014-23", "from spring to autumn 2014"),
                (
                    "2014-01~/2014-03",
                    "from January 2014 (approximate) to March 2014",
                ),
                ("2022/..", "since 2022"),
                ("../2022-04", "until April 2022"),
                ("2022/", "from 2022 to an unknown date"),
                ("/2022", "from an unknown date to 2022"),
            ],
        );
    }

    #[test]
    fn spanish() {
        check(
            Es,
            &[
                ("2013-10", "octubre de 2013"),
                ("2009-09-14", "14 de septiembre de 2009"),
                ("-0043", "44 a. C."),
                ("201X", "década de 2010"),
                ("20XX", "siglo XXI"),
                ("2014-21", "primavera de 2014"),
                ("2004-XX", "2004 (mes sin precisar)"),
                ("2010-01~", "hacia enero de 2010"),
                ("2009-09-14~", "hacia el 14 de septiembre de 2009"),
                ("2014-21~", "hacia la primavera de 2014"),
                ("2010?", "2010 (incierto)"),
                ("2014-01/2014-03", "de enero a marzo de 2014"),
                ("2008-07-03/2008-07-04", "del 3 al 4 de julio de 2008"),
                (
                    "2008-06-30/2008-07-01",
                    "del 30 de junio al 1 de julio de 2008",
                ),
                ("2014-21/2014-23", "de la primavera al otoño de 2014"),
                ("2022/..", "desde 2022"),
                ("2022-04-01/..", "desde el 1 de abril de 2022"),
                ("../2022-04-30", "hasta el 30 de abril de 2022"),
                ("2022/", "de 2022 a una fecha desconocida"),
            ],
        );
    }

    #[test]
    fn portuguese() {
        check(
            Pt,
            &[
                ("2013-10", "outubro de 2013"),
                ("2009-09-14", "14 de setembro de 2009"),
                ("-0043", "44 a.C."),
                ("201X", "década de 2010"),
                ("20XX", "século XXI"),
                ("2014-22", "verão de 2014"),
                ("1985-XX-XX", "1985 (dia e mês não especificados)"),
                ("2010-01~", "por volta de janeiro de 2010"),
                ("2009-09-14~", "por volta de 14 de setembro de 2009"),
                ("2014-21~", "por volta da primavera de 2014"),
                ("2010%", "por volta de 2010 (incerto)"),
                ("2014-01/2014-03", "de janeiro a março de 2014"),
                ("2008-07-03/2008-07-04", "de 3 a 4 de julho de 2008"),
                ("2014-21/2014-23", "da primavera ao outono de 2014"),
                ("2022/..", "desde 2022"),
                ("../2014-22", "até o verão de 2014"),
                ("/2022", "de uma data desconhecida a 2022"),
            ],
        );
    }
}
