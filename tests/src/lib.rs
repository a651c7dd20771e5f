//! The shared parts of the tests: the components in `tests/guests`, built on first use, and others that no toolchain
//! makes.

pub mod bombs;
pub mod crafted;
mod guests;

pub use guests::guest;

/// The examples of README and docs, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[doc = include_str!("../../docs/nodes.md")]
#[doc = include_str!("../../docs/partitions.md")]
pub struct Documents;
