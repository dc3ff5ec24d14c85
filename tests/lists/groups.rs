//! Facets and funding, counted and added up record by record.

use std::collections::HashMap;

use serde_json::Value;

use crate::dates::Day;
use crate::reference::{Question, date, keeps};
use crate::world::{Contribution, Core, Kind, World};

/// What agreements are counted by, with the field of the filter on the same dimension.
pub const FACETS: [(&str, &str); 7] = [
    ("KIND", "kinds"),
    ("STATUS", "statuses"),
    ("YEAR", "date"),
    ("PROGRAM", "programs"),
    ("REGION", "region"),
    ("PARTY", "party"),
    ("THEME", "themes"),
];

/// What contributions are summed by.
pub const DIMENSIONS: [&str; 6] = ["PROGRAM", "REGION", "FUNDER", "RECIPIENT", "YEAR", "THEME"];

/// A group as the API gives it: slug, year or value; the label where it is a name or a year.
type Group = (Option<String>, Option<String>);

/// Values, labels and counts, as they come.
pub fn facets(
    world: &World,
    question: &Question,
    owner: Option<usize>,
    by: &str,
    exclude_own: bool,
) -> Vec<(Group, usize)> {
    let mut question = question.clone();
    let own = FACETS
        .iter()
        .find(|(name, _)| *name == by)
        .map(|(_, own)| *own);
    if let (true, Some(own), Value::Object(filter)) = (exclude_own, own, &mut question.filter) {
        filter.shift_remove(own);
    }
    let mut counts: HashMap<Group, usize> = HashMap::new();
    for agreement in question.answer(world, owner) {
        for group in groups(world, &question, agreement, by) {
            *counts.entry(group).or_default() += 1;
        }
    }
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_by_key(|((value, _), count)| (usize::MAX - count, value.is_none(), value.clone()));
    counts
}

/// What an agreement counts in.
fn groups(world: &World, question: &Question, agreement: usize, by: &str) -> Vec<Group> {
    let it = &world.agreements[agreement];
    let named = |core: &Core| named(question, core);
    let found: Vec<Group> = match by {
        "KIND" => vec![(Some(it.kind.to_owned()), None)],
        "STATUS" => vec![(it.statuses.last().map(|status| (*status).to_owned()), None)],
        "YEAR" => year(date(world, Kind::Agreement, agreement))
            .into_iter()
            .collect(),
        "PROGRAM" => it
            .programs
            .iter()
            .map(|one| named(&world.programs[*one].core))
            .collect(),
        "REGION" => it
            .regions
            .iter()
            .map(|one| named(&world.regions[*one].core))
            .collect(),
        "PARTY" => it
            .parties
            .iter()
            .map(|one| named(&world.parties[one.party].core))
            .collect(),
        "THEME" => it
            .themes
            .iter()
            .map(|one| named(&world.themes[*one]))
            .collect(),
        _ => unreachable!("{by}"),
    };
    or_none(found)
}

fn named(question: &Question, core: &Core) -> Group {
    (
        Some(core.slug.clone()),
        Some(core.text(question.language).to_owned()),
    )
}

fn year(day: Option<Day>) -> Option<Group> {
    let year = day?.0.to_string();
    Some((Some(year.clone()), Some(year)))
}

/// What is in no group is in that of those without one.
fn or_none(groups: Vec<Group>) -> Vec<Group> {
    if groups.is_empty() {
        vec![(None, None)]
    } else {
        groups
    }
}

/// Money of one group and currency.
#[derive(Debug, PartialEq, Eq)]
pub struct Sum {
    pub group: Group,
    pub currency: String,
    /// In hundredths.
    pub amount: i64,
    pub count: usize,
    pub approximate: bool,
}

/// The sums, as they come.
pub fn funding(world: &World, question: &Question, by: &str) -> Vec<Sum> {
    let mut sums: Vec<Sum> = Vec::new();
    let kept = |index: &usize| keeps(world, Kind::Agreement, *index, &question.filter);
    for agreement in (0..world.agreements.len()).filter(kept) {
        for contribution in &world.agreements[agreement].contributions {
            let counts = ["COMMITTED", "PAID"].contains(&contribution.stage);
            let Some((amount, currency)) = contribution
                .money
                .filter(|_| counts && contribution.kind != "ENVELOPE")
            else {
                continue;
            };
            for group in funding_groups(world, question, agreement, contribution, by) {
                let known = sums
                    .iter_mut()
                    .find(|sum| sum.group == group && sum.currency == currency);
                let inexact = contribution.qualifier != "EXACT";
                if let Some(sum) = known {
                    sum.amount += amount;
                    sum.count += 1;
                    sum.approximate |= inexact;
                } else {
                    let currency = currency.to_owned();
                    sums.push(Sum {
                        group,
                        currency,
                        amount,
                        count: 1,
                        approximate: inexact,
                    });
                }
            }
        }
    }
    sums.sort_by_key(
        |Sum {
             group: (value, _),
             currency,
             amount,
             ..
         }| { (-amount, currency.clone(), value.is_none(), value.clone()) },
    );
    sums
}

fn funding_groups(
    world: &World,
    question: &Question,
    agreement: usize,
    contribution: &Contribution,
    by: &str,
) -> Vec<Group> {
    let party = |one: Option<usize>| {
        or_none(
            one.map(|one| named(question, &world.parties[one].core))
                .into_iter()
                .collect(),
        )
    };
    match by {
        "FUNDER" => party(contribution.funder),
        "RECIPIENT" => party(contribution.recipient),
        "YEAR" => {
            let day = match &contribution.period {
                Some(period) => period.sorts_by(),
                None => date(world, Kind::Agreement, agreement),
            };
            or_none(year(day).into_iter().collect())
        }
        by => groups(world, question, agreement, by),
    }
}
