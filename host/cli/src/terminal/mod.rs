//! Text out: results on standard output, everything that is told along the way on standard error.

mod console;
mod errors;
mod lines;
mod live;
mod margin;
mod print;
mod summary;

pub(crate) use console::Console;
pub use errors::told;
pub(crate) use errors::{dropped, report, report_failure, tell_failure, tell_success};
pub(crate) use print::{
    columns, count, end, log_host_warnings, note, note_lost, or_nothing, print, say, say_json, table, warn,
};
pub(crate) use summary::Summary;
