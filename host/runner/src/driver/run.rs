//! The driving thread.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Instant;

use typed_index_collections::TiVec;
use wpipe_pipeline::{FormatId, GroupId, Multipipeline};

use super::buffers::Buffers;
use super::caller::{Caller, POLL};
use super::calls::Calls;
use super::completion::Completion;
use super::groups::Group;
use super::in_flight::InFlight;
use super::layout::{Layout, Step};
use super::resident::Resident;
use super::results::Results;
use super::sets::Sets;
use super::setup::{Resources, most_calls, schedule};
use super::shares::Shares;
use super::streams::Streams;
use super::transfer::TransferError;
use super::transfers::Transfers;
use crate::event::Emitter;
use crate::options::RunOptions;
use crate::schedule::{Action, EntryId, Schedule};
use crate::{At, EVENT_FORMAT, Event, Failure, Job, Output, Report, RunError, RunId};

/// Runs `job`, and blocks this thread until everything that it began has ended and everything owed is saved.
///
/// # Errors
///
/// Returns a [`Failure`] if a load, a node or a save failed, or the run was interrupted. Saved datasets stay.
pub fn run(job: &Arc<Job>, options: &RunOptions) -> Result<Report, Box<Failure>> {
    let run = options.run.clone().unwrap_or_else(RunId::now);
    let emitter = Emitter::new(run.clone(), &options.observers);
    let started = Instant::now();
    emitter.emit(|| Event::RunStarted {
        format: EVENT_FORMAT,
        pipeline: job.graph.pipeline().to_owned(),
        nodes: job.nodes.len(),
    });
    let (mut report, errors) = match Resources::new(&job.graph, options) {
        Ok(resources) => drive(job, options, &resources, run, &emitter),
        Err(error) => (Report::new(run, job.nodes.len()), vec![error]),
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
) -> (Report, Vec<RunError>) {
    let shares = match Shares::begin(options, &run, emitter) {
        Ok(shares) => shares,
        Err(error) => return (Report::new(run, job.nodes.len()), vec![RunError::Store(Box::new(error))]),
    };
    let layout = Layout::new(job, options);
    let (done, receiver) = mpsc::channel();
    let caller = Caller { job: job.clone(), emitter: emitter.clone(), cancel: options.cancel.clone() };
    // The number of calls of a multipipeline's nodes is known when it is sliced.
    let calls = if job.graph.groups().is_empty() { job.nodes.len() } else { usize::MAX };
    let calls = Calls::new(caller, done.clone(), most_calls(options.runner, calls), options.executor.threads().workers);
    let mut driver = Driver {
        job,
        options,
        resources,
        layout: &layout,
        schedule: schedule(&layout, resources, options),
        receiver,
        calls,
        transfers: Transfers::new(emitter.clone(), done, options, &run),
        streams: Streams::default(),
        buffers: given(&layout, options),
        sets: Sets::default(),
        shares,
        groups: job.multipipelines.iter().map(|_| Group::default()).collect(),
        in_flight: InFlight::default(),
        results: Results::new(Report::new(run, job.nodes.len()), emitter.clone()),
        interruption: Interruption::None,
        has_ended_piece: false,
        waiting: None,
    };
    driver.run();
    driver.into_results()
}

fn given(layout: &Layout<'_>, options: &RunOptions) -> Buffers {
    let whole = options.given.iter().map(|(name, buffer)| (name, Resident::Whole(buffer.clone())));
    let sets = options.given_partitions.iter().map(|(name, all)| (name, Resident::Partitions(all.clone())));
    let mut buffers = Buffers::default();
    for (name, content) in whole.chain(sets) {
        if let Some(dataset) = layout.find(name) {
            buffers.hold(layout.entry(dataset), content);
        }
    }
    buffers
}

/// The driving thread's state: it acts on the schedule, and each part of its account has an owner, which alone changes
/// it.
pub(super) struct Driver<'a> {
    pub(super) job: &'a Job,
    pub(super) options: &'a RunOptions,
    pub(super) resources: &'a Resources,
    pub(super) layout: &'a Layout<'a>,
    pub(super) schedule: Schedule,
    receiver: Receiver<Completion>,
    pub(super) calls: Calls,
    pub(super) transfers: Transfers,
    pub(super) streams: Streams,
    pub(super) buffers: Buffers,
    pub(super) sets: Sets,
    pub(super) shares: Shares,
    pub(super) groups: TiVec<GroupId, Group>,
    pub(super) in_flight: InFlight,
    pub(super) results: Results,
    interruption: Interruption,
    /// True if the piece of a multipipeline that is done here is done.
    pub(super) has_ended_piece: bool,
    /// The time since which nothing begins for lack of memory.
    waiting: Option<Instant>,
}

/// The extent of an interruption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Interruption {
    None,
    /// Nothing more begins.
    Cancelled,
    /// Saves are given up as well.
    Abandoned,
}

