//! Ids: an index has a type, so that a node is not mistaken for a dataset.

use serde::{Deserialize, Serialize};

/// Defines newtypes of `usize` that index a `TiVec`.
macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(usize);

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
    NodeId,
    /// A dataset, in whatever formats it is written and read, by its place in the order of names.
    DatasetId,
    /// A dataset in one of its formats, `dataset` or `dataset@format` in a node, by its place in the order of names.
    FormatId,
    /// A multipipeline, by its place in the manifest.
    GroupId,
}
