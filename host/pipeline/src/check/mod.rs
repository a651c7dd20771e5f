//! The type check: every node against what its component exports, every edge at both ends, before any data
//! flows.

mod bind;
mod edges;
mod passing;
mod stored;
mod typed;

pub use passing::Passing;
pub use typed::{Typed, TypedNode};
