//! Holding the server's answer against the executor's.

use std::collections::HashMap;

use serde_json::Value;

/// A list: where it stands in the schema, and the record that it belongs to.
pub type List = (String, i64);

/// The cursors that the server has given, each with its list and its element.
#[derive(Default)]
pub struct Cursors {
    known: HashMap<String, (List, i64)>,
}

impl Cursors {
    /// What a cursor stands for.
    pub fn known(&self, cursor: &str) -> Option<(&List, i64)> {
        let (list, id) = self.known.get(cursor)?;
        Some((list, *id))
    }

    /// Forgets old cursors when there are many.
    pub fn thin_out(&mut self) {
        if self.known.len() > 200_000 {
            self.known.clear();
        }
    }
}

/// A cursor that an answer holds.
pub struct Found {
    /// The alias of its connection.
    pub alias: String,
    /// The record that the connection belongs to.
    pub owner: i64,
    pub cursor: String,
}

/// The first difference between two answers, told by its path; the order of keys counts. Cursors are noted: for one element
/// of one list there is one, and no two elements have the same.
pub fn compare(
    expected: &Value,
    found: &Value,
    path: &mut Vec<String>,
    cursors: &mut Cursors,
    seen: &mut Vec<Found>,
) -> Result<(), String> {
    let different = |path: &[String]| {
        Err(format!(
            "at {}: expected {}, found {}",
            path.join("."),
            short(expected),
            short(found)
        ))
    };
    match (expected, found) {
        (Value::Object(marker), Value::String(text)) if marker.contains_key("any") => {
            if text.is_empty() {
                return different(path);
            }
            Ok(())
        }
        (Value::Object(marker), Value::String(cursor)) if marker.contains_key("cursor") => {
            let of = &marker["cursor"];
            let list = of[0].as_str().unwrap_or_default().to_owned();
            let owner = of[1].as_i64().unwrap_or_default();
            let stands = ((list, owner), of[2].as_i64().unwrap_or_default());
            let known = cursors.known.entry(cursor.clone());
            if *known.or_insert_with(|| stands.clone()) != stands {
                return Err(format!(
                    "at {}: the cursor {cursor} of {stands:?} is also one of {:?}",
                    path.join("."),
                    cursors.known[cursor]
                ));
            }
            let is_alias = |key: &&String| {
                let number = key.strip_prefix('c').unwrap_or_default();
                !number.is_empty() && number.chars().all(|digit| digit.is_ascii_digit())
            };
            if let Some(alias) = path.iter().rev().find(is_alias) {
                seen.push(Found {
                    alias: alias.clone(),
                    owner,
                    cursor: cursor.clone(),
                });
            }
            Ok(())
        }
        (Value::Object(one), Value::Object(other)) => {
            if !one.keys().eq(other.keys()) {
                return Err(format!(
                    "at {}: expected the keys {:?}, found {:?}",
                    path.join("."),
                    one.keys().collect::<Vec<_>>(),
                    other.keys().collect::<Vec<_>>()
                ));
            }
            for (key, expected) in one {
                path.push(key.clone());
                compare(expected, &other[key], path, cursors, seen)?;
                path.pop();
            }
            Ok(())
        }
        (Value::Array(one), Value::Array(other)) => {
            for (place, (expected, found)) in one.iter().zip(other).enumerate() {
                path.push(place.to_string());
                compare(expected, found, path, cursors, seen)?;
                path.pop();
            }
            if one.len() != other.len() {
                return Err(format!(
                    "at {}: expected {} elements, found {}",
                    path.join("."),
                    one.len(),
                    other.len()
                ));
            }
            Ok(())
        }
        // 45 and 45.0 are the same number.
        (Value::Number(one), Value::Number(other)) if one.as_f64() == other.as_f64() => Ok(()),
        (one, other) if one == other => Ok(()),
        _ => different(path),
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(300) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
