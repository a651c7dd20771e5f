//! The answers of a slicer.

use std::fmt;

use serde::{Deserialize, Serialize};
use wpipe_text::list;

/// The partitions that each copy of a multipipeline works on, and those that none does.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SlicePlan {
    /// The slices, none of them empty: each a run of the sorted ids. Every partition is in exactly one.
    pub slices: Vec<Vec<Part>>,
    /// The partitions that are in no slice, sorted by id.
    pub left_out: Vec<LeftOut>,
    /// The patterns of `configure` that match no partition of any dataset. Empty if no slice is left.
    pub unmatched: Vec<String>,
}

/// One partition of a multipipeline: that of this id in each dataset of `over`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The id, as storage has it.
    pub id: String,
    /// Its bytes in all datasets of `over` together.
    pub size: u64,
    /// The datasets of `over` that do not have it, in the order of `over`. Only with `join = "outer"`.
    pub absent: Vec<String>,
    /// The place in `Multipipeline::configure` of its settings.
    pub configure: Option<usize>,
}

/// A partition that no slice has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// Its id.
    pub id: String,
    /// The reason.
    pub reason: LeftOutReason,
}

/// The reason why a partition is in no slice.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftOutReason {
    /// These datasets of `over` do not have it (`join = "inner"`).
    NotIn(Vec<String>),
    /// These datasets of `over` do not have it, and every node needs one of them (`join = "outer"`).
    NothingToRun(Vec<String>),
    /// `filter` does not accept it.
    Filter,
    /// `configure` says `skip`.
    Configured,
    /// It is not newer than the checkpoint.
    Checkpoint,
    /// It is done already.
    Done,
}

impl LeftOutReason {
    /// Returns true if its turn comes once other datasets of `over` have it.
    pub fn is_awaited(&self) -> bool {
        matches!(self, Self::NotIn(_) | Self::NothingToRun(_))
    }

    /// Returns true if its turn has been.
    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Checkpoint | Self::Done)
    }
}

impl fmt::Display for LeftOutReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotIn(datasets) => write!(f, "not in {}", list(datasets)),
            Self::NothingToRun(datasets) => write!(f, "nothing to run for it: not in {}", list(datasets)),
            Self::Filter => f.write_str("left out by `filter`"),
            Self::Configured => f.write_str("skipped by `configure`"),
            Self::Checkpoint => f.write_str("not newer than the checkpoint"),
            Self::Done => f.write_str("done already"),
        }
    }
}
