//! Delivery of events to the observers of a run.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use wpipe_buffer::Buffer;
use wpipe_sandbox::{Level, Telemetry};
use wpipe_text::GuestText;

use super::column::{TableColumn, columns_of};
use super::event::Event;
use super::part::At;
use super::record::{Observer, Record};
use super::wire::to_millisecond;
use crate::RunId;

/// A source of events for every observer of a run.
#[derive(Clone)]
pub(crate) struct Emitter {
    run: RunId,
    started: Instant,
    worker: Option<usize>,
    observers: Arc<[Arc<dyn Observer>]>,
    /// True if the run has ended: tasks cancelled with it have nothing to report.
    has_ended: Arc<AtomicBool>,
    /// The tables whose columns have been told.
    described: Arc<Mutex<BTreeSet<String>>>,
}

impl Emitter {
    pub(crate) fn new(run: RunId, observers: &[Arc<dyn Observer>]) -> Self {
        let (started, observers) = (Instant::now(), observers.into());
        Self { run, started, worker: None, observers, has_ended: Arc::default(), described: Arc::default() }
    }

    /// Returns the same for events of a call on a worker.
    pub(crate) fn on_worker(&self, worker: Option<usize>) -> Self {
        Self { worker, ..self.clone() }
    }

    /// Makes the event only if there is an observer: a run of no-op nodes should cost no more than its calls.
    pub(crate) fn emit(&self, event: impl FnOnce() -> Event) {
        if self.observers.is_empty() || self.has_ended.load(Ordering::Acquire) {
            return;
        }
        let record = Record {
            time: to_millisecond(SystemTime::now()),
            elapsed: Some(self.started.elapsed()),
            run: self.run.clone(),
            worker: self.worker,
            event: event(),
        };
        for observer in &*self.observers {
            observer.observe(&record);
        }
    }

    /// Returns the columns of a table of this name, of whose partitions only the first is described; none if it is no table.
    pub(crate) fn describe(&self, dataset: &str, buffer: &Buffer) -> Vec<TableColumn> {
        let mut described = self.described.lock().unwrap_or_else(PoisonError::into_inner);
        if described.contains(dataset) {
            return Vec::new();
        }
        described.insert(dataset.to_owned());
        drop(described);
        columns_of(buffer)
    }

    /// Makes the last event of the run.
    pub(crate) fn end(&self, event: impl FnOnce() -> Event) {
        self.emit(event);
        self.has_ended.store(true, Ordering::Release);
    }
}

/// A node's own messages as events of its run.
pub(crate) struct NodeTelemetry {
    pub(crate) node: String,
    pub(crate) at: At,
    pub(crate) emitter: Emitter,
}

impl Telemetry for NodeTelemetry {
    fn log(&self, level: Level, message: &GuestText) {
        let node = &self.node;
        self.emitter.emit(|| Event::Log { node: node.clone(), at: self.at.clone(), level, message: message.clone() });
    }

    fn progress(&self, completed: u64, total: u64) {
        self.emitter.emit(|| Event::Progress { node: self.node.clone(), at: self.at.clone(), completed, total });
    }

    fn metric(&self, name: &GuestText, value: f64) {
        self.emitter.emit(|| Event::Metric { node: self.node.clone(), at: self.at.clone(), name: name.clone(), value });
    }
}
