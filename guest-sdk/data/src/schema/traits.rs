//! The two traits of archived types: fields have a layout, roots a schema.

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
    /// The digest of the structure: names, order, sizes and alignments, down to the primitives.
    const LAYOUT: u64;
}

/// An archived type that may be the root of an archive, and so the type of a dataset.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a dataset",
    label = "this archived type has no schema",
    note = "add `#[derive(Data)]` to the type that `{Self}` is the archived form of"
)]
pub trait Schema: Layout {
    /// The type's name in errors and in `wpipe describe`; at most [`MAX_NAME_LENGTH`](crate::MAX_NAME_LENGTH) bytes.
    const NAME: &'static str;
    /// The number that the two ends of an edge must agree on.
    const FINGERPRINT: u64 = Self::LAYOUT;
}
