//! The type check: it compares every node with the exports of its component, and every edge at both ends, before any
//! data flows.

mod bind;
mod edges;
mod passing;
mod stored;
mod typed;

pub use passing::Passing;
pub use typed::{Typed, TypedNode};
