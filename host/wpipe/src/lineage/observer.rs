//! The observer, which makes OpenLineage's events of those of a run.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde_json::Value;
use wpipe_runner::{Event, Observer, Record, timestamp};
use wpipe_text::message;

use super::destination::Destination;
use super::error::LineageError;
use super::event::{JobRun, Kind, LineageDataset, RunEvent, parent_facet};
use super::id::uuid;
use super::jobs::Datasets;
use crate::Pipeline;

/// The namespace of jobs, where the environment names none: the one of OpenLineage's own clients.
const NAMESPACE: &str = "default";

/// An observer that says in OpenLineage's words what a run reads and writes, for catalogs such as Marquez and DataHub.
///
/// `OPENLINEAGE_NAMESPACE` is the namespace of jobs, `OPENLINEAGE_API_KEY` the key of a server, and `OPENLINEAGE_PARENT_ID`,
/// `namespace/job/run`, the run that this one is a part of.
pub struct LineageObserver {
    destination: Destination,
    state: Mutex<State>,
}

struct State {
    namespace: String,
    pipeline: String,
    parent: Option<Value>,
    datasets: Datasets,
    run: Option<JobRun>,
    nodes: BTreeMap<String, Node>,
}

/// A node that has begun.
struct Node {
    of: JobRun,
    inputs: Vec<String>,
    outputs: Vec<String>,
    /// The outputs that are still to be made.
    awaited: Vec<String>,
    /// The time when it completed.
    completed: Option<SystemTime>,
    failures: Vec<String>,
}

impl LineageObserver {
    /// Returns an observer of runs of `pipeline` that adds to the file, or sends to the server, that `to` is.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be opened, or the URL is none.
    pub fn open(pipeline: &Pipeline, to: &str) -> Result<Self, LineageError> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let namespace = variable("OPENLINEAGE_NAMESPACE").unwrap_or_else(|| NAMESPACE.to_owned());
        let parent = variable("OPENLINEAGE_PARENT_ID");
        let destination = Destination::open(to, variable("OPENLINEAGE_API_KEY"))?;
        let state = State {
            pipeline: pipeline.project().pipeline().manifest().name.clone(),
            parent: parent.as_deref().and_then(parent_of),
            datasets: Datasets::of(pipeline, &namespace),
            namespace,
            run: None,
            nodes: BTreeMap::new(),
        };
        Ok(Self { destination, state: Mutex::new(state) })
    }

    /// Waits a few seconds until a server has taken everything.
    ///
    /// # Errors
    ///
    /// Fails if something is lost.
    pub fn finish(&self) -> Result<(), LineageError> {
        self.destination.finish()
    }
}

/// Returns the parent that `namespace/job/run` names.
fn parent_of(text: &str) -> Option<Value> {
    let (job, run) = text.rsplit_once('/')?;
    let (namespace, name) = job.rsplit_once('/')?;
    Some(parent_facet(namespace, name, run))
}

impl Observer for LineageObserver {
    fn observe(&self, record: &Record) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        for event in state.see(record) {
            self.destination.send(&event);
        }
    }
}

impl State {
    /// Returns what is to be said after the next event.
    fn see(&mut self, record: &Record) -> Vec<Value> {
        match &record.event {
            Event::RunStarted { .. } => vec![self.begin(record)],
            Event::NodeStarted { node, inputs, outputs, .. } => {
                self.node_started(record, node, inputs, outputs).into_iter().collect()
            }
            Event::LoadCompleted { dataset, version, columns, .. } => {
                self.datasets.describe(dataset, columns);
                self.datasets.note(dataset, None, version.as_ref());
                Vec::new()
            }
            Event::DatasetProduced { dataset, node, columns, .. } => {
                self.datasets.describe(dataset, columns);
                if let Some(node) = self.nodes.get_mut(node) {
                    node.awaited.retain(|awaited| awaited != dataset);
                }
                self.node_done(node).into_iter().collect()
            }
            Event::SaveCompleted { dataset, at, bytes, version, .. } => {
                // Of a set the last save is the one that makes it whole.
                self.datasets.note(dataset, at.is_whole().then_some(*bytes), version.as_ref());
                Vec::new()
            }
            Event::NodeCompleted { node, at, .. } if at.is_whole() => {
                if let Some(node) = self.nodes.get_mut(node) {
                    node.completed = Some(record.time);
                }
                self.node_done(node).into_iter().collect()
            }
            Event::NodeFailed { node, at, error, .. } => {
                let Some(failed) = self.nodes.get_mut(node) else { return Vec::new() };
                failed.failures.push(message(error).into_owned());
                // Of a node that is called for each partition the others are still to come.
                if at.is_whole() { self.end_node(node, record.time).into_iter().collect() } else { Vec::new() }
            }
            Event::RunCompleted { .. } => self.end(record.time, Kind::Complete, None),
            Event::RunFailed { errors, interrupted, .. } => {
                let kind = if *interrupted { Kind::Abort } else { Kind::Fail };
                let error = errors.first().map(|error| message(error).into_owned());
                self.end(record.time, kind, error)
            }
            _ => Vec::new(),
        }
    }

