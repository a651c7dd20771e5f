//! The progress of multipipelines.
//!
//! The work for one partition is a batch of tasks and datasets that joins the schedule when its slice comes to it, and
//! leaves it when nothing of it is needed or owed. So a run holds the work in flight, however many partitions there
//! are.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem;
use std::time::Duration;

use serde_json::{Map, Value};
use typed_index_collections::TiVec;
use wpipe_buffer::Counters;
use wpipe_pipeline::{NodeId, Part};
use wpipe_sandbox::Outcome;

use crate::schedule::{LaneId, Lanes, PartId, ResourceId, SliceId, Unit};

/// The progress of a multipipeline.
#[derive(Default)]
pub(super) struct Group {
    slices: TiVec<SliceId, TiVec<PartId, Part>>,
    lanes: Option<Lanes>,
    /// The resource that the calls of each lane take, so that a slice makes one call at a time.
    lane_resources: TiVec<LaneId, ResourceId>,
    /// Partitions that some node did not complete, and why.
    failed: BTreeMap<String, String>,
    /// Those that no error of the run names yet.
    unreported: BTreeMap<String, String>,
    /// Partitions that were left out because other sets of the join do not have them yet.
    awaited: BTreeSet<String>,
    totals: BTreeMap<NodeId, Totals>,
    ended: usize,
    is_open: bool,
    /// The parameters that some partitions have, by the entry of `configure`.
    configured: HashMap<usize, Map<String, Value>>,
}

/// The totals of all calls of a node.
#[derive(Default, Clone, Copy)]
pub(super) struct Totals {
    pub(super) duration: Duration,
    pub(super) counters: Counters,
    pub(super) peak_memory: u64,
}

/// The next work of a multipipeline.
pub(super) enum Next {
    /// Work on a partition or a slice.
    Unit(Unit),
    /// The opening of its barrier: every slice has ended.
    Barrier,
    /// Nothing until some work ends.
    Nothing,
}

impl Group {
    /// Remembers the partitions that must be in other sets of the join before they can be worked on.
    pub(super) fn await_partitions(&mut self, awaited: BTreeSet<String>) {
        self.awaited = awaited;
    }

    /// Begins with the slices; `resource` makes the resource of a lane.
    pub(super) fn open(
        &mut self,
        slices: TiVec<SliceId, TiVec<PartId, Part>>,
        lanes: Lanes,
        resource: impl FnMut(LaneId) -> ResourceId,
    ) {
        self.lane_resources = lanes.ids().map(resource).collect();
        self.lanes = Some(lanes);
        self.slices = slices;
    }

    /// Drops the slices, after the barrier.
    pub(super) fn close(&mut self) {
        self.slices = TiVec::new();
    }

    /// Returns the next work. The opening of the barrier is returned once.
    pub(super) fn next(&mut self) -> Next {
        let Some(lanes) = &mut self.lanes else { return Next::Nothing };
        match lanes.next() {
            Some(unit) => Next::Unit(unit),
            None if lanes.is_over() && !mem::replace(&mut self.is_open, true) => Next::Barrier,
            None => Next::Nothing,
        }
    }

    /// Notes that nothing of a unit is in flight any more.
    pub(super) fn ended(&mut self, unit: Unit) {
        if let Some(lanes) = &mut self.lanes {
            lanes.ended(unit);
        }
    }

    /// Counts a partition that is through or has failed, and returns the count so far.
    pub(super) fn count_ended(&mut self) -> usize {
        self.ended += 1;
        self.ended
    }

    /// Returns the resource that the calls of a unit's lane take.
    pub(super) fn lane_resource(&self, unit: Unit) -> ResourceId {
        self.lane_resources[unit.lane]
    }

    /// Returns the partitions of a unit.
    pub(super) fn parts(&self, unit: Unit) -> &[Part] {
        let slice = &self.slices[unit.slice];
        match unit.part {
            Some(part) => std::slice::from_ref(&slice[part]),
            None => &slice.raw,
        }
    }

    /// Returns the partitions of a unit that have not failed.
    pub(super) fn sound_parts(&self, unit: Unit) -> impl Iterator<Item = &Part> {
        self.parts(unit).iter().filter(|part| !self.failed.contains_key(&part.id))
    }

    /// Returns the reason why a partition has failed, if it has.
    pub(super) fn failure(&self, id: &str) -> Option<&String> {
        self.failed.get(id)
    }

    /// Returns the failed partitions, with the reasons.
    pub(super) fn failed(&self) -> &BTreeMap<String, String> {
        &self.failed
    }

    /// Fails the partitions of a unit; returns those that had not failed before. `is_reported` if an error of the run
    /// reports it.
    pub(super) fn fail(&mut self, unit: Unit, reason: &str, is_reported: bool) -> Vec<String> {
        let failed: Vec<_> = self.sound_parts(unit).map(|part| part.id.clone()).collect();
        for id in &failed {
            self.failed.insert(id.clone(), reason.to_owned());
            if !is_reported {
                self.unreported.insert(id.clone(), reason.to_owned());
            }
        }
        failed
    }

    /// Takes over partitions that failed in another process, with the reasons.
    pub(super) fn fail_partitions(&mut self, failed: &BTreeMap<String, String>) {
        self.failed.extend(failed.clone());
        self.unreported.extend(failed.clone());
    }

    /// Takes the failed partitions that no error of the run names yet.
    pub(super) fn take_unreported(&mut self) -> BTreeMap<String, String> {
        mem::take(&mut self.unreported)
    }

    /// Returns the first partition that a later run has to work on again.
    pub(super) fn first_failed(&self) -> Option<&String> {
        self.failed.keys().next()
    }

    /// Returns the partitions that wait for other sets of the join.
    pub(super) fn awaited(&self) -> &BTreeSet<String> {
        &self.awaited
    }

    /// Adds a call to the totals of its node.
    pub(super) fn add(&mut self, node: NodeId, outcome: &Outcome) {
        let totals = self.totals.entry(node).or_default();
        totals.duration += outcome.duration;
        totals.counters.copied += outcome.counters.copied;
        totals.counters.mapped += outcome.counters.mapped;
        totals.counters.moved += outcome.counters.moved;
        totals.peak_memory = totals.peak_memory.max(outcome.peak_memory);
    }

    /// Returns the totals of a node's calls.
    pub(super) fn totals(&self, node: NodeId) -> Totals {
        self.totals.get(&node).copied().unwrap_or_default()
    }

    /// Returns the parameters of a partition that has its own, which are put together once for each entry of
    /// `configure`.
    pub(super) fn configured(
        &mut self,
        unit: Unit,
        make: impl FnOnce(&Part) -> Map<String, Value>,
    ) -> Option<&Map<String, Value>> {
        let part = &self.slices[unit.slice][unit.part?];
        Some(self.configured.entry(part.configure?).or_insert_with(|| make(part)))
    }
}
