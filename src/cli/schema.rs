//! `entente schema`.

use super::Failure;
use crate::graphql::schema;
use crate::registry::model;

pub(super) fn run() -> Result<(), Failure> {
    print!(
        "{}",
        schema::sdl(model()).map_err(|error| Failure::Other(error.to_string()))?
    );
    Ok(())
}
