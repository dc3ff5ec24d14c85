//! Runs a plan's statements on one connection.

use std::cell::RefCell;
use std::collections::hash_map::Entry;
use std::ops::Range;

use diesel::PgConnection;
use diesel::connection::{DefaultLoadingMode, LoadConnection, SimpleConnection};
use foldhash::{HashMap, HashMapExt, HashSet, HashSetExt};

use super::answer;
use super::batch::Batch;
use super::columns::{self, PgRow, Unreadable};
use super::highlight::Highlighted;
use super::plan::{Child, Level, Page, Plan};
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

/// Runs a plan and writes the response, as JSON.
///
/// # Errors
/// A cursor of another list, a failure of the database, or a table that is not as declared.
pub fn run(connection: &mut PgConnection, plan: &Plan) -> Result<Vec<u8>, RunError> {
    answer::write(plan, &load(connection, plan)?)
}

/// Loads the rows of a plan's levels.
pub(super) fn load(connection: &mut PgConnection, plan: &Plan) -> Result<Vec<Loaded>, RunError> {
    let mut loader = Loader {
        connection,
        plan,
        left: plan.limits.rows,
        searches: Vec::new(),
        by_values: false,
        exact: plan.has_cursors(),
    };
    for search in plan.resolving() {
        loader.resolve(search)?;
    }
    let levels: Vec<_> = plan.levels.iter().collect();
    let owners = levels.iter().map(|level| level.known.clone());
    let owners: Vec<_> = owners
        .map(|known| known.unwrap_or_else(|| vec![0]))
        .collect();
    loader.load(&levels, &owners, None)
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
    groups: HashMap<i64, Range<usize>>,
    pub(super) counts: HashMap<i64, i64>,
    pub(super) before: HashSet<i64>,
    pub(super) after: HashSet<i64>,
    pub(super) asides: Vec<Loaded>,
    /// For rows that are texts: the texts, and what of them matches.
    pub(super) highlighted: Highlighted,
    pub(super) children: Vec<Loaded>,
    /// Where several rows may be above the same rows: what was written below each of these, by its place in the answer.
    pub(super) written: Option<RefCell<HashMap<i64, Range<usize>>>>,
}

impl Loaded {
    /// Forgets what was written: the next answer begins.
    pub(super) fn begin(&self) {
        if let Some(written) = &self.written {
            written.borrow_mut().clear();
        }
        for below in self.asides.iter().chain(&self.children) {
            below.begin();
        }
    }

    pub(super) fn of(&self, owner: i64) -> &[PgRow] {
        self.groups
            .get(&owner)
            .map_or(&[], |range| &self.rows[range.clone()])
    }
}

/// The rows of a statement, by the piece that they are of.
type Batched = Vec<Vec<PgRow>>;

/// Loads levels, as many rows as are left to load.
struct Loader<'c> {
    connection: &'c mut PgConnection,
    plan: &'c Plan,
    left: usize,
    /// The plan's search texts, as far as they are resolved.
    searches: Vec<Resolved>,
    /// Whether PostgreSQL may plan statements anew for the values that they bind.
    by_values: bool,
    /// Whether it matters which rows each level starts from: cursors are checked by them. What is loaded with a level needs no
    /// identities from here otherwise.
    exact: bool,
}

