//! `#[derive(Row)]`: a struct whose fields are columns of a table.

mod case;
mod expansion;
mod field;
mod options;

pub(crate) use expansion::expand;
