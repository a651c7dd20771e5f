//! Multipipelines: how far each is.
//!
//! What is done for one partition is a batch of tasks and datasets that joins the schedule when its slice comes to it,
//! and leaves it when nothing of it is needed or owed. So a run holds what is in flight, however many partitions there
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

/// How far a multipipeline is.
#[derive(Default)]
pub(super) struct Group {
    slices: TiVec<SliceId, TiVec<PartId, Part>>,
    lanes: Option<Lanes>,
    /// The resource that the calls of each lane take, so that a slice makes one call at a time.
    lane_resources: TiVec<LaneId, ResourceId>,
    /// Partitions that some node did not complete, and why.
    failed: BTreeMap<String, String>,
    /// Those of which no error of the run tells yet.
    unreported: BTreeMap<String, String>,
    /// Partitions that were left out because other sets of the join do not have them yet.
    awaited: BTreeSet<String>,
    totals: BTreeMap<NodeId, Totals>,
    ended: usize,
    is_open: bool,
    /// The parameters that some partitions have, by the entry of `configure`.
    configured: HashMap<usize, Map<String, Value>>,
}

/// What all calls of a node came to.
#[derive(Default, Clone, Copy)]
pub(super) struct Totals {
    pub(super) duration: Duration,
    pub(super) counters: Counters,
    pub(super) peak_memory: u64,
}

/// What comes next of a multipipeline.
pub(super) enum Next {
    /// Something with a partition or a slice.
    Unit(Unit),
    /// Its barrier is to be opened: every slice has ended.
    Barrier,
    /// Nothing until something ends.
    Nothing,
}

impl Group {
    /// Remembers the partitions that others of the join are to have before they can be worked on.
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

    /// Lets go of the slices, after the barrier.
    pub(super) fn close(&mut self) {
        self.slices = TiVec::new();
    }

    /// What is to be done now. That the barrier is to be opened is said once.
    pub(super) fn next(&mut self) -> Next {
        let Some(lanes) = &mut self.lanes else { return Next::Nothing };
        match lanes.next() {
            Some(unit) => Next::Unit(unit),
            None if lanes.is_over() && !mem::replace(&mut self.is_open, true) => Next::Barrier,
            None => Next::Nothing,
        }
    }

    /// Nothing of a unit is in flight any more.
    pub(super) fn ended(&mut self, unit: Unit) {
        if let Some(lanes) = &mut self.lanes {
            lanes.ended(unit);
        }
    }

    /// Counts a partition that is through or has failed, and says how many are by now.
    pub(super) fn count_ended(&mut self) -> usize {
        self.ended += 1;
        self.ended
    }

    /// The resource that the calls of a unit's lane take.
    pub(super) fn lane_resource(&self, unit: Unit) -> ResourceId {
        self.lane_resources[unit.lane]
    }

    /// The partitions of a unit.
    pub(super) fn parts(&self, unit: Unit) -> &[Part] {
        let slice = &self.slices[unit.slice];
        match unit.part {
            Some(part) => std::slice::from_ref(&slice[part]),
            None => &slice.raw,
        }
    }

    /// The partitions of a unit that have not failed.
    pub(super) fn sound_parts(&self, unit: Unit) -> impl Iterator<Item = &Part> {
        self.parts(unit).iter().filter(|part| !self.failed.contains_key(&part.id))
    }

    /// Why a partition has failed, if it has.
    pub(super) fn failure(&self, id: &str) -> Option<&String> {
        self.failed.get(id)
    }

    /// The partitions that have failed, and why.
    pub(super) fn failed(&self) -> &BTreeMap<String, String> {
        &self.failed
    }

    /// The partitions of a unit have failed; gives back those that had not before. `is_reported` if an error of the run tells
    /// of it.
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

    /// Takes the failed partitions of which no error of the run tells yet.
    pub(super) fn take_unreported(&mut self) -> BTreeMap<String, String> {
        mem::take(&mut self.unreported)
    }

    /// The first partition that a later run has to work on again.
    pub(super) fn first_failed(&self) -> Option<&String> {
        self.failed.keys().next()
    }

    /// The partitions that wait for other sets of the join.
    pub(super) fn awaited(&self) -> &BTreeSet<String> {
        &self.awaited
    }

    /// Adds a call to what all calls of its node came to.
    pub(super) fn add(&mut self, node: NodeId, outcome: &Outcome) {
        let totals = self.totals.entry(node).or_default();
        totals.duration += outcome.duration;
        totals.counters.copied += outcome.counters.copied;
        totals.counters.mapped += outcome.counters.mapped;
        totals.counters.moved += outcome.counters.moved;
        totals.peak_memory = totals.peak_memory.max(outcome.peak_memory);
    }

    /// What all calls of a node came to.
    pub(super) fn totals(&self, node: NodeId) -> Totals {
        self.totals.get(&node).copied().unwrap_or_default()
    }

    /// The parameters of a partition that has its own, which are put together once for each entry of `configure`.
    pub(super) fn configured(
        &mut self,
        unit: Unit,
        make: impl FnOnce(&Part) -> Map<String, Value>,
    ) -> Option<&Map<String, Value>> {
        let part = &self.slices[unit.slice][unit.part?];
        Some(self.configured.entry(part.configure?).or_insert_with(|| make(part)))
    }
}
