//! Crates to be built, and a place for what is built of them.

mod crates;
mod place;

pub(crate) use crates::{ANSWER, manifest};
pub(crate) use place::{Workshop, is_component};
