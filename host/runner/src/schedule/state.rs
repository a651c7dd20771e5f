//! The state of a run: its decisions so far, and the next ones.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;

use typed_index_collections::{TiVec, ti_vec};

use super::batches::Batches;
use super::ids::{BatchId, EntryId, ResourceId, TaskId};
use super::plan::{Entry, Order, Policy, Source, Task, Transfer};
use super::rank::{Rank, ranks};
use super::rows::{EntryRow, Phase, Residency, SaveState, TaskRow};

/// The next work of a driver. Each action is begun when it is handed out; loads, calls and saves end with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Load a dataset: [`Schedule::loaded`] or [`Schedule::load_failed`] follows.
    Load(EntryId),
    /// Call a task, all of whose inputs are in memory: [`Schedule::called`] or [`Schedule::call_failed`] follows.
    Call(TaskId),
    /// Save a dataset: [`Schedule::saved`] or [`Schedule::save_failed`] follows.
    Save(EntryId),
    /// Release a dataset's buffer, which is needed no more, or make it a part of the dataset that it is [a part
    /// of](Entry::part_of).
    Release(EntryId),
    /// Forget a batch: its tasks have ended, and its datasets are neither needed nor owed. Another may take its place.
    Forget(BatchId),
}

/// The work that a run has done and may do.
///
/// ```
/// use wpipe_runner::{Action, Entry, EntryId, Policy, Schedule, Task, TaskId, Transfer};
///
/// let (producer, consumer, made) = (TaskId::new(0), TaskId::new(1), EntryId::new(0));
/// let produce = Task { outputs: vec![made], ..Task::default() };
/// let consume = Task { parents: vec![producer], inputs: vec![made], ..Task::default() };
/// let teed = Entry { save: Some(Transfer::Background), ..Entry::default() };
/// let mut schedule = Schedule::new(vec![produce, consume].into(), vec![teed].into(), Policy::default());
///
/// assert_eq!(schedule.next_action(), Some(Action::Call(producer)));
/// assert_eq!(schedule.next_action(), None, "nothing else is ready");
/// schedule.called(producer, &[64]);
/// assert_eq!(schedule.next_action(), Some(Action::Save(made)));
/// assert_eq!(schedule.next_action(), Some(Action::Call(consumer)), "the consumer does not wait for the save");
/// schedule.called(consumer, &[]);
/// assert_eq!(schedule.next_action(), None, "the save still needs the buffer");
/// schedule.saved(made);
/// assert_eq!(schedule.next_action(), Some(Action::Release(made)));
/// assert!(schedule.is_over());
/// ```
#[derive(Debug, Clone)]
pub struct Schedule {
    pub(super) tasks: TiVec<TaskId, TaskRow>,
    pub(super) entries: TiVec<EntryId, EntryRow>,
    pub(super) policy: Policy,
    pub(super) batches: Batches,
    ready: BTreeMap<Rank, TaskId>,
    /// With [`Order::Listed`], the tasks that have not begun.
    upcoming: BTreeSet<Rank>,
    /// Background loads that may begin, the most urgent first.
    loads: BTreeSet<(Rank, EntryId)>,
    /// Background saves that may begin, the oldest first.
    saves: VecDeque<EntryId>,
    /// Actions that are decided and not yet handed out.
    pub(super) decided: VecDeque<Action>,

    pub(super) used: u64,
    /// The bytes that the loads under way will take, as far as is known.
    loading: u64,
    running: usize,
    transfers: usize,
    /// The free amount of each resource.
    pub(super) free: TiVec<ResourceId, u64>,
    complete: usize,
    stopped: bool,
    short_of_memory: bool,
}

