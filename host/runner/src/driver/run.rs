//! The driving thread.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use wpipe_buffer::{Buffer, Readers};
use wpipe_catalog::Loaded;
use wpipe_sandbox::{Argument, CallError, Outcome, Produced};

use super::calls::{Caller, Failed, Order, POLL, Workers};
use super::setup::{Names, schedule, threads};
use super::transfers::{Done, SaveOutcome, TransferError, Transfers};
use crate::event::Emitter;
use crate::options::RunOptions;
use crate::schedule::{Action, Schedule};
use crate::{Binding, Event, Failure, Job, JobNode, Output, Report, RunError, RunId};

/// Runs `job`, and blocks this thread until everything that it began has ended and everything owed is saved.
///
/// # Errors
///
/// [`Failure`] when a load, a node or a save failed, or the run was interrupted. What was saved stays.
pub fn run(job: &Job, options: &RunOptions) -> Result<Report, Box<Failure>> {
    let run = options.run.clone().unwrap_or_else(RunId::now);
    let emitter = Emitter::new(run.clone(), &options.observers);
    let started = Instant::now();
    emitter.emit(|| Event::RunStarted { pipeline: job.pipeline.clone(), nodes: job.nodes.len() });
    let names = Names::new(job);
    let mut errors = Vec::new();
    let mut report = match schedule(job, &names, options) {
        Ok(schedule) => {
            let (done, receiver) = mpsc::channel();
            let caller = Caller { job, emitter: emitter.clone(), cancel: options.cancel.clone() };
            let report = Report::new(run, job.nodes.len());
            thread::scope(|scope| {
                let mut driver = Driver {
                    job,
                    options,
                    transfers: Transfers::new(emitter.clone(), done.clone(), options, &report.run),
                    emitter: emitter.clone(),
                    schedule,
                    receiver,
                    workers: None,
                    caller: &caller,
                    resident: resident(&names, options),
                    moved: HashMap::new(),
                    is_interrupted: false,
                    waiting: None,
                    errors: &mut errors,
                    report,
                    names: &names,
                };
                match threads(options.runner, job.nodes.len()) {
                    0 => {}
                    count => match Workers::start(scope, count, &caller, &done) {
                        Ok(workers) => driver.workers = Some(workers),
                        Err(error) => driver.give_up(error),
                    },
                }
                driver.run();
                driver.into_report()
            })
        }
        Err(error) => {
            errors.push(error);
            Report::new(run, job.nodes.len())
        }
    };
    report.duration = started.elapsed();
    if errors.is_empty() {
        emitter.emit(|| Event::RunCompleted { duration: report.duration });
        return Ok(report);
    }
    emitter.emit(|| Event::RunFailed {
        errors: errors.iter().map(ToString::to_string).collect(),
        completed: report.completed.len(),
        total: report.total,
        duration: report.duration,
    });
    Err(Box::new(Failure { errors, report }))
}

fn resident(names: &Names<'_>, options: &RunOptions) -> HashMap<usize, Buffer> {
    let given = options.given.iter();
    given.filter_map(|(name, value)| Some((*names.index.get(name.as_str())?, value.clone()))).collect()
}

