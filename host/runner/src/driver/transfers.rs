//! Loads and saves, which run beside the calls, and what everything that runs reports to the driving thread.

use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use wpipe_buffer::{Buffer, Readers};
use wpipe_catalog::{DataError, Dataset, Loaded, compare};
use wpipe_sandbox::Outcome;

use super::calls::Failed;
use crate::event::Emitter;
use crate::storage::StorageRuntime;
use crate::{Event, RunError, RunId, RunOptions, SchemaId};

/// Something has ended.
pub(super) enum Done {
    /// A node's call, by a worker or by the driving thread.
    Called { task: usize, worker: Option<usize>, result: Result<Outcome, Failed>, duration: Duration },
    /// A load.
    Loaded { dataset: usize, result: Result<Loaded, TransferError> },
    /// A save.
    Saved { dataset: usize, result: Result<SaveOutcome, TransferError> },
}

/// What came of a save.
pub(super) struct SaveOutcome {
    /// How often something was repeated that failed transiently.
    pub(super) retries: u32,
    /// What differs when it is loaded back.
    pub(super) difference: Option<String>,
}

/// Why a load or a save failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransferError {
    #[error("{0}")]
    Data(Box<DataError>),
    #[error("the host failed within it, which is a defect of wpipe")]
    Host,
}

impl TransferError {
    pub(super) fn load_error(self, dataset: String, node: String) -> RunError {
        match self {
            Self::Data(source) => RunError::Load { dataset, node, source },
            Self::Host => RunError::Environment(format!("failed to load dataset `{dataset}`: {self}")),
        }
    }

    pub(super) fn save_error(self, dataset: String, node: String) -> RunError {
        match self {
            Self::Data(source) => RunError::Save { dataset, node, source },
            Self::Host => RunError::Environment(format!("failed to save dataset `{dataset}`: {self}")),
        }
    }
}

/// A dataset's name, where it is stored, and the type of its content.
type Stored<'a> = (&'a str, &'a Dataset, &'a SchemaId);

/// Begins loads and saves.
pub(super) struct Transfers {
    /// The version that saves of versioned datasets make.
    version: String,
    /// The versions that loads of versioned datasets read, where it is not the newest.
    versions: BTreeMap<String, String>,
    storage: StorageRuntime,
    emitter: Emitter,
    done: Sender<Done>,
    verify: bool,
}

impl Transfers {
    pub(super) fn new(emitter: Emitter, done: Sender<Done>, options: &RunOptions, run: &RunId) -> Self {
        Self {
            version: run.to_string(),
            versions: options.load_versions.clone(),
            storage: StorageRuntime::default(),
            emitter,
            done,
            verify: options.verify_round_trip,
        }
    }

    /// Begins to load a dataset for these readers; `is_own` if this run has saved it.
    pub(super) fn load(
        &mut self,
        dataset: usize,
        (name, stored, schema): Stored<'_>,
        readers: Readers,
        is_own: bool,
    ) -> Result<(), RunError> {
        // What this run has saved is what its own readers read back.
        let version = self.versions.get(name).cloned().or_else(|| is_own.then(|| self.version.clone()));
        let stored = stored.with_version(version);
        let told = Told { name: name.to_owned(), emitter: self.emitter.clone() };
        let schema = schema.clone();
        let report = self.report(dataset, |dataset, result| Done::Loaded { dataset, result });
        self.spawn(async move { report.send(told.load(&stored, &schema, readers).await) })
    }

    /// Begins to save a dataset.
    pub(super) fn save(
        &mut self,
        dataset: usize,
        (name, stored, schema): Stored<'_>,
        buffer: Buffer,
    ) -> Result<(), RunError> {
        let stored = stored.with_version(Some(self.version.clone()));
        let told = Told { name: name.to_owned(), emitter: self.emitter.clone() };
        let (schema, verify) = (schema.clone(), self.verify);
        let report = self.report(dataset, |dataset, result| Done::Saved { dataset, result });
        self.spawn(async move { report.send(told.save(&stored, &schema, buffer, verify).await) })
    }

