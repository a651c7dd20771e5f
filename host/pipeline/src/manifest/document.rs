//! A manifest as a whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::given::GivenParam;
use super::history::HistorySpec;
use super::limits::{CompileLimitsSpec, LimitsSpec};
use super::multipipelines::MultipipelineSpec;
use super::retry::RetrySpec;
use super::shared_store::SharedStoreSpec;
use super::spec::{ComponentSpec, DatasetSpec, NodeSpec};
use super::stores::StoreSpec;
use crate::source::Source;

/// The content of a `pipeline.toml`.
#[derive(Debug, Clone)]
pub struct Manifest {
    /// The text it was read from.
    pub source: Arc<Source>,
    /// The texts that are laid over it, the last one on top.
    pub over: Vec<Arc<Source>>,
    /// The pipeline's name.
    pub name: String,
    /// `[components]`, by name.
    pub components: BTreeMap<String, ComponentSpec>,
    /// `[params]`, in the order of the text.
    pub params: Map<String, Value>,
    /// `[params]` without the values set for a run, if there are any.
    pub(crate) written_params: Option<Map<String, Value>>,
    /// The parameters that were set for a run.
    pub(crate) given_params: Vec<GivenParam>,
    /// `[nodes]`, in the order of the text.
    pub nodes: Vec<NodeSpec>,
    /// `[multipipelines]`, then `[multinodes]`, each in the order of the text.
    pub multipipelines: Vec<MultipipelineSpec>,
    /// `[stores]`, by name.
    pub stores: BTreeMap<String, StoreSpec>,
    /// `store`, the shared store.
    pub store: Option<SharedStoreSpec>,
    /// `[history]`.
    pub history: HistorySpec,
    /// `[datasets]`, in the order of the text, patterns among them.
    pub datasets: Vec<DatasetSpec>,
    /// `[limits]`, for every node that does not say otherwise.
    pub limits: LimitsSpec,
    /// The `[limits]` of components and of compiling them.
    pub compile_limits: CompileLimitsSpec,
    /// `[retry]`, for every node that does not say otherwise.
    pub retry: RetrySpec,
}

impl Manifest {
    /// Returns the same manifest with other nodes and multipipelines.
    pub(crate) fn with_nodes(&self, nodes: Vec<NodeSpec>, multipipelines: Vec<MultipipelineSpec>) -> Self {
        Self {
            source: Arc::clone(&self.source),
            over: self.over.clone(),
            name: self.name.clone(),
            components: self.components.clone(),
            params: self.params.clone(),
            written_params: self.written_params.clone(),
            given_params: self.given_params.clone(),
            nodes,
            multipipelines,
            stores: self.stores.clone(),
            store: self.store.clone(),
            history: self.history,
            datasets: self.datasets.clone(),
            limits: self.limits,
            compile_limits: self.compile_limits,
            retry: self.retry.clone(),
        }
    }
}
