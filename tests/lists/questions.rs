//! Random questions. Only what they name is known here, not what the answers are.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

use crate::bundle::spellings;
use crate::dates::iso;
use crate::groups::FACETS;
use crate::places::{BELOW, Place};
use crate::reference::Question;
use crate::world::{self, Kind, World};

type Values = BoxedStrategy<Value>;

/// All types that have lists.
pub const KINDS: [Kind; 6] = [
    Kind::Party,
    Kind::Agreement,
    Kind::Program,
    Kind::Region,
    Kind::Action,
    Kind::Document,
];

/// A question about the list at the root.
pub fn at_root(world: &'static World, kind: Kind) -> BoxedStrategy<Question> {
    asked(world, Just(Place::Root(kind)).boxed())
}

/// A question about any list.
pub fn anywhere(world: &'static World) -> BoxedStrategy<Question> {
    prop_oneof![2 => select(&KINDS[..]).prop_map(Place::Root), 1 => below(&BELOW)]
        .prop_flat_map(move |place| asked(world, Just(place).boxed()))
        .boxed()
}

/// A question about a list below records.
pub fn nested(world: &'static World) -> BoxedStrategy<Question> {
    asked(world, below(&BELOW).boxed())
}

/// A question about a list of agreements.
pub fn of_agreements(world: &'static World) -> BoxedStrategy<Question> {
    let places: Vec<_> = BELOW
        .into_iter()
        .filter(|(_, _, target)| *target == Kind::Agreement)
        .collect();
    let root = Just(Place::Root(Kind::Agreement));
    asked(world, prop_oneof![root, below(&places)].boxed())
}

/// A question about a list of agreements with what to count it by: often also filtered by the same.
pub fn of_facets(
    world: &'static World,
) -> impl Strategy<Value = (Question, (&'static str, &'static str))> {
    select(&FACETS[..]).prop_flat_map(move |(by, own)| {
        let mut conditions = conditions(world, Kind::Agreement).into_iter();
        let (_, values) = conditions
            .find(|(name, _)| *name == own)
            .expect("it is a filter");
        let question = (
            of_agreements(world),
            proptest::option::weighted(0.6, values),
        );
        question.prop_map(move |(mut question, value)| {
            if let Some(value) = value {
                if question.filter.is_null() {
                    question.filter = json!({});
                }
                question.filter[own] = value;
            }
            (question, (by, own))
        })
    })
}

