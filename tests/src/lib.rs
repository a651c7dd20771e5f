//! What the tests share: the components in `tests/guests`, built on first use.

mod guests;

pub use guests::guest;
