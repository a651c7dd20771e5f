//! Loads and saves: futures on the storage runtime that report to the driving thread.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::task::AbortHandle;
use wpipe_buffer::{Buffer, Readers};
use wpipe_catalog::{DataError, Dataset, Loaded, PartitionedDataset, ProgressSnapshot, SetWriter, Stored, compare};
use wpipe_sandbox::Outcome;

use super::calls::{Attempt, Failed};
use super::progress::follow;
use super::resident::{Listed, Resident};
use super::storage::Storage;
use super::stream::{SavingAll, Stream};
use crate::event::{At, Emitter};
use crate::{Event, RunError, RunId, RunOptions, SchemaId};

/// Something has ended.
pub(super) enum Done {
    /// A node's call, by a worker or by the driving thread.
    Called { task: usize, attempt: Attempt, result: Result<Outcome, Failed>, duration: Duration },
    /// A load.
    Loaded { entry: usize, result: Result<Brought, TransferError> },
    /// A save.
    Saved { entry: usize, result: Result<SaveOutcome, TransferError> },
    /// Nothing is being written any more of what a node had made before it failed.
    Abandoned,
    /// The sets that a multipipeline writes can be written.
    Prepared { group: usize, result: Result<Vec<Prepared>, Refused> },
    /// Whether the sets that a task has read are as they were listed: those that are not.
    Checked { task: usize, result: Result<Vec<String>, Refused> },
}

/// What a load has brought.
pub(super) struct Brought {
    pub(super) content: Resident,
    pub(super) retries: u32,
}

/// What came of a save.
#[derive(Default)]
pub(super) struct SaveOutcome {
    /// How often something was repeated that failed transiently.
    pub(super) retries: u32,
    /// What differs when it is loaded back.
    pub(super) difference: Option<String>,
    /// What marks what was saved.
    pub(super) mark: Option<String>,
    /// The partitions that were written, where they are.
    pub(super) stored: BTreeMap<String, Stored>,
}

/// A dataset that storage refused.
pub(super) struct Refused {
    pub(super) dataset: String,
    pub(super) error: TransferError,
}

/// Why something is given up that nobody has given up.
const LOST: &str = "the host failed within it, which is a defect of wpipe";

/// Why a load or a save failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum TransferError {
    #[error("{0}")]
    Data(Box<DataError>),
    #[error("it was given up")]
    GivenUp,
}

impl From<DataError> for TransferError {
    fn from(error: DataError) -> Self {
        Self::Data(Box::new(error))
    }
}

impl TransferError {
    pub(super) fn load_error(self, dataset: String, at: At, node: String) -> RunError {
        match self {
            Self::Data(source) => RunError::Load { dataset, at, node, source },
            Self::GivenUp => RunError::Environment(format!("failed to load dataset `{dataset}`{at}: {LOST}")),
        }
    }

    pub(super) fn save_error(self, dataset: String, at: At, node: String) -> RunError {
        match self {
            Self::Data(source) => RunError::Save { dataset, at, node, source },
            Self::GivenUp => RunError::Environment(format!("failed to save dataset `{dataset}`{at}: {LOST}")),
        }
    }
}

/// A dataset's name and type, and which part of it is meant.
#[derive(Clone)]
pub(super) struct Subject {
    pub(super) name: String,
    pub(super) at: At,
    pub(super) schema: SchemaId,
}

/// Begins loads and saves.
pub(super) struct Transfers {
    /// The run, whose name is that of the versions that it saves.
    run: String,
    /// The versions that it has saved, by dataset.
    saved: Arc<Mutex<BTreeMap<String, String>>>,
    /// The versions that loads of versioned datasets read, where it is not the newest.
    versions: BTreeMap<String, String>,
    storage: Storage,
    /// Those that are under way and are for nodes that have not begun.
    reads: Vec<AbortHandle>,
    emitter: Emitter,
    done: Sender<Done>,
    verify: bool,
    /// What the content of one load may take, in bytes.
    memory: u64,
}

