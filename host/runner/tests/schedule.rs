//! Laws of the schedule, whatever the graph, the rules, and the order of events.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::Index;
use typed_index_collections::{TiVec, ti_vec};
use wpipe_runner::{Action, Entry, EntryId, Order, Policy, ResourceId, Schedule, Source, Task, TaskId, Transfer};

/// A schedule's plan, and a stream of choices that stands for the world.
#[derive(Debug, Clone)]
struct Case {
    tasks: TiVec<TaskId, Task>,
    entries: TiVec<EntryId, Entry>,
    policy: Policy,
    choices: Vec<u16>,
}

/// The only resource.
const RESOURCE: ResourceId = ResourceId::new(0);

fn transfer() -> impl Strategy<Value = Transfer> {
    prop_oneof![Just(Transfer::Background), Just(Transfer::Together), Just(Transfer::InTurn)]
}

fn entry() -> impl Strategy<Value = Entry> {
    let save = prop::option::weighted(0.7, transfer());
    (transfer(), save, any::<bool>(), prop::bool::weighted(0.2), 0_u64..50)
        .prop_map(|(load, save, reload, kept, size)| Entry { load, save, reload, kept, size, ..Entry::default() })
}

fn policy() -> impl Strategy<Value = Policy> {
    let order = prop_oneof![Just(Order::Listed), Just(Order::LongestPath { weights: TiVec::new() })];
    let memory = prop_oneof![Just(u64::MAX), 0_u64..120];
    (1_usize..4, order, memory, 1_usize..4, any::<bool>(), any::<bool>()).prop_map(
        |(workers, order, memory, transfers, keep_going, stop_on_save_error)| Policy {
            workers,
            order,
            memory,
            transfers,
            keep_going,
            stop_on_save_error,
            resources: ti_vec![2],
        },
    )
}

/// Generates cases: task `i` makes the datasets `2i` and `2i + 1` and reads datasets of earlier tasks; some are free
/// inputs, from memory or storage, and some are read back under the name of another format.
fn cases() -> impl Strategy<Value = Case> {
    (1_usize..12).prop_flat_map(|len| {
        let reads = prop::collection::vec(prop::collection::vec(any::<Index>(), 0..4), len);
        let entries = prop::collection::vec(entry(), 2 * len);
        let free = prop::collection::vec((any::<Index>(), entry(), 0_u8..3, any::<Index>()), 0..6);
        let needs = prop::collection::vec(0_u64..3, len);
        let choices = prop::collection::vec(any::<u16>(), 64);
        (reads, entries, free, needs, policy(), choices).prop_map(|(reads, entries, free, needs, policy, choices)| {
            case(&reads, entries.into(), free, &needs, policy, choices)
        })
    })
}

fn case(
    reads: &[Vec<Index>],
    mut entries: TiVec<EntryId, Entry>,
    free: Vec<(Index, Entry, u8, Index)>,
    needs: &[u64],
    policy: Policy,
    choices: Vec<u16>,
) -> Case {
    let mut tasks: TiVec<TaskId, Task> = TiVec::new();
    let maker = |entry: EntryId| TaskId::new(usize::from(entry) / 2);
    for (index, reads) in reads.iter().enumerate() {
        let input = |read: &Index| EntryId::new(read.index(2 * index));
        let inputs: Vec<_> = if index == 0 { vec![] } else { reads.iter().map(input).collect() };
        let parents = inputs.iter().copied().map(maker).collect();
        let outputs = [2 * index, 2 * index + 1].map(EntryId::new).to_vec();
        let needs = vec![(RESOURCE, needs[index])];
        tasks.push(Task { parents, inputs, outputs, needs, ..Task::default() });
    }
    for (reader, entry, kind, twin) in free {
        let reader = TaskId::new(reader.index(tasks.len()));
        let dataset = entries.next_key();
        let source = match kind {
            0 => Source::Memory,
            1 if reader > TaskId::new(0) => {
                let after = EntryId::new(twin.index(2 * usize::from(reader)));
                tasks[reader].parents.push(maker(after));
                entries[after].save.get_or_insert_default();
                Source::Storage { after: Some(after) }
            }
            _ => Source::Storage { after: None },
        };
        tasks[reader].inputs.push(dataset);
        entries.push(Entry { source, save: None, kept: false, ..entry });
    }
    Case { tasks, entries, policy, choices }
}

/// The world around a schedule: the work under way, and the bounds of the laws.
struct World<'a> {
    case: &'a Case,
    schedule: Schedule,
    under_way: Vec<Action>,
    in_memory: BTreeSet<EntryId>,
    called: BTreeSet<TaskId>,
    complete: BTreeSet<TaskId>,
    produced: BTreeSet<EntryId>,
    saved: BTreeSet<EntryId>,
    failures: usize,
}

