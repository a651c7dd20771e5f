//! The driving thread: calls of nodes, and what came of them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use wpipe_buffer::Readers;
use wpipe_catalog::StoredDataset;
use wpipe_pipeline::{FormatId, GroupId, NodeId, Passing};
use wpipe_sandbox::{Argument, CallError, Outcome, Produced, Taker};

use super::calls::{Attempt, Failed, Order};
use super::layout::Step;
use super::reading::{Reading, Source};
use super::resident::{Listed, Resident};
use super::run::Driver;
use super::transfers::Refused;
use crate::schedule::Transfer;
use crate::{At, Binding, Event, JobNode, RunError};

impl Driver<'_> {
    /// The node that a task calls.
    fn node_of(&self, task: usize) -> NodeId {
        match self.layout.steps.get(task) {
            Some(Step::Node(node)) => *node,
            _ => self.in_flight.node(task),
        }
    }

    pub(super) fn call(&mut self, task: usize) {
        let order = match self.order(task) {
            Ok(order) => order,
            Err(error) => {
                self.give_up(error);
                self.schedule.call_failed(task);
                return;
            }
        };
        let (graph, calls) = (&self.job.graph, &self.job.nodes[order.node]);
        let node = &graph[order.node];
        let input = |input: &Binding| match input {
            Binding::Dataset(format) => graph[*format].name.clone(),
            Binding::Parameter { name, .. } => name.clone(),
        };
        self.emitter.emit(|| Event::NodeStarted {
            node: node.name.clone(),
            at: order.at.clone(),
            component: node.component.clone(),
            function: node.function.clone(),
            inputs: calls.inputs.iter().map(input).collect(),
            outputs: calls.outputs.iter().map(|&output| graph[output].name.clone()).collect(),
        });
        if self.calls.are_made_here() {
            self.make(order);
        } else if let Some(earlier) = self.calls.hold(order) {
            self.begin_call(earlier);
        }
    }

    /// Makes a call on this thread.
    fn make(&mut self, order: Order) {
        let done = self.calls.make(order);
        self.handle(done);
    }

    /// Has a worker make a call.
    fn begin_call(&mut self, order: Order) {
        let task = order.task;
        if let Err(error) = self.calls.begin(order) {
            self.give_up(error);
            self.schedule.call_failed(task);
        }
    }

    /// When nothing else is to be done: makes the call that is held, or has a worker make it. If all wait for this one
    /// call, it is made here, which saves waking two threads.
    pub(super) fn make_held(&mut self) -> bool {
        let Some(order) = self.calls.take_held() else { return false };
        if self.schedule.under_way() == 1 && !order.waits_for_storage() {
            self.make(order);
        } else {
            self.begin_call(order);
        }
        true
    }

    fn order(&mut self, task: usize) -> Result<Order, RunError> {
        let id = self.node_of(task);
        let node = &self.job.nodes[id];
        let arguments = self.arguments(task, node);
        let outputs = node.outputs.iter().map(|&output| self.entry_of(task, output));
        let readers = outputs.map(|entry| self.readers(entry)).collect();
        let takers = self.takers(task, id)?;
        Ok(Order { task, node: id, at: self.in_flight.at(task), arguments, readers, takers })
    }

    /// Who takes the partitions of each output while the node goes on: those that are saved beside computing.
    fn takers(&mut self, task: usize, id: NodeId) -> Result<Vec<Option<Arc<dyn Taker>>>, RunError> {
        let node = &self.job.nodes[id];
        let mut takers: Vec<Option<Arc<dyn Taker>>> = Vec::with_capacity(node.outputs.len());
        for dataset in node.outputs.iter().copied().map(usize::from) {
            let route = self.layout.route(dataset, self.options);
            let is_teed = route.is_saved && route.transfer() == Transfer::Background;
            let of = self.layout.dataset(dataset);
            // A call that may be repeated would save partitions that the next time are not made.
            let set =
                of.stored.as_ref().and_then(StoredDataset::set).filter(|_| is_teed && task < self.layout.steps.len());
            let Some(set) = set.filter(|_| node.retry.times == 0) else {
                takers.push(None);
                continue;
            };
            let is_read = self.schedule.readers_left(dataset) > 0 && !route.reloads;
            let keeps = is_read || self.layout.is_final(dataset) && self.options.keep_outputs;
            let stream = self.transfers.stream(self.subject(dataset), self.job.graph[id].name.clone(), set, keeps)?;
            self.streams.insert(dataset, stream.clone());
            takers.push(Some(Arc::new(stream)));
        }
        Ok(takers)
    }

    fn arguments(&mut self, task: usize, node: &JobNode) -> Vec<Argument> {
        let mut arguments = Vec::with_capacity(node.inputs.len());
        for (input, passing) in node.inputs.iter().zip(&node.passing) {
            arguments.push(match input {
                Binding::Parameter { name, json } => {
                    Argument::Parameter(self.configured(task, name).unwrap_or_else(|| json.clone()))
                }
                Binding::Dataset(format) => match passing {
                    Passing::Set => self.partitions(usize::from(*format), None),
                    Passing::Slice => {
                        let slice = self.slice_of(task);
                        self.partitions(usize::from(*format), Some(&slice))
                    }
                    Passing::Whole | Passing::Partition | Passing::Parameter => {
                        let entry = self.entry_of(task, *format);
                        let uses = node.datasets().filter(|other| other == format).count();
                        let is_own = entry >= self.layout.datasets() || task < self.layout.steps.len();
                        let may_move =
                            uses == 1 && is_own && node.retry.times == 0 && self.readers(entry) == Readers::One;
                        self.hand_over(entry, may_move)
                    }
                },
            });
        }
        arguments
    }

    fn partitions(&self, dataset: usize, slice: Option<&[String]>) -> Argument {
        let storage = self.transfers.storage();
        Argument::Partitioned(match (self.resident.get(&dataset), self.written_of(dataset)) {
            (Some(resident), _) => resident.partitions(slice, &storage),
            (None, Some((set, written))) => {
                let ids = slice.unwrap_or_default().iter();
                let there = ids.filter_map(|id| Some((id.clone(), written.get(id)?.clone())));
                let (ids, stored) = there.unzip();
                Reading::lazily(Source::Written { of: self.subject(dataset), set: set.clone(), stored }, ids, storage)
            }
            // No partition has come to the node that makes it.
            (None, None) => Vec::new(),
        })
    }

    /// The entry of a dataset for a task: that of the same partition, or the dataset as a whole.
    pub(super) fn entry_of(&self, task: usize, format: FormatId) -> usize {
        let dataset = usize::from(format);
        self.in_flight.entry(task, dataset).unwrap_or(dataset)
    }

    /// Who needs a dataset that is made, loaded or handed over now: the rule by which its transport is chosen.
    pub(super) fn readers(&self, entry: usize) -> Readers {
        if self.schedule.has_one_reader(entry) { Readers::One } else { Readers::Several }
    }

    /// The buffer for a node: moved if the pages can be moved and nobody else needs them.
    fn hand_over(&mut self, entry: usize, may_move: bool) -> Argument {
        if !may_move {
            return match &self.resident[&entry] {
                Resident::Whole(buffer) => Argument::Single(buffer.clone()),
                _ => unreachable!("a single input is bound to a whole dataset or to one partition"),
            };
        }
        let Some(Resident::Whole(buffer)) = self.resident.remove(&entry) else {
            unreachable!("a task is called when its inputs are in memory");
        };
        match buffer.into_movable() {
            Ok(movable) => {
                self.moved.insert(entry, movable.len() as u64);
                Argument::Moved(movable)
            }
            Err(buffer) => {
                self.resident.insert(entry, Resident::Whole(buffer.clone()));
                Argument::Single(buffer)
            }
        }
    }

    /// After a call that read sets which were listed before: somebody may have replaced them meanwhile.
    pub(super) fn check_sets(&mut self, task: usize, outcome: Outcome, attempt: Attempt) {
        let sets: Vec<_> = match self.layout.steps.get(task) {
            Some(Step::Node(node)) => {
                let node = &self.job.nodes[*node];
                node.passed(Passing::Set).filter_map(|format| self.listed(format.into())).collect()
            }
            _ => Vec::new(),
        };
        if sets.is_empty() {
            self.called(task, outcome, attempt);
        } else if let Err(error) = self.transfers.check(task, sets) {
            self.give_up(error);
            self.schedule.call_failed(task);
        } else {
            self.unchecked.insert(task, (outcome, attempt));
        }
    }

    /// Gives up what a dataset's stream has taken, if it has one.
    pub(super) fn abandon(&mut self, dataset: usize) {
        if let Some(stream) = self.streams.remove(&dataset) {
            self.abandoned += 1;
            self.transfers.abandon_stream(stream);
        }
    }

    pub(super) fn checked(&mut self, task: usize, result: Result<Vec<String>, Refused>) {
        let outcome = self.unchecked.remove(&task);
        let step = self.layout.steps[task];
        let node = match step {
            Step::Node(node) => node,
            Step::Slicer(group) | Step::Barrier(group) => self.job.graph[GroupId::from(group)].nodes[0],
        };
        let node = &self.job.graph[node];
        let replaced =
            result.map_err(|Refused { dataset, error }| error.load_error(dataset, At::default(), node.name.clone()));
        let replaced = replaced.and_then(|replaced| match replaced.into_iter().next() {
            Some(dataset) => Err(RunError::Replaced { dataset, node: node.name.clone() }),
            None => Ok(()),
        });
        match (replaced, step, outcome) {
            (Err(_), ..) if self.is_abandoned => {
                self.note_interrupted();
                self.schedule.call_failed(task);
            }
            (Err(error), ..) => {
                self.errors.push(error);
                self.schedule.call_failed(task);
            }
            (Ok(()), Step::Barrier(group), _) => self.pass_barrier(group),
            (Ok(()), _, Some((outcome, attempt))) => self.called(task, outcome, attempt),
            (Ok(()), _, None) => unreachable!("only calls and barriers are checked"),
        }
    }

    /// The set that a dataset was listed as, if it comes from storage.
    pub(super) fn listed(&self, dataset: usize) -> Option<Arc<Listed>> {
        match self.resident.get(&dataset) {
            Some(Resident::Listed(listed)) => Some(listed.clone()),
            _ => None,
        }
    }

    fn called(&mut self, task: usize, outcome: Outcome, attempt: Attempt) {
        self.in_flight.note_called(task);
        let at = self.in_flight.at(task);
        let is_whole = at.is_whole();
        let id = self.node_of(task);
        let node = &self.job.graph[id];
        self.report.copied += outcome.counters.copied;
        self.report.mapped += outcome.counters.mapped;
        self.report.moved += outcome.counters.moved;
        let peak = self.peaks.entry(id).or_default();
        *peak = outcome.peak_memory.max(*peak);
        if is_whole {
            self.report.completed.push(node.name.clone());
        } else {
            self.add_to_totals(task, id, &outcome);
        }
        self.emitter.on_worker(attempt.worker).emit(|| Event::NodeCompleted {
            node: node.name.clone(),
            at: at.clone(),
            duration: outcome.duration,
            attempt: attempt.number,
            copied: outcome.counters.copied,
            mapped: outcome.counters.mapped,
            moved: outcome.counters.moved,
            peak_memory: outcome.peak_memory,
            completed: self.report.completed.len(),
            total: self.report.total,
        });
        let mut sizes = BTreeMap::new();
        for (&format, produced) in self.job.nodes[id].outputs.iter().zip(outcome.outputs) {
            let name = &self.job.graph[format].name;
            let entry = self.entry_of(task, format);
            let content = match produced {
                Produced::Single(buffer) => {
                    self.emitter.emit(|| Event::DatasetProduced {
                        dataset: name.clone(),
                        at: at.clone(),
                        node: node.name.clone(),
                        bytes: buffer.len() as u64,
                        transport: buffer.transport(),
                    });
                    Resident::Whole(buffer)
                }
                Produced::Partitioned(partitions) => {
                    let untold = partitions.iter().filter(|_| !self.streams.contains_key(&entry));
                    for (id, buffer) in untold {
                        self.emitter.emit(|| Event::DatasetProduced {
                            dataset: name.clone(),
                            at: At::partition(id),
                            node: node.name.clone(),
                            bytes: buffer.len() as u64,
                            transport: buffer.transport(),
                        });
                    }
                    Resident::Partitions(partitions)
                }
            };
            sizes.insert(entry, content.bytes());
            self.resident.insert(entry, content);
            let is_stored = self.layout.is_stored(format.into());
            if is_whole && is_stored && !self.schedule.is_to_be_saved(entry) {
                self.report.unsaved.push(name.clone());
            }
        }
        let sizes: Vec<_> = sizes.into_values().collect();
        self.schedule.called(task, &sizes);
    }

    pub(super) fn call_failed(&mut self, task: usize, error: Failed, duration: Duration, attempt: Attempt) {
        let at = self.in_flight.at(task);
        let id = self.node_of(task);
        let node = &self.job.graph[id];
        // What a node lacks since everything is given up is no failure of its own.
        if matches!(error, Failed::Call(CallError::Cancelled)) || self.is_abandoned {
            self.note_interrupted();
            self.schedule.stop();
        } else {
            self.emitter.on_worker(attempt.worker).emit(|| Event::NodeFailed {
                node: node.name.clone(),
                at: at.clone(),
                error: error.to_string(),
                duration,
                attempt: attempt.number,
            });
            let error = error.into_error(node, at);
            self.task_failed(task, error);
        }
        for output in &self.job.nodes[id].outputs {
            self.abandon(usize::from(*output));
        }
        self.schedule.call_failed(task);
    }
}
