//! Cursors: where an element stands in its list, by the values that order it. So a cursor outlives inserts and
//! deletions before and at its place.
//!
//! A cursor carries a checksum over the list that issued it and its content. It is no secret: whoever forges one
//! learns nothing that asking for the list would not tell. It keeps mistakes from being answered as if they were meant.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use super::link_rows::Sorted;
use super::sql::{Bind, Sql};
use crate::model::{Column, Term};
use crate::values::{Day, Instant};

const CHECKSUM: usize = 6;

/// One of the values that order an element.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Text(String),
    Integer(i64),
    Bytes(Vec<u8>),
}

/// What a cursor says.
#[derive(Debug, PartialEq)]
pub(super) struct Cursor {
    /// The row whose list issued it; 0 for a root's.
    pub(super) owner: i64,
    pub(super) values: Vec<Value>,
}

/// The identity of a kind of list: where it stands in the schema, and its order.
pub(super) fn identity(list: &str, order: &str) -> u64 {
    let digest = Sha256::new()
        .chain_update(list)
        .chain_update([0])
        .chain_update(order)
        .finalize();
    u64::from_be_bytes(std::array::from_fn(|place| digest[place]))
}

fn checksum(identity: u64, content: &[u8]) -> [u8; CHECKSUM] {
    let digest = Sha256::new()
        .chain_update(identity.to_be_bytes())
        .chain_update(content)
        .finalize();
    std::array::from_fn(|place| digest[place])
}

/// The cursor as clients get it.
pub(super) fn encode(identity: u64, cursor: &Cursor) -> String {
    let mut content = cursor.owner.to_be_bytes().to_vec();
    for value in &cursor.values {
        match value {
            Value::Null => content.push(0),
            Value::Integer(number) => {
                content.push(1);
                content.extend(number.to_be_bytes());
            }
            Value::Text(text) => push_bytes(&mut content, 2, text.as_bytes()),
            Value::Bytes(bytes) => push_bytes(&mut content, 3, bytes),
        }
    }
    let mut bytes = checksum(identity, &content).to_vec();
    bytes.append(&mut content);
    URL_SAFE_NO_PAD.encode(bytes)
}

fn push_bytes(content: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    content.push(tag);
    // An order's values are slugs, days and sort keys of titles: far below 4 GiB.
    content.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    content.extend(bytes);
}

/// What a cursor says, if this kind of list issued it.
pub(super) fn decode<'t>(
    identity: u64,
    terms: impl IntoIterator<Item = &'t Term>,
    cursor: &str,
) -> Option<Cursor> {
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (sum, mut content) = bytes.split_at_checked(CHECKSUM)?;
    // Nobody finds what has a checksum by chance, and what follows is to be fuzzed as well.
    if cfg!(not(fuzzing)) && checksum(identity, content) != sum {
        return None;
    }
    let owner = i64::from_be_bytes(take(&mut content, 8)?.try_into().ok()?);
    let mut values = Vec::new();
    for term in terms {
        let value = match take(&mut content, 1)?[0] {
            0 if term.nullable => Value::Null,
            1 => Value::Integer(i64::from_be_bytes(take(&mut content, 8)?.try_into().ok()?)),
            2 => Value::Text(String::from_utf8(take_bytes(&mut content)?.to_vec()).ok()?),
            3 => Value::Bytes(take_bytes(&mut content)?.to_vec()),
            _ => return None,
        };
        if !is_of(&value, term.column) {
            return None;
        }
        values.push(value);
    }
    content.is_empty().then_some(Cursor { owner, values })
}

/// Whether a value is one that a column of an order can have. The checksum is no secret, so a cursor may hold anything.
fn is_of(value: &Value, column: Column) -> bool {
    match (value, column) {
        (Value::Null, _)
        | (Value::Integer(_), Column::Integer | Column::BigInt)
        | (Value::Bytes(_), Column::Bytes) => true,
        (Value::Integer(micros), Column::Timestamp) => Instant(*micros).is_of_our_era(),
        (Value::Text(text), Column::Text) => !text.contains('\0'),
        (Value::Text(text), Column::Date) => Day::from_iso(text).is_some(),
        _ => false,
    }
}

fn take<'a>(content: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = content.split_at_checked(length)?;
    *content = rest;
    Some(taken)
}

fn take_bytes<'a>(content: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = u32::from_be_bytes(take(content, 4)?.try_into().ok()?);
    take(content, usize::try_from(length).ok()?)
}

/// The side of a cursor that rows are to stand on, in the list's order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    After,
    Before,
}

/// The condition that a row stands on that side of a cursor. Never null, so that it may be negated.
pub(super) fn condition(side: Side, terms: &[Sorted], values: &[Value]) -> Sql {
    let mut sql = Sql::default();
    let mut closing = 0;
    for (
        place,
        (
            Sorted {
                sql: expression,
                term,
                ..
            },
            value,
        ),
    ) in terms.iter().zip(values).enumerate()
    {
        let last = place + 1 == terms.len();
        sql.push("(");
        beyond(&mut sql, side, expression, term, value);
        if !last {
            sql.push(" OR ");
            equal(&mut sql, expression, term, value);
            sql.push(" AND ");
        }
        closing += 1;
    }
    sql.push(&")".repeat(closing));
    sql
}

