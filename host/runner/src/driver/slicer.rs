//! Slicers: what a multipipeline writes is made ready, and its partitions are divided.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use wpipe_catalog::SetWriter;
use wpipe_pipeline::LeftOutReason;

use super::layout::Made;
use super::run::Driver;
use super::setup::workers;
use crate::schedule::Lanes;
use crate::{Event, JobMultipipeline, LeftOut, RunError};

/// Partitions of one slice that are in flight at once: one is computed, those before it are saved, those behind it
/// loaded. Storage that is slow to answer wants some of each.
const DEPTH: usize = 8;

impl Driver<'_> {
    pub(super) fn multipipeline(&self, group: usize) -> &JobMultipipeline {
        &self.job.multipipelines[group]
    }

    /// Makes the sets ready that a multipipeline writes; [`slice`](Self::slice) follows.
    pub(super) fn prepare(&mut self, group: usize) {
        let made = self.layout.multipipelines[group].made.iter().filter(|(_, made)| made.route.is_saved);
        let sets = made.filter_map(|(&dataset, _)| Some((dataset, self.layout.dataset(dataset).stored_set.clone()?)));
        let sets: Vec<_> = sets.collect();
        if sets.is_empty() {
            self.slice(group, Vec::new());
        } else if let Err(error) = self.transfers.prepare(group, sets) {
            self.give_up(error);
            self.schedule.call_failed(self.layout.multipipelines[group].slicer);
        }
    }

    /// Divides the partitions of a multipipeline into slices, and begins with the first.
    pub(super) fn slice(&mut self, group: usize, writers: Vec<(usize, SetWriter)>) {
        let slicer = self.layout.multipipelines[group].slicer;
        let rules = &self.job.multipipelines[group].rules;
        let over: Vec<_> = rules.over.iter().map(|name| self.layout.index[name.as_str()]).collect();
        let sets = rules.over.iter().zip(&over).map(|(name, dataset)| (name.clone(), self.resident[dataset].sizes()));
        let sets: BTreeMap<_, _> = sets.collect();
        let listed = over.iter().filter_map(|&dataset| self.listed(dataset));
        // What is new in one of them is new.
        let listed = listed.filter(|listed| listed.set.has_checkpoint());
        let confirmed = listed.map(|listed| listed.confirmed.clone()).min().flatten();
        // What this run does not save, its readers get as it makes it: all of it.
        let is_read_as_made = |made: &Made| made.is_collected && !made.route.is_saved;
        let is_all_made = self.layout.multipipelines[group].made.values().any(is_read_as_made);
        let done = self.options.done_partitions.get(&rules.name).filter(|_| !is_all_made);
        let ids = done.into_iter().flatten().map(|(id, _)| id.clone()).collect::<BTreeSet<_>>();
        let most = workers(self.options.runner);
        let plan = match rules.slice(
            &sets,
            confirmed.as_deref(),
            &ids,
            NonZeroUsize::new(most).unwrap_or(NonZeroUsize::MIN),
        ) {
            Ok(plan) => plan,
            Err(error) => {
                self.errors.push(RunError::Slice(error));
                self.schedule.call_failed(slicer);
                return;
            }
        };
        let worked_on: BTreeSet<_> = plan.slices.iter().flatten().map(|part| part.id.clone()).collect();
        let done_before = plan.left_out.iter().filter(|left| left.reason == LeftOutReason::Done);
        let done_before: BTreeSet<_> = done_before.map(|left| left.id.clone()).collect();
        let left_out = plan.left_out.iter();
        let left_out: Vec<_> =
            left_out.map(|left| LeftOut { partition: left.id.clone(), reason: left.reason.to_string() }).collect();
        self.emitter.emit(|| Event::Sliced {
            multipipeline: rules.name.clone(),
            slices: plan.slices.iter().map(|slice| slice.iter().map(|part| part.id.clone()).collect()).collect(),
            left_out: left_out.clone(),
        });
        let report = self.report.multipipelines.entry(rules.name.clone()).or_default();
        report.total = plan.slices.iter().map(Vec::len).sum();
        report.left_out = left_out;
        let most = most.min(rules.policy.max_parallel.map_or(usize::MAX, NonZeroUsize::get));
        let stages = self.layout.multipipelines[group].stages.iter().map(|stage| stage.kind).collect();
        let lanes = Lanes::new(plan.slices.iter().map(Vec::len).collect(), stages, most, DEPTH);
        let state = &mut self.groups[group];
        state.lane_resources = (0..lanes.width()).map(|_| self.schedule.add_resource(1)).collect();
        state.lanes = Some(lanes);
        state.slices = plan.slices;
        for (dataset, writer) in writers {
            // What a checkpoint has left out is in the set already, and stays; what is made again does not.
            let mut before = if confirmed.is_some() { writer.before().partitions().clone() } else { BTreeMap::new() };
            before.retain(|id, _| !worked_on.contains(id));
            let name = self.layout.datasets[dataset].0;
            // Of what was done before, some may not be wanted any more.
            let done = done.into_iter().flatten().filter(|(id, _)| done_before.contains(*id));
            let done = done.filter_map(|(id, stored)| {
                let stored = stored.get(name)?;
                // What an earlier commit had not tidied up has got its plain name when this run began.
                let now = writer.before().partitions().get(id);
                let same = now.filter(|now| (now.size, &now.mark) == (stored.size, &stored.mark));
                Some((id.clone(), same.unwrap_or(stored).clone()))
            });
            let done: Vec<_> = done.collect();
            // So that a run that goes on with this one knows of all of them.
            for (id, stored) in &done {
                let (partition, stored) = (id.clone(), stored.clone());
                self.emitter.emit(|| Event::PartitionSaved { dataset: name.to_owned(), partition, stored });
            }
            state.kept.entry(dataset).or_default().extend(before.into_iter().chain(done));
            state.writers.insert(dataset, writer);
        }
        self.advance(group);
        self.schedule.called(slicer, &[]);
    }
}
