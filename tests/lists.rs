//! Lists: random questions about a random registry, against answers worked out in the simplest way from its records.
//!
//! What the schema leaves open is decided so: an empty `and` keeps all and an empty `or` nothing, `{}` keeps all and its
//! `not` nothing; a null is as if it were left out; an empty list of values keeps nothing. A range that ends before it
//! begins keeps nothing. Groups of the same size are in the order of their values, those without a value last.

mod support;

#[path = "lists/ask.rs"]
mod ask;
#[path = "lists/bundle.rs"]
mod bundle;
#[path = "lists/by_hand.rs"]
mod by_hand;
#[path = "lists/dates.rs"]
mod dates;
#[path = "lists/groups.rs"]
mod groups;
#[path = "lists/make.rs"]
mod make;
#[path = "lists/places.rs"]
mod places;
#[path = "lists/questions.rs"]
mod questions;
#[path = "lists/random.rs"]
mod random;
#[path = "lists/reference.rs"]
mod reference;
#[path = "lists/world.rs"]
mod world;

use std::cell::RefCell;

use ask::Page;
use bundle::{WORLD, registry};
use entente::graphql::Code;
use groups::DIMENSIONS;
use places::Place;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestCaseResult;
use reference::Question;
use serde_json::{Value, json};
use support::graphql::Registry;
use world::Kind;

const PAGE: &str = "totalCount edges { cursor node { slug } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor }";

/// So many questions; `PROPTEST_CASES` asks more.
fn config(cases: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    ProptestConfig {
        cases: asked.unwrap_or(cases),
        failure_persistence: None,
        // In milliseconds: a question that is somewhat long is better than a wait.
        max_shrink_time: 10_000,
        ..ProptestConfig::default()
    }
}

/// The answer to a question that must have one.
fn answer(
    registry: &Registry,
    question: &Question,
    owners: &[usize],
    page: &Page,
    selection: &str,
) -> Result<Vec<Value>, TestCaseError> {
    question
        .ask(registry, &WORLD, owners, page, selection)
        .map_err(|errors| TestCaseError::fail(format!("refused: {errors:#?}")))
}

/// Records below which a question is asked: different ones, or nothing at the root.
fn owners(place: &Place, among: &[Index]) -> Vec<usize> {
    let Place::Below { owner, .. } = place else {
        return Vec::new();
    };
    let mut owners: Vec<_> = among
        .iter()
        .map(|one| one.index(WORLD.len(*owner)))
        .collect();
    owners.sort_unstable();
    owners.dedup();
    owners
}

fn slugs(kind: Kind, indexes: &[usize]) -> Vec<&'static str> {
    indexes
        .iter()
        .map(|index| WORLD.core(kind, *index).slug.as_str())
        .collect()
}

fn texts<'v>(list: &'v Value, pick: impl Fn(&'v Value) -> &'v Value) -> Vec<&'v str> {
    let list = list.as_array().map_or(&[][..], Vec::as_slice);
    list.iter()
        .map(|one| pick(one).as_str().unwrap_or("?"))
        .collect()
}

/// All pages of a list in one direction, each checked by itself. Gives the slugs and the cursors in the list's order.
fn pages(
    registry: &Registry,
    question: &Question,
    owner: &[usize],
    sizes: &[usize],
    backward: bool,
    expected: usize,
) -> Result<(Vec<String>, Vec<String>), TestCaseError> {
    let (mut found, mut cursors): (Vec<String>, Vec<String>) = Default::default();
    for size in sizes.iter().cycle() {
        let mut page = Page::default();
        if backward {
            page.last = Some(*size);
            page.before = cursors.first().cloned();
        } else {
            page.first = Some(*size);
            page.after = cursors.last().cloned();
        }
        let list = answer(registry, question, owner, &page, PAGE)?.remove(0);
        prop_assert_eq!(&list["totalCount"], expected);
        let slugs = texts(&list["edges"], |edge| &edge["node"]["slug"]);
        let here = texts(&list["edges"], |edge| &edge["cursor"]);
        let info = &list["pageInfo"];
        prop_assert_eq!(info["startCursor"].as_str(), here.first().copied());
        prop_assert_eq!(info["endCursor"].as_str(), here.last().copied());
        let before = found.len();
        prop_assert_eq!(
            slugs.len(),
            (*size).min(expected - before),
            "a page is full while there are more"
        );
        let at = if backward { 0 } else { before };
        found.splice(at..at, slugs.iter().map(|slug| (*slug).to_owned()));
        cursors.splice(at..at, here.iter().map(|cursor| (*cursor).to_owned()));
        let (on, back) = if backward {
            ("hasPreviousPage", "hasNextPage")
        } else {
            ("hasNextPage", "hasPreviousPage")
        };
        prop_assert_eq!(&info[on], found.len() < expected, "more to read: {}", info);
        prop_assert_eq!(&info[back], before > 0, "read before: {}", info);
        if found.len() == expected {
            break;
        }
    }
    Ok((found, cursors))
}

