//! JSON, written straight into the answer.

use serde::Serialize;

/// Writes a string.
pub(super) fn string(out: &mut Vec<u8>, text: &str) {
    write(out, text);
}

/// Writes a whole number.
pub(super) fn integer(out: &mut Vec<u8>, number: i64) {
    write(out, &number);
}

/// Writes a number.
pub(super) fn float(out: &mut Vec<u8>, number: f64) {
    write(out, &number);
}

fn write<T: Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) {
    serde_json::to_writer(out, value).expect("text and numbers are JSON, and memory takes them");
}

/// Writes `{"key":value,…}` or `[value,…]`, with what stands between the values.
pub(super) struct Separator(bool);

impl Separator {
    pub(super) fn new() -> Self {
        Self(false)
    }

    /// A comma, but before the first.
    pub(super) fn comma(&mut self, out: &mut Vec<u8>) {
        if self.0 {
            out.push(b',');
        }
        self.0 = true;
    }

    /// The next key of an object. Response keys are GraphQL names: nothing in them needs escaping.
    pub(super) fn key(&mut self, out: &mut Vec<u8>, key: &str) {
        self.comma(out);
        out.push(b'"');
        out.extend(key.as_bytes());
        out.extend(b"\":");
    }
}