impl Schedule {
    /// Returns a schedule of `tasks` over the datasets `entries`.
    ///
    /// # Panics
    ///
    /// Panics if a task is not listed behind its parents, names a dataset or resource that is not there, or needs more
    /// of a resource than there is.
    pub fn new(tasks: TiVec<TaskId, Task>, entries: TiVec<EntryId, Entry>, policy: Policy) -> Self {
        let mut children: TiVec<TaskId, Vec<TaskId>> = ti_vec![Vec::new(); tasks.len()];
        for (id, task) in tasks.iter_enumerated() {
            assert!(task.parents.iter().all(|&parent| parent < id), "tasks stand behind their parents");
            assert!(task.needs.iter().all(|&(resource, amount)| amount <= policy.resources[resource]));
            for &parent in &task.parents {
                // A parent that is listed twice is waited for once.
                if children[parent].last() != Some(&id) {
                    children[parent].push(id);
                }
            }
        }
        let ranks = ranks(&children, &policy.order);
        let listed = tasks.len();
        let tasks = tasks.into_iter().zip(ranks).map(|(task, rank)| TaskRow::new(task.sorted(), rank, None));
        let entries = entries.into_iter().map(|entry| EntryRow::new(entry.settled(), None));
        let mut schedule = Self {
            tasks: tasks.collect(),
            entries: entries.collect(),
            ready: BTreeMap::new(),
            upcoming: BTreeSet::new(),
            batches: Batches::new(listed),
            loads: BTreeSet::new(),
            saves: VecDeque::new(),
            decided: VecDeque::new(),
            used: 0,
            loading: 0,
            running: 0,
            transfers: 0,
            free: policy.resources.clone(),
            complete: 0,
            stopped: false,
            short_of_memory: false,
            policy,
        };
        for (row, children) in schedule.tasks.iter_mut().zip(children) {
            row.children = children;
        }
        for task in schedule.tasks.keys() {
            schedule.join_ends(task);
        }
        for entry in schedule.entries.keys() {
            if let Source::Storage { after: Some(after) } = schedule.entries[entry].plan.source {
                schedule.entries[after].twins.push(entry);
            }
        }
        schedule.used = schedule.entries.iter().map(|entry| entry.bytes).sum();
        let (tasks, entries): (Vec<_>, Vec<_>) = (schedule.tasks.keys().collect(), schedule.entries.keys().collect());
        schedule.begin(tasks.into_iter(), entries.into_iter());
        schedule
    }

    /// Enters a task as reader and maker of its datasets.
    pub(super) fn join_ends(&mut self, task: TaskId) {
        let plan = &self.tasks[task].plan;
        for &input in &plan.inputs {
            self.entries[input].consumers.push(task);
            self.entries[input].readers_left += 1;
        }
        for &output in &plan.outputs {
            self.entries[output].producer = Some(task);
        }
    }

    /// Makes new tasks wait for their inputs, and offers the loads of new datasets.
    pub(super) fn begin(&mut self, tasks: impl Iterator<Item = TaskId>, entries: impl Iterator<Item = EntryId>) {
        for task in tasks {
            if self.policy.order == Order::Listed {
                self.upcoming.insert(self.tasks[task].rank);
            }
            let inputs = self.tasks[task].plan.inputs.iter();
            self.tasks[task].inputs_left = inputs.filter(|&&input| self.is_awaited(input)).count();
            self.consider(task);
        }
        for dataset in entries {
            self.release_if_unneeded(dataset);
            self.offer_load(dataset);
        }
    }

    /// Lets a [gated](Task::is_gated) task start.
    pub fn open(&mut self, task: TaskId) {
        self.tasks[task].parents_left -= 1;
        self.consider(task);
    }

    /// Returns the next action; `None` until the next event, or for ever if [`Schedule::is_over`].
    pub fn next_action(&mut self) -> Option<Action> {
        if let Some(action) = self.decided.pop_front() {
            if let Action::Forget(batch) = action {
                self.batches.forget(batch);
            }
            return Some(action);
        }
        if self.transfers < self.policy.transfers
            && let Some(dataset) = self.saves.pop_front()
        {
            self.transfers += 1;
            return Some(Action::Save(dataset));
        }
        self.short_of_memory = false;
        if self.stopped {
            return None;
        }
        let task = self.startable();
        let idle = self.running == 0 && self.transfers == 0;
        if let Some(&(rank, dataset)) = self.loads.first()
            && self.transfers < self.policy.transfers
        {
            let fits = self.used + self.loading + self.entries[dataset].plan.size <= self.policy.memory;
            // If nothing is under way, nothing will be released either.
            if fits || (idle && task.is_none()) {
                self.loads.remove(&(rank, dataset));
                self.begin_load(dataset);
                return self.decided.pop_front();
            }
            self.short_of_memory = true;
        }
        let task = task?;
        if self.used + self.loading >= self.policy.memory && !idle {
            self.short_of_memory = true;
            return None;
        }
        self.short_of_memory = false;
        self.start(task);
        self.decided.pop_front()
    }

