//! Barriers: when every slice has ended, their outputs become whole.

use std::collections::BTreeMap;

use wpipe_catalog::Stored;
use wpipe_pipeline::{FormatId, GroupId, OnPartitionError};

use super::run::Driver;
use crate::{At, Event, RunError};

impl Driver<'_> {
    /// Checks, when every slice has ended, that the sets that they read are unchanged.
    pub(super) fn reach_barrier(&mut self, group: GroupId) {
        let rules = self.multipipeline(group);
        let barrier = self.layout.multipipelines[group].barrier;
        if self.is_slice() {
            self.check_reads(group);
            return;
        }
        let (completed, failed) = match self.results.partitions(&rules.name) {
            Some(report) => (report.completed, self.groups[group].failed().len()),
            None => (0, 0),
        };
        self.results.emit(|| Event::BarrierReached { multipipeline: rules.name.clone(), completed, failed });
        self.report_failures(group);
        if failed > 0 && rules.policy.on_partition_error == OnPartitionError::Fail {
            self.schedule.call_failed(barrier);
            return;
        }
        self.check_reads(group);
    }

    /// Begins to check that the sets that a multipipeline reads are unchanged.
    fn check_reads(&mut self, group: GroupId) {
        let barrier = self.layout.multipipelines[group].barrier;
        let reads = &self.layout.multipipelines[group].reads;
        let sets: Vec<_> = reads.iter().filter_map(|&dataset| self.listed(dataset)).collect();
        if sets.is_empty() {
            self.pass_barrier(group);
        } else if let Err(error) = self.transfers.check(barrier, sets) {
            self.give_up(error);
            self.schedule.call_failed(barrier);
        }
    }

    /// Makes the outputs of the slices whole.
    pub(super) fn pass_barrier(&mut self, group: GroupId) {
        if self.is_slice() {
            // The barrier is another process's: here it makes nothing.
            self.end_piece();
            self.schedule.call_failed(self.layout.multipipelines[group].barrier);
            return;
        }
        let rules = self.multipipeline(group);
        if self.groups[group].failed().is_empty() || rules.policy.allow_incomplete {
            self.nodes_completed(group);
        }
        let layout = &self.layout.multipipelines[group];
        let mut sizes = Vec::new();
        for (&dataset, made) in &layout.made {
            if made.outlives() {
                sizes.push(self.buffers.collected(self.layout.entry(dataset)));
            }
            if !made.route.is_saved && self.layout.is_stored(dataset) {
                self.results.unsaved(self.layout.name(dataset));
            }
        }
        self.groups[group].close();
        self.schedule.called(layout.barrier, &sizes);
    }

    /// Completes the nodes of a multipipeline, all of whose calls have been made.
    fn nodes_completed(&mut self, group: GroupId) {
        for &id in &self.job.graph[group].nodes {
            let node = &self.job.graph[id];
            self.results.completed(&node.name);
            let totals = self.groups[group].totals(id);
            self.results.emit(|| Event::NodeCompleted {
                node: node.name.clone(),
                at: At::default(),
                duration: totals.duration,
                attempt: 0,
                copied: totals.counters.copied,
                mapped: totals.counters.mapped,
                moved: totals.counters.moved,
                peak_memory: totals.peak_memory,
                completed: self.results.all_completed().len(),
                total: self.results.total(),
            });
        }
    }

    /// Returns the partitions of a set that is complete, and those that are missing.
    pub(super) fn set_to_commit(&mut self, dataset: FormatId) -> (BTreeMap<String, Stored>, BTreeMap<String, String>) {
        let partitions = self.sets.take_complete(dataset);
        let group = self.job.graph.dataset_of(dataset).made_by.map(|group| &self.groups[group]);
        let failed = group.into_iter().flat_map(|group| group.failed());
        let missing = failed.filter(|(id, _)| !partitions.contains_key(*id));
        let missing = missing.map(|(id, reason)| (id.clone(), reason.clone())).collect();
        (partitions, missing)
    }

    /// Makes the failed partitions an error of the run, unless they are reported already or allowed.
    pub(super) fn report_failures(&mut self, group: GroupId) {
        if self.are_failures_handed_on(group) {
            return;
        }
        let rules = self.multipipeline(group);
        let failed = self.groups[group].take_unreported();
        if failed.is_empty() {
            return;
        }
        if rules.policy.on_partition_error == OnPartitionError::Skip && rules.policy.allow_incomplete {
            return;
        }
        let total = self.results.partitions(&rules.name).map_or(0, |report| report.total);
        let multipipeline = rules.name.clone();
        self.results.fail(RunError::Partitions { multipipeline, failed, total });
    }
}
