//! What the tests share: the components in `tests/guests`, built on first use.

mod guests;

pub use guests::guest;

/// The examples of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
