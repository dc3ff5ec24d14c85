//! Declared conditions, filled with what a request gives.
//!
//! In a template `$name` is an argument's value and `{name: …}` stands only where that argument is given, or as a Boolean is
//! true; `{!name: …}` only where not.

use serde_json::Value;

use super::sql::{Bind, Sql};

/// What a template is filled with.
#[derive(Clone, Copy)]
pub(super) struct Given<'g> {
    /// The values by name; none for what was not given.
    pub(super) get: &'g dyn Fn(&str) -> Option<&'g Value>,
    /// What `$owner` is.
    pub(super) owner: &'static str,
    /// What `$search` is, and `$ranked` to rank by: which of the request's search texts.
    pub(super) search: Option<usize>,
}

/// Fills a template.
pub(super) fn fill(template: &str, given: &Given<'_>) -> Sql {
    let mut sql = Sql::default();
    fill_into(&mut sql, template, given);
    sql
}

fn fill_into(sql: &mut Sql, template: &str, given: &Given<'_>) {
    let mut rest = template;
    while let Some(place) = rest.find(['$', '{']) {
        sql.push(&rest[..place]);
        let after = &rest[place + 1..];
        if rest[place..].starts_with('$') {
            let end = after
                .find(|letter: char| !letter.is_ascii_alphabetic() && letter != '_')
                .unwrap_or(after.len());
            bind(sql, &after[..end], given);
            rest = &after[end..];
        } else {
            let end = closing(after);
            optional(sql, &after[..end], given);
            rest = after.get(end + 1..).unwrap_or_default();
        }
    }
    sql.push(rest);
}

/// Where the brace closes that was opened before `text`.
fn closing(text: &str) -> usize {
    let mut depth = 1;
    for (place, letter) in text.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place;
        }
    }
    text.len()
}

fn optional(sql: &mut Sql, text: &str, given: &Given<'_>) {
    let (condition, inner) = text.split_once(": ").unwrap_or((text, ""));
    let (name, wanted) = match condition.strip_prefix('!') {
        Some(name) => (name, false),
        None => (condition, true),
    };
    let is = !matches!(
        (given.get)(name),
        None | Some(Value::Null | Value::Bool(false))
    );
    if is == wanted {
        fill_into(sql, inner, given);
    }
}

fn bind(sql: &mut Sql, name: &str, given: &Given<'_>) {
    match (name, (given.get)(name)) {
        ("owner", _) => sql.push(given.owner),
        ("search", _) => match given.search {
            Some(search) => sql.bind(Bind::Query(search)).push("::tsquery"),
            None => sql.push("NULL::tsquery"),
        },
        ("ranked", _) => match given.search {
            Some(search) => sql.bind(Bind::Ranked(search)).push("::tsquery"),
            None => sql.push("NULL::tsquery"),
        },
        (_, Some(value)) => sql.bind(bound(value)),
        (_, None) => sql.push("NULL"),
    };
}

fn bound(value: &Value) -> Bind {
    match value {
        Value::Array(values) => {
            let texts = values.iter().filter_map(Value::as_str);
            Bind::Texts(texts.map(str::to_owned).collect())
        }
        Value::Number(number) => Bind::Integer(number.as_i64().unwrap_or_default()),
        value => Bind::Text(value.as_str().unwrap_or_default().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_not_given_leaves_no_trace() {
        let template =
            "{!wide: p = $owner}{wide: p IN (SELECT $owner{roles:  AND r && $roles::text[]})}";
        let text = |values: Value| {
            let get = |name: &str| values.get(name);
            fill(
                template,
                &Given {
                    get: &get,
                    owner: "k.id",
                    search: None,
                },
            )
            .text()
        };
        assert_eq!(text(json!({})), "p = k.id");
        assert_eq!(
            text(json!({ "wide": false, "roles": ["HOST"] })),
            "p = k.id"
        );
        assert_eq!(text(json!({ "wide": true })), "p IN (SELECT k.id)");
        assert_eq!(
            text(json!({ "wide": true, "roles": [] })),
            "p IN (SELECT k.id AND r && $1::text[])"
        );
    }
}
