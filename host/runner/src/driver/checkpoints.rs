//! Checkpoints of sets, which a run confirms at its end.

use std::collections::BTreeSet;

use wpipe_pipeline::{CalledPer, DatasetId, FormatId, GroupId, Join, LeftOutReason, Part, SlicePlan};

use super::listed::Listed;
use super::run::Driver;
use crate::{At, Event, RunError};

impl Driver<'_> {
    /// Returns true if everything made of a dataset is saved: the outputs of its readers and, where these are in memory
    /// only, everything made of them.
    fn is_all_saved_of(&self, dataset: DatasetId) -> bool {
        let graph = &self.job.graph;
        let completed: BTreeSet<_> = self.results.all_completed().iter().map(String::as_str).collect();
        let (mut left, mut seen) = (vec![dataset], BTreeSet::new());
        while let Some(dataset) = left.pop() {
            if !seen.insert(dataset) {
                continue;
            }
            if graph[dataset].is_read_elsewhere {
                return false;
            }
            for node in graph[dataset].readers.iter().map(|&reader| &graph[reader]) {
                if !completed.contains(node.name.as_str())
                    || node.outputs.iter().any(|made| self.results.is_unsaved(made))
                {
                    return false;
                }
                let in_memory = node.makes.iter().filter(|made| graph[**made].stored.is_none());
                left.extend(in_memory.map(|&made| graph[made].dataset));
            }
        }
        true
    }

    /// Returns the multipipelines that work on a dataset, or on datasets made of it for which `is_followed` holds.
    fn multipipelines_of(&self, dataset: DatasetId, is_followed: impl Fn(FormatId) -> bool) -> BTreeSet<GroupId> {
        let graph = &self.job.graph;
        let (mut left, mut seen, mut found) = (vec![dataset], BTreeSet::new(), BTreeSet::new());
        while let Some(dataset) = left.pop() {
            if !seen.insert(dataset) {
                continue;
            }
            for node in graph[dataset].readers.iter().map(|&reader| &graph[reader]) {
                found.extend(node.group);
                let followed = node.makes.iter().filter(|made| is_followed(**made));
                left.extend(followed.map(|&made| graph[made].dataset));
            }
        }
        found
    }

    /// Returns the first partition of a set that a later run has to work on: behind one before it none is confirmed.
    fn first_undone(&self, dataset: DatasetId, listed: &Listed) -> Option<&str> {
        let failed = self.multipipelines_of(dataset, |_| true).into_iter();
        let failed = failed.filter_map(|group| self.groups[group].first_failed());
        // A set that is joined with a stored one is joined with all of it, the next time.
        let is_in_memory = |made: FormatId| self.job.graph[made].stored.is_none();
        let awaited = self.multipipelines_of(dataset, is_in_memory).into_iter();
        let is_listed = |id: &&String| listed.listing.partitions().contains_key(*id);
        let awaited = awaited.filter_map(|group| self.groups[group].awaited().iter().find(is_listed));
        failed.chain(awaited).min().map(String::as_str)
    }

    /// Reports partitions that a checkpoint leaves out and that a dataset made of them lacks.
    pub(super) fn report_missing_results(&self, group: GroupId, plan: &SlicePlan) {
        let of_checkpoint = plan.left_out.iter().filter(|left| left.reason == LeftOutReason::Checkpoint);
        let old: Vec<_> = of_checkpoint.map(|left| left.id.as_str()).collect();
        let rules = self.multipipeline(group);
        let over = self.job.graph[group].over.iter();
        let listed = over.filter_map(|&over| self.listed(over));
        let checkpoint = listed.filter_map(|listed| listed.checkpoint.clone()).next();
        let (Some(checkpoint), false) = (checkpoint, old.is_empty()) else { return };
        let sets = self.sets(group);
        for &dataset in self.layout.multipipelines[group].made.keys() {
            let (Some(kept), Some(maker)) = (self.sets.kept(dataset), self.layout.maker(dataset)) else { continue };
            let is_expected = |id: &&&str| {
                let lacks = |name: &&String| !sets.get(*name).is_some_and(|set| set.contains_key(**id));
                let absent: Vec<_> = rules.over.iter().filter(lacks).cloned().collect();
                let is_joined = absent.is_empty() || rules.policy.join == Join::Outer;
                let part = Part { id: (**id).to_owned(), size: 0, absent, configure: None };
                is_joined && rules.runs(&maker.name, &part)
            };
            // The node that makes a slice's partitions chooses their names.
            let is_by_id = maker.called_per == Some(CalledPer::Partition);
            let missing = old.iter().filter(|id| is_by_id && !kept.contains_key(**id)).filter(is_expected);
            let partitions: Vec<_> = missing.map(|id| (*id).to_owned()).collect();
            if !partitions.is_empty() {
                self.results.emit(|| Event::ResultsMissing {
                    multipipeline: rules.name.clone(),
                    dataset: self.layout.name(dataset).to_owned(),
                    partitions,
                    checkpoint: checkpoint.clone(),
                });
            }
        }
    }

    /// Confirms the checkpoints of sets at the end of a run, each once, when all its readers have completed and their
    /// outputs are saved.
    pub(super) fn confirm_checkpoints(&mut self) {
        let mut confirmed = Vec::new();
        for (&dataset, listed) in self.sets.checkpoints() {
            let set = self.job.graph[dataset].dataset;
            let undone = self.first_undone(set, listed);
            let mut ids = listed.listing.partitions().keys();
            let last = ids.rfind(|id| undone.is_none_or(|undone| id.as_str() < undone));
            let is_new = |last: &&String| listed.confirmed.as_ref().is_none_or(|confirmed| *last > confirmed);
            if let Some(last) = last.filter(is_new)
                && self.is_all_saved_of(set)
            {
                confirmed.push((listed.clone(), last.clone()));
            }
        }
        for (listed, last) in confirmed {
            match self.transfers.confirm(&listed.set, &last) {
                Ok(Ok(())) => self
                    .results
                    .emit(|| Event::CheckpointConfirmed { dataset: listed.name.clone(), partition: last.clone() }),
                // The next run works on all of it again, which is slower and not wrong.
                Ok(Err(error)) if !listed.set.is_checkpoint_place_said() => {
                    self.results.emit(|| Event::CheckpointLost {
                        dataset: listed.name.clone(),
                        partition: last.clone(),
                        error: error.to_string(),
                    })
                }
                Ok(Err(error)) => {
                    let (dataset, at) = (listed.name.clone(), At::partition(&last));
                    self.results.fail(RunError::Checkpoint { dataset, at, source: Box::new(error) });
                }
                Err(error) => self.results.fail(error),
            }
        }
    }
}
