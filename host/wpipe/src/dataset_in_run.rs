//! What a run did with a dataset: where it was loaded from and saved to, and whether that is still there.

use serde::Serialize;
use serde_json::{Value, json};
use wpipe_catalog::{DataError, StoredDataset};
use wpipe_runner::StorageRuntime;

use crate::history::{DatasetDetails, Transfers};
use crate::incremental::digest_of_input;
use crate::storage::ask_one;
use crate::{Error, History, Project, RunState};

/// What a run did with a dataset.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct DatasetInRun {
    /// The run's id.
    pub run: String,
    /// The run's state.
    pub state: RunState,
    /// The bytes that a node made in memory.
    pub made: Option<u64>,
    /// The ways in which they reached the readers.
    pub transports: Vec<String>,
    /// The loads, one for each format.
    pub loads: Vec<DatasetTransfer>,
    /// The saves, one for each format.
    pub saves: Vec<DatasetTransfer>,
    /// The bytes that were attached from the shared store.
    pub attached: Option<u64>,
    /// The bytes that were left in the shared store.
    pub shared: Option<u64>,
    /// The object in the shared store, whose name is a digest of its content.
    pub object: Option<String>,
    /// True if the run made it durable.
    pub is_durable: bool,
    /// Whether the place has what the run read or wrote there.
    pub since: Since,
}

/// The loads or saves of a dataset in one format; those of partitions are added up.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DatasetTransfer {
    /// The format, such as `csv`.
    pub format: String,
    /// The path or URL, without credentials.
    pub location: String,
    /// The bytes.
    pub bytes: u64,
    /// The seconds.
    pub seconds: f64,
    /// The version, of a versioned dataset.
    pub version: Option<String>,
    /// The reason why it failed.
    pub error: Option<String>,
}

/// The state of a place since a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Since {
    /// It has what the run read or wrote.
    Unchanged,
    /// It has something else.
    Changed,
    /// There is nothing any more.
    Gone,
    /// The journal, or the store, does not say.
    Unknown,
}

impl Project {
    /// Returns what the run of that id, or the latest run, did with a dataset; `None` if it neither read nor made it.
    ///
    /// # Errors
    ///
    /// Fails if there is no such run, its journal cannot be read, or there is no such dataset.
    pub fn dataset_in_run(&self, name: &str, id: Option<&str>) -> Result<Option<DatasetInRun>, Error> {
        let stored = self.stored(&[name])?.remove(name);
        let history = History::of(self.directory());
        let record = history.open_of(self.name(), id)?;
        let (details, _) = history.details(&record.description.id)?;
        let Some(of) = details.datasets.get(name) else { return Ok(None) };
        let read = record.description.calls.values().flat_map(|call| &call.inputs);
        let read = read.filter(|(input, _)| input.split_once(' ').is_some_and(|(_, input)| input == name));
        let read = read.map(|(_, digest)| digest.clone()).next();
        let since = match stored {
            Some(stored) => since(stored, of, read)?,
            None => Since::Unknown,
        };
        Ok(Some(DatasetInRun {
            run: record.description.id.clone(),
            state: record.state,
            made: of.made,
            transports: of.transports.iter().cloned().collect(),
            loads: transfers(&of.loads),
            saves: transfers(&of.saves),
            attached: of.attached,
            shared: of.shared.as_ref().map(|(bytes, _)| *bytes),
            object: of.shared.as_ref().and_then(|(_, object)| object.clone()),
            is_durable: record.persisted.iter().any(|kept| kept == name),
            since,
        }))
    }
}

impl DatasetInRun {
    /// Returns the version that the run saved, or else the one that it loaded.
    pub fn version(&self) -> Option<&String> {
        self.saves.iter().chain(&self.loads).find_map(|one| one.version.as_ref())
    }

    /// Returns it as `wpipe inspect --run --format json` prints it.
    pub fn to_json(&self) -> Value {
        json!({
            "id": self.run, "state": self.state, "made_bytes": self.made, "transports": self.transports,
            "loads": self.loads, "saves": self.saves, "attached_bytes": self.attached, "shared_bytes": self.shared,
            "object": self.object, "is_durable": self.is_durable, "since": self.since,
        })
    }
}

fn transfers(all: &std::collections::BTreeMap<String, Transfers>) -> Vec<DatasetTransfer> {
    let transfer = |(format, of): (&String, &Transfers)| DatasetTransfer {
        format: format.clone(),
        location: of.location.clone(),
        bytes: of.bytes,
        seconds: of.seconds,
        version: of.version.clone(),
        error: of.error.clone(),
    };
    all.iter().map(transfer).collect()
}

/// Compares what is there with the mark of the save, or else with the digest by which the run knew what it read.
fn since(stored: StoredDataset, of: &DatasetDetails, read: Option<String>) -> Result<Since, Error> {
    let saved = of.saves.values().find(|save| save.count > 0);
    let version = saved.or(of.loads.values().next()).and_then(|one| one.version.as_ref());
    let stored = stored.at_version(version);
    // A store that does not answer says nothing.
    let Ok(found) = ask_one(&StorageRuntime::default(), mark(stored))? else { return Ok(Since::Unknown) };
    let Some(found) = found else { return Ok(Since::Gone) };
    Ok(match (saved, read) {
        (Some(save), _) => match &save.mark {
            Some(mark) if *mark == found => Since::Unchanged,
            Some(_) => Since::Changed,
            None => Since::Unknown,
        },
        (None, Some(digest)) if digest == digest_of_input(&found) => Since::Unchanged,
        // An incremental run knows its inputs by their content.
        (None, _) => Since::Unknown,
    })
}

async fn mark(stored: StoredDataset) -> Result<Option<String>, DataError> {
    match stored {
        StoredDataset::Whole(dataset) => dataset.mark().await,
        StoredDataset::Set(set) => Ok(set.list().await?.run_mark()),
    }
}