impl<'a> World<'a> {
    fn new(case: &'a Case) -> Self {
        let memory = |(index, entry): (EntryId, &Entry)| (entry.source == Source::Memory).then_some(index);
        Self {
            schedule: Schedule::new(case.tasks.clone(), case.entries.clone(), case.policy.clone()),
            in_memory: case.entries.iter_enumerated().filter_map(memory).collect(),
            case,
            under_way: Vec::new(),
            called: BTreeSet::new(),
            complete: BTreeSet::new(),
            produced: BTreeSet::new(),
            saved: BTreeSet::new(),
            failures: 0,
        }
    }

    fn count(&self, kind: impl Fn(&Action) -> bool) -> usize {
        self.under_way.iter().filter(|action| kind(action)).count()
    }

    /// Takes every available action, and checks each against the laws.
    fn act(&mut self) -> Result<(), TestCaseError> {
        let Case { tasks, entries, policy, .. } = self.case;
        while let Some(action) = self.schedule.next_action() {
            match action {
                Action::Load(dataset) => {
                    prop_assert!(!self.in_memory.contains(&dataset), "{dataset:?} is in memory already");
                    let stored = match entries[dataset].source {
                        Source::Storage { after: None } => true,
                        Source::Storage { after: Some(after) } => self.saved.contains(&after),
                        Source::Task => self.saved.contains(&dataset),
                        Source::Memory => false,
                    };
                    prop_assert!(stored, "{dataset:?} is not in storage");
                    prop_assert!(self.schedule.readers_left(dataset) > 0, "nobody reads {dataset:?}");
                }
                Action::Call(task) => {
                    prop_assert!(self.called.insert(task), "{task:?} is called twice");
                    let parents = &tasks[task].parents;
                    prop_assert!(parents.iter().all(|parent| self.complete.contains(parent)));
                    prop_assert!(tasks[task].inputs.iter().all(|input| self.in_memory.contains(input)));
                    let running = self.count(|action| matches!(action, Action::Call(_)));
                    prop_assert!(running < policy.workers, "more calls than workers");
                    let taken: u64 = self
                        .under_way
                        .iter()
                        .filter_map(|action| if let Action::Call(task) = action { Some(*task) } else { None })
                        .map(|task| tasks[task].needs[0].1)
                        .sum();
                    prop_assert!(
                        taken + tasks[task].needs[0].1 <= policy.resources[RESOURCE],
                        "too much of a resource"
                    );
                    if policy.order == Order::Listed && policy.workers == 1 {
                        prop_assert!(self.called.iter().all(|&other| other <= task) || policy.keep_going);
                    }
                }
                Action::Save(dataset) => {
                    prop_assert!(self.in_memory.contains(&dataset), "{dataset:?} is gone before its save");
                }
                Action::Release(dataset) => {
                    prop_assert!(self.in_memory.remove(&dataset), "{dataset:?} is released twice");
                    prop_assert!(!self.under_way.contains(&Action::Save(dataset)), "{dataset:?} is being saved");
                    prop_assert!(!entries[dataset].kept, "{dataset:?} is to be kept");
                    continue;
                }
                Action::Forget(_) => unreachable!("no batch has joined"),
            }
            self.under_way.push(action);
        }
        Ok(())
    }

    /// Ends one of the loads, calls or saves that are under way.
    fn happen(&mut self, which: usize, fails: bool) {
        let action = self.under_way.swap_remove(which % self.under_way.len());
        self.failures += usize::from(fails);
        match (action, fails) {
            (Action::Load(dataset), false) => {
                self.in_memory.insert(dataset);
                self.schedule.loaded(dataset, 7);
            }
            (Action::Load(dataset), true) => self.schedule.load_failed(dataset),
            (Action::Call(task), false) => {
                let outputs = self.case.tasks[task].outputs.clone();
                self.in_memory.extend(&outputs);
                self.produced.extend(&outputs);
                self.schedule.called(task, &vec![11; outputs.len()]);
            }
            (Action::Call(task), true) => self.schedule.call_failed(task),
            (Action::Save(dataset), false) => {
                self.saved.insert(dataset);
                self.schedule.saved(dataset);
            }
            (Action::Save(dataset), true) => self.schedule.save_failed(dataset),
            (Action::Release(_) | Action::Forget(_), _) => unreachable!("a release is over at once"),
        }
        self.note_complete();
    }

    /// Notes a task as complete when its outputs are there and those that it saves itself are saved.
    fn note_complete(&mut self) {
        for (index, task) in self.case.tasks.iter_enumerated() {
            let ended = |&dataset: &EntryId| match self.case.entries[dataset].save {
                Some(Transfer::Together | Transfer::InTurn) => {
                    self.saved.contains(&dataset)
                        || self.failures > 0 && !self.under_way.contains(&Action::Save(dataset))
                }
                _ => true,
            };
            let outputs = &task.outputs;
            if outputs.iter().all(|output| self.produced.contains(output)) && outputs.iter().all(ended) {
                self.complete.insert(index);
            }
        }
    }