#[test]
fn pages_put_together_are_the_answer_in_both_directions() {
    let registry = registry();
    let sizes = vec(prop_oneof![1 => 1..=7_usize, 3 => 5..=100_usize], 1..4);
    let spots = (any::<Index>(), any::<Index>());
    proptest!(config(120), |(question in questions::anywhere(&WORLD), among: Index, sizes in sizes, spots in spots)| {
        let owner = owners(&question.place, &[among]);
        let expected = question.answer(&WORLD, owner.first().copied());
        let expected = slugs(question.place.target(), &expected);
        let count = expected.len();
        let (forwards, cursors) = pages(&registry, &question, &owner, &sizes, false, count)?;
        prop_assert_eq!(&forwards, &expected, "forwards");
        let (backwards, same) = pages(&registry, &question, &owner, &sizes, true, count)?;
        prop_assert_eq!(&backwards, &expected, "backwards");
        prop_assert_eq!(&cursors, &same, "an element has one cursor");
        if count > 0 {
            between(&registry, &question, &owner, &expected, &cursors, (spots.0.index(count), spots.1.index(count)))?;
        }
    });
}

/// What lies between two cursors, from either end.
fn between(
    registry: &Registry,
    question: &Question,
    owner: &[usize],
    expected: &[&str],
    cursors: &[String],
    (one, other): (usize, usize),
) -> TestCaseResult {
    let within = expected.get(one + 1..other).unwrap_or_default();
    for backward in [false, true] {
        let page = Page {
            first: (!backward).then_some(3),
            last: backward.then_some(3),
            after: Some(cursors[one].clone()),
            before: Some(cursors[other].clone()),
        };
        let list = answer(registry, question, owner, &page, PAGE)?.remove(0);
        let some = within.len().min(3);
        let some = if backward {
            &within[within.len() - some..]
        } else {
            &within[..some]
        };
        prop_assert_eq!(texts(&list["edges"], |edge| &edge["node"]["slug"]), some);
        // The elements of the cursors themselves stand on either side.
        prop_assert_eq!(&list["pageInfo"]["hasNextPage"], true);
        prop_assert_eq!(&list["pageInfo"]["hasPreviousPage"], true);
    }
    Ok(())
}

#[test]
fn lists_below_several_records_at_once_are_each_ones_own() {
    let registry = registry();
    let among = vec(any::<Index>(), 2..9);
    proptest!(config(160), |(question in questions::nested(&WORLD), among in among, size in 1..40_usize, last: bool)| {
        let owners = owners(&question.place, &among);
        let Place::Below { owner, field, args, target } = &question.place else {
            unreachable!("the question is about a list below records");
        };
        let on_edges = *owner == Kind::Party && matches!(*field, "agreements" | "actions");
        let own = if on_edges { "own: edges { roles namedAs }" } else { "" };
        let mut page = Page::first(size);
        if last {
            page = Page { last: Some(size), ..Page::default() };
        }
        let lists = answer(&registry, &question, &owners, &page, &format!("{PAGE} nodes {{ slug }} {own}"))?;
        for (index, list) in owners.iter().zip(&lists) {
            let expected = question.answer(&WORLD, Some(*index));
            let shown = size.min(expected.len());
            let shown = if last { &expected[expected.len() - shown..] } else { &expected[..shown] };
            prop_assert_eq!(texts(&list["nodes"], |node| &node["slug"]), slugs(*target, shown));
            prop_assert_eq!(&list["totalCount"], expected.len());
            let more = if last { "hasPreviousPage" } else { "hasNextPage" };
            prop_assert_eq!(&list["pageInfo"][more], shown.len() < expected.len());
            for (place, shown) in shown.iter().enumerate().filter(|_| on_edges) {
                let parts = match target {
                    Kind::Agreement => &WORLD.agreements[*shown].parties,
                    _ => &WORLD.actions[*shown].parties,
                };
                let edge = &list["own"][place];
                let parts = places::parts_of(&WORLD, args, *index, parts);
                let fits = parts.iter().any(|part| {
                    let name = format!("Nom de {}", WORLD.parties[part.party].core.slug);
                    edge["namedAs"] == name && edge["roles"] == json!(part.roles)
                });
                prop_assert!(fits, "{} is the part of nobody of the line", edge);
            }
        }
    });
}