impl Loader<'_> {
    /// Loads levels side by side and all below them. `above` are the rows of the statement that loads the level above, and
    /// perhaps some of these.
    fn load(
        &mut self,
        levels: &[&Level],
        owners: &[Vec<i64>],
        mut above: Option<(usize, &mut Batched)>,
    ) -> Result<Vec<Loaded>, RunError> {
        let mut own: HashMap<usize, Batched> = HashMap::new();
        let mut loaded = Vec::with_capacity(levels.len());
        for (place, level) in levels.iter().enumerate() {
            if let Some(page) = &level.page {
                check_issuers(page, &owners[place])?;
            }
            let batch = level.pieces.batch;
            let rows = match &mut above {
                Some((known, rows)) if *known == batch => rows,
                _ => match own.entry(batch) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(unknown) => {
                        let of_batch = levels.iter().zip(owners);
                        let of_batch = of_batch.filter(|(level, _)| level.pieces.batch == batch);
                        let owners: Vec<_> = of_batch.map(|(_, owners)| &owners[..]).collect();
                        unknown.insert(self.batch(batch, &owners)?)
                    }
                },
            };
            loaded.push(self.assemble(level, rows, &owners[place])?);
        }
        Ok(loaded)
    }

    /// Runs a statement. Without rows above there is nothing to ask, nor where only names of types are selected.
    fn batch(&mut self, batch: usize, owners: &[&[i64]]) -> Result<Batched, RunError> {
        let Batch {
            sql,
            by_values,
            pieces,
        } = &self.plan.batches[batch];
        let mut batched: Batched = Vec::new();
        batched.resize_with(*pieces, Vec::new);
        if *pieces == 0 || owners.iter().all(|owners| owners.is_empty()) {
            return Ok(batched);
        }
        self.plan_by_values(*by_values)?;
        for row in self.query(sql, owners)? {
            let piece = columns::smallint(&row, 0).and_then(|piece| usize::try_from(piece).ok());
            let piece = piece.and_then(|piece| batched.get_mut(piece));
            piece
                .ok_or_else(|| Unreadable::new(0, Column::Integer))?
                .push(row);
        }
        Ok(batched)
    }

    /// Takes a level's rows from those of its statement, and loads what is below.
    fn assemble(
        &mut self,
        level: &Level,
        batched: &mut Batched,
        owners: &[i64],
    ) -> Result<Loaded, RunError> {
        let pieces = &level.pieces;
        let mut take = |piece: Option<usize>| {
            piece.map_or_else(Vec::new, |piece| std::mem::take(&mut batched[piece]))
        };
        let rows = take(pieces.rows);
        let counts = pieces.count.map_or_else(HashMap::new, |(piece, slot)| {
            let rows = take(Some(piece));
            rows.iter()
                .filter_map(|row| Some((columns::bigint(row, 1)?, columns::bigint(row, slot)?)))
                .collect()
        });
        let mut found = |piece| -> HashSet<i64> {
            let rows = take(piece);
            rows.iter()
                .filter_map(|row| columns::bigint(row, 1))
                .collect()
        };
        let mut loaded = Loaded {
            groups: HashMap::new(),
            counts,
            before: found(pieces.before),
            after: found(pieces.after),
            asides: Vec::new(),
            highlighted: Highlighted::default(),
            children: Vec::new(),
            written: None,
            rows,
        };
        if let Some(search) = level.highlighted
            && !loaded.rows.is_empty()
        {
            let mut highlighted = Highlighted::of(&loaded.rows, pieces);
            highlighted.keep(&self.query(&highlighted.statement(search), &[])?);
            loaded.highlighted = highlighted;
        }
        let mut start = 0;
        let mut owner = loaded.rows.first().and_then(|row| columns::bigint(row, 1));
        for end in 1..=loaded.rows.len() {
            let next = loaded.rows.get(end).map(|row| columns::bigint(row, 1));
            if next != Some(owner) {
                loaded.groups.insert(owner.unwrap_or_default(), start..end);
                start = end;
                owner = next.flatten();
            }
        }
        for aside in &level.asides {
            loaded.asides.push(self.assemble(aside, batched, owners)?);
        }
        let below = level.children.iter().map(|child| {
            if child.level.pieces.batch == pieces.batch && !self.exact {
                Vec::new()
            } else {
                identities(&loaded, level, child, self.exact.then_some(owners))
            }
        });
        let below: Vec<_> = below.collect();
        let children: Vec<_> = level.children.iter().map(|child| &child.level).collect();
        loaded.children = self.load(&children, &below, Some((pieces.batch, batched)))?;
        for child in &mut loaded.children {
            // With as many rows below as above, each is below one; then it pays to write without looking back.
            if loaded.rows.len() > child.groups.len() {
                child.written = Some(RefCell::new(HashMap::with_capacity(child.groups.len())));
            }
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

    fn query(&mut self, sql: &Sql, owners: &[&[i64]]) -> Result<Vec<PgRow>, RunError> {
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
            .ok_or_else(|| too_much(&format!("{} rows", self.plan.limits.rows)))?;
        Ok(rows)
    }
}

/// The identities in the rows of a level that one below it starts from, each once. A statement also gives rows below the one
/// that only tells whether a page has a next one: `owners` leaves these out.
fn identities(loaded: &Loaded, level: &Level, child: &Child, owners: Option<&[i64]>) -> Vec<i64> {
    let owners: Option<HashSet<i64>> = owners.map(|owners| owners.iter().copied().collect());
    let mut seen = HashSet::new();
    let mut identities = Vec::new();
    for row in shown(loaded, level, owners.as_ref()) {
        let other = child.tag.is_some_and(|(column, tag)| {
            let column = level.pieces.slot(column);
            columns::with_text(row, column, |text| text != tag).unwrap_or(true)
        });
        let key = columns::bigint(row, level.pieces.slot(child.key));
        let Some(key) = key.filter(|_| !other) else {
            continue;
        };
        if seen.insert(key) {
            identities.push(key);
        }
    }
    identities
}

/// The rows that the answer shows: all but the one of a page that only tells that there are more.
fn shown<'l>(
    loaded: &'l Loaded,
    level: &Level,
    owners: Option<&HashSet<i64>>,
) -> impl Iterator<Item = &'l PgRow> {
    let limit = level.page.as_ref().map_or(usize::MAX, |page| page.limit);
    let groups = loaded.groups.iter();
    let groups = groups.filter(|(owner, _)| owners.is_none_or(|owners| owners.contains(owner)));
    let mut ranges: Vec<_> = groups.map(|(_, range)| range.clone()).collect();
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
