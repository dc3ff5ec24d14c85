//! The statements that follow from the declaration.
//!
//! Each works on all staged records of a type at once. Identifiers and names of fields come from the declaration alone;
//! what was written stands in the stage, never in a statement.

use std::fmt::Write as _;

use super::reference::Target;
use super::search::is_searched;
use crate::model::{Content, PartKey, Stored, Type};
use crate::registry::model;

/// Staged records that are to be written: all but those that are as they were.
pub(super) const WRITTEN: &str = "s.operation <> 'UNCHANGED'";

/// The columns of sort keys in the table of a record type.
pub(super) const SORT_COLUMNS: [&str; 5] =
    ["sort_fr", "sort_en", "sort_es", "sort_pt", "sort_original"];

/// A text as a literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// A name as an identifier.
pub(super) fn name(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Literals of an array.
pub(super) fn array<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let texts: Vec<String> = texts.into_iter().map(literal).collect();
    format!("ARRAY[{}]::text[]", texts.join(", "))
}

/// A select of the part that `<slug>#<key>` names, by an expression for that.
pub(super) fn part_by_slug(part: &str, owners: &[(&str, &str)], slug: &str) -> String {
    let tags = array(owners.iter().map(|(tag, _)| *tag));
    let column = owners.first().map_or("record_id", |(_, column)| *column);
    format!(
        "SELECT q.id FROM record r JOIN {} q ON q.{} = r.id AND q.key = split_part({slug}, '#', 2) \
         WHERE r.type = ANY({tags}) AND r.slug = split_part({slug}, '#', 1) ORDER BY array_position({tags}, r.type) LIMIT 1",
        name(model().get(part).table),
        name(column),
    )
}

/// Selects the parts of the records whose slugs are `$1`, each as `<slug>#<key>`.
pub(super) fn parts_of(part: &str, owners: &[(&str, &str)]) -> String {
    let tags = array(owners.iter().map(|(tag, _)| *tag));
    let column = owners.first().map_or("record_id", |(_, column)| *column);
    format!(
        "SELECT r.slug || '#' || q.key AS slug FROM record r JOIN {} q ON q.{} = r.id WHERE r.type = ANY({tags}) AND r.slug = ANY($1)",
        name(model().get(part).table),
        name(column),
    )
}

/// Columns of a row with the expressions for them, over a jsonb value.
struct Projection {
    columns: Vec<(String, String)>,
    joins: String,
}

fn project(ty: &Type, value: &str) -> Projection {
    let mut columns = Vec::new();
    let mut joins = String::new();
    for (field, stored) in ty.stored() {
        let source = if field.derive.is_some() {
            "s.derived"
        } else {
            value
        };
        let key = literal(field.input_name());
        let json = format!("{source}->{key}");
        let text = format!("{source}->>{key}");
        let column = &field.column;
        let mut one = |sql: String| columns.push((column.clone(), sql));
        match stored {
            Stored::Text | Stored::Url | Stored::Enum(..) => one(text),
            Stored::Integer => one(format!("({text})::integer")),
            Stored::Float => one(format!("({text})::double precision")),
            Stored::Boolean(_) => one(format!("({text})::boolean")),
            Stored::LanguageTags | Stored::Enums(_) => {
                one(format!("ARRAY(SELECT jsonb_array_elements_text({json}))"));
            }
            Stored::Integers => one(format!(
                "ARRAY(SELECT jsonb_array_elements_text({json})::integer)"
            )),
            Stored::Localized | Stored::LocalizedList => one(json),
            Stored::Date => columns.extend(date(column, &json)),
            Stored::Money => columns.extend([
                (
                    format!("{column}_amount"),
                    format!("({json}->>'amount')::numeric"),
                ),
                (format!("{column}_currency"), format!("{json}->>'currency'")),
            ]),
            Stored::Reference(target) => {
                let tag = match Target::of(target) {
                    Target::Record(tag) => literal(tag),
                    Target::Part(part) => {
                        unreachable!("{part} is a part, and a reference leads to a record")
                    }
                };
                let alias = format!("r{}", columns.len());
                columns.push((format!("{column}_id"), format!("{alias}.id")));
                let _ = write!(
                    joins,
                    " LEFT JOIN record {alias} ON {alias}.type = {tag} AND {alias}.slug = {text}"
                );
            }
            Stored::RecordReference { tag } => {
                let alias = format!("r{}", columns.len());
                columns.push(("target_id".to_owned(), format!("{alias}.id")));
                let _ = write!(
                    joins,
                    " LEFT JOIN record {alias} ON {alias}.type = {value}->>{} AND {alias}.slug = {text}",
                    literal(tag)
                );
            }
            Stored::References { .. } | Stored::Dates { .. } | Stored::Parts { .. } => {}
        }
    }
    Projection { columns, joins }
}

