//! Text out: results on standard output, everything that is told along the way on standard error.

mod console;
mod errors;
mod lines;
mod print;

pub(crate) use console::Console;
pub(crate) use errors::{INTERRUPTED, report, tell_success};
pub(crate) use print::{count, log_host_warnings, note, or_nothing, say, size, table, warn};
