//! GraphQL, whatever carries it: a [`Request`] goes in, an [`Answer`] or a refusal comes out.

pub mod budget;
pub mod code;
pub mod document;
pub mod documents;
pub mod error;
pub mod guard;
pub mod request;
pub mod trusted;

mod engine;
mod introspection;
pub mod schema;
mod tokens;
mod viewer;

pub use budget::{Budget, RATE_LIMIT, Standing};
pub use engine::{DOCUMENT_CACHE, Engine, PERSISTED_QUERIES};
pub use error::{Code, Error};
pub use request::{Answer, Asked, Question, Request};
pub use trusted::Trusted;
