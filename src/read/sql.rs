//! Statements: text with values bound in their places.

use std::io::Write;

use diesel::pg::Pg;
use diesel::query_builder::{self, AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::{IsNull, Output, Result as Serialized, ToSql};
use diesel::sql_types::{Array, BigInt, Binary, SqlType, Text, Untyped};

/// A value that a statement binds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Bind {
    /// The identities that rows above hand down: the n-th list of these that the statement is given.
    Owners(usize),
    /// Identities that are known from the query.
    Identities(Vec<i64>),
    Text(String),
    Texts(Vec<String>),
    Integer(i64),
    Bytes(Vec<u8>),
    /// What the n-th search text of the plan asks for: a `tsquery`.
    Query(usize),
    /// What matches of the n-th search text are ranked by, likewise: all of it but what it excludes.
    Ranked(usize),
    /// Any word of the n-th search text, likewise.
    Words(usize),
}

#[derive(Debug, Clone, PartialEq)]
enum Piece {
    Text(String),
    Bind(Bind),
}

/// A statement, or a piece of one.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sql {
    pieces: Vec<Piece>,
}

impl Sql {
    pub(super) fn new(text: &str) -> Self {
        let mut sql = Self::default();
        sql.push(text);
        sql
    }

    pub(super) fn push(&mut self, text: &str) -> &mut Self {
        if text.is_empty() {
            return self;
        }
        match self.pieces.last_mut() {
            Some(Piece::Text(last)) => last.push_str(text),
            _ => self.pieces.push(Piece::Text(text.to_owned())),
        }
        self
    }

    pub(super) fn bind(&mut self, value: Bind) -> &mut Self {
        self.pieces.push(Piece::Bind(value));
        self
    }

    /// A bound value alone.
    pub(super) fn bound(value: Bind) -> Self {
        let mut sql = Self::default();
        sql.bind(value);
        sql
    }

    /// The same, with another expression for the identities that it starts from.
    pub(super) fn starting_from(&self, owners: &Self) -> Self {
        let mut sql = Self::default();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => sql.push(text),
                Piece::Bind(Bind::Owners(_)) => sql.append(owners),
                Piece::Bind(value) => sql.bind(value.clone()),
            };
        }
        sql
    }

    /// The same, with what search texts ask for read from what stands beside it: a row of what the database resolves the n-th
    /// text to, named by [`search_name`].
    pub(super) fn beside_searches(&self) -> Self {
        let mut sql = Self::default();
        let read = |sql: &mut Self, column, search| {
            sql.push(&format!("(SELECT {column} FROM {})", search_name(search)));
        };
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => _ = sql.push(text),
                Piece::Bind(Bind::Query(search)) => read(&mut sql, "query", *search),
                Piece::Bind(Bind::Ranked(search)) => read(&mut sql, "ranked", *search),
                Piece::Bind(Bind::Words(search)) => read(&mut sql, "words", *search),
                Piece::Bind(value) => _ = sql.bind(value.clone()),
            }
        }
        sql
    }

    pub(super) fn append(&mut self, other: &Self) -> &mut Self {
        for piece in &other.pieces {
            match piece {
                Piece::Text(text) => self.push(text),
                Piece::Bind(value) => self.bind(value.clone()),
            };
        }
        self
    }

    /// Pushes a declared expression, with its `$arg`s bound to these numbers, one after the other.
    pub(super) fn push_numbers(&mut self, template: &str, numbers: &[i64]) -> &mut Self {
        let mut pieces = template.split("$arg");
        self.push(pieces.next().unwrap_or_default());
        for (number, piece) in numbers.iter().zip(pieces) {
            self.bind(Bind::Integer(*number)).push(piece);
        }
        self
    }

    /// Whether a value is bound in it.
    pub(super) fn binds(&self) -> bool {
        self.pieces
            .iter()
            .any(|piece| matches!(piece, Piece::Bind(_)))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    /// The text with numbered places for its values, as a person reads it in a plan.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        let mut places = 0;
        for piece in &self.pieces {
            match piece {
                Piece::Text(piece) => text.push_str(piece),
                Piece::Bind(_) => {
                    places += 1;
                    text.push_str(&["$", &places.to_string()].concat());
                }
            }
        }
        text
    }
}

/// What the n-th search text is called where it is resolved within the statement that asks for it.
pub(super) fn search_name(search: usize) -> String {
    format!("search{search}")
}

impl From<String> for Sql {
    fn from(text: String) -> Self {
        Self::new(&text)
    }
}

/// PostgreSQL's type of what asks something of a search vector.
#[derive(SqlType)]
#[diesel(postgres_type(oid = 3615, array_oid = 3645))]
pub(super) struct TsQuery;

/// A `tsquery` in PostgreSQL's binary form, as it came and as it is sent back.
#[derive(Debug)]
pub(super) struct Query(pub(super) Vec<u8>);

impl ToSql<TsQuery, Pg> for Query {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> Serialized {
        out.write_all(&self.0)?;
        Ok(IsNull::No)
    }
}

/// A search text as the database has resolved it.
#[derive(Debug)]
pub(super) struct Resolved {
    /// What all its words ask for.
    pub(super) query: Query,
    /// The same without what it excludes, if there is anything else.
    pub(super) ranked: Query,
    /// Any of its words.
    pub(super) words: Query,
}

/// A statement with the identities handed down to it. Its text is the key under which diesel keeps it prepared.
pub(super) struct Statement<'a> {
    pub(super) sql: &'a Sql,
    pub(super) owners: &'a [&'a [i64]],
    /// The plan's search texts.
    pub(super) searches: &'a [Resolved],
}

impl QueryFragment<Pg> for Statement<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for piece in &self.sql.pieces {
            match piece {
                Piece::Text(text) => out.push_sql(text),
                Piece::Bind(Bind::Owners(place)) => {
                    out.push_bind_param::<Array<BigInt>, [i64]>(self.owners[*place])?;
                }
                Piece::Bind(Bind::Identities(identities)) => {
                    out.push_bind_param::<Array<BigInt>, _>(identities)?;
                }
                Piece::Bind(Bind::Text(value)) => out.push_bind_param::<Text, _>(value)?,
                Piece::Bind(Bind::Texts(value)) => out.push_bind_param::<Array<Text>, _>(value)?,
                Piece::Bind(Bind::Integer(value)) => out.push_bind_param::<BigInt, _>(value)?,
                Piece::Bind(Bind::Bytes(value)) => out.push_bind_param::<Binary, _>(value)?,
                Piece::Bind(Bind::Query(index)) => {
                    out.push_bind_param::<TsQuery, _>(&self.searches[*index].query)?;
                }
                Piece::Bind(Bind::Ranked(index)) => {
                    out.push_bind_param::<TsQuery, _>(&self.searches[*index].ranked)?;
                }
                Piece::Bind(Bind::Words(index)) => {
                    out.push_bind_param::<TsQuery, _>(&self.searches[*index].words)?;
                }
            }
        }
        Ok(())
    }
}

impl QueryId for Statement<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl query_builder::Query for Statement<'_> {
    type SqlType = Untyped;
}
