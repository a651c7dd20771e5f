//! The results of a run: its report, its errors, and the events about them.

use std::collections::BTreeMap;
use std::time::Duration;

use wpipe_buffer::Buffer;
use wpipe_catalog::Stored;
use wpipe_sandbox::Outcome;

use super::call::WorkerId;
use crate::event::Emitter;
use crate::{Division, Event, LeftOut, Output, Partitions, Report, RunError, TableColumn};

/// The results so far.
pub(super) struct Results {
    emitter: Emitter,
    report: Report,
    errors: Vec<RunError>,
}

impl Results {
    pub(super) fn new(report: Report, emitter: Emitter) -> Self {
        Self { emitter, report, errors: Vec::new() }
    }

    /// Emits an event, if there are observers.
    pub(super) fn emit(&self, event: impl FnOnce() -> Event) {
        self.emitter.emit(event);
    }

    /// Emits an event of a call on a worker, or on the driving thread.
    pub(super) fn emit_of(&self, worker: Option<WorkerId>, event: impl FnOnce() -> Event) {
        self.emitter.on_worker(worker.map(usize::from)).emit(event);
    }

    /// Returns the columns of a table that no event has described yet.
    pub(super) fn describe(&self, dataset: &str, buffer: &Buffer) -> Vec<TableColumn> {
        self.emitter.describe(dataset, buffer)
    }

    /// Adds an error of the run.
    pub(super) fn fail(&mut self, error: RunError) {
        self.errors.push(error);
    }

    /// Returns true if the run has an error so far.
    pub(super) fn has_failed(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Marks the run as interrupted.
    pub(super) fn interrupted(&mut self) {
        if !self.errors.iter().any(|error| matches!(error, RunError::Interrupted)) {
            self.errors.push(RunError::Interrupted);
        }
    }

    /// Counts the bytes of a call.
    pub(super) fn called(&mut self, outcome: &Outcome) {
        self.report.copied += outcome.counters.copied;
        self.report.mapped += outcome.counters.mapped;
        self.report.moved += outcome.counters.moved;
    }

    /// Notes that a node is complete.
    pub(super) fn completed(&mut self, node: &str) {
        self.report.completed.push(node.to_owned());
    }

    /// Returns the nodes that are complete, in the order in which they became so.
    pub(super) fn all_completed(&self) -> &[String] {
        &self.report.completed
    }

    /// Returns the number of nodes that the run is to run.
    pub(super) fn total(&self) -> usize {
        self.report.total
    }

    /// Notes that a node does not run, since something that it needs failed.
    pub(super) fn skipped(&mut self, node: &str) {
        self.emitter.emit(|| Event::NodeSkipped { node: node.to_owned() });
        self.report.skipped.push(node.to_owned());
    }

    /// Notes that a dataset is durable.
    pub(super) fn persisted(&mut self, dataset: &str, mark: Option<String>) {
        self.report.marks.extend(mark.map(|mark| (dataset.to_owned(), mark)));
        self.report.persisted.push(dataset.to_owned());
    }

    /// Notes that a dataset was made, has a place in storage, and is not durable.
    pub(super) fn unsaved(&mut self, dataset: &str) {
        self.report.unsaved.push(dataset.to_owned());
    }

    /// Notes that a dataset was made and is not in the shared store.
    pub(super) fn unshared(&mut self, dataset: &str) {
        self.report.unshared.push(dataset.to_owned());
    }

    /// Returns true if a dataset was made and is not durable.
    pub(super) fn is_unsaved(&self, dataset: &str) -> bool {
        self.report.unsaved.iter().any(|unsaved| unsaved == dataset)
    }

    /// Counts repeated storage operations.
    pub(super) fn retried(&mut self, times: u32) {
        self.report.storage_retries += u64::from(times);
    }

    /// Adds a time in which nothing began for lack of memory.
    pub(super) fn waited_for_memory(&mut self, time: Duration) {
        self.report.waited_for_memory += time;
    }

    /// Notes the number of partitions in a multipipeline's slices, and those that are left out.
    pub(super) fn sliced(&mut self, multipipeline: &str, total: usize, left_out: Vec<LeftOut>) {
        let report = self.report.multipipelines.entry(multipipeline.to_owned()).or_default();
        report.total = total;
        report.left_out = left_out;
    }

    /// Notes that a partition went through all nodes.
    pub(super) fn partition_completed(&mut self, multipipeline: &str) {
        self.report.multipipelines.entry(multipipeline.to_owned()).or_default().completed += 1;
    }

    /// Notes that a partition failed.
    pub(super) fn partition_failed(&mut self, multipipeline: &str, id: &str, reason: &str) {
        let report = self.report.multipipelines.entry(multipipeline.to_owned()).or_default();
        report.failed.insert(id.to_owned(), reason.to_owned());
    }

    /// Returns the results of a multipipeline's partitions so far; `None` before it is sliced.
    pub(super) fn partitions(&self, multipipeline: &str) -> Option<&Partitions> {
        self.report.multipipelines.get(multipipeline)
    }

    /// Notes the partitions saved for a set that did not come into force.
    pub(super) fn uncommitted(&mut self, multipipeline: &str, dataset: &str, partitions: BTreeMap<String, Stored>) {
        let report = self.report.multipipelines.entry(multipipeline.to_owned()).or_default();
        report.uncommitted.entry(dataset.to_owned()).or_default().extend(partitions);
    }

    /// Returns the run's name.
    pub(super) fn run(&self) -> &str {
        self.report.run.as_str()
    }

    /// Notes the division of the multipipeline that this run is the slicer of.
    pub(super) fn divided(&mut self, division: Division) {
        self.report.division = Some(division);
    }

    /// Adds a final output.
    pub(super) fn output(&mut self, dataset: &str, output: Output) {
        self.report.outputs.insert(dataset.to_owned(), output);
    }

    /// Returns the report and the errors.
    pub(super) fn into_parts(self) -> (Report, Vec<RunError>) {
        (self.report, self.errors)
    }
}
