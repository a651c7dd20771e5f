//! `persist` of a dataset: when it reaches storage, and which copy its readers get.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The way in which the datasets that nodes make reach storage, and their readers. Nodes and graph are the same under
/// each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Persist {
    /// Readers get the buffer, and storage gets it in the background. Stored inputs are loaded ahead of their readers.
    #[default]
    Tee,
    /// Save, drop, load back, one after the other, as Kedro does.
    Sync,
    /// As `Sync`, with all loads of a node at once, and all its saves.
    Async,
    /// Save one after the other, then serve readers from memory.
    Cache,
    /// As `Cache`, with all loads of a node at once, and all its saves.
    #[serde(rename = "cache+async")]
    CacheAsync,
    /// Only final outputs are saved, as in `Tee`, and datasets that a reader must get from storage.
    Off,
}

impl Persist {
    /// All values, in the order of the documentation.
    pub const ALL: [Self; 6] = [Self::Tee, Self::Sync, Self::Async, Self::Cache, Self::CacheAsync, Self::Off];

    /// Returns the name in manifests and on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tee => "tee",
            Self::Sync => "sync",
            Self::Async => "async",
            Self::Cache => "cache",
            Self::CacheAsync => "cache+async",
            Self::Off => "off",
        }
    }

    /// Returns true if readers get the copy in storage, rather than the buffer.
    pub fn reloads(self) -> bool {
        matches!(self, Self::Sync | Self::Async)
    }
}

impl fmt::Display for Persist {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Persist {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|persist| persist.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is not one of {}", Self::ALL.map(Self::as_str).join(", ")))
    }
}
