//! A partitioned dataset in storage, as it was listed.

use std::fmt;

use wpipe_catalog::{Listing, PartitionedDataset};
use wpipe_store::ObjectOrigin;

use super::fetch::Fetch;
use super::share::Share;
use super::transfer::Subject;
use crate::{At, SchemaId};

/// The list of a set's partitions, with everything that their loads need.
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) set: PartitionedDataset,
    pub(super) listing: Listing,
    pub(super) schema: SchemaId,
    /// The way of its partitions by the shared store, if they take one.
    pub(super) way: Option<Share>,
    /// Partitions up to this one are not for this run: an earlier one has confirmed them.
    pub(super) confirmed: Option<String>,
    /// The place of that checkpoint, for messages.
    pub(super) checkpoint: Option<String>,
}

impl Listed {
    /// Returns the load of a partition by way of the shared store.
    pub(super) fn fetch(&self, id: &str) -> Option<Fetch> {
        let (way, stored) = (self.way.as_ref()?, self.listing.partitions().get(id)?.exact());
        let mark = stored.mark?;
        let name = way.id(Some(&format!("{id} {} {mark}", stored.size)));
        let origin = ObjectOrigin::Storage { location: self.set.location(), mark };
        let of = Subject { at: At::partition(id), ..way.of.clone() };
        Some(Fetch { id: name, way: Share { origin, of, ..way.clone() }, marked: None })
    }
}

impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listed").field("name", &self.name).finish_non_exhaustive()
    }
}
