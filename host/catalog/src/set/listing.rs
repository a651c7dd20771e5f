//! The partitions of a set at one time.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::manifest::Manifest;

/// The place of a partition, and its known properties.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// The size in bytes, as it is stored.
    pub size: u64,
    /// The run in whose folder it is; `None` if it is under its plain name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The store's own mark of its content, as [`Dataset::mark`](crate::Dataset::mark) returns it: that of the object
    /// when it was saved, or listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// The time of the last change of anything about the local file, of one that was listed when no manifest named it.
    /// The file is not compared by it: links to it are changes as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
}

impl Stored {
    /// Returns true if both are the same content, in any place.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.size, &self.mark) == (other.size, &other.mark)
    }

    /// Returns the same with a mark that changes also if the file was written in place, and its size and time were put
    /// back: for records of reads.
    pub fn exact(&self) -> Self {
        let mark = match (&self.mark, &self.changed) {
            (Some(mark), Some(changed)) => Some(format!("{mark} {changed}")),
            (mark, _) => mark.clone(),
        };
        Self { mark, changed: None, ..self.clone() }
    }

    /// Returns true if this, which a run has put under its plain name, can be no part of a set any more: another run
    /// has done the same meanwhile, and has committed `in_force`.
    pub(super) fn is_overtaken_by(&self, in_force: &Self) -> bool {
        self.at.is_none() && self.mark != in_force.mark
    }
}

/// The partitions of a set at one time, and their changes since they were saved.
#[derive(Debug, Clone)]
pub struct Standing {
    /// The partitions of the set.
    pub listing: Listing,
    /// The partitions that differ from their saved state, by id: the present object, or `None` if it is gone.
    pub changed: BTreeMap<String, Option<Stored>>,
}

impl Standing {
    /// Returns the object of a partition, in any place; `None` if there is none.
    pub fn found(&self, id: &str) -> Option<Stored> {
        let saved = self.listing.partitions().get(id)?;
        match self.changed.get(id) {
            Some(changed) => changed.clone(),
            None => Some(Stored { at: None, ..saved.exact() }),
        }
    }

    /// Returns a mark of the whole, which changes as soon as the set is replaced, or one of its partitions is by hand.
    pub fn mark(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |text: &str| {
            hasher.update(&(text.len() as u64).to_le_bytes());
            hasher.update(text.as_bytes());
        };
        for (id, stored) in self.listing.partitions() {
            add(id);
            add(&stored.size.to_string());
            add(stored.exact().mark.as_deref().unwrap_or_default());
            match self.changed.get(id) {
                None => {}
                Some(None) => add("gone"),
                Some(Some(found)) => {
                    add(&found.size.to_string());
                    add(found.mark.as_deref().unwrap_or_default());
                }
            }
        }
        for (id, reason) in self.listing.missing() {
            add(id);
            add(reason);
        }
        format!("{} {}", self.listing.partitions().len(), hasher.finalize().to_hex())
    }
}

/// The partitions of a set at one time. A clone is another handle to the same.
#[derive(Clone)]
pub struct Listing(pub(super) Arc<Content>);

pub(super) struct Content {
    pub(super) manifest: Manifest,
    /// The store's mark of the manifest, if there is one.
    pub(super) mark: Option<String>,
}

impl Listing {
    pub(super) fn new(manifest: Manifest, mark: Option<String>) -> Self {
        Self(Arc::new(Content { manifest, mark }))
    }

    /// Returns all partitions by their ids.
    pub fn partitions(&self) -> &BTreeMap<String, Stored> {
        &self.0.manifest.partitions
    }

    /// Returns the ids, and their sizes in bytes, as stored.
    pub fn sizes(&self) -> impl Iterator<Item = (&str, u64)> {
        self.partitions().iter().map(|(id, stored)| (id.as_str(), stored.size))
    }

    /// Returns the run that has made the present set; `None` if no run has.
    pub fn run(&self) -> Option<&str> {
        self.0.manifest.run.as_deref()
    }

    /// Returns the mark of the set that a run has made: [`SetWriter::run_mark`](crate::SetWriter::run_mark). Readers
    /// notice changes of its partitions.
    pub fn run_mark(&self) -> Option<String> {
        self.run().map(mark_of_run)
    }

    /// Returns true if the set has all the partitions that it was to have.
    pub fn is_complete(&self) -> bool {
        self.0.manifest.complete
    }

    /// Returns the partitions that it was to have and has not, with the reasons.
    pub fn missing(&self) -> &BTreeMap<String, String> {
        &self.0.manifest.missing
    }
}

pub(super) fn mark_of_run(run: &str) -> String {
    format!("run {run}")
}

impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listing({} partitions of {:?})", self.partitions().len(), self.run())
    }
}