fn below(places: &[(Kind, &'static str, Kind)]) -> impl Strategy<Value = Place> + use<> {
    select(places.to_vec()).prop_flat_map(|(owner, field, target)| {
        let place = move |args| Place::Below {
            owner,
            field,
            target,
            args,
        };
        let arguments = place(Value::Null).argument_types().to_vec();
        let fields = arguments.into_iter().map(|(name, ty)| {
            let value = match ty {
                "[PartyRole!]" => words(&world::ROLES),
                "[ActionRole!]" => words(&world::ACTION_ROLES),
                _ => booleans(),
            };
            proptest::option::weighted(0.75, value.prop_map(move |value| (name.to_owned(), value)))
        });
        let fields: Vec<_> = fields.collect();
        fields.prop_map(move |fields| place(Value::Object(fields.into_iter().flatten().collect())))
    })
}

fn asked(world: &'static World, place: BoxedStrategy<Place>) -> BoxedStrategy<Question> {
    place
        .prop_flat_map(move |place| {
            let kind = place.target();
            let language = select(vec![None, Some("FR"), Some("EN"), Some("ES"), Some("PT")]);
            let filter = prop_oneof![1 => Just(Value::Null), 3 => filter(world, kind)];
            (Just(place), filter, order(kind), language, any::<bool>())
        })
        .prop_map(|(place, filter, order, language, literal)| Question {
            place,
            filter,
            order,
            language,
            literal,
        })
        .boxed()
}

fn order(kind: Kind) -> impl Strategy<Value = Vec<(&'static str, Option<&'static str>)>> {
    let fields: &[&str] = match kind {
        Kind::Party | Kind::Program => &["NAME", "UPDATED_AT"],
        Kind::Region => &["NAME", "POPULATION", "UPDATED_AT"],
        Kind::Agreement | Kind::Action | Kind::Document => &["DATE", "TITLE", "UPDATED_AT"],
    };
    vec(
        (
            select(fields),
            select(vec![None, Some("ASC"), Some("DESC")]),
        ),
        0..=3,
    )
}

/// A filter of a type.
pub fn filter(world: &'static World, kind: Kind) -> Values {
    let conditions = conditions(world, kind);
    let simple = object(conditions.clone());
    simple
        .prop_recursive(3, 10, 3, move |inner| {
            let list = vec(inner.clone(), 0..=3).prop_map(Value::from).boxed();
            let mut fields = conditions.clone();
            for combined in [("and", list.clone()), ("or", list), ("not", inner.boxed())] {
                // As likely together as all conditions.
                fields.extend([
                    combined.clone(),
                    combined.clone(),
                    combined.clone(),
                    combined,
                ]);
            }
            object(fields)
        })
        .boxed()
}

/// A question about all agreements of some of the commonest conditions, all of which are to be met.
pub fn common(world: &'static World) -> impl Strategy<Value = Question> {
    let wanted = ["kinds", "date", "party", "region"];
    let conditions = conditions(world, Kind::Agreement).into_iter();
    let fields: Vec<_> = conditions
        .filter(|(name, _)| wanted.contains(name))
        .collect();
    (at_root(world, Kind::Agreement), object(fields))
        .prop_map(|(question, filter)| Question { filter, ..question })
}

/// An object with up to two of these fields, of which one may be null.
fn object(fields: Vec<(&'static str, Values)>) -> Values {
    if fields.is_empty() {
        return Just(json!({})).boxed();
    }
    let fields = fields.into_iter().map(|(name, value)| {
        let value = prop_oneof![1 => Just(Value::Null), 15 => value];
        value
            .prop_map(move |value| (name.to_owned(), value))
            .boxed()
    });
    let field = proptest::strategy::Union::new(fields);
    let count = prop_oneof![1 => Just(0_usize), 6 => Just(1), 6 => Just(2)];
    count
        .prop_flat_map(move |count| vec(field.clone(), count))
        .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>()))
        .boxed()
}

/// What records of a type can be filtered by. Whatever is added here is asked for in every property.
fn conditions(world: &'static World, kind: Kind) -> Vec<(&'static str, Values)> {
    let instants = (0..world::INSTANTS.len())
        .flat_map(spellings)
        .map(Value::from);
    let mut fields = vec![
        ("slugs", slugs(world, kind)),
        ("sourceIdentifiers", words(&world::IDENTIFIERS)),
        ("updatedSince", select(instants.collect::<Vec<_>>()).boxed()),
    ];
    let of_theme: Vec<_> = world
        .themes
        .iter()
        .map(|theme| theme.slug.clone())
        .collect();
    let themes = || some_of(&of_theme, 2);
    let region = || {
        object_with(
            slugs(world, Kind::Region),
            vec![("includeDescendants", booleans())],
        )
    };
    let party = |roles: &[&'static str]| {
        let mut fields = vec![("includeLineage", booleans())];
        if !roles.is_empty() {
            fields.push(("roles", words(roles)));
        }
        object_with(slugs(world, Kind::Party), fields)
    };
    fields.extend(match kind {
        Kind::Party => vec![("kinds", words(&world::PARTY_KINDS)), ("region", region())],
        Kind::Agreement => vec![
            ("kinds", words(&world::AGREEMENT_KINDS)),
            ("statuses", words(&world::AGREEMENT_STATUSES)),
            ("themes", themes()),
            ("signedOn", range(world)),
            ("adoptedOn", range(world)),
            ("announcedOn", range(world)),
            ("startsOn", range(world)),
            ("endsOn", range(world)),
            ("date", range(world)),
            ("party", party(&world::ROLES)),
            ("region", region()),
            ("programs", slugs(world, Kind::Program)),
        ],
        Kind::Program => vec![
            ("statuses", words(&world::PROGRAM_STATUSES)),
            ("themes", themes()),
            ("eligibleKinds", words(&world::PARTY_KINDS)),
            ("responsible", party(&[])),
            ("region", region()),
        ],
        Kind::Region => vec![
            ("kinds", words(&world::REGION_KINDS)),
            ("within", region()),
            ("code", code()),
        ],
        Kind::Action => vec![
            ("kinds", words(&world::ACTION_KINDS)),
            ("statuses", words(&world::ACTION_STATUSES)),
            ("themes", themes()),
            ("date", range(world)),
            ("party", party(&world::ACTION_ROLES)),
            ("region", region()),
            ("agreements", slugs(world, Kind::Agreement)),
            ("programs", slugs(world, Kind::Program)),
        ],
        Kind::Document => vec![
            ("languages", words(&world::LANGUAGES)),
            ("publisher", party(&[])),
            ("publishedOn", range(world)),
            ("agreements", slugs(world, Kind::Agreement)),
        ],
    });
    fields
}

fn words(words: &[&str]) -> Values {
    some_of(
        &words
            .iter()
            .map(|word| (*word).to_owned())
            .collect::<Vec<_>>(),
        3,
    )
}

/// A few slugs of records of a type, or many; also one that nothing has.
fn slugs(world: &World, kind: Kind) -> Values {
    let known = (0..world.len(kind)).map(|index| world.core(kind, index).slug.clone());
    let all: Vec<_> = known.chain(["nulle-part".to_owned()]).collect();
    prop_oneof![3 => some_of(&all, 4), 1 => some_of(&all, 30)].boxed()
}

fn some_of(all: &[String], most: usize) -> Values {
    subsequence(all.to_vec(), 0..=most.min(all.len()))
        .prop_map(Value::from)
        .boxed()
}

fn booleans() -> Values {
    any::<bool>().prop_map(Value::from).boxed()
}

/// An object with slugs and up to two of other fields.
fn object_with(slugs: Values, fields: Vec<(&'static str, Values)>) -> Values {
    (object(fields), slugs)
        .prop_map(|(mut object, slugs)| {
            object["slugs"] = slugs;
            object
        })
        .boxed()
}

/// From and until: days on which some date begins or ends, so that bounds are met exactly; also the wrong way round.
fn range(world: &World) -> Values {
    let mut days: Vec<_> = world
        .dates()
        .flat_map(|date| [date.first, date.last])
        .flatten()
        .collect();
    days.push((2010, 6, 15));
    days.sort_unstable();
    let day = || {
        select(days.clone())
            .prop_map(|day| Value::from(iso(day)))
            .boxed()
    };
    object(vec![("from", day()), ("until", day())])
}

fn code() -> Values {
    (select(&world::SCHEMES[..]), 0..30)
        .prop_map(|(scheme, number)| json!({ "scheme": scheme, "value": format!("0{number}") }))
        .boxed()
}
