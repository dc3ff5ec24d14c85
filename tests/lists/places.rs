//! Where lists stand, and what is in them before any filter: at the root, or below a record.

use serde_json::{Value, json};

use crate::reference::plays;
use crate::world::{Kind, Part, World};

/// The root, or a field of a type, with its own arguments.
#[derive(Clone, Debug)]
pub enum Place {
    Root(Kind),
    Below {
        owner: Kind,
        field: &'static str,
        target: Kind,
        args: Value,
    },
}

/// The fields below records: type, name, type of the list's records.
pub const BELOW: [(Kind, &str, Kind); 15] = [
    (Kind::Party, "agreements", Kind::Agreement),
    (Kind::Party, "programs", Kind::Program),
    (Kind::Party, "actions", Kind::Action),
    (Kind::Agreement, "actions", Kind::Action),
    (Kind::Program, "agreements", Kind::Agreement),
    (Kind::Program, "actions", Kind::Action),
    (Kind::Program, "parties", Kind::Party),
    (Kind::Region, "children", Kind::Region),
    (Kind::Region, "agreements", Kind::Agreement),
    (Kind::Region, "programs", Kind::Program),
    (Kind::Region, "actions", Kind::Action),
    (Kind::Region, "parties", Kind::Party),
    // More often: the richest of them.
    (Kind::Party, "agreements", Kind::Agreement),
    (Kind::Party, "agreements", Kind::Agreement),
    (Kind::Party, "actions", Kind::Action),
];

impl Kind {
    /// The root fields for one record and for all.
    pub fn roots(self) -> (&'static str, &'static str) {
        match self {
            Self::Party => ("party", "parties"),
            Self::Agreement => ("agreement", "agreements"),
            Self::Program => ("program", "programs"),
            Self::Region => ("region", "regions"),
            Self::Action => ("action", "actions"),
            Self::Document => ("document", "documents"),
        }
    }

    /// The type's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Party => "Party",
            Self::Agreement => "Agreement",
            Self::Program => "Program",
            Self::Region => "Region",
            Self::Action => "Action",
            Self::Document => "Document",
        }
    }
}

impl Place {
    /// What its records are.
    pub fn target(&self) -> Kind {
        match self {
            Self::Root(kind) | Self::Below { target: kind, .. } => *kind,
        }
    }

    /// The types of its own arguments.
    pub fn argument_types(&self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Below {
                owner: Kind::Party,
                field: "agreements",
                ..
            } => &[("roles", "[PartyRole!]"), ("includeLineage", "Boolean")],
            Self::Below {
                owner: Kind::Party,
                field: "actions",
                ..
            } => &[("roles", "[ActionRole!]"), ("includeLineage", "Boolean")],
            Self::Below {
                owner: Kind::Party, ..
            } => &[("includeLineage", "Boolean")],
            Self::Below {
                owner: Kind::Region,
                field,
                ..
            } if *field != "children" => &[("includeDescendants", "Boolean")],
            _ => &[],
        }
    }

    /// The records in it, unfiltered.
    pub fn members(&self, world: &World, of: Option<usize>) -> Vec<usize> {
        let all = |kind| 0..world.len(kind);
        let (owner, field, args, of) = match (self, of) {
            (
                Self::Below {
                    owner, field, args, ..
                },
                Some(of),
            ) => (*owner, *field, args, of),
            _ => return all(self.target()).collect(),
        };
        match (owner, field) {
            (Kind::Party, "agreements") => all(Kind::Agreement)
                .filter(|it| !parts_of(world, args, of, &world.agreements[*it].parties).is_empty())
                .collect(),
            (Kind::Party, "actions") => all(Kind::Action)
                .filter(|it| !parts_of(world, args, of, &world.actions[*it].parties).is_empty())
                .collect(),
            (Kind::Party, "programs") => {
                let these = line_of(world, args, of);
                let responsible = |program: usize| {
                    let it = world.programs[program].responsible;
                    it.is_some_and(|it| these.contains(&it))
                };
                let concluded = |program: usize| {
                    world.agreements.iter().any(|it| {
                        it.programs.contains(&program)
                            && it.parties.iter().any(|part| these.contains(&part.party))
                    })
                };
                all(Kind::Program)
                    .filter(|it| responsible(*it) || concluded(*it))
                    .collect()
            }
            (Kind::Agreement, "actions") => all(Kind::Action)
                .filter(|it| world.actions[*it].agreements.contains(&of))
                .collect(),
            (Kind::Program, "agreements") => all(Kind::Agreement)
                .filter(|it| world.agreements[*it].programs.contains(&of))
                .collect(),
            (Kind::Program, "actions") => all(Kind::Action)
                .filter(|it| world.actions[*it].programs.contains(&of))
                .collect(),
            (Kind::Program, "parties") => {
                let under = |party: usize| {
                    world.agreements.iter().any(|it| {
                        it.programs.contains(&of)
                            && it.parties.iter().any(|part| part.party == party)
                    })
                };
                all(Kind::Party).filter(|it| under(*it)).collect()
            }
            (Kind::Region, "children") => all(Kind::Region)
                .filter(|it| world.regions[*it].parent == Some(of))
                .collect(),
            (Kind::Region, _) => {
                let below = args["includeDescendants"] != false;
                let regions = |it: usize| match self.target() {
                    Kind::Agreement => &world.agreements[it].regions,
                    Kind::Program => &world.programs[it].regions,
                    Kind::Action => &world.actions[it].regions,
                    _ => &world.parties[it].regions,
                };
                let covered =
                    |region: &usize| *region == of || (below && world.above[*region].contains(&of));
                all(self.target())
                    .filter(|it| regions(*it).iter().any(covered))
                    .collect()
            }
            _ => unreachable!("{owner:?}.{field}"),
        }
    }
}

