//! What concepts are made of: approximate dates, languages and localized texts, money, slugs,
//! quotations, identifiers.
//!
//! Pure functions and types: nothing here knows the database, HTTP, GraphQL or a concept of the
//! registry. Each error says what is wrong with the value and what to write instead; who calls adds
//! where the value stands (file, record, field).

pub mod day;
pub mod declared;
pub mod edtf;
pub mod edtf_label;
pub mod id;
pub mod language;
pub mod localized;
pub mod money;
pub mod quote;
pub mod slug;
pub mod sort_key;
pub mod web;
pub mod words;

pub use day::{Day, DayError, Instant};
pub use edtf::{Edtf, EdtfError};
pub use edtf_label::label;
pub use language::Language;
pub use localized::{Localized, LocalizedError, LocalizedList};
pub use money::{Currency, Decimal, Money, MoneyError};
pub use quote::{DocumentText, Nearest, Position, QuoteError};
pub use slug::{Slug, SlugError};
