//! Between a table's archive and what codecs speak: Arrow record batches, and rows of cells.
//!
//! * columns: [`table_of`] lays record batches out in a buffer, [`batch_of`] makes one of a buffer's own pages;
//! * rows: [`build`] makes a table of [`Column`]s cell by cell, in two passes over the source;
//! * cells: [`Guess`] finds a column's kind, [`parse()`] and [`print()`] turn text into cells and back.

mod batch;
mod calendar;
mod canonical;
mod cell;
mod columns;
mod declared;
mod guess;
mod kinds;
mod parse;
mod print;
mod rows;
mod words;

pub(crate) use batch::batch_of;
pub(crate) use cell::Cell;
pub(crate) use columns::table_of;
pub(crate) use declared::{check_declared, misfit};
pub(crate) use guess::Guess;
pub(crate) use kinds::{KIND_NAMES, kind_named};
pub(crate) use parse::parse;
pub(crate) use print::{cells, print};
pub(crate) use rows::{Column, Rows, build};
pub(crate) use words::words;
