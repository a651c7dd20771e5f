//! Loads and saves that emit events at their beginning and end, from the thread on which they run.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Instant;

use wpipe_buffer::{Buffer, Readers};
use wpipe_catalog::{DataError, Dataset, Loaded, PartitionedDataset, ProgressSnapshot, SetWriter, Stored, compare};

use super::fetch;
use super::listed::Listed;
use super::progress::follow;
use super::transfer::{SaveOutcome, TransferError};
use crate::event::Emitter;
use crate::{At, Event, SchemaId};

/// The saved version, of a versioned dataset, and its mark.
type VersionAndMark = (Option<String>, Option<String>);

/// A dataset whose loads and saves emit events, from the thread on which they run.
pub(super) struct ObservedTransfer {
    pub(super) name: String,
    pub(super) at: At,
    pub(super) emitter: Emitter,
}

impl ObservedTransfer {
    pub(super) async fn load(
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
                columns: self.emitter.describe(&self.name, &loaded.buffer),
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
        let load = |readers| {
            let load = listed.set.load(&listed.listing, id, schema, readers);
            self.load(listed.set.kind(), listed.set.location(), load)
        };
        fetch::load(listed.fetch(id), readers, load).await
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

    /// Saves, and compares the content that is loaded back, if that is asked for. Also returns the version.
    pub(super) async fn save(
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

    /// Saves one partition as [`save`](Self::save) does.
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

/// Returns the difference when a dataset is loaded back.
fn difference(back: Result<Loaded, DataError>, schema: &str, buffer: &Buffer) -> Option<String> {
    match back {
        Ok(back) => compare(buffer, &back.buffer, schema).map(|difference| difference.to_string()),
        Err(error) => Some(format!("it cannot be loaded back: {error}")),
    }
}