/// A set that is ready to be written.
pub(super) struct Prepared {
    pub(super) dataset: usize,
    pub(super) writer: SetWriter,
    /// Partitions that it has had and that cannot be kept.
    pub(super) lost: BTreeSet<String>,
}

impl Transfers {
    pub(super) fn new(emitter: Emitter, done: Sender<Done>, options: &RunOptions, run: &RunId) -> Self {
        Self {
            run: run.to_string(),
            saved: Arc::default(),
            versions: options.load_versions.clone(),
            storage: Storage::new(options.executor.threads().storage, emitter.clone()),
            reads: Vec::new(),
            emitter,
            done,
            verify: options.verify_round_trip,
            memory: options.memory,
        }
    }

    /// Where nodes fetch partitions from.
    pub(super) fn storage(&self) -> Storage {
        self.storage.clone()
    }

    /// Gives up the reads that are for nodes that have not begun.
    pub(super) fn give_up_reads(&mut self) {
        self.reads.drain(..).for_each(|read| read.abort());
    }

    /// Gives up everything.
    pub(super) fn abandon(&mut self) {
        self.storage.abandon();
    }

    /// Begins to load a dataset for these readers; `is_own` if this run has saved it.
    pub(super) fn load(
        &mut self,
        entry: usize,
        of: Subject,
        stored: &Dataset,
        readers: Readers,
        is_own: bool,
    ) -> Result<(), RunError> {
        // What this run has saved is what its own readers read back.
        let own = || self.saved.lock().unwrap_or_else(PoisonError::into_inner).get(&of.name).cloned();
        let version = self.versions.get(&of.name).cloned().or_else(|| if is_own { own() } else { None });
        let stored = stored.with_version(version).with_memory(self.memory);
        let told = self.told(&of);
        self.read(Done::load(entry), async move {
            let schema = (of.schema.name.as_str(), of.schema.fingerprint);
            let loaded = told.load(stored.kind(), stored.location(), stored.load(schema, readers)).await?;
            Ok(Brought::whole(loaded))
        })
    }

    /// Begins to list a partitioned dataset.
    pub(super) fn list(&mut self, entry: usize, of: Subject, set: &PartitionedDataset) -> Result<(), RunError> {
        let set = set.clone().with_memory(self.memory);
        let (emitter, run) = (self.emitter.clone(), self.run.clone());
        self.read(Done::load(entry), async move {
            let listing = set.list().await?;
            let is_own = listing.run() == Some(run.as_str());
            let found = if set.has_checkpoint() { set.found_checkpoint().await? } else { None };
            let (confirmed, checkpoint) = found.unzip();
            emitter.emit(|| Event::PartitionsListed {
                dataset: of.name.clone(),
                partitions: listing.partitions().len(),
                bytes: listing.sizes().map(|(_, size)| size).sum(),
                missing: listing.missing().keys().filter(|_| !is_own).cloned().collect(),
            });
            let listed = Listed { name: of.name, set, listing, schema: of.schema, confirmed, checkpoint };
            Ok(Brought { content: Resident::Listed(Arc::new(listed)), retries: 0 })
        })
    }

    /// Begins to load a partition of a listed dataset.
    pub(super) fn load_listed(
        &mut self,
        entry: usize,
        of: &Subject,
        id: String,
        listed: Arc<Listed>,
        readers: Readers,
    ) -> Result<(), RunError> {
        let told = self.told(of);
        self.read(Done::load(entry), async move { Ok(Brought::whole(told.load_listed(&listed, &id, readers).await?)) })
    }

    /// Begins to load a partition that this run has written.
    pub(super) fn load_written(
        &mut self,
        entry: usize,
        of: Subject,
        (set, id, stored): (PartitionedDataset, String, Stored),
        readers: Readers,
    ) -> Result<(), RunError> {
        let told = self.told(&of);
        self.read(Done::load(entry), async move {
            Ok(Brought::whole(told.load_written(&set, &id, &stored, &of.schema, readers).await?))
        })
    }

