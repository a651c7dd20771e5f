//! Why a run failed: what, where, and what to do.

use wpipe_catalog::DataError;
use wpipe_sandbox::CallError;

/// One thing that went wrong in a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// An input could not be loaded.
    #[error("failed to load dataset `{dataset}` for node `{node}`: {source}")]
    Load {
        /// The dataset.
        dataset: String,
        /// The node that needs it.
        node: String,
        /// Why.
        source: Box<DataError>,
    },
    /// A node failed.
    #[error("node `{node}` failed: {source}")]
    Node {
        /// The node.
        node: String,
        /// Its component and function.
        function: String,
        /// How its call ended.
        source: CallError,
    },
    /// An output could not be saved.
    #[error("failed to save dataset `{dataset}` of node `{node}`: {source}")]
    Save {
        /// The dataset.
        dataset: String,
        /// The node that made it.
        node: String,
        /// Why.
        source: Box<DataError>,
    },
    /// What is in storage is not what the node made.
    #[error("dataset `{dataset}` does not come back from storage as it was: {difference}")]
    RoundTrip {
        /// The dataset.
        dataset: String,
        /// The first difference.
        difference: String,
    },
    /// A dataset is neither in memory nor stored.
    #[error("dataset `{dataset}`, which node `{node}` reads, is neither stored nor given")]
    Absent {
        /// The dataset.
        dataset: String,
        /// The node that needs it.
        node: String,
    },
    /// The run was interrupted.
    #[error("interrupted")]
    Interrupted,
    /// The run cannot begin here.
    #[error("{0}")]
    Environment(String),
}

impl RunError {
    /// What to do about it.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Load { source, .. } | Self::Save { source, .. } => source.help(),
            Self::Node { source, .. } => source.help().map(str::to_owned),
            Self::Absent { dataset, .. } => {
                Some(format!("list `{dataset}` under `[datasets]`, or give its value when embedding"))
            }
            Self::RoundTrip { .. } => Some(
                "choose a format that keeps it, such as `parquet` or `archive`, or set `reload = true` so that every reader gets what is in storage".to_owned(),
            ),
            Self::Interrupted | Self::Environment(_) => None,
        }
    }
}
