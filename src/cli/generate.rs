//! `entente generate OUT`.

use std::path::PathBuf;

use super::Failure;
use crate::generate;

/// What is made up.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// How many agreements; there are 4.6 times as many actions.
    #[arg(long, value_name = "NUMBER", default_value_t = 5_000)]
    agreements: usize,
    /// What chance starts from: the same gives the same, to the letter.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// The folder to write to: empty, or not there yet.
    out: PathBuf,
}

pub(super) fn run(options: &Options) -> Result<(), Failure> {
    let made = generate::generate(options.agreements, options.seed, &options.out)
        .map_err(|error| Failure::Other(format!("{}: {error}", options.out.display())))?;
    println!(
        "{} agreements with {} actions, {} parties and {} programmes are in {}.",
        made.agreements,
        made.actions,
        made.parties,
        made.programs,
        options.out.display()
    );
    Ok(())
}
