//! Records in TOML: `[[party]]` and the like, each with the line on which it begins.

use serde_json::{Map, Number, Value};
use toml::de::{DeTable, DeValue};

/// The type's word and the record, or what is wrong with it.
type Found = Result<(String, Value), String>;

/// A record of a file, or what is wrong with it.
pub(super) struct Entry {
    /// The line on which it begins.
    pub(super) line: usize,
    /// What stands there.
    pub(super) record: Found,
}

/// The records of a file, in their order.
///
/// # Errors
///
/// Where it isn't TOML: the line, and what is wrong.
pub(super) fn records(text: &str) -> Result<Vec<Entry>, (usize, String)> {
    let table = DeTable::parse(text).map_err(|error| {
        let line = error.span().map_or(1, |span| line(text, span.start));
        (line, error.message().to_owned())
    })?;
    let mut entries: Vec<(usize, Found)> = Vec::new();
    for (word, value) in table.get_ref() {
        let name = word.get_ref().as_ref();
        match value.get_ref() {
            DeValue::Array(records) => entries.extend(records.iter().map(|record| {
                let value = json(record.get_ref());
                (
                    record.span().start,
                    value.map(|value| (name.to_owned(), value)),
                )
            })),
            DeValue::Table(_) => {
                let message = format!("a record begins with double brackets; write `[[{name}]]`");
                entries.push((value.span().start, Err(message)));
            }
            _ => {
                let message =
                    format!("`{name}` stands outside of any record; put it below a `[[…]]`");
                entries.push((word.span().start, Err(message)));
            }
        }
    }
    entries.sort_by_key(|(start, _)| *start);
    let (mut counted, mut line) = (0, 1);
    Ok(entries
        .into_iter()
        .map(|(start, record)| {
            line += newlines(&text[counted..start]);
            counted = start;
            Entry { line, record }
        })
        .collect())
}

fn line(text: &str, at: usize) -> usize {
    newlines(text.get(..at).unwrap_or(text)) + 1
}

fn newlines(text: &str) -> usize {
    text.bytes().filter(|byte| *byte == b'\n').count()
}

/// The same value in JSON. A date becomes the text that it was written as.
fn json(value: &DeValue<'_>) -> Result<Value, String> {
    Ok(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => {
            let parsed = i64::from_str_radix(number.as_str(), number.radix());
            let number = parsed.map_err(|_| format!("the number {number} is too large"))?;
            Value::Number(number.into())
        }
        DeValue::Float(number) => {
            let parsed = number.as_str().parse().ok().and_then(Number::from_f64);
            Value::Number(
                parsed.ok_or_else(|| format!("`{number}` is no number that can be kept"))?,
            )
        }
        DeValue::Boolean(value) => Value::Bool(*value),
        DeValue::Datetime(date) => Value::String(date.to_string()),
        DeValue::Array(list) => {
            let list: Result<Vec<Value>, String> =
                list.iter().map(|item| json(item.get_ref())).collect();
            Value::Array(list?)
        }
        DeValue::Table(table) => Value::Object(object(table)?),
    })
}

fn object(table: &DeTable<'_>) -> Result<Map<String, Value>, String> {
    table
        .iter()
        .map(|(name, value)| Ok((name.get_ref().to_string(), json(value.get_ref())?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_in_the_order_of_the_file_with_their_lines() {
        let text = "# a comment\n[[party]]\nslug = \"a\"\n\n[[agreement]]\nslug = \"b\"\non = 2013-10-01\n\
                    [[agreement.parties]]\nparty = \"a\"\n\n[[party]]\nslug = \"c\"\nn = [1, 0x10, 2.5, true]\n";
        let entries = records(text).unwrap();
        let told: Vec<String> = entries
            .into_iter()
            .map(|entry| {
                let (word, value) = entry.record.unwrap();
                format!("{} {word} {value}", entry.line)
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        2 party {"slug":"a"}
        5 agreement {"slug":"b","on":"2013-10-01","parties":[{"party":"a"}]}
        11 party {"slug":"c","n":[1,16,2.5,true]}
        "#);
    }

    #[test]
    fn what_is_no_record_is_told_with_its_line() {
        let wrong = records("slug = 1\n[party]\nslug = \"a\"\n").unwrap();
        let told: Vec<String> = wrong
            .into_iter()
            .map(|entry| format!("{} {}", entry.line, entry.record.unwrap_err()))
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r"
        1 `slug` stands outside of any record; put it below a `[[…]]`
        2 a record begins with double brackets; write `[[party]]`
        ");
        let (line, _) = records("[[party]]\nslug = \n").err().unwrap();
        assert_eq!(line, 2);
    }
}