    /// Returns true if something would begin if there were more memory.
    pub fn is_short_of_memory(&self) -> bool {
        self.short_of_memory
    }

    /// Notes that a dataset has been loaded and takes so many bytes.
    pub fn loaded(&mut self, dataset: EntryId, bytes: u64) {
        self.end_load(dataset);
        self.entries[dataset].place = Residency::Memory;
        self.hold(dataset, bytes);
        self.release_if_unneeded(dataset);
        for task in self.entries[dataset].consumers.clone() {
            match self.tasks[task].phase {
                Phase::Waiting if self.entries[dataset].plan.load == Transfer::Background => self.count_input(task),
                Phase::Gathering => self.gather(task),
                _ => {}
            }
        }
    }

    /// Notes that a dataset could not be loaded: none of its readers can run.
    pub fn load_failed(&mut self, dataset: EntryId) {
        self.end_load(dataset);
        self.entries[dataset].place = Residency::Failed;
        if !self.policy.keep_going
            && !self.entries[dataset].consumers.iter().any(|&task| self.tasks[task].plan.may_fail)
        {
            self.stop();
        }
        self.block_readers(dataset);
        self.entry_ended(dataset);
    }

    /// Notes that a call has succeeded; `bytes` are the sizes of the task's outputs, in the order of their indices.
    pub fn called(&mut self, task: TaskId, bytes: &[u64]) {
        self.tasks[task].phase = Phase::Saving;
        let outputs = self.tasks[task].plan.outputs.clone();
        for (&output, &bytes) in outputs.iter().zip(bytes) {
            let Entry { save, reload, .. } = self.entries[output].plan;
            self.entries[output].place = if reload && save.is_some() { Residency::Passing } else { Residency::Memory };
            self.entry_begun(output);
            self.hold(output, bytes);
            match save {
                None => {}
                Some(Transfer::Background) => {
                    self.entries[output].save = SaveState::Owed;
                    self.saves.push_back(output);
                }
                Some(Transfer::Together) => self.begin_save(output),
                Some(Transfer::InTurn) => self.entries[output].save = SaveState::Owed,
            }
        }
        self.let_go_of_inputs(task);
        self.save_next_in_turn(task);
        self.finish_if_saved(task);
    }

    /// Notes that a call has failed.
    pub fn call_failed(&mut self, task: TaskId) {
        self.tasks[task].phase = Phase::Failed;
        self.give_back(task);
        if !self.policy.keep_going && !self.tasks[task].plan.may_fail {
            self.stop();
        }
        self.let_go_of_inputs(task);
        self.block_children(task);
        self.task_ended(task);
    }

    /// Notes that a dataset is durable.
    pub fn saved(&mut self, dataset: EntryId) {
        self.end_save(dataset);
        if self.entries[dataset].place == Residency::Passing {
            self.drop_buffer(dataset, Residency::Stored);
            self.now_stored(dataset);
        }
        for twin in self.entries[dataset].twins.clone() {
            self.entries[twin].place = Residency::Stored;
            self.now_stored(twin);
        }
        self.saved_or_not(dataset);
    }

    /// Notes that a dataset could not be saved. Its readers still have it, unless they were to read it from storage.
    pub fn save_failed(&mut self, dataset: EntryId) {
        self.end_save(dataset);
        let may_fail = self.entries[dataset].producer.is_some_and(|task| self.tasks[task].plan.may_fail);
        if self.policy.stop_on_save_error && !may_fail {
            self.stop();
        }
        if self.entries[dataset].place == Residency::Passing {
            self.drop_buffer(dataset, Residency::Failed);
            self.block_readers(dataset);
        }
        for twin in self.entries[dataset].twins.clone() {
            self.entries[twin].place = Residency::Failed;
            self.block_readers(twin);
        }
        self.saved_or_not(dataset);
    }

