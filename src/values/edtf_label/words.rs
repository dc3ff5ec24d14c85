//! The words of each language, and how they join.

use super::super::Language;

/// How an expression behaves after a preposition; the order of the forms in [`Forms`].
#[derive(Clone, Copy)]
pub(super) enum Class {
    /// Without an article: a year, a month.
    Plain,
    /// Likewise, beginning with a vowel: `avril`.
    PlainVowel,
    /// A day: `le 14 septembre`, `14 September`.
    Day,
    /// With a masculine article: `le printemps`.
    Masculine,
    /// With an elided article: `l'été`.
    Elided,
    /// With a feminine article: `la primavera`.
    Feminine,
    /// With a plural article: `les années 2010`.
    Plural,
}

/// A preposition with the article that follows it, for each [`Class`] in its order.
pub(super) type Forms = [&'static str; 7];

/// The words of one language.
pub(super) struct Words {
    pub(super) months: [&'static str; 12],
    /// From spring to winter.
    pub(super) seasons: [(&'static str, Class); 4],
    /// The first day of a month, where it is no plain number.
    pub(super) first_day: &'static str,
    /// Between a day and its month.
    pub(super) before_month: &'static str,
    /// Between a month or a season and its year.
    pub(super) before_year: &'static str,
    /// After a year before our era.
    pub(super) before_christ: &'static str,
    /// Before and after the first year of a decade.
    pub(super) decade: (&'static str, &'static str, Class),
    pub(super) century: fn(i32) -> String,
    pub(super) about: Forms,
    pub(super) from: Forms,
    pub(super) to: Forms,
    pub(super) since: Forms,
    pub(super) until: Forms,
    /// In the place of `from` and a date.
    pub(super) from_unknown: &'static str,
    /// In the place of `to` and a date.
    pub(super) to_unknown: &'static str,
    /// In brackets after a date.
    pub(super) uncertain: &'static str,
    pub(super) approximate: &'static str,
    pub(super) some_month: &'static str,
    pub(super) some_day: &'static str,
    pub(super) some_day_and_month: &'static str,
}

impl Words {
    pub(super) const fn of(language: Language) -> &'static Self {
        match language {
            Language::Fr => &FRENCH,
            Language::En => &ENGLISH,
            Language::Es => &SPANISH,
            Language::Pt => &PORTUGUESE,
        }
    }
}

const FRENCH: Words = Words {
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    seasons: [
        ("printemps", Class::Masculine),
        ("été", Class::Elided),
        ("automne", Class::Elided),
        ("hiver", Class::Elided),
    ],
    first_day: "1er",
    before_month: " ",
    before_year: " ",
    before_christ: " av. J.-C.",
    decade: ("années ", "", Class::Plural),
    century: |number| {
        format!(
            "{}{} siècle",
            roman(number),
            if number == 1 { "er" } else { "e" }
        )
    },
    about: [
        "vers ",
        "vers ",
        "vers le ",
        "vers le ",
        "vers l'",
        "vers la ",
        "vers les ",
    ],
    from: ["de ", "d'", "du ", "du ", "de l'", "de la ", "des "],
    to: ["à ", "à ", "au ", "au ", "à l'", "à la ", "aux "],
    since: [
        "depuis ",
        "depuis ",
        "depuis le ",
        "depuis le ",
        "depuis l'",
        "depuis la ",
        "depuis les ",
    ],
    until: [
        "jusqu'en ",
        "jusqu'en ",
        "jusqu'au ",
        "jusqu'au ",
        "jusqu'à l'",
        "jusqu'à la ",
        "jusqu'aux ",
    ],
    from_unknown: "d'une date inconnue",
    to_unknown: "à une date inconnue",
    uncertain: "incertain",
    approximate: "approximatif",
    some_month: "mois non précisé",
    some_day: "jour non précisé",
    some_day_and_month: "jour et mois non précisés",
};

const ENGLISH: Words = Words {
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    seasons: [
        ("spring", Class::Plain),
        ("summer", Class::Plain),
        ("autumn", Class::Plain),
        ("winter", Class::Plain),
    ],
    first_day: "1",
    before_month: " ",
    before_year: " ",
    before_christ: " BC",
    decade: ("", "s", Class::Plural),
    century: |number| {
        let ending = match (number % 10, number % 100) {
            (_, 11..=13) => "th",
            (1, _) => "st",
            (2, _) => "nd",
            (3, _) => "rd",
            _ => "th",
        };
        format!("{number}{ending} century")
    },
    about: [
        "about ",
        "about ",
        "about ",
        "about the ",
        "about the ",
        "about the ",
        "about the ",
    ],
    from: [
        "from ",
        "from ",
        "from ",
        "from the ",
        "from the ",
        "from the ",
        "from the ",
    ],
    to: [
        "to ", "to ", "to ", "to the ", "to the ", "to the ", "to the ",
    ],
    since: [
        "since ",
        "since ",
        "since ",
        "since the ",
        "since the ",
        "since the ",
        "since the ",
    ],
    until: [
        "until ",
        "until ",
        "until ",
        "until the ",
        "until the ",
        "until the ",
        "until the ",
    ],
    from_unknown: "from an unknown date",
    to_unknown: "to an unknown date",
    uncertain: "uncertain",
    approximate: "approximate",
    some_month: "month not given",
    some_day: "day not given",
    some_day_and_month: "day and month not given",
};

const SPANISH: Words = Words {
    months: [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    seasons: [
        ("primavera", Class::Feminine),
        ("verano", Class::Masculine),
        ("otoño", Class::Masculine),
        ("invierno", Class::Masculine),
    ],
    first_day: "1",
    before_month: " de ",
    before_year: " de ",
    before_christ: " a. C.",
    decade: ("década de ", "", Class::Feminine),
    century: |number| format!("siglo {}", roman(number)),
    about: [
        "hacia ",
        "hacia ",
        "hacia el ",
        "hacia el ",
        "hacia el ",
        "hacia la ",
        "hacia los ",
    ],
    from: ["de ", "de ", "del ", "del ", "del ", "de la ", "de los "],
    to: ["a ", "a ", "al ", "al ", "al ", "a la ", "a los "],
    since: [
        "desde ",
        "desde ",
        "desde el ",
        "desde el ",
        "desde el ",
        "desde la ",
        "desde los ",
    ],
    until: [
        "hasta ",
        "hasta ",
        "hasta el ",
        "hasta el ",
        "hasta el ",
        "hasta la ",
        "hasta los ",
    ],
    from_unknown: "de una fecha desconocida",
    to_unknown: "a una fecha desconocida",
    uncertain: "incierto",
    approximate: "aproximado",
    some_month: "mes sin precisar",
    some_day: "día sin precisar",
    some_day_and_month: "día y mes sin precisar",
};

const PORTUGUESE: Words = Words {
    months: [
        "janeiro",
        "fevereiro",
        "março",
        "abril",
        "maio",
        "junho",
        "julho",
        "agosto",
        "setembro",
        "outubro",
        "novembro",
        "dezembro",
    ],
    seasons: [
        ("primavera", Class::Feminine),
        ("verão", Class::Masculine),
        ("outono", Class::Masculine),
        ("inverno", Class::Masculine),
    ],
    first_day: "1",
    before_month: " de ",
    before_year: " de ",
    before_christ: " a.C.",
    decade: ("década de ", "", Class::Feminine),
    century: |number| format!("século {}", roman(number)),
    about: [
        "por volta de ",
        "por volta de ",
        "por volta de ",
        "por volta do ",
        "por volta do ",
        "por volta da ",
        "por volta dos ",
    ],
    from: ["de ", "de ", "de ", "do ", "do ", "da ", "dos "],
    to: ["a ", "a ", "a ", "ao ", "ao ", "à ", "aos "],
    since: [
        "desde ",
        "desde ",
        "desde ",
        "desde o ",
        "desde o ",
        "desde a ",
        "desde os ",
    ],
    until: [
        "até ", "até ", "até ", "até o ", "até o ", "até a ", "até os ",
    ],
    from_unknown: "de uma data desconhecida",
    to_unknown: "a uma data desconhecida",
    uncertain: "incerto",
    approximate: "aproximado",
    some_month: "mês não especificado",
    some_day: "dia não especificado",
    some_day_and_month: "dia e mês não especificados",
};

/// Roman numerals, for centuries.
fn roman(mut number: i32) -> String {
    let mut text = String::new();
    for (value, numeral) in [
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ] {
        while number >= value {
            text.push_str(numeral);
            number -= value;
        }
    }
    text
}
