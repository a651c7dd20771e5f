//! What is in memory of a dataset: its content, its partitions, or the list of those in storage.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use wpipe_buffer::{Buffer, Readers};
use wpipe_catalog::{Listing, Loaded, PartitionedDataset, Stored};
use wpipe_sandbox::{Fetch, Partition};

use super::transfers::{Storage, Subject, Told, TransferError};
use crate::{At, SchemaId};

/// What a run holds of a dataset.
#[derive(Debug, Clone)]
pub(super) enum Resident {
    /// All of it.
    Whole(Buffer),
    /// Its partitions, by id.
    Partitions(BTreeMap<String, Buffer>),
    /// The list of its partitions, which are in storage.
    Listed(Arc<Listed>),
}

/// A partitioned dataset in storage, as it was listed.
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) set: PartitionedDataset,
    pub(super) listing: Listing,
    pub(super) schema: SchemaId,
    /// Partitions up to this one are not for this run: an earlier one has confirmed them.
    pub(super) confirmed: Option<String>,
}

impl Resident {
    /// Bytes in memory.
    pub(super) fn bytes(&self) -> u64 {
        match self {
            Self::Whole(buffer) => buffer.len() as u64,
            Self::Partitions(partitions) => partitions.values().map(|buffer| buffer.len() as u64).sum(),
            Self::Listed(_) => 0,
        }
    }

    /// The ids of its partitions with their sizes in bytes.
    pub(super) fn sizes(&self) -> BTreeMap<String, u64> {
        match self {
            Self::Whole(_) => BTreeMap::new(),
            Self::Partitions(all) => all.iter().map(|(id, buffer)| (id.clone(), buffer.len() as u64)).collect(),
            Self::Listed(listed) => listed.listing.sizes().map(|(id, size)| (id.to_owned(), size)).collect(),
        }
    }

    /// The partitions for a node that sees all of them, or those of `slice`.
    pub(super) fn partitions(&self, slice: Option<&[&str]>, storage: &Storage) -> Vec<(String, Partition)> {
        let is_meant = |id: &str| slice.is_none_or(|slice| slice.binary_search(&id).is_ok());
        match self {
            Self::Whole(_) => Vec::new(),
            Self::Partitions(all) => {
                let meant = all.iter().filter(|(id, _)| is_meant(id));
                meant.map(|(id, buffer)| (id.clone(), buffer.clone().into())).collect()
            }
            Self::Listed(listed) => {
                let is_new = |id: &str| slice.is_some() || listed.confirmed.as_deref().is_none_or(|last| id > last);
                let ids = listed.listing.partitions().keys().filter(|id| is_meant(id) && is_new(id));
                let fetching =
                    |id: &String| Fetching { listed: listed.clone(), id: id.clone(), storage: storage.clone() };
                ids.map(|id| (id.clone(), Partition::Lazy(Arc::new(fetching(id))))).collect()
            }
        }
    }
}

impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listed").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Partitions that this run has written, for a node that is to get what is in storage.
pub(super) fn written_partitions<'a>(
    of: &Subject,
    set: &PartitionedDataset,
    stored: impl Iterator<Item = (&'a str, &'a Stored)>,
    storage: &Storage,
) -> Vec<(String, Partition)> {
    let fetching = |(id, stored): (&str, &Stored)| {
        let of = Subject { at: At::partition(id), ..of.clone() };
        let fetching = FetchingWritten { of, set: set.clone(), stored: stored.clone(), storage: storage.clone() };
        (id.to_owned(), Partition::Lazy(Arc::new(fetching)))
    };
    stored.map(fetching).collect()
}

/// A partition that a node may look at.
struct Fetching {
    listed: Arc<Listed>,
    id: String,
    storage: Storage,
}

/// A partition that this run has written, and a node may look at.
struct FetchingWritten {
    of: Subject,
    set: PartitionedDataset,
    stored: Stored,
    storage: Storage,
}

impl Fetch for Fetching {
    fn fetch(&self) -> Result<Buffer, String> {
        let listed = self.listed.clone();
        let told =
            Told { name: listed.name.clone(), at: At::partition(&self.id), emitter: self.storage.emitter.clone() };
        let id = self.id.clone();
        fetched(self.storage.wait(async move { told.load_listed(&listed, &id, Readers::One).await }))
    }
}

impl Fetch for FetchingWritten {
    fn fetch(&self) -> Result<Buffer, String> {
        let Self { of, set, stored, storage } = self;
        let told = Told { name: of.name.clone(), at: of.at.clone(), emitter: storage.emitter.clone() };
        let (set, stored, schema) = (set.clone(), stored.clone(), of.schema.clone());
        let id = of.at.partition.clone().unwrap_or_default();
        fetched(storage.wait(async move { told.load_written(&set, &id, &stored, &schema, Readers::One).await }))
    }
}

fn fetched(loaded: Result<Result<Loaded, TransferError>, String>) -> Result<Buffer, String> {
    match loaded {
        Ok(Ok(loaded)) => Ok(loaded.buffer),
        Ok(Err(error)) => Err(error.to_string()),
        Err(reason) => Err(reason),
    }
}

impl fmt::Debug for FetchingWritten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FetchingWritten").field(&self.of.name).field(&self.of.at.partition).finish()
    }
}

impl fmt::Debug for Fetching {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Fetching").field(&self.listed.name).field(&self.id).finish()
    }
}
