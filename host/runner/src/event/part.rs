//! Which part of a dataset or node an event is about.

use std::fmt;

use serde::{Deserialize, Serialize};
use wpipe_text::one_line;

/// Which part of a dataset, or which call of a node: whole, unless it belongs to a multipipeline.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub struct At {
    /// The id of the partition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// The slice, from 0, of what is done once per slice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice: Option<usize>,
}

impl At {
    /// A partition.
    pub fn partition(id: impl Into<String>) -> Self {
        Self { partition: Some(id.into()), slice: None }
    }

    /// A slice.
    pub fn slice(slice: usize) -> Self {
        Self { partition: None, slice: Some(slice) }
    }

    /// Whether it is the whole.
    pub fn is_whole(&self) -> bool {
        self.partition.is_none() && self.slice.is_none()
    }
}

impl fmt::Display for At {
    /// Behind a name: nothing, ` (partition …)`, or ` (slice …)`, counted from 1.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.partition, self.slice) {
            (Some(id), _) => write!(f, " (partition `{}`)", one_line(id)),
            (None, Some(slice)) => write!(f, " (slice {})", slice + 1),
            (None, None) => Ok(()),
        }
    }
}
