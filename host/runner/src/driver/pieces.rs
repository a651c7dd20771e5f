//! One piece of a multipipeline, while other processes do the others: the slicer's division is handed on, a slice and the
//! barrier take theirs from outside.

use std::collections::BTreeSet;

use wpipe_catalog::DataError;
use wpipe_pipeline::{GroupId, OnPartitionError, Part, SlicePlan};

use super::completion::Prepared;
use super::run::Driver;
use crate::piece::Contents;
use crate::{At, Division, LeftOut, Piece, RunError, SetBefore, SliceOutcome, SliceWork};

impl Driver<'_> {
    /// Hands the division on: the slicer's work is done.
    pub(super) fn hand_on(&mut self, group: GroupId, plan: SlicePlan, before: Vec<(String, Option<String>)>) {
        let of = self.job.graph[group].over.iter().filter_map(|&over| {
            let listed = self.listed(over)?;
            let ids: BTreeSet<_> = plan.slices.iter().flatten().map(|part| part.id.as_str()).collect();
            let all = listed.listing.partitions().iter().filter(|(id, _)| ids.contains(id.as_str()));
            Some((listed.name.clone(), all.map(|(id, stored)| (id.clone(), stored.exact())).collect()))
        });
        let of: Contents = of.collect();
        let sets = before.into_iter().map(|(name, run)| {
            let kept = self.layout.find(&name).and_then(|dataset| self.sets.kept(dataset)).cloned();
            (name, SetBefore { run, kept: kept.unwrap_or_default() })
        });
        let sets = sets.collect();
        self.results.divided(Division { plan, of, sets });
        self.schedule.called(self.layout.multipipelines[group].slicer, &[]);
        self.end_piece();
    }

    /// Works on the partitions of one slice.
    pub(super) fn take_slice(&mut self, group: GroupId, writers: Vec<Prepared>, work: &SliceWork) {
        let slicer = self.layout.multipipelines[group].slicer;
        if let Err(error) = self.check_undivided(group, &work.of, &work.parts) {
            self.results.fail(error);
            self.schedule.call_failed(slicer);
            return;
        }
        for Prepared { dataset, writer, .. } in writers {
            self.sets.begin(dataset, writer, Default::default());
        }
        self.results.sliced(&self.multipipeline(group).name, work.parts.len(), Vec::new());
        let slices = if work.parts.is_empty() { Vec::new() } else { vec![work.parts.clone()] };
        self.open_lanes(group, slices);
        self.advance(group);
        self.schedule.called(slicer, &[]);
    }

    /// Takes what all slices have made to the barrier.
    pub(super) fn take_outcomes(
        &mut self,
        group: GroupId,
        writers: Vec<Prepared>,
        division: &Division,
        outcomes: &[SliceOutcome],
    ) {
        let slicer = self.layout.multipipelines[group].slicer;
        let parts: Vec<_> = division.plan.slices.iter().flatten().cloned().collect();
        let checked = self.check_undivided(group, &division.of, &parts);
        let checked = checked.and_then(|()| writers.iter().try_for_each(|of| self.check_before(of, division)));
        if let Err(error) = checked {
            self.results.fail(error);
            self.schedule.call_failed(slicer);
            return;
        }
        let rules = self.multipipeline(group);
        let plan = &division.plan;
        let left_out = plan.left_out.iter();
        let left_out =
            left_out.map(|left| LeftOut { partition: left.id.clone(), reason: left.reason.to_string() }).collect();
        self.results.sliced(&rules.name, parts.len(), left_out);
        let awaited = plan.left_out.iter().filter(|left| left.reason.is_awaited()).map(|left| left.id.clone());
        self.groups[group].await_partitions(awaited.collect());
        for Prepared { dataset, writer, .. } in writers {
            let kept = division.sets.get(self.layout.name(dataset)).map(|set| set.kept.clone()).unwrap_or_default();
            self.sets.begin(dataset, writer, kept);
            for outcome in outcomes {
                let written = outcome.written.get(self.layout.name(dataset)).cloned().unwrap_or_default();
                for id in self.sets.note_written(dataset, written) {
                    self.made_twice(group, dataset, id);
                }
            }
        }
        for outcome in outcomes {
            for _ in 0..outcome.completed {
                self.results.partition_completed(&rules.name);
            }
            for (id, reason) in &outcome.failed {
                self.results.partition_failed(&rules.name, id, reason);
            }
            self.groups[group].fail_partitions(&outcome.failed);
        }
        self.open_lanes(group, Vec::new());
        self.advance(group);
        self.schedule.called(slicer, &[]);
    }

    /// Ends this process's piece, all of which is done.
    pub(super) fn end_piece(&mut self) {
        self.has_ended_piece = true;
        self.schedule.stop();
    }

    /// Returns true if this process works on one slice.
    pub(super) fn is_slice(&self) -> bool {
        matches!(self.options.piece, Some(Piece::Slice(_)))
    }

    /// Returns true if the barrier, in another process, reports failed partitions.
    pub(super) fn are_failures_handed_on(&self, group: GroupId) -> bool {
        self.is_slice() && self.multipipeline(group).policy.on_partition_error == OnPartitionError::Skip
    }

    /// Checks that partitions are what they were when they were divided.
    fn check_undivided(&self, group: GroupId, of: &Contents, parts: &[Part]) -> Result<(), RunError> {
        for &over in &self.job.graph[group].over {
            let Some(listed) = self.listed(over) else { continue };
            let Some(before) = of.get(&listed.name) else { continue };
            let now = listed.listing.partitions();
            let changed = parts.iter().find(|part| {
                let now = now.get(&part.id).map(wpipe_catalog::Stored::exact);
                match (before.get(&part.id), now) {
                    (Some(before), Some(now)) => !before.is_same(&now),
                    (before, now) => before.is_some() != now.is_some(),
                }
            });
            if let Some(part) = changed {
                return Err(RunError::Divided { dataset: listed.name.clone(), partition: part.id.clone() });
            }
        }
        Ok(())
    }

    /// Checks that no other run has written a set since it was begun.
    fn check_before(&self, of: &Prepared, division: &Division) -> Result<(), RunError> {
        let name = self.layout.name(of.dataset);
        let before = division.sets.get(name).and_then(|set| set.run.as_deref());
        let now = of.writer.before().run();
        if now == before || now == Some(self.results.run()) {
            return Ok(());
        }
        let location = of.writer.dataset().location();
        let source = Box::new(DataError::Conflict { location, run: now.map(str::to_owned) });
        let node = self.maker(of.dataset);
        Err(RunError::Save { dataset: name.to_owned(), at: At::default(), node, source })
    }
}
