//! The reasons why a run failed: the failure, its place, and the remedy.

use std::collections::BTreeMap;

use wpipe_catalog::DataError;
use wpipe_pipeline::SliceError;
use wpipe_sandbox::CallError;
use wpipe_store::StoreError;
use wpipe_text::one_line;

use crate::At;

/// One thing that went wrong in a run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// An input could not be loaded.
    #[error("failed to load dataset `{dataset}`{at} for node `{node}`: {source}")]
    Load {
        /// The dataset.
        dataset: String,
        /// The part of it.
        at: At,
        /// The node that needs it.
        node: String,
        /// The reason.
        source: Box<DataError>,
    },
    /// A node failed.
    #[error("node `{node}` failed{}: {source}", on(at))]
    Node {
        /// The node.
        node: String,
        /// The call that failed.
        at: At,
        /// Its component and function.
        function: String,
        /// The end of the call.
        source: Box<CallError>,
        /// The remedy, by what is known of its datasets.
        help: Option<String>,
    },
    /// An output could not be saved.
    #[error("failed to save dataset `{dataset}`{at} of node `{node}`: {source}")]
    Save {
        /// The dataset.
        dataset: String,
        /// The part of it.
        at: At,
        /// The node that made it.
        node: String,
        /// The reason.
        source: Box<DataError>,
    },
    /// An output could not be kept in the shared store.
    #[error("failed to share dataset `{dataset}`{at} of node `{node}`: {source}")]
    Share {
        /// The dataset.
        dataset: String,
        /// The part of it.
        at: At,
        /// The node that made it.
        node: String,
        /// The reason.
        source: Box<StoreError>,
    },
    /// The shared store cannot be used.
    #[error("{0}")]
    Store(Box<StoreError>),
    /// The stored content is not what the node made.
    #[error("dataset `{dataset}`{at} does not come back from storage as it was: {difference}")]
    RoundTrip {
        /// The dataset.
        dataset: String,
        /// The part of it.
        at: At,
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
    /// Partitions cannot be divided into slices.
    #[error("{0}")]
    Slice(SliceError),
    /// Some partitions did not go through a multipipeline.
    #[error("{} of {total} partitions failed in multipipeline `{multipipeline}`: {}", failed.len(), some(failed))]
    Partitions {
        /// The multipipeline.
        multipipeline: String,
        /// The ids of those that failed, and why.
        failed: BTreeMap<String, String>,
        /// The number of partitions in all.
        total: usize,
    },
    /// Two calls made a partition of the same id.
    #[error(
        "partition `{}` of dataset `{dataset}` is made twice: by two slices of multipipeline `{multipipeline}`",
        one_line(partition)
    )]
    MadeTwice {
        /// The multipipeline.
        multipipeline: String,
        /// The dataset.
        dataset: String,
        /// The partition.
        partition: String,
    },
    /// A partition that a node reads has not been made.
    #[error(
        "dataset `{dataset}` has no partition `{}` for node `{reader}`: node `{node}` made none",
        one_line(partition)
    )]
    NotMade {
        /// The dataset.
        dataset: String,
        /// The partition.
        partition: String,
        /// The node that makes the dataset.
        node: String,
        /// The node that reads it.
        reader: String,
    },
    /// A dataset was replaced while it was read.
    #[error("dataset `{dataset}` was replaced while node `{node}` read it")]
    Replaced {
        /// The dataset.
        dataset: String,
        /// The node.
        node: String,
    },
    /// A partition is not what it was when another process divided them into slices.
    #[error(
        "partition `{}` of dataset `{dataset}` has changed since the slicer of this run saw it",
        one_line(partition)
    )]
    Divided {
        /// The dataset.
        dataset: String,
        /// The partition.
        partition: String,
    },
    /// The checkpoint of a dataset cannot be kept.
    #[error("failed to confirm the checkpoint of dataset `{dataset}`{at}: {source}")]
    Checkpoint {
        /// The dataset.
        dataset: String,
        /// The partition of the checkpoint.
        at: At,
        /// The reason.
        source: Box<DataError>,
    },
    /// The run was interrupted.
    #[error("interrupted")]
    Interrupted,
    /// The run cannot begin here.
    #[error("{0}")]
    Environment(String),
}

impl RunError {
    /// Returns the text of a failed call where the node is named beside it, with the remedy that its datasets have; `None`
    /// if no call failed.
    pub(crate) fn of_call(&self) -> Option<String> {
        match self {
            Self::Node { source, help: Some(help), .. } => Some(format!("{source}: {help}")),
            Self::Node { source, .. } => Some(source.to_string()),
            _ => None,
        }
    }

    /// Returns the text of the error where the partition is named beside it.
    pub(crate) fn of_partition(&self) -> String {
        match self {
            Self::Load { dataset, node, source, .. } => {
                format!("failed to load dataset `{dataset}` for node `{node}`: {source}")
            }
            Self::Node { node, .. } => format!("node `{node}` failed: {}", self.of_call().unwrap_or_default()),
            Self::Save { dataset, node, source, .. } => {
                format!("failed to save dataset `{dataset}` of node `{node}`: {source}")
            }
            Self::Share { dataset, node, source, .. } => {
                format!("failed to share dataset `{dataset}` of node `{node}`: {source}")
            }
            other => other.to_string(),
        }
    }

    /// Returns the remedy.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::Load { source, .. } | Self::Save { source, .. } | Self::Checkpoint { source, .. } => source.help(),
            Self::Node { source, help, .. } => help.clone().or_else(|| source.help().map(str::to_owned)),
            Self::Share { source, .. } | Self::Store(source) => source.help().map(str::to_owned),
            Self::Absent { dataset, .. } => {
                Some(format!("list `{dataset}` under `[datasets]`, or give its value when embedding"))
            }
            Self::RoundTrip { .. } => Some(
                "choose a format that keeps it, such as `parquet` or `archive`, or set `reload = true` so that every reader gets what is in storage".to_owned(),
            ),
            Self::Partitions { .. } => {
                Some("the others are kept: `wpipe run … --resume` goes on with those that failed".to_owned())
            }
            Self::MadeTwice { .. } => Some("a node that sees a slice makes partitions of that slice's ids only".to_owned()),
            Self::NotMade { node, .. } => Some(format!(
                "let `{node}` make a partition of each id of its slice, or let who reads them take partitions"
            )),
            Self::Replaced { .. } => Some("go on with this run when nothing else writes the dataset".to_owned()),
            Self::Divided { .. } => {
                Some("begin another run when nothing else writes the dataset".to_owned())
            }
            Self::Slice(_) | Self::Interrupted | Self::Environment(_) => None,
        }
    }
}

fn on(at: &At) -> String {
    match (&at.partition, at.slice) {
        (Some(id), _) => format!(" on partition `{}`", one_line(id)),
        (None, Some(slice)) => format!(" on slice {}", slice + 1),
        (None, None) => String::new(),
    }
}

/// Lists the first failures and counts the rest.
fn some(failed: &BTreeMap<String, String>) -> String {
    const SHOWN: usize = 3;
    let shown: Vec<_> = failed.iter().take(SHOWN).map(|(id, reason)| format!("`{}`: {reason}", one_line(id))).collect();
    let rest = failed.len().saturating_sub(SHOWN);
    let more = if rest == 0 { String::new() } else { format!("; and {rest} more") };
    shown.join("; ") + &more
}
