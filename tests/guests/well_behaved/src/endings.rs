//! The ways in which a node can end, and what it says meanwhile.

use wpipe_sdk::{Output, Table, debug, error, info, metric, node, progress, trace, warn};

/// Panics with `message`.
#[node]
pub(crate) fn panics(message: String) -> u64 {
    panic!("{message}")
}

/// Fails with `message`.
#[node]
pub(crate) fn fails(message: String) -> Result<(), String> {
    Err(message)
}

/// Makes a text of a parameter.
#[node]
pub(crate) fn says(message: String) -> String {
    message
}

/// Fails, having read a text and before it makes one.
#[node]
pub(crate) fn text_fails(text: &str) -> Result<String, String> {
    Err(format!("does not like a text of {} bytes", text.len()))
}

/// Logs at every level, and tells progress and a metric.
#[node]
pub(crate) fn talks() -> u64 {
    trace!("a {}", "trace");
    debug!("a {}", "detail");
    info!("a {}", "fact");
    warn!("a {}", "doubt");
    error!("a {}", "fault");
    progress(1, 2);
    metric("accuracy", 0.5);
    0
}

/// Does nothing.
#[node]
pub(crate) fn nothing() -> u64 {
    0
}

/// Drops its output unwritten.
#[node]
pub(crate) fn writes_nothing(_table: Output<Table>) {}
