//! Which records a list holds and in which order, by the words of the schema: record by record, as slow as it is obvious.

use std::cmp::Ordering;

use entente::values::{Language, sort_key};
use serde_json::Value;

use crate::dates::{Dated, Day, day};
use crate::places::Place;
use crate::world::{Kind, Part, World};

/// A list of records: which, in which order, for a reader of which language.
#[derive(Clone, Debug)]
pub struct Question {
    pub place: Place,
    /// The filter; null for none.
    pub filter: Value,
    /// Field and direction of each term; none for the usual order. Without a direction it is ascending.
    pub order: Vec<(&'static str, Option<&'static str>)>,
    pub language: Option<&'static str>,
    /// Whether the arguments stand in the document, and not in variables.
    pub literal: bool,
}

impl Question {
    /// The answer below one owner, if the list has an owner.
    pub fn answer(&self, world: &World, owner: Option<usize>) -> Vec<usize> {
        let kind = self.place.target();
        let mut found = self.place.members(world, owner);
        found.retain(|index| keeps(world, kind, *index, &self.filter));
        found.sort_by(|one, other| self.compare(world, *one, *other));
        found
    }

    fn compare(&self, world: &World, one: usize, other: usize) -> Ordering {
        let kind = self.place.target();
        let usual: &[(&str, Option<&str>)] = match kind {
            Kind::Agreement | Kind::Action | Kind::Document => &[("DATE", Some("DESC"))],
            Kind::Party | Kind::Program | Kind::Region => &[("NAME", None)],
        };
        let order = if self.order.is_empty() {
            usual
        } else {
            &self.order
        };
        for (field, direction) in order {
            let descending = *direction == Some("DESC");
            let by = |index| self.value(world, kind, index, field);
            let order = match (by(one), by(other)) {
                (None, None) => Ordering::Equal,
                // Last in both directions.
                (None, Some(_)) => Ordering::Greater,
                (Some(_), None) => Ordering::Less,
                (Some(one), Some(other)) if descending => other.cmp(&one),
                (Some(one), Some(other)) => one.cmp(&other),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        world
            .core(kind, one)
            .slug
            .cmp(&world.core(kind, other).slug)
    }

    fn value(&self, world: &World, kind: Kind, index: usize, field: &str) -> Option<Sorts> {
        let core = world.core(kind, index);
        match field {
            "NAME" | "TITLE" => {
                let language = self.language.and_then(Language::from_code);
                Some(Sorts::Name(sort_key::sort_key(
                    core.text(self.language),
                    language,
                )))
            }
            "UPDATED_AT" => Some(Sorts::Number(updated(core.updated))),
            "POPULATION" => world.regions[index].population.map(Sorts::Number),
            _ => date(world, kind, index).map(Sorts::Day),
        }
    }
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Sorts {
    Name(Vec<u8>),
    Number(i64),
    Day(Day),
}

/// What a record is ordered by in time.
pub fn date(world: &World, kind: Kind, index: usize) -> Option<Day> {
    match kind {
        Kind::Agreement => world.agreements[index].date()?.sorts_by(),
        Kind::Document => world.documents[index].published.as_ref()?.sorts_by(),
        Kind::Action => {
            // From the first occurrence to the last; open where one of them is.
            let occurrences = &world.actions[index].occurrences;
            let first: Option<Vec<_>> = occurrences.iter().map(|date| date.first).collect();
            let last: Option<Vec<_>> = occurrences.iter().map(|date| date.last).collect();
            let first = first.and_then(|days| days.into_iter().min());
            first.or_else(|| last.and_then(|days| days.into_iter().max()))
        }
        Kind::Party | Kind::Program | Kind::Region => None,
    }
}

/// When it was, in microseconds of the day.
fn updated(index: usize) -> i64 {
    let (hour, micros) = crate::world::INSTANTS[index];
    i64::from(hour) * 3_600_000_000 + i64::from(micros)
}

/// Whether a filter keeps a record.
pub fn keeps(world: &World, kind: Kind, index: usize, filter: &Value) -> bool {
    let Value::Object(fields) = filter else {
        return true;
    };
    fields
        .iter()
        .all(|(name, value)| match (name.as_str(), value) {
            (_, Value::Null) => true,
            ("and", Value::Array(all)) => all.iter().all(|one| keeps(world, kind, index, one)),
            ("or", Value::Array(any)) => any.iter().any(|one| keeps(world, kind, index, one)),
            ("not", one) => !keeps(world, kind, index, one),
            (name, value) => meets(world, kind, index, name, value),
        })
}

/// Whether a record meets one condition.
fn meets(world: &World, kind: Kind, index: usize, name: &str, value: &Value) -> bool {
    let core = world.core(kind, index);
    match name {
        "slugs" => has(value, &core.slug),
        "sourceIdentifiers" => core.identifiers.iter().any(|one| has(value, one)),
        "updatedSince" => core.updated_at_or_after(value),
        _ => match kind {
            Kind::Party => party(world, index, name, value),
            Kind::Agreement => agreement(world, index, name, value),
            Kind::Program => program(world, index, name, value),
            Kind::Region => region(world, index, name, value),
            Kind::Action => action(world, index, name, value),
            Kind::Document => document(world, index, name, value),
        },
    }
}

impl crate::world::Core {
    fn updated_at_or_after(&self, since: &Value) -> bool {
        let known = (0..crate::world::INSTANTS.len())
            .flat_map(|index| crate::bundle::spellings(index).map(|text| (text, index)))
            .find(|(text, _)| since == text);
        let (_, index) = known.expect("questions ask for moments of the world");
        updated(self.updated) >= updated(index)
    }
}

fn party(world: &World, index: usize, name: &str, value: &Value) -> bool {
    let it = &world.parties[index];
    match name {
        "kinds" => has(value, it.kind),
        "region" => in_region(world, &it.regions, value),
        _ => unreachable!("{name}"),
    }
}

fn agreement(world: &World, index: usize, name: &str, value: &Value) -> bool {
    let it = &world.agreements[index];
    match name {
        "kinds" => has(value, it.kind),
        "statuses" => it.statuses.last().is_some_and(|status| has(value, status)),
        "themes" => of_theme(world, &it.themes, value),
        "signedOn" => within(it.dates[0].as_ref(), value),
        "adoptedOn" => within(it.dates[1].as_ref(), value),
        "announcedOn" => within(it.dates[2].as_ref(), value),
        "startsOn" => within(it.dates[3].as_ref(), value),
        "endsOn" => within(it.dates[4].as_ref(), value),
        "date" => within(it.date(), value),
        "party" => takes_part(world, &it.parties, value),
        "region" => in_region(world, &it.regions, value),
        "programs" => of(world, Kind::Program, &it.programs, value),
        _ => unreachable!("{name}"),
    }
}

fn program(world: &World, index: usize, name: &str, value: &Value) -> bool {
    let it = &world.programs[index];
    match name {
        "statuses" => has(value, it.status),
        "themes" => of_theme(world, &it.themes, value),
        "eligibleKinds" => it.eligible.iter().any(|kind| has(value, kind)),
        "responsible" => it
            .responsible
            .is_some_and(|it| matched(world, value).contains(&it)),
        "region" => in_region(world, &it.regions, value),
        _ => unreachable!("{name}"),
    }
}

fn region(world: &World, index: usize, name: &str, value: &Value) -> bool {
    let it = &world.regions[index];
    match name {
        "kinds" => has(value, it.kind),
        "within" => in_region(world, &[index], value),
        "code" => it
            .code
            .as_ref()
            .is_some_and(|(scheme, code)| value["scheme"] == *scheme && value["value"] == *code),
        _ => unreachable!("{name}"),
    }
}

fn action(world: &World, index: usize, name: &str, value: &Value) -> bool {
    let it = &world.actions[index];
    match name {
        "kinds" => has(value, it.kind),
        "statuses" => has(value, it.status),
        "themes" => of_theme(world, &it.themes, value),
        "date" => it.occurrences.iter().any(|date| within(Some(date), value)),
        "party" => takes_part(world, &it.parties, value),
        "region" => in_region(world, &it.regions, value),
        "agreements" => of(world, Kind::Agreement, &it.agreements, value),
        "programs" => of(world, Kind::Program, &it.programs, value),
        _ => unreachable!("{name}"),
    }
}

fn document(world: &World, index: usize, name: &str, value: &Value) -> bool {
    let it = &world.documents[index];
    match name {
        "languages" => has(value, it.language),
        "publisher" => it
            .publisher
            .is_some_and(|it| matched(world, value).contains(&it)),
        "publishedOn" => within(it.published.as_ref(), value),
        "agreements" => {
            let mut agreements = world.agreements.iter();
            agreements.any(|it| has(value, &it.core.slug) && it.documents.contains(&index))
        }
        _ => unreachable!("{name}"),
    }
}

/// Whether a list of words has one.
fn has(list: &Value, word: &str) -> bool {
    let list = list.as_array().expect("it is a list");
    list.iter().any(|one| one == word)
}

fn of(world: &World, kind: Kind, linked: &[usize], slugs: &Value) -> bool {
    linked
        .iter()
        .any(|index| has(slugs, &world.core(kind, *index).slug))
}

fn of_theme(world: &World, themes: &[usize], slugs: &Value) -> bool {
    themes
        .iter()
        .any(|index| has(slugs, &world.themes[*index].slug))
}

/// Whether a date can fall within a range: whether some day is in both.
fn within(date: Option<&Dated>, range: &Value) -> bool {
    let Some(date) = date else {
        return false;
    };
    let bound = |name: &str| range[name].as_str().map(day);
    let start = date.first.max(bound("from"));
    let end = [date.last, bound("until")].into_iter().flatten().min();
    match (start, end) {
        (Some(start), Some(end)) => start <= end,
        _ => true,
    }
}

/// The parties that a match names, with their lines where it says so.
fn matched(world: &World, wanted: &Value) -> Vec<usize> {
    let named = (0..world.parties.len())
        .filter(|index| has(&wanted["slugs"], &world.parties[*index].core.slug));
    if wanted["includeLineage"] == true {
        named.flat_map(|index| world.lines[index].clone()).collect()
    } else {
        named.collect()
    }
}

fn takes_part(world: &World, parts: &[Part], wanted: &Value) -> bool {
    let parties = matched(world, wanted);
    parts
        .iter()
        .any(|part| parties.contains(&part.party) && plays(part, &wanted["roles"]))
}

/// Whether a part has one of the roles; null asks for none.
pub fn plays(part: &Part, roles: &Value) -> bool {
    roles.is_null() || part.roles.iter().any(|role| has(roles, role))
}

fn in_region(world: &World, regions: &[usize], wanted: &Value) -> bool {
    // The default is true.
    let below = wanted["includeDescendants"] != false;
    (0..world.regions.len())
        .filter(|index| has(&wanted["slugs"], &world.regions[*index].core.slug))
        .any(|wanted| {
            regions
                .iter()
                .any(|it| *it == wanted || (below && world.above[*it].contains(&wanted)))
        })
}