    fn report<T>(&self, dataset: usize, make: fn(usize, Result<T, TransferError>) -> Done) -> Report<T> {
        Report { done: self.done.clone(), dataset, make, is_sent: false }
    }

    fn spawn(&mut self, future: impl Future<Output = ()> + Send + 'static) -> Result<(), RunError> {
        let cannot = |error| RunError::Environment(format!("failed to start the storage runtime: {error}"));
        self.storage.spawn(future).map_err(cannot)
    }
}

/// A dataset whose loads and saves are told as events, from the thread on which they happen.
struct Told {
    name: String,
    emitter: Emitter,
}

impl Told {
    async fn load(&self, stored: &Dataset, schema: &SchemaId, readers: Readers) -> Result<Loaded, TransferError> {
        let dataset = || self.name.clone();
        let (format, location) = (stored.kind(), stored.location());
        self.emitter.emit(|| Event::LoadStarted { dataset: dataset(), format: format.to_owned(), location });
        let started = Instant::now();
        let result = stored.load((&schema.name, schema.fingerprint), readers).await;
        match &result {
            Ok(loaded) => self.emitter.emit(|| Event::LoadCompleted {
                dataset: dataset(),
                bytes: loaded.buffer.len() as u64,
                duration: started.elapsed(),
                retries: loaded.retries,
                version: loaded.version.clone(),
            }),
            Err(error) => {
                self.emitter.emit(|| Event::LoadFailed { dataset: dataset(), error: error.to_string() });
            }
        }
        result.map_err(|error| TransferError::Data(Box::new(error)))
    }

    /// Saves, and finds what differs when it is loaded back, if that is asked for.
    async fn save(
        &self,
        stored: &Dataset,
        schema: &SchemaId,
        buffer: Buffer,
        verify: bool,
    ) -> Result<SaveOutcome, TransferError> {
        let dataset = || self.name.clone();
        let (format, location) = (stored.kind(), stored.location());
        self.emitter.emit(|| Event::SaveStarted { dataset: dataset(), format: format.to_owned(), location });
        let started = Instant::now();
        let schema = (schema.name.as_str(), schema.fingerprint);
        let saved = match stored.save(&buffer, schema).await {
            Ok(saved) => saved,
            Err(error) => {
                self.emitter.emit(|| Event::SaveFailed { dataset: dataset(), error: error.to_string() });
                return Err(TransferError::Data(Box::new(error)));
            }
        };
        self.emitter.emit(|| Event::SaveCompleted {
            dataset: dataset(),
            bytes: saved.bytes,
            duration: started.elapsed(),
            retries: saved.retries,
            version: saved.version.clone(),
        });
        let difference =
            if verify { self.difference(&stored.with_version(saved.version), schema, &buffer).await } else { None };
        Ok(SaveOutcome { retries: saved.retries, difference })
    }

    /// What differs when a dataset is loaded back.
    async fn difference(&self, stored: &Dataset, schema: (&str, u64), buffer: &Buffer) -> Option<String> {
        match stored.load(schema, Readers::Several).await {
            Ok(back) => compare(buffer, &back.buffer, schema.0).map(|difference| difference.to_string()),
            Err(error) => Some(format!("it cannot be loaded back: {error}")),
        }
    }
}

/// Reports what came of a transfer; that it was lost, if nothing else does.
struct Report<T> {
    done: Sender<Done>,
    dataset: usize,
    make: fn(usize, Result<T, TransferError>) -> Done,
    is_sent: bool,
}

impl<T> Report<T> {
    fn send(mut self, result: Result<T, TransferError>) {
        self.is_sent = true;
        // The driving thread may be gone, after an error of its own.
        let _ = self.done.send((self.make)(self.dataset, result));
    }
}

impl<T> Drop for Report<T> {
    fn drop(&mut self) {
        if !self.is_sent {
            let _ = self.done.send((self.make)(self.dataset, Err(TransferError::Host)));
        }
    }
}
