//! The begin of loads and saves: futures on the storage runtime that report to the driving thread.

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::sync::mpsc::Sender;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::AbortHandle;
use wpipe_buffer::{Buffer, Readers};
use wpipe_catalog::{DataError, Dataset, PartitionedDataset, SetWriter, Stored};
use wpipe_pipeline::{FormatId, GroupId};
use wpipe_store::StoreError;

use super::completion::{Completion, Dropped, LoadOutcome, Prepared, Reply, SetFailure, ToCompletion};
use super::fetch::{self, Fetch};
use super::listed::Listed;
use super::observed::ObservedTransfer;
use super::resident::Resident;
use super::share::{Share, Shared};
use super::storage::Storage;
use super::stream::{SavingAll, Stream};
use super::transfer::{Subject, TransferError};
use crate::event::Emitter;
use crate::schedule::{EntryId, TaskId};
use crate::{Event, RunError, RunId, RunOptions};

/// The loads and saves of a run.
pub(super) struct Transfers {
    /// The run, by which the versions that it saves are named.
    run: String,
    /// The name of this attempt, if there may be several.
    fence: Option<String>,
    /// The versions that it has saved, by dataset.
    saved: Arc<Mutex<BTreeMap<String, String>>>,
    /// The versions that loads of versioned datasets read, where it is not the newest.
    versions: BTreeMap<String, String>,
    storage: Storage,
    /// Reads that are under way for nodes that have not begun.
    reads: Vec<AbortHandle>,
    emitter: Emitter,
    completions: Sender<Completion>,
    verify: bool,
    /// The limit on the content of one load, in bytes.
    memory: u64,
}

impl Transfers {
    pub(super) fn new(emitter: Emitter, completions: Sender<Completion>, options: &RunOptions, run: &RunId) -> Self {
        Self {
            run: run.to_string(),
            fence: options.fence.clone(),
            saved: Arc::default(),
            versions: options.load_versions.clone(),
            storage: Storage::new(options.executor.threads().storage, emitter.clone()),
            reads: Vec::new(),
            emitter,
            completions,
            verify: options.verify_round_trip,
            memory: options.memory,
        }
    }

    /// Returns the storage from which nodes fetch partitions.
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

    /// Begins to load a dataset for these readers; `is_own` if this run has saved it. With `fetch`, other processes of the
    /// machine attach what one has loaded.
    pub(super) fn load(
        &mut self,
        entry: EntryId,
        of: Subject,
        stored: &Dataset,
        (readers, is_own): (Readers, bool),
        fetch: Option<Fetch>,
    ) -> Result<(), RunError> {
        // Readers within this run read back the version that it has saved.
        let own = || self.saved.lock().unwrap_or_else(PoisonError::into_inner).get(&of.name).cloned();
        let version = self.versions.get(&of.name).cloned().or_else(|| if is_own { own() } else { None });
        let stored = stored.with_version(version).with_memory(self.memory);
        let observed = self.observed(&of);
        self.read(Completion::load(entry), async move {
            let schema = (of.schema.name.as_str(), of.schema.fingerprint);
            let load = |readers| observed.load(stored.kind(), stored.location(), stored.load(schema, readers));
            Ok(LoadOutcome::whole(fetch::load(fetch, readers, load).await?))
        })
    }

    /// Begins to list a partitioned dataset, whose partitions are loaded by way of the shared store if there is one.
    pub(super) fn list(
        &mut self,
        entry: EntryId,
        of: Subject,
        set: &PartitionedDataset,
        way: Option<Share>,
    ) -> Result<(), RunError> {
        let set = set.clone().with_memory(self.memory);
        let (emitter, run) = (self.emitter.clone(), self.run.clone());
        self.read(Completion::load(entry), async move {
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
            let listed = Listed { name: of.name, set, listing, schema: of.schema, way, confirmed, checkpoint };
            Ok(LoadOutcome { content: Resident::Listed(Arc::new(listed)), retries: 0 })
        })
    }

    /// Begins to load a partition of a listed dataset.
    pub(super) fn load_listed(
        &mut self,
        entry: EntryId,
        of: &Subject,
        id: String,
        listed: Arc<Listed>,
        readers: Readers,
    ) -> Result<(), RunError> {
        let observed = self.observed(of);
        self.read(Completion::load(entry), async move {
            Ok(LoadOutcome::whole(observed.load_listed(&listed, &id, readers).await?))
        })
    }

