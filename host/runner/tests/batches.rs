//! Laws of batches that join a schedule while it runs, whatever they are, and whatever the order of events.
//!
//! The schedule: a slicer, tasks that have nothing to do with it, a gated barrier and a task behind it. When the slicer
//! is called, batches join, a few at a time; when the last of them is forgotten, the barrier is opened.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use proptest::sample::Index;
use typed_index_collections::{TiVec, ti_vec};
use wpipe_runner::{
    Action, Batch, BatchId, Entry, EntryId, Order, Placed, Policy, Schedule, Source, Task, TaskId, Transfer,
};

const SLICER: TaskId = TaskId::new(0);
const BARRIER: TaskId = TaskId::new(2);
/// The last of the tasks from the beginning.
const BEHIND: TaskId = TaskId::new(3);
/// The dataset that the barrier makes, of which some entries of batches become a part.
const WHOLE: EntryId = EntryId::new(0);
/// Bytes of everything that is loaded or made.
const SIZE: u64 = 10;

#[derive(Debug, Clone)]
struct Case {
    template: Batch,
    parts: usize,
    depth: usize,
    policy: Policy,
    may_fail: bool,
    choices: Vec<u16>,
}

fn transfer() -> impl Strategy<Value = Transfer> {
    prop_oneof![Just(Transfer::Background), Just(Transfer::Together), Just(Transfer::InTurn)]
}

fn cases() -> impl Strategy<Value = Case> {
    let save = || prop::option::weighted(0.6, transfer());
    let task = (prop::collection::vec(any::<Index>(), 0..3), transfer(), save(), any::<bool>(), any::<bool>());
    let tasks = prop::collection::vec((task, any::<bool>()), 1..5);
    let free = prop::collection::vec((transfer(), any::<bool>()), 1..3);
    let order = prop_oneof![Just(Order::Listed), Just(Order::LongestPath { weights: TiVec::new() })];
    let memory = prop_oneof![Just(u64::MAX), 0_u64..120];
    let policy = (1_usize..4, order, memory, 1_usize..4, any::<bool>());
    let rest = (0_usize..9, 1_usize..4, any::<bool>(), prop::collection::vec(any::<u16>(), 64));
    (tasks, free, policy, rest).prop_map(|(tasks, free, (workers, order, memory, transfers, keep_going), rest)| {
        let (parts, depth, may_fail, choices) = rest;
        let policy = Policy { workers, order, memory, transfers, keep_going, ..Policy::default() };
        let mut batch = Batch::before(BARRIER);
        for (load, is_there) in free {
            let source = if is_there { Source::Memory } else { Source::Storage { after: None } };
            batch.entries.push(Entry { source, load, ..Entry::default() });
        }
        let frees = batch.entries.len();
        for (index, ((reads, load, save, reload, is_part), _)) in tasks.into_iter().enumerate() {
            let inputs: Vec<_> = reads.iter().map(|read| EntryId::new(read.index(batch.entries.len()))).collect();
            let maker = |&input: &EntryId| usize::from(input).checked_sub(frees).map(TaskId::new);
            let parents = inputs.iter().filter_map(maker).collect();
            let part_of = is_part.then_some(WHOLE);
            batch.entries.push(Entry { load, save, reload, part_of, ..Entry::default() });
            let outputs = vec![EntryId::new(frees + index)];
            batch.tasks.push(Task { parents, inputs, outputs, may_fail, ..Task::default() });
        }
        Case { template: batch, parts, depth, policy, may_fail, choices }
    })
}

struct World<'a> {
    case: &'a Case,
    schedule: Schedule,
    joined: usize,
    in_flight: BTreeMap<BatchId, (usize, Placed)>,
    under_way: Vec<Action>,
    in_memory: BTreeSet<EntryId>,
    /// Calls of batches: the part, and the task's place in the template.
    called: BTreeSet<(usize, TaskId)>,
    listed: Vec<TaskId>,
    saves: usize,
    collected: u64,
    failures: usize,
    is_opened: bool,
}

