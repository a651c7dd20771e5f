//! The driving thread.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Instant;

use wpipe_catalog::StoredDataset;
use wpipe_pipeline::{FormatId, GroupId, Multipipeline, NodeId};
use wpipe_sandbox::Outcome;

use super::calls::{Attempt, Caller, Calls, POLL};
use super::groups::{Group, InFlight};
use super::layout::{Layout, Step};
use super::resident::{Listed, Resident};
use super::setup::{Resources, at_once, schedule};
use super::stream::Stream;
use super::transfers::{Done, Refused, SaveOutcome, Subject, TransferError, Transfers};
use crate::event::Emitter;
use crate::options::RunOptions;
use crate::schedule::{Action, Schedule};
use crate::{At, Content, EVENT_FORMAT, Event, Failure, Job, Output, Report, RunError, RunId};

/// Runs `job`, and blocks this thread until everything that it began has ended and everything owed is saved.
///
/// # Errors
///
/// [`Failure`] when a load, a node or a save failed, or the run was interrupted. What was saved stays.
pub fn run(job: &Arc<Job>, options: &RunOptions) -> Result<Report, Box<Failure>> {
    let run = options.run.clone().unwrap_or_else(RunId::now);
    let emitter = Emitter::new(run.clone(), &options.observers);
    let started = Instant::now();
    emitter.emit(|| Event::RunStarted {
        format: EVENT_FORMAT,
        pipeline: job.graph.pipeline().to_owned(),
        nodes: job.nodes.len(),
    });
    let mut errors = Vec::new();
    let mut report = match Resources::new(&job.graph, options) {
        Ok(resources) => drive(job, options, &resources, run, &emitter, &mut errors),
        Err(error) => {
            errors.push(error);
            Report::new(run, job.nodes.len())
        }
    };
    report.duration = started.elapsed();
    if errors.is_empty() {
        emitter.end(|| Event::RunCompleted { duration: report.duration });
        return Ok(report);
    }
    let failure = Failure { errors, report };
    emitter.end(|| Event::RunFailed {
        errors: failure.errors.iter().map(ToString::to_string).collect(),
        interrupted: failure.is_interrupted(),
        completed: failure.report.completed.len(),
        total: failure.report.total,
        duration: failure.report.duration,
    });
    Err(Box::new(failure))
}

fn drive(
    job: &Arc<Job>,
    options: &RunOptions,
    resources: &Resources,
    run: RunId,
    emitter: &Emitter,
    errors: &mut Vec<RunError>,
) -> Report {
    let layout = Layout::new(job, options);
    let (done, receiver) = mpsc::channel();
    let caller = Caller { job: job.clone(), emitter: emitter.clone(), cancel: options.cancel.clone() };
    // How often the nodes of a multipipeline are called is known when it is sliced.
    let calls = if job.graph.groups().is_empty() { job.nodes.len() } else { usize::MAX };
    let calls = Calls::new(caller, done.clone(), at_once(options.runner, calls), options.executor.threads().workers);
    let mut driver = Driver {
        job,
        options,
        resources,
        transfers: Transfers::new(emitter.clone(), done, options, &run),
        emitter: emitter.clone(),
        schedule: schedule(&layout, resources, options),
        receiver,
        calls,
        resident: given(&layout, options),
        moved: HashMap::new(),
        peaks: HashMap::new(),
        groups: (0..job.multipipelines.len()).map(|_| Group::default()).collect(),
        in_flight: InFlight::default(),
        checkpoints: BTreeMap::new(),
        streams: HashMap::new(),
        abandoned: 0,
        unchecked: HashMap::new(),
        is_interrupted: false,
        is_abandoned: false,
        waiting: None,
        errors,
        report: Report::new(run, job.nodes.len()),
        layout: &layout,
    };
    driver.run();
    driver.into_report()
}

fn given(layout: &Layout<'_>, options: &RunOptions) -> HashMap<usize, Resident> {
    let whole = options.given.iter().map(|(name, buffer)| (name, Resident::Whole(buffer.clone())));
    let sets = options.given_partitions.iter().map(|(name, all)| (name, Resident::Partitions(all.clone())));
    whole.chain(sets).filter_map(|(name, content)| Some((layout.find(name)?, content))).collect()
}

