//! What records refer to, checked for a whole change set at once: records may refer to each other in any order.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use diesel::prelude::*;
use diesel::sql_types::{Array, Text};

use super::nearest::did_you_mean;
use super::problem::{Place, Problem, Problems};
use super::sql;
use crate::model::{Stored, Type};
use crate::registry::model;

/// For how many unknown slugs the nearest known one is looked for: each is compared with every slug of its type.
const SUGGESTED: usize = 100;

/// What a reference leads to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Target {
    /// A record of the type with that tag, by its slug.
    Record(&'static str),
    /// A part of that type, by its record's slug, `#` and its key.
    Part(&'static str),
}

impl Target {
    /// What a reference to a declared type leads to.
    pub(super) fn of(name: &'static str) -> Self {
        match model().get(name).record() {
            Some(record) => Self::Record(record.tag),
            None => Self::Part(name),
        }
    }

    /// What it is called in a bundle: `agreement`, `provision`.
    fn word(&self) -> String {
        match self {
            Self::Record(tag) => word(tag).to_owned(),
            Self::Part(name) => name.to_lowercase(),
        }
    }
}

/// The word for a record of a type in a bundle.
pub(super) fn word(tag: &str) -> &'static str {
    model()
        .tagged(tag)
        .and_then(Type::record)
        .map_or("record", |record| record.one)
}

/// Tags of the record types that have parts of a type, with the owner's column in the part's table. In the order of their
/// declaration: where two records of one slug have a part of one key, the first type's is meant.
pub(super) fn owners(part: &str) -> Vec<(&'static str, &'static str)> {
    model()
        .records()
        .filter_map(|(ty, record)| {
            ty.stored().find_map(|(_, stored)| match stored {
                Stored::Parts { part: of, owner } if *of == part => Some((record.tag, *owner)),
                _ => None,
            })
        })
        .collect()
}

/// One reference of a record.
pub(super) struct Reference {
    pub(super) path: String,
    pub(super) target: Target,
    pub(super) slug: String,
}

/// The record that a problem is about.
pub(super) struct Origin {
    pub(super) ordinal: usize,
    pub(super) place: Option<Place>,
    pub(super) record: Option<String>,
}

impl Origin {
    /// A problem of this record.
    pub(super) fn problem(&self, field: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem {
            place: self.place.clone(),
            record: self.record.clone(),
            field: field.into(),
            message: message.into(),
        }
    }
}

/// A record of the change set.
struct Entry {
    origin: Rc<Origin>,
    keys: Vec<(&'static str, String)>,
}

/// A reference whose target has not come yet.
struct Open {
    origin: Rc<Origin>,
    path: String,
}

/// The records of a change set, and the references that are still open.
#[derive(Default)]
pub(super) struct Directory {
    records: HashMap<&'static str, HashMap<String, Entry>>,
    open: HashMap<Target, HashMap<String, Vec<Open>>>,
}

impl Directory {
    /// Enters a record; where its type has that slug already, gives that one instead.
    pub(super) fn enter(
        &mut self,
        tag: &'static str,
        slug: &str,
        origin: &Rc<Origin>,
    ) -> Option<Rc<Origin>> {
        let records = self.records.entry(tag).or_default();
        if let Some(entry) = records.get(slug) {
            return Some(Rc::clone(&entry.origin));
        }
        let entry = Entry {
            origin: Rc::clone(origin),
            keys: Vec::new(),
        };
        records.insert(slug.to_owned(), entry);
        None
    }

    /// The record of that slug in the change set.
    pub(super) fn origin(&self, tag: &str, slug: &str) -> Option<&Rc<Origin>> {
        Some(&self.records.get(tag)?.get(slug)?.origin)
    }

