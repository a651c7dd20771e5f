//! The identity of an archive's type: a name for people, a fingerprint for the check of every edge.
//!
//! Nothing in an rkyv archive names its type, and two types of one size can pass for each other. So a producer
//! and a consumer must show the same [`Schema::NAME`] and [`Schema::FINGERPRINT`] before any data flows.

mod containers;
mod data;
mod name;
mod primitives;

pub use data::Data;
pub use name::MAX_NAME_LENGTH;

/// An archived type whose layout has a digest.
///
/// Implemented for rkyv's archived primitives, strings, vectors, options, boxes, tuples, arrays, maps and sets,
/// and by `#[derive(Data)]` for the archived form of a struct or enum.
#[diagnostic::on_unimplemented(
    message = "the layout of `{Self}` has no fingerprint",
    label = "this archived type cannot be told apart from others of its size",
    note = "add `#[derive(Data)]` to the type that `{Self}` is the archived form of"
)]
pub trait Layout {
    /// A digest of the structure: names, order, sizes and alignments, down to the primitives.
    const LAYOUT: u64;
}

/// An archived type that may be the root of an archive, and so the type of a dataset.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a dataset",
    label = "this archived type has no schema",
    note = "add `#[derive(Data)]` to the type that `{Self}` is the archived form of"
)]
pub trait Schema: Layout {
    /// What errors and `wpipe describe` call the type; at most [`MAX_NAME_LENGTH`] bytes.
    const NAME: &'static str;
    /// What the two ends of an edge must agree on.
    const FINGERPRINT: u64 = Self::LAYOUT;
}
