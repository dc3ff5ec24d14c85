//! What a plan may cost at most: known before anything runs, and simple enough to be reckoned by hand.
//!
//! A unit is one record that may come. A page counts as long as it may be, a list that has no pages as [`LIST`], and
//! everything once for each record that may stand above it. Counting and searching look at more records than they give;
//! they have prices. docs/limits.md tells the same to clients, with examples.

use super::plan::{
    Connection, ConnectionField, EdgeField, Element, Level, Object, Output, Plan, Root,
};
use crate::graphql::error::{Code, Error, short};

/// What a list without pages usually holds at most.
const LIST: u64 = 10;
/// The number of elements of a list.
const COUNT: u64 = 10;
/// Counts or sums by groups, beside the groups themselves.
const GROUPS: u64 = 100;
/// A search text.
const SEARCH: u64 = 100;
/// So many bytes about the schema itself are one unit.
const BYTES: u64 = 1_000;

/// What a plan may cost, and its dearest part.
#[derive(Debug, Clone, Default)]
pub struct Cost {
    /// All of it, in units.
    pub total: u64,
    /// What its dearest part costs without what is below it.
    pub most: u64,
    /// The response keys down to that part: `regions.nodes.agreements`.
    pub path: String,
}

impl Cost {
    /// Whether it is within a limit.
    ///
    /// # Errors
    /// [`Code::QueryTooComplex`] where it isn't, with what would help most.
    pub(super) fn check(&self, limit: u64) -> Result<(), Error> {
        let Self { total, most, path } = self;
        if *total <= limit {
            return Ok(());
        }
        let path = short(path);
        let message = format!(
            "The query may cost {total}, and a request may cost {limit}. Its dearest part is `{path}` with {most}: ask for \
             smaller pages there and above, or in several requests."
        );
        Err(Error::new(Code::QueryTooComplex, message)
            .with("cost", *total)
            .with("limit", limit)
            .with("path", path.as_ref()))
    }
}

/// Reckons what a plan may cost.
pub(super) fn of(plan: &Plan) -> Cost {
    let mut reckoner = Reckoner::default();
    let mut total = (plan.searches.len() as u64).saturating_mul(SEARCH);
    for (key, root) in &plan.roots {
        reckoner.path.push(key);
        let cost = match root {
            Root::Constant(json) => json.len() as u64 / BYTES,
            Root::One { level, object } => reckoner.rows(&plan.levels[*level], object, 1),
            Root::List { level, object } => reckoner.list(&plan.levels[*level], object, 1),
            Root::Connection { level, connection } => {
                reckoner.connection(&plan.levels[*level], connection, 1)
            }
            Root::Nodes { variants, .. } => sum(variants.iter().map(|(level, object)| {
                let level = &plan.levels[*level];
                let known = level.known.as_ref().map_or(1, Vec::len);
                reckoner.rows(level, object, known as u64)
            })),
        };
        total = total.saturating_add(cost);
        reckoner.path.pop();
    }
    Cost {
        total,
        ..reckoner.most
    }
}

#[derive(Default)]
struct Reckoner<'p> {
    path: Vec<&'p str>,
    most: Cost,
}

impl<'p> Reckoner<'p> {
    /// So many units for what stands where the path leads.
    fn spend(&mut self, units: u64) -> u64 {
        if units > self.most.most {
            self.most.most = units;
            self.most.path = self.path.join(".");
        }
        units
    }

    /// So many records with all that is asked of each.
    fn rows(&mut self, level: &'p Level, object: &'p Object, rows: u64) -> u64 {
        let own = self.spend(rows.saturating_mul(1 + level.surcharge));
        own.saturating_add(self.object(level, object, rows))
    }

    /// A list without pages for each of so many records: groups are limited, anything else is what it is.
    fn list(&mut self, level: &'p Level, object: &'p Object, times: u64) -> u64 {
        let (price, length) = match level.groups {
            Some(most) => (GROUPS, most as u64),
            None => (0, LIST),
        };
        let price = self.spend(times.saturating_mul(price));
        price.saturating_add(self.rows(level, object, times.saturating_mul(length)))
    }

    fn object(&mut self, level: &'p Level, object: &'p Object, rows: u64) -> u64 {
        sum(object.fields.iter().map(|(key, output)| {
            self.path.push(key);
            let cost = self.output(level, output, rows);
            self.path.pop();
            cost
        }))
    }

    fn output(&mut self, level: &'p Level, output: &'p Output, rows: u64) -> u64 {
        let below = |child: usize| &level.children[child].level;
        match output {
            Output::Constant(_) | Output::Column(_) | Output::Rendered { .. } => 0,
            Output::Value { object, .. } => self.object(level, object, rows),
            Output::One { child, object, .. } => self.rows(below(*child), object, rows),
            // A record is of one type: the dearest of them.
            Output::Any { variants, .. } => {
                let variants = variants.iter();
                let each =
                    variants.map(|(_, child, object)| self.rows(below(*child), object, rows));
                each.max().unwrap_or_default()
            }
            Output::List { child, object, .. } => self.list(below(*child), object, rows),
            Output::Highlights { .. } => self.spend(rows.saturating_mul(LIST)),
            Output::Connection {
                child, connection, ..
            } => self.connection(below(*child), connection, rows),
        }
    }

    /// A list in pages for each of so many records.
    fn connection(&mut self, level: &'p Level, connection: &'p Connection, times: u64) -> u64 {
        let page = level.page.as_ref().map_or(LIST, |page| page.limit as u64);
        let rows = times.saturating_mul(page);
        let fields = || connection.fields.iter().map(|(_, field)| field);
        let shows = fields().any(|field| {
            matches!(
                field,
                ConnectionField::Nodes(_)
                    | ConnectionField::Edges(_)
                    | ConnectionField::PageInfo(_)
            )
        });
        let counts = fields().any(|field| matches!(field, ConnectionField::TotalCount));
        let mut total = 0_u64;
        if shows {
            total = self.spend(rows.saturating_mul(1 + level.surcharge));
        }
        if counts {
            total = total.saturating_add(self.spend(times.saturating_mul(COUNT)));
        }
        for (key, field) in &connection.fields {
            self.path.push(key);
            let cost = match field {
                ConnectionField::Nodes(element) => self.element(level, element, rows),
                ConnectionField::Edges(fields) => sum(fields.iter().map(|(key, field)| {
                    self.path.push(key);
                    let cost = match field {
                        EdgeField::Node(element) => self.element(level, element, rows),
                        EdgeField::Own(output) => self.output(level, output, rows),
                        EdgeField::Cursor | EdgeField::Typename(_) => 0,
                    };
                    self.path.pop();
                    cost
                })),
                ConnectionField::Aside { aside, object } => {
                    self.list(&level.asides[*aside], object, times)
                }
                ConnectionField::Typename(_)
                | ConnectionField::TotalCount
                | ConnectionField::PageInfo(_) => 0,
            };
            total = total.saturating_add(cost);
            self.path.pop();
        }
        total
    }

    fn element(&mut self, level: &'p Level, element: &'p Element, rows: u64) -> u64 {
        match element {
            Element::Row(object) => self.object(level, object, rows),
            Element::Record(output) => self.output(level, output, rows),
        }
    }
}

fn sum(costs: impl Iterator<Item = u64>) -> u64 {
    costs.fold(0, u64::saturating_add)
}
