//! The partitions of a set at one time.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::manifest::Manifest;

/// Where a partition is, and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored {
    /// In bytes, as it is stored.
    pub size: u64,
    /// The run in whose folder it is; `None` if it is under its plain name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// The store's own mark of its content, as [`Dataset::mark`](crate::Dataset::mark) says it: that of the object
    /// when it was saved, or listed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// When anything about the local file had changed last, of one that was listed when no manifest named it. It is not
    /// what the file is compared by: links to it are changes as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<String>,
}

impl Stored {
    /// Whether both are the same content, wherever it is.
    pub fn is_same(&self, other: &Self) -> bool {
        (self.size, &self.mark) == (other.size, &other.mark)
    }

    /// The same with a mark that is another one also if the file was written in place, and its size and time were put back:
    /// for records of what was read.
    pub fn exact(&self) -> Self {
        let mark = match (&self.mark, &self.changed) {
            (Some(mark), Some(changed)) => Some(format!("{mark} {changed}")),
            (mark, _) => mark.clone(),
        };
        Self { mark, changed: None, ..self.clone() }
    }

    /// Whether this, which a run has put under its plain name, can be no part of a set any more: another run has done the
    /// same meanwhile, and `in_force` is what that one has committed.
    pub(super) fn is_overtaken_by(&self, in_force: &Self) -> bool {
        self.at.is_none() && self.mark != in_force.mark
    }
}

/// The partitions of a set at one time, and what has become of them since they were saved.
#[derive(Debug, Clone)]
pub struct Standing {
    /// What the set has.
    pub listing: Listing,
    /// The partitions that are not what was saved, by id: what is there now, or `None` if they are gone.
    pub changed: BTreeMap<String, Option<Stored>>,
}

impl Standing {
    /// What is there of a partition, wherever it is; `None` if there is nothing.
    pub fn found(&self, id: &str) -> Option<Stored> {
        let saved = self.listing.partitions().get(id)?;
        match self.changed.get(id) {
            Some(changed) => changed.clone(),
            None => Some(Stored { at: None, ..saved.exact() }),
        }
    }

    /// A mark of the whole, which is another one as soon as the set is replaced, or one of its partitions is by hand.
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
    /// What the store marks the manifest by, if there is one.
    pub(super) mark: Option<String>,
}

impl Listing {
    pub(super) fn new(manifest: Manifest, mark: Option<String>) -> Self {
        Self(Arc::new(Content { manifest, mark }))
    }

    /// All partitions by their ids.
    pub fn partitions(&self) -> &BTreeMap<String, Stored> {
        &self.0.manifest.partitions
    }

    /// The ids, and their sizes in bytes, as stored.
    pub fn sizes(&self) -> impl Iterator<Item = (&str, u64)> {
        self.partitions().iter().map(|(id, stored)| (id.as_str(), stored.size))
    }

    /// The run that has made the set what it is; `None` if it is as somebody else has put it there.
    pub fn run(&self) -> Option<&str> {
        self.0.manifest.run.as_deref()
    }

    /// What marks the set as the one that a run has made: [`SetWriter::run_mark`](crate::SetWriter::run_mark). What
    /// becomes of its partitions, readers notice.
    pub fn run_mark(&self) -> Option<String> {
        self.run().map(mark_of_run)
    }

    /// Whether the set has all the partitions that it was to have.
    pub fn is_complete(&self) -> bool {
        self.0.manifest.complete
    }

    /// The partitions that it was to have and has not, with the reasons.
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
