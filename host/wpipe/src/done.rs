//! What an earlier run has written of partitioned datasets, and need not be made again.

use std::collections::{BTreeMap, BTreeSet};

use tokio::task::{JoinError, JoinSet};
use wpipe_catalog::{DataError, PartitionedDataset, Stored};
use wpipe_runner::{Job, JobMultipipeline, StorageRuntime};

use crate::Error;
use crate::history::WrittenPartitions;

/// The partitions of each multipipeline, by dataset.
type Done = BTreeMap<String, BTreeMap<String, BTreeMap<String, Stored>>>;

/// For each multipipeline of `job`, the partitions of which the run `run` has `written` every dataset, if all of it is
/// there still.
pub(crate) fn done_partitions(job: &Job, run: &str, written: &WrittenPartitions) -> Result<Done, Error> {
    let mut done = Done::new();
    for multipipeline in &job.multipipelines {
        let Some(sets) = written_by(job, multipipeline) else { continue };
        let mut of_sets = Vec::with_capacity(sets.len());
        for set in sets {
            let claimed = written.get(set.name()).cloned().unwrap_or_default();
            let name = set.name().to_owned();
            let there = StorageRuntime::default().wait(there(set, run.to_owned(), claimed));
            let there =
                there.map_err(|error| Error::Engine(format!("failed to start the storage runtime: {error}")))?;
            let cannot = |error| Error::Value(format!("cannot tell what there is of `{name}`: {error}"));
            of_sets.push((name.clone(), there.map_err(cannot)?));
        }
        let in_all = |id: &String| of_sets.iter().all(|(_, there)| there.contains_key(id));
        let ids: BTreeSet<_> = of_sets.iter().flat_map(|(_, there)| there.keys()).filter(|id| in_all(id)).collect();
        let stored = |id: &String| of_sets.iter().map(|(name, there)| (name.clone(), there[id].clone())).collect();
        let ids = ids.into_iter().map(|id| (id.clone(), stored(id)));
        done.insert(multipipeline.rules.name.clone(), ids.collect());
    }
    Ok(done)
}

/// The sets that a multipipeline writes; `None` if its results are not all in storage, so that it must run again.
fn written_by(job: &Job, multipipeline: &JobMultipipeline) -> Option<Vec<PartitionedDataset>> {
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
    run: String,
    claimed: BTreeMap<String, Stored>,
) -> Result<BTreeMap<String, Stored>, DataError> {
    // What the run has made the set, the set knows best: it has moved since.
    match set.list().await {
        Ok(listing) if listing.run() == Some(run.as_str()) => {
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
