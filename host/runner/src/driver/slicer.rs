//! Slicers: the sets that a multipipeline writes are made ready, and its partitions are divided.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;
use std::sync::Arc;

use typed_index_collections::TiVec;
use wpipe_catalog::Stored;
use wpipe_pipeline::{CalledPer, FormatId, GroupId, LeftOutReason, Part, SliceError, SlicePlan};

use super::completion::{Prepared, SetFailure};
use super::layout::GroupOutput;
use super::listed::Listed;
use super::resident::Resident;
use super::run::Driver;
use crate::schedule::{Lanes, PartId, SliceId, Stage};
use crate::{At, Event, LeftOut, Piece, RunError};

/// Partitions of one slice that are in flight at once: one is computed, those before it are saved, those behind it
/// loaded. Storage that is slow to answer wants some of each.
const DEPTH: usize = 8;

/// Partitions that are made already, by id, with the stored form of each dataset.
type DonePartitions<'a> = BTreeMap<&'a String, &'a BTreeMap<String, Stored>>;

impl<'a> Driver<'a> {
    /// Makes the sets ready that a multipipeline writes; [`prepared`](Self::prepared) follows.
    pub(super) fn prepare(&mut self, group: GroupId) {
        let made = self.layout.multipipelines[group].made.iter().filter(|(_, made)| made.route.is_saved);
        let sets = made
            .filter_map(|(&dataset, _)| Some((dataset, self.layout.dataset(dataset).stored.as_ref()?.set()?.clone())));
        let sets: Vec<_> = sets.collect();
        if sets.is_empty() {
            self.slice(group, Vec::new());
        } else if let Err(error) = self.transfers.prepare(group, sets, self.confirmed(group).is_some()) {
            self.give_up(error);
            self.schedule.call_failed(self.layout.multipipelines[group].slicer);
        }
    }

    /// Continues when the sets that a multipipeline writes are ready, or cannot be written.
    pub(super) fn prepared(&mut self, group: GroupId, result: Result<Vec<Prepared>, SetFailure>) {
        match result {
            Ok(writers) => self.slice(group, writers),
            Err(SetFailure { dataset, error }) => {
                if self.is_given_up(&error) {
                    self.results.interrupted();
                } else {
                    let node = self.layout.find(&dataset).map_or_else(String::new, |dataset| self.maker(dataset));
                    self.results.fail(error.save_error(dataset, At::default(), node));
                }
                self.schedule.call_failed(self.layout.multipipelines[group].slicer);
            }
        }
    }

    /// Returns the set that a dataset was listed as, if it comes from storage.
    pub(super) fn listed(&self, dataset: FormatId) -> Option<Arc<Listed>> {
        self.buffers.listed(self.layout.entry(dataset))
    }

    /// Continues with the sets ready: with all of the multipipeline, or with the piece that is done here.
    fn slice(&mut self, group: GroupId, writers: Vec<Prepared>) {
        match &self.options.piece {
            None | Some(Piece::Slicer { .. }) => self.divide(group, writers),
            Some(Piece::Slice(work)) => self.take_slice(group, writers, work),
            Some(Piece::Barrier { division, outcomes }) => self.take_outcomes(group, writers, division, outcomes),
        }
    }

    /// Divides the partitions of a multipipeline into slices, and begins with the first.
    fn divide(&mut self, group: GroupId, writers: Vec<Prepared>) {
        let slicer = self.layout.multipipelines[group].slicer;
        let (confirmed, mut done) = (self.confirmed(group), self.done(group));
        done.retain(|id, stored| {
            let is_taken = |of: &Prepared| {
                stored.get(self.layout.name(of.dataset)).is_none_or(|stored| of.writer.can_take(id, stored))
            };
            writers.iter().all(is_taken)
        });
        let plan = match self.plan(group, confirmed.as_deref(), &done) {
            Ok(plan) => plan,
            Err(error) => {
                self.results.fail(RunError::Slice(error));
                self.schedule.call_failed(slicer);
                return;
            }
        };
        self.report_plan(group, &plan);
        let awaited = plan.left_out.iter().filter(|left| left.reason.is_awaited()).map(|left| left.id.clone());
        self.groups[group].await_partitions(awaited.collect());
        let before: Vec<_> = writers
            .iter()
            .map(|of| (self.layout.name(of.dataset).to_owned(), of.writer.before().run().map(str::to_owned)))
            .collect();
        self.keep(writers, &plan, confirmed.is_some(), &done);
        self.report_missing_results(group, &plan);
        if self.options.piece.is_some() {
            self.hand_on(group, plan, before);
            return;
        }
        self.open_lanes(group, plan.slices);
        self.advance(group);
        self.schedule.called(slicer, &[]);
    }

    /// Returns the partition up to which all the sets have been worked on: a partition new in one of them is new.
    fn confirmed(&self, group: GroupId) -> Option<String> {
        let over = self.job.graph[group].over.iter();
        let listed = over.filter_map(|&over| self.listed(over));
        let listed = listed.filter(|listed| listed.set.has_checkpoint());
        listed.map(|listed| listed.confirmed.clone()).min().flatten()
    }