    /// The parts of a record that others may refer to.
    pub(super) fn keys(
        &mut self,
        tag: &'static str,
        slug: &str,
        keys: Vec<(&'static str, String)>,
    ) {
        let entry = self
            .records
            .get_mut(tag)
            .and_then(|records| records.get_mut(slug));
        if let Some(entry) = entry {
            entry.keys = keys;
        }
    }

    /// Keeps the references of a record whose targets have not come yet.
    pub(super) fn refer(&mut self, origin: &Rc<Origin>, references: Vec<Reference>) {
        for Reference { path, target, slug } in references {
            if let Target::Record(tag) = target
                && self
                    .records
                    .get(tag)
                    .is_some_and(|known| known.contains_key(&slug))
            {
                continue;
            }
            let open = Open {
                origin: Rc::clone(origin),
                path,
            };
            self.open
                .entry(target)
                .or_default()
                .entry(slug)
                .or_default()
                .push(open);
        }
    }

    /// Tells of every reference whose target is neither in the change set nor in the registry.
    pub(super) fn resolve(
        &mut self,
        conn: &mut PgConnection,
        problems: &mut Problems,
    ) -> QueryResult<()> {
        let mut open = std::mem::take(&mut self.open);
        for (target, slugs) in &mut open {
            match target {
                Target::Record(tag) => {
                    let known = self.records.get(tag);
                    slugs.retain(|slug, _| !known.is_some_and(|known| known.contains_key(slug)));
                    if slugs.is_empty() {
                        continue;
                    }
                    for slug in present_records(conn, tag, slugs.keys())? {
                        slugs.remove(&slug);
                    }
                }
                Target::Part(name) => {
                    let owners = owners(name);
                    slugs.retain(|slug, _| !self.has_part(name, &owners, slug));
                    for owner in owners {
                        // A record of the change set will have the parts that it has there: what the registry has is past.
                        let elsewhere: Vec<&String> = slugs
                            .keys()
                            .filter(|slug| self.part_owner(&[owner], slug).is_none())
                            .collect();
                        if elsewhere.is_empty() {
                            continue;
                        }
                        for slug in present_parts(conn, name, &[owner], &elsewhere)? {
                            slugs.remove(&slug);
                        }
                    }
                }
            }
        }
        open.retain(|_, slugs| !slugs.is_empty());
        self.report(conn, &open, problems)
    }

    /// The first record of the change set, by its type, that a reference to a part names.
    fn part_owner(&self, owners: &[(&'static str, &'static str)], slug: &str) -> Option<&Entry> {
        self.part_owners(owners, slug).next()
    }

    fn part_owners(
        &self,
        owners: &[(&'static str, &'static str)],
        slug: &str,
    ) -> impl Iterator<Item = &Entry> {
        let record = slug.split_once('#').map_or(slug, |(record, _)| record);
        owners
            .iter()
            .filter_map(move |(tag, _)| self.records.get(tag)?.get(record))
    }

    fn has_part(&self, part: &str, owners: &[(&'static str, &'static str)], slug: &str) -> bool {
        let key = slug.split_once('#').map(|(_, key)| key);
        self.part_owners(owners, slug).any(|entry| {
            entry
                .keys
                .iter()
                .any(|(of, known)| *of == part && Some(known.as_str()) == key)
        })
    }

    fn report(
        &self,
        conn: &mut PgConnection,
        open: &HashMap<Target, HashMap<String, Vec<Open>>>,
        problems: &mut Problems,
    ) -> QueryResult<()> {
        if open.is_empty() {
            return Ok(());
        }
        let tags: Vec<&str> = open
            .keys()
            .flat_map(|target| match target {
                Target::Record(tag) => vec![*tag],
                Target::Part(name) => owners(name).iter().map(|(tag, _)| *tag).collect(),
            })
            .collect();
        let known: Vec<TypeAndSlug> =
            diesel::sql_query("SELECT type AS tag, slug FROM record WHERE type = ANY($1)")
                .bind::<Array<Text>, _>(tags)
                .load(conn)?;
        let mut slugs: HashMap<&str, BTreeSet<&str>> = HashMap::new();
        for row in &known {
            slugs.entry(&row.tag).or_default().insert(&row.slug);
        }
        for (tag, records) in &self.records {
            slugs
                .entry(tag)
                .or_default()
                .extend(records.keys().map(String::as_str));
        }

        let mut parts: Vec<String> = Vec::new();
        for (target, slugs) in open {
            if let Target::Part(name) = target {
                parts.extend(parts_of(conn, name, &owners(name), slugs.keys())?);
            }
        }

        let mut missing: Vec<(&Target, &String, &Vec<Open>)> = open
            .iter()
            .flat_map(|(target, slugs)| slugs.iter().map(move |(slug, uses)| (target, slug, uses)))
            .collect();
        missing.sort_by_key(|(target, slug, uses)| (uses[0].origin.ordinal, *target, *slug));
        for (index, (target, slug, uses)) in missing.into_iter().enumerate() {
            let near = || match target {
                Target::Record(tag) => {
                    did_you_mean(slug, slugs.get(tag).into_iter().flatten().copied())
                }
                Target::Part(name) => self.nearest_part(name, slug, &parts, &slugs),
            };
            let near = if index < SUGGESTED {
                near()
            } else {
                String::new()
            };
            let message = format!(
                "there is no {} `{slug}`, in what is being written or in the registry{near}",
                target.word()
            );
            for open in uses {
                problems.push(
                    open.origin.ordinal,
                    open.origin.problem(&open.path, &message),
                );
            }
        }
        Ok(())
    }

    /// The nearest part of the record that is named, or else the nearest record.
    fn nearest_part(
        &self,
        part: &str,
        slug: &str,
        parts: &[String],
        slugs: &HashMap<&str, BTreeSet<&str>>,
    ) -> String {
        let owners = owners(part);
        let (record, key) = slug.split_once('#').unwrap_or((slug, ""));
        if let Some(entry) = self.part_owner(&owners, slug) {
            let keys = entry
                .keys
                .iter()
                .filter(|(of, _)| *of == part)
                .map(|(_, key)| key.as_str());
            return did_you_mean(key, keys);
        }
        let of_record = |part: &&str| part.split_once('#').is_some_and(|(slug, _)| slug == record);
        let near = did_you_mean(slug, parts.iter().map(String::as_str).filter(of_record));
        if !near.is_empty() {
            return near;
        }
        let records = owners
            .iter()
            .filter_map(|(tag, _)| slugs.get(tag))
            .flatten()
            .copied();
        did_you_mean(record, records)
    }
}

#[derive(QueryableByName)]
struct TypeAndSlug {
    #[diesel(sql_type = Text)]
    tag: String,
    #[diesel(sql_type = Text)]
    slug: String,
}

#[derive(QueryableByName)]
struct Slug {
    #[diesel(sql_type = Text)]
    slug: String,
}

fn present_records<'a>(
    conn: &mut PgConnection,
    tag: &str,
    slugs: impl Iterator<Item = &'a String>,
) -> QueryResult<Vec<String>> {
    let rows: Vec<Slug> =
        diesel::sql_query("SELECT slug FROM record WHERE type = $1 AND slug = ANY($2)")
            .bind::<Text, _>(tag)
            .bind::<Array<Text>, _>(slugs.collect::<Vec<_>>())
            .load(conn)?;
    Ok(rows.into_iter().map(|row| row.slug).collect())
}

fn present_parts(
    conn: &mut PgConnection,
    part: &'static str,
    owners: &[(&'static str, &'static str)],
    slugs: &[&String],
) -> QueryResult<Vec<String>> {
    let query = format!(
        "SELECT w.slug FROM unnest($1::text[]) AS w(slug) WHERE EXISTS ({})",
        sql::part_by_slug(part, owners, "w.slug")
    );
    let rows: Vec<Slug> = diesel::sql_query(query)
        .bind::<Array<Text>, _>(slugs)
        .load(conn)?;
    Ok(rows.into_iter().map(|row| row.slug).collect())
}

/// The parts, as `<slug>#<key>`, of the records that are named in such.
fn parts_of<'a>(
    conn: &mut PgConnection,
    part: &'static str,
    owners: &[(&'static str, &'static str)],
    slugs: impl Iterator<Item = &'a String>,
) -> QueryResult<Vec<String>> {
    let records: BTreeSet<&str> = slugs
        .filter_map(|slug| Some(slug.split_once('#')?.0))
        .take(SUGGESTED)
        .collect();
    let rows: Vec<Slug> = diesel::sql_query(sql::parts_of(part, owners))
        .bind::<Array<Text>, _>(records.into_iter().collect::<Vec<_>>())
        .load(conn)?;
    Ok(rows.into_iter().map(|row| row.slug).collect())
}