pub(super) struct Driver<'a> {
    pub(super) job: &'a Job,
    pub(super) options: &'a RunOptions,
    pub(super) resources: &'a Resources,
    pub(super) layout: &'a Layout<'a>,
    pub(super) emitter: Emitter,
    pub(super) schedule: Schedule,
    receiver: Receiver<Done>,
    pub(super) transfers: Transfers,
    pub(super) calls: Calls,
    /// What is in memory, by entry of the schedule: first the job's datasets, then those of partitions in flight.
    pub(super) resident: HashMap<usize, Resident>,
    /// Sizes of the buffers that were moved into running nodes.
    pub(super) moved: HashMap<usize, u64>,
    /// The most memory that calls of a node have had, in bytes, by node.
    pub(super) peaks: HashMap<NodeId, u64>,
    pub(super) groups: Vec<Group>,
    pub(super) in_flight: InFlight,
    /// Listed sets that remember up to where they have been worked on, by dataset.
    pub(super) checkpoints: BTreeMap<usize, Arc<Listed>>,
    /// The ways to storage of partitions that are saved while their node makes others, by dataset.
    pub(super) streams: HashMap<usize, Stream>,
    /// Streams that were given up and in which something may still be being written.
    pub(super) abandoned: usize,
    /// Calls that ended well, if only the sets that they read are still as they were listed.
    pub(super) unchecked: HashMap<usize, (Outcome, Attempt)>,
    is_interrupted: bool,
    /// Whether saves are given up as well.
    pub(super) is_abandoned: bool,
    /// Since when nothing is begun for lack of memory.
    waiting: Option<Instant>,
    pub(super) errors: &'a mut Vec<RunError>,
    pub(super) report: Report,
}

impl<'a> Driver<'a> {
    /// A multipipeline of the job, which outlives what is borrowed of this.
    pub(super) fn multipipeline(&self, group: usize) -> &'a Multipipeline {
        &self.job.multipipelines[GroupId::from(group)]
    }
}

