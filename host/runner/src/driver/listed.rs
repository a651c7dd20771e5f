//! A partitioned dataset in storage, as it was listed.

use std::fmt;

use wpipe_catalog::{Listing, PartitionedDataset};

use crate::SchemaId;

/// The list of a set's partitions, with everything that their loads need.
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) set: PartitionedDataset,
    pub(super) listing: Listing,
    pub(super) schema: SchemaId,
    /// Partitions up to this one are not for this run: an earlier one has confirmed them.
    pub(super) confirmed: Option<String>,
    /// The place of that checkpoint, for messages.
    pub(super) checkpoint: Option<String>,
}

impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listed").field("name", &self.name).finish_non_exhaustive()
    }
}
