//! `parquet`: compressed columns, for keeping and for other tools.
//!
//! Only the requested columns are read. Spark's old timestamps (INT96) are read as microseconds, whatever their year;
//! one with digits beyond them is an error that says how they are read in nanoseconds.

mod chunks;
mod compression;
mod format;
mod load;
mod properties;
mod ranges;
mod wanted;

pub(super) use format::{KIND, Parquet};
