//! What is to be run: nodes in order, with everything that they need at hand.

use std::collections::BTreeMap;

use serde_json::{Map, Value};
use wpipe_catalog::{Dataset, PartitionedDataset};
use wpipe_pipeline::{CalledPer, Multipipeline, Passing};
use wpipe_sandbox::{Component, Limits};

use crate::{Persist, Retry};

/// A pipeline ready to run: selected, checked, its components loaded and its datasets opened.
#[derive(Debug, Clone)]
pub struct Job {
    /// The pipeline's name.
    pub pipeline: String,
    /// The nodes, so that each stands after those it depends on.
    pub nodes: Vec<JobNode>,
    /// Every dataset that a node reads or writes, by its exact name (with `@format`).
    pub datasets: BTreeMap<String, JobDataset>,
    /// The multipipelines.
    pub multipipelines: Vec<JobMultipipeline>,
}

/// A multipipeline of a job.
#[derive(Debug, Clone)]
pub struct JobMultipipeline {
    /// What it is, and how its partitions are divided.
    pub rules: Multipipeline,
    /// Its nodes, by their index in [`Job::nodes`], in order.
    pub nodes: Vec<usize>,
    /// The parameters, which it may lay others over for some partitions.
    pub params: Map<String, Value>,
}

/// One node of a job.
#[derive(Debug, Clone)]
pub struct JobNode {
    /// The node's full name.
    pub name: String,
    /// The component that exports it.
    pub component: Component,
    /// The function within the component.
    pub function: String,
    /// One for each input of the function, in its order.
    pub inputs: Vec<Binding>,
    /// How each input is given.
    pub passing: Vec<Passing>,
    /// How often it is called.
    pub called_per: CalledPer,
    /// A dataset for each output of the function, in its order.
    pub outputs: Vec<String>,
    /// The nodes that it depends on, by their index in [`Job::nodes`].
    pub parents: Vec<usize>,
    /// What a call may use.
    pub limits: Limits,
    /// Whether and when a failed call is tried again.
    pub retry: Retry,
    /// What it takes of named resources while it runs.
    pub resources: BTreeMap<String, u64>,
}

/// What a node's input is bound to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Binding {
    /// A dataset, by its exact name.
    Dataset(String),
    /// A parameter.
    Parameter {
        /// Its name, such as `params:train`.
        name: String,
        /// Its value.
        json: String,
    },
}

impl JobNode {
    /// The datasets that it reads, in the order of its inputs.
    pub(crate) fn datasets(&self) -> impl Iterator<Item = &str> {
        self.inputs.iter().filter_map(Binding::dataset)
    }

    /// The datasets that are given to it in one way.
    pub(crate) fn passed(&self, passing: Passing) -> impl Iterator<Item = &str> {
        let inputs = self.inputs.iter().zip(&self.passing);
        inputs.filter(move |(_, how)| **how == passing).filter_map(|(input, _)| input.dataset())
    }
}

impl Binding {
    /// The name in the manifest.
    pub fn name(&self) -> &str {
        match self {
            Self::Dataset(name) | Self::Parameter { name, .. } => name,
        }
    }

    pub(crate) fn dataset(&self) -> Option<&str> {
        match self {
            Self::Dataset(name) => Some(name),
            Self::Parameter { .. } => None,
        }
    }
}

/// One dataset of a job.
#[derive(Debug, Clone, Default)]
pub struct JobDataset {
    /// The type of its content, by the signatures of the nodes at its ends.
    pub schema: SchemaId,
    /// Where it is stored, if that is one object.
    pub stored: Option<Dataset>,
    /// Where it is stored, if that is an object for each partition.
    pub stored_set: Option<PartitionedDataset>,
    /// Whether no node of the job reads it under any format: a result of the run.
    pub is_final: bool,
    /// Whether nodes read it that the job leaves out: then no run of it is the last word on its checkpoint.
    pub is_read_elsewhere: bool,
    /// How it reaches storage, if not as the run's others.
    pub persist: Option<Persist>,
    /// Whether readers get what is in storage, because its format does not give back the same.
    pub reload: bool,
}

impl JobDataset {
    /// Whether it is stored anywhere, and not in memory only.
    pub fn is_stored(&self) -> bool {
        self.stored.is_some() || self.stored_set.is_some()
    }
}

/// A type's name and the fingerprint of its layout.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SchemaId {
    /// The type's name.
    pub name: String,
    /// The digest of its layout.
    pub fingerprint: u64,
}
