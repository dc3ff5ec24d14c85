//! Fields that stand twice in one input object (GraphQL, "Input Object Field Uniqueness"). The parser keeps the last of them and
//! says nothing, so they are found in the text.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::{Error, Pos, invalid, short};
use crate::graphql::tokens::{Kind, Places, Tokens};

/// A bracket that is open.
enum Open<'a> {
    /// Of an input object: the fields that it has so far.
    Object(HashMap<&'a str, Pos>),
    Arguments,
    Other,
}

/// The fields of a document's input objects that stand there before in the same object. Takes as long as the text is.
///
/// The text is one that was parsed: objects are within the parentheses of arguments and of variables' defaults, and nothing else
/// that is written with braces is.
pub(in crate::graphql) fn check(text: &str) -> Vec<Error> {
    let mut errors = Vec::new();
    let mut places = Places::of(text);
    let mut open = Vec::new();
    let mut parentheses = 0_usize;
    // The name that was just read, which a colon makes a field's.
    let mut name = None;
    for token in Tokens::of(text) {
        let before = name.take();
        match token.kind {
            Kind::Open(b'(') => {
                parentheses += 1;
                open.push(Open::Arguments);
            }
            Kind::Open(b'{') if parentheses > 0 => open.push(Open::Object(HashMap::new())),
            Kind::Open(_) => open.push(Open::Other),
            Kind::Close => {
                if let Some(Open::Arguments) = open.pop() {
                    parentheses -= 1;
                }
            }
            Kind::Name(word) => name = Some((word, token.start)),
            Kind::Colon => {
                let (Some((field, start)), Some(Open::Object(fields))) = (before, open.last_mut())
                else {
                    continue;
                };
                let pos = places.place(start);
                match fields.entry(field) {
                    Entry::Vacant(entry) => {
                        entry.insert(pos);
                    }
                    Entry::Occupied(first) => {
                        let message = format!(
                            "The field `{}` stands twice in one object. Keep one of them.",
                            short(field)
                        );
                        // First the one that is one too many.
                        errors.push(invalid(message, pos).located([pos, *first.get()]));
                    }
                }
            }
            Kind::Other => {}
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use async_graphql::parser::parse_query;
    use async_graphql::parser::types::Selection;
    use async_graphql_value::Value;
    use proptest::prelude::*;

    use super::*;

    fn found(text: &str) -> Vec<(usize, usize)> {
        parse_query(text).expect(text);
        let errors = check(text);
        errors
            .iter()
            .map(|error| (error.locations[0].column, error.locations[1].column))
            .collect()
    }

    #[test]
    fn fields_that_stand_twice_are_found_wherever_objects_stand() {
        for (text, places) in [
            ("{ f(a: {b: 1, b: 2}) }", vec![(15, 9)]),
            ("{ f(a: {b: 1 b: 2 b: 3}) }", vec![(14, 9), (19, 9)]),
            ("{ f(a: [{b: 1}, {b: 1, b: 2}]) }", vec![(24, 18)]),
            ("{ f(a: {b: {c: 1, c: 2}, b: 3}) }", vec![(19, 13), (26, 9)]),
            ("{ f @g(a: {b: 1, b: 2}) }", vec![(18, 12)]),
            ("query($a: B = {c: 1, c: 2}) { f }", vec![(22, 16)]),
            ("query($a: B = [{c: 1, c: 2}]) { f }", vec![(23, 17)]),
            ("{ ... @g(a: {b: $b, b: $b}) { f } }", vec![(21, 14)]),
            ("query @g(a: {b: x, b: y}) { f }", vec![(20, 14)]),
            (
                "{ f { g } ...F } fragment F on G @g(a: {b: 1, b: 2}) { h }",
                vec![(47, 41)],
            ),
            // What a name is told from its colon by.
            ("{ f(a: {b \u{feff}, : 1, b: 2}) }", vec![(19, 9)]),
            (r#"{ f(a: {b: "{", b: "}"}) }"#, vec![(17, 9)]),
            (r#"{ f(a: {b: """ " {c: \""" """, b: 2}) }"#, vec![(32, 9)]),
            (r#"{ f(a: {b: "\"", b: "\\"}) }"#, vec![(18, 9)]),
        ] {
            assert_eq!(found(text), places, "{text}");
        }
        let lines = "# {\n{ f(a: {c: \"é\", b: 1 # )}\r\n b: 2}) }";
        let error = check(lines).pop().expect("b stands twice");
        assert_eq!(
            *error.locations,
            [
                Pos { line: 3, column: 2 },
                Pos {
                    line: 2,
                    column: 17
                }
            ]
        );
    }

    #[test]
    fn what_is_no_field_of_one_object_is_none_that_stands_twice() {
        for text in [
            "{ a: b a: b }",
            "{ a: b(c: {d: 1}) { a: b a: b } a: b }",
            "{ f(a: {b: 1}, c: {b: 1}) }",
            "{ f(a: [{b: 1}, {b: 1}]) g(a: {b: 1}) }",
            "{ f(a: {b: {b: {b: 1}}}) }",
            "{ f(a: {b: b, c: b}) }",
            "{ f(a: {b: $b, c: $b}) }",
            "{ f(a: {b: [b, b]}) { b: c, b: c } }",
            r#"{ f(a: {b: "b: b:", c: """b: 1, b: 2"""}) }"#,
            "{ f(a: {b: 1 # b: 1\n}) }",
            "query($a: B = {c: 1}, $b: B = {c: 1}) { c: f c: f }",
            "{ f(a: {B: 1, b: 1}) }",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
        // Twice as an argument is for the library to report.
        assert_eq!(found("{ f(a: {b: 1}, a: {b: 1}) }"), []);
    }

    #[test]
    fn many_fields_are_as_quickly_found_as_few() {
        // Each compared with each other, or looked for from the beginning, they would take minutes.
        let text = format!("{{ f(a: {{{}}}) }}", "b: 1 ".repeat(200_000));
        assert_eq!(check(&text).len(), 199_999);
    }
    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        /// Whatever the parser accepts, the fields that it found and those that stand twice are all that are there.
        #[test]
        fn the_parser_drops_no_field_that_is_not_found(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "b:1 ", "b:2 ", "c:x ", "c:", "b :", "d:\"", "b:\"\"\"", "c:#", "1 ", "x ", "\"", "\"\"\"", "\\", "\\\"", "#", "\n", "\r", ",", "\u{feff}",
                ]),
                0..12,
            ),
        ) {
            let text = format!("{{f(a:{{{}}})}}", pieces.concat());
            let Ok(document) = parse_query(&text) else { return Ok(()) };
            let (_, operation) = document.operations.iter().next().expect("there is one");
            let Selection::Field(field) = &operation.node.selection_set.node.items[0].node else { return Ok(()) };
            let Value::Object(fields) = &field.node.arguments[0].1.node else { return Ok(()) };
            let colons = Tokens::of(&text).filter(|token| token.kind == Kind::Colon).count();
            // One is the argument's.
            prop_assert_eq!(fields.len() + check(&text).len(), colons - 1, "{:?}", text);
        }
    }
}
