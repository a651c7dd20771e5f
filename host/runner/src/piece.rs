//! One piece of a multipipeline: its slicer, one of its slices, or its barrier, while other processes do the others.
//!
//! ```text
//! slicer ──► Division ──┬─► slice 0 ──► SliceOutcome ──┬─► barrier: the sets are committed
//!                       └─► slice 1 ──► SliceOutcome ──┘
//! ```
//!
//! What goes from one to the next is data that serialises; storage holds everything else.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};
use wpipe_catalog::Stored;
use wpipe_pipeline::{Part, SlicePlan};

/// The piece of a multipipeline that a run does. The job has the nodes of one multipipeline and no others.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Divides the partitions: [`Report::division`](crate::Report::division). No node is called.
    Slicer {
        /// The number of slices, if there are so many partitions.
        slices: NonZeroUsize,
    },
    /// Works on the partitions of one slice. They are saved, and belong to no set yet.
    Slice(SliceWork),
    /// Makes the outcomes of all slices the sets that readers see. No node is called.
    Barrier {
        /// The result of the slicer.
        division: Division,
        /// The outcome of each slice.
        outcomes: Vec<SliceOutcome>,
    },
}

/// The contents of partitions, by dataset and id.
pub type Contents = BTreeMap<String, BTreeMap<String, Stored>>;

/// The division of a multipipeline's partitions into slices.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Division {
    /// The slices, and what is in none.
    pub plan: SlicePlan,
    /// The partitions of the stored sets that it goes over, as they were then.
    pub of: Contents,
    /// The sets that it writes, by dataset.
    pub sets: BTreeMap<String, SetBefore>,
}

/// A set that a multipipeline writes, when it was divided.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SetBefore {
    /// The run that had made it; `None` if none had.
    pub run: Option<String>,
    /// The partitions that stay, and are not made again.
    pub kept: BTreeMap<String, Stored>,
}

/// The work on one slice.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SliceWork {
    /// Its partitions.
    pub parts: Vec<Part>,
    /// What they are made of, as it was when they were divided.
    pub of: Contents,
}

/// The outcome of one slice.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct SliceOutcome {
    /// The number of partitions that went through all nodes.
    pub completed: usize,
    /// The partitions that did not, with the reasons, by id.
    pub failed: BTreeMap<String, String>,
    /// The partitions that it has written.
    pub written: Contents,
}

impl Division {
    /// Returns the work on a slice; empty if there are fewer.
    pub fn slice(&self, number: usize) -> SliceWork {
        let parts = self.plan.slices.get(number).cloned().unwrap_or_default();
        let of = self.of.iter().map(|(set, all)| {
            let own = parts.iter().filter_map(|part| Some((part.id.clone(), all.get(&part.id)?.clone())));
            (set.clone(), own.collect())
        });
        SliceWork { of: of.collect(), parts }
    }
}

impl Piece {
    /// Returns true if it calls no node: only the sets count that it goes over.
    pub(crate) fn is_an_end(&self) -> bool {
        !matches!(self, Self::Slice(_))
    }
}
