//! Formats: one trait, and a file or folder for each implementation. A new one is a line in `registry`.

mod archive;
mod arrow;
mod arrow_schema;
mod charset;
mod compression;
mod contract;
mod csv;
#[cfg(feature = "excel")]
mod excel;
mod identity;
mod json;
mod kept;
mod parquet;
mod pieces;
mod raw;
mod registry;
mod shield;
mod stored;
#[cfg(test)]
mod tested;

pub(crate) use contract::{Checked, Format, Refusal};
pub(crate) use csv::line as csv_line;
pub(crate) use identity::{Identity, Mismatch};
pub(crate) use raw::pages;
pub(crate) use registry::open;
pub use registry::{kinds, options_of, schema_of};
pub(crate) use stored::Stored;