    /// Begins only the saves that are owed from now on.
    pub fn stop(&mut self) {
        self.stopped = true;
        let decided = mem::take(&mut self.decided);
        for action in decided {
            match action {
                Action::Call(task) => self.put_back(task),
                action => self.decided.push_back(action),
            }
        }
    }

    /// Returns true if nothing is under way, and nothing will be.
    pub fn is_over(&self) -> bool {
        let has_begun = self.running > 0 || self.transfers > 0 || !self.decided.is_empty() || !self.saves.is_empty();
        !has_begun && (self.stopped || (self.ready.is_empty() && self.loads.is_empty()))
    }

    /// Returns the number of tasks, loads and saves that have begun and not ended.
    pub fn under_way(&self) -> usize {
        self.running + self.transfers
    }

    /// Returns true if every task is complete.
    pub fn is_complete(&self) -> bool {
        self.complete == self.batches.listed
    }

    /// Returns true if only the saves that are owed still begin.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// Returns the number of tasks that have not ended and read a dataset.
    pub fn readers_left(&self, dataset: EntryId) -> usize {
        self.entries[dataset].readers_left
    }

    /// Returns true if at most one more task needs a dataset, and neither storage nor the caller of the run does.
    pub fn has_one_reader(&self, dataset: EntryId) -> bool {
        let Entry { source, save, kept, part_of, .. } = self.entries[dataset].plan;
        let is_saved = save.is_none() || source != Source::Task || self.entries[dataset].save == SaveState::Done;
        self.entries[dataset].readers_left <= 1 && is_saved && !kept && part_of.is_none()
    }

    /// Returns true if this run has saved the content that is loaded of a dataset.
    pub fn is_made_here(&self, dataset: EntryId) -> bool {
        !matches!(self.entries[dataset].plan.source, Source::Storage { after: None })
    }

    /// Returns true if a dataset is saved once it is made.
    pub fn is_to_be_saved(&self, dataset: EntryId) -> bool {
        self.entries[dataset].plan.save.is_some()
    }

    /// Returns the dataset that this one joins when it is needed no more by itself.
    pub fn part_of(&self, dataset: EntryId) -> Option<EntryId> {
        self.entries[dataset].plan.part_of
    }

    /// Returns true if a task has not begun, and never will, because something that it needs has failed.
    pub fn is_blocked(&self, task: TaskId) -> bool {
        self.tasks[task].phase == Phase::Blocked
    }

    /// Returns the bytes in memory.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Returns true if a dataset comes to its readers from storage.
    fn is_fetched(&self, dataset: EntryId) -> bool {
        let entry = &self.entries[dataset].plan;
        match entry.source {
            Source::Task => entry.reload && entry.save.is_some(),
            Source::Memory => false,
            Source::Storage { .. } => true,
        }
    }

    /// Returns true if readers wait until a dataset has been fetched ahead of them.
    fn is_prefetched(&self, dataset: EntryId) -> bool {
        self.is_fetched(dataset) && self.entries[dataset].plan.load == Transfer::Background
    }

    /// Returns true if readers wait for something of this dataset, beyond their parents.
    fn is_awaited(&self, dataset: EntryId) -> bool {
        self.is_prefetched(dataset) || (self.is_fetched(dataset) && self.entries[dataset].place != Residency::Stored)
    }

    /// Counts one input less that a task waits for.
    fn count_input(&mut self, task: TaskId) {
        self.tasks[task].inputs_left -= 1;
        self.consider(task);
    }

    /// Makes a task ready if it waits for nothing more.
    fn consider(&mut self, task: TaskId) {
        if self.tasks[task].phase == Phase::Waiting
            && self.tasks[task].parents_left == 0
            && self.tasks[task].inputs_left == 0
        {
            self.tasks[task].phase = Phase::Ready;
            self.ready.insert(self.tasks[task].rank, task);
        }
    }

