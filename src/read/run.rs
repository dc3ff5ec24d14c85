//! Runs a plan's statements on one connection, level by level.

use std::collections::{HashMap, HashSet};

use diesel::PgConnection;
use diesel::connection::{DefaultLoadingMode, LoadConnection, SimpleConnection};

use super::answer;
use super::columns::{self, PgRow, Unreadable};
use super::highlight::Highlighted;
use super::plan::{Level, Page, Plan};
use super::sql::{Query, Resolved, Sql, Statement};
use crate::graphql::{Code, Error};
use crate::model::Column;

/// Why a plan could not be run to its end.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The request is to blame.
    #[error(transparent)]
    Refused(Box<Error>),
    /// The database said no.
    #[error(transparent)]
    Database(#[from] diesel::result::Error),
    /// The declaration and the tables disagree.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
}

/// The most rows that one request may load.
const MOST_ROWS: usize = 200_000;

/// Runs a plan and writes the object `data` of the answer.
///
/// # Errors
/// A cursor of another list, a failure of the database, or a table that is not as declared.
pub fn run(connection: &mut PgConnection, plan: &Plan) -> Result<Vec<u8>, RunError> {
    let mut loader = Loader {
        connection,
        left: MOST_ROWS,
        searches: Vec::new(),
        by_values: false,
    };
    for search in &plan.searches {
        loader.resolve(search)?;
    }
    let mut levels = Vec::with_capacity(plan.levels.len());
    for level in &plan.levels {
        let owners = level.known.as_deref().unwrap_or(&[0]);
        levels.push(loader.load(level, owners)?);
    }
    answer::write(plan, &levels)
}

/// A request for more than one answer may hold.
pub(super) fn too_much(what: &str) -> RunError {
    let message = format!(
        "The answer would hold more than {what}. Ask for less at once: smaller pages, fewer lists within lists."
    );
    RunError::Refused(Box::new(Error::new(Code::QueryTooComplex, message)))
}

/// A level's rows, each below the row that it belongs to.
pub(super) struct Loaded {
    rows: Vec<PgRow>,
    /// Where the rows of each row above stand.
    groups: HashMap<i64, std::ops::Range<usize>>,
    pub(super) counts: HashMap<i64, i64>,
    pub(super) before: HashSet<i64>,
    pub(super) after: HashSet<i64>,
    pub(super) asides: Vec<Loaded>,
    /// For rows that are texts: the texts, and what of them matches.
    pub(super) highlighted: Highlighted,
    pub(super) children: Vec<Loaded>,
}

impl Loaded {
    pub(super) fn of(&self, owner: i64) -> &[PgRow] {
        self.groups
            .get(&owner)
            .map_or(&[], |range| &self.rows[range.clone()])
    }
}

/// Loads levels, as many rows as are left to load.
struct Loader<'c> {
    connection: &'c mut PgConnection,
    left: usize,
    /// The plan's search texts, as far as they are resolved.
    searches: Vec<Resolved>,
    /// Whether PostgreSQL may plan statements anew for the values that they bind.
    by_values: bool,
}