    /// Runs to the end; `failing` in 256 actions fail.
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
        for &dataset in &self.produced {
            if self.case.entries[dataset].save.is_some() && self.failures == 0 {
                prop_assert!(self.saved.contains(&dataset), "the save of {dataset:?} was lost");
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_order_of_events_is_a_valid_run(case in cases()) {
        let mut world = World::new(&case);
        world.run(0)?;
        prop_assert!(world.schedule.is_complete());
        prop_assert_eq!(world.called.len(), case.tasks.len());
        let kept: BTreeSet<_> = case.entries.keys().filter(|&dataset| case.entries[dataset].kept).collect();
        prop_assert_eq!(&world.in_memory, &kept, "in the end only what is kept is in memory");
        prop_assert_eq!(world.schedule.used(), 11 * kept.len() as u64);
    }

    #[test]
    fn failures_end_a_run_in_good_order(case in cases(), failing in 1_u16..128) {
        let mut world = World::new(&case);
        world.run(failing)?;
        if world.failures == 0 {
            prop_assert!(world.schedule.is_complete());
        }
        // No task has read an output of a failed one.
        for &task in &world.called {
            prop_assert!(!world.schedule.is_blocked(task));
        }
        if case.policy.keep_going && !case.policy.stop_on_save_error {
            for task in case.tasks.keys() {
                prop_assert!(world.called.contains(&task) || world.schedule.is_blocked(task), "{:?} was forgotten", task);
            }
        }
    }

    #[test]
    fn what_is_owed_is_saved_after_a_stop(case in cases(), after in 0_usize..20) {
        let mut world = World::new(&case);
        world.act()?;
        let mut choices = case.choices.iter();
        for _ in 0..after {
            if world.under_way.is_empty() { break; }
            world.happen((*choices.next().unwrap()).into(), false);
            world.act()?;
        }
        world.schedule.stop();
        let called = world.called.clone();
        world.run(0)?;
        prop_assert_eq!(called, world.called.clone(), "nothing begins after a stop");
    }

    #[test]
    fn one_worker_follows_the_list(mut case in cases()) {
        case.policy = Policy { workers: 1, resources: ti_vec![2], memory: case.policy.memory, ..Policy::default() };
        let mut schedule = Schedule::new(case.tasks.clone(), case.entries.clone(), case.policy.clone());
        let mut calls = Vec::new();
        while let Some(action) = schedule.next_action() {
            match action {
                Action::Load(dataset) => schedule.loaded(dataset, 1),
                Action::Save(dataset) => schedule.saved(dataset),
                Action::Call(task) => {
                    calls.push(task);
                    schedule.called(task, &[1, 1]);
                }
                Action::Release(_) | Action::Forget(_) => {}
            }
        }
        prop_assert!(schedule.is_over() && schedule.is_complete());
        prop_assert!(calls.is_sorted());
    }
}

/// Returns a chain of tasks, each with one output that is saved in the background.
fn chain(len: usize) -> (TiVec<TaskId, Task>, TiVec<EntryId, Entry>) {
    let task = |index: usize| Task {
        parents: index.checked_sub(1).map(TaskId::new).into_iter().collect(),
        inputs: index.checked_sub(1).map(EntryId::new).into_iter().collect(),
        outputs: vec![EntryId::new(index)],
        ..Task::default()
    };
    let entry = Entry { save: Some(Transfer::Background), ..Entry::default() };
    ((0..len).map(task).collect(), ti_vec![entry; len])
}

const FIRST: TaskId = TaskId::new(0);
const SECOND: TaskId = TaskId::new(1);
/// The output of the first task of a chain.
const MADE: EntryId = EntryId::new(0);

#[test]
fn over_the_memory_budget_producers_wait_for_saves() {
    let (tasks, entries) = chain(3);
    let mut schedule = Schedule::new(tasks, entries, Policy { memory: 100, ..Policy::default() });
    assert_eq!(schedule.next_action(), Some(Action::Call(FIRST)));
    schedule.called(FIRST, &[100]);
    assert_eq!(schedule.next_action(), Some(Action::Save(MADE)));
    assert_eq!(schedule.next_action(), None);
    assert!(schedule.is_short_of_memory());
    schedule.saved(MADE);
    assert_eq!(schedule.next_action(), Some(Action::Call(SECOND)), "only running it frees its input, so it runs");
    assert!(!schedule.is_short_of_memory());
}

#[test]
fn a_failed_save_takes_only_readers_of_storage_with_it() {
    for reload in [false, true] {
        let (tasks, mut entries) = chain(2);
        entries[MADE].reload = reload;
        let policy = Policy { keep_going: true, ..Policy::default() };
        let mut schedule = Schedule::new(tasks, entries, policy);
        assert_eq!(schedule.next_action(), Some(Action::Call(FIRST)));
        schedule.called(FIRST, &[1]);
        assert_eq!(schedule.next_action(), Some(Action::Save(MADE)));
        schedule.save_failed(MADE);
        let called = std::iter::from_fn(|| schedule.next_action()).any(|action| action == Action::Call(SECOND));
        assert_eq!(called, !reload);
        assert_eq!(schedule.is_blocked(SECOND), reload);
    }
}