    /// Begins to load a partition that this run has written.
    pub(super) fn load_written(
        &mut self,
        entry: EntryId,
        of: Subject,
        (set, id, stored): (PartitionedDataset, String, Stored),
        readers: Readers,
    ) -> Result<(), RunError> {
        let observed = self.observed(&of);
        self.read(Completion::load(entry), async move {
            Ok(LoadOutcome::whole(observed.load_written(&set, &id, &stored, &of.schema, readers).await?))
        })
    }

    /// Begins to save a dataset.
    pub(super) fn save(
        &mut self,
        entry: EntryId,
        of: Subject,
        stored: &Dataset,
        buffer: Buffer,
    ) -> Result<(), RunError> {
        let stored = stored.saved_by(&self.run);
        let (observed, versions) = (self.observed(&of), self.saved.clone());
        let verify = self.verify && !stored.is_written_as_stream() && !stored.is_added_to();
        self.spawn(Completion::save(entry), async move {
            let (outcome, version) = observed.save(&stored, &of.schema, buffer, verify).await?;
            if let Some(version) = version {
                versions.lock().unwrap_or_else(PoisonError::into_inner).insert(of.name, version);
            }
            Ok(outcome)
        })
    }

    /// Begins a hand-over to the shared store, which may have to wait for room.
    pub(super) fn share(
        &mut self,
        entry: EntryId,
        share: impl FnOnce() -> Result<Shared, StoreError> + Send + 'static,
    ) -> Result<(), RunError> {
        self.spawn(Completion::share(entry), async move {
            let shared = tokio::task::spawn_blocking(share).await;
            Ok(shared.map_err(|_| TransferError::GivenUp)??)
        })
    }

    /// Begins to write a partition.
    pub(super) fn save_partition(
        &mut self,
        entry: EntryId,
        of: Subject,
        id: String,
        writer: SetWriter,
        buffer: Buffer,
    ) -> Result<(), RunError> {
        let (observed, verify) = (self.observed(&of), self.verify);
        self.spawn(Completion::save(entry), async move {
            observed.save_partition(&writer, id, &of.schema, buffer, verify).await
        })
    }

    /// Begins to write partitions that one call has made.
    pub(super) fn save_partitions(
        &mut self,
        entry: EntryId,
        of: Subject,
        writer: SetWriter,
        partitions: BTreeMap<String, Buffer>,
    ) -> Result<(), RunError> {
        let mut all = SavingAll::new(of, writer, self.emitter.clone(), self.verify);
        self.spawn(Completion::save(entry), async move {
            all.add_all(partitions).await?;
            all.end().await
        })
    }

    /// Begins to write a partitioned dataset that one call has made, and to make it the one that readers see.
    pub(super) fn save_set(
        &mut self,
        entry: EntryId,
        of: Subject,
        set: &PartitionedDataset,
        partitions: BTreeMap<String, Buffer>,
    ) -> Result<(), RunError> {
        let (begun, emitter, verify) = (self.writer(set), self.emitter.clone(), self.verify);
        self.spawn(Completion::save(entry), async move {
            let mut all = SavingAll::new(of, begun.await?, emitter, verify);
            all.add_all(partitions).await?;
            all.commit().await
        })
    }

    /// Returns the way to storage for the partitions that a node makes, while it runs; `keeps` if they are needed in
    /// memory as well.
    pub(super) fn stream(
        &mut self,
        of: Subject,
        node: String,
        set: &PartitionedDataset,
        keeps: bool,
    ) -> Result<Stream, RunError> {
        let (stream, receiving) = Stream::new(of.clone(), node, keeps, self.emitter.clone());
        let (begun, emitter, verify) = (self.writer(set), self.emitter.clone(), self.verify);
        let begin = async move { Ok(SavingAll::new(of, begun.await?, emitter, verify)) };
        self.storage.spawn(receiving.run(begin)).map_err(no_runtime)?;
        Ok(stream)
    }

    /// Begins to commit the partitions of a stream as the dataset that readers see.
    pub(super) fn commit_stream(&mut self, entry: EntryId, stream: Stream) {
        stream.commit(Reply::new(self.completions.clone(), Completion::save(entry)));
    }

    /// Gives up the partitions that a stream has taken; [`Completion::Settled`] follows.
    pub(super) fn abandon_stream(&mut self, stream: Stream) {
        let make: ToCompletion<(), TransferError> = Box::new(|_| Completion::Settled);
        stream.abandon(Reply::new(self.completions.clone(), make));
    }