    /// Returns the task that starts next, if a worker and its resources are free.
    fn startable(&self) -> Option<TaskId> {
        if self.running >= self.policy.workers {
            return None;
        }
        let mut ready = self.ready.iter();
        if self.policy.order == Order::Listed {
            let first = ready.next().filter(|&(rank, _)| self.upcoming.first() == Some(rank));
            return first.map(|(_, &task)| task).filter(|&task| self.has_resources(task));
        }
        ready.map(|(_, &task)| task).find(|&task| self.has_resources(task))
    }

    fn has_resources(&self, task: TaskId) -> bool {
        self.tasks[task].plan.needs.iter().all(|&(resource, amount)| amount <= self.free[resource])
    }

    fn start(&mut self, task: TaskId) {
        self.ready.remove(&self.tasks[task].rank);
        self.upcoming.remove(&self.tasks[task].rank);
        self.tasks[task].phase = Phase::Gathering;
        self.running += 1;
        for &(resource, amount) in &self.tasks[task].plan.needs {
            self.free[resource] -= amount;
        }
        self.gather(task);
    }

    /// Begins the loads of a task's own inputs; calls it when all are there.
    fn gather(&mut self, task: TaskId) {
        if self.stopped {
            self.put_back(task);
            return;
        }
        let mut absent = false;
        let mut in_turn = false;
        for input in self.tasks[task].plan.inputs.clone() {
            let is_in_turn = self.entries[input].plan.load == Transfer::InTurn;
            match self.entries[input].place {
                Residency::Loading => in_turn |= is_in_turn,
                Residency::Stored if is_in_turn && in_turn => {}
                Residency::Stored => {
                    in_turn |= is_in_turn;
                    self.begin_load(input);
                }
                _ => continue,
            }
            absent = true;
        }
        if !absent {
            self.tasks[task].phase = Phase::Running;
            self.decided.push_back(Action::Call(task));
        }
    }

    /// Puts a task that had begun, and was not called, back among those that have not begun.
    fn put_back(&mut self, task: TaskId) {
        self.tasks[task].phase = Phase::Waiting;
        if self.policy.order == Order::Listed {
            self.upcoming.insert(self.tasks[task].rank);
        }
        self.give_back(task);
    }

    /// Gives back a task's worker and resources.
    fn give_back(&mut self, task: TaskId) {
        self.running -= 1;
        for &(resource, amount) in &self.tasks[task].plan.needs {
            self.free[resource] += amount;
        }
    }

    fn let_go_of_inputs(&mut self, task: TaskId) {
        for input in self.tasks[task].plan.inputs.clone() {
            self.entries[input].readers_left -= 1;
            if self.entries[input].readers_left == 0
                && let Some(rank) = self.load_rank(input)
            {
                self.loads.remove(&(rank, input));
            }
            self.release_if_unneeded(input);
        }
    }

    fn save_next_in_turn(&mut self, task: TaskId) {
        let outputs = self.tasks[task].plan.outputs.iter().copied();
        let mut waiting = outputs
            .filter(|&output| self.entries[output].plan.save == Some(Transfer::InTurn))
            .filter(|&output| self.entries[output].save == SaveState::Owed);
        if let Some(output) = waiting.next() {
            self.begin_save(output);
        }
    }

    /// Completes a task when the saves that are a part of it have ended.
    fn finish_if_saved(&mut self, task: TaskId) {
        let owed = |&output: &EntryId| {
            self.entries[output].save == SaveState::Owed && self.entries[output].plan.save != Some(Transfer::Background)
        };
        if self.tasks[task].phase != Phase::Saving || self.tasks[task].plan.outputs.iter().any(owed) {
            return;
        }
        self.tasks[task].phase = Phase::Complete;
        self.complete += usize::from(self.tasks[task].batch.is_none());
        self.give_back(task);
        for output in self.tasks[task].plan.outputs.clone() {
            self.release_if_unneeded(output);
        }
        for child in self.tasks[task].children.clone() {
            self.tasks[child].parents_left -= 1;
            self.consider(child);
        }
        self.task_ended(task);
    }

    fn begin_load(&mut self, dataset: EntryId) {
        self.entries[dataset].place = Residency::Loading;
        self.entry_begun(dataset);
        self.transfers += 1;
        self.loading += self.entries[dataset].plan.size;
        self.decided.push_back(Action::Load(dataset));
    }

