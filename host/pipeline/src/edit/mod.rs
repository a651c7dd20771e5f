//! Writes entries of `[datasets]` into the text of a manifest.
//!
//! `place` finds where they belong and in which form, `entry` has the words. A text grows by what is inserted at one
//! place; every other byte of it stays as its author wrote it.

mod entry;
mod insert;
mod place;

pub use entry::NewDataset;
pub(crate) use entry::{keys_of, written_entry};
pub use insert::insert_datasets;
