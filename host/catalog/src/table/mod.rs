//! Between a table's archive and the forms of codecs: Arrow record batches, and rows of cells.
//!
//! * columns: [`table_of`] lays arrays out in a buffer, [`table_in_parts`] while they are decoded, and [`batch_of`]
//!   makes a batch of a buffer's own pages;
//! * rows: [`build`] makes a table of [`Column`]s cell by cell, in two passes over the source;
//! * cells: [`Guess`] finds a column's kind, [`parse()`] and [`print()`] turn text into cells and back;
//! * declarations of an entry about columns: [`Declared`]; about the notation of values: [`Notation`].

mod batch;
mod calendar;
mod canonical;
mod cell;
mod chunks;
mod coded;
mod columns;
mod convert;
mod declared;
mod elements;
mod guess;
mod header;
mod lists;
mod notation;
mod parse;
mod parts;
mod print;
mod rows;
mod selected;
mod tally;
mod words;

pub(crate) use batch::batch_of;
#[cfg(feature = "sql")]
pub(crate) use batch::data_type;
pub(crate) use calendar::{Moment, parse_date};
pub(crate) use cell::{Cell, ItemAt, Items};
pub(crate) use columns::{as_views, pieces_of, table_of};
#[cfg(feature = "sql")]
pub(crate) use convert::convert;
#[cfg(feature = "sql")]
pub(crate) use declared::misfit_of;
pub(crate) use declared::{Declared, Wanted, misfit};
pub(crate) use guess::{Guess, exact_number, whole_number};
pub(crate) use header::named;
#[cfg(feature = "sql")]
pub(crate) use header::twins;
pub(crate) use notation::Notation;
pub(crate) use parse::{parse, parse_bool, parse_float};
pub(crate) use parts::{Content, Part, Unfit, comes_in_parts, is_laid_out_alike, table_in_parts};
pub(crate) use print::{Cells, cells, print};
pub(crate) use rows::{Column, Rows, build, set};
pub(crate) use selected::{Selected, refuse_twins, selected_of};
pub(crate) use tally::{Tally, too_large};
pub(crate) use words::words;
