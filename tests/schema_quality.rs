//! What the schema says to whoever reads it in GraphiQL: everything in it has a description, and one that says something.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::Positioned;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    FieldDefinition, InputValueDefinition, TypeKind, TypeSystemDefinition,
};
use entente::graphql::schema::sdl;
use entente::registry::model;

/// Everything that is described, by its schema coordinate, and its description.
type Descriptions = BTreeMap<String, Option<String>>;

fn descriptions() -> Descriptions {
    let schema = sdl(model()).expect("the declarations agree");
    let document = parse_schema(schema).expect("the schema is GraphQL");
    let mut told = Descriptions::new();
    for definition in document.definitions {
        match definition {
            TypeSystemDefinition::Schema(_) => {}
            TypeSystemDefinition::Directive(directive) => {
                let directive = directive.node;
                let place = format!("@{}", directive.name.node);
                told.insert(place, directive.description.map(|doc| doc.node));
            }
            TypeSystemDefinition::Type(ty) => {
                let ty = ty.node;
                let name = ty.name.node.to_string();
                match &ty.kind {
                    TypeKind::Scalar | TypeKind::Union(_) => {}
                    TypeKind::Object(of) => fields(&mut told, &name, &of.fields),
                    TypeKind::Interface(of) => fields(&mut told, &name, &of.fields),
                    TypeKind::Enum(of) => told.extend(of.values.iter().map(|value| {
                        let value = &value.node;
                        let place = format!("{name}.{}", value.value.node);
                        (place, text(value.description.as_ref()))
                    })),
                    TypeKind::InputObject(of) => {
                        told.extend(of.fields.iter().map(|field| input(&name, ".", "", field)));
                    }
                }
                told.insert(name, ty.description.map(|doc| doc.node));
            }
        }
    }
    told
}

fn fields(told: &mut Descriptions, name: &str, fields: &[Positioned<FieldDefinition>]) {
    for field in fields {
        let place = format!("{name}.{}", field.node.name.node);
        let arguments = field.node.arguments.iter();
        told.extend(arguments.map(|argument| input(&place, "(", ":)", argument)));
        told.insert(place, text(field.node.description.as_ref()));
    }
}

fn input(
    place: &str,
    before: &str,
    after: &str,
    input: &Positioned<InputValueDefinition>,
) -> (String, Option<String>) {
    let place = format!("{place}{before}{}{after}", input.node.name.node);
    (place, text(input.node.description.as_ref()))
}

fn text(description: Option<&Positioned<String>>) -> Option<String> {
    description.map(|doc| doc.node.clone())
}

/// The words of a text or of a name (`startsOn`, `IN_FORCE`), in lower case.
fn words(text: &str) -> BTreeSet<String> {
    let mut spaced = String::new();
    let mut before = ' ';
    for letter in text.chars() {
        if letter.is_uppercase() && before.is_lowercase() {
            spaced.push(' ');
        }
        spaced.push(letter);
        before = letter;
    }
    spaced
        .to_lowercase()
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What is wrong with a description, if anything is.
fn fault(place: &str, description: Option<&str>) -> Option<&'static str> {
    let Some(description) = description.filter(|doc| !doc.trim().is_empty()) else {
        return Some("has no description");
    };
    if description.trim() != description || description.contains("  ") {
        return Some("has blanks that nobody wants");
    }
    if !description.ends_with('.') {
        return Some("ends without a full stop");
    }
    if !description.starts_with(|first: char| first.is_uppercase() || "`@«".contains(first)) {
        return Some("begins with a small letter");
    }
    // `Its title.` on `title` says no more than the name does.
    let name = place.rsplit(['.', '(']).next().unwrap_or(place);
    let empty = [
        "a", "an", "the", "its", "of", "it", "is", "this", "what", "on", "in", "to",
    ];
    let said = words(description);
    let known = words(name);
    let adds = |word: &&String| {
        let plural = format!("{word}s");
        let singular = word.strip_suffix('s').unwrap_or(word);
        !empty.contains(&word.as_str())
            && !known.contains(*word)
            && !known.contains(&plural)
            && !known.contains(singular)
    };
    if said.iter().filter(adds).count() == 0 {
        return Some("says no more than the name");
    }
    None
}

#[test]
fn every_part_of_the_schema_has_a_description_that_helps() {
    let faults: Vec<_> = descriptions()
        .iter()
        .filter(|(place, _)| !place.starts_with("__"))
        .filter_map(|(place, doc)| {
            let fault = fault(place, doc.as_deref())?;
            Some(format!("{place} {fault}: {}", doc.as_deref().unwrap_or("")))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn what_helps_nobody_is_found() {
    for (place, description, expected) in [
        ("Party.kind", None, "has no description"),
        ("Party.kind", Some(" "), "has no description"),
        (
            "Party.kind",
            Some("Its kind."),
            "says no more than the name",
        ),
        (
            "PartyRole.HOST",
            Some("The host."),
            "says no more than the name",
        ),
        (
            "Query.a(themes:)",
            Some("The themes."),
            "says no more than the name",
        ),
        (
            "Party.kind",
            Some("What sort it is"),
            "ends without a full stop",
        ),
        (
            "Party.kind",
            Some("what sort it is."),
            "begins with a small letter",
        ),
    ] {
        assert_eq!(fault(place, description), Some(expected));
    }
    let fine = Some("`from` the first day on.");
    assert_eq!(fault("DateRange.from", fine), None);
}