/// The four columns of a date.
fn date(prefix: &str, json: &str) -> [(String, String); 4] {
    [
        (format!("{prefix}_edtf"), format!("{json}->>'edtf'")),
        (
            format!("{prefix}_earliest"),
            format!("({json}->>'earliest')::date"),
        ),
        (
            format!("{prefix}_latest"),
            format!("({json}->>'latest')::date"),
        ),
        (
            format!("{prefix}_as_written"),
            format!("{json}->>'asWritten'"),
        ),
    ]
}

fn names(columns: &[(String, String)]) -> String {
    let names: Vec<String> = columns.iter().map(|(column, _)| name(column)).collect();
    names.join(", ")
}

fn expressions(columns: &[(String, String)]) -> String {
    let sql: Vec<&str> = columns.iter().map(|(_, sql)| sql.as_str()).collect();
    sql.join(", ")
}

fn excluded(columns: &[(String, String)]) -> String {
    let sets: Vec<String> = columns
        .iter()
        .map(|(column, _)| format!("{0} = EXCLUDED.{0}", name(column)))
        .collect();
    sets.join(", ")
}

/// Writes the rows of a record type; `$1` is the time.
pub(super) fn rows(ty: &Type, tag: &str) -> String {
    let Projection { mut columns, joins } = project(ty, "s.content");
    let sorts = SORT_COLUMNS.map(|column| (column.to_owned(), format!("s.{column}")));
    columns.splice(
        0..0,
        [
            ("slug".to_owned(), "s.slug".to_owned()),
            ("updated_at".to_owned(), "$1::timestamptz".to_owned()),
            (
                "original_language".to_owned(),
                "s.content->>'originalLanguage'".to_owned(),
            ),
        ]
        .into_iter()
        .chain(sorts)
        .chain(is_searched(ty).then(|| ("words".to_owned(), "search_words(s.search)".to_owned()))),
    );
    format!(
        "INSERT INTO {table} AS t (id, created_at, {names}) \
         SELECT s.id, $1::timestamptz, {expressions} FROM stage s{joins} WHERE s.type = {tag} AND {WRITTEN} ORDER BY s.ordinal \
         ON CONFLICT (id) DO UPDATE SET version = t.version + 1, {excluded}",
        table = name(ty.table),
        names = names(&columns),
        expressions = expressions(&columns),
        tag = literal(tag),
        excluded = excluded(&columns),
    )
}

/// A list of rows that a record type owns: parts, or dates.
pub(super) struct Owned {
    tag: &'static str,
    list: &'static str,
    input: &'static str,
    table: &'static str,
    owner: &'static str,
    kind: Kind,
}

enum Kind {
    Parts(&'static Type),
    Dates(&'static str),
}

/// The lists of rows that a record type owns.
pub(super) fn owned(ty: &'static Type, tag: &'static str) -> Vec<Owned> {
    ty.stored()
        .filter_map(|(field, stored)| {
            let (table, owner, kind) = match stored {
                Stored::Parts { part, owner } => {
                    let part = model().get(part);
                    (part.table, *owner, Kind::Parts(part))
                }
                Stored::Dates {
                    table,
                    owner,
                    prefix,
                } => (*table, *owner, Kind::Dates(prefix)),
                _ => return None,
            };
            Some(Owned {
                tag,
                list: field.name,
                input: field.input_name(),
                table,
                owner,
                kind,
            })
        })
        .collect()
}

impl Owned {
    /// The part's type, if these are parts.
    pub(super) fn part(&self) -> Option<&'static Type> {
        match self.kind {
            Kind::Parts(part) => Some(part),
            Kind::Dates(_) => None,
        }
    }

    /// Their table, and its column for the record that owns them.
    pub(super) fn table(&self) -> (String, String) {
        (name(self.table), name(self.owner))
    }

    /// The field that lists them.
    pub(super) fn list(&self) -> &'static str {
        self.list
    }