    fn end_load(&mut self, dataset: EntryId) {
        self.transfers -= 1;
        self.loading -= self.entries[dataset].plan.size;
    }

    fn begin_save(&mut self, dataset: EntryId) {
        self.entries[dataset].save = SaveState::Owed;
        self.transfers += 1;
        self.decided.push_back(Action::Save(dataset));
    }

    fn end_save(&mut self, dataset: EntryId) {
        self.transfers -= 1;
        self.entries[dataset].save = SaveState::Done;
    }

    /// Goes on after a save, whether it succeeded or not.
    fn saved_or_not(&mut self, dataset: EntryId) {
        self.release_if_unneeded(dataset);
        if let Some(task) = self.entries[dataset].producer
            && self.tasks[task].phase == Phase::Saving
        {
            if self.entries[dataset].plan.save == Some(Transfer::InTurn) {
                self.save_next_in_turn(task);
            }
            self.finish_if_saved(task);
        }
    }

    /// Makes a dataset loadable from now on: by its readers, or ahead of them.
    fn now_stored(&mut self, dataset: EntryId) {
        if self.is_prefetched(dataset) {
            self.offer_load(dataset);
            return;
        }
        for task in self.entries[dataset].consumers.clone() {
            if self.tasks[task].phase == Phase::Waiting {
                self.count_input(task);
            }
        }
    }

    /// Offers the load of a stored dataset ahead of its readers.
    fn offer_load(&mut self, dataset: EntryId) {
        if let Some(rank) = self.load_rank(dataset)
            && self.entries[dataset].readers_left > 0
        {
            self.loads.insert((rank, dataset));
        }
    }

    /// Returns the urgency of a load that can begin now.
    fn load_rank(&self, dataset: EntryId) -> Option<Rank> {
        let can_be_fetched = self.entries[dataset].place == Residency::Stored && self.is_prefetched(dataset);
        let readers = self.entries[dataset].consumers.iter().filter(|_| can_be_fetched);
        readers.map(|&task| self.tasks[task].rank).min()
    }

    fn hold(&mut self, dataset: EntryId, bytes: u64) {
        // Its parts are counted already.
        self.used = self.used - self.entries[dataset].bytes + bytes;
        self.entries[dataset].bytes = bytes;
    }

    fn drop_buffer(&mut self, dataset: EntryId, place: Residency) {
        self.entries[dataset].place = place;
        let bytes = mem::take(&mut self.entries[dataset].bytes);
        match self.entries[dataset].plan.part_of {
            Some(whole) => self.entries[whole].bytes += bytes,
            None => self.used -= bytes,
        }
        self.decided.push_back(Action::Release(dataset));
        self.entry_ended(dataset);
    }

    fn release_if_unneeded(&mut self, dataset: EntryId) {
        let unneeded = self.entries[dataset].readers_left == 0 && self.entries[dataset].save != SaveState::Owed;
        if self.entries[dataset].place == Residency::Memory && unneeded && !self.entries[dataset].plan.kept {
            self.drop_buffer(dataset, Residency::Gone);
        }
    }

    fn block_readers(&mut self, dataset: EntryId) {
        for task in self.entries[dataset].consumers.clone() {
            self.block(task);
        }
    }

    fn block_children(&mut self, task: TaskId) {
        for child in self.tasks[task].children.clone() {
            self.block(child);
        }
    }

    /// Gives up a task that has not been called, and all that depend on it.
    fn block(&mut self, first: TaskId) {
        let mut blocked = vec![first];
        while let Some(task) = blocked.pop() {
            match self.tasks[task].phase {
                Phase::Waiting => {}
                Phase::Ready => drop(self.ready.remove(&self.tasks[task].rank)),
                Phase::Gathering => self.give_back(task),
                _ => continue,
            }
            self.upcoming.remove(&self.tasks[task].rank);
            self.tasks[task].phase = Phase::Blocked;
            self.let_go_of_inputs(task);
            blocked.extend(&self.tasks[task].children);
            self.task_ended(task);
        }
    }
}