    /// Returns the partitions that an earlier run has written and that need not be made again; none if readers get an
    /// output that this run does not save, which is then made whole.
    fn done(&self, group: GroupId) -> DonePartitions<'a> {
        let is_read_as_made = |made: &GroupOutput| made.is_collected && !made.route.is_saved;
        if self.layout.multipipelines[group].made.values().any(is_read_as_made) {
            return DonePartitions::new();
        }
        let all = self.options.done_partitions.get(&self.multipipeline(group).name).into_iter().flatten();
        let done = all.filter(|(id, done)| done.of.iter().all(|(set, stored)| self.has(set, id, stored.as_ref())));
        done.map(|(id, done)| (id, &done.stored)).collect()
    }

    /// Returns true if a set that this run has made has this content of a partition.
    fn has(&self, set: &str, id: &str, stored: Option<&Stored>) -> bool {
        let listed = self.layout.find(set).and_then(|set| self.listed(set));
        listed.is_some_and(|listed| match (listed.listing.partitions().get(id), stored) {
            (Some(now), Some(before)) => now.is_same(before),
            (now, before) => now.is_none() && before.is_none(),
        })
    }

    fn plan(
        &self,
        group: GroupId,
        confirmed: Option<&str>,
        done: &DonePartitions<'_>,
    ) -> Result<SlicePlan, SliceError> {
        let sets = self.sets(group);
        let done = done.keys().map(|id| (*id).clone()).collect();
        let rules = self.multipipeline(group);
        match self.options.piece {
            // The number of slices is that of other processes.
            Some(Piece::Slicer { slices }) => {
                let mut rules = rules.clone();
                rules.policy.slices = Some(slices);
                rules.slice(&sets, confirmed, &done, slices)
            }
            _ => rules.slice(&sets, confirmed, &done, self.options.runner.workers()),
        }
    }

    /// Returns the partitions of each dataset that a multipipeline goes over, with their sizes in bytes.
    pub(super) fn sets(&self, group: GroupId) -> BTreeMap<String, BTreeMap<String, u64>> {
        let graph = &self.job.graph;
        let sizes = |over: FormatId| self.buffers.get(self.layout.entry(over)).map(Resident::sizes).unwrap_or_default();
        graph[group].over.iter().map(|&over| (graph[over].name.clone(), sizes(over))).collect()
    }

    fn report_plan(&mut self, group: GroupId, plan: &SlicePlan) {
        let name = &self.multipipeline(group).name;
        let left_out = plan.left_out.iter();
        let left_out: Vec<_> =
            left_out.map(|left| LeftOut { partition: left.id.clone(), reason: left.reason.to_string() }).collect();
        self.results.emit(|| Event::Sliced {
            multipipeline: name.clone(),
            slices: plan.slices.iter().map(|slice| slice.iter().map(|part| part.id.clone()).collect()).collect(),
            left_out: left_out.clone(),
            unmatched: plan.unmatched.clone(),
        });
        self.results.sliced(name, plan.slices.iter().map(Vec::len).sum(), left_out);
    }

    /// Remembers the partitions that are made already, for the sets that are committed behind the barrier.
    fn keep(&mut self, writers: Vec<Prepared>, plan: &SlicePlan, is_confirmed: bool, done: &DonePartitions<'_>) {
        let worked_on: BTreeSet<_> = plan.slices.iter().flatten().map(|part| part.id.as_str()).collect();
        // Some partitions of earlier runs may not be wanted any more.
        let wanted = plan.left_out.iter().filter(|left| left.reason == LeftOutReason::Done);
        let wanted: BTreeSet<_> = wanted.map(|left| left.id.as_str()).collect();
        for Prepared { dataset, writer, lost } in writers {
            let name = self.layout.name(dataset);
            let before = writer.before().partitions();
            let done = done.iter().filter(|(id, _)| wanted.contains(id.as_str()));
            let done = done.filter_map(|(id, stored)| {
                let stored = stored.get(name)?;
                // Partitions that an earlier commit had not tidied up have got their plain names when this run began.
                let now = before.get(*id).filter(|now| now.is_same(stored));
                Some(((*id).clone(), now.unwrap_or(stored).clone()))
            });
            let done: Vec<_> = done.collect();
            // A run that resumes this one knows all of them by this.
            for (id, stored) in &done {
                let (partition, stored) = (id.clone(), stored.clone());
                self.results.emit(|| Event::PartitionSaved { dataset: name.to_owned(), partition, stored });
            }
            // Partitions that a checkpoint has left out are in the set already, and stay; those that are made again do
            // not.
            let stays = before.iter().filter(|(id, _)| is_confirmed && !worked_on.contains(id.as_str()));
            let stays = stays.filter(|(id, _)| !lost.contains(*id));
            let stays = stays.map(|(id, stored)| (id.clone(), stored.clone()));
            let kept = stays.chain(done).collect();
            self.sets.begin(dataset, writer, kept);
        }
    }

    pub(super) fn open_lanes(&mut self, group: GroupId, slices: Vec<Vec<Part>>) {
        let policy = &self.multipipeline(group).policy;
        let most = self.options.runner.workers().get().min(policy.max_parallel.map_or(usize::MAX, NonZeroUsize::get));
        let stages = self.job.graph[group].stages.iter().map(|stage| match stage.called_per {
            CalledPer::Slice => Stage::Slice,
            CalledPer::Partition | CalledPer::Run => Stage::Partitions,
        });
        let slices: TiVec<SliceId, TiVec<PartId, Part>> = slices.into_iter().map(TiVec::from).collect();
        let lanes = Lanes::new(slices.iter().map(|slice| slice.len()).collect(), stages.collect(), most, DEPTH);
        self.groups[group].open(slices, lanes, |_| self.schedule.add_resource(1));
    }
}
