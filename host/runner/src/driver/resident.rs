//! The content of a dataset in memory: all of it, its partitions, or the list of those in storage.

use std::collections::BTreeMap;
use std::sync::Arc;

use wpipe_buffer::Buffer;
use wpipe_sandbox::Partition;

use super::listed::Listed;
use super::reading::{PartitionSource, Reading};
use super::storage::Storage;

/// The content that a run holds of a dataset.
#[derive(Debug, Clone)]
pub(super) enum Resident {
    /// All of it.
    Whole(Buffer),
    /// Its partitions, by id.
    Partitions(BTreeMap<String, Buffer>),
    /// The list of its partitions, which are in storage.
    Listed(Arc<Listed>),
}

impl Resident {
    /// Returns the bytes in memory.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Whole(buffer) => buffer.len() as u64,
            Self::Partitions(partitions) => partitions.values().map(|buffer| buffer.len() as u64).sum(),
            Self::Listed(_) => 0,
        }
    }

    /// Returns the ids of its partitions with their sizes in bytes.
    pub(super) fn sizes(&self) -> BTreeMap<String, u64> {
        match self {
            Self::Whole(_) => BTreeMap::new(),
            Self::Partitions(all) => all.iter().map(|(id, buffer)| (id.clone(), buffer.len() as u64)).collect(),
            Self::Listed(listed) => listed.listing.sizes().map(|(id, size)| (id.to_owned(), size)).collect(),
        }
    }

    /// Returns the partitions for a node that sees all of them, or those of `slice`.
    pub(super) fn partitions(&self, slice: Option<&[String]>, storage: &Storage) -> Vec<(String, Partition)> {
        let is_meant = |id: &str| slice.is_none_or(|slice| slice.binary_search_by(|own| own.as_str().cmp(id)).is_ok());
        match self {
            Self::Whole(_) => Vec::new(),
            Self::Partitions(all) => {
                let meant = all.iter().filter(|(id, _)| is_meant(id));
                meant.map(|(id, buffer)| (id.clone(), buffer.clone().into())).collect()
            }
            Self::Listed(listed) => {
                let is_new = |id: &str| slice.is_some() || listed.confirmed.as_deref().is_none_or(|last| id > last);
                let ids = listed.listing.partitions().keys().filter(|id| is_meant(id) && is_new(id));
                Reading::lazily(PartitionSource::Listed(listed.clone()), ids.cloned().collect(), storage.clone())
            }
        }
    }
}
