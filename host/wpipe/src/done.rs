//! What an earlier run has written of partitioned datasets, and need not be made again.

use std::collections::{BTreeMap, BTreeSet};

use wpipe_catalog::PartitionedDataset;
use wpipe_pipeline::{CalledPer, base_name};
use wpipe_runner::{DonePartition, Job, JobMultipipeline, JobNode};

use crate::Error;
use crate::history::WrittenPartitions;
use crate::storage::{ask, cannot_tell};

/// Partitions that need not be made again: for each multipipeline, by id, what storage has of each dataset.
pub(crate) type DonePartitions = BTreeMap<String, DoneOf>;

/// Those of one multipipeline.
pub(crate) type DoneOf = BTreeMap<String, DonePartition>;

/// For each multipipeline of `job`, the partitions of which every dataset has been `written` before and is there still,
/// as long as what they were made of is the same.
pub(crate) fn done_partitions(job: &Job, written: &WrittenPartitions) -> Result<DonePartitions, Error> {
    let mut all = DonePartitions::new();
    let changing = changing(job);
    for multipipeline in &job.multipipelines {
        let rules = &multipipeline.rules;
        if rules.inputs.iter().any(|input| changing.contains(base_name(input))) {
            continue;
        }
        let Some(mut done) = done_of(job, multipipeline, written)? else { continue };
        let is_made_anew = |set: &&String| changing.contains(base_name(set)) && job.datasets[*set].stored_set.is_some();
        for set in rules.over.iter().filter(is_made_anew) {
            let before = written.get(set);
            for (id, done) in &mut done {
                done.of.insert(set.clone(), before.and_then(|before| before.get(id)).cloned());
            }
        }
        all.insert(rules.name.clone(), done);
    }
    Ok(all)
}

/// The base names of what multipipelines of `job` make, and of what is made of it: partitions that failed may be there
/// this time.
fn changing(job: &Job) -> BTreeSet<&str> {
    let outputs = job.multipipelines.iter().flat_map(|multipipeline| &multipipeline.rules.outputs);
    let mut changing: BTreeSet<_> = outputs.map(|output| base_name(output)).collect();
    for node in &job.nodes {
        if node.inputs.iter().any(|input| changing.contains(base_name(input.name()))) {
            changing.extend(node.outputs.iter().map(|output| base_name(output)));
        }
    }
    changing
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

/// The sets that a multipipeline writes; `None` if its results are not all in storage, if a node has none to tell by, or
/// if what it makes of one partition may depend on the others.
fn written_by(job: &Job, multipipeline: &JobMultipipeline) -> Option<Vec<PartitionedDataset>> {
    let tells = |node: &JobNode| node.called_per != CalledPer::Slice && !node.outputs.is_empty();
    if !multipipeline.nodes.iter().all(|&node| tells(&job.nodes[node])) {
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
