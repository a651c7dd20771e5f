//! The identity of an archive's type: a name for people, a fingerprint for the check of every edge.
//!
//! Nothing in an rkyv archive names its type, and two types of one size can pass for each other. So a producer
//! and a consumer must show the same [`Schema::NAME`] and [`Schema::FINGERPRINT`] before any data flows.

mod containers;
mod data;
mod name;
mod primitives;
mod traits;

pub use data::Data;
pub use name::MAX_NAME_LENGTH;
pub use traits::{Layout, Schema};
