//! The shared store of a run.

use std::collections::BTreeMap;

use wpipe_store::SharedStore;

use crate::At;

/// The shared store that a run takes datasets from and keeps datasets in.
#[derive(Debug, Clone)]
pub struct Sharing {
    /// The store.
    pub store: SharedStore,
    /// The pipeline's name there, with its environment.
    pub pipeline: String,
    /// What the content of each dataset depends on, by dataset, as far as that is known: equal keys mean equal contents.
    pub keys: BTreeMap<String, String>,
    /// The marks of free inputs in storage when the run began, by dataset.
    pub marks: BTreeMap<String, String>,
    /// The datasets that the run was given from the store: the name, the part of it, and the bytes.
    pub attached: Vec<(String, At, u64)>,
}
