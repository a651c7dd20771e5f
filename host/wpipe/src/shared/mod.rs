//! The shared store: what a run takes from it and keeps in it, and its datasets for other programs.

mod inputs;
mod keys;
mod open;
mod store;

pub(crate) use inputs::{available, current, explained, taken};
pub(crate) use keys::{keys_of_inputs, keys_of_results};
pub(crate) use open::{open, scope};
pub use store::{Shared, Store};
