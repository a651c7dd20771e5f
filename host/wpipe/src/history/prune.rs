//! Removing the journals of old runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use wpipe_pipeline::HistorySpec;

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
        self.prunable_of(None, prune, now)
    }

    /// Removes the journals of earlier runs of a manifest that its `[history]` does not keep.
    ///
    /// # Errors
    ///
    /// Fails if journals cannot be listed, or one cannot be removed.
    pub(crate) fn keep(&self, manifest: &str, spec: HistorySpec, now: SystemTime) -> Result<(), Error> {
        let keep = spec.keep_runs.map(|runs| usize::try_from(runs).unwrap_or(usize::MAX));
        let age = spec.keep_days.map(|days| Duration::from_secs(days.saturating_mul(24 * 60 * 60)));
        // Journals are read only if there are too many.
        let is_unlimited = keep.is_none() && age.is_none();
        if is_unlimited || self.ids()?.len() <= keep.unwrap_or_default().max(1) {
            return Ok(());
        }
        let prunable = self.prunable_of(Some(manifest), Prune { keep, age }, now)?;
        for run in prunable {
            match self.remove(&run) {
                // Another run that ends may have removed it.
                Err(_) if !self.folder(&run).exists() => {}
                removed => removed?,
            }
        }
        Ok(())
    }

    /// Returns the runs that `prune` does not keep, of one manifest or of all.
    fn prunable_of(&self, of: Option<&str>, prune: Prune, now: SystemTime) -> Result<Vec<String>, Error> {
        let of = of.and_then(|of| Path::new(of).file_name());
        let (records, _) = self.all()?;
        let mut newer: BTreeMap<_, usize> = BTreeMap::new();
        let mut prunable = Vec::new();
        for record in records.iter().rev() {
            let manifest = Path::new(&record.description.manifest).file_name();
            if of.is_some() && manifest != of {
                continue;
            }
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
