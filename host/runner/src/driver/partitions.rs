//! The results of single partitions: written, kept in memory, failed.

use std::collections::BTreeMap;

use wpipe_catalog::{PartitionedDataset, Stored};
use wpipe_pipeline::{FormatId, GroupId, OnPartitionError};

use super::resident::Resident;
use super::run::Driver;
use crate::RunError;
use crate::schedule::{EntryId, TaskId, Unit};

impl Driver<'_> {
    /// Returns the partitions of a dataset that this run has written, in any format.
    pub(super) fn written_of(&self, dataset: FormatId) -> Option<(&PartitionedDataset, &BTreeMap<String, Stored>)> {
        let written = self.sets.written(self.layout.twin(dataset).unwrap_or(dataset))?;
        Some((self.layout.dataset(dataset).stored.as_ref()?.set()?, written))
    }

    /// Remembers partitions that have been written.
    pub(super) fn note_written(&mut self, entry: EntryId, dataset: FormatId, stored: BTreeMap<String, Stored>) {
        let Some((group, _)) = self.in_flight.unit_of_entry(entry) else { return };
        for id in self.sets.note_written(dataset, stored) {
            self.made_twice(group, dataset, id);
        }
    }

    /// Makes the content of a partition in memory a part of the dataset that it belongs to.
    pub(super) fn collect(&mut self, entry: EntryId, whole: EntryId, content: Resident) {
        let Some(flight) = self.in_flight.of_entry(entry) else { return };
        let group = flight.group;
        let parts = match (content, &flight.at.partition) {
            (Resident::Whole(buffer), Some(id)) => BTreeMap::from([(id.clone(), buffer)]),
            (Resident::Partitions(parts), _) => parts,
            _ => return,
        };
        let (dataset, _) = self.place(whole);
        for id in self.buffers.collect(whole, parts) {
            self.made_twice(group, dataset, id);
        }
    }

    pub(super) fn made_twice(&mut self, group: GroupId, dataset: FormatId, partition: String) {
        let multipipeline = self.multipipeline(group).name.clone();
        let dataset = self.layout.name(dataset).to_owned();
        self.give_up(RunError::MadeTwice { multipipeline, dataset, partition });
    }

    /// Fails the unit or the run after a load or a save failed.
    pub(super) fn failed(&mut self, entry: EntryId, error: RunError) {
        let stops = !matches!(error, RunError::Save { .. } | RunError::Share { .. });
        self.part_failed(self.in_flight.unit_of_entry(entry), error, stops);
    }

    /// Fails the unit or the run after a call failed.
    pub(super) fn task_failed(&mut self, task: TaskId, error: RunError) {
        self.part_failed(self.in_flight.unit_of_task(task), error, true);
    }

    /// Records a failure for a unit of a multipipeline, or for the run as a whole.
    fn part_failed(&mut self, unit: Option<(GroupId, Unit)>, error: RunError, stops: bool) {
        let Some((group, unit)) = unit else {
            self.results.fail(error);
            return;
        };
        let rules = self.multipipeline(group);
        // If the run continues, the barrier reports all of them.
        let is_reported =
            stops && rules.policy.on_partition_error == OnPartitionError::Fail && !self.options.keep_going;
        let reason = error.of_partition();
        for id in self.groups[group].fail(unit, &reason, is_reported) {
            self.results.partition_failed(&rules.name, &id, &reason);
        }
        if is_reported {
            self.results.fail(error);
        }
    }
}
