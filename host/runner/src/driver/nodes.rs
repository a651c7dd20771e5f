//! The driving thread: calls of nodes and their results.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use wpipe_buffer::{Buffer, Readers};
use wpipe_catalog::StoredDataset;
use wpipe_pipeline::{FormatId, NodeId, Passing};
use wpipe_sandbox::{Argument, CallError, Outcome, Produced, Taker};

use super::call::{Attempt, CallFailure, CallRequest, WorkerId};
use super::completion::SetFailure;
use super::layout::Step;
use super::reading::{PartitionSource, Reading};
use super::resident::Resident;
use super::run::Driver;
use crate::schedule::{EntryId, TaskId, Transfer};
use crate::{At, Binding, Event, JobNode, RunError};

impl Driver<'_> {
    /// Returns the node that a task calls.
    fn node_of(&self, task: TaskId) -> NodeId {
        match self.layout.steps.get(task) {
            Some(Step::Node(node)) => *node,
            _ => self.in_flight.node(task),
        }
    }

    pub(super) fn call(&mut self, task: TaskId) {
        let request = match self.request(task) {
            Ok(request) => request,
            Err(error) => {
                self.give_up(error);
                self.schedule.call_failed(task);
                return;
            }
        };
        if self.calls.are_made_here() {
            self.make(request);
        } else if let Some(earlier) = self.calls.hold(request) {
            self.begin_call(earlier);
        }
    }

    /// Makes a call on this thread.
    fn make(&mut self, request: CallRequest) {
        self.emit_started(&request, None);
        let completion = self.calls.make(request);
        self.handle(completion);
    }

    /// Gives a call to a worker.
    fn begin_call(&mut self, request: CallRequest) {
        let (task, worker) = (request.task, self.calls.take_worker());
        self.emit_started(&request, Some(worker));
        if let Err(error) = self.calls.begin(request, worker) {
            self.give_up(error);
            self.schedule.call_failed(task);
        }
    }

    fn emit_started(&self, request: &CallRequest, worker: Option<WorkerId>) {
        let (graph, bound) = (&self.job.graph, &self.job.nodes[request.node]);
        let node = &graph[request.node];
        let input = |input: &Binding| match input {
            Binding::Dataset(format) => graph[*format].name.clone(),
            Binding::Parameter { name, .. } => name.clone(),
        };
        self.results.emit_of(worker, || Event::NodeStarted {
            node: node.name.clone(),
            at: request.at.clone(),
            component: node.component.clone(),
            function: node.function.clone(),
            inputs: bound.inputs.iter().map(input).collect(),
            outputs: bound.outputs.iter().map(|&output| graph[output].name.clone()).collect(),
        });
    }

    /// Makes the held call when there is nothing else to do, or gives it to a worker. If all wait for this one call, it
    /// is made here, which saves waking two threads.
    pub(super) fn make_held(&mut self) -> bool {
        let Some(request) = self.calls.take_held() else { return false };
        if self.schedule.under_way() == 1 && !request.waits_for_storage() {
            self.make(request);
        } else {
            self.begin_call(request);
        }
        true
    }

    fn request(&mut self, task: TaskId) -> Result<CallRequest, RunError> {
        let id = self.node_of(task);
        let node = &self.job.nodes[id];
        let arguments = self.arguments(task, node);
        let outputs = node.outputs.iter().map(|&output| self.entry_of(task, output));
        let readers = outputs.map(|entry| self.readers(entry)).collect();
        let takers = self.takers(task, id)?;
        Ok(CallRequest { task, node: id, at: self.in_flight.at(task), arguments, readers, takers })
    }

    /// Returns the takers of each output's partitions while the node runs: of those that are saved beside computing.
    fn takers(&mut self, task: TaskId, id: NodeId) -> Result<Vec<Option<Arc<dyn Taker>>>, RunError> {
        let node = &self.job.nodes[id];
        let is_listed = self.layout.steps.get(task).is_some();
        let mut takers: Vec<Option<Arc<dyn Taker>>> = Vec::with_capacity(node.outputs.len());
        for &dataset in &node.outputs {
            let (entry, route) = (self.layout.entry(dataset), self.layout.route(dataset, self.options));
            // What is shared has to be there when the node ends; its pages are in the store anyway.
            let is_teed = route.is_saved && route.transfer() == Transfer::Background && !route.is_shared;
            let of = self.layout.dataset(dataset);
            // A call that may be repeated would save partitions that the next time are not made.
            let set = of.stored.as_ref().and_then(StoredDataset::set).filter(|_| is_teed && is_listed);
            let Some(set) = set.filter(|_| node.retry.times == 0) else {
                takers.push(None);
                continue;
            };
            let is_read = self.schedule.readers_left(entry) > 0 && !route.reloads;
            let keeps = is_read || self.layout.is_final(dataset) && self.options.keep_outputs;
            let stream = self.transfers.stream(self.subject(entry), self.job.graph[id].name.clone(), set, keeps)?;
            self.streams.open(entry, stream.clone());
            takers.push(Some(Arc::new(stream)));
        }
        Ok(takers)
    }

    fn arguments(&mut self, task: TaskId, node: &JobNode) -> Vec<Argument> {
        let mut arguments = Vec::with_capacity(node.inputs.len());
        for (input, passing) in node.inputs.iter().zip(&node.passing) {
            arguments.push(match input {
                Binding::Parameter { name, json } => {
                    Argument::Parameter(self.configured(task, name).unwrap_or_else(|| json.clone()))
                }
                Binding::Dataset(format) => match passing {
                    Passing::Set => self.partitions(*format, None),
                    Passing::Slice => {
                        let slice = self.slice_of(task);
                        self.partitions(*format, Some(&slice))
                    }
                    Passing::Whole | Passing::Partition | Passing::Parameter => {
                        let entry = self.entry_of(task, *format);
                        let uses = node.datasets().filter(|other| other == format).count();
                        // A whole dataset is the task's own only if the task is a step of the run.
                        let is_own = self.layout.whole(entry).is_none() || self.layout.steps.get(task).is_some();
                        let may_move =
                            uses == 1 && is_own && node.retry.times == 0 && self.readers(entry) == Readers::One;
                        self.buffers.hand_over(entry, may_move)
                    }
                },
            });
        }
        arguments
    }

    fn partitions(&self, dataset: FormatId, slice: Option<&[String]>) -> Argument {
        let storage = self.transfers.storage();
        Argument::Partitioned(match (self.buffers.get(self.layout.entry(dataset)), self.written_of(dataset)) {
            (Some(resident), _) => resident.partitions(slice, &storage),
            (None, Some((set, written))) => {
                let ids = slice.unwrap_or_default().iter();
                let there = ids.filter_map(|id| Some((id.clone(), written.get(id)?.clone())));
                let (ids, stored) = there.unzip();
                Reading::lazily(
                    PartitionSource::Written { of: self.subject(self.layout.entry(dataset)), set: set.clone(), stored },
                    ids,
                    storage,
                )
            }
            // The node that makes it has got no partition.
            (None, None) => Vec::new(),
        })
    }

    /// Returns the entry of a dataset for a task: that of the same partition, or the dataset as a whole.
    fn entry_of(&self, task: TaskId, dataset: FormatId) -> EntryId {
        self.in_flight.entry(task, dataset).unwrap_or_else(|| self.layout.entry(dataset))
    }

    /// Checks the sets that a call has read and that were listed before: they may have been replaced meanwhile.
    pub(super) fn check_sets(&mut self, task: TaskId, outcome: Outcome, attempt: Attempt) {
        let sets: Vec<_> = match self.layout.steps.get(task) {
            Some(Step::Node(node)) => {
                let node = &self.job.nodes[*node];
                node.passed(Passing::Set).filter_map(|format| self.listed(format)).collect()
            }
            _ => Vec::new(),
        };
        if sets.is_empty() {
            self.called(task, outcome, attempt);
        } else if let Err(error) = self.transfers.check(task, sets) {
            self.give_up(error);
            self.schedule.call_failed(task);
        } else {
            self.calls.set_aside(task, outcome, attempt);
        }
    }

    /// Gives up the partitions that a dataset's stream has taken, if it has one.
    pub(super) fn give_up_stream(&mut self, entry: EntryId) {
        if let Some(stream) = self.streams.take_given_up(entry) {
            self.transfers.abandon_stream(stream);
        }
    }

    pub(super) fn checked(&mut self, task: TaskId, result: Result<Vec<String>, SetFailure>) {
        let outcome = self.calls.take_aside(task);
        let step = self.layout.steps[task];
        let node = match step {
            Step::Node(node) => node,
            Step::Slicer(group) | Step::Barrier(group) => self.job.graph[group].nodes[0],
        };
        let node = &self.job.graph[node];
        let replaced =
            result.map_err(|SetFailure { dataset, error }| error.load_error(dataset, At::default(), node.name.clone()));
        let replaced = replaced.and_then(|replaced| match replaced.into_iter().next() {
            Some(dataset) => Err(RunError::Replaced { dataset, node: node.name.clone() }),
            None => Ok(()),
        });
        match (replaced, step, outcome) {
            (Err(_), ..) if self.is_abandoned() => {
                self.results.interrupted();
                self.schedule.call_failed(task);
            }
            (Err(error), ..) => {
                self.results.fail(error);
                self.schedule.call_failed(task);
            }
            (Ok(()), Step::Barrier(group), _) => self.pass_barrier(group),
            (Ok(()), _, Some((outcome, attempt))) => self.called(task, outcome, attempt),
            (Ok(()), _, None) => unreachable!("only calls and barriers are checked"),
        }
    }

    fn called(&mut self, task: TaskId, outcome: Outcome, attempt: Attempt) {
        self.in_flight.note_called(task);
        let at = self.in_flight.at(task);
        let is_whole = at.is_whole();
        let id = self.node_of(task);
        let node = &self.job.graph[id];
        self.results.called(&outcome);
        self.calls.note_peak(id, outcome.peak_memory);
        match self.in_flight.unit_of_task(task) {
            None => self.results.completed(&node.name),
            Some((group, _)) => self.groups[group].add(id, &outcome),
        }
        self.results.emit_of(attempt.worker, || Event::NodeCompleted {
            node: node.name.clone(),
            at: at.clone(),
            duration: outcome.duration,
            attempt: attempt.number,
            copied: outcome.counters.copied,
            mapped: outcome.counters.mapped,
            moved: outcome.counters.moved,
            peak_memory: outcome.peak_memory,
            completed: self.results.all_completed().len(),
            total: self.results.total(),
        });
        let mut sizes = BTreeMap::new();
        for (&dataset, produced) in self.job.nodes[id].outputs.iter().zip(outcome.outputs) {
            let entry = self.entry_of(task, dataset);
            let name = &self.job.graph[dataset].name;
            let content = match produced {
                Produced::Single(buffer) => {
                    self.emit_produced(name, &at, &node.name, &buffer);
                    Resident::Whole(buffer)
                }
                Produced::Partitioned(partitions) => {
                    // A stream has reported those that it has taken.
                    for (id, buffer) in partitions.iter().filter(|_| !self.streams.is_open(entry)) {
                        self.emit_produced(name, &At::partition(id), &node.name, buffer);
                    }
                    Resident::Partitions(partitions)
                }
            };
            sizes.insert(entry, self.buffers.hold(entry, content));
            if is_whole && self.layout.is_stored(dataset) && !self.layout.route(dataset, self.options).is_saved {
                self.results.unsaved(name);
            }
        }
        let sizes: Vec<_> = sizes.into_values().collect();
        self.schedule.called(task, &sizes);
    }

    fn emit_produced(&self, dataset: &str, at: &At, node: &str, buffer: &Buffer) {
        self.results.emit(|| Event::DatasetProduced {
            dataset: dataset.to_owned(),
            at: at.clone(),
            node: node.to_owned(),
            bytes: buffer.len() as u64,
            transport: buffer.transport(),
            columns: self.results.describe(dataset, buffer),
        });
    }

    pub(super) fn call_failed(&mut self, task: TaskId, error: CallFailure, duration: Duration, attempt: Attempt) {
        let at = self.in_flight.at(task);
        let id = self.node_of(task);
        let node = &self.job.graph[id];
        // A node that lacks something since everything is given up has not failed by itself.
        if matches!(error, CallFailure::Call(CallError::Cancelled)) || self.is_abandoned() {
            self.results.interrupted();
            self.schedule.stop();
        } else {
            let words = error.to_string();
            let error = error.into_error(self.job, id, at.clone());
            self.results.emit_of(attempt.worker, || Event::NodeFailed {
                node: node.name.clone(),
                at,
                error: error.of_call().unwrap_or(words),
                duration,
                attempt: attempt.number,
            });
            self.task_failed(task, error);
        }
        for &output in &self.job.nodes[id].outputs {
            self.give_up_stream(self.layout.entry(output));
        }
        self.schedule.call_failed(task);
    }
}
