//! Executes a plan on one connection and writes the answer.

use std::collections::{HashMap, HashSet};

use diesel::PgConnection;
use diesel::connection::{DefaultLoadingMode, LoadConnection};

use super::columns::{self, PgRow, Unreadable};
use super::cursor::{self, Cursor};
use super::json::{self, Separator};
use super::plan::{
    Connection, ConnectionField, Cursors, EdgeField, Level, Object, Output, Page, PageField, Plan,
    Root,
};
use super::sql::{Sql, Statement};
use crate::graphql::Error;

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

/// Runs a plan and writes the object `data` of the answer. `introspect` gives the JSON of a root field that asks for
/// the schema itself.
///
/// # Errors
/// A cursor of another list, a failure of the database, or a table that is not as declared.
pub fn run(
    connection: &mut PgConnection,
    plan: &Plan,
    introspect: &dyn Fn(&str) -> String,
) -> Result<Vec<u8>, RunError> {
    let mut levels = Vec::with_capacity(plan.levels.len());
    for level in &plan.levels {
        let owners = level.known.as_deref().unwrap_or(&[0]);
        levels.push(load(connection, level, owners)?);
    }
    let mut out = Vec::with_capacity(4096);
    let mut object = Separator::new();
    out.push(b'{');
    for (key, root) in &plan.roots {
        object.key(&mut out, key);
        write_root(&mut out, plan, &levels, key, root, introspect)?;
    }
    out.push(b'}');
    Ok(out)
}

/// A level's rows, each below the row that it belongs to.
struct Loaded {
    rows: Vec<PgRow>,
    /// Where the rows of each row above stand.
    groups: HashMap<i64, std::ops::Range<usize>>,
    counts: HashMap<i64, i64>,
    before: HashSet<i64>,
    after: HashSet<i64>,
    children: Vec<Loaded>,
}

impl Loaded {
    fn of(&self, owner: i64) -> &[PgRow] {
        self.groups
            .get(&owner)
            .map_or(&[], |range| &self.rows[range.clone()])
    }
}

/// Loads a level and all below it. Without rows above there is nothing to ask.
fn load(connection: &mut PgConnection, level: &Level, owners: &[i64]) -> Result<Loaded, RunError> {
    let mut loaded = Loaded {
        rows: Vec::new(),
        groups: HashMap::new(),
        counts: HashMap::new(),
        before: HashSet::new(),
        after: HashSet::new(),
        children: Vec::new(),
    };
    if !owners.is_empty() {
        if let Some(page) = &level.page {
            check_issuers(page, owners)?;
            loaded.before = probe(connection, page.before.as_ref(), owners)?;
            loaded.after = probe(connection, page.after.as_ref(), owners)?;
        }
        if let Some(rows) = &level.rows {
            loaded.rows = query(connection, rows, owners)?;
        }
        if let Some(count) = &level.count {
            loaded.counts = query(connection, count, owners)?
                .iter()
                .filter_map(|row| Some((columns::bigint(row, 0)?, columns::bigint(row, 1)?)))
                .collect();
        }
    }
    let mut start = 0;
    for end in 1..=loaded.rows.len() {
        let owner = columns::bigint(&loaded.rows[start], 0);
        if end == loaded.rows.len() || columns::bigint(&loaded.rows[end], 0) != owner {
            loaded.groups.insert(owner.unwrap_or_default(), start..end);
            start = end;
        }
    }
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
        loaded
            .children
            .push(load(connection, &child.level, &below)?);
    }
    Ok(loaded)
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