    /// Begins to commit written partitions as the dataset that readers see.
    pub(super) fn commit(
        &mut self,
        entry: EntryId,
        of: &Subject,
        writer: SetWriter,
        partitions: BTreeMap<String, Stored>,
        missing: BTreeMap<String, String>,
    ) -> Result<(), RunError> {
        let observed = self.observed(of);
        self.spawn(Completion::save(entry), async move { observed.commit(&writer, partitions, missing).await })
    }

    /// Begins to make sets ready to be written.
    pub(super) fn prepare(
        &mut self,
        group: GroupId,
        sets: Vec<(FormatId, PartitionedDataset)>,
        keeps: bool,
    ) -> Result<(), RunError> {
        let sets: Vec<_> =
            sets.into_iter().map(|(dataset, set)| (dataset, set.name().to_owned(), self.writer(&set))).collect();
        let make: ToCompletion<Vec<Prepared>, SetFailure> =
            Box::new(move |result| Completion::Prepared { group, result });
        self.read(make, async move {
            let mut writers = Vec::with_capacity(sets.len());
            for (dataset, name, begun) in sets {
                let failure = |error: DataError| SetFailure { dataset: name.clone(), error: error.into() };
                let writer = begun.await.map_err(failure)?;
                let lost = if keeps { writer.lost().await.map_err(failure)? } else { BTreeSet::new() };
                writers.push(Prepared { dataset, writer, lost });
            }
            Ok(writers)
        })
    }

    /// Begins to check that sets are as they were listed.
    pub(super) fn check(&mut self, task: TaskId, sets: Vec<Arc<Listed>>) -> Result<(), RunError> {
        let make: ToCompletion<Vec<String>, SetFailure> = Box::new(move |result| Completion::Checked { task, result });
        self.spawn(make, async move {
            let mut replaced = Vec::new();
            for listed in sets {
                let failure = |error: DataError| SetFailure { dataset: listed.name.clone(), error: error.into() };
                if !listed.set.is_current(&listed.listing).await.map_err(failure)? {
                    replaced.push(listed.name.clone());
                }
            }
            Ok(replaced)
        })
    }

    /// Confirms to a set that everything up to a partition has been worked on.
    pub(super) fn confirm(&mut self, set: &PartitionedDataset, id: &str) -> Result<Result<(), DataError>, RunError> {
        self.storage.wait(set.confirm(id)).map_err(no_runtime)
    }

    /// Begins to write a set for this run, when it is awaited.
    fn writer(&self, set: &PartitionedDataset) -> impl Future<Output = Result<SetWriter, DataError>> + Send + use<> {
        let (set, run, fence) = (set.clone(), self.run.clone(), self.fence.clone());
        async move { set.begin_as(&run, fence.as_deref()).await }
    }

    fn observed(&self, of: &Subject) -> ObservedTransfer {
        ObservedTransfer { name: of.name.clone(), at: of.at.clone(), emitter: self.emitter.clone() }
    }

    fn spawn<T: Send + 'static, E: From<Dropped> + Send + 'static>(
        &mut self,
        make: ToCompletion<T, E>,
        future: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<(), RunError> {
        self.begin(make, future).map(drop)
    }

    /// Begins a transfer that is not needed any more when no more nodes begin.
    fn read<T: Send + 'static, E: From<Dropped> + Send + 'static>(
        &mut self,
        make: ToCompletion<T, E>,
        future: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<(), RunError> {
        let begun = self.begin(make, future)?;
        // Those that have ended are removed when there is no room for one more, so that many cost little.
        if self.reads.len() == self.reads.capacity() {
            self.reads.retain(|read| !read.is_finished());
        }
        self.reads.push(begun);
        Ok(())
    }

    fn begin<T: Send + 'static, E: From<Dropped> + Send + 'static>(
        &mut self,
        make: ToCompletion<T, E>,
        future: impl Future<Output = Result<T, E>> + Send + 'static,
    ) -> Result<AbortHandle, RunError> {
        // An unsent report says that the transfer was lost, so none may be made of a transfer that cannot begin.
        let report = Reply::new(self.completions.clone(), make);
        self.storage.spawn(async move { report.send(future.await) }).map_err(no_runtime)
    }
}

impl Drop for Transfers {
    /// Ends with the run the fetches that nodes have begun and no longer wait for.
    fn drop(&mut self) {
        self.storage.abandon();
    }
}

fn no_runtime(error: std::io::Error) -> RunError {
    RunError::Environment(format!("failed to start the storage runtime: {error}"))
}
