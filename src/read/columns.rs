//! Values where they lie: from PostgreSQL's binary form to JSON and to cursors, with no type between. A column is named by
//! its place in the row.

use diesel::PgConnection;
use diesel::connection::{DefaultLoadingMode, LoadConnection};
use diesel::row::{Field, Row};

use super::cursor;
use super::json;
use crate::model::Column;
use crate::values::Day;
use crate::values::day::Instant;
use crate::values::id::node_id;

/// A row as diesel keeps it: a place in a result of libpq's.
pub(super) type PgRow = <PgConnection as LoadConnection<DefaultLoadingMode>>::Row<'static, 'static>;

/// The declaration and the table disagree on a column.
#[derive(Debug, thiserror::Error)]
#[error("column {index} can't be read as {column:?}")]
pub struct Unreadable {
    index: usize,
    column: Column,
}

impl Unreadable {
    pub(super) fn new(index: usize, column: Column) -> Self {
        Self { index, column }
    }
}

/// Does something with a column's bytes; `None` for null.
fn with<T>(row: &PgRow, index: usize, read: impl FnOnce(Option<&[u8]>) -> T) -> T {
    let Some(field) = row.get(index) else {
        return read(None);
    };
    match field.value() {
        Some(value) => read(Some(value.as_bytes())),
        None => read(None),
    }
}

/// Whether a column is null.
pub(super) fn is_null(row: &PgRow, index: usize) -> bool {
    with(row, index, |value| value.is_none())
}

/// A smallint column; `None` for null.
pub(super) fn smallint(row: &PgRow, index: usize) -> Option<i16> {
    let number = |bytes: &[u8]| Some(i16::from_be_bytes(bytes.try_into().ok()?));
    with(row, index, |value| value.and_then(number))
}

/// A bigint column; `None` for null.
pub(super) fn bigint(row: &PgRow, index: usize) -> Option<i64> {
    with(row, index, |value| value.and_then(big))
}

/// Does something with a text column.
pub(super) fn with_text<T>(row: &PgRow, index: usize, read: impl FnOnce(&str) -> T) -> Option<T> {
    with(row, index, |value| value.and_then(text).map(read))
}

/// A column's bytes; `None` for null.
pub(super) fn bytes(row: &PgRow, index: usize) -> Option<Vec<u8>> {
    with(row, index, |value| value.map(<[u8]>::to_vec))
}

/// Writes a column as JSON.
pub(super) fn write(
    out: &mut Vec<u8>,
    row: &PgRow,
    index: usize,
    column: Column,
) -> Result<(), Unreadable> {
    with(row, index, |value| match value {
        None => {
            out.extend(b"null");
            Some(())
        }
        Some(bytes) => write_value(out, bytes, column),
    })
    .ok_or(Unreadable { index, column })
}

fn write_value(out: &mut Vec<u8>, bytes: &[u8], column: Column) -> Option<()> {
    match column {
        Column::Text => json::string(out, text(bytes)?),
        Column::Json => out.extend(text(bytes)?.as_bytes()),
        Column::Integer => json::integer(out, int(bytes)?.into()),
        Column::BigInt => json::integer(out, big(bytes)?),
        Column::Float => json::float(out, f64::from_be_bytes(bytes.try_into().ok()?)),
        Column::Boolean => out.extend(if *bytes.first()? == 0 {
            &b"false"[..]
        } else {
            b"true"
        }),
        Column::Date => json::string(out, &date(bytes)?),
        Column::Timestamp => json::string(out, &Instant(big(bytes)?).to_string()),
        Column::Texts => array(out, bytes, |out, element| {
            json::string(out, text(element)?);
            Some(())
        })?,
        Column::Integers => array(out, bytes, |out, element| {
            json::integer(out, int(element)?.into());
            Some(())
        })?,
        Column::Id(of) => json::string(out, &node_id(of, big(bytes)?)),
        Column::Bytes => return None,
    }
    Some(())
}

/// A column's value as a cursor keeps it.
pub(super) fn cursor_value(
    row: &PgRow,
    index: usize,
    column: Column,
) -> Result<cursor::Value, Unreadable> {
    with(row, index, |value| {
        let Some(bytes) = value else {
            return Some(cursor::Value::Null);
        };
        Some(match column {
            Column::Text => cursor::Value::Text(text(bytes)?.to_owned()),
            Column::Date => cursor::Value::Text(date(bytes)?),
            Column::Integer => cursor::Value::Integer(int(bytes)?.into()),
            Column::BigInt | Column::Timestamp => cursor::Value::Integer(big(bytes)?),
            Column::Bytes => cursor::Value::Bytes(bytes.to_vec()),
            Column::Float
            | Column::Boolean
            | Column::Texts
            | Column::Integers
            | Column::Json
            | Column::Id(_) => return None,
        })
    })
    .ok_or(Unreadable { index, column })
}

fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn int(bytes: &[u8]) -> Option<i32> {
    Some(i32::from_be_bytes(bytes.try_into().ok()?))
}

fn big(bytes: &[u8]) -> Option<i64> {
    Some(i64::from_be_bytes(bytes.try_into().ok()?))
}

fn date(bytes: &[u8]) -> Option<String> {
    Some(Day::from_days_since_2000(int(bytes)?).ok()?.to_string())
}

/// Writes a one-dimensional array: the number of dimensions, a flag, the elements' type, then for the dimension its
/// length and lower bound, then each element with its length before it.
fn array(
    out: &mut Vec<u8>,
    bytes: &[u8],
    write: impl Fn(&mut Vec<u8>, &[u8]) -> Option<()>,
) -> Option<()> {
    out.push(b'[');
    if int(bytes.get(..4)?)? == 1 {
        let count = int(bytes.get(12..16)?)?;
        let mut rest = bytes.get(20..)?;
        for place in 0..count {
            if place > 0 {
                out.push(b',');
            }
            let (length, after) = rest.split_at_checked(4)?;
            let (element, after) = after.split_at_checked(usize::try_from(int(length)?).ok()?)?;
            write(out, element)?;
            rest = after;
        }
    }
    out.push(b']');
    Some(())
}
