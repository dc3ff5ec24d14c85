//! Writes the answer from the rows of a plan's levels, in the order of the selection.

use super::columns::{self, PgRow};
use super::cursor::{self, Cursor};
use super::highlight;
use super::json::{self, Separator};
use super::plan::{
    Connection, ConnectionField, Cursors, EdgeField, Element, Level, Object, Output, PageField,
    Plan, Root,
};
use super::run::{Loaded, RunError, too_much};

/// The most bytes of an answer.
const MOST_BYTES: usize = 32 << 20;

/// Writes the response.
pub(super) fn write(plan: &Plan, levels: &[Loaded]) -> Result<Vec<u8>, RunError> {
    levels.iter().for_each(Loaded::begin);
    let mut out = Vec::with_capacity(4096);
    let mut object = Separator::new();
    out.extend(b"{\"data\":{");
    for (key, root) in &plan.roots {
        object.key(&mut out, key);
        write_root(&mut out, plan, levels, root)?;
    }
    out.extend(b"}}");
    Ok(out)
}

fn write_root(
    out: &mut Vec<u8>,
    plan: &Plan,
    levels: &[Loaded],
    root: &Root,
) -> Result<(), RunError> {
    match root {
        Root::Constant(json) => out.extend(json.as_bytes()),
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
    check_size(out.len())?;
    let mut fields = Separator::new();
    out.push(b'{');
    for (key, output) in &object.fields {
        fields.key(out, key);
        write_output(out, level, loaded, output, row)?;
    }
    out.push(b'}');
    Ok(())
}

/// Rows are loaded once, however often the answer shows them.
fn check_size(bytes: usize) -> Result<(), RunError> {
    if bytes > MOST_BYTES {
        return Err(too_much(&format!("{} MiB", MOST_BYTES >> 20)));
    }
    Ok(())
}

/// Writes what is below a row, once: below the same row the answer says the same wherever that comes up again.
fn write_below(
    out: &mut Vec<u8>,
    below: &Loaded,
    owner: i64,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), RunError>,
) -> Result<(), RunError> {
    let Some(written) = &below.written else {
        return write(out);
    };
    let known = written.borrow().get(&owner).cloned();
    if let Some(range) = known {
        check_size(out.len() + range.len())?;
        out.extend_from_within(range);
        return Ok(());
    }
    let start = out.len();
    write(out)?;
    written.borrow_mut().insert(owner, start..out.len());
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
    let slot = |index: usize| level.pieces.slot(index);
    let owner = |key: usize| columns::bigint(row, slot(key));
    match output {
        Output::Constant(json) => out.extend(json.as_bytes()),
        Output::Column(index) => columns::write(out, row, slot(*index), level.columns[*index - 1])?,
        Output::Rendered {
            column,
            render,
            language,
        } => match columns::with_text(row, slot(*column), |text| render(text, *language)) {
            Some(text) => json::string(out, &text),
            None => out.extend(b"null"),
        },
        Output::Value { presence, object } => {
            if columns::is_null(row, slot(*presence)) {
                out.extend(b"null");
            } else {
                write_object(out, level, loaded, object, row)?;
            }
        }
        Output::One { child, key, object } => {
            let (level, loaded) = below(*child);
            match owner(*key) {
                Some(owner) => write_below(out, loaded, owner, |out| {
                    write_first(out, level, loaded, object, owner)
                })?,
                None => out.extend(b"null"),
            }
        }
        Output::Any { tag, key, variants } => {
            let variant = columns::with_text(row, slot(*tag), |text| {
                variants.iter().find(|(tag, _, _)| *tag == text)
            })
            .flatten();
            match (variant, owner(*key)) {
                (Some((_, child, object)), Some(owner)) => {
                    let (level, loaded) = below(*child);
                    write_below(out, loaded, owner, |out| {
                        write_first(out, level, loaded, object, owner)
                    })?;
                }
                _ => out.extend(b"null"),
            }
        }
        Output::List { child, key, object } => {
            let (level, loaded) = below(*child);
            let owner = owner(*key).unwrap_or_default();
            write_below(out, loaded, owner, |out| {
                write_list(out, level, loaded, object, owner)
            })?;
        }
        Output::Highlights {
            child,
            key,
            language,
            shape,
        } => {
            let (_, loaded) = below(*child);
            highlight::write(out, owner(*key), &loaded.highlighted, *language, shape);
        }
        Output::Connection {
            child,
            key,
            connection,
        } => {
            let (level, loaded) = below(*child);
            let owner = owner(*key).unwrap_or_default();
            write_below(out, loaded, owner, |out| {
                write_connection(out, level, loaded, connection, owner)
            })?;
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
            ConnectionField::Aside { aside, object } => {
                let (level, loaded) = (&level.asides[*aside], &loaded.asides[*aside]);
                write_list(out, level, loaded, object, owner)?;
            }
            ConnectionField::Nodes(element) => {
                let mut list = Separator::new();
                out.push(b'[');
                for row in &shown.rows {
                    list.comma(out);
                    write_element(out, level, loaded, element, row)?;
                }
                out.push(b']');
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
                write_page_info(
                    out,
                    level,
                    loaded,
                    page_info,
                    connection.cursors.as_ref(),
                    &shown,
                )?;
            }
        }
    }
    out.push(b'}');
    Ok(())
}

fn write_element(
    out: &mut Vec<u8>,
    level: &Level,
    loaded: &Loaded,
    element: &Element,
    row: &PgRow,
) -> Result<(), RunError> {
    match element {
        Element::Row(object) => write_object(out, level, loaded, object, row),
        Element::Record(output) => write_output(out, level, loaded, output, row),
    }
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
                EdgeField::Cursor => write_cursor(out, level, cursors, Some(row), shown.owner)?,
                EdgeField::Node(element) => write_element(out, level, loaded, element, row)?,
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
    level: &Level,
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
                write_cursor(
                    out,
                    level,
                    cursors,
                    shown.rows.first().copied(),
                    shown.owner,
                )?;
            }
            PageField::End => {
                write_cursor(out, level, cursors, shown.rows.last().copied(), shown.owner)?;
            }
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
    level: &Level,
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
        .map(|(index, column)| columns::cursor_value(row, level.pieces.slot(*index), *column))
        .collect::<Result<_, _>>()?;
    json::string(
        out,
        &cursor::encode(cursors.identity, &Cursor { owner, values }),
    );
    Ok(())
}
