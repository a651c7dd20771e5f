//! Reading journals.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;
use wpipe_catalog::Stored;
use wpipe_runner::{EVENT_FORMAT, Event, Record};

use super::details::RunDetails;
use super::error::HistoryError;
use super::journal::{DESCRIPTION, EVENTS, FORMAT, INPUTS, InputPartitions, RUNS, RunDescription};
use super::redact::{masked, redacted};
use super::state::RunState;
use super::timeline::{Timeline, TimelineSpan};
use crate::Error;
use crate::project::directory_of;

/// The most runs that are looked through for one before.
const MOST_EARLIER: usize = 50;

/// The runs of a project.
#[derive(Debug, Clone)]
pub struct History {
    runs: PathBuf,
}

/// The record of one run, by its journal.
#[derive(Debug, Clone)]
pub struct RunRecord {
    /// The description of the run.
    pub description: RunDescription,
    /// Its state.
    pub state: RunState,
    /// Its duration in seconds; `None` unless it ended in good order.
    pub seconds: Option<f64>,
    /// Every error, in the order in which they happened.
    pub errors: Vec<String>,
    /// The nodes that began, by name.
    pub nodes: BTreeMap<String, NodeRecord>,
    /// Datasets that became durable, in that order.
    pub persisted: Vec<String>,
    /// The mark that each of them had when it was saved, where its store has marks.
    pub(crate) marks: BTreeMap<String, String>,
    /// Partitions that became durable.
    pub partitions: WrittenPartitions,
    /// The multipipelines that were divided into slices, by name.
    pub multipipelines: BTreeMap<String, MultipipelineRecord>,
    /// The partition up to which each dataset was confirmed to have been worked on, by dataset.
    pub checkpoints: BTreeMap<String, String>,
    /// The partitions of the free inputs that multipipelines went over, as they were when it began.
    pub(crate) inputs: InputPartitions,
    /// The number of damaged lines of the journal: their events are unknown, and count as not done.
    pub unreadable: usize,
    /// The number of events of a later version, unknown to this one: they are passed over.
    pub unknown: usize,
    /// True if a later version has written the journal in another layout: this record has the parts that are
    /// understood.
    pub is_newer: bool,
    /// The time at which it began.
    pub started: Option<SystemTime>,
    /// The time of the last event in the journal.
    pub last_event: Option<SystemTime>,
}

/// Partitions that a run has written, by dataset and id, where they are.
pub type WrittenPartitions = BTreeMap<String, BTreeMap<String, Stored>>;

/// A run whose journal cannot be read, by its name, and why.
pub type DamagedRun = (String, Error);

/// The record of a node in a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct NodeRecord {
    /// The duration of its call, in seconds; `None` unless it completed.
    pub seconds: Option<f64>,
    /// Bytes copied, mapped and moved for it.
    pub copied_mapped_moved: [u64; 3],
    /// The reason why it failed.
    pub error: Option<String>,
    /// The worker thread that called it, from 0; `None` for the driving thread, and where the journal does not say.
    pub worker: Option<usize>,
    /// The last attempt, from 1; 0 for a node of many calls, and in journals without it.
    pub attempt: u32,
}

/// The record of a multipipeline in a run.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MultipipelineRecord {
    /// The ids of the partitions in each slice.
    pub slices: Vec<Vec<String>>,
    /// The partitions that are in no slice, and why, by id.
    pub left_out: BTreeMap<String, String>,
    /// The partitions that went through all nodes.
    pub completed: BTreeSet<String>,
    /// The partitions that did not, with the reasons, by id.
    pub failed: BTreeMap<String, String>,
    /// True if all slices have ended.
    pub is_barrier_reached: bool,
}

impl MultipipelineRecord {
    /// Returns the number of partitions in all slices.
    pub fn total(&self) -> usize {
        self.slices.iter().map(Vec::len).sum()
    }
}

impl RunRecord {
    /// Returns the nodes that completed.
    pub fn completed(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().filter(|(_, node)| node.seconds.is_some()).map(|(name, _)| name.as_str())
    }
}

impl History {
    /// Returns the runs of the project in `directory`.
    pub fn of(directory: impl AsRef<Path>) -> Self {
        Self { runs: directory.as_ref().join(RUNS) }
    }

    /// Returns the runs of the project whose manifest this is.
    pub fn beside(manifest: impl AsRef<Path>) -> Self {
        Self::of(directory_of(manifest.as_ref()))
    }