/// A party, and its line where that is asked for.
fn line_of(world: &World, args: &Value, party: usize) -> Vec<usize> {
    if args["includeLineage"] == json!(true) {
        world.lines[party].clone()
    } else {
        vec![party]
    }
}

/// The parts that a party's list may show: its own, else its line's.
pub fn parts_of<'w>(world: &World, args: &Value, of: usize, parts: &'w [Part]) -> Vec<&'w Part> {
    let these = line_of(world, args, of);
    let mut found: Vec<_> = parts
        .iter()
        .filter(|part| these.contains(&part.party) && plays(part, &args["roles"]))
        .collect();
    if found.iter().any(|part| part.party == of) {
        found.retain(|part| part.party == of);
    }
    found
}

/// A party with its predecessors and successors, through renames, mergers and splits.
pub fn line(world: &World, party: usize) -> Vec<usize> {
    let before = |party: usize| -> Vec<usize> {
        let all = world.parties[party].predecessors.iter();
        all.filter(|(kind, _)| *kind != "TRANSFER")
            .map(|(_, one)| *one)
            .collect()
    };
    let after = |party: usize| -> Vec<usize> {
        (0..world.parties.len())
            .filter(|one| before(*one).contains(&party))
            .collect()
    };
    let mut line = reached(party, &before);
    line.extend(reached(party, &after));
    line
}

/// The regions that one lies in, and itself: up the tree, and into groups; a group where all of its members lie.
pub fn above(world: &World, region: usize) -> Vec<usize> {
    let groups = |region: usize| world.regions[region].groups.clone();
    let up = |region: usize| {
        let mut up = groups(region);
        up.extend(world.regions[region].parent);
        up
    };
    let lies_in = |region: usize, other: usize| reached(region, &up).contains(&other);
    let all = || 0..world.regions.len();
    let is_group = |region: usize| all().any(|member| groups(member).contains(&region));
    // The members of a group within it count, not that group.
    let members: Vec<_> = all()
        .filter(|one| *one != region && !is_group(*one) && reached(*one, &groups).contains(&region))
        .collect();
    let around = |other: &usize| {
        // A group doesn't lie in what lies in it.
        !members.is_empty()
            && !lies_in(*other, region)
            && members.iter().all(|member| lies_in(*member, *other))
    };
    all()
        .filter(|other| lies_in(region, *other) || around(other))
        .collect()
}

/// What is reached in steps, the start included.
fn reached(start: usize, next: &dyn Fn(usize) -> Vec<usize>) -> Vec<usize> {
    let mut found = vec![start];
    let mut place = 0;
    while let Some(here) = found.get(place) {
        for one in next(*here) {
            if !found.contains(&one) {
                found.push(one);
            }
        }
        place += 1;
    }
    found
}
