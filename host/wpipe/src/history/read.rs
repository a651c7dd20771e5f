//! Reading journals.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use wpipe_catalog::Stored;

use super::journal::{DESCRIPTION, EVENTS, RUNS, RunDescription};
use super::state::RunState;
use crate::Error;

/// The runs of a project.
#[derive(Debug, Clone)]
pub struct History {
    runs: PathBuf,
}

/// One run, as its journal tells it.
#[derive(Debug, Clone)]
pub struct RunRecord {
    /// What it was to do.
    pub description: RunDescription,
    /// How it stands.
    pub state: RunState,
    /// How long it took, in seconds; `None` unless it ended in good order.
    pub seconds: Option<f64>,
    /// Every error, in the order in which they happened.
    pub errors: Vec<String>,
    /// The nodes that began, by name.
    pub nodes: BTreeMap<String, NodeRecord>,
    /// Datasets that became durable, in that order.
    pub persisted: Vec<String>,
    /// Partitions that became durable.
    pub partitions: WrittenPartitions,
}

/// Partitions that a run has written, by dataset and id, where they are.
pub type WrittenPartitions = BTreeMap<String, BTreeMap<String, Stored>>;

/// What a run tells of a node.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NodeRecord {
    /// How long its call took, in seconds; `None` unless it completed.
    pub seconds: Option<f64>,
    /// Bytes copied, mapped and moved for it.
    pub copied_mapped_moved: [u64; 3],
    /// Why it failed.
    pub error: Option<String>,
}

impl RunRecord {
    /// The nodes that completed.
    pub fn completed(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().filter(|(_, node)| node.seconds.is_some()).map(|(name, _)| name.as_str())
    }
}

impl History {
    /// The runs of the project in `directory`.
    pub fn of(directory: impl AsRef<Path>) -> Self {
        Self { runs: directory.as_ref().join(RUNS) }
    }

    /// The names of all runs, the oldest first.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn ids(&self) -> Result<Vec<String>, Error> {
        let entries = match fs::read_dir(&self.runs) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(Error::Read { path: self.runs.clone(), source }),
        };
        let named = entries.flatten().filter(|entry| entry.path().join(DESCRIPTION).is_file());
        let mut ids: Vec<_> = named.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// The run of that name, or of the only one that begins like it; the latest run where no name is given.
    ///
    /// # Errors
    ///
    /// When there is no such run, or several, or its journal cannot be read.
    pub fn open(&self, id: Option<&str>) -> Result<RunRecord, Error> {
        let ids = self.ids()?;
        let Some(id) = id else {
            let last = ids.last().ok_or_else(|| Error::Value("no run has been recorded yet".to_owned()))?;
            return self.read(last);
        };
        let found: Vec<_> = ids.iter().filter(|known| known.starts_with(id)).collect();
        match found[..] {
            [found] => self.read(found),
            [] => Err(Error::Value(format!("there is no run `{id}`: see `wpipe runs list`"))),
            _ if ids.iter().any(|known| known == id) => self.read(id),
            [first, .., last] => {
                Err(Error::Value(format!("`{id}` may be any of {} runs, from `{first}` to `{last}`", found.len())))
            }
        }
    }

    fn read(&self, id: &str) -> Result<RunRecord, Error> {
        let directory = self.runs.join(id);
        let text = |name: &str| {
            let path = directory.join(name);
            fs::read_to_string(&path).map_err(|source| Error::Read { path, source })
        };
        let description = serde_json::from_str(&text(DESCRIPTION)?)
            .map_err(|error| Error::Value(format!("the description of run `{id}` is damaged: {error}")))?;
        // Looked at before the events: a run that ends in between has told so.
        let is_running = is_locked(&directory.join(EVENTS));
        let mut record = RunRecord {
            description,
            state: if is_running { RunState::Running } else { RunState::Killed },
            seconds: None,
            errors: Vec::new(),
            nodes: BTreeMap::new(),
            persisted: Vec::new(),
            partitions: BTreeMap::new(),
        };
        for line in text(EVENTS)?.lines() {
            // The last line of a killed run may be cut short, and other versions may know other events.
            if let Ok(line) = serde_json::from_str(line) {
                record.note(line);
            }
        }
        Ok(record)
    }
}

impl RunRecord {
    fn note(&mut self, line: Line) {
        match line {
            // The calls of a multipipeline's nodes are not the nodes: these end at its barrier.
            Line::NodeCompleted { at, .. } | Line::SaveCompleted { at, .. } if at.is_part() => {}
            Line::NodeStarted { node } => drop(self.nodes.entry(node).or_default()),
            Line::NodeCompleted { node, seconds, copied, mapped, moved, .. } => {
                let node = self.nodes.entry(node).or_default();
                node.seconds = Some(seconds);
                node.copied_mapped_moved = [copied, mapped, moved];
            }
            Line::NodeFailed { node, error } => self.nodes.entry(node).or_default().error = Some(error),
            Line::SaveCompleted { dataset, .. } => self.persisted.push(dataset),
            Line::PartitionSaved { dataset, partition, stored } => {
                self.partitions.entry(dataset).or_default().insert(partition, stored);
            }
            Line::RunCompleted { seconds } => {
                self.state = RunState::Completed;
                self.seconds = Some(seconds);
            }
            Line::RunFailed { errors, seconds } => {
                self.state = RunState::Failed;
                self.seconds = Some(seconds);
                self.errors = errors;
            }
            Line::Other => {}
        }
    }
}

/// The events that a record is made from.
#[derive(Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
enum Line {
    NodeStarted {
        node: String,
    },
    NodeCompleted {
        node: String,
        #[serde(flatten)]
        at: Part,
        seconds: f64,
        copied: u64,
        mapped: u64,
        moved: u64,
    },
    NodeFailed {
        node: String,
        error: String,
    },
    SaveCompleted {
        dataset: String,
        #[serde(flatten)]
        at: Part,
    },
    PartitionSaved {
        dataset: String,
        partition: String,
        #[serde(flatten)]
        stored: Stored,
    },
    RunCompleted {
        seconds: f64,
    },
    RunFailed {
        errors: Vec<String>,
        seconds: f64,
    },
    #[serde(other)]
    Other,
}

/// Which part of a node's work or of a dataset an event is about.
#[derive(Deserialize)]
struct Part {
    #[serde(default)]
    partition: Option<String>,
    #[serde(default)]
    slice: Option<usize>,
}

impl Part {
    fn is_part(&self) -> bool {
        self.partition.is_some() || self.slice.is_some()
    }
}

/// Whether the process that writes a journal is still there.
fn is_locked(events: &Path) -> bool {
    File::open(events).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}
