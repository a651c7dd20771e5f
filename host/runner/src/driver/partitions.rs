//! What becomes of single partitions: written, kept in memory, failed.

use std::collections::BTreeMap;

use wpipe_catalog::{PartitionedDataset, SetWriter, Stored};
use wpipe_pipeline::OnPartitionError;

use super::resident::Resident;
use super::run::Driver;
use crate::RunError;
use crate::schedule::Unit;

impl Driver<'_> {
    /// The writer of a dataset that a multipipeline makes, whole or in part.
    pub(super) fn writer(&self, entry: usize) -> Option<SetWriter> {
        let (dataset, _) = self.place(entry);
        self.groups.iter().find_map(|group| group.writers.get(&dataset)).cloned()
    }

    /// Where a partition is that this run has written.
    pub(super) fn written(&self, entry: usize) -> Option<(PartitionedDataset, String, Stored)> {
        let (dataset, at) = self.place(entry);
        let (id, (set, written)) = (at.partition?, self.written_of(dataset)?);
        let stored = written.get(&id)?.clone();
        Some((set.clone(), id, stored))
    }

    /// The partitions of a dataset that this run has written, in whatever format.
    pub(super) fn written_of(&self, dataset: usize) -> Option<(&PartitionedDataset, &BTreeMap<String, Stored>)> {
        let made = self.layout.twin(dataset).unwrap_or(dataset);
        let written = self.groups.iter().find_map(|group| group.written.get(&made))?;
        Some((self.layout.dataset(dataset).stored.as_ref()?.set()?, written))
    }

    /// Remembers partitions that have been written.
    pub(super) fn note_written(&mut self, entry: usize, stored: BTreeMap<String, Stored>) {
        let (dataset, _) = self.place(entry);
        let Some(group) = self.in_flight.of_entry(entry).map(|flight| flight.group) else { return };
        for (id, stored) in stored {
            let written = self.groups[group].written.entry(dataset).or_default();
            if written.insert(id.clone(), stored).is_some() {
                self.made_twice(group, dataset, id);
            }
        }
    }

    /// Makes what is in memory of a partition a part of the dataset that it belongs to.
    pub(super) fn collect(&mut self, entry: usize, dataset: usize, content: Resident) {
        let Some(flight) = self.in_flight.of_entry(entry) else { return };
        let group = flight.group;
        let parts = match (content, &flight.at.partition) {
            (Resident::Whole(buffer), Some(id)) => BTreeMap::from([(id.clone(), buffer)]),
            (Resident::Partitions(parts), _) => parts,
            _ => return,
        };
        let all = self.resident.entry(dataset).or_insert_with(|| Resident::Partitions(BTreeMap::new()));
        let Resident::Partitions(all) = all else { return };
        let twice = parts.into_iter().filter_map(|(id, buffer)| all.insert(id.clone(), buffer).map(|_| id));
        for id in twice.collect::<Vec<_>>() {
            self.made_twice(group, dataset, id);
        }
    }

    fn made_twice(&mut self, group: usize, dataset: usize, partition: String) {
        let multipipeline = self.multipipeline(group).name.clone();
        let dataset = self.layout.name(dataset).to_owned();
        self.give_up(RunError::MadeTwice { multipipeline, dataset, partition });
    }

    /// A load or a save failed.
    pub(super) fn failed(&mut self, entry: usize, error: RunError) {
        let stops = !matches!(error, RunError::Save { .. });
        match self.in_flight.of_entry(entry).map(|flight| (flight.group, flight.unit)) {
            Some((group, unit)) => self.part_failed(group, unit, error, stops),
            None => self.errors.push(error),
        }
    }

    /// A call failed.
    pub(super) fn task_failed(&mut self, task: usize, error: RunError) {
        match self.in_flight.of_task(task).map(|flight| (flight.group, flight.unit)) {
            Some((group, unit)) => self.part_failed(group, unit, error, true),
            None => self.errors.push(error),
        }
    }

    fn part_failed(&mut self, group: usize, unit: Unit, error: RunError, stops: bool) {
        let rules = self.multipipeline(group);
        let state = &mut self.groups[group];
        let slice = &state.slices[unit.slice];
        let parts = match unit.part {
            Some(part) => &slice[part..=part],
            None => slice,
        };
        let report = self.report.multipipelines.entry(rules.name.clone()).or_default();
        // Where the run goes on, the barrier tells of all of them.
        let is_told = stops && rules.policy.on_partition_error == OnPartitionError::Fail && !self.options.keep_going;
        let reason = error.of_partition();
        for part in parts.iter().filter(|part| !state.failed.contains_key(&part.id)).cloned().collect::<Vec<_>>() {
            state.failed.insert(part.id.clone(), reason.clone());
            report.failed.insert(part.id.clone(), reason.clone());
            if !is_told {
                state.untold.insert(part.id, reason.clone());
            }
        }
        if is_told {
            self.errors.push(error);
        }
    }
}
