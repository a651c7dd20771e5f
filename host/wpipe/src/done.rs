//! The partitions that an earlier run has written of partitioned datasets, and that need not be made again.

use std::collections::{BTreeMap, BTreeSet};

use wpipe_catalog::{PartitionedDataset, StoredDataset};
use wpipe_pipeline::{CalledPer, DatasetId, FormatId, GroupId, Node, NodeId, Role};
use wpipe_runner::{DonePartition, Job};

use crate::Error;
use crate::history::WrittenPartitions;
use crate::storage::{ask, cannot_tell};

/// Partitions that need not be made again: for each multipipeline, by id, the stored form of each dataset.
pub(crate) type DonePartitions = BTreeMap<String, DoneOf>;

/// Those of one multipipeline.
pub(crate) type DoneOf = BTreeMap<String, DonePartition>;

/// Returns, for each multipipeline of `job`, the partitions of which every dataset has been `written` before and is
/// there still, as long as their inputs are the same.
pub(crate) fn done_partitions(job: &Job, written: &WrittenPartitions) -> Result<DonePartitions, Error> {
    let mut all = DonePartitions::new();
    let changing = changing(job);
    let graph = &job.graph;
    let is_changing = |format: &FormatId| changing.contains(&graph[*format].dataset);
    for (id, group) in graph.groups().iter_enumerated() {
        if group.inputs.iter().any(is_changing) {
            continue;
        }
        let Some(mut done) = done_of(job, id, written)? else { continue };
        let is_stored = |format: &FormatId| job.datasets[*format].stored.is_some();
        for &set in group.over.iter().filter(|set| is_changing(set) && is_stored(set)) {
            let name = &graph[set].name;
            let before = written.get(name);
            for (id, done) in &mut done {
                done.of.insert(name.clone(), before.and_then(|before| before.get(id)).cloned());
            }
        }
        all.insert(group.name.clone(), done);
    }
    Ok(all)
}

/// Returns the datasets that multipipelines of `job` make, and all made of them: partitions that failed may be there
/// this time.
fn changing(job: &Job) -> BTreeSet<DatasetId> {
    let graph = &job.graph;
    let of_groups = graph.datasets().iter_enumerated().filter(|(_, dataset)| dataset.made_by.is_some());
    let mut changing: BTreeSet<_> = of_groups.map(|(id, _)| id).collect();
    for node in graph.nodes() {
        if node.reads.iter().any(|&read| changing.contains(&graph[read].dataset)) {
            changing.extend(node.makes.iter().map(|&made| graph[made].dataset));
        }
    }
    changing
}

/// Returns the partitions of one multipipeline; `None` if its results are not all in storage, so that it must run
/// again.
pub(crate) fn done_of(job: &Job, group: GroupId, written: &WrittenPartitions) -> Result<Option<DoneOf>, Error> {
    let Some(sets) = written_by(job, group) else { return Ok(None) };
    let questions = sets.into_iter().map(|set| {
        let written = written.get(set.name()).cloned().unwrap_or_default();
        (set.name().to_owned(), async move { set.still_there(written).await })
    });
    let mut of_sets = Vec::new();
    for (name, there) in ask(questions)? {
        let there = there.map_err(|error| cannot_tell(&name, error))?;
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

/// Returns the sets that a multipipeline writes; `None` if its results are not all in storage, if a node has none that
/// shows its completion, or if its result for one partition may depend on the others.
fn written_by(job: &Job, group: GroupId) -> Option<Vec<PartitionedDataset>> {
    let graph = &job.graph;
    let tells = |node: &Node| node.called_per != Some(CalledPer::Slice) && !node.makes.is_empty();
    if !graph[group].nodes.iter().all(|&node| tells(&graph[node])) {
        return None;
    }
    let is_outside = |node: &NodeId| graph[*node].group != Some(group);
    let mut sets = Vec::new();
    for &made in &graph[group].outputs {
        let is_final = graph.dataset_of(made).role == Role::FinalOutput;
        match job.datasets[made].stored.as_ref().and_then(StoredDataset::set) {
            Some(set) => sets.push(set.clone()),
            None if is_final || graph[made].readers.iter().any(is_outside) => return None,
            None => {}
        }
    }
    (!sets.is_empty()).then_some(sets)
}
