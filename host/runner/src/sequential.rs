//! The sequential driver: one node after the other, on the caller's thread.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use wpipe_buffer::{Buffer, Readers};
use wpipe_sandbox::{Argument, Call, CallError, Produced};

use crate::event::{Emitter, NodeTelemetry};
use crate::storage::StorageRuntime;
use crate::{
    Binding, Event, Failure, Job, JobDataset, JobNode, Observer, Output, Report, RunError, RunId, Schedule, Task,
};

/// How a job is run.
#[derive(Clone)]
pub struct RunOptions {
    /// Values of free inputs, by dataset, which are used instead of what is stored.
    pub given: BTreeMap<String, Buffer>,
    /// Who listens.
    pub observers: Vec<Arc<dyn Observer>>,
    /// Set to true, it ends the run: the running node within milliseconds, no other starts.
    pub cancel: Arc<AtomicBool>,
    /// Whether the report holds the final outputs that are stored as well; those that are not always stay.
    pub keep_outputs: bool,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self { given: BTreeMap::new(), observers: Vec::new(), cancel: Arc::default(), keep_outputs: true }
    }
}

/// Runs every node of `job`, one after the other, in the job's order, on this thread, which it blocks.
///
/// # Errors
///
/// [`Failure`] when a load, a node or a save failed, or the run was interrupted. What was saved before stays.
pub fn run_sequential(job: &Job, options: &RunOptions) -> Result<Report, Box<Failure>> {
    let run = RunId::now();
    let emitter = Emitter::new(run.clone(), &options.observers);
    let started = Instant::now();
    emitter.emit(|| Event::RunStarted { pipeline: job.pipeline.clone(), nodes: job.nodes.len() });
    let mut driver = Driver::new(job, options, emitter.clone(), run);
    let result = driver.run();
    let mut report = driver.into_report();
    report.duration = started.elapsed();
    match result {
        Ok(()) => {
            emitter.emit(|| Event::RunCompleted { duration: report.duration });
            Ok(report)
        }
        Err(error) => {
            emitter.emit(|| Event::RunFailed {
                errors: vec![error.to_string()],
                completed: report.completed.len(),
                total: report.total,
                duration: report.duration,
            });
            Err(Box::new(Failure { errors: vec![error], report }))
        }
    }
}

struct Driver<'a> {
    job: &'a Job,
    options: &'a RunOptions,
    emitter: Emitter,
    storage: StorageRuntime,
    datasets: Vec<(&'a str, &'a JobDataset)>,
    index: HashMap<&'a str, usize>,
    schedule: Schedule,
    resident: HashMap<usize, Buffer>,
    /// Sizes of the buffers that were moved into the running node.
    moved: HashMap<usize, u64>,
    report: Report,
}

impl<'a> Driver<'a> {
    fn new(job: &'a Job, options: &'a RunOptions, emitter: Emitter, run: RunId) -> Self {
        let datasets: Vec<_> = job.datasets.iter().map(|(name, dataset)| (name.as_str(), dataset)).collect();
        let index: HashMap<_, _> = datasets.iter().enumerate().map(|(index, (name, _))| (*name, index)).collect();
        let tasks = job.nodes.iter().map(|node| Task {
            parents: node.parents.clone(),
            inputs: node.inputs.iter().filter_map(Binding::dataset).map(|name| index[name]).collect(),
            outputs: node.outputs.iter().map(|name| index[name.as_str()]).collect(),
        });
        let is_kept = |dataset: &JobDataset| dataset.is_final && (options.keep_outputs || dataset.stored.is_none());
        let kept: BTreeSet<_> = (0..datasets.len()).filter(|&dataset| is_kept(datasets[dataset].1)).collect();
        let given = options.given.iter().filter_map(|(name, value)| Some((*index.get(name.as_str())?, value.clone())));
        let resident = given.collect();
        Self {
            schedule: Schedule::new(tasks.collect(), &kept),
            resident,
            moved: HashMap::new(),
            report: Report {
                run,
                completed: Vec::new(),
                total: job.nodes.len(),
                persisted: Vec::new(),
                outputs: BTreeMap::new(),
                copied: 0,
                mapped: 0,
                moved: 0,
                duration: Default::default(),
            },
            storage: StorageRuntime::default(),
            job,
            options,
            emitter,
            datasets,
            index,
        }
    }

    fn run(&mut self) -> Result<(), RunError> {
        while let Some(task) = self.schedule.next_ready() {
            if self.options.cancel.load(Ordering::Relaxed) {
                return Err(RunError::Interrupted);
            }
            self.schedule.start(task);
            self.run_node(&self.job.nodes[task])?;
            for dataset in self.schedule.complete(task) {
                self.release(dataset);
            }
        }
        Ok(())
    }

    fn run_node(&mut self, node: &'a JobNode) -> Result<(), RunError> {
        let arguments = self.arguments(node)?;
        self.emitter.emit(|| Event::NodeStarted {
            node: node.name.clone(),
            component: node.component.name().to_owned(),
            function: node.function.clone(),
            inputs: node.inputs.iter().map(|input| input.name().to_owned()).collect(),
            outputs: node.outputs.clone(),
        });
        let started = Instant::now();
        let call = Call {
            component: &node.component,
            node: &node.function,
            arguments,
            readers: node.outputs.iter().map(|output| self.readers(self.index[output.as_str()])).collect(),
            limits: node.limits,
            telemetry: Arc::new(NodeTelemetry { node: node.name.clone(), emitter: self.emitter.clone() }),
            cancel: self.options.cancel.clone(),
        };
        let outcome = match call.run() {
            Ok(outcome) => outcome,
            Err(CallError::Cancelled) => return Err(RunError::Interrupted),
            Err(source) => {
                let (error, duration) = (source.to_string(), started.elapsed());
                self.emitter.emit(|| Event::NodeFailed { node: node.name.clone(), error, duration });
                let function = format!("{}/{}", node.component.name(), node.function);
                return Err(RunError::Node { node: node.name.clone(), function, source });
            }
        };
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
        for (name, produced) in node.outputs.iter().zip(outcome.outputs) {
            self.keep(node, self.index[name.as_str()], produced)?;
        }
        Ok(())
    }

