//! Entries for the datasets that have none: chosen by what nodes hand over, put into the manifest's text, written whole.

mod choose;
mod entries;
mod file;

pub use entries::{CreateEntries, NewEntries};
