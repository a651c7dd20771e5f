//! What an earlier run has written of partitioned datasets, and need not be made again.

use std::collections::{BTreeMap, BTreeSet};

use wpipe_catalog::PartitionedDataset;
use wpipe_pipeline::CalledPer;
use wpipe_runner::{DonePartition, Job, JobMultipipeline};

use crate::Error;
use crate::history::WrittenPartitions;
use crate::storage::{ask, cannot_tell};

/// Partitions that need not be made again: for each multipipeline, by id, what storage has of each dataset.
pub(crate) type DonePartitions = BTreeMap<String, DoneOf>;

/// Those of one multipipeline.
pub(crate) type DoneOf = BTreeMap<String, DonePartition>;

/// For each multipipeline of `job`, the partitions of which every dataset has been `written` before and is there still.
pub(crate) fn done_partitions(job: &Job, written: &WrittenPartitions) -> Result<DonePartitions, Error> {
    let mut all = DonePartitions::new();
    for multipipeline in &job.multipipelines {
        let done = done_of(job, multipipeline, written)?;
        all.extend(done.map(|done| (multipipeline.rules.name.clone(), done)));
    }
    Ok(all)
}

/// Those of one multipipeline; `None` if its results are not all in storage, so that it must run again.
pub(crate) fn done_of(
    job: &Job,
    multipipeline: &JobMultipipeline,
    written: &WrittenPartitions,
) -> Result<Option<DoneOf>, Error> {
    let Some(sets) = written_by(job, multipipeline) else { return Ok(None) };
    let questions = sets.into_iter().map(|set| {
        let written = written.get(set.name()).cloned().unwrap_or_default();
        (set.name().to_owned(), async move { set.still_there(written).await })
    });
    let mut of_sets = Vec::new();
    for (name, there) in ask(questions)? {
        let there = there.map_err(|error| cannot_tell(&name, &error))?;
        of_sets.push((name, there));
    }
    let in_all = |id: &String| of_sets.iter().all(|(_, there)| there.contains_key(id));
    let ids: BTreeSet<_> = of_sets.iter().flat_map(|(_, there)| there.keys()).filter(|id| in_all(id)).collect();
    let done = |id: &String| DonePartition {
        of: BTreeMap::new(),
        stored: of_sets.iter().map(|(name, there)| (name.clone(), there[id].clone())).collect(),
    };
    Ok(Some(ids.into_iter().map(|id| (id.clone(), done(id))).collect()))
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
