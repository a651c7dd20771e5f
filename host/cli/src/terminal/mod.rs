//! Text out: results on standard output, everything that is told along the way on standard error.

mod console;
mod errors;
mod lines;
mod print;

pub(crate) use console::Console;
pub(crate) use errors::{INTERRUPTED, report, tell_report};
pub(crate) use print::{log_host_warnings, note, say, table, warn};
