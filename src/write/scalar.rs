//! Values of one piece: each is checked and kept as it was written, or refused with what to write instead.

use serde_json::{Value, json};

use super::nearest::did_you_mean;
use crate::model::{Enum, Field, Stored};
use crate::values::{self, web};

/// What is wrong with a value and what to write instead.
pub(super) type Refused = String;

/// What a value is, in words, for what was expected instead of it.
fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a table",
    }
}

/// Says that something else was expected.
pub(super) fn expected(what: &str, value: &Value) -> Refused {
    format!("this is {}; write {what}", kind(value))
}

/// A text, as people write them.
pub(super) fn text(value: &Value) -> Result<&str, Refused> {
    let text = value
        .as_str()
        .ok_or_else(|| expected("a text in quotation marks", value))?;
    if text.trim().is_empty() {
        return Err("the text is empty; leave the field out where it is unknown".to_owned());
    }
    let control = |c: &char| c.is_control() && !matches!(c, '\n' | '\t');
    match text.chars().find(control) {
        Some('\r') => {
            Err("the text has a carriage return; write line breaks as \\n alone".to_owned())
        }
        Some(found) => Err(format!(
            "the text has the control character U+{:04X}; take it out",
            u32::from(found)
        )),
        None => Ok(text),
    }
}

/// A text to the letter. PostgreSQL holds every one but those with a null character.
pub(super) fn verbatim(value: &Value) -> Result<&str, Refused> {
    let text = value
        .as_str()
        .ok_or_else(|| expected("a text in quotation marks", value))?;
    if text.is_empty() {
        return Err("the text is empty; write it to the letter".to_owned());
    }
    match text.chars().position(|c| c == '\0') {
        Some(index) => Err(format!(
            "the text has a null character at position {}; it is not a text in UTF-8, or take it out",
            index + 1
        )),
        None => Ok(text),
    }
}

/// A value of an enumeration.
pub(super) fn enumerated<'a>(of: &Enum, value: &'a Value) -> Result<&'a str, Refused> {
    let names = || of.values.iter().map(|(name, _)| *name);
    let all = || names().collect::<Vec<_>>().join(", ");
    let Some(written) = value.as_str() else {
        return Err(expected(&format!("one of {}", all()), value));
    };
    if of.has(written) {
        return Ok(written);
    }
    Err(format!(
        "`{written}` is no {}{} (one of {})",
        of.name,
        did_you_mean(written, names()),
        all()
    ))
}

/// A number within a field's range.
fn within(field: &Field, number: f64) -> Result<(), Refused> {
    match field.range {
        (Some(least), Some(greatest)) if number < least || number > greatest => Err(format!(
            "{number} is out of range; write a number from {least} to {greatest}"
        )),
        (Some(least), None) if number < least => Err(format!(
            "{number} is too small; write {least} or more, or leave the field out where it is unknown"
        )),
        (None, Some(greatest)) if number > greatest => {
            Err(format!("{number} is too great; write {greatest} or less"))
        }
        _ => Ok(()),
    }
}

fn integer(field: &Field, value: &Value) -> Result<Value, Refused> {
    let number = value
        .as_i64()
        .and_then(|number| i32::try_from(number).ok())
        .ok_or_else(|| match value {
            Value::Number(_) => {
                format!("{value} is no whole number of up to nine digits; write one")
            }
            _ => expected("a whole number without quotation marks", value),
        })?;
    within(field, number.into())?;
    Ok(json!(number))
}

fn float(field: &Field, value: &Value) -> Result<Value, Refused> {
    let number = value
        .as_f64()
        .filter(|number| number.is_finite())
        .ok_or_else(|| expected("a number without quotation marks", value))?;
    within(field, number)?;
    Ok(json!(number))
}

/// What can be written of a field whose value is of one piece; `None` where its kind is another.
pub(super) fn scalar(
    field: &Field,
    stored: &Stored,
    value: &Value,
) -> Option<Result<Value, Refused>> {
    let string = |text: &str| Value::String(text.to_owned());
    Some(match stored {
        Stored::Text if field.verbatim.is_some() => verbatim(value).map(string),
        Stored::Text => text(value).map(string),
        Stored::Url => text(value).and_then(|written| {
            web::check_url(written).map_err(|error| error.to_string())?;
            Ok(string(written))
        }),
        Stored::Integer => integer(field, value),
        Stored::Float => float(field, value),
        Stored::Boolean(_) => match value {
            Value::Bool(_) => Ok(value.clone()),
            _ => Err(expected("true or false, without quotation marks", value)),
        },
        Stored::Enum(name, _) => enumerated(vocabulary(name), value).map(string),
        _ => return None,
    })
}

/// What can be written as one value of a list of such; `None` where its kind is another.
pub(super) fn item(
    field: &Field,
    stored: &Stored,
    value: &Value,
) -> Option<Result<Value, Refused>> {
    Some(match stored {
        Stored::Integers => integer(field, value),
        Stored::Enums(name) => {
            enumerated(vocabulary(name), value).map(|name| Value::String(name.to_owned()))
        }
        Stored::LanguageTags => text(value).and_then(|written| {
            web::check_language_tag(written).map_err(|error| error.to_string())?;
            Ok(Value::String(written.to_owned()))
        }),
        _ => return None,
    })
}

/// The enumeration of that name.
pub(super) fn vocabulary(name: &str) -> &'static Enum {
    crate::registry::model().enums.get(name).copied().expect(
        "every enumeration that a field names is declared; a test of the model looks them all up",
    )
}

/// A date's content: what was written, and the first and last day that it can mean as PostgreSQL reads them.
pub(super) fn date(edtf: &str) -> Result<Vec<(&'static str, Value)>, Refused> {
    let date = values::Edtf::parse(edtf).map_err(|error| error.to_string())?;
    let day = |day: Option<values::Day>| day.map(|day| Value::String(day.to_postgres()));
    let mut content = vec![("edtf", Value::String(date.as_str().to_owned()))];
    content.extend(day(date.earliest()).map(|day| ("earliest", day)));
    content.extend(day(date.latest()).map(|day| ("latest", day)));
    Ok(content)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{float, integer, string, url};

    #[test]
    fn what_is_refused_comes_with_a_way_out() {
        let told = |field: &Field, value: Value| {
            let stored = field.stored.as_ref().unwrap();
            match scalar(field, stored, &value).unwrap() {
                Ok(kept) => format!("kept {kept}"),
                Err(message) => message,
            }
        };
        let text = string("t", "A text.");
        let count = integer("n", "A number.").at_least(1.0);
        let degrees = float("d", "Degrees.").at_least(-90.0).at_most(90.0);
        let lines = [
            told(&text, json!(" as written ")),
            told(&text, json!(3)),
            told(&text, json!(" ")),
            told(&text, json!("a\r\nb")),
            told(&text, json!("a\u{7}b")),
            told(&count, json!(36)),
            told(&count, json!("36")),
            told(&count, json!(1.5)),
            told(&count, json!(0)),
            told(&degrees, json!(91)),
            told(&url("u", "An address."), json!("https://example.org/")),
        ];
        insta::assert_snapshot!(lines.join("\n"), @r#"
        kept " as written "
        this is a number; write a text in quotation marks
        the text is empty; leave the field out where it is unknown
        the text has a carriage return; write line breaks as \n alone
        the text has the control character U+0007; take it out
        kept 36
        this is a text; write a whole number without quotation marks
        1.5 is no whole number of up to nine digits; write one
        0 is too small; write 1 or more, or leave the field out where it is unknown
        91 is out of range; write a number from -90 to 90
        kept "https://example.org/"
        "#);
    }
}
