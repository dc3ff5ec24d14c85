//! The read engine: a declared model and a GraphQL selection in, JSON out.
//!
//! [`compile`] turns an operation into a [`Plan`]: a tree of levels, each of which asks for just the columns that the
//! selection needs, for all the rows of the level above at once; and the few statements that load them. [`run`] executes
//! the plan on one connection and writes the answer in the selection's order. So the number of statements is a function of
//! the query's shape, and nothing here knows what a party or an agreement is.

mod answer;
mod args;
mod batch;
#[cfg(feature = "bench")]
#[doc(hidden)]
pub mod bench;
mod columns;
mod compile;
mod connections;
mod cost;
mod cursor;
mod filter;
mod highlight;
mod json;
mod limits;
mod link_rows;
mod plan;
mod roots;
mod run;
mod search_text;
mod selection;
mod sql;
mod template;
mod walk;
mod way;

pub use args::Variables;
pub use compile::{Operation, compile};
pub use cost::Cost;
pub use limits::Limits;
pub use plan::Plan;
pub use run::{RunError, run};
pub(crate) use selection::{Document, Merged, inner};