fn query(connection: &mut PgConnection, sql: &Sql, owners: &[i64]) -> Result<Vec<PgRow>, RunError> {
    let rows = LoadConnection::<DefaultLoadingMode>::load(connection, Statement { sql, owners })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn probe(
    connection: &mut PgConnection,
    sql: Option<&Sql>,
    owners: &[i64],
) -> Result<HashSet<i64>, RunError> {
    let Some(sql) = sql else {
        return Ok(HashSet::new());
    };
    Ok(query(connection, sql, owners)?
        .iter()
        .filter_map(|row| columns::bigint(row, 0))
        .collect())
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

fn write_root(
    out: &mut Vec<u8>,
    plan: &Plan,
    levels: &[Loaded],
    key: &str,
    root: &Root,
    introspect: &dyn Fn(&str) -> String,
) -> Result<(), RunError> {
    match root {
        Root::Constant(json) => out.extend(json.as_bytes()),
        Root::Introspection => out.extend(introspect(key).as_bytes()),
        Root::One { level, object } => {
            write_first(out, &plan.levels[*level], &levels[*level], object, 0)?;
        }
        Root::List { level, object } => {
            write_list(out, &plan.levels[*level], &levels[*level], object, 0)?;
        }
        Root::Connection { level, connection } => {
            write_connection(out, &plan.levels[*level], &levels[*level], connection, 0)?;
        }
        Root::Nodes {
            entries,
            variants,
            single,
        } => {
            let mut list = Separator::new();
            if !single {
                out.push(b'[');
            }
            for entry in entries {
                list.comma(out);
                match entry {
                    Some((variant, identity)) => {
                        let (level, object) = &variants[*variant];
                        write_first(
                            out,
                            &plan.levels[*level],
                            &levels[*level],
                            object,
                            *identity,
                        )?;
                    }
                    None => out.extend(b"null"),
                }
            }
            if !single {
                out.push(b']');
            }
        }
    }
    Ok(())
}

/// The first row below an owner, or null.
fn write_first(
    out: &mut Vec<u8>,
    level: &Level,
    loaded: &Loaded,
    object: &Object,
    owner: i64,
) -> Result<(), RunError> {
    if let Some(row) = loaded.of(owner).first() {
        return write_object(out, level, loaded, object, row);
    }
    out.extend(b"null");
    Ok(())
}

fn write_list(
    out: &mut Vec<u8>,
    level: &Level,
    loaded: &Loaded,
    object: &Object,
    owner: i64,
) -> Result<(), RunError> {
    write_rows(out, level, loaded, object, loaded.of(owner).iter())
}

fn write_rows<'r>(
    out: &mut Vec<u8>,
    level: &Level,
    loaded: &Loaded,
    object: &Object,
    rows: impl Iterator<Item = &'r PgRow>,
) -> Result<(), RunError> {
    let mut list = Separator::new();
    out.push(b'[');
    for row in rows {
        list.comma(out);
        write_object(out, level, loaded, object, row)?;
    }
    out.push(b']');
    Ok(())
}

fn write_object(
    out: &mut Vec<u8>,
    level: &Level,
    loaded: &Loaded,
    object: &Object,
    row: &PgRow,
) -> Result<(), RunError> {
    let mut fields = Separator::new();
    out.push(b'{');
    for (key, output) in &object.fields {
        fields.key(out, key);
        write_output(out, level, loaded, output, row)?;
    }
    out.push(b'}');
    Ok(())
}

fn write_output(
    out: &mut Vec<u8>,
    level: &Level,
    loaded: &Loaded,
    output: &Output,
    row: &PgRow,
) -> Result<(), RunError> {
    let below = |child: usize| (&level.children[child].level, &loaded.children[child]);
    let owner = |key: usize| columns::bigint(row, key);
    match output {
        Output::Constant(json) => out.extend(json.as_bytes()),
        Output::Column(index) => columns::write(out, row, *index, level.columns[*index - 1])?,
        Output::Rendered {
            column,
            render,
            language,
        } => match columns::with_text(row, *column, |text| render(text, *language)) {
            Some(text) => json::string(out, &text),
            None => out.extend(b"null"),
        },
        Output::Value { presence, object } => {
            if columns::is_null(row, *presence) {
                out.extend(b"null");
            } else {
                write_object(out, level, loaded, object, row)?;
            }
        }
        Output::One { child, key, object } => {
            let (level, loaded) = below(*child);
            match owner(*key) {
                Some(owner) => write_first(out, level, loaded, object, owner)?,
                None => out.extend(b"null"),
            }
        }
        Output::Any { tag, key, variants } => {
            let variant = columns::with_text(row, *tag, |text| {
                variants.iter().find(|(tag, _, _)| *tag == text)
            })
            .flatten();
            match (variant, owner(*key)) {
                (Some((_, child, object)), Some(owner)) => {
                    let (level, loaded) = below(*child);
                    write_first(out, level, loaded, object, owner)?;
                }
                _ => out.extend(b"null"),
            }
        }
        Output::List { child, key, object } => {
            let (level, loaded) = below(*child);
            write_list(out, level, loaded, object, owner(*key).unwrap_or_default())?;
        }
        Output::Connection {
            child,
            key,
            connection,
        } => {
            let (level, loaded) = below(*child);
            write_connection(
                out,
                level,
                loaded,
                connection,
                owner(*key).unwrap_or_default(),
            )?;
        }
    }
    Ok(())
}

/// One owner's page: its rows in the list's order, and whether there are more in the direction of reading.
struct Shown<'l> {
    rows: Vec<&'l PgRow>,
    more: bool,
    backward: bool,
    owner: i64,
}