impl<'a> World<'a> {
    fn new(case: &'a Case) -> Self {
        let slicer = Task::default();
        let other = Task::default();
        let barrier = Task { parents: vec![SLICER], outputs: vec![WHOLE], is_gated: true, ..Task::default() };
        let behind = Task { parents: vec![BARRIER], inputs: vec![WHOLE], ..Task::default() };
        let tasks = ti_vec![slicer, other, barrier, behind];
        Self {
            schedule: Schedule::new(tasks, ti_vec![Entry::default()], case.policy.clone()),
            case,
            joined: 0,
            in_flight: BTreeMap::new(),
            under_way: Vec::new(),
            in_memory: BTreeSet::new(),
            called: BTreeSet::new(),
            listed: Vec::new(),
            saves: 0,
            collected: 0,
            failures: 0,
            is_opened: false,
        }
    }

    /// Makes the next batches join; opens the barrier when all have been forgotten.
    fn advance(&mut self) {
        while self.in_flight.len() < self.case.depth && self.joined < self.case.parts && !self.schedule.is_stopped() {
            let placed = self.schedule.join(self.case.template.clone());
            let entries = &self.case.template.entries;
            let memory = |&entry: &EntryId| entries[placed.place_of_entry(entry)].source == Source::Memory;
            self.in_memory.extend(placed.entry_ids().filter(memory));
            self.in_flight.insert(placed.batch, (self.joined, placed));
            self.joined += 1;
        }
        if self.in_flight.is_empty() && self.joined == self.case.parts && !self.is_opened {
            self.is_opened = true;
            self.schedule.open(BARRIER);
        }
    }

    /// Returns the batch of an entry, and the entry's place in it.
    fn of_entry(&self, entry: EntryId) -> Option<(BatchId, EntryId)> {
        let (batch, (_, placed)) = self.in_flight.iter().find(|(_, (_, placed))| placed.entries.contains(&entry))?;
        Some((*batch, placed.place_of_entry(entry)))
    }

    fn act(&mut self) -> Result<(), TestCaseError> {
        while let Some(action) = self.schedule.next_action() {
            match action {
                Action::Load(entry) => {
                    prop_assert!(!self.in_memory.contains(&entry), "{entry:?} is in memory already");
                    prop_assert!(self.of_entry(entry).is_some(), "{entry:?} is of a batch that is forgotten");
                }
                Action::Call(task) if task <= BEHIND => {
                    let before = self.listed.last().copied();
                    if self.case.policy.order == Order::Listed && self.case.policy.workers == 1 {
                        prop_assert!(before.is_none_or(|before| before < task), "{task:?} is called after {before:?}");
                    }
                    self.listed.push(task);
                    if task == BARRIER {
                        prop_assert!(self.in_flight.is_empty() && self.joined == self.case.parts);
                    }
                }
                Action::Call(task) => {
                    let batch = self.in_flight.values().find(|(_, placed)| placed.tasks.contains(&task));
                    let Some((part, placed)) = batch else { panic!("{task:?} is of a batch that is forgotten") };
                    let place = placed.place_of_task(task);
                    prop_assert!(self.called.insert((*part, place)), "{place:?} of {part} is called twice");
                    let inputs = &self.case.template.tasks[place].inputs;
                    let is_there = |&input: &EntryId| self.in_memory.contains(&placed.entry(input));
                    prop_assert!(inputs.iter().all(is_there));
                }
                Action::Save(entry) => {
                    prop_assert!(self.in_memory.contains(&entry), "{entry:?} is gone before its save");
                }
                Action::Release(entry) => {
                    prop_assert!(self.in_memory.remove(&entry), "{entry:?} is released twice");
                    prop_assert!(!self.under_way.contains(&Action::Save(entry)), "{entry:?} is being saved");
                    if let Some((_, place)) = self.of_entry(entry)
                        && self.case.template.entries[place].part_of.is_some()
                    {
                        self.collected += SIZE;
                    }
                    continue;
                }
                Action::Forget(batch) => {
                    let Some((_, placed)) = self.in_flight.remove(&batch) else {
                        panic!("{batch:?} is forgotten twice")
                    };
                    let left: Vec<_> = self.in_memory.range(placed.entries.clone()).collect();
                    prop_assert!(left.is_empty(), "{left:?} of {batch:?} are in memory");
                    let is_of_it = |action: &Action| match action {
                        Action::Load(entry) | Action::Save(entry) => placed.entries.contains(entry),
                        Action::Call(task) => placed.tasks.contains(task),
                        Action::Release(_) | Action::Forget(_) => false,
                    };
                    prop_assert!(!self.under_way.iter().any(is_of_it), "{batch:?} is under way");
                    self.advance();
                    continue;
                }
            }
            self.under_way.push(action);
        }
        Ok(())
    }

