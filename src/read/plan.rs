//! What a query is compiled to: levels of statements, and the shape of the answer over their rows.

use std::collections::HashMap;

use super::batch::{Batch, Pieces};
use super::cost::Cost;
use super::highlight;
use super::limits::Limits;
use super::sql::Sql;
use crate::model::Column;
use crate::values::Language;

/// How an operation is answered.
pub struct Plan {
    /// The search texts, each once: the statements that resolve them, before all levels.
    pub(super) searches: Vec<Sql>,
    /// Whether these are part of the statement that loads the levels, and not run by themselves.
    pub(super) resolves_within: bool,
    /// The statements that load the levels.
    pub(super) batches: Vec<Batch>,
    pub(super) levels: Vec<Level>,
    pub(super) roots: Vec<(String, Root)>,
    /// How much it may load and answer.
    pub(super) limits: Limits,
    pub(super) cost: Cost,
}

impl Plan {
    /// What it may cost at most.
    pub fn cost(&self) -> &Cost {
        &self.cost
    }

    /// Puts answers that need no registry in the place of those that were known before: JSON by response key.
    pub fn tell(&mut self, known: &HashMap<String, String>) {
        for (key, root) in &mut self.roots {
            if let Some(json) = known.get(key) {
                *root = Root::Constant(json.clone());
            }
        }
    }

    /// At most this many statements run to answer it, whatever the tables hold.
    pub fn statements(&self) -> usize {
        self.resolving().len() + self.asking().count() + self.highlights().count()
    }

    /// The statements that resolve search texts and do nothing else.
    pub(super) fn resolving(&self) -> &[Sql] {
        if self.resolves_within {
            &[]
        } else {
            &self.searches
        }
    }

    /// How many levels, counts and the like its statements ask for.
    pub(super) fn pieces(&self) -> usize {
        let pieces = self.batches.iter().map(|batch| batch.pieces);
        self.searches.len() + pieces.sum::<usize>() + self.highlights().count()
    }

    /// Whether a single statement reads the records, and PostgreSQL need not plan it anew for the values that it binds: then what
    /// it answers is of one moment without a transaction. What resolves search texts, and what says which words match, may be of
    /// another.
    pub fn needs_no_transaction(&self) -> bool {
        self.asking().count() <= 1 && self.asking().all(|batch| !batch.by_values)
    }

    /// About how many bytes of memory it takes.
    pub fn size(&self) -> usize {
        let constants = self.roots.iter().map(|(_, root)| match root {
            Root::Constant(json) => json.len(),
            _ => 0,
        });
        // Beside each piece of a statement stands about as much for what is made of its rows.
        let statements = self
            .describe()
            .iter()
            .map(|sql| 2 * sql.len() + 512)
            .sum::<usize>();
        statements + constants.sum::<usize>()
    }

    /// The statements as a person reads them.
    pub fn describe(&self) -> Vec<String> {
        let batches = self.asking().map(|batch| &batch.sql);
        let mut texts: Vec<_> = self
            .resolving()
            .iter()
            .chain(batches)
            .map(Sql::text)
            .collect();
        texts.extend(
            self.highlights()
                .map(|search| highlight::Highlighted::default().statement(search).text()),
        );
        texts
    }

    /// The statements of levels, but for those that would ask nothing.
    fn asking(&self) -> impl Iterator<Item = &Batch> {
        self.batches.iter().filter(|batch| batch.pieces > 0)
    }

    /// Whether a list below the root is asked for from a cursor on.
    pub(super) fn has_cursors(&self) -> bool {
        fn below(level: &Level) -> bool {
            level.children.iter().any(|Child { level, .. }| {
                let page = level.page.as_ref();
                page.is_some_and(|page| !page.issuers.is_empty()) || below(level)
            })
        }
        self.levels.iter().any(below)
    }

    /// The search texts of the levels that ask the database what of their rows matches.
    pub(super) fn highlights(&self) -> impl Iterator<Item = usize> {
        fn each(level: &Level, found: &mut Vec<usize>) {
            found.extend(level.highlighted);
            let children = level.children.iter().map(|child| &child.level);
            for level in level.asides.iter().chain(children) {
                each(level, found);
            }
        }
        let mut found = Vec::new();
        for level in &self.levels {
            each(level, &mut found);
        }
        found.into_iter()
    }
}

/// What a root field's answer is made from.
pub(super) enum Root {
    /// Known from the query alone: JSON.
    Constant(String),
    /// The one row of a level, or null.
    One { level: usize, object: Object },
    /// All rows of a level.
    List { level: usize, object: Object },
    /// A page.
    Connection {
        level: usize,
        connection: Connection,
    },
    /// `node` and `nodes`: for each identifier, the variant and identity that it names.
    Nodes {
        entries: Vec<Option<(usize, i64)>>,
        variants: Vec<(usize, Object)>,
        single: bool,
    },
}

