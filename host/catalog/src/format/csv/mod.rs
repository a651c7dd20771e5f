//! `csv`: delimited text.
//!
//! The text is read in pieces on all processors (see `parallel`). If that finds any fault, or does not know an option,
//! the exact reader (see `load`) reads the text twice: the first pass finds every column's kind (see
//! [`Guess`](crate::table::Guess)) and counts, the second writes each value to its place in the buffer. Both have one
//! result. The rules:
//!
//! * Records end with `\n`, `\r\n` or `\r`. A quoted field may hold any of them, and a quote written twice is one.
//! * Blank lines are skipped, but for a file with one column, in which each is a row.
//! * A field that is written as one of `nulls` is missing. Where it is quoted or stands among blanks, it is missing
//!   too, except in a column of text, in which it is that text: `""` is the empty text.
//! * Blanks around anything but text do not count. A column's name loses its blanks too, unless it is quoted; where it
//!   is empty then, it becomes `column_N`.
//! * A byte order mark beats the option `encoding`. A first line `sep=;` names the delimiter, as in Excel, and counts
//!   as one of `skip_rows`.
//! * With `escape`, a quote within quotes has that character before it, or is written twice; before anything else the
//!   character stands for itself, and outside of quotes always, as in Spark, PostgreSQL and DuckDB.
//! * Lines that begin with `comment` are skipped at the beginning of a record; `skip_rows` lines before the header with
//!   any content. As many empty lines are written, so that the file reads back.
//! * Numbers, dates and times are written as [`Notation`](crate::table::Notation) says.
//! * `columns` names the columns that are read, and `types` their kinds, in the notation of
//!   [`ColumnKind`](wpipe_data::ColumnKind). In a set, a partition may lack columns that `types` declares.
//! * A value that its column does not hold exactly is an error, but for fractions, which become the nearest float.
//!
//! Written text reads back as an equal table, except that a column of text comes back as another kind if all of its
//! texts look like that kind (or are empty), and that other kinds come back as the guessed ones: `i32` and `f32` as
//! `i64` and `f64`, decimals as `f64`, binary, times of day and durations as text; `types` settles both. A column
//! without any value comes back as text, and a number that is written like one of `nulls`, such as NaN if `nulls` has
//! it, as missing.

mod dialect;
mod format;
mod lane;
mod load;
mod marks;
mod parallel;
mod piece;
mod raw;
mod records;
mod save;
mod values;

pub(super) use format::{Csv, KIND};
pub(crate) use save::line;