    fn begin(&mut self, record: &Record) -> Value {
        let run = JobRun {
            namespace: self.namespace.clone(),
            name: self.pipeline.clone(),
            id: uuid(&[&self.namespace, &self.pipeline, record.run.as_str()]),
            kind: "PIPELINE",
        };
        let (inputs, outputs) = (self.datasets.inputs(), self.datasets.outputs());
        let event = self.event(Kind::Start, record.time, &run, None, inputs, outputs);
        self.run = Some(run);
        event
    }

    /// Begins a node at its first call.
    fn node_started(&mut self, record: &Record, name: &str, inputs: &[String], outputs: &[String]) -> Option<Value> {
        if self.nodes.contains_key(name) {
            return None;
        }
        let run = self.run.as_ref()?;
        let of = JobRun {
            namespace: self.namespace.clone(),
            name: format!("{}.{name}", self.pipeline),
            id: uuid(&[&run.id, name]),
            kind: "NODE",
        };
        let (read, made) = (self.datasets.named(inputs), self.datasets.named(outputs));
        let event = self.event(Kind::Start, record.time, &of, None, read, made);
        let (inputs, outputs) = (inputs.to_vec(), outputs.to_vec());
        let awaited = outputs.clone();
        self.nodes
            .insert(name.to_owned(), Node { of, inputs, outputs, awaited, completed: None, failures: Vec::new() });
        Some(event)
    }

    /// Ends a node that has completed and whose outputs are all known.
    fn node_done(&mut self, name: &str) -> Option<Value> {
        let node = self.nodes.get(name)?;
        let completed = node.completed?;
        if node.awaited.is_empty() { self.end_node(name, completed) } else { None }
    }

    fn end_node(&mut self, name: &str, time: SystemTime) -> Option<Value> {
        let node = self.nodes.remove(name)?;
        let (read, made) = (self.datasets.named(&node.inputs), self.datasets.named(&node.outputs));
        let (kind, error) = match (node.completed, node.failures.as_slice()) {
            (Some(_), _) => (Kind::Complete, None),
            (None, []) => (Kind::Abort, None),
            (None, [only]) => (Kind::Fail, Some(only.clone())),
            (None, [first, ..]) => {
                (Kind::Fail, Some(format!("{} of its partitions failed; the first: {first}", node.failures.len())))
            }
        };
        Some(self.event(kind, time, &node.of, error.as_deref(), read, made))
    }

    /// Ends the run, and the nodes that nothing else ends.
    fn end(&mut self, time: SystemTime, kind: Kind, error: Option<String>) -> Vec<Value> {
        let open: Vec<_> = self.nodes.keys().cloned().collect();
        let mut events: Vec<_> = open.iter().filter_map(|node| self.end_node(node, time)).collect();
        if let Some(run) = self.run.take() {
            let (inputs, outputs) = (self.datasets.inputs(), self.datasets.outputs());
            events.push(self.event(kind, time, &run, error.as_deref(), inputs, outputs));
        }
        events
    }

    fn event(
        &self,
        kind: Kind,
        time: SystemTime,
        of: &JobRun,
        error: Option<&str>,
        inputs: Vec<LineageDataset>,
        outputs: Vec<LineageDataset>,
    ) -> Value {
        let parent = match &self.run {
            Some(run) if run.id != of.id => Some(parent_facet(&run.namespace, &run.name, &run.id)),
            _ => self.parent.clone(),
        };
        RunEvent { kind, time: timestamp(time), of, parent, error, inputs, outputs }.to_json()
    }
}
