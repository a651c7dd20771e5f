//! The result of a run.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use wpipe_buffer::Buffer;
use wpipe_catalog::Stored;

use crate::{Division, LeftOut, RunError, RunId, SchemaId};

/// The report of a run.
#[derive(Debug, Clone)]
pub struct Report {
    /// The run.
    pub run: RunId,
    /// Nodes that completed, in the order in which they did.
    pub completed: Vec<String>,
    /// The number of nodes that the run was to run.
    pub total: usize,
    /// Datasets that are durable now, in the order in which they became so.
    pub persisted: Vec<String>,
    /// The marks of datasets when they were saved, as far as their stores have marks: a later write changes the mark.
    pub marks: BTreeMap<String, String>,
    /// Datasets that were made, have a place in storage, and are not durable: their saves failed, or were switched off.
    pub unsaved: Vec<String>,
    /// Datasets that were made and are not in the shared store, although the run was to keep them there.
    pub unshared: Vec<String>,
    /// In a run that kept going, nodes that did not run because something that they need failed.
    pub skipped: Vec<String>,
    /// The results of each multipipeline's partitions.
    pub multipipelines: BTreeMap<String, Partitions>,
    /// The division that a run made which was the slicer of a multipipeline alone.
    pub division: Option<Division>,
    /// The final outputs, unless the caller did not want to keep them; of partitioned ones those that are not stored.
    pub outputs: BTreeMap<String, Output>,
    /// Bytes of payload copied between buffers and nodes.
    pub copied: u64,
    /// Bytes of payload mapped instead.
    pub mapped: u64,
    /// Bytes of payload moved instead.
    pub moved: u64,
    /// The number of storage operations that were repeated after transient failures.
    pub storage_retries: u64,
    /// The time in which nothing began because datasets took all the memory that the run may hold.
    pub waited_for_memory: Duration,
    /// The duration of the run.
    pub duration: Duration,
}

impl Report {
    /// Returns the report of a run of `total` nodes that has done nothing yet.
    pub(crate) fn new(run: RunId, total: usize) -> Self {
        Self {
            run,
            completed: Vec::new(),
            total,
            persisted: Vec::new(),
            marks: BTreeMap::new(),
            unsaved: Vec::new(),
            unshared: Vec::new(),
            skipped: Vec::new(),
            multipipelines: BTreeMap::new(),
            division: None,
            outputs: BTreeMap::new(),
            copied: 0,
            mapped: 0,
            moved: 0,
            storage_retries: 0,
            waited_for_memory: Duration::ZERO,
            duration: Duration::ZERO,
        }
    }
}

/// The results of a multipipeline's partitions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Partitions {
    /// The number of partitions in the slices.
    pub total: usize,
    /// The number of partitions that went through all nodes.
    pub completed: usize,
    /// The partitions that did not, by id, with the reasons.
    pub failed: BTreeMap<String, String>,
    /// The partitions that are in no slice, with the reasons.
    pub left_out: Vec<LeftOut>,
    /// The partitions saved for sets that did not come into force, since the run failed or did one slice alone: their
    /// places by dataset and id.
    pub uncommitted: BTreeMap<String, BTreeMap<String, Stored>>,
}

/// A final output and its type.
#[derive(Debug, Clone)]
pub struct Output {
    /// The content.
    pub content: Content,
    /// The type.
    pub schema: SchemaId,
}

/// The content of a final output.
#[derive(Debug, Clone)]
pub enum Content {
    /// All of it.
    Whole(Buffer),
    /// Its partitions, by id.
    Partitions(BTreeMap<String, Buffer>),
}

/// A run that did not end well.
#[derive(Debug)]
pub struct Failure {
    /// Every error, in the order in which they happened; at least one.
    pub errors: Vec<RunError>,
    /// The report of the work done before.
    pub report: Report,
}

impl Failure {
    /// Returns true if the run was interrupted.
    pub fn is_interrupted(&self) -> bool {
        self.errors.iter().any(|error| matches!(error, RunError::Interrupted))
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (completed, total) = (self.report.completed.len(), self.report.total);
        match self.errors.as_slice() {
            [error] => write!(f, "{error}")?,
            errors => {
                for (position, error) in errors.iter().enumerate() {
                    let separator = if position == 0 { "" } else { "; " };
                    write!(f, "{separator}{error}")?;
                }
            }
        }
        write!(f, " (completed {completed} out of {total} nodes)")
    }
}

impl std::error::Error for Failure {}