fn write_connection(
    out: &mut Vec<u8>,
    level: &Level,
    loaded: &Loaded,
    connection: &Connection,
    owner: i64,
) -> Result<(), RunError> {
    let (limit, backward) = level
        .page
        .as_ref()
        .map_or((usize::MAX, false), |page| (page.limit, page.backward));
    let all = loaded.of(owner);
    let mut rows: Vec<_> = all.iter().take(limit).collect();
    if backward {
        rows.reverse();
    }
    let shown = Shown {
        rows,
        more: all.len() > limit,
        backward,
        owner,
    };
    let mut fields = Separator::new();
    out.push(b'{');
    for (key, field) in &connection.fields {
        fields.key(out, key);
        match field {
            ConnectionField::Typename(json) => out.extend(json.as_bytes()),
            ConnectionField::TotalCount => {
                json::integer(out, loaded.counts.get(&owner).copied().unwrap_or_default());
            }
            ConnectionField::Nodes(object) => {
                write_rows(out, level, loaded, object, shown.rows.iter().copied())?;
            }
            ConnectionField::Edges(edges) => write_edges(
                out,
                level,
                loaded,
                edges,
                connection.cursors.as_ref(),
                &shown,
            )?,
            ConnectionField::PageInfo(page_info) => {
                write_page_info(out, loaded, page_info, connection.cursors.as_ref(), &shown)?;
            }
        }
    }
    out.push(b'}');
    Ok(())
}

fn write_edges(
    out: &mut Vec<u8>,
    level: &Level,
    loaded: &Loaded,
    edges: &[(String, EdgeField)],
    cursors: Option<&Cursors>,
    shown: &Shown<'_>,
) -> Result<(), RunError> {
    let mut list = Separator::new();
    out.push(b'[');
    for row in &shown.rows {
        list.comma(out);
        let mut fields = Separator::new();
        out.push(b'{');
        for (key, field) in edges {
            fields.key(out, key);
            match field {
                EdgeField::Typename(json) => out.extend(json.as_bytes()),
                EdgeField::Cursor => write_cursor(out, cursors, Some(row), shown.owner)?,
                EdgeField::Node(object) => write_object(out, level, loaded, object, row)?,
                EdgeField::Own(output) => write_output(out, level, loaded, output, row)?,
            }
        }
        out.push(b'}');
    }
    out.push(b']');
    Ok(())
}

fn write_page_info(
    out: &mut Vec<u8>,
    loaded: &Loaded,
    fields: &[(String, PageField)],
    cursors: Option<&Cursors>,
    shown: &Shown<'_>,
) -> Result<(), RunError> {
    let mut object = Separator::new();
    out.push(b'{');
    for (key, field) in fields {
        object.key(out, key);
        match field {
            PageField::Typename => out.extend(b"\"PageInfo\""),
            PageField::HasNext => boolean(
                out,
                (!shown.backward && shown.more) || loaded.after.contains(&shown.owner),
            ),
            PageField::HasPrevious => boolean(
                out,
                (shown.backward && shown.more) || loaded.before.contains(&shown.owner),
            ),
            PageField::Start => {
                write_cursor(out, cursors, shown.rows.first().copied(), shown.owner)?;
            }
            PageField::End => write_cursor(out, cursors, shown.rows.last().copied(), shown.owner)?,
        }
    }
    out.push(b'}');
    Ok(())
}

fn boolean(out: &mut Vec<u8>, value: bool) {
    out.extend(if value { &b"true"[..] } else { b"false" });
}

fn write_cursor(
    out: &mut Vec<u8>,
    cursors: Option<&Cursors>,
    row: Option<&PgRow>,
    owner: i64,
) -> Result<(), RunError> {
    let (Some(cursors), Some(row)) = (cursors, row) else {
        out.extend(b"null");
        return Ok(());
    };
    let values = cursors
        .terms
        .iter()
        .map(|(index, column)| columns::cursor_value(row, *index, *column))
        .collect::<Result<_, _>>()?;
    json::string(
        out,
        &cursor::encode(cursors.identity, &Cursor { owner, values }),
    );
    Ok(())
}
