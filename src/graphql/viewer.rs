//! Who asks, and what they may still ask for.

use std::time::{SystemTime, UNIX_EPOCH};

use async_graphql::dynamic::{Enum, EnumItem, Field, FieldFuture, Object, SchemaBuilder, TypeRef};
use async_graphql::parser::types::{
    ExecutableDocument, OperationDefinition, Selection, SelectionSet,
};
use serde_json::{Value, json};

use super::budget::Standing;
use crate::values::Instant;

/// The root field.
pub(super) const FIELD: &str = "viewer";
/// Its type.
pub(super) const TYPE: &str = "Viewer";

const ROLES: &[(&str, &str)] = &[
    ("ANONYMOUS", "Whoever sends no key: may read everything."),
    (
        "PARTNER",
        "An organisation that keeps a copy or contributes.",
    ),
    ("EDITOR", "May change records."),
    ("ADMIN", "May also give keys to others."),
];

/// Adds the types and the root field to a schema.
pub(super) fn register(schema: SchemaBuilder, query: Object) -> SchemaBuilder {
    let role = ROLES.iter().fold(
        Enum::new("Role").description("What whoever asks may do."),
        |role, (name, doc)| role.item(EnumItem::new(*name).description(*doc)),
    );
    let limit = Object::new("RateLimit")
        .description(
            "What this minute allows, in the units that `cost` counts; the cost of this very request.",
        )
        .field(field("limit", "Int!", "The units that an address may ask for in a minute; 2147483647 where there is no limit."))
        .field(field("cost", "Int!", "What this request costs: 1, and what it may fetch. docs/limits.md says how to reckon it."))
        .field(field("remaining", "Int!", "The units that are left after this request."))
        .field(field("resetAt", "DateTime!", "When all units are there again, if nothing more is asked for; they come back little by little."));
    let viewer = Object::new(TYPE)
        .description("Who asks, and what they may still ask for.")
        .field(field(
            "name",
            "String",
            "Whom the key that was sent belongs to; null without one.",
        ))
        .field(field(
            "role",
            "Role!",
            "What the key allows; without one, to read.",
        ))
        .field(field(
            "rateLimit",
            "RateLimit!",
            "How much may be asked for.",
        ));
    let query = query.field(field(
        FIELD,
        "Viewer!",
        "Who asks, and what they may still ask for in this minute. Answers with this are never kept by caches.",
    ));
    schema
        .register(role)
        .register(limit)
        .register(viewer)
        .register(query)
}

fn field(name: &str, ty: &str, doc: &str) -> Field {
    let named = TypeRef::named(ty.trim_end_matches('!'));
    let ty = match ty.strip_suffix('!') {
        Some(_) => TypeRef::NonNull(Box::new(named)),
        None => named,
    };
    Field::new(name, ty, |_| FieldFuture::from_value(None)).description(doc)
}

/// Whether an operation may ask for it. An answer that says it is of one client at one moment.
pub(super) fn is_asked_for(document: &ExecutableDocument, operation: &OperationDefinition) -> bool {
    let fragments = document.fragments.values();
    let mut sets = fragments.map(|fragment| &fragment.node.selection_set.node);
    mentions(&operation.selection_set.node) || sets.any(mentions)
}

/// Descends as deep as the parser did, which has a limit.
fn mentions(set: &SelectionSet) -> bool {
    set.items.iter().any(|item| match &item.node {
        Selection::Field(field) => {
            field.node.name.node == FIELD || mentions(&field.node.selection_set.node)
        }
        Selection::InlineFragment(fragment) => mentions(&fragment.node.selection_set.node),
        Selection::FragmentSpread(_) => false,
    })
}

/// All there is to say.
pub(super) fn described(standing: &Standing) -> Value {
    let int = |number: u64| i32::try_from(number).unwrap_or(i32::MAX);
    let limited = standing.limit.is_some();
    json!({
        "name": null,
        "role": "ANONYMOUS",
        "rateLimit": {
            "limit": standing.limit.map_or(i32::MAX, int),
            "cost": int(standing.cost),
            "remaining": if limited { int(standing.remaining) } else { i32::MAX },
            "resetAt": instant(SystemTime::now() + standing.reset).to_string(),
        },
    })
}

/// A second of the clock; a part of one would say more than is true when it arrives.
fn instant(time: SystemTime) -> Instant {
    const UNTIL_2000: i64 = 946_684_800;
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    let whole = since.as_secs() + u64::from(since.subsec_nanos() > 0);
    let seconds = i64::try_from(whole).unwrap_or(UNTIL_2000);
    Instant((seconds - UNTIL_2000) * 1_000_000)
}