fn beyond(sql: &mut Sql, side: Side, expression: &Sql, term: &Term, value: &Value) {
    let larger = (side == Side::After) != term.descending;
    let operator = if larger { " > " } else { " < " };
    match (side, value) {
        // Null comes last: nothing stands after it in this term, and all the rest before it.
        (Side::After, Value::Null) => {
            sql.push("false");
        }
        (Side::Before, Value::Null) => {
            sql.append(expression).push(" IS NOT NULL");
        }
        (Side::After, value) if term.nullable => {
            sql.push("(")
                .append(expression)
                .push(" IS NULL OR ")
                .append(expression)
                .push(operator);
            bind(sql, term, value);
            sql.push(")");
        }
        (Side::Before, value) if term.nullable => {
            sql.push("(")
                .append(expression)
                .push(" IS NOT NULL AND ")
                .append(expression)
                .push(operator);
            bind(sql, term, value);
            sql.push(")");
        }
        (_, value) => {
            sql.append(expression).push(operator);
            bind(sql, term, value);
        }
    }
}

fn equal(sql: &mut Sql, expression: &Sql, term: &Term, value: &Value) {
    if *value == Value::Null {
        sql.append(expression).push(" IS NULL");
        return;
    }
    if term.nullable {
        sql.append(expression).push(" IS NOT NULL AND ");
    }
    sql.append(expression).push(" = ");
    bind(sql, term, value);
}

fn bind(sql: &mut Sql, term: &Term, value: &Value) {
    let (value, cast) = match (value, term.column) {
        (Value::Text(text), Column::Date) => {
            let day = Day::from_iso(text).map_or_else(|| text.clone(), Day::to_postgres);
            (Bind::Text(day), "::date")
        }
        // Exact, which a sum of seconds as floating-point numbers would not be.
        (Value::Integer(micros), Column::Timestamp) => {
            (Bind::Text(Instant(*micros).to_string()), "::timestamptz")
        }
        (Value::Text(text), _) => (Bind::Text(text.clone()), ""),
        (Value::Integer(number), _) => (Bind::Integer(*number), ""),
        (Value::Bytes(bytes), _) => (Bind::Bytes(bytes.clone()), ""),
        (Value::Null, _) => {
            sql.push("NULL");
            return;
        }
    };
    sql.bind(value).push(cast);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Order;

    fn cursor() -> Cursor {
        Cursor {
            owner: 7,
            values: vec![Value::Null, Value::Text("entente-été".to_owned())],
        }
    }

    #[test]
    fn a_cursor_comes_back_to_the_list_that_issued_it_alone() {
        let terms = Order::by_date().terms;
        let sent = encode(1, &cursor());
        assert_eq!(decode(1, &terms, &sent), Some(cursor()));
        assert_eq!(decode(2, &terms, &sent), None);
        assert_eq!(
            decode(1, &Order::by_name().terms, &sent),
            None,
            "null stands where the order has no null"
        );
        assert_eq!(decode(1, &terms, ""), None);
        assert_eq!(decode(1, &terms, "YXJyYXljb25uZWN0aW9uOjU="), None);
    }

    #[test]
    fn any_altered_byte_is_noticed() {
        let terms = Order::by_date().terms;
        let sent = URL_SAFE_NO_PAD
            .decode(encode(1, &cursor()))
            .expect("what was encoded decodes");
        for place in 0..sent.len() {
            let mut forged = sent.clone();
            forged[place] ^= 1;
            assert_eq!(
                decode(1, &terms, &URL_SAFE_NO_PAD.encode(&forged)),
                None,
                "byte {place}"
            );
        }
    }

    #[test]
    fn conditions_say_where_null_stands() {
        let terms: Vec<_> = Order::by_date()
            .terms
            .into_iter()
            .map(|term| Sorted {
                sql: Sql::new(term.sql),
                own: Sql::new(term.sql),
                term,
                indexed: false,
            })
            .collect();
        let dated = [
            Value::Text("2013-10-01".to_owned()),
            Value::Text("s".to_owned()),
        ];
        let texts = [
            condition(Side::After, &terms, &dated).text(),
            condition(Side::Before, &terms, &dated).text(),
            condition(Side::After, &terms, &cursor().values).text(),
            condition(Side::Before, &terms, &cursor().values).text(),
        ];
        let day = "t.sort_date";
        assert_eq!(
            texts,
            [
                format!(
                    "(({day} IS NULL OR {day} < $1::date) OR {day} IS NOT NULL AND {day} = $2::date AND (t.slug > $3))"
                ),
                format!(
                    "(({day} IS NOT NULL AND {day} > $1::date) OR {day} IS NOT NULL AND {day} = $2::date AND (t.slug < $3))"
                ),
                format!("(false OR {day} IS NULL AND (t.slug > $1))"),
                format!("({day} IS NOT NULL OR {day} IS NULL AND (t.slug < $1))"),
            ]
        );
    }
}
