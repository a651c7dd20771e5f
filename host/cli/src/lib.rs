//! The `wpipe` command: arguments in, text out. Everything else is in the library `wpipe`.
//!
//! It is a library for the sake of the Python package, which brings the command along.

mod arguments;
mod command;
mod commands;
mod error;
mod signals;
mod terminal;

pub use command::run;
pub use terminal::told;
