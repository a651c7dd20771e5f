//! `json`: records, as an array of objects or as one object after the other, mostly one a line.
//!
//! The text is read twice and one record at a time: the first pass finds every column's kind and counts, the second
//! writes each value to its place in the buffer. The rules:
//!
//! * A column is a name that some object has; columns stand in the order in which names first occur.
//! * `null` and an absent name are missing values.
//! * Whole numbers are i64, other numbers, mixtures of both and whole numbers beyond i64 are f64.
//! * Texts are dates or timestamps where all of them are, as in `csv`, but never numbers.
//! * A column that mixes kinds is an error; declared as `text`, it keeps the JSON of what is no text.
//!
//! What is written reads back as an equal table, but for columns of texts that all look like dates, for `i32` and
//! `f32`, which come back as `i64` and `f64` (`types` settles both), for columns without any value, which come back as
//! text, and for tables without rows, which lose their columns. JSON has no form for NaN and infinities.

mod format;
mod load;
mod records;
mod save;
mod survey;

pub(super) use format::{Json, KIND};
