//! The log: for people on a terminal, for machines elsewhere.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::SubscriberBuilder;

use crate::config::LogFormat;

/// Sends the log to standard error. `filter` is what `RUST_LOG` holds, checked before.
///
/// Standard output is left to what a command is asked for.
pub fn start(format: LogFormat, filter: &str) {
    let terminal = io::stderr().is_terminal();
    let builder = SubscriberBuilder::default()
        .with_writer(io::stderr)
        .with_env_filter(EnvFilter::new(filter));
    let json = match format {
        LogFormat::Auto => !terminal,
        LogFormat::Text => false,
        LogFormat::Json => true,
    };
    // Where a log was started before, as in tests, that one goes on.
    let _started = if json {
        builder.json().flatten_event(true).try_init()
    } else {
        builder
            .with_ansi(terminal)
            .with_target(false)
            .compact()
            .try_init()
    };
}