#[test]
fn a_filter_and_its_opposite_split_the_whole() {
    let registry = registry();
    let all = Page::first(100);
    proptest!(config(200), |(question in questions::anywhere(&WORLD), among: Index)| {
        let owner = owners(&question.place, &[among]);
        let count = |filter: Value| -> Result<(u64, Vec<String>), TestCaseError> {
            let question = Question { filter, ..question.clone() };
            let list = answer(&registry, &question, &owner, &all, PAGE)?.remove(0);
            let slugs = texts(&list["edges"], |edge| &edge["node"]["slug"]);
            let slugs = slugs.into_iter().map(str::to_owned).collect();
            Ok((list["totalCount"].as_u64().unwrap_or_default(), slugs))
        };
        let (whole, _) = count(Value::Null)?;
        let (kept, these) = count(question.filter.clone())?;
        let (left, others) = count(json!({ "not": question.filter }))?;
        if question.filter.is_null() {
            // `not: null` is as if it were left out.
            prop_assert_eq!((kept, left), (whole, whole));
        } else {
            prop_assert_eq!(kept + left, whole);
            prop_assert!(these.iter().all(|slug| !others.contains(slug)));
        }
        prop_assert_eq!(count(json!({ "or": [{ "not": question.filter }, { "and": [] }] }))?.0, whole);
        prop_assert_eq!(count(json!({ "and": [{ "not": question.filter }, { "or": [] }] }))?.0, 0);
    });
}

#[test]
fn the_answer_is_that_of_sql_written_by_hand() {
    let registry = registry();
    let connection = RefCell::new(registry.db.connect());
    let page = Page::first(100);
    proptest!(config(120), |(question in questions::common(&WORLD))| {
        let expected = by_hand::agreements(&mut connection.borrow_mut(), &question);
        let mut list = answer(&registry, &question, &[], &page, PAGE)?.remove(0);
        let mut found = Vec::new();
        loop {
            found.extend(texts(&list["edges"], |edge| &edge["node"]["slug"]).into_iter().map(str::to_owned));
            if list["pageInfo"]["hasNextPage"] == false {
                break;
            }
            let after = list["pageInfo"]["endCursor"].as_str().map(str::to_owned);
            list = answer(&registry, &question, &[], &Page { after, ..page.clone() }, PAGE)?.remove(0);
        }
        prop_assert_eq!(found, expected);
    });
}

#[test]
fn facets_count_the_whole_result() {
    let registry = registry();
    let among = vec(any::<Index>(), 1..5);
    proptest!(config(160), |(asked in questions::of_facets(&WORLD), among in among, own: bool, most in 1..60_usize)| {
        let (question, (by, _)) = asked;
        let owners = owners(&question.place, &among);
        let selection = format!("totalCount facets(by: {by}, first: {most}, excludeOwnFilter: {own}) {{ value label count }}");
        let lists = answer(&registry, &question, &owners, &Page::default(), &selection)?;
        for (place, list) in lists.iter().enumerate() {
            let owner = owners.get(place).copied();
            let mut expected = groups::facets(&WORLD, &question, owner, by, own);
            let total: usize = expected.iter().map(|(_, count)| count).sum();
            if ["KIND", "STATUS", "YEAR"].contains(&by) && !own {
                prop_assert_eq!(&list["totalCount"], total, "an agreement has one of them");
            }
            expected.truncate(most);
            let found = list["facets"].as_array().cloned().unwrap_or_default();
            let counted: Vec<_> = found.iter().map(|group| (group["value"].as_str(), group["count"].as_u64())).collect();
            let wanted: Vec<_> = expected
                .iter()
                .map(|((value, _), count)| (value.as_deref(), u64::try_from(*count).ok()))
                .collect();
            prop_assert_eq!(counted, wanted);
            for (group, ((_, label), _)) in found.iter().zip(&expected) {
                labelled(group, label.as_deref())?;
            }
        }
    });
}

