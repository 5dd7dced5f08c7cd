//! Where log lines go: stderr, as text for people or JSON lines for collectors.
//!
//! Standard output stays free for answers: the ready line, tables, JSON.
//! Invariant: a line that can't be written (disk full, reader gone) is lost and ends nothing.
//! Deliberately not here: audit; what must not be lost is an event in the ledger, not a log line.

use crate::exit::Failure;
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One readable line per event.
    Text,
    /// One JSON object per line.
    Json,
}

/// Reads a filter: a level (`info`) or a list of `target=level`.
///
/// # Errors
/// It can't be parsed, in words.
pub fn filter(text: &str) -> Result<EnvFilter, String> {
    EnvFilter::try_new(text).map_err(|error| {
        format!(
            "`{text}` is not a log filter ({error}): write a level (error, warn, info, debug, trace) or a list such as \
             info,tenure_server=debug"
        )
    })
}

/// Starts logging to stderr.
///
/// # Errors
/// As [`filter`].
pub fn start(text: &str, format: Format) -> anyhow::Result<()> {
    let filter = filter(text).map_err(Failure::usage)?;
    let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && !plain)
        // It would be told on stderr, too, by a panic if that fails: of the thread that logs.
        .log_internal_errors(false);
    // A second start in one process (tests, demo) keeps the first one's choice.
    let _already_started = match format {
        Format::Text => lines.with_target(true).try_init(),
        Format::Json => lines.json().flatten_event(true).try_init(),
    };
    Ok(())
}