struct Driver<'a> {
    job: &'a Job,
    options: &'a RunOptions,
    names: &'a Names<'a>,
    emitter: Emitter,
    schedule: Schedule,
    receiver: Receiver<Done>,
    transfers: Transfers,
    /// `None`: calls are made on this thread.
    workers: Option<Workers>,
    caller: &'a Caller<'a>,
    resident: HashMap<usize, Buffer>,
    /// Sizes of the buffers that were moved into running nodes.
    moved: HashMap<usize, u64>,
    is_interrupted: bool,
    /// Since when nothing is begun for lack of memory.
    waiting: Option<Instant>,
    errors: &'a mut Vec<RunError>,
    report: Report,
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
            if self.schedule.is_over() {
                break;
            }
            self.note_waiting(self.schedule.is_short_of_memory());
            match self.receiver.recv_timeout(POLL) {
                Ok(done) => self.handle(done),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => unreachable!("`Transfers` holds a sender"),
            }
        }
        let keeps_going = self.options.keep_going;
        for task in (0..self.job.nodes.len()).filter(|&task| keeps_going && self.schedule.is_blocked(task)) {
            let name = &self.job.nodes[task].name;
            self.emitter.emit(|| Event::NodeSkipped { node: name.clone() });
            self.report.skipped.push(name.clone());
        }
        if self.errors.is_empty() && !self.schedule.is_complete() {
            self.errors.push(RunError::Interrupted);
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
        }
    }

    /// Ends the run after an error of its own.
    fn give_up(&mut self, error: RunError) {
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
            Action::Load(dataset) => self.load(dataset),
            Action::Save(dataset) => self.save(dataset),
            Action::Call(task) => self.call(task),
            Action::Release(dataset) => self.release(dataset),
        }
    }

    fn load(&mut self, dataset: usize) {
        let (name, of) = self.names.datasets[dataset];
        let Some(stored) = &of.stored else {
            let node = self.reader(dataset);
            self.errors.push(RunError::Absent { dataset: name.to_owned(), node });
            self.schedule.load_failed(dataset);
            return;
        };
        let (readers, is_own) = (self.readers(dataset), self.schedule.is_made_here(dataset));
        if let Err(error) = self.transfers.load(dataset, (name, stored, &of.schema), readers, is_own) {
            self.give_up(error);
            self.schedule.load_failed(dataset);
        }
    }

    fn save(&mut self, dataset: usize) {
        let (name, of) = self.names.datasets[dataset];
        let Some(stored) = &of.stored else { unreachable!("what is saved has a place") };
        let buffer = self.resident[&dataset].clone();
        if let Err(error) = self.transfers.save(dataset, (name, stored, &of.schema), buffer) {
            self.give_up(error);
            self.report.unsaved.push(name.to_owned());
            self.schedule.save_failed(dataset);
        }
    }

    fn call(&mut self, task: usize) {
        let node = &self.job.nodes[task];
        let order = Order {
            task,
            arguments: self.arguments(node),
            readers: node.outputs.iter().map(|output| self.readers(self.names.index[output.as_str()])).collect(),
        };
        self.emitter.emit(|| Event::NodeStarted {
            node: node.name.clone(),
            component: node.component.name().to_owned(),
            function: node.function.clone(),
            inputs: node.inputs.iter().map(|input| input.name().to_owned()).collect(),
            outputs: node.outputs.clone(),
        });
        let unsent = match &mut self.workers {
            Some(workers) => workers.order(order).err(),
            None => Some(order),
        };
        if let Some(order) = unsent {
            let done = self.caller.call(order, None);
            self.handle(done);
        }
    }

    fn arguments(&mut self, node: &JobNode) -> Vec<Argument> {
        let mut arguments = Vec::with_capacity(node.inputs.len());
        for input in &node.inputs {
            arguments.push(match input {
                Binding::Parameter { json, .. } => Argument::Parameter(json.clone()),
                Binding::Dataset(name) => {
                    let dataset = self.names.index[name.as_str()];
                    let uses = node.inputs.iter().filter(|other| other.dataset() == Some(name)).count();
                    let may_move = uses == 1 && node.retry.times == 0 && self.readers(dataset) == Readers::One;
                    self.hand_over(dataset, may_move)
                }
            });
        }
        arguments
    }

    /// Who needs a dataset that is made, loaded or handed over now: the rule by which its transport is chosen.
    fn readers(&self, dataset: usize) -> Readers {
        if self.schedule.has_one_reader(dataset) { Readers::One } else { Readers::Several }
    }

    /// The buffer for a node: moved if the pages can be moved and nobody else needs them.
    fn hand_over(&mut self, dataset: usize, may_move: bool) -> Argument {
        if !may_move {
            return Argument::Single(self.resident[&dataset].clone());
        }
        let Some(buffer) = self.resident.remove(&dataset) else {
            unreachable!("a task is called when its inputs are in memory");
        };
        match buffer.into_movable() {
            Ok(movable) => {
                self.moved.insert(dataset, movable.len() as u64);
                Argument::Moved(movable)
            }
            Err(buffer) => {
                self.resident.insert(dataset, buffer.clone());
                Argument::Single(buffer)
            }
        }
    }

    fn release(&mut self, dataset: usize) {
        let resident = self.resident.remove(&dataset).map(|buffer| buffer.len() as u64);
        if let Some(bytes) = resident.or(self.moved.remove(&dataset)) {
            self.emitter.emit(|| Event::DatasetReleased { dataset: self.names.name(dataset), bytes });
        }
    }

    fn handle(&mut self, done: Done) {
        match done {
            Done::Called { task, worker, result, duration } => {
                if let (Some(workers), Some(worker)) = (&mut self.workers, worker) {
                    workers.idle(worker);
                }
                match result {
                    Ok(outcome) => self.called(task, outcome),
                    Err(error) => self.call_failed(task, error, duration),
                }
            }
            Done::Loaded { dataset, result: Ok(Loaded { buffer, retries, .. }) } => {
                self.report.storage_retries += u64::from(retries);
                let bytes = buffer.len() as u64;
                self.resident.insert(dataset, buffer);
                self.schedule.loaded(dataset, bytes);
            }
            Done::Loaded { dataset, result: Err(error) } => {
                let node = self.reader(dataset);
                self.errors.push(error.load_error(self.names.name(dataset), node));
                self.schedule.load_failed(dataset);
            }
            Done::Saved { dataset, result } => self.saved(dataset, result),
        }
    }

    fn called(&mut self, task: usize, outcome: Outcome) {
        let node = &self.job.nodes[task];
        self.report.completed.push(node.name.clone());
        self.report.copied += outcome.counters.copied;
        self.report.mapped += outcome.counters.mapped;
        self.report.moved += outcome.counters.moved;
        self.emitter.emit(|| Event::NodeCompleted {
            node: node.name.clone(),
            duration: outcome.duration,
            copied: outcome.counters.copied,
            mapped: outcome.counters.mapped,
            moved: outcome.counters.moved,
            peak_memory: outcome.peak_memory,
            completed: self.report.completed.len(),
            total: self.report.total,
        });
        let mut sizes = BTreeMap::new();
        for (name, produced) in node.outputs.iter().zip(outcome.outputs) {
            let dataset = self.names.index[name.as_str()];
            let Produced::Single(buffer) = produced else {
                let reason = format!("`{name}` is partitioned, which this runner does not support");
                self.errors.push(RunError::Environment(reason));
                self.schedule.call_failed(task);
                return;
            };
            self.emitter.emit(|| Event::DatasetProduced {
                dataset: name.clone(),
                node: node.name.clone(),
                bytes: buffer.len() as u64,
                transport: buffer.transport(),
            });
            sizes.insert(dataset, buffer.len() as u64);
            self.resident.insert(dataset, buffer);
            if self.names.datasets[dataset].1.stored.is_some() && !self.schedule.is_to_be_saved(dataset) {
                self.report.unsaved.push(name.clone());
            }
        }
        let sizes: Vec<_> = sizes.into_values().collect();
        self.schedule.called(task, &sizes);
    }

    fn call_failed(&mut self, task: usize, error: Failed, duration: Duration) {
        let node = &self.job.nodes[task];
        if matches!(error, Failed::Call(CallError::Cancelled)) {
            if !self.errors.iter().any(|error| matches!(error, RunError::Interrupted)) {
                self.errors.push(RunError::Interrupted);
            }
            self.schedule.stop();
        } else {
            self.emitter.emit(|| Event::NodeFailed { node: node.name.clone(), error: error.to_string(), duration });
            self.errors.push(error.into_error(node));
        }
        self.schedule.call_failed(task);
    }

    fn saved(&mut self, dataset: usize, result: Result<SaveOutcome, TransferError>) {
        let name = self.names.name(dataset);
        match result {
            Ok(saved) => {
                self.report.storage_retries += u64::from(saved.retries);
                if let Some(difference) = saved.difference {
                    self.errors.push(RunError::RoundTrip { dataset: name.clone(), difference });
                }
                self.report.persisted.push(name);
                self.schedule.saved(dataset);
            }
            Err(error) => {
                self.errors.push(error.save_error(name.clone(), self.writer(dataset)));
                self.report.unsaved.push(name);
                self.schedule.save_failed(dataset);
            }
        }
    }

    /// The first node that reads a dataset, for an error.
    fn reader(&self, dataset: usize) -> String {
        let name = self.names.datasets[dataset].0;
        let reads = |node: &&JobNode| node.inputs.iter().any(|input| input.dataset() == Some(name));
        self.job.nodes.iter().find(reads).map_or_else(String::new, |node| node.name.clone())
    }

    /// The node that makes a dataset, for an error.
    fn writer(&self, dataset: usize) -> String {
        let name = self.names.datasets[dataset].0;
        let writes = |node: &&JobNode| node.outputs.iter().any(|output| output == name);
        self.job.nodes.iter().find(writes).map_or_else(String::new, |node| node.name.clone())
    }

    fn into_report(mut self) -> Report {
        self.note_waiting(false);
        for (index, (name, dataset)) in self.names.datasets.iter().enumerate() {
            if dataset.is_final
                && let Some(buffer) = self.resident.remove(&index)
            {
                let output = Output { buffer, schema: dataset.schema.clone() };
                self.report.outputs.insert((*name).to_owned(), output);
            }
        }
        self.report
    }
}