    fn arguments(&mut self, node: &JobNode) -> Result<Vec<Argument>, RunError> {
        let mut arguments = Vec::with_capacity(node.inputs.len());
        for input in &node.inputs {
            arguments.push(match input {
                Binding::Parameter { json, .. } => Argument::Parameter(json.clone()),
                Binding::Dataset(name) => {
                    let dataset = self.index[name.as_str()];
                    let buffer = self.input(node, dataset)?;
                    let uses = node.inputs.iter().filter(|other| other.dataset() == Some(name)).count();
                    if uses == 1 { self.hand_over(dataset, buffer) } else { Argument::Single(buffer) }
                }
            });
        }
        Ok(arguments)
    }

    /// Who needs a dataset that is made or loaded now.
    fn readers(&self, dataset: usize) -> Readers {
        self.datasets[dataset].1.readers(self.schedule.readers_left(dataset))
    }

    /// Moves a buffer into the node if that is the last to need it and the pages can be moved; else shares it.
    fn hand_over(&mut self, dataset: usize, buffer: Buffer) -> Argument {
        if self.readers(dataset) == Readers::Several {
            return Argument::Single(buffer);
        }
        self.resident.remove(&dataset);
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

    /// The buffer of a dataset: from memory, else from storage, from which it is loaded once.
    fn input(&mut self, node: &JobNode, dataset: usize) -> Result<Buffer, RunError> {
        if let Some(buffer) = self.resident.get(&dataset) {
            return Ok(buffer.clone());
        }
        let (name, JobDataset { schema, stored, .. }) = self.datasets[dataset];
        let Some(stored) = stored else {
            return Err(RunError::Absent { dataset: name.to_owned(), node: node.name.clone() });
        };
        let (format, location) = (stored.kind(), stored.location());
        self.emitter.emit(|| Event::LoadStarted { dataset: name.to_owned(), format: format.to_owned(), location });
        let started = Instant::now();
        match self.wait(stored.load((&schema.name, schema.fingerprint)))? {
            Ok(buffer) => {
                let (bytes, duration) = (buffer.len() as u64, started.elapsed());
                self.emitter.emit(|| Event::LoadCompleted { dataset: name.to_owned(), bytes, duration });
                self.resident.insert(dataset, buffer.clone());
                Ok(buffer)
            }
            Err(source) => {
                self.emitter.emit(|| Event::LoadFailed { dataset: name.to_owned(), error: source.to_string() });
                let source = Box::new(source);
                Err(RunError::Load { dataset: name.to_owned(), node: node.name.clone(), source })
            }
        }
    }

    /// Takes over what a node made: to memory, and to storage where it belongs there.
    fn keep(&mut self, node: &JobNode, dataset: usize, produced: Produced) -> Result<(), RunError> {
        let (name, JobDataset { schema, stored, .. }) = self.datasets[dataset];
        let Produced::Single(buffer) = produced else {
            return Err(RunError::Environment(format!("`{name}` is partitioned, which this runner does not support")));
        };
        self.emitter.emit(|| Event::DatasetProduced {
            dataset: name.to_owned(),
            node: node.name.clone(),
            bytes: buffer.len() as u64,
            transport: buffer.transport(),
        });
        self.resident.insert(dataset, buffer.clone());
        let Some(stored) = stored else { return Ok(()) };
        let (format, location) = (stored.kind(), stored.location());
        self.emitter.emit(|| Event::SaveStarted { dataset: name.to_owned(), format: format.to_owned(), location });
        let started = Instant::now();
        match self.wait(stored.save(&buffer, (&schema.name, schema.fingerprint)))? {
            Ok(saved) => {
                let (bytes, duration) = (saved.bytes, started.elapsed());
                self.emitter.emit(|| Event::SaveCompleted { dataset: name.to_owned(), bytes, duration });
                self.report.persisted.push(name.to_owned());
                Ok(())
            }
            Err(source) => {
                self.emitter.emit(|| Event::SaveFailed { dataset: name.to_owned(), error: source.to_string() });
                let source = Box::new(source);
                Err(RunError::Save { dataset: name.to_owned(), node: node.name.clone(), source })
            }
        }
    }

    fn wait<F: Future<Output: Send> + Send>(&mut self, future: F) -> Result<F::Output, RunError> {
        let cannot = |error| RunError::Environment(format!("failed to start the storage runtime: {error}"));
        self.storage.wait(future).map_err(cannot)
    }

    fn release(&mut self, dataset: usize) {
        let resident = self.resident.remove(&dataset).map(|buffer| buffer.len() as u64);
        if let Some(bytes) = resident.or(self.moved.remove(&dataset)) {
            let name = self.datasets[dataset].0;
            self.emitter.emit(|| Event::DatasetReleased { dataset: name.to_owned(), bytes });
        }
    }

    fn into_report(mut self) -> Report {
        for (index, (name, dataset)) in self.datasets.iter().enumerate() {
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
