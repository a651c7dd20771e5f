//! Ids: an index has a type, so that a node is not mistaken for a dataset.

/// Defines newtypes of `usize` that index a `TiVec`.
///
/// ```
/// wpipe_pipeline::ids! {
///     /// A seat, by its place in the row.
///     #[derive(Default)]
///     SeatId,
/// }
/// assert_eq!(usize::from(SeatId::new(3)), 3);
/// ```
#[macro_export]
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(usize);

        impl $name {
            /// The id at this place.
            pub const fn new(index: usize) -> Self {
                Self(index)
            }
        }

        impl From<usize> for $name {
            fn from(index: usize) -> Self {
                Self(index)
            }
        }

        impl From<$name> for usize {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

ids! {
    /// A node, by its place in the order of execution.
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(transparent)]
    NodeId,
    /// A dataset, in whatever formats it is written and read, by its place in the order of names.
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(transparent)]
    DatasetId,
    /// A dataset in one of its formats, `dataset` or `dataset@format` in a node, by its place in the order of names.
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(transparent)]
    FormatId,
    /// A multipipeline, by its place in the manifest.
    #[derive(serde::Serialize, serde::Deserialize)]
    #[serde(transparent)]
    GroupId,
}
