//! Amounts of money: exact decimals, as text, in a currency.

use std::fmt;

use thiserror::Error;

const MAX_WHOLE_DIGITS: usize = 15;
const MAX_DECIMALS: usize = 4;

/// An amount in a currency. Amounts are never negative: who pays whom is said by funder and
/// recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// How much.
    pub amount: Decimal,
    /// Of what.
    pub currency: Currency,
}

/// A decimal number of up to 15 digits and 4 decimals, with the decimals that it was written with:
/// `643000.00`.
///
/// A string, because binary fractions can't hold cents. Texts compare as texts: `1.0` and `1.00`
/// are two ways of writing one number, and the registry keeps both.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal(String);

/// A currency of ISO 4217, by its three letters: today's, and withdrawn ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Currency(&'static str);

/// Why a text is not an amount or a currency.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// Nothing was written.
    #[error("the amount is empty; leave the money out where the figure is unknown")]
    Empty,
    /// A number in another notation.
    #[error("`{written}` is not an amount; write `{instead}`")]
    Notation {
        /// What was given.
        written: String,
        /// The same number as the registry writes it.
        instead: Decimal,
    },
    /// A minus sign.
    #[error("`{0}` is negative; write the amount, and who pays whom in `funder` and `recipient`")]
    Negative(String),
    /// Too many digits.
    #[error(
        "`{0}` has too many digits; an amount has up to {MAX_WHOLE_DIGITS} before the point and {MAX_DECIMALS} after it"
    )]
    TooLong(String),
    /// No number.
    #[error("`{0}` is not an amount; write digits, with a point before the decimals: `643000.00`")]
    NotANumber(String),
    /// No such currency.
    #[error(
        "`{0}` is not a currency; write the three letters of ISO 4217, like `CAD`, `EUR`, `USD`"
    )]
    Currency(String),
    /// A currency in small letters.
    #[error("`{written}` is written `{instead}`")]
    CurrencyCase {
        /// What was given.
        written: String,
        /// The same in capitals.
        instead: Currency,
    },
}

impl Decimal {
    /// Checks an amount: digits without leading zeros, and where there are decimals a point and up
    /// to four of them.
    ///
    /// # Errors
    ///
    /// What is wrong with it, and how the registry writes that number.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        if text.trim().is_empty() {
            return Err(MoneyError::Empty);
        }
        let written = text.to_owned();
        if text.starts_with(['-', '−']) {
            return Err(MoneyError::Negative(written));
        }
        let (whole, decimals) = match text.split_once('.') {
            Some((whole, decimals)) => (whole, Some(decimals)),
            None => (text, None),
        };
        let digits =
            |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(whole)
            || !decimals.is_none_or(digits)
            || (whole.len() > 1 && whole.starts_with('0'))
        {
            return Err(match put_right(text) {
                Some(instead) => MoneyError::Notation { written, instead },
                None => MoneyError::NotANumber(written),
            });
        }
        if whole.len() > MAX_WHOLE_DIGITS
            || decimals.is_some_and(|decimals| decimals.len() > MAX_DECIMALS)
        {
            return Err(MoneyError::TooLong(written));
        }
        Ok(Self(written))
    }

    /// The number, as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `643 000,00 $`, `643,000.00` and `0643000.00` as `643000.00`; `None` where it could mean two
/// numbers.
fn put_right(text: &str) -> Option<Decimal> {
    let plain: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '\'' | '’' | '_' | '$' | '€' | '£' | '+'))
        .collect();
    let last_mark = plain.rfind(['.', ',']);
    let (whole, decimals) = match last_mark {
        None => (plain.as_str(), None),
        Some(at) => {
            let (whole, rest) = (&plain[..at], &plain[at + 1..]);
            let mark = &plain[at..=at];
            if whole.contains(mark) {
                // A mark that comes twice groups thousands.
                (plain.as_str(), None)
            } else if mark == "," && rest.len() == 3 && !whole.contains('.') {
                // `643,000` is one number in French and another in English.
                return None;
            } else {
                (whole, Some(rest))
            }
        }
    };
    let whole = whole.replace(['.', ','], "");
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let number = match decimals {
        None | Some("") => whole.to_owned(),
        Some(decimals) => format!("{whole}.{decimals}"),
    };
    // Only what needed putting right comes here, so this can't go round in circles; `parse` sees to
    // it that it is one.
    if number == text {
        None
    } else {
        Decimal::parse(&number).ok()
    }
}