    /// The type of the records that own them.
    pub(super) fn tag(&self) -> &'static str {
        self.tag
    }

    /// The expression for a part's key over `p.value`.
    pub(super) fn key(&self) -> String {
        let field = match self.kind {
            Kind::Parts(Type {
                part_key: PartKey::Reference(field),
                ..
            }) => field,
            Kind::Parts(_) => "key",
            Kind::Dates(_) => "edtf",
        };
        format!("p.value->>{}", literal(field))
    }

    /// Each element of the lists of staged records `s`, as `p` with its value and its position.
    pub(super) fn elements(&self) -> String {
        format!(
            "stage s CROSS JOIN LATERAL jsonb_array_elements(s.content->{}) WITH ORDINALITY AS p(value, position)",
            literal(self.input)
        )
    }

    /// Writes the rows.
    pub(super) fn rows(&self) -> String {
        let Projection { mut columns, joins } = match self.kind {
            Kind::Parts(part) => project(part, "p.value"),
            Kind::Dates(prefix) => Projection {
                columns: date(prefix, "p.value").into(),
                joins: String::new(),
            },
        };
        columns.splice(
            0..0,
            [
                ("position".to_owned(), "p.position".to_owned()),
                (
                    "original_language".to_owned(),
                    "s.content->>'originalLanguage'".to_owned(),
                ),
            ],
        );
        let before: Vec<String> = columns
            .iter()
            .map(|(column, _)| format!("t.{}", name(column)))
            .collect();
        let after: Vec<String> = columns
            .iter()
            .map(|(column, _)| format!("EXCLUDED.{}", name(column)))
            .collect();
        format!(
            "INSERT INTO {table} AS t ({owner}, key, {names}) SELECT s.id, {key}, {expressions} FROM {elements}{joins} \
             WHERE s.type = {tag} AND {WRITTEN} ORDER BY s.ordinal, p.position \
             ON CONFLICT ({owner}, key) DO UPDATE SET {excluded} WHERE ({before}) IS DISTINCT FROM ({after})",
            table = name(self.table),
            owner = name(self.owner),
            names = names(&columns),
            key = self.key(),
            expressions = expressions(&columns),
            elements = self.elements(),
            tag = literal(self.tag),
            excluded = excluded(&columns),
            before = before.join(", "),
            after = after.join(", "),
        )
    }

    /// The condition for rows `t` of updated records `s` that are no longer listed.
    fn gone(&self) -> String {
        format!(
            "t.{owner} = s.id AND s.type = {tag} AND s.operation = 'UPDATED' AND NOT EXISTS \
             (SELECT FROM jsonb_array_elements(s.content->{input}) AS p(value) WHERE {key} = t.key)",
            owner = name(self.owner),
            tag = literal(self.tag),
            input = literal(self.input),
            key = self.key(),
        )
    }

    /// Takes away the rows that are no longer listed.
    pub(super) fn removal(&self) -> String {
        format!(
            "DELETE FROM {} t USING stage s WHERE {}",
            name(self.table),
            self.gone()
        )
    }

    /// Finds the parts that are about to be taken away and that records refer to: the owner's slug, the part's key, and
    /// the type and slug of the record that refers to it. None where nothing can refer to such parts.
    pub(super) fn still_needed(&self) -> Option<String> {
        let Kind::Parts(part) = self.kind else {
            return None;
        };
        let uses: Vec<String> = model()
            .records()
            .flat_map(|(ty, _)| ty.stored())
            .filter_map(|(_, stored)| match stored {
                Stored::References { target, table, near, far } if *target == part.name => Some(format!(
                    "SELECT s.slug AS owner, t.key, r.type AS tag, r.slug FROM {} t JOIN stage s ON {} \
                     JOIN {} j ON j.{} = t.id JOIN record r ON r.id = j.{}",
                    name(self.table),
                    self.gone(),
                    name(table),
                    name(far),
                    name(near),
                )),
                _ => None,
            })
            .collect();
        (!uses.is_empty()).then(|| uses.join(" UNION ALL "))
    }

    /// Selects list, owner, key and identity of all rows of staged records, for citations and sources.
    pub(super) fn identities(&self) -> String {
        format!(
            "SELECT {list} AS list, s.id AS record_id, t.key, t.id FROM stage s JOIN {table} t ON t.{owner} = s.id WHERE s.type = {tag}",
            list = literal(self.list),
            table = name(self.table),
            owner = name(self.owner),
            tag = literal(self.tag),
        )
    }
}

/// The record types in an order in which each comes after those that its own columns refer to. Where two refer to each
/// other, one of the constraints must be deferrable.
pub(super) fn ordered(
    types: &[(&'static Type, &'static str)],
) -> Vec<(&'static Type, &'static str)> {
    fn visit(
        at: usize,
        types: &[(&'static Type, &'static str)],
        seen: &mut [bool],
        order: &mut Vec<(&'static Type, &'static str)>,
    ) {
        if std::mem::replace(&mut seen[at], true) {
            return;
        }
        for (_, stored) in types[at].0.stored() {
            if let Stored::Reference(target) = stored
                && let Some(next) = types.iter().position(|(ty, _)| ty.name == *target)
            {
                visit(next, types, seen, order);
            }
        }
        order.push(types[at]);
    }
    let mut seen = vec![false; types.len()];
    let mut order = Vec::with_capacity(types.len());
    for at in 0..types.len() {
        visit(at, types, &mut seen, &mut order);
    }
    order
}

/// The input's fields of a record, in their order: what the log tells of.
pub(super) fn logged_fields(ty: &'static Type) -> Vec<&'static str> {
    let mut fields = vec!["originalLanguage"];
    fields.extend(super::input::inputs(ty).map(|(field, _)| field.input_name()));
    fields.extend(["sources", "citations"]);
    fields
}

/// The text of a record's label in its content.
pub(super) fn label<'a>(
    ty: &Type,
    label: &str,
    content: &'a Content,
    derived: &'a Content,
) -> Option<&'a Content> {
    let field = ty.field(label)?;
    let source = if field.derive.is_some() {
        derived
    } else {
        content
    };
    source.get(field.input_name())?.as_object()
}