impl Driver<'_> {
    fn run(&mut self) {
        loop {
            // A call on this thread may have taken long.
            self.catch_up();
            if let Some(action) = self.schedule.next_action() {
                self.note_waiting(false);
                self.act(action);
                continue;
            }
            if self.make_held() {
                continue;
            }
            if self.schedule.is_over() {
                // What nobody is going to commit any more.
                let left: Vec<_> = self.streams.keys().copied().collect();
                left.into_iter().for_each(|dataset| self.abandon(dataset));
                if self.abandoned == 0 {
                    break;
                }
            }
            self.note_waiting(self.schedule.is_short_of_memory());
            match self.receiver.recv_timeout(POLL) {
                Ok(done) => self.handle(done),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => unreachable!("`Transfers` holds a sender"),
            }
        }
        self.note_skipped();
        (0..self.groups.len()).for_each(|group| self.tell_failures(group));
        self.confirm_checkpoints();
        if self.errors.is_empty() && !self.schedule.is_complete() {
            self.errors.push(RunError::Interrupted);
        }
    }

    fn note_skipped(&mut self) {
        let blocked = (0..self.layout.steps.len()).filter(|&step| self.schedule.is_blocked(step));
        let nodes = blocked.flat_map(|step| match self.layout.steps[step] {
            Step::Node(node) => vec![node],
            Step::Slicer(group) => self.job.graph[GroupId::from(group)].nodes.clone(),
            Step::Barrier(_) => Vec::new(),
        });
        for node in nodes.filter(|_| self.options.keep_going) {
            let name = &self.job.graph[node].name;
            self.emitter.emit(|| Event::NodeSkipped { node: name.clone() });
            self.report.skipped.push(name.clone());
        }
    }

    fn catch_up(&mut self) {
        self.check_cancel();
        while let Ok(done) = self.receiver.try_recv() {
            self.handle(done);
        }
    }

    fn check_cancel(&mut self) {
        if self.options.cancel.load(Ordering::Relaxed) && !self.is_interrupted {
            self.is_interrupted = true;
            self.emitter.emit(|| Event::RunInterrupted);
            self.schedule.stop();
            self.transfers.give_up_reads();
        }
        if self.is_interrupted && !self.is_abandoned && self.options.abandon.load(Ordering::Relaxed) {
            self.is_abandoned = true;
            self.note_interrupted();
            self.transfers.abandon();
        }
    }

    pub(super) fn note_interrupted(&mut self) {
        if !self.errors.iter().any(|error| matches!(error, RunError::Interrupted)) {
            self.errors.push(RunError::Interrupted);
        }
    }

    /// What is given up since the run is interrupted is no failure of its own.
    fn is_given_up(&self, error: &TransferError) -> bool {
        self.is_interrupted && matches!(error, TransferError::GivenUp)
    }

    /// Ends the run after an error of its own.
    pub(super) fn give_up(&mut self, error: RunError) {
        self.errors.push(error);
        self.schedule.stop();
    }

    /// Keeps account of the time in which memory was what was lacking.
    fn note_waiting(&mut self, short: bool) {
        match (self.waiting, short) {
            (None, true) => {
                self.waiting = Some(Instant::now());
                let (used, limit) = (self.schedule.used(), self.options.memory);
                self.emitter.emit(|| Event::WaitingForMemory { used, limit });
            }
            (Some(since), false) => {
                self.report.waited_for_memory += since.elapsed();
                self.waiting = None;
            }
            _ => {}
        }
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Load(entry) => self.load(entry),
            Action::Save(entry) => self.save(entry),
            Action::Call(task) => match self.layout.steps.get(task) {
                Some(Step::Slicer(group)) => self.prepare(*group),
                Some(Step::Barrier(group)) => self.reach_barrier(*group),
                Some(Step::Node(_)) | None => self.call(task),
            },
            Action::Release(entry) => self.release(entry),
            Action::Forget(batch) => self.forget(batch),
        }
    }

    /// The dataset of an entry, and which part of it that is.
    pub(super) fn place(&self, entry: usize) -> (usize, At) {
        if entry < self.layout.datasets() { (entry, At::default()) } else { self.in_flight.place(entry) }
    }

    pub(super) fn subject(&self, entry: usize) -> Subject {
        let (dataset, at) = self.place(entry);
        let schema = self.layout.dataset(dataset).schema.clone();
        Subject { name: self.layout.name(dataset).to_owned(), at, schema }
    }

    fn load(&mut self, entry: usize) {
        let (of, readers) = (self.subject(entry), self.readers(entry));
        let (dataset, at) = self.place(entry);
        let stored = self.layout.dataset(dataset).stored.as_ref();
        let begun = if let Some(id) = at.partition {
            match (self.resident.get(&dataset), self.written(entry)) {
                (Some(Resident::Listed(listed)), _) => {
                    self.transfers.load_listed(entry, &of, id, listed.clone(), readers)
                }
                (_, Some(written)) => self.transfers.load_written(entry, of, written, readers),
                (_, None) => {
                    let made = self.layout.twin(dataset).unwrap_or(dataset);
                    let node = self.layout.maker(made).map_or_else(String::new, |node| node.name.clone());
                    let (dataset, reader) = (of.name, self.reader(dataset));
                    self.failed(entry, RunError::NotMade { dataset, partition: id, node, reader });
                    self.schedule.load_failed(entry);
                    return;
                }
            }
        } else {
            match stored {
                Some(StoredDataset::Whole(stored)) => {
                    let is_own = self.schedule.is_made_here(entry);
                    self.transfers.load(entry, of, stored, readers, is_own)
                }
                Some(StoredDataset::Set(set)) => self.transfers.list(entry, of, set),
                None => {
                    let node = self.reader(dataset);
                    self.errors.push(RunError::Absent { dataset: of.name, node });
                    self.schedule.load_failed(entry);
                    return;
                }
            }
        };
        if let Err(error) = begun {
            self.give_up(error);
            self.schedule.load_failed(entry);
        }
    }

    fn save(&mut self, entry: usize) {
        if self.is_abandoned {
            self.streams.remove(&entry);
            self.saved(entry, Err(TransferError::GivenUp));
            return;
        }
        if let Some(stream) = self.streams.remove(&entry) {
            self.transfers.commit_stream(entry, stream);
            return;
        }
        let of = self.subject(entry);
        let (dataset, at) = self.place(entry);
        let stored = self.layout.dataset(dataset).stored.as_ref();
        let begun = match (self.resident[&entry].clone(), self.writer(entry)) {
            (_, Some(writer)) if at.is_whole() => {
                let (partitions, missing) = self.set_to_commit(dataset);
                self.transfers.commit(entry, &of, writer, partitions, missing)
            }
            (Resident::Whole(buffer), Some(writer)) => {
                let id = at.partition.unwrap_or_default();
                self.transfers.save_partition(entry, of, id, writer, buffer)
            }
            (Resident::Partitions(all), Some(writer)) => self.transfers.save_partitions(entry, of, writer, all),
            (Resident::Whole(buffer), None) => match stored {
                Some(StoredDataset::Whole(stored)) => self.transfers.save(entry, of, stored, buffer),
                _ => unreachable!("what is saved has a place"),
            },
            (Resident::Partitions(all), None) => match stored {
                Some(StoredDataset::Set(set)) => self.transfers.save_set(entry, of, set, all),
                _ => unreachable!("what is saved has a place"),
            },
            (Resident::Listed(_), _) => unreachable!("what is listed is in storage"),
        };
        if let Err(error) = begun {
            self.give_up(error);
            self.report.unsaved.push(self.layout.name(dataset).to_owned());
            self.schedule.save_failed(entry);
        }
    }

    fn release(&mut self, entry: usize) {
        let resident = self.resident.remove(&entry);
        let (dataset, at) = self.place(entry);
        let bytes = resident.as_ref().map(Resident::bytes).or(self.moved.remove(&entry));
        if let (Some(content), Some(whole)) = (resident, self.schedule.part_of(entry)) {
            self.collect(entry, whole, content);
        }
        if let Some(bytes) = bytes {
            self.emitter.emit(|| Event::DatasetReleased { dataset: self.layout.name(dataset).to_owned(), at, bytes });
        }
    }

    pub(super) fn handle(&mut self, done: Done) {
        match done {
            Done::Called { task, attempt, result, duration } => {
                self.calls.ended(attempt.worker);
                match result {
                    Ok(outcome) => self.check_sets(task, outcome, attempt),
                    Err(error) => self.call_failed(task, error, duration, attempt),
                }
            }
            Done::Loaded { entry, result: Ok(brought) } => {
                self.report.storage_retries += u64::from(brought.retries);
                let bytes = brought.content.bytes();
                if let Resident::Listed(listed) = &brought.content
                    && listed.set.has_checkpoint()
                {
                    self.checkpoints.insert(entry, listed.clone());
                }
                self.resident.insert(entry, brought.content);
                self.schedule.loaded(entry, bytes);
            }
            Done::Loaded { entry, result: Err(error) } if self.is_given_up(&error) => self.schedule.load_failed(entry),
            Done::Loaded { entry, result: Err(error) } => {
                let (dataset, at) = self.place(entry);
                let error = error.load_error(self.layout.name(dataset).to_owned(), at, self.reader(dataset));
                self.failed(entry, error);
                self.schedule.load_failed(entry);
            }
            Done::Saved { entry, result } => self.saved(entry, result),
            Done::Abandoned => self.abandoned -= 1,
            Done::Prepared { group, result: Ok(writers) } => self.slice(group, writers),
            Done::Prepared { group, result: Err(Refused { error, .. }) } if self.is_given_up(&error) => {
                self.note_interrupted();
                self.schedule.call_failed(self.layout.multipipelines[group].slicer);
            }
            Done::Prepared { group, result: Err(Refused { dataset, error }) } => {
                let node = self.layout.find(&dataset).and_then(|dataset| self.layout.maker(dataset));
                let node = node.map_or_else(String::new, |node| node.name.clone());
                self.errors.push(error.save_error(dataset, At::default(), node));
                self.schedule.call_failed(self.layout.multipipelines[group].slicer);
            }
            Done::Checked { task, result } => self.checked(task, result),
        }
    }

    fn saved(&mut self, entry: usize, result: Result<SaveOutcome, TransferError>) {
        let (dataset, at) = self.place(entry);
        let name = self.layout.name(dataset).to_owned();
        match result {
            Ok(saved) => {
                self.report.storage_retries += u64::from(saved.retries);
                if let Some(difference) = saved.difference {
                    self.errors.push(RunError::RoundTrip { dataset: name.clone(), at: at.clone(), difference });
                }
                if at.is_whole() {
                    self.report.marks.extend(saved.mark.map(|mark| (name.clone(), mark)));
                    self.report.persisted.push(name);
                } else {
                    self.note_written(entry, saved.stored);
                }
                self.schedule.saved(entry);
            }
            Err(error) => {
                let node = self.layout.maker(dataset).map_or_else(String::new, |node| node.name.clone());
                let is_whole = at.is_whole();
                if self.is_given_up(&error) {
                    self.note_interrupted();
                } else {
                    self.failed(entry, error.save_error(name.clone(), at, node));
                }
                if is_whole {
                    self.report.unsaved.push(name);
                }
                self.schedule.save_failed(entry);
            }
        }
    }

    /// The first node that reads a dataset, for an error.
    pub(super) fn reader(&self, dataset: usize) -> String {
        let graph = &self.job.graph;
        let reader = graph[FormatId::from(dataset)].readers.first();
        reader.map_or_else(String::new, |&reader| graph[reader].name.clone())
    }

    fn into_report(mut self) -> Report {
        self.note_waiting(false);
        for dataset in (0..self.layout.datasets()).filter(|&dataset| self.layout.is_final(dataset)) {
            let content = match self.resident.remove(&dataset) {
                Some(Resident::Whole(buffer)) => Content::Whole(buffer),
                Some(Resident::Partitions(partitions)) => Content::Partitions(partitions),
                Some(Resident::Listed(_)) | None => continue,
            };
            let output = Output { content, schema: self.layout.dataset(dataset).schema.clone() };
            self.report.outputs.insert(self.layout.name(dataset).to_owned(), output);
        }
        for (group, state) in self.groups.into_iter().enumerate() {
            // What was committed is no more among it.
            let left = state.kept.into_iter().chain(state.written);
            for (dataset, partitions) in left.filter(|(_, partitions)| !partitions.is_empty()) {
                let name = self.job.multipipelines[GroupId::from(group)].name.clone();
                let of_group = self.report.multipipelines.entry(name).or_default();
                of_group.uncommitted.entry(self.layout.name(dataset).to_owned()).or_default().extend(partitions);
            }
        }
        self.report
    }
}