    /// Begins to save a dataset.
    pub(super) fn save(&mut self, entry: usize, of: Subject, stored: &Dataset, buffer: Buffer) -> Result<(), RunError> {
        let stored = stored.saved_by(&self.run);
        let (told, versions) = (self.told(&of), self.saved.clone());
        let verify = self.verify && !stored.is_written_as_stream();
        self.spawn(Done::save(entry), async move {
            let (outcome, version) = told.save(&stored, &of.schema, buffer, verify).await?;
            if let Some(version) = version {
                versions.lock().unwrap_or_else(PoisonError::into_inner).insert(of.name, version);
            }
            Ok(outcome)
        })
    }

    /// Begins to write a partition.
    pub(super) fn save_partition(
        &mut self,
        entry: usize,
        of: Subject,
        id: String,
        writer: SetWriter,
        buffer: Buffer,
    ) -> Result<(), RunError> {
        let (told, verify) = (self.told(&of), self.verify);
        self.spawn(Done::save(entry), async move { told.save_partition(&writer, id, &of.schema, buffer, verify).await })
    }

    /// Begins to write partitions that one call has made.
    pub(super) fn save_partitions(
        &mut self,
        entry: usize,
        of: Subject,
        writer: SetWriter,
        partitions: BTreeMap<String, Buffer>,
    ) -> Result<(), RunError> {
        let mut all = SavingAll::new(of, writer, self.emitter.clone(), self.verify);
        self.spawn(Done::save(entry), async move {
            all.add_all(partitions).await?;
            all.end().await
        })
    }

    /// Begins to write a partitioned dataset that one call has made, and to make it the one that readers see.
    pub(super) fn save_set(
        &mut self,
        entry: usize,
        of: Subject,
        set: &PartitionedDataset,
        partitions: BTreeMap<String, Buffer>,
    ) -> Result<(), RunError> {
        let (set, run, emitter, verify) = (set.clone(), self.run.clone(), self.emitter.clone(), self.verify);
        self.spawn(Done::save(entry), async move {
            let mut all = SavingAll::new(of, set.begin(&run).await?, emitter, verify);
            all.add_all(partitions).await?;
            all.commit().await
        })
    }

    /// The way to storage for the partitions that a node is going to make, while it does; `keeps` if they are needed in
    /// memory as well.
    pub(super) fn stream(
        &mut self,
        of: Subject,
        node: String,
        set: &PartitionedDataset,
        keeps: bool,
    ) -> Result<Stream, RunError> {
        let (stream, receiving) = Stream::new(of.clone(), node, keeps, self.emitter.clone());
        let (set, run, emitter, verify) = (set.clone(), self.run.clone(), self.emitter.clone(), self.verify);
        let begin = async move { Ok(SavingAll::new(of, set.begin(&run).await?, emitter, verify)) };
        self.storage.spawn(receiving.run(begin)).map_err(no_runtime)?;
        Ok(stream)
    }

    /// Begins to make what a stream has taken the dataset that readers see.
    pub(super) fn commit_stream(&mut self, entry: usize, stream: Stream) {
        stream.commit(Report { done: self.done.clone(), make: Some(Done::save(entry)) });
    }

    /// Gives up what a stream has taken; [`Done::Abandoned`] follows.
    pub(super) fn abandon_stream(&mut self, stream: Stream) {
        let make: Make<(), TransferError> = Box::new(|_| Done::Abandoned);
        stream.abandon(Report { done: self.done.clone(), make: Some(make) });
    }

    /// Begins to make partitions that have been written the dataset that readers see.
    pub(super) fn commit(
        &mut self,
        entry: usize,
        of: &Subject,
        writer: SetWriter,
        partitions: BTreeMap<String, Stored>,
        missing: BTreeMap<String, String>,
    ) -> Result<(), RunError> {
        let told = self.told(of);
        self.spawn(Done::save(entry), async move { told.commit(&writer, partitions, missing).await })
    }

