//! Putting levels together: the fewest statements that load a plan's rows.
//!
//! A round trip to PostgreSQL and back takes as long as it takes to look up dozens of rows. So what can be known in the same
//! moment is asked in one statement. Each of its rows says which piece of the plan it belongs to:
//!
//! ```sql
//! WITH l0(o, c1, c2) AS MATERIALIZED (SELECT 0::bigint, t.id, t.title FROM agreement t …)
//! SELECT 0::smallint, s.o, s.c1, s.c2 FROM l0 s
//! UNION ALL SELECT 1::smallint, s.o, NULL::bigint, s.c1 FROM (SELECT k.id, x.* FROM unnest(ARRAY(
//!     SELECT DISTINCT c1 FROM l0)) k(id) CROSS JOIN LATERAL (SELECT t.name … LIMIT 4) x) s(o, c1)
//! ```
//!
//! Columns of a type share places, whatever piece they belong to, so that rows stay narrow. A piece has the plan that it would
//! have as a statement of its own: PostgreSQL makes an array of identities first, and looks these up. And one statement sees
//! one state of the database, without a transaction around it.
//!
//! A search text is resolved within the statement too, where there is only one.
//!
//! What is planned for the values that it binds (see [`Level::by_values`]) stays apart from what is not, since PostgreSQL would
//! plan all of it anew each time.

use super::plan::{Level, Plan};
use super::sql::{Bind, Sql, search_name};
use crate::model::Column;

/// A statement with so many pieces gets no more levels. PostgreSQL takes many more, but a client could make it plan a huge one.
const MOST_PIECES: usize = 48;
/// The largest number that PostgreSQL takes for a limit.
const MOST: usize = usize::MAX >> 1;
/// The columns before those of the pieces: which piece, and the identity of the row above.
const BEFORE: usize = 2;

/// A statement that loads one or more levels.
pub(super) struct Batch {
    pub(super) sql: Sql,
    /// Whether PostgreSQL shall plan it for the values that it binds.
    pub(super) by_values: bool,
    /// How many pieces its rows are of.
    pub(super) pieces: usize,
}

/// Where a level's rows arrive: the statement, and the pieces of it.
#[derive(Default)]
pub(super) struct Pieces {
    pub(super) batch: usize,
    pub(super) rows: Option<usize>,
    /// With the place of the number in a row.
    pub(super) count: Option<(usize, usize)>,
    pub(super) before: Option<usize>,
    pub(super) after: Option<usize>,
    /// For each column, where it stands in a row.
    slots: Vec<usize>,
}

impl Pieces {
    /// Where a column stands in a row, by its index among the level's.
    pub(super) fn slot(&self, index: usize) -> usize {
        match index.checked_sub(1) {
            Some(place) => self.slots[place],
            None => 1,
        }
    }
}

/// Makes the statements of a plan's levels.
pub(super) fn batches(plan: &mut Plan) {
    let mut batcher = Batcher::default();
    let mut levels: Vec<_> = plan.levels.iter_mut().collect();
    batcher.start(&mut levels, |_, level| match &level.known {
        Some(known) => Sql::bound(Bind::Identities(known.clone())),
        None => Sql::new("'{0}'"),
    });
    let mut drafts = batcher.drafts;
    // What is planned for the values that it binds must have them, and so must what is asked of the texts that were found.
    let alone = drafts.len() == 1 && plan.highlights().next().is_none();
    if let Some(draft) = drafts.first_mut().filter(|draft| alone && !draft.by_values) {
        draft.resolve(&plan.searches);
        plan.resolves_within = true;
    }
    let most = plan.limits.rows;
    let drafts = drafts.into_iter();
    plan.batches = drafts.map(|draft| draft.into_batch(most)).collect();
}

/// A statement that is being put together.
#[derive(Default)]
struct Draft {
    by_values: bool,
    /// The rows that others start from.
    shared: Vec<Sql>,
    branches: Vec<Branch>,
    /// The types of the places in a row.
    layout: Vec<&'static str>,
}

/// A piece: where its rows come from, and for each of its columns the place.
struct Branch {
    source: Sql,
    slots: Vec<usize>,
}

#[derive(Default)]
struct Batcher {
    drafts: Vec<Draft>,
}

impl Batcher {
    fn draft(&mut self, by_values: bool) -> usize {
        self.drafts.push(Draft {
            by_values,
            ..Draft::default()
        });
        self.drafts.len() - 1
    }

    /// Begins statements for levels side by side. `owners` is what they start from, by the statement's place for it.
    fn start(&mut self, levels: &mut [&mut Level], owners: impl Fn(usize, &mut Level) -> Sql) {
        let mut shared: Option<(usize, usize)> = None;
        for level in levels {
            let (batch, place) = match shared {
                Some((batch, bound)) if !level.by_values && !self.full(batch) => (batch, bound),
                _ => (self.draft(level.by_values), 0),
            };
            if !level.by_values {
                shared = Some((batch, place + 1));
            }
            let owners = owners(place, level);
            self.add(batch, level, &owners);
        }
    }

    fn full(&self, batch: usize) -> bool {
        self.drafts[batch].branches.len() >= MOST_PIECES
    }