impl Currency {
    /// Checks a currency's code.
    ///
    /// # Errors
    ///
    /// Where ISO 4217 has no such code.
    pub fn parse(text: &str) -> Result<Self, MoneyError> {
        let find = |code: &str| {
            CURRENCIES
                .split_ascii_whitespace()
                .find(|known| *known == code)
                .map(Self)
        };
        find(text).ok_or_else(|| {
            let written = text.to_owned();
            match find(&text.trim().to_ascii_uppercase()) {
                Some(instead) => MoneyError::CurrencyCase { written, instead },
                None => MoneyError::Currency(written),
            }
        })
    }

    /// Its three letters.
    pub const fn code(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// ISO 4217: the codes of its list one that are money (no funds, metals, test codes or `XXX`;
/// `XDR`, in which international bodies reckon, is), then those of its list three, withdrawn ones,
/// that agreements may still name.
const CURRENCIES: &str = "
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY
COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS
INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU
MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG
SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST
XAF XCD XCG XDR XOF XPF YER ZAR ZMW ZWG

ADP AFA ANG AON AOR ARA ARP ATS AZM BEF BGL BGN BOP BRC BRE BRN BRR BYB BYR CSD CSK CUC CYP DDM DEM ECS EEK ESP FIM FRF GHC
GRD GWP HRK IEP ITL LTL LUF LVL MGF MLF MRO MTL MXP MZM NIC NLG PEI PES PLZ PTE ROL RUR SDD SDP SIT SKK SLL SRG STD SUR
TJR TMM TPE TRL UAK UGS UYP VEB VEF XEU YDD YUD YUM ZAL ZMK ZRN ZRZ ZWD ZWL
";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_keep_their_decimals() {
        for text in [
            "0",
            "0.5",
            "643000.00",
            "643000",
            "123456789012345.1234",
            "23000000.0",
        ] {
            assert_eq!(Decimal::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn other_amounts_are_put_right_where_they_mean_one_number() {
        for (text, told) in [
            ("", "leave the money out"),
            ("643 000,00", "write `643000.00`"),
            ("643\u{a0}000,00 $", "write `643000.00`"),
            ("643,000.00", "write `643000.00`"),
            ("643.000,00", "write `643000.00`"),
            ("1,643,000", "write `1643000`"),
            ("1.643.000", "write `1643000`"),
            ("0643000.00", "write `643000.00`"),
            ("+5", "write `5`"),
            ("5.", "write `5`"),
            (".50", "write `0.50`"),
            ("0,5", "write `0.5`"),
            ("643,000", "write digits"),
            ("1e6", "write digits"),
            ("6,43 M$", "write digits"),
            ("un million", "write digits"),
            ("-5", "negative"),
            ("1234567890123456", "too many digits"),
            ("1.23456", "too many digits"),
        ] {
            let message = Decimal::parse(text).unwrap_err().to_string();
            assert!(message.contains(told), "{text}: {message}");
        }
    }

    #[test]
    fn currencies_are_those_of_iso_4217() {
        for code in ["CAD", "EUR", "USD", "FRF", "XAF"] {
            assert_eq!(Currency::parse(code).unwrap().code(), code);
        }
        assert_eq!(
            Currency::parse("cad").unwrap_err().to_string(),
            "`cad` is written `CAD`"
        );
        for text in ["", "CA", "$", "ZZZ", "CAD EUR", "XXX", "dollars"] {
            assert_eq!(
                Currency::parse(text),
                Err(MoneyError::Currency(text.to_owned()))
            );
        }
        let mut codes: Vec<&str> = CURRENCIES.split_ascii_whitespace().collect();
        assert!(
            codes
                .iter()
                .all(|code| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase()))
        );
        let count = codes.len();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), count);
    }

    proptest! {
        #[test]
        fn any_text_is_an_amount_or_an_error(text in "[-+0-9., '$eE]{0,24}|.{0,24}") {
            if let Ok(amount) = Decimal::parse(&text) {
                prop_assert_eq!(amount.as_str(), text);
            }
        }
    }
}