    /// Returns the names of all runs, the oldest first.
    ///
    /// # Errors
    ///
    /// Fails if the folder cannot be read.
    pub fn ids(&self) -> Result<Vec<String>, Error> {
        let entries = match fs::read_dir(&self.runs) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(source) => return Err(Error::Read { path: self.runs.clone(), source }),
        };
        let runs = entries.flatten().map(|entry| entry.path()).filter(|path| has_begun(path));
        let mut ids: Vec<_> = runs.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned())).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// Returns all runs, the oldest first, and those whose journals cannot be read, with the reason.
    ///
    /// # Errors
    ///
    /// Fails if the folder cannot be read.
    pub fn all(&self) -> Result<(Vec<RunRecord>, Vec<DamagedRun>), Error> {
        let (mut records, mut damaged) = (Vec::new(), Vec::new());
        for id in self.ids()? {
            match self.read(&id) {
                Ok(record) => records.push(record),
                Err(error) => damaged.push((id, error)),
            }
        }
        Ok((records, damaged))
    }

    /// Returns the run of that name, or the only one that begins like it; without a name the latest run.
    ///
    /// # Errors
    ///
    /// Fails if there is no such run, or several, or its journal cannot be read.
    pub fn open(&self, id: Option<&str>) -> Result<RunRecord, Error> {
        let ids = self.ids()?;
        let Some(id) = id else {
            let last = ids.last().ok_or(HistoryError::NoRun)?;
            return self.read(last);
        };
        let found: Vec<_> = ids.iter().filter(|known| known.starts_with(id)).collect();
        let run = id.to_owned();
        match found[..] {
            [found] => self.read(found),
            [] => Err(HistoryError::UnknownRun { run }.into()),
            _ if ids.iter().any(|known| known == id) => self.read(id),
            [first, .., last] => {
                let (first, last) = (first.clone(), last.clone());
                Err(HistoryError::AmbiguousRun { run, count: found.len(), first, last }.into())
            }
        }
    }

    /// Opens a run as [`open`](Self::open) does, among the runs of one manifest: several manifests may lie in one
    /// folder. They are told apart by their file names.
    ///
    /// # Errors
    ///
    /// Fails as [`open`](Self::open) does, and if the run is another manifest's.
    pub fn open_of(&self, manifest: impl AsRef<Path>, id: Option<&str>) -> Result<RunRecord, Error> {
        let manifest = manifest.as_ref();
        let is_its = |of: &RunDescription| is_of(of, manifest);
        let shown = manifest.file_name().unwrap_or_default().display().to_string();
        if id.is_some() {
            let record = self.open(id)?;
            if is_its(&record.description) {
                return Ok(record);
            }
            let RunDescription { id: run, manifest: of, .. } = record.description;
            return Err(HistoryError::OtherManifest { run, of, manifest: shown }.into());
        }
        let mut others = None;
        for id in self.ids()?.iter().rev() {
            // It may be the run that is meant.
            let described = self.describe(id);
            let of = described.map_err(|error| HistoryError::UnreadableLatest { reason: Box::new(error) })?;
            if is_its(&of) {
                return self.read(id);
            }
            others.get_or_insert(of);
        }
        Err(match others {
            Some(RunDescription { id: latest, manifest: of, .. }) => {
                HistoryError::NoRunOfManifest { manifest: shown, latest, of }
            }
            None => HistoryError::NoRun,
        }
        .into())
    }

    /// Returns the state of the journal of the run of that name, or of the latest run of the manifest, if there is one.
    ///
    /// # Errors
    ///
    /// Fails as [`open_of`](Self::open_of) does, but not for lack of a latest run.
    pub(crate) fn mark(&self, manifest: &Path, id: Option<&str>) -> Result<Option<JournalMark>, Error> {
        let found = match id {
            Some(_) => Some(self.open_of(manifest, id)?.description.id),
            None => {
                let mut latest = self.ids()?.into_iter().rev();
                latest.find(|id| self.describe(id).is_ok_and(|of| is_of(&of, manifest)))
            }
        };
        Ok(found.map(|run| {
            let events = self.folder(&run).join(EVENTS);
            let length = fs::metadata(&events).map_or(0, |metadata| metadata.len());
            JournalMark { run, length, is_running: is_locked(&events) }
        }))
    }

    /// Returns the calls, loads and saves of the run of that id, in the order in which they began.
    ///
    /// # Errors
    ///
    /// Fails if its journal cannot be read.
    pub fn timeline(&self, id: &str) -> Result<Vec<TimelineSpan>, Error> {
        Ok(self.details(id)?.1)
    }

    /// Returns what the journal of that run tells of each node and dataset, and its timeline.
    ///
    /// # Errors
    ///
    /// Fails if the journal cannot be read.
    pub(crate) fn details(&self, id: &str) -> Result<(RunDetails, Vec<TimelineSpan>), Error> {
        let (mut details, mut timeline) = (RunDetails::default(), Timeline::default());
        let events = self.content(id, EVENTS)?;
        for record in events.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()) {
            details.see(&record);
            timeline.see(&record);
        }
        Ok((details, timeline.finish()))
    }

    /// Returns the latest run of the same manifest before `run` that has keys of its calls; runs without are passed over,
    /// and so are those that cannot be read.
    pub(crate) fn before(&self, run: &RunDescription) -> Result<Option<RunRecord>, Error> {
        let ids = self.ids()?;
        let earlier = ids.iter().rev().filter(|id| **id < run.id).take(MOST_EARLIER);
        let mut described = earlier.filter_map(|id| self.describe(id).ok());
        let found = described.find(|of| of.manifest == run.manifest && of.env == run.env && !of.calls.is_empty());
        found.map(|of| self.read(&of.id)).transpose()
    }

    /// Returns the folder of a run's journal.
    pub(super) fn folder(&self, id: &str) -> PathBuf {
        self.runs.join(id)
    }

    fn content(&self, id: &str, name: &str) -> Result<Vec<u8>, HistoryError> {
        let content = fs::read(self.runs.join(id).join(name));
        content.map_err(|error| self.damaged(id, format!("`{name}` cannot be read: {error}")))
    }

    fn damaged(&self, id: &str, reason: String) -> HistoryError {
        HistoryError::Damaged { run: id.to_owned(), reason, folder: self.runs.join(id) }
    }

    fn describe(&self, id: &str) -> Result<RunDescription, HistoryError> {
        let text = self.content(id, DESCRIPTION)?;
        let read = serde_json::from_slice(&text).map_err(|error| match serde_json::from_slice(&text) {
            // A later version may mean something else by that.
            Ok(Version { format, wpipe }) if format > FORMAT => {
                HistoryError::Newer { run: id.to_owned(), version: wpipe }
            }
            _ => self.damaged(id, format!("`{DESCRIPTION}`: {error}")),
        });
        let mut description: RunDescription = read?;
        description.params = redacted(&description.params);
        masked(&mut description.given_params);
        Ok(description)
    }

    fn read(&self, id: &str) -> Result<RunRecord, Error> {
        let description = self.describe(id)?;
        // Checked before the events are read: a run that ends in between has written so.
        let is_running = is_locked(&self.runs.join(id).join(EVENTS));
        let mut record = RunRecord {
            is_newer: description.format > FORMAT,
            description,
            state: if is_running { RunState::Running } else { RunState::Killed },
            seconds: None,
            errors: Vec::new(),
            nodes: BTreeMap::new(),
            persisted: Vec::new(),
            marks: BTreeMap::new(),
            partitions: BTreeMap::new(),
            multipipelines: BTreeMap::new(),
            checkpoints: BTreeMap::new(),
            // Without the inputs no partition is known to have changed.
            inputs: self
                .content(id, INPUTS)
                .ok()
                .and_then(|text| serde_json::from_slice(&text).ok())
                .unwrap_or_default(),
            unreadable: 0,
            unknown: 0,
            started: None,
            last_event: None,
        };
        let events = self.content(id, EVENTS)?;
        let mut lines = events.split(|byte| *byte == b'\n');
        // The last line of a killed run may be cut short.
        let last = lines.next_back().unwrap_or_default();
        for line in lines {
            record.unreadable += usize::from(record.read_line(line).is_err());
        }
        let _ = record.read_line(last);
        Ok(record)
    }
}