/// Rows for all the rows of the level above, and the levels below. Its SQL moves into the statements of the plan.
pub(super) struct Level {
    /// The rows: the identity of the row above, then the columns. `None` where only the count is asked for.
    pub(super) rows: Option<Sql>,
    /// Where its rows arrive.
    pub(super) pieces: Pieces,
    /// The identities to look up, where they are known from the query.
    pub(super) known: Option<Vec<i64>>,
    pub(super) columns: Vec<Column>,
    pub(super) page: Option<Page>,
    /// Whether how its SQL runs best depends on the values that they bind: a rare kind or a common one.
    pub(super) by_values: bool,
    pub(super) count: Option<Sql>,
    /// What is asked about the same rows above beside these: aggregates.
    pub(super) asides: Vec<Level>,
    /// For rows that are texts: the search text whose matches are shown in them.
    pub(super) highlighted: Option<usize>,
    pub(super) children: Vec<Child>,
    /// For aggregates: how many groups there may be.
    pub(super) groups: Option<usize>,
    /// What a row costs beside its unit.
    pub(super) surcharge: u64,
}

/// A level below another.
pub(super) struct Child {
    pub(super) level: Level,
    /// The column above that holds the identity to start from.
    pub(super) key: usize,
    /// For a record of any type: the column above that holds its type, and the type that this level answers for.
    pub(super) tag: Option<(usize, &'static str)>,
}

/// How much of a list is asked for.
pub(super) struct Page {
    pub(super) limit: usize,
    pub(super) backward: bool,
    /// Finds whether something stands before the page, where the page's own rows can't tell.
    pub(super) before: Option<Sql>,
    /// Likewise after the page.
    pub(super) after: Option<Sql>,
    /// The rows above whose list issued the cursors that were given.
    pub(super) issuers: Vec<Issuer>,
}

/// A cursor that was given, and the list that issued it.
pub(super) struct Issuer {
    /// The row that the list belongs to; 0 for a root.
    pub(super) owner: i64,
    /// What to answer where it is another list's.
    pub(super) refusal: crate::graphql::Error,
}

/// The cursors of a connection: what they are made from.
pub(super) struct Cursors {
    pub(super) identity: u64,
    /// For each term of the order, the index of its column and how it arrives.
    pub(super) terms: Vec<(usize, Column)>,
}

/// The answer for one object: response keys in the selection's order.
#[derive(Default)]
pub(super) struct Object {
    pub(super) fields: Vec<(String, Output)>,
}

/// What one response key of an object is made from.
pub(super) enum Output {
    /// JSON known from the query.
    Constant(String),
    /// A column of the row.
    Column(usize),
    /// A text made from a column.
    Rendered {
        column: usize,
        render: fn(&str, Option<Language>) -> String,
        language: Option<Language>,
    },
    /// A value over columns of the row; null where that column is null.
    Value { presence: usize, object: Object },
    /// The one row of a child level that the key column names.
    One {
        child: usize,
        key: usize,
        object: Object,
    },
    /// As `One`, by the type that a column names.
    Any {
        tag: usize,
        key: usize,
        variants: Vec<(&'static str, usize, Object)>,
    },
    /// All rows of a child level.
    List {
        child: usize,
        key: usize,
        object: Object,
    },
    /// Pieces of the texts in a child level.
    Highlights {
        child: usize,
        key: usize,
        language: Option<Language>,
        shape: highlight::Shape,
    },
    /// A page of a child level.
    Connection {
        child: usize,
        key: usize,
        connection: Connection,
    },
}

/// The answer for a connection.
pub(super) struct Connection {
    pub(super) fields: Vec<(String, ConnectionField)>,
    pub(super) cursors: Option<Cursors>,
}

pub(super) enum ConnectionField {
    Typename(String),
    TotalCount,
    /// All rows of an aside.
    Aside {
        aside: usize,
        object: Object,
    },
    Nodes(Element),
    Edges(Vec<(String, EdgeField)>),
    PageInfo(Vec<(String, PageField)>),
}

/// The answer for an element of a connection.
pub(super) enum Element {
    /// The row itself.
    Row(Object),
    /// The record that the row names.
    Record(Output),
}

pub(super) enum EdgeField {
    Cursor,
    Node(Element),
    /// What the edge says of its own.
    Own(Output),
    Typename(String),
}

pub(super) enum PageField {
    HasNext,
    HasPrevious,
    Start,
    End,
    Typename,
}
