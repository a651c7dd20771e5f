//! What an earlier run has written of partitioned datasets, and need not be made again.

use std::collections::{BTreeMap, BTreeSet};

use tokio::task::{JoinError, JoinSet};
use wpipe_catalog::{DataError, PartitionedDataset, Stored};
use wpipe_pipeline::CalledPer;
use wpipe_runner::{Job, JobMultipipeline, StorageRuntime};

use crate::Error;
use crate::history::WrittenPartitions;

/// Partitions that need not be made again: for each multipipeline, by id, what storage has of each dataset.
pub(crate) type DonePartitions = BTreeMap<String, DoneOf>;

/// Those of one multipipeline.
pub(crate) type DoneOf = BTreeMap<String, BTreeMap<String, Stored>>;

/// Who says what has been written before.
pub(crate) enum Before<'a> {
    /// A run, by its journal.
    Run { id: &'a str, written: &'a WrittenPartitions },
    /// What was found in the sets in force after a run.
    Recorded(&'a WrittenPartitions),
}

/// For each multipipeline of `job`, the partitions of which every dataset has been written before and is there still.
pub(crate) fn done_partitions(job: &Job, before: &Before<'_>) -> Result<DonePartitions, Error> {
    let mut all = DonePartitions::new();
    for multipipeline in &job.multipipelines {
        let done = done_of(job, multipipeline, before)?;
        all.extend(done.map(|done| (multipipeline.rules.name.clone(), done)));
    }
    Ok(all)
}

/// Those of one multipipeline; `None` if its results are not all in storage, so that it must run again.
pub(crate) fn done_of(
    job: &Job,
    multipipeline: &JobMultipipeline,
    before: &Before<'_>,
) -> Result<Option<DoneOf>, Error> {
    let Some(sets) = written_by(job, multipipeline) else { return Ok(None) };
    let (run, written) = match before {
        Before::Run { id, written } => (Some((*id).to_owned()), written),
        Before::Recorded(written) => (None, written),
    };
    let mut of_sets = Vec::with_capacity(sets.len());
    for set in sets {
        let claimed = written.get(set.name()).cloned().unwrap_or_default();
        let name = set.name().to_owned();
        let there = StorageRuntime::default().wait(there(set, run.clone(), claimed));
        let there = there.map_err(|error| Error::Engine(format!("failed to start the storage runtime: {error}")))?;
        let cannot = |error| Error::Value(format!("cannot tell what there is of `{name}`: {error}"));
        of_sets.push((name.clone(), there.map_err(cannot)?));
    }
    let in_all = |id: &String| of_sets.iter().all(|(_, there)| there.contains_key(id));
    let ids: BTreeSet<_> = of_sets.iter().flat_map(|(_, there)| there.keys()).filter(|id| in_all(id)).collect();
    let stored = |id: &String| of_sets.iter().map(|(name, there)| (name.clone(), there[id].clone())).collect();
    Ok(Some(ids.into_iter().map(|id| (id.clone(), stored(id))).collect()))
}

/// The sets that a multipipeline writes; `None` if its results are not all in storage, or if what it makes of one
/// partition may depend on the others.
fn written_by(job: &Job, multipipeline: &JobMultipipeline) -> Option<Vec<PartitionedDataset>> {
    if multipipeline.nodes.iter().any(|&node| job.nodes[node].called_per == CalledPer::Slice) {
        return None;
    }
    let inside: BTreeSet<_> = multipipeline.nodes.iter().collect();
    let outside = || job.nodes.iter().enumerate().filter(|(node, _)| !inside.contains(node)).map(|(_, node)| node);
    let mut sets = Vec::new();
    for name in &multipipeline.rules.outputs {
        let dataset = &job.datasets[name];
        let reads = |input: &wpipe_runner::Binding| input.name() == name.as_str();
        match &dataset.stored_set {
            Some(set) => sets.push(set.clone()),
            None if dataset.is_final || outside().any(|node| node.inputs.iter().any(reads)) => return None,
            None => {}
        }
    }
    (!sets.is_empty()).then_some(sets)
}

/// Questions to storage that are under way at the same time.
const AT_ONCE: usize = 64;

/// Those of the `claimed` partitions that are there.
async fn there(
    set: PartitionedDataset,
    run: Option<String>,
    claimed: BTreeMap<String, Stored>,
) -> Result<BTreeMap<String, Stored>, DataError> {
    // What the run has made the set, the set knows best: it has moved since.
    match set.list().await {
        Ok(listing) if run.is_some() && listing.run() == run.as_deref() => {
            let known = claimed.into_keys().filter_map(|id| {
                let stored = listing.partitions().get(&id)?.clone();
                Some((id, stored))
            });
            return Ok(known.collect());
        }
        Ok(_) | Err(DataError::NotFound { .. } | DataError::Unfinished { .. }) => {}
        Err(error) => return Err(error),
    }
    let mut there = BTreeMap::new();
    let mut asked = JoinSet::new();
    let mut note = |answer: Result<(String, Stored, Result<bool, DataError>), JoinError>| {
        let Ok((id, stored, is_there)) = answer else { return Ok(()) };
        if is_there? {
            there.insert(id, stored);
        }
        Ok(())
    };
    for (id, stored) in claimed {
        if asked.len() == AT_ONCE
            && let Some(answer) = asked.join_next().await
        {
            note(answer)?;
        }
        let set = set.clone();
        asked.spawn(async move {
            let is_there = set.contains(&id, &stored).await;
            (id, stored, is_there)
        });
    }
    while let Some(answer) = asked.join_next().await {
        note(answer)?;
    }
    Ok(there)
}