impl RunRecord {
    /// Returns the marks that datasets had when this run, or those that it resumed, saved them.
    pub(crate) fn saved_marks(&self) -> BTreeMap<String, String> {
        self.description.marks.clone().into_iter().chain(self.marks.clone()).collect()
    }

    fn read_line(&mut self, line: &[u8]) -> Result<(), serde_json::Error> {
        serde_json::from_slice(line).map(|line| self.note(line))
    }

    /// Records an event. Every event is listed, so that each new one gets a decision on its effect.
    fn note(&mut self, Record { time, worker, event, .. }: Record) {
        self.started.get_or_insert(time);
        self.last_event = Some(time);
        match event {
            Event::RunStarted { format, .. } => self.is_newer |= format > EVENT_FORMAT,
            // The calls of a multipipeline's nodes are not the nodes: these end at its barrier.
            Event::NodeCompleted { at, .. } | Event::SaveCompleted { at, .. } if !at.is_whole() => {}
            Event::NodeStarted { node, .. } => drop(self.nodes.entry(node).or_default()),
            Event::NodeCompleted { node, duration, attempt, copied, mapped, moved, .. } => {
                let node = self.nodes.entry(node).or_default();
                node.seconds = Some(duration.as_secs_f64());
                node.copied_mapped_moved = [copied, mapped, moved];
                (node.worker, node.attempt) = (worker, attempt);
            }
            Event::NodeFailed { node, error, attempt, .. } => {
                let node = self.nodes.entry(node).or_default();
                node.error = Some(error);
                (node.worker, node.attempt) = (worker, attempt);
            }
            Event::SaveCompleted { dataset, mark, .. } => {
                self.marks.extend(mark.map(|mark| (dataset.clone(), mark)));
                self.persisted.push(dataset);
            }
            Event::PartitionSaved { dataset, partition, stored } => {
                self.partitions.entry(dataset).or_default().insert(partition, stored);
            }
            Event::Sliced { multipipeline, slices, left_out, .. } => {
                let record = self.multipipelines.entry(multipipeline).or_default();
                record.slices = slices;
                record.left_out = left_out.into_iter().map(|left| (left.partition, left.reason)).collect();
            }
            Event::PartitionCompleted { multipipeline, partition, .. } => {
                self.multipipelines.entry(multipipeline).or_default().completed.insert(partition);
            }
            Event::PartitionFailed { multipipeline, partition, error, .. } => {
                self.multipipelines.entry(multipipeline).or_default().failed.insert(partition, error);
            }
            Event::BarrierReached { multipipeline, .. } => {
                self.multipipelines.entry(multipipeline).or_default().is_barrier_reached = true;
            }
            Event::CheckpointConfirmed { dataset, partition } => drop(self.checkpoints.insert(dataset, partition)),
            // Unless the run ends in good order after this, it was ended at once.
            Event::RunInterrupted if self.state == RunState::Killed => self.state = RunState::Interrupted,
            Event::RunCompleted { duration } => {
                self.state = RunState::Completed;
                self.seconds = Some(duration.as_secs_f64());
            }
            Event::RunFailed { errors, interrupted, duration, .. } => {
                self.state = if interrupted { RunState::Interrupted } else { RunState::Failed };
                self.seconds = Some(duration.as_secs_f64());
                self.errors = errors;
            }
            Event::Unknown => self.unknown += 1,
            Event::RunInterrupted
            | Event::LoadStarted { .. }
            | Event::LoadCompleted { .. }
            | Event::LoadProgressed { .. }
            | Event::SaveProgressed { .. }
            | Event::LoadFailed { .. }
            | Event::NodeRetried { .. }
            | Event::NodeSkipped { .. }
            | Event::WaitingForMemory { .. }
            | Event::DatasetProduced { .. }
            | Event::SaveStarted { .. }
            | Event::PartitionsPruned { .. }
            | Event::SaveUntidy { .. }
            | Event::SaveFailed { .. }
            | Event::PartitionsListed { .. }
            | Event::ResultsMissing { .. }
            | Event::CheckpointLost { .. }
            | Event::DatasetReleased { .. }
            | Event::DatasetShared { .. }
            | Event::DatasetAttached { .. }
            | Event::WaitingForStore { .. }
            | Event::Log { .. }
            | Event::Progress { .. }
            | Event::Metric { .. } => {}
        }
    }
}

/// The state of a journal, which is another one when there is something new in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct JournalMark {
    run: String,
    length: u64,
    is_running: bool,
}

impl JournalMark {
    /// Returns the run.
    pub(crate) fn run(&self) -> &str {
        &self.run
    }
}

/// Returns true if a run is one of that manifest, by the file names.
fn is_of(run: &RunDescription, manifest: &Path) -> bool {
    Path::new(&run.manifest).file_name() == manifest.file_name()
}

/// The part of a description that every layout has.
#[derive(Deserialize)]
struct Version {
    format: u32,
    wpipe: String,
}

/// Returns true if a folder is that of a run which had begun: before its first event it has its description. Anything
/// else among the runs is none.
fn has_begun(folder: &Path) -> bool {
    let is_there = |name: &str| folder.join(name).symlink_metadata();
    match is_there(EVENTS) {
        // A run that was killed before it was described has done nothing.
        Ok(events) if events.is_file() && events.len() == 0 => folder.join(DESCRIPTION).is_file(),
        Ok(_) => true,
        Err(_) => is_there(DESCRIPTION).is_ok(),
    }
}

/// Returns true if the process that writes a journal is still there.
fn is_locked(events: &Path) -> bool {
    File::open(events).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
}
