//! Crates to build, and a place for the results.

mod crates;
mod place;

pub(crate) use crates::{ANSWER, manifest};
pub(crate) use place::{Workshop, is_component};
