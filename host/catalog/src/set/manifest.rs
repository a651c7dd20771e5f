//! `set.json`: the partitions of a set, and the run that made it.

use std::collections::BTreeMap;

use bytes::Bytes;
use object_store::PutPayload;
use serde::{Deserialize, Serialize};

use super::listing::Stored;
use super::names;
use crate::DataError;
use crate::fault::{At, Fault};

/// The format number that this program writes and reads.
const FORMAT: u32 = 1;

/// The manifest of a set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// The run that has committed it; `None` if none has.
    pub(super) run: Option<String>,
    /// True if it has all partitions that it was to have.
    pub(super) complete: bool,
    /// The ids that it was to have and has not, with the reasons.
    pub(super) missing: BTreeMap<String, String>,
    pub(super) partitions: BTreeMap<String, Stored>,
}

impl Manifest {
    /// Creates the manifest of a run's set.
    pub(super) fn of_run(run: &str, partitions: BTreeMap<String, Stored>, missing: BTreeMap<String, String>) -> Self {
        let complete = missing.is_empty();
        Self { format: FORMAT, run: Some(run.to_owned()), complete, missing, partitions }
    }

    /// Creates the manifest of objects that have none.
    pub(super) fn of_objects(partitions: BTreeMap<String, Stored>) -> Self {
        Self { format: FORMAT, run: None, complete: true, missing: BTreeMap::new(), partitions }
    }

    /// Creates the manifest of a set that has nothing yet.
    pub(super) fn begun() -> Self {
        Self { complete: false, ..Self::of_objects(BTreeMap::new()) }
    }

    /// Returns true if no run has completed the set that one began.
    pub(super) fn is_unfinished(&self) -> bool {
        self.run.is_none() && !self.complete
    }

    pub(super) fn encode(&self) -> PutPayload {
        // Texts, numbers and maps of texts: JSON can hold them all.
        serde_json::to_vec(self).unwrap_or_default().into()
    }

    /// Decodes the content of `location`. The ids are those of a set with this suffix.
    pub(super) fn decode(content: &Bytes, location: &str, suffix: &str) -> Result<Self, DataError> {
        let damaged = |fault: Fault| {
            DataError::decode(location, fault.help("remove it to take the objects as they are, or restore it"))
        };
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let manifest = match serde_json::from_slice::<Format>(content) {
            Ok(Format { format: FORMAT }) => serde_json::from_slice::<Self>(content),
            Ok(Format { format }) => {
                let fault = Fault::new(format!("it is a manifest of format {format}, and this program knows {FORMAT}"));
                return Err(DataError::decode(location, fault.help("a newer wpipe has written it: use that")));
            }
            Err(error) => Err(error),
        };
        let manifest = manifest.map_err(|error| {
            let at = At::Character(error.line() as u64, error.column() as u64);
            let words = error.to_string();
            let reason = words.rsplit_once(" at line ").map_or(words.as_str(), |(reason, _)| reason);
            damaged(Fault::new(format!("it is no manifest of a set: {reason}")).at(at))
        })?;
        for (id, stored) in &manifest.partitions {
            let checked = names::check_found(id, suffix).map_err(|reason| (id, reason));
            let run = stored.at.as_ref();
            let checked = checked.and_then(|()| match run {
                Some(run) => names::check_run(run).map_err(|reason| (run, reason)),
                None => Ok(()),
            });
            checked.map_err(|(name, reason)| {
                damaged(Fault::new(format!("it names `{}`, which cannot be: {reason}", names::shown(name))))
            })?;
        }
        Ok(manifest)
    }

    /// Returns the same without the partitions that `wants` rejects.
    pub(super) fn only(&self, wants: impl Fn(&str) -> bool) -> Self {
        let mut only = self.clone();
        only.partitions.retain(|id, _| wants(id));
        only.missing.retain(|id, _| wants(id));
        // A missing partition that is not requested does not make it incomplete.
        only.complete |= only.missing.is_empty() && !self.missing.is_empty();
        only
    }

    /// Returns the same with all partitions under their plain names.
    pub(super) fn settled(&self) -> Self {
        let plain = |(id, stored): (&String, &Stored)| (id.clone(), Stored { at: None, ..stored.clone() });
        Self { partitions: self.partitions.iter().map(plain).collect(), ..self.clone() }
    }

    pub(super) fn is_settled(&self) -> bool {
        self.partitions.values().all(|stored| stored.at.is_none())
    }

    /// Returns true if both are the same set, in any places.
    pub(super) fn is_same_set(&self, other: &Self) -> bool {
        let content = |stored: &Stored| (stored.size, stored.mark.clone());
        let same =
            |((id, a), (other, b)): ((&String, &Stored), (&String, &Stored))| id == other && content(a) == content(b);
        self.run == other.run
            && self.complete == other.complete
            && self.missing == other.missing
            && self.partitions.len() == other.partitions.len()
            && self.partitions.iter().zip(&other.partitions).all(same)
    }
}