    /// Begins to make sets ready to be written.
    pub(super) fn prepare(
        &mut self,
        group: usize,
        sets: Vec<(usize, PartitionedDataset)>,
        keeps: bool,
    ) -> Result<(), RunError> {
        let run = self.run.clone();
        let make: Make<Vec<Prepared>, Refused> = Box::new(move |result| Done::Prepared { group, result });
        self.read(make, async move {
            let mut writers = Vec::with_capacity(sets.len());
            for (dataset, set) in sets {
                let refused = |error: DataError| Refused { dataset: set.name().to_owned(), error: error.into() };
                let writer = set.begin(&run).await.map_err(refused)?;
                let lost = if keeps { writer.lost().await.map_err(refused)? } else { BTreeSet::new() };
                writers.push(Prepared { dataset, writer, lost });
            }
            Ok(writers)
        })
    }

    /// Begins to look whether sets are as they were listed.
    pub(super) fn check(&mut self, task: usize, sets: Vec<Arc<Listed>>) -> Result<(), RunError> {
        let make: Make<Vec<String>, Refused> = Box::new(move |result| Done::Checked { task, result });
        self.spawn(make, async move {
            let mut replaced = Vec::new();
            for listed in sets {
                let refused = |error: DataError| Refused { dataset: listed.name.clone(), error: error.into() };
                if !listed.set.is_current(&listed.listing).await.map_err(refused)? {
                    replaced.push(listed.name.clone());
                }
            }
            Ok(replaced)
        })
    }

    /// Tells a set that everything up to a partition has been worked on.
    pub(super) fn confirm(&mut self, set: &PartitionedDataset, id: &str) -> Result<Result<(), DataError>, RunError> {
        self.storage.wait(set.confirm(id)).map_err(no_runtime)
    }

    fn told(&self, of: &Subject) -> Told {
        Told { name: of.name.clone(), at: of.at.clone(), emitter: self.emitter.clone() }
    }

