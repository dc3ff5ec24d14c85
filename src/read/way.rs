//! Ways to the rows that a filter keeps, over rows between that carry copies of their columns.

use async_graphql::Positioned;
use async_graphql::parser::types::Field as Selected;
use serde_json::{Map, Value};

use super::compile::Compiler;
use super::sql::Sql;
use crate::graphql::Error;
use crate::model::{Filter, Link, Type, Way};

/// The way that a list takes, for the filter that knows it.
pub(super) struct Taken<'m, 'g> {
    pub(super) filter: &'m Filter,
    pub(super) way: &'m Way,
    value: &'g Value,
    pub(super) split: Option<Split<'m, 'g>>,
}

/// Another filter, which the way answers in two parts.
#[derive(Clone, Copy)]
pub(super) struct Split<'m, 'g> {
    pub(super) filter: &'m Filter,
    value: &'g Value,
    parts: &'m [String; 2],
}

/// What a way comes to in a statement.
pub(super) struct Filled {
    /// What the rows between must meet.
    pub(super) condition: Sql,
    /// These rows, where they are found in parts: a statement for each, to which conditions can be added.
    pub(super) parts: Vec<Sql>,
}

/// The first field of a filter that knows a way which serves its value. `without` is a field to leave out.
pub(super) fn taken<'m, 'g>(
    ty: &'m Type,
    given: &'g Map<String, Value>,
    without: Option<&str>,
) -> Option<Taken<'m, 'g>> {
    let asked = |name: &str| given.get(name).filter(|_| Some(name) != without);
    ty.filters.iter().find_map(|filter| {
        let way = filter.way.as_ref()?;
        let value = asked(filter.name).filter(|value| (way.serves)(value))?;
        let split = way.split.as_ref().and_then(|(name, parts)| {
            Some(Split {
                filter: ty.filters.iter().find(|filter| filter.name == *name)?,
                value: asked(name)?,
                parts,
            })
        });
        Some(Taken {
            filter,
            way,
            value,
            split,
        })
    })
}

/// The columns of the target that the rows between have copies of.
pub(super) fn copies(link: &Link) -> &'static [&'static str] {
    link.between.as_ref().map_or(&[], |between| between.carried)
}

/// Whether the rows between have copies of all columns, `@.column`, that a condition is about.
pub(super) fn carried(link: &Link, condition: &str) -> bool {
    let copies = copies(link);
    !copies.is_empty()
        && condition.split("@.").skip(1).all(|rest| {
            let end = rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
            copies.contains(&&rest[..end.unwrap_or(rest.len())])
        })
}

impl Compiler<'_> {
    /// Fills a way with what the filters give. `argument` is the list's argument that they stand in.
    pub(super) fn fill_way(
        &mut self,
        taken: &Taken<'_, '_>,
        selected: &Positioned<Selected>,
        argument: &str,
    ) -> Result<Filled, Error> {
        let Taken {
            filter, way, value, ..
        } = taken;
        let place = format!("{argument}.{}", filter.name);
        let condition = self.condition(filter, way.condition, value, selected, &place, |_| {})?;
        let (Some(split), Some(rows)) = (taken.split, &way.link.between) else {
            return Ok(Filled {
                condition,
                parts: Vec::new(),
            });
        };
        let Split {
            filter,
            value,
            parts,
        } = split;
        let place = format!("{argument}.{}", filter.name);
        let mut found = Vec::with_capacity(parts.len());
        for (number, part) in parts.iter().enumerate() {
            // Two parts of one condition.
            self.conditions -= usize::from(number > 0);
            let part = part.replace("@.", "j.");
            let part = self.condition(filter, &part, value, selected, &place, |_| {})?;
            let mut sql = Sql::new(&format!("SELECT j.* FROM {} WHERE (", rows.from));
            sql.append(&part).push(")");
            found.push(sql);
        }
        Ok(Filled {
            condition,
            parts: found,
        })
    }
}
