//! The slices of a multipipeline, and the order of their partitions.
//!
//! So many slices are open as may run at once. Each takes its partitions one after the other through a chain of stages,
//! with a few in flight: the next ones are loaded and the last ones saved while one is computed.

use std::collections::VecDeque;

use typed_index_collections::{TiVec, ti_vec};

use super::ids::{LaneId, PartId, SliceId, StageId};

/// Slices that are worked through.
#[derive(Debug, Clone)]
pub(crate) struct Lanes {
    /// The number of partitions in each slice.
    part_counts: TiVec<SliceId, usize>,
    stages: TiVec<StageId, Stage>,
    /// The number of units of one slice that may be in flight.
    depth: usize,
    waiting: VecDeque<SliceId>,
    open: TiVec<LaneId, Option<Lane>>,
}

/// The work on a slice before its next stage begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Work on each partition.
    Partitions,
    /// Work on all of them at once.
    Slice,
}

/// The next work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Unit {
    /// The lane of its slice.
    pub(crate) lane: LaneId,
    pub(crate) slice: SliceId,
    pub(crate) stage: StageId,
    /// The partition, by its place in the slice; `None` for all of them.
    pub(crate) part: Option<PartId>,
}

#[derive(Debug, Clone, Copy)]
struct Lane {
    slice: SliceId,
    stage: StageId,
    /// The place of the unit that comes next.
    next: usize,
    in_flight: usize,
}

impl Lanes {
    /// Returns slices with these numbers of partitions, `most` of them open at once.
    pub(crate) fn new(
        part_counts: TiVec<SliceId, usize>,
        stages: TiVec<StageId, Stage>,
        most: usize,
        depth: usize,
    ) -> Self {
        let open = ti_vec![None; most.min(part_counts.len())];
        Self { waiting: part_counts.keys().collect(), part_counts, stages, depth, open }
    }

    /// Returns the slices that are open at once, by their lanes.
    pub(crate) fn ids(&self) -> impl Iterator<Item = LaneId> + use<> {
        self.open.keys()
    }

    /// Returns the unit that may begin now.
    pub(crate) fn next(&mut self) -> Option<Unit> {
        self.open.keys().find_map(|lane| self.next_of(lane))
    }

    /// Notes that a unit has ended, with nothing of it in flight.
    pub(crate) fn ended(&mut self, unit: Unit) {
        if let Some(lane) = &mut self.open[unit.lane] {
            lane.in_flight -= 1;
        }
    }

    /// Returns true if every slice has ended; call it when there is no next unit.
    pub(crate) fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.open.iter().all(Option::is_none)
    }

    fn next_of(&mut self, id: LaneId) -> Option<Unit> {
        loop {
            if self.open[id].is_none() {
                let slice = self.waiting.pop_front()?;
                self.open[id] = Some(Lane { slice, stage: StageId::new(0), next: 0, in_flight: 0 });
            }
            let lane = self.open[id].as_mut()?;
            let Some(stage) = self.stages.get(lane.stage) else {
                self.open[id] = None;
                continue;
            };
            let units = match stage {
                Stage::Partitions => self.part_counts[lane.slice],
                Stage::Slice => 1,
            };
            if lane.next < units {
                if lane.in_flight == self.depth {
                    return None;
                }
                let part = (*stage == Stage::Partitions).then_some(PartId::new(lane.next));
                lane.next += 1;
                lane.in_flight += 1;
                return Some(Unit { lane: id, slice: lane.slice, stage: lane.stage, part });
            }
            if lane.in_flight > 0 {
                return None;
            }
            lane.stage = StageId::new(usize::from(lane.stage) + 1);
            lane.next = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn stages() -> impl Strategy<Value = Vec<Stage>> {
        prop::collection::vec(prop_oneof![Just(Stage::Partitions), Just(Stage::Slice)], 1..4)
    }

    proptest! {
        #[test]
        fn every_unit_comes_once_in_the_order_of_stages(
            slices in prop::collection::vec(1_usize..6, 0..5),
            stages in stages(),
            most in 1_usize..4,
            depth in 1_usize..4,
            choices in prop::collection::vec(any::<prop::sample::Index>(), 400),
        ) {
            let mut lanes = Lanes::new(slices.clone().into(), stages.clone().into(), most, depth);
            let mut choices = choices.iter();
            let mut flying: Vec<Unit> = Vec::new();
            let mut seen = BTreeSet::new();
            loop {
                while let Some(unit) = lanes.next() {
                    prop_assert!(seen.insert((unit.slice, unit.stage, unit.part)), "{unit:?} came twice");
                    let same = || flying.iter().filter(|other| other.lane == unit.lane);
                    prop_assert!(same().all(|other| (other.slice, other.stage) == (unit.slice, unit.stage)));
                    prop_assert!(same().count() < depth);
                    flying.push(unit);
                }
                let open: BTreeSet<_> = flying.iter().map(|unit| unit.slice).collect();
                prop_assert!(open.len() <= most);
                if flying.is_empty() {
                    break;
                }
                let ended = flying.swap_remove(choices.next().unwrap().index(flying.len()));
                lanes.ended(ended);
            }
            prop_assert!(lanes.is_over());
            let units = |parts: &usize| stages.iter().map(|stage| if *stage == Stage::Slice { 1 } else { *parts }).sum::<usize>();
            prop_assert_eq!(seen.len(), slices.iter().map(units).sum::<usize>());
        }
    }
}