    fn spawn<T: Send + 'static, E: From<Lost> + Send + 'static>(
        &mut self,
        make: Make<T, E>,
        future: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<(), RunError> {
        self.begin(make, future).map(drop)
    }

    /// The same for what nobody needs any more when no node begins any more.
    fn read<T: Send + 'static, E: From<Lost> + Send + 'static>(
        &mut self,
        make: Make<T, E>,
        future: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<(), RunError> {
        let begun = self.begin(make, future)?;
        // Those that have ended go when there is no room for one more, so that many cost little.
        if self.reads.len() == self.reads.capacity() {
            self.reads.retain(|read| !read.is_finished());
        }
        self.reads.push(begun);
        Ok(())
    }

    fn begin<T: Send + 'static, E: From<Lost> + Send + 'static>(
        &mut self,
        make: Make<T, E>,
        future: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<AbortHandle, RunError> {
        // A report that nobody sends says that the transfer was lost, so that none may be made of one that cannot begin.
        let report = Report { done: self.done.clone(), make: Some(make) };
        self.storage.spawn(async move { report.send(future.await) }).map_err(no_runtime)
    }
}

impl Drop for Transfers {
    /// What nodes had begun to fetch and nobody waits for ends with the run.
    fn drop(&mut self) {
        self.storage.abandon();
    }
}

fn no_runtime(error: std::io::Error) -> RunError {
    RunError::Environment(format!("failed to start the storage runtime: {error}"))
}

impl Brought {
    fn whole(loaded: Loaded) -> Self {
        Self { content: Resident::Whole(loaded.buffer), retries: loaded.retries }
    }
}

impl Done {
    fn load(entry: usize) -> Make<Brought, TransferError> {
        Box::new(move |result| Self::Loaded { entry, result })
    }

    fn save(entry: usize) -> Make<SaveOutcome, TransferError> {
        Box::new(move |result| Self::Saved { entry, result })
    }
}

/// Which version was saved, of a versioned dataset, and what marks it.
type VersionAndMark = (Option<String>, Option<String>);

/// A dataset whose loads and saves are told as events, from the thread on which they happen.
pub(super) struct Told {
    pub(super) name: String,
    pub(super) at: At,
    pub(super) emitter: Emitter,
}

impl Told {
    async fn load(
        &self,
        format: &str,
        location: String,
        load: impl Future<Output = Result<Loaded, DataError>>,
    ) -> Result<Loaded, TransferError> {
        let (dataset, at) = (|| self.name.clone(), || self.at.clone());
        self.emitter.emit(|| Event::LoadStarted { dataset: dataset(), at: at(), format: format.to_owned(), location });
        let started = Instant::now();
        let progressed = |ProgressSnapshot { phase, bytes, total }| {
            self.emitter.emit(|| Event::LoadProgressed { dataset: dataset(), at: at(), phase, bytes, total });
        };
        let result = follow(load, progressed).await;
        match &result {
            Ok(loaded) => self.emitter.emit(|| Event::LoadCompleted {
                dataset: dataset(),
                at: at(),
                bytes: loaded.buffer.len() as u64,
                duration: started.elapsed(),
                retries: loaded.retries,
                version: loaded.version.clone(),
            }),
            Err(error) => {
                self.emitter.emit(|| Event::LoadFailed { dataset: dataset(), at: at(), error: error.to_string() });
            }
        }
        Ok(result?)
    }

    pub(super) async fn load_listed(
        &self,
        listed: &Listed,
        id: &str,
        readers: Readers,
    ) -> Result<Loaded, TransferError> {
        let schema = (listed.schema.name.as_str(), listed.schema.fingerprint);
        let load = listed.set.load(&listed.listing, id, schema, readers);
        self.load(listed.set.kind(), listed.set.location(), load).await
    }

    pub(super) async fn load_written(
        &self,
        set: &PartitionedDataset,
        id: &str,
        stored: &Stored,
        schema: &SchemaId,
        readers: Readers,
    ) -> Result<Loaded, TransferError> {
        let load = set.load_stored(id, stored, (schema.name.as_str(), schema.fingerprint), readers);
        self.load(set.kind(), set.location(), load).await
    }

    fn save_started(&self, format: &str, location: String) -> Instant {
        self.emitter.emit(|| Event::SaveStarted {
            dataset: self.name.clone(),
            at: self.at.clone(),
            format: format.to_owned(),
            location,
        });
        Instant::now()
    }

    fn save_progressed(&self, ProgressSnapshot { phase, bytes, total }: ProgressSnapshot) {
        let (dataset, at) = (|| self.name.clone(), || self.at.clone());
        self.emitter.emit(|| Event::SaveProgressed { dataset: dataset(), at: at(), phase, bytes, total });
    }

    fn save_completed(&self, bytes: u64, started: Instant, retries: u32, (version, mark): VersionAndMark) {
        self.emitter.emit(|| Event::SaveCompleted {
            dataset: self.name.clone(),
            at: self.at.clone(),
            bytes,
            duration: started.elapsed(),
            retries,
            version,
            mark,
        });
    }

    pub(super) fn save_failed(&self, error: DataError) -> TransferError {
        self.emitter.emit(|| Event::SaveFailed {
            dataset: self.name.clone(),
            at: self.at.clone(),
            error: error.to_string(),
        });
        error.into()
    }

    /// Saves, and finds what differs when it is loaded back, if that is asked for. Says which version it is as well.
    async fn save(
        &self,
        stored: &Dataset,
        schema: &SchemaId,
        buffer: Buffer,
        verify: bool,
    ) -> Result<(SaveOutcome, Option<String>), TransferError> {
        let started = self.save_started(stored.kind(), stored.location());
        let schema = (schema.name.as_str(), schema.fingerprint);
        let save = follow(stored.save(&buffer, schema), |transfer| self.save_progressed(transfer));
        let saved = save.await.map_err(|error| self.save_failed(error))?;
        self.save_completed(saved.bytes, started, saved.retries, (saved.version.clone(), saved.mark.clone()));
        let difference = match verify {
            false => None,
            true => {
                let version = stored.with_version(saved.version.clone());
                difference(version.load(schema, Readers::Several).await, schema.0, &buffer)
            }
        };
        let outcome = SaveOutcome { retries: saved.retries, difference, mark: saved.mark, ..SaveOutcome::default() };
        Ok((outcome, saved.version))
    }

    /// As [`save`](Self::save), one partition.
    pub(super) async fn save_partition(
        &self,
        writer: &SetWriter,
        id: String,
        schema: &SchemaId,
        buffer: Buffer,
        verify: bool,
    ) -> Result<SaveOutcome, TransferError> {
        let set = writer.dataset();
        let started = self.save_started(set.kind(), set.location());
        let schema = (schema.name.as_str(), schema.fingerprint);
        let save = follow(writer.save(&id, &buffer, schema), |transfer| self.save_progressed(transfer));
        let saved = save.await.map_err(|error| self.save_failed(error))?;
        self.save_completed(saved.bytes, started, saved.retries, (None, None));
        self.emitter.emit(|| Event::PartitionSaved {
            dataset: self.name.clone(),
            partition: id.clone(),
            stored: saved.stored.clone(),
        });
        let difference = match verify {
            false => None,
            true => difference(set.load_stored(&id, &saved.stored, schema, Readers::Several).await, schema.0, &buffer),
        };
        let stored = BTreeMap::from([(id, saved.stored)]);
        Ok(SaveOutcome { retries: saved.retries, difference, stored, ..SaveOutcome::default() })
    }

    pub(super) async fn commit(
        &self,
        writer: &SetWriter,
        partitions: BTreeMap<String, Stored>,
        missing: BTreeMap<String, String>,
    ) -> Result<SaveOutcome, TransferError> {
        let set = writer.dataset();
        let started = self.save_started(set.kind(), set.location());
        let bytes = partitions.values().map(|stored| stored.size).sum();
        let committed = writer.commit(partitions, missing).await.map_err(|error| self.save_failed(error))?;
        let mark = Some(writer.run_mark());
        self.save_completed(bytes, started, committed.retries, (None, mark));
        if !committed.pruned.is_empty() {
            let mut partitions = committed.pruned;
            partitions.sort_unstable();
            self.emitter.emit(|| Event::PartitionsPruned { dataset: self.name.clone(), partitions });
        }
        if let Some(error) = committed.untidy {
            self.emitter.emit(|| Event::SaveUntidy { dataset: self.name.clone(), error: error.to_string() });
        }
        Ok(SaveOutcome { retries: committed.retries, ..SaveOutcome::default() })
    }
}

/// What differs when a dataset is loaded back.
fn difference(back: Result<Loaded, DataError>, schema: &str, buffer: &Buffer) -> Option<String> {
    match back {
        Ok(back) => compare(buffer, &back.buffer, schema).map(|difference| difference.to_string()),
        Err(error) => Some(format!("it cannot be loaded back: {error}")),
    }
}

/// What is reported of a future.
type Make<T, E> = Box<dyn FnOnce(Result<T, E>) -> Done + Send>;

/// That a future ended without a result.
pub(super) struct Lost;

impl From<Lost> for TransferError {
    fn from(_: Lost) -> Self {
        Self::GivenUp
    }
}

impl From<Lost> for Refused {
    fn from(_: Lost) -> Self {
        Self { dataset: String::new(), error: TransferError::GivenUp }
    }
}

/// Reports what came of a transfer; that it was lost, if nothing else does.
pub(super) struct Report<T, E: From<Lost>> {
    done: Sender<Done>,
    make: Option<Make<T, E>>,
}

impl<T, E: From<Lost>> Report<T, E> {
    pub(super) fn send(mut self, result: Result<T, E>) {
        if let Some(make) = self.make.take() {
            // The driving thread may be gone, after an error of its own.
            let _ = self.done.send(make(result));
        }
    }
}

impl<T, E: From<Lost>> Drop for Report<T, E> {
    fn drop(&mut self) {
        if let Some(make) = self.make.take() {
            let _ = self.done.send(make(Err(Lost.into())));
        }
    }
}
