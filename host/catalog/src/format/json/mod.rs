//! `json`: a table as JSON, in any orientation: `orient`.
//!
//! Records of plain values are read in pieces on all processors (see `parallel`). Everything else, and every fault, is left
//! to the exact reader (see `load`), which reads the text twice and one record at a time: the first pass finds every
//! column's kind and counts, the second writes each value to its place in the buffer. Both have one result. The rules:
//!
//! * Records are an array of objects, or objects one after the other; `lines` only says how they are written. The other
//!   orients are those of pandas. Names of rows that are not their numbers are read as a column, if `index` names it.
//! * A column is a name that some object has; columns stand in the order in which names first occur.
//! * `null` and an absent name are missing values.
//! * Whole numbers are i64, or u64 if one is beyond i64 and none is negative; other numbers, and mixtures of both, are
//!   f64. A whole number that would lose digits is an error that says what to declare.
//! * Texts are dates or timestamps where all of them are, as in `csv`, but never numbers.
//! * Arrays of values of one kind are lists: `list<f64>`. An object, and an array of arrays or objects, is an error.
//! * A column that mixes kinds is an error; declared as `text`, it keeps the JSON of other values, to the last digit.
//! * `columns` names the columns that are read, and `types` their kinds. In a set, a partition may lack columns that
//!   `types` declares; a file without records has the columns that are declared.
//! * JSON has no form for NaN and infinities; `allow_nan` reads and writes the words of Python for them.
//!
//! Written text reads back as an equal table, but for columns of texts that all look like dates, for kinds that JSON
//! does not have, such as `i32`, `f32`, decimals and binary (`types` settles both), for columns without any value,
//! which come back as text, and for records of tables without rows, which lose their columns.

mod cell;
mod columns;
mod document;
mod escapes;
mod form;
mod format;
mod lane;
mod list;
mod load;
mod parallel;
mod place;
mod records;
mod save;
mod scan;
mod survey;
mod value;
mod words;

pub(super) use format::{Json, KIND};
