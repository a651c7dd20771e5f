//! Partitions of a stored set that a node may look at: loaded when it does, and ahead of it where it goes through them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};

use wpipe_buffer::{Buffer, Readers};
use wpipe_catalog::{Loaded, PartitionedDataset, Stored};
use wpipe_sandbox::{Fetch, Partition};

use super::listed::Listed;
use super::observed::ObservedTransfer;
use super::storage::Storage;
use super::transfer::{Subject, TransferError};
use crate::At;

/// Partitions that are loaded ahead of a node that looks at one after the other.
const AHEAD: usize = 4;

/// The reads of one set by one call.
pub(super) struct Reading {
    source: PartitionSource,
    /// The ids, sorted.
    ids: Vec<String>,
    storage: Storage,
    progress: Mutex<Progress>,
}

/// The source of partitions.
pub(super) enum PartitionSource {
    /// A set in storage.
    Listed(Arc<Listed>),
    /// The part of a set that this run has written, in the order of the ids: for nodes that must get the stored
    /// content.
    Written { of: Subject, set: PartitionedDataset, stored: Vec<Stored> },
}

impl PartitionSource {
    fn name(&self) -> &str {
        match self {
            Self::Listed(listed) => &listed.name,
            Self::Written { of, .. } => &of.name,
        }
    }
}

#[derive(Default)]
struct Progress {
    /// The place behind the partition that was looked at last.
    next: usize,
    /// Loads that have begun and that no call has waited for, by place.
    begun: BTreeMap<usize, Load>,
}

type Load = Receiver<Result<Loaded, TransferError>>;

/// One of its partitions.
struct Lazy {
    reading: Arc<Reading>,
    place: usize,
}

impl Reading {
    /// Returns the partitions `ids` of a set, none of which is loaded yet.
    pub(super) fn lazily(source: PartitionSource, ids: Vec<String>, storage: Storage) -> Vec<(String, Partition)> {
        let reading = Arc::new(Self { source, ids, storage, progress: Mutex::default() });
        let lazy = |place| Partition::Lazy(Arc::new(Lazy { reading: reading.clone(), place }));
        reading.ids.iter().enumerate().map(|(place, id)| (id.clone(), lazy(place))).collect()
    }

    /// Returns the load of the partition at `place`, which begins now at the latest.
    fn load(&self, place: usize) -> Load {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        let load = progress.begun.remove(&place).unwrap_or_else(|| self.begin(place));
        // The first look does not predict the next; a node that jumps gets only the partitions that it looks at.
        let goes_on = place > 0 && place == progress.next;
        progress.next = place + 1;
        progress.begun.retain(|ahead, _| goes_on && *ahead > place);
        if goes_on {
            for ahead in place + 1..(place + 1 + AHEAD).min(self.ids.len()) {
                progress.begun.entry(ahead).or_insert_with(|| self.begin(ahead));
            }
        }
        load
    }

    fn begin(&self, place: usize) -> Load {
        let id = self.ids[place].clone();
        let (name, at) = (self.source.name().to_owned(), At::partition(&id));
        let observed = ObservedTransfer { name, at, emitter: self.storage.emitter.clone() };
        match &self.source {
            PartitionSource::Listed(listed) => {
                let listed = listed.clone();
                self.storage.begin(async move { observed.load_listed(&listed, &id, Readers::One).await })
            }
            PartitionSource::Written { of, set, stored } => {
                let (set, stored, schema) = (set.clone(), stored[place].clone(), of.schema.clone());
                self.storage
                    .begin(async move { observed.load_written(&set, &id, &stored, &schema, Readers::One).await })
            }
        }
    }
}

impl Fetch for Lazy {
    fn fetch(&self) -> Result<Buffer, String> {
        match self.reading.load(self.place).recv() {
            Ok(Ok(loaded)) => Ok(loaded.buffer),
            Ok(Err(error)) => Err(error.to_string()),
            Err(_) => Err(TransferError::GivenUp.to_string()),
        }
    }
}

impl fmt::Debug for Lazy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lazy").field(&self.reading.source.name()).field(&self.reading.ids[self.place]).finish()
    }
}