/// A group has the label that is expected, or where words stand for a value, some label.
fn labelled(group: &Value, label: Option<&str>) -> TestCaseResult {
    match label {
        Some(label) => prop_assert_eq!(&group["label"], label),
        None => prop_assert!(
            group["label"]
                .as_str()
                .is_some_and(|label| !label.is_empty()),
            "{group} has no label"
        ),
    }
    Ok(())
}

#[test]
fn funding_adds_up_what_is_promised_or_paid() {
    let registry = registry();
    let by = select(&DIMENSIONS[..]);
    proptest!(config(120), |(question in questions::at_root(&WORLD, Kind::Agreement), by in by, most in 1..60_usize)| {
        let arguments = [
            ("filter", "AgreementFilter".to_owned(), question.filter.clone()),
            ("by", "FundingDimension!".to_owned(), json!(by)),
            ("first", "Int".to_owned(), json!(most)),
        ];
        let found = ask::ask(&registry, question.language, question.literal, &arguments, &|arguments| {
            format!("funding({arguments}) {{ value label money {{ amount currency }} count approximate }}")
        });
        let found = found.map_err(|errors| TestCaseError::fail(format!("{errors:#?}")))?;
        let found = found["funding"].as_array().cloned().unwrap_or_default();
        let mut expected = groups::funding(&WORLD, &question, by);
        expected.truncate(most);
        let sums: Vec<_> = found.iter().map(|group| json!({ "value": group["value"], "money": group["money"], "count": group["count"], "approximate": group["approximate"] })).collect();
        let wanted: Vec<_> = expected.iter().map(|sum| {
            let amount = format!("{}.{:02}", sum.amount / 100, sum.amount % 100);
            json!({ "value": sum.group.0, "money": { "amount": amount, "currency": sum.currency }, "count": sum.count, "approximate": sum.approximate })
        }).collect();
        prop_assert_eq!(sums, wanted);
        for (group, sum) in found.iter().zip(&expected) {
            labelled(group, sum.group.1.as_deref())?;
        }
    });
}

#[test]
fn a_cursor_holds_in_its_own_order_alone() {
    let registry = registry();
    let kinds = select(&questions::KINDS[..]);
    let two = kinds.prop_flat_map(|kind| {
        (
            questions::at_root(&WORLD, kind),
            questions::at_root(&WORLD, kind),
        )
    });
    proptest!(config(80), |(two in two)| {
        let (one, other) = two;
        let one = Question { filter: Value::Null, ..one };
        let other = Question { filter: Value::Null, ..other };
        let list = answer(&registry, &one, &[], &Page::first(3), PAGE)?.remove(0);
        let cursor = list["pageInfo"]["endCursor"].as_str().map(str::to_owned);
        let after = Page { after: cursor, ..Page::first(100) };
        let found = other.ask(&registry, &WORLD, &[], &after, PAGE);
        match found {
            // The same order written otherwise: its own default, a field twice.
            Ok(lists) => {
                let answer = one.answer(&WORLD, None);
                prop_assert_eq!(&answer, &other.answer(&WORLD, None));
                let rest: Vec<_> = answer.iter().skip(3).take(100).copied().collect();
                let kind = one.place.target();
                prop_assert_eq!(texts(&lists[0]["edges"], |edge| &edge["node"]["slug"]), slugs(kind, &rest));
            }
            Err(errors) => {
                prop_assert_eq!(errors[0].code, Code::BadUserInput);
                let same = one.order == other.order && one.language == other.language;
                prop_assert!(!same, "{}", errors[0]);
            }
        }
    });
}