    fn happen(&mut self, which: usize, fails: bool) {
        let action = self.under_way.swap_remove(which % self.under_way.len());
        let is_listed = matches!(action, Action::Call(task) if task <= BEHIND);
        let fails = fails && !is_listed;
        self.failures += usize::from(fails);
        match (action, fails) {
            (Action::Load(entry), false) => {
                self.in_memory.insert(entry);
                self.schedule.loaded(entry, SIZE);
            }
            (Action::Load(entry), true) => self.schedule.load_failed(entry),
            (Action::Call(SLICER), _) => {
                self.advance();
                self.schedule.called(SLICER, &[]);
            }
            (Action::Call(BARRIER), _) => {
                self.in_memory.insert(WHOLE);
                self.schedule.called(BARRIER, &[self.collected]);
            }
            (Action::Call(task), _) if is_listed => self.schedule.called(task, &[]),
            (Action::Call(task), false) => {
                let placed = self.in_flight.values().map(|(_, placed)| placed);
                let Some(placed) = placed.into_iter().find(|placed| placed.tasks.contains(&task)) else {
                    panic!("{task:?} is of a batch that is forgotten")
                };
                let outputs = &self.case.template.tasks[placed.place_of_task(task)].outputs;
                self.in_memory.extend(outputs.iter().map(|&output| placed.entry(output)));
                self.schedule.called(task, &[SIZE]);
            }
            (Action::Call(task), true) => self.schedule.call_failed(task),
            (Action::Save(entry), false) => {
                self.saves += 1;
                self.schedule.saved(entry);
            }
            (Action::Save(entry), true) => self.schedule.save_failed(entry),
            (Action::Release(_) | Action::Forget(_), _) => unreachable!("these are over at once"),
        }
    }

    fn run(&mut self, failing: u16) -> Result<(), TestCaseError> {
        let mut choices = self.case.choices.iter().cycle();
        self.act()?;
        while !self.schedule.is_over() {
            prop_assert!(!self.under_way.is_empty(), "nothing is under way, and it is not over");
            let (which, chance) = (*choices.next().unwrap(), *choices.next().unwrap());
            self.happen(which.into(), chance % 256 < failing);
            self.act()?;
        }
        prop_assert!(self.under_way.is_empty());
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn every_part_goes_all_the_way_and_nothing_of_it_stays(case in cases()) {
        let mut world = World::new(&case);
        world.run(0)?;
        prop_assert!(world.schedule.is_complete());
        prop_assert_eq!(world.called.len(), case.parts * case.template.tasks.len());
        let saved = case.template.entries.iter().filter(|entry| entry.save.is_some()).count();
        prop_assert_eq!(world.saves, case.parts * saved);
        prop_assert!(world.in_memory.is_empty(), "{:?} are in memory", world.in_memory);
        prop_assert_eq!(world.schedule.used(), 0);
        prop_assert_eq!(world.listed.len(), 4);
    }

    #[test]
    fn what_may_fail_stops_nobody_else(case in cases(), failing in 1_u16..128) {
        let mut world = World::new(&case);
        world.run(failing)?;
        if world.failures == 0 || case.may_fail || case.policy.keep_going {
            prop_assert_eq!(world.joined, case.parts);
            prop_assert!(world.in_flight.is_empty(), "{:?} are in flight", world.in_flight);
            prop_assert!(world.schedule.is_complete());
            prop_assert_eq!(world.schedule.used(), 0);
        }
    }

    #[test]
    fn a_schedule_is_as_large_as_what_is_in_flight(case in cases()) {
        let mut world = World::new(&case);
        world.run(0)?;
        // Places are reused: no batch stands behind those that were in flight together, and one more.
        let room = 4 + (case.depth + 1) * case.template.tasks.len();
        let mut schedule = world.schedule;
        let placed = schedule.join(case.template.clone());
        prop_assert!(usize::from(placed.tasks.end) <= room, "{placed:?} of {room}");
    }
}