impl<'a> Driver<'a> {
    /// Returns a multipipeline of the job, which outlives borrows of the driver.
    pub(super) fn multipipeline(&self, group: GroupId) -> &'a Multipipeline {
        &self.job.multipipelines[group]
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
                // These sets will not be committed any more.
                for entry in self.streams.left() {
                    self.give_up_stream(entry);
                }
                if !self.streams.are_settling() {
                    break;
                }
            }
            self.note_waiting(self.schedule.is_short_of_memory());
            match self.receiver.recv_timeout(POLL) {
                Ok(completion) => self.handle(completion),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => unreachable!("`Transfers` holds a sender"),
            }
        }
        self.note_waiting(false);
        self.note_skipped();
        self.groups.keys().for_each(|group| self.report_failures(group));
        self.confirm_checkpoints();
        if !self.results.has_failed() && !self.schedule.is_complete() && !self.has_ended_piece {
            self.results.interrupted();
        }
    }

    fn note_skipped(&mut self) {
        if !self.options.keep_going {
            return;
        }
        let graph = &self.job.graph;
        let steps = self.layout.steps.iter_enumerated();
        for (_, step) in steps.filter(|(task, _)| self.schedule.is_blocked(*task)) {
            let nodes = match step {
                Step::Node(node) => std::slice::from_ref(node),
                Step::Slicer(group) => graph[*group].nodes.as_slice(),
                Step::Barrier(_) => &[],
            };
            nodes.iter().for_each(|&node| self.results.skipped(&graph[node].name));
        }
    }

    fn catch_up(&mut self) {
        self.check_cancel();
        while let Ok(completion) = self.receiver.try_recv() {
            self.handle(completion);
        }
    }

    fn check_cancel(&mut self) {
        if self.interruption == Interruption::None && self.options.cancel.load(Ordering::Relaxed) {
            self.interruption = Interruption::Cancelled;
            self.results.emit(|| Event::RunInterrupted);
            self.schedule.stop();
            self.transfers.give_up_reads();
        }
        if self.interruption == Interruption::Cancelled && self.options.abandon.load(Ordering::Relaxed) {
            self.interruption = Interruption::Abandoned;
            self.results.interrupted();
            self.transfers.abandon();
        }
    }

    /// Returns true if saves are given up as well.
    pub(super) fn is_abandoned(&self) -> bool {
        self.interruption == Interruption::Abandoned
    }

    /// Returns true if the interrupted run gave up the work, which is no failure of its own.
    pub(super) fn is_given_up(&self, error: &TransferError) -> bool {
        self.interruption != Interruption::None && matches!(error, TransferError::GivenUp)
    }

    /// Ends the run after an error of its own.
    pub(super) fn give_up(&mut self, error: RunError) {
        self.results.fail(error);
        self.schedule.stop();
    }

    /// Adds up the time in which only memory was lacking.
    fn note_waiting(&mut self, short: bool) {
        match (self.waiting, short) {
            (None, true) => {
                self.waiting = Some(Instant::now());
                let (used, limit) = (self.schedule.used(), self.options.memory);
                self.results.emit(|| Event::WaitingForMemory { used, limit });
            }
            (Some(since), false) => {
                self.results.waited_for_memory(since.elapsed());
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

    /// Continues after some work has ended.
    pub(super) fn handle(&mut self, completion: Completion) {
        match completion {
            Completion::Called { task, attempt, result, duration } => {
                self.calls.ended(attempt.worker);
                match result {
                    Ok(outcome) => self.check_sets(task, outcome, attempt),
                    Err(error) => self.call_failed(task, error, duration, attempt),
                }
            }
            Completion::Loaded { entry, result } => self.loaded(entry, result),
            Completion::Saved { entry, result } => self.saved(entry, result),
            Completion::Shared { entry, result } => self.shared(entry, result),
            Completion::Settled => self.streams.settled(),
            Completion::Prepared { group, result } => self.prepared(group, result),
            Completion::Checked { task, result } => self.checked(task, result),
        }
    }

    /// Returns the dataset of an entry, and the part of it.
    pub(super) fn place(&self, entry: EntryId) -> (FormatId, At) {
        match self.layout.whole(entry) {
            Some(dataset) => (dataset, At::default()),
            None => self.in_flight.place(entry),
        }
    }

    fn into_results(mut self) -> (Report, Vec<RunError>) {
        for dataset in self.layout.datasets().filter(|&dataset| self.layout.is_final(dataset)) {
            if let Some(content) = self.buffers.take(self.layout.entry(dataset)) {
                let output = Output { content, schema: self.layout.dataset(dataset).schema.clone() };
                self.results.output(self.layout.name(dataset), output);
            }
        }
        for (dataset, partitions) in self.sets.uncommitted() {
            let group = self.job.graph.dataset_of(dataset).made_by;
            if let Some(group) = group {
                let name = &self.job.multipipelines[group].name;
                self.results.uncommitted(name, self.layout.name(dataset), partitions);
            }
        }
        self.results.into_parts()
    }
}
