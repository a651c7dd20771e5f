//! `set.json`: which partitions a set has, and who made it so.

use std::collections::BTreeMap;

use bytes::Bytes;
use object_store::PutPayload;
use serde::{Deserialize, Serialize};

use super::listing::Stored;
use super::names;
use crate::DataError;
use crate::fault::{At, Fault};

/// The one that this program writes and reads.
const FORMAT: u32 = 1;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Manifest {
    format: u32,
    /// The run that has committed it; `None` if none has.
    pub(super) run: Option<String>,
    /// Whether there is nothing that it was to have and has not.
    pub(super) complete: bool,
    /// Ids that it was to have, and why it has not.
    pub(super) missing: BTreeMap<String, String>,
    pub(super) partitions: BTreeMap<String, Stored>,
}

impl Manifest {
    /// What a run has made.
    pub(super) fn of_run(run: &str, partitions: BTreeMap<String, Stored>, missing: BTreeMap<String, String>) -> Self {
        let complete = missing.is_empty();
        Self { format: FORMAT, run: Some(run.to_owned()), complete, missing, partitions }
    }

    /// What is there without a manifest.
    pub(super) fn of_objects(partitions: BTreeMap<String, Stored>) -> Self {
        Self { format: FORMAT, run: None, complete: true, missing: BTreeMap::new(), partitions }
    }

    /// Nothing yet.
    pub(super) fn begun() -> Self {
        Self { complete: false, ..Self::of_objects(BTreeMap::new()) }
    }

    /// Whether no run has completed what one began.
    pub(super) fn is_unfinished(&self) -> bool {
        self.run.is_none() && !self.complete
    }

    pub(super) fn encode(&self) -> PutPayload {
        // Texts, numbers and maps of texts: nothing that JSON does not have.
        serde_json::to_vec(self).unwrap_or_default().into()
    }

    /// Reads what is at `location`. The ids are those of a set with this suffix.
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

    /// The same without the partitions that `wants` does not want.
    pub(super) fn only(&self, wants: impl Fn(&str) -> bool) -> Self {
        let mut only = self.clone();
        only.partitions.retain(|id, _| wants(id));
        only.missing.retain(|id, _| wants(id));
        // What it was to have and is not asked for does not make it incomplete.
        only.complete |= only.missing.is_empty() && !self.missing.is_empty();
        only
    }

    /// The same when all partitions are under their plain names.
    pub(super) fn settled(&self) -> Self {
        let plain = |(id, stored): (&String, &Stored)| (id.clone(), Stored { at: None, ..stored.clone() });
        Self { partitions: self.partitions.iter().map(plain).collect(), ..self.clone() }
    }

    pub(super) fn is_settled(&self) -> bool {
        self.partitions.values().all(|stored| stored.at.is_none())
    }

    /// Whether both are the same set, wherever its partitions are.
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
