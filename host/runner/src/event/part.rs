//! The part of a dataset or node that an event is about.

use std::fmt;

use serde::{Deserialize, Serialize};
use wpipe_text::one_line;

/// A part of a dataset, or a call of a node: the whole, unless it belongs to a multipipeline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct At {
    /// The id of the partition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// The slice, from 0, of work that is done once per slice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice: Option<usize>,
}

impl At {
    /// Returns a partition.
    pub fn partition(id: impl Into<String>) -> Self {
        Self { partition: Some(id.into()), slice: None }
    }

    /// Returns a slice.
    pub fn slice(slice: usize) -> Self {
        Self { partition: None, slice: Some(slice) }
    }

    /// Returns true if it is the whole.
    pub fn is_whole(&self) -> bool {
        self.partition.is_none() && self.slice.is_none()
    }
}

impl fmt::Display for At {
    /// Writes the suffix of a name: nothing, ` (partition …)`, or ` (slice …)`, counted from 1.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.partition, self.slice) {
            (Some(id), _) => write!(f, " (partition `{}`)", one_line(id)),
            (None, Some(slice)) => write!(f, " (slice {})", slice + 1),
            (None, None) => Ok(()),
        }
    }
}
