//! Removing the journals of old runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use super::read::History;
use super::state::RunState;
use crate::Error;

/// The runs that are kept; all others are removed. Runs that go on are kept in any case, and so is the latest of each
/// manifest, which `--resume` takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prune {
    /// So many of the newest runs of each manifest; `None` if their number does not matter.
    pub keep: Option<usize>,
    /// Those that are not older than this; `None` if their age does not matter.
    pub age: Option<Duration>,
}

impl History {
    /// Returns the runs that `prune` does not keep, the oldest first. Those whose journals cannot be read are not among
    /// them: somebody may want to look at them.
    ///
    /// # Errors
    ///
    /// Fails if the folder of journals cannot be read.
    pub fn prunable(&self, prune: Prune, now: SystemTime) -> Result<Vec<String>, Error> {
        let (records, _) = self.all()?;
        let mut newer: BTreeMap<_, usize> = BTreeMap::new();
        let mut prunable = Vec::new();
        for record in records.iter().rev() {
            let manifest = Path::new(&record.description.manifest).file_name();
            let newer = newer.entry(manifest).or_default();
            let is_among_newest = prune.keep.is_some_and(|keep| *newer < keep);
            let age = record.last_event.and_then(|last| now.duration_since(last).ok()).unwrap_or_default();
            let is_young = prune.age.is_some_and(|most| age <= most);
            if *newer > 0 && record.state != RunState::Running && !is_among_newest && !is_young {
                prunable.push(record.description.id.clone());
            }
            *newer += 1;
        }
        prunable.reverse();
        Ok(prunable)
    }

    /// Removes the journal of the run of that id.
    ///
    /// # Errors
    ///
    /// Fails if the folder cannot be removed.
    pub fn remove(&self, id: &str) -> Result<(), Error> {
        let folder = self.folder(id);
        fs::remove_dir_all(&folder).map_err(|source| Error::RemoveJournal { folder, source })
    }
}
