//! The served schema against the public contract: nothing may contradict it, and what is missing stands in one list.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::Positioned;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    FieldDefinition, InputValueDefinition, TypeKind, TypeSystemDefinition,
};
use entente::graphql::schema::sdl;
use entente::registry::model;

/// What of the contract is not served yet: a type, `Type.field` or `Type.field(argument)`. Shrinks.
const MISSING: &str = include_str!("contract/missing.txt");
const CONTRACT: &str = include_str!("contract/schema.graphql");

/// A schema as facts: what stands where, and as what.
type Facts = BTreeMap<String, String>;

fn facts(sdl: &str) -> Facts {
    let document = parse_schema(sdl).expect("the schema is GraphQL");
    let mut facts = Facts::new();
    for definition in document.definitions {
        let TypeSystemDefinition::Type(ty) = definition else {
            continue;
        };
        let ty = ty.node;
        let name = ty.name.node.to_string();
        let mut implements = |names: &[Positioned<async_graphql::Name>]| {
            for interface in names {
                facts.insert(
                    format!("{name} implements {}", interface.node),
                    String::new(),
                );
            }
        };
        match ty.kind {
            TypeKind::Scalar => drop(facts.insert(name, "scalar".to_owned())),
            TypeKind::Enum(of) => {
                for value in of.values {
                    facts.insert(
                        format!("{name}.{}", value.node.value.node),
                        "value".to_owned(),
                    );
                }
                facts.insert(name, "enum".to_owned());
            }
            TypeKind::Object(of) => {
                implements(&of.implements);
                fields(&mut facts, &name, &of.fields);
                facts.insert(name, "type".to_owned());
            }
            TypeKind::Interface(of) => {
                implements(&of.implements);
                fields(&mut facts, &name, &of.fields);
                facts.insert(name, "interface".to_owned());
            }
            TypeKind::InputObject(of) => {
                for field in of.fields {
                    facts.insert(
                        format!("{name}.{}", field.node.name.node),
                        input(&field.node),
                    );
                }
                facts.insert(name, "input".to_owned());
            }
            TypeKind::Union(_) => drop(facts.insert(name, "union".to_owned())),
        }
    }
    facts
}

fn fields(facts: &mut Facts, name: &str, fields: &[Positioned<FieldDefinition>]) {
    for field in fields {
        let place = format!("{name}.{}", field.node.name.node);
        for argument in &field.node.arguments {
            facts.insert(
                format!("{place}({})", argument.node.name.node),
                input(&argument.node),
            );
        }
        facts.insert(place, field.node.ty.node.to_string());
    }
}

fn input(input: &InputValueDefinition) -> String {
    let default = input
        .default_value
        .as_ref()
        .map(|value| format!(" = {}", value.node));
    format!("{}{}", input.ty.node, default.unwrap_or_default())
}

#[test]
fn the_contract_is_not_contradicted_and_what_is_missing_is_listed() {
    let served = facts(&sdl(model()).expect("the declarations agree"));
    let contract = facts(CONTRACT);
    let contradicted: Vec<_> = contract
        .iter()
        .filter_map(|(place, wanted)| {
            let found = served.get(place)?;
            (found != wanted).then(|| format!("{place} is {found}, not {wanted}"))
        })
        .collect();
    assert!(contradicted.is_empty(), "{contradicted:#?}");

    // A missing type is listed once, without its fields; likewise a missing field without its arguments.
    let covered = |place: &str| {
        let above = place.rsplit_once(['.', '(']).map(|(above, _)| above);
        above.is_some_and(|above| contract.contains_key(above) && !served.contains_key(above))
    };
    let missing: BTreeSet<_> = contract
        .keys()
        .filter(|place| !served.contains_key(*place) && !covered(place))
        .map(String::as_str)
        .collect();
    let listed: BTreeSet<_> = MISSING
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    assert_eq!(
        missing, listed,
        "tests/contract/missing.txt lists what is not served yet, no more and no less"
    );
}

#[test]
fn the_committed_schema_is_current() {
    let committed = include_str!("../schema.graphql");
    assert_eq!(
        committed,
        sdl(model()).expect("the declarations agree"),
        "write it anew: cargo run -- schema > schema.graphql"
    );
}
