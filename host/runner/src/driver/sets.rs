//! Sets that multipipelines make, with the partitions written of each until it is committed; and sets with checkpoints.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use wpipe_catalog::{SetWriter, Stored};
use wpipe_pipeline::FormatId;

use super::listed::Listed;

/// The sets of a run.
#[derive(Default)]
pub(super) struct Sets {
    in_making: HashMap<FormatId, SetInMaking>,
    /// Listed sets with checkpoints.
    checkpoints: BTreeMap<FormatId, Arc<Listed>>,
}

/// A set that is being written.
struct SetInMaking {
    writer: SetWriter,
    /// Partitions that earlier runs have written.
    kept: BTreeMap<String, Stored>,
    /// Partitions that this run has written.
    written: BTreeMap<String, Stored>,
}

impl Sets {
    /// Begins a set with the partitions that it keeps.
    pub(super) fn begin(&mut self, dataset: FormatId, writer: SetWriter, kept: BTreeMap<String, Stored>) {
        self.in_making.insert(dataset, SetInMaking { writer, kept, written: BTreeMap::new() });
    }

    /// Returns the writer of a set, whole or in part.
    pub(super) fn writer(&self, dataset: FormatId) -> Option<SetWriter> {
        self.in_making.get(&dataset).map(|set| set.writer.clone())
    }

    /// Returns the partitions of a set that earlier runs have written.
    pub(super) fn kept(&self, dataset: FormatId) -> Option<&BTreeMap<String, Stored>> {
        self.in_making.get(&dataset).map(|set| &set.kept)
    }

    /// Returns the partitions of a set that this run has written.
    pub(super) fn written(&self, dataset: FormatId) -> Option<&BTreeMap<String, Stored>> {
        self.in_making.get(&dataset).map(|set| &set.written)
    }

    /// Remembers partitions that have been written; returns the ids of those that had been before.
    pub(super) fn note_written(&mut self, dataset: FormatId, stored: BTreeMap<String, Stored>) -> Vec<String> {
        let Some(set) = self.in_making.get_mut(&dataset) else { return Vec::new() };
        let twice = stored.into_iter().filter_map(|(id, stored)| set.written.insert(id.clone(), stored).map(|_| id));
        twice.collect()
    }

    /// Takes all partitions of a set that is complete: it is committed once, and they are not needed again.
    pub(super) fn take_complete(&mut self, dataset: FormatId) -> BTreeMap<String, Stored> {
        let Some(set) = self.in_making.get_mut(&dataset) else { return BTreeMap::new() };
        let mut partitions = std::mem::take(&mut set.kept);
        partitions.append(&mut set.written);
        partitions
    }

    /// Returns the partitions written of sets that were not committed.
    pub(super) fn uncommitted(self) -> impl Iterator<Item = (FormatId, BTreeMap<String, Stored>)> {
        let left = self.in_making.into_iter().map(|(dataset, SetInMaking { mut kept, written, .. })| {
            kept.extend(written);
            (dataset, kept)
        });
        left.filter(|(_, partitions)| !partitions.is_empty())
    }

    /// Remembers a set with a checkpoint, as it was listed.
    pub(super) fn note_checkpoint(&mut self, dataset: FormatId, listed: Arc<Listed>) {
        self.checkpoints.insert(dataset, listed);
    }

    /// Returns the sets with a checkpoint.
    pub(super) fn checkpoints(&self) -> &BTreeMap<FormatId, Arc<Listed>> {
        &self.checkpoints
    }
}
