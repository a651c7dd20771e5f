//! Barriers: when every slice has ended, what they made becomes whole.

use std::collections::BTreeMap;

use wpipe_catalog::Stored;
use wpipe_pipeline::{GroupId, OnPartitionError};

use super::resident::Resident;
use super::run::Driver;
use crate::{At, Event, RunError};

impl Driver<'_> {
    /// Every slice has ended: looks whether what they read is as it was.
    pub(super) fn reach_barrier(&mut self, group: usize) {
        let rules = self.multipipeline(group);
        let barrier = self.layout.multipipelines[group].barrier;
        let (completed, failed) = match self.report.multipipelines.get(&rules.name) {
            Some(report) => (report.completed, self.groups[group].failed.len()),
            None => (0, 0),
        };
        self.emitter.emit(|| Event::BarrierReached { multipipeline: rules.name.clone(), completed, failed });
        self.tell_failures(group);
        if failed > 0 && rules.policy.on_partition_error == OnPartitionError::Fail {
            self.schedule.call_failed(barrier);
            return;
        }
        let reads = &self.layout.multipipelines[group].reads;
        let sets: Vec<_> = reads.iter().filter_map(|&dataset| self.listed(dataset)).collect();
        if sets.is_empty() {
            self.pass_barrier(group);
        } else if let Err(error) = self.transfers.check(barrier, sets) {
            self.give_up(error);
            self.schedule.call_failed(barrier);
        }
    }

    /// Has what the slices made become whole.
    pub(super) fn pass_barrier(&mut self, group: usize) {
        let layout = &self.layout.multipipelines[group];
        let rules = self.multipipeline(group);
        if self.groups[group].failed.is_empty() || rules.policy.allow_incomplete {
            for &id in &self.job.graph[GroupId::from(group)].nodes {
                let node = &self.job.graph[id];
                self.report.completed.push(node.name.clone());
                let totals = self.groups[group].totals.get(&id).copied().unwrap_or_default();
                self.emitter.emit(|| Event::NodeCompleted {
                    node: node.name.clone(),
                    at: At::default(),
                    duration: totals.duration,
                    attempt: 0,
                    copied: totals.counters.copied,
                    mapped: totals.counters.mapped,
                    moved: totals.counters.moved,
                    peak_memory: totals.peak_memory,
                    completed: self.report.completed.len(),
                    total: self.report.total,
                });
            }
        }
        let mut sizes = Vec::new();
        for (&dataset, made) in &layout.made {
            if made.outlives() {
                let empty = || Resident::Partitions(BTreeMap::new());
                sizes.push(self.resident.entry(dataset).or_insert_with(empty).bytes());
            }
            if !made.route.is_saved && self.layout.is_stored(dataset) {
                self.report.unsaved.push(self.layout.name(dataset).to_owned());
            }
        }
        self.groups[group].slices = Vec::new();
        self.schedule.called(layout.barrier, &sizes);
    }

    /// The partitions of a set that is complete, and those that are missing.
    pub(super) fn set_to_commit(&mut self, dataset: usize) -> (BTreeMap<String, Stored>, BTreeMap<String, String>) {
        let Some(group) = self.groups.iter_mut().find(|group| group.writers.contains_key(&dataset)) else {
            unreachable!("a set that is committed has a writer");
        };
        // It is committed once: nobody asks again.
        let mut partitions = group.kept.remove(&dataset).unwrap_or_default();
        partitions.append(&mut group.written.remove(&dataset).unwrap_or_default());
        let missing = group.failed.iter().filter(|(id, _)| !partitions.contains_key(*id));
        let missing = missing.map(|(id, reason)| (id.clone(), reason.clone())).collect();
        (partitions, missing)
    }

    /// Makes the partitions that failed an error of the run, unless it is one already or may be.
    pub(super) fn tell_failures(&mut self, group: usize) {
        let rules = self.multipipeline(group);
        let state = &mut self.groups[group];
        let failed = std::mem::take(&mut state.untold);
        if failed.is_empty() {
            return;
        }
        if rules.policy.on_partition_error == OnPartitionError::Skip && rules.policy.allow_incomplete {
            return;
        }
        let total = self.report.multipipelines.get(&rules.name).map_or(0, |report| report.total);
        let multipipeline = rules.name.clone();
        self.errors.push(RunError::Partitions { multipipeline, failed, total });
    }
}