    /// Adds a level with what is below it, as far as one statement goes.
    fn add(&mut self, batch: usize, level: &mut Level, owners: &Sql) {
        let draft = &mut self.drafts[batch];
        level.pieces.batch = batch;
        level.pieces.slots = draft.slots(&level.columns);
        let of_owners = |sql: Sql| sql.starting_from(owners);
        let mut shared = None;
        if let Some(rows) = level.rows.take() {
            let names: Vec<_> = (1..=level.columns.len())
                .map(|column| format!(", c{column}"))
                .collect();
            let names = names.concat();
            let mut source = Sql::default();
            if level.children.is_empty() || draft.by_values {
                source.push("(").append(&of_owners(rows));
                source.push(&format!(") s(o{names})"));
            } else {
                let name = format!("l{}", draft.shared.len());
                let mut rows_with = Sql::new(&format!("{name}(o{names}) AS MATERIALIZED ("));
                rows_with.append(&of_owners(rows)).push(")");
                draft.shared.push(rows_with);
                source.push(&format!("{name} s"));
                shared = Some(name);
            }
            let slots = level.pieces.slots.clone();
            level.pieces.rows = Some(draft.branch(source, slots));
        }
        let mut aside = |sql: Option<Sql>, columns: &[Column]| {
            let sql = sql?;
            let mut source = Sql::new("(");
            let names = if columns.is_empty() { "o" } else { "o, c1" };
            source
                .append(&of_owners(sql))
                .push(&format!(") s({names})"));
            let slots = draft.slots(columns);
            let slot = slots.first().copied().unwrap_or_default();
            Some((draft.branch(source, slots), slot))
        };
        level.pieces.count = aside(level.count.take(), &[Column::BigInt]);
        if let Some(page) = &mut level.page {
            level.pieces.before = aside(page.before.take(), &[]).map(|(piece, _)| piece);
            level.pieces.after = aside(page.after.take(), &[]).map(|(piece, _)| piece);
        }
        for aside in &mut level.asides {
            self.add(batch, aside, owners);
        }
        let mut apart = Vec::new();
        for child in &mut level.children {
            match &shared {
                Some(name) if !child.level.by_values && !self.full(batch) => {
                    let key = child.key;
                    let mut owners = Sql::new(&format!(
                        "ARRAY(SELECT DISTINCT c{key} FROM {name} WHERE c{key} IS NOT NULL"
                    ));
                    if let Some((column, tag)) = child.tag {
                        owners.push(&format!(" AND c{column} = '{tag}'"));
                    }
                    owners.push(")");
                    self.add(batch, &mut child.level, &owners);
                }
                _ => apart.push(&mut child.level),
            }
        }
        self.start(&mut apart, |place, _| Sql::bound(Bind::Owners(place)));
    }
}

impl Draft {
    /// Places for columns: for each the first of its type that none of the others has.
    fn slots(&mut self, columns: &[Column]) -> Vec<usize> {
        let mut slots: Vec<usize> = Vec::with_capacity(columns.len());
        for column in columns {
            let ty = column.sql_type();
            let free = (0..self.layout.len())
                .find(|place| self.layout[*place] == ty && !slots.contains(&(place + BEFORE)));
            let place = free.unwrap_or_else(|| {
                self.layout.push(ty);
                self.layout.len() - 1
            });
            slots.push(place + BEFORE);
        }
        slots
    }

    fn branch(&mut self, source: Sql, slots: Vec<usize>) -> usize {
        self.branches.push(Branch { source, slots });
        self.branches.len() - 1
    }

    /// Resolves search texts before all else.
    fn resolve(&mut self, searches: &[Sql]) {
        for rows in &mut self.shared {
            *rows = rows.beside_searches();
        }
        for branch in &mut self.branches {
            branch.source = branch.source.beside_searches();
        }
        for (place, search) in searches.iter().enumerate() {
            let mut resolved = Sql::new(&format!("{} AS MATERIALIZED (", search_name(place)));
            resolved.append(search).push(")");
            self.shared.insert(place, resolved);
        }
    }

    fn into_batch(self, most: usize) -> Batch {
        let mut sql = Sql::default();
        for (place, shared) in self.shared.iter().enumerate() {
            sql.push(if place == 0 { "WITH " } else { ", " });
            sql.append(shared);
        }
        for (piece, Branch { source, slots }) in self.branches.iter().enumerate() {
            sql.push(match piece {
                0 if self.shared.is_empty() => "",
                0 => " ",
                _ => " UNION ALL ",
            });
            sql.push(&format!("SELECT {piece}::smallint, s.o"));
            for (place, ty) in self.layout.iter().enumerate() {
                match slots.iter().position(|slot| *slot == place + BEFORE) {
                    Some(column) => sql.push(&format!(", s.c{}", column + 1)),
                    None => sql.push(&format!(", NULL::{ty}")),
                };
            }
            sql.push(" FROM ").append(source);
        }
        // Nobody is shown more, so PostgreSQL need not find more.
        sql.push(&format!(" LIMIT {}", most.saturating_add(1).min(MOST)));
        Batch {
            sql,
            by_values: self.by_values,
            pieces: self.branches.len(),
        }
    }
}