impl Loader<'_> {
    /// Loads a level and all below it. Without rows above there is nothing to ask.
    fn load(&mut self, level: &Level, owners: &[i64]) -> Result<Loaded, RunError> {
        let mut loaded = Loaded {
            rows: Vec::new(),
            groups: HashMap::new(),
            counts: HashMap::new(),
            before: HashSet::new(),
            after: HashSet::new(),
            asides: Vec::new(),
            highlighted: Highlighted::default(),
            children: Vec::new(),
        };
        if !owners.is_empty() {
            self.plan_by_values(level.by_values)?;
            if let Some(page) = &level.page {
                check_issuers(page, owners)?;
                loaded.before = self.probe(page.before.as_ref(), owners)?;
                loaded.after = self.probe(page.after.as_ref(), owners)?;
            }
            if let Some(rows) = &level.rows {
                loaded.rows = self.query(rows, owners)?;
            }
            if let Some(count) = &level.count {
                loaded.counts = self
                    .query(count, owners)?
                    .iter()
                    .filter_map(|row| Some((columns::bigint(row, 0)?, columns::bigint(row, 1)?)))
                    .collect();
            }
        }
        if let Some(search) = level.highlighted
            && !loaded.rows.is_empty()
        {
            let mut highlighted = Highlighted::of(&loaded.rows);
            highlighted.keep(&self.query(&highlighted.statement(search), &[])?);
            loaded.highlighted = highlighted;
        }
        let mut start = 0;
        for end in 1..=loaded.rows.len() {
            let owner = columns::bigint(&loaded.rows[start], 0);
            if end == loaded.rows.len() || columns::bigint(&loaded.rows[end], 0) != owner {
                loaded.groups.insert(owner.unwrap_or_default(), start..end);
                start = end;
            }
        }
        for aside in &level.asides {
            loaded.asides.push(self.load(aside, owners)?);
        }
        self.plan_by_values(false)?;
        for child in &level.children {
            let mut seen = HashSet::new();
            let mut below = Vec::new();
            for row in shown(&loaded, level) {
                let other = child.tag.is_some_and(|(column, tag)| {
                    columns::with_text(row, column, |text| text != tag).unwrap_or(true)
                });
                let Some(key) = columns::bigint(row, child.key).filter(|_| !other) else {
                    continue;
                };
                if seen.insert(key) {
                    below.push(key);
                }
            }
            loaded.children.push(self.load(&child.level, &below)?);
        }
        Ok(loaded)
    }

    /// Connections are set to plan each prepared statement once: planning takes longer than running, and the identities
    /// handed down say nothing that a plan could use. A filter's values do; for these PostgreSQL shall choose.
    fn plan_by_values(&mut self, by_values: bool) -> Result<(), RunError> {
        if self.by_values != by_values {
            let mode = if by_values {
                "auto"
            } else {
                "force_generic_plan"
            };
            self.connection
                .batch_execute(&format!("SET LOCAL plan_cache_mode = {mode}"))?;
            self.by_values = by_values;
        }
        Ok(())
    }

    /// Has the database resolve a search text.
    fn resolve(&mut self, search: &Sql) -> Result<(), RunError> {
        let rows = self.query(search, &[])?;
        let query = |index| columns::bytes(rows.first()?, index).map(Query);
        let (Some(query), Some(ranked), Some(words)) = (query(0), query(1), query(2)) else {
            return Err(Unreadable::new(0, Column::Text).into());
        };
        self.searches.push(Resolved {
            query,
            ranked,
            words,
        });
        Ok(())
    }

    fn query(&mut self, sql: &Sql, owners: &[i64]) -> Result<Vec<PgRow>, RunError> {
        let statement = Statement {
            sql,
            owners,
            searches: &self.searches,
        };
        let rows = LoadConnection::<DefaultLoadingMode>::load(self.connection, statement)?;
        let rows: Vec<_> = rows.collect::<Result<_, _>>()?;
        self.left = self
            .left
            .checked_sub(rows.len())
            .ok_or_else(|| too_much(&format!("{MOST_ROWS} rows")))?;
        Ok(rows)
    }

    fn probe(&mut self, sql: Option<&Sql>, owners: &[i64]) -> Result<HashSet<i64>, RunError> {
        let Some(sql) = sql else {
            return Ok(HashSet::new());
        };
        Ok(self
            .query(sql, owners)?
            .iter()
            .filter_map(|row| columns::bigint(row, 0))
            .collect())
    }
}

/// The rows that the answer shows: all but the one of a page that only tells that there are more.
fn shown<'l>(loaded: &'l Loaded, level: &Level) -> impl Iterator<Item = &'l PgRow> {
    let limit = level.page.as_ref().map_or(usize::MAX, |page| page.limit);
    let mut ranges: Vec<_> = loaded.groups.values().cloned().collect();
    ranges.sort_unstable_by_key(|range| range.start);
    ranges
        .into_iter()
        .flat_map(move |range| loaded.rows[range].iter().take(limit))
}

/// A cursor is of one list: below other rows than the one that issued it, it means nothing.
fn check_issuers(page: &Page, owners: &[i64]) -> Result<(), RunError> {
    match page
        .issuers
        .iter()
        .find(|issuer| owners.iter().any(|owner| *owner != issuer.owner))
    {
        Some(issuer) => Err(RunError::Refused(Box::new(issuer.refusal.clone()))),
        None => Ok(()),
    }
}
