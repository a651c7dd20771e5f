//! The state of a run: what it has decided, and what it decides next.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;
use std::ops::Range;

use super::batches::Batches;
use super::plan::{Entry, Order, Policy, Source, Task, Transfer};
use super::rank::{Rank, ranks};

/// What a driver is to do now. Each is begun when it is handed out; loads, calls and saves end with an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// Load a dataset: [`Schedule::loaded`] or [`Schedule::load_failed`] follows.
    Load(usize),
    /// Call a task, all of whose inputs are in memory: [`Schedule::called`] or [`Schedule::call_failed`] follows.
    Call(usize),
    /// Save a dataset: [`Schedule::saved`] or [`Schedule::save_failed`] follows.
    Save(usize),
    /// Let go of a dataset's buffer, which nobody needs any more, or make it a part of the dataset that it is
    /// [a part of](Entry::part_of).
    Release(usize),
    /// Forget a batch: its tasks have ended, and its datasets are neither needed nor owed. Another may take its place.
    Forget(usize),
}

/// What a run has done and may do.
///
/// ```
/// use wpipe_runner::{Action, Entry, Policy, Schedule, Task, Transfer};
///
/// let produce = Task { outputs: vec![0], ..Task::default() };
/// let consume = Task { parents: vec![0], inputs: vec![0], ..Task::default() };
/// let teed = Entry { save: Some(Transfer::Background), ..Entry::default() };
/// let mut schedule = Schedule::new(vec![produce, consume], vec![teed], Policy::default());
///
/// assert_eq!(schedule.next_action(), Some(Action::Call(0)));
/// assert_eq!(schedule.next_action(), None, "nothing else is ready");
/// schedule.called(0, &[64]);
/// assert_eq!(schedule.next_action(), Some(Action::Save(0)));
/// assert_eq!(schedule.next_action(), Some(Action::Call(1)), "the consumer does not wait for the save");
/// schedule.called(1, &[]);
/// assert_eq!(schedule.next_action(), None, "the save still needs the buffer");
/// schedule.saved(0);
/// assert_eq!(schedule.next_action(), Some(Action::Release(0)));
/// assert!(schedule.is_over());
/// ```
#[derive(Debug, Clone)]
pub struct Schedule {
    pub(super) tasks: Vec<Task>,
    pub(super) entries: Vec<Entry>,
    pub(super) policy: Policy,
    pub(super) batches: Batches,
    pub(super) children: Vec<Vec<usize>>,
    pub(super) consumers: Vec<Vec<usize>>,
    pub(super) producer: Vec<Option<usize>>,
    /// Datasets that are in storage when that one is saved.
    pub(super) twins: Vec<Vec<usize>>,
    pub(super) ranks: Vec<Rank>,

    pub(super) phase: Vec<Phase>,
    pub(super) parents_left: Vec<usize>,
    /// For each task, inputs from storage that it waits for: those fetched ahead until they are in memory, those that
    /// it loads itself until they can be loaded.
    pub(super) inputs_left: Vec<usize>,
    ready: BTreeMap<Rank, usize>,
    /// With [`Order::Listed`], the tasks that have not begun.
    upcoming: BTreeSet<Rank>,

    pub(super) place: Vec<Place>,
    pub(super) save: Vec<SaveState>,
    pub(super) readers_left: Vec<usize>,
    pub(super) bytes: Vec<u64>,
    /// Background loads that may begin, the most urgent first.
    loads: BTreeSet<(Rank, usize)>,
    /// Background saves that may begin, the oldest first.
    saves: VecDeque<usize>,
    /// Decided, and to be handed out.
    pub(super) decided: VecDeque<Action>,

    pub(super) used: u64,
    /// What the loads that are under way will take, as far as is known.
    loading: u64,
    running: usize,
    transfers: usize,
    pub(super) free: Vec<u64>,
    complete: usize,
    stopped: bool,
    short_of_memory: bool,
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Waiting,
    Ready,
    /// It has begun, and its inputs are being loaded.
    Gathering,
    Running,
    /// Its outputs are being saved as a part of it.
    Saving,
    Complete,
    Failed,
    /// Something that it needs will never be there.
    Blocked,
}

/// Where a dataset's content is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Nowhere,
    Stored,
    Loading,
    Memory,
    /// In memory for its save only: readers wait for what is then in storage.
    Passing,
    Gone,
    Failed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SaveState {
    None,
    Owed,
    Done,
}

impl Schedule {
    /// A schedule of `tasks` over the datasets `entries`.
    ///
    /// # Panics
    ///
    /// When a task is not listed behind its parents, names a dataset or resource that is not there, or needs more of
    /// a resource than there is.
    pub fn new(mut tasks: Vec<Task>, mut entries: Vec<Entry>, policy: Policy) -> Self {
        let mut children = vec![Vec::new(); tasks.len()];
        let mut consumers = vec![Vec::new(); entries.len()];
        let mut producer = vec![None; entries.len()];
        let mut twins = vec![Vec::new(); entries.len()];
        for (index, task) in tasks.iter_mut().enumerate() {
            for list in [&mut task.parents, &mut task.inputs, &mut task.outputs] {
                list.sort_unstable();
                list.dedup();
            }
            assert!(task.parents.iter().all(|&parent| parent < index), "tasks stand behind their parents");
            assert!(task.needs.iter().all(|&(resource, amount)| amount <= policy.resources[resource]));
            task.parents.iter().for_each(|&parent| children[parent].push(index));
            task.inputs.iter().for_each(|&input| consumers[input].push(index));
            task.outputs.iter().for_each(|&output| producer[output] = Some(index));
        }
        for (dataset, entry) in entries.iter_mut().enumerate() {
            // What stays in memory need not come back from storage.
            entry.reload &= !entry.kept;
            if let Source::Storage { after: Some(after) } = entry.source {
                twins[after].push(dataset);
            }
        }
        let place = entries.iter().map(|entry| match entry.source {
            Source::Memory => Place::Memory,
            Source::Storage { after: None } => Place::Stored,
            Source::Task | Source::Storage { after: Some(_) } => Place::Nowhere,
        });
        let place: Vec<_> = place.collect();
        let bytes = entries.iter().map(|entry| if entry.source == Source::Memory { entry.size } else { 0 });
        let bytes: Vec<_> = bytes.collect();
        let mut schedule = Self {
            ranks: ranks(&tasks, &children, &policy.order),
            phase: vec![Phase::Waiting; tasks.len()],
            parents_left: tasks.iter().map(|task| task.parents.len() + usize::from(task.is_gated)).collect(),
            inputs_left: vec![0; tasks.len()],
            ready: BTreeMap::new(),
            upcoming: BTreeSet::new(),
            batches: Batches::new(tasks.len()),
            save: vec![SaveState::None; entries.len()],
            readers_left: consumers.iter().map(Vec::len).collect(),
            used: bytes.iter().sum(),
            bytes,
            loads: BTreeSet::new(),
            saves: VecDeque::new(),
            decided: VecDeque::new(),
            loading: 0,
            running: 0,
            transfers: 0,
            free: policy.resources.clone(),
            complete: 0,
            stopped: false,
            short_of_memory: false,
            tasks,
            entries,
            policy,
            children,
            consumers,
            producer,
            twins,
            place,
        };
        schedule.begin(0..schedule.tasks.len(), 0..schedule.entries.len());
        schedule
    }

    /// Has tasks wait for what they need, and loads begin, of new tasks and datasets.
    pub(super) fn begin(&mut self, tasks: Range<usize>, entries: Range<usize>) {
        for task in tasks {
            if self.policy.order == Order::Listed {
                self.upcoming.insert(self.ranks[task]);
            }
            let inputs = self.tasks[task].inputs.iter();
            self.inputs_left[task] = inputs.filter(|&&input| self.is_awaited(input)).count();
            self.consider(task);
        }
        for dataset in entries {
            self.release_if_unneeded(dataset);
            self.offer_load(dataset);
        }
    }

    /// A [gated](Task::is_gated) task need not wait any more.
    pub fn open(&mut self, task: usize) {
        self.parents_left[task] -= 1;
        self.consider(task);
    }

    /// The next thing to do; `None` until something else has happened, or for ever if [`Schedule::is_over`].
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
            let fits = self.used + self.loading + self.entries[dataset].size <= self.policy.memory;
            // Where nothing is under way, nothing will be released either.
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

    /// Whether something would begin if there were more memory.
    pub fn is_short_of_memory(&self) -> bool {
        self.short_of_memory
    }

    /// A dataset has been loaded and takes so many bytes.
    pub fn loaded(&mut self, dataset: usize, bytes: u64) {
        self.end_load(dataset);
        self.place[dataset] = Place::Memory;
        self.hold(dataset, bytes);
        self.release_if_unneeded(dataset);
        for task in self.consumers[dataset].clone() {
            match self.phase[task] {
                Phase::Waiting if self.entries[dataset].load == Transfer::Background => self.count_input(task),
                Phase::Gathering => self.gather(task),
                _ => {}
            }
        }
    }

    /// A dataset could not be loaded: none of its readers can run.
    pub fn load_failed(&mut self, dataset: usize) {
        self.end_load(dataset);
        self.place[dataset] = Place::Failed;
        if !self.policy.keep_going && !self.consumers[dataset].iter().any(|&task| self.tasks[task].may_fail) {
            self.stop();
        }
        self.block_readers(dataset);
        self.entry_ended(dataset);
    }

    /// A call ended well; `bytes` are the sizes of the task's outputs, in the order of their indices.
    pub fn called(&mut self, task: usize, bytes: &[u64]) {
        self.phase[task] = Phase::Saving;
        let outputs = self.tasks[task].outputs.clone();
        for (&output, &bytes) in outputs.iter().zip(bytes) {
            let Entry { save, reload, .. } = self.entries[output];
            self.place[output] = if reload && save.is_some() { Place::Passing } else { Place::Memory };
            self.entry_begun(output);
            self.hold(output, bytes);
            match save {
                None => {}
                Some(Transfer::Background) => {
                    self.save[output] = SaveState::Owed;
                    self.saves.push_back(output);
                }
                Some(Transfer::Together) => self.begin_save(output),
                Some(Transfer::InTurn) => self.save[output] = SaveState::Owed,
            }
        }
        self.let_go_of_inputs(task);
        self.save_next_in_turn(task);
        self.finish_if_saved(task);
    }

    /// A call failed.
    pub fn call_failed(&mut self, task: usize) {
        self.phase[task] = Phase::Failed;
        self.give_back(task);
        if !self.policy.keep_going && !self.tasks[task].may_fail {
            self.stop();
        }
        self.let_go_of_inputs(task);
        self.block_children(task);
        self.task_ended(task);
    }

    /// A dataset is durable.
    pub fn saved(&mut self, dataset: usize) {
        self.end_save(dataset);
        if self.place[dataset] == Place::Passing {
            self.drop_buffer(dataset, Place::Stored);
            self.now_stored(dataset);
        }
        for twin in self.twins[dataset].clone() {
            self.place[twin] = Place::Stored;
            self.now_stored(twin);
        }
        self.saved_or_not(dataset);
    }

    /// A dataset could not be saved. Its readers still have it, unless they were to read it from storage.
    pub fn save_failed(&mut self, dataset: usize) {
        self.end_save(dataset);
        let may_fail = self.producer[dataset].is_some_and(|task| self.tasks[task].may_fail);
        if self.policy.stop_on_save_error && !may_fail {
            self.stop();
        }
        if self.place[dataset] == Place::Passing {
            self.drop_buffer(dataset, Place::Failed);
            self.block_readers(dataset);
        }
        for twin in self.twins[dataset].clone() {
            self.place[twin] = Place::Failed;
            self.block_readers(twin);
        }
        self.saved_or_not(dataset);
    }

    /// Begins nothing any more but the saves that are owed.
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

    /// Whether nothing is under way, and nothing will be.
    pub fn is_over(&self) -> bool {
        let has_begun = self.running > 0 || self.transfers > 0 || !self.decided.is_empty() || !self.saves.is_empty();
        !has_begun && (self.stopped || (self.ready.is_empty() && self.loads.is_empty()))
    }

    /// How many tasks, loads and saves have begun and not ended.
    pub fn under_way(&self) -> usize {
        self.running + self.transfers
    }

    /// Whether every task is complete.
    pub fn is_complete(&self) -> bool {
        self.complete == self.batches.listed
    }

    /// Whether nothing begins any more but the saves that are owed.
    pub fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// How many tasks that have not ended read a dataset.
    pub fn readers_left(&self, dataset: usize) -> usize {
        self.readers_left[dataset]
    }

    /// Whether at most one more task needs a dataset, and nobody else: neither storage nor whoever gets the outputs.
    pub fn has_one_reader(&self, dataset: usize) -> bool {
        let Entry { source, save, kept, part_of, .. } = self.entries[dataset];
        let is_saved = save.is_none() || source != Source::Task || self.save[dataset] == SaveState::Done;
        self.readers_left[dataset] <= 1 && is_saved && !kept && part_of.is_none()
    }

    /// Whether what is loaded of a dataset is what this run has saved.
    pub fn is_made_here(&self, dataset: usize) -> bool {
        !matches!(self.entries[dataset].source, Source::Storage { after: None })
    }

    /// Whether a dataset is saved once it is made.
    pub fn is_to_be_saved(&self, dataset: usize) -> bool {
        self.entries[dataset].save.is_some()
    }

    /// The dataset that another becomes a part of when nobody needs it by itself any more.
    pub fn part_of(&self, dataset: usize) -> Option<usize> {
        self.entries[dataset].part_of
    }

    /// Whether a task has not begun, and never will, because something that it needs has failed.
    pub fn is_blocked(&self, task: usize) -> bool {
        self.phase[task] == Phase::Blocked
    }

    /// Bytes in memory.
    pub fn used(&self) -> u64 {
        self.used
    }

    /// Whether a dataset comes to its readers from storage.
    fn is_fetched(&self, dataset: usize) -> bool {
        let entry = &self.entries[dataset];
        match entry.source {
            Source::Task => entry.reload && entry.save.is_some(),
            Source::Memory => false,
            Source::Storage { .. } => true,
        }
    }

    /// Whether readers wait until a dataset has been fetched ahead of them.
    fn is_prefetched(&self, dataset: usize) -> bool {
        self.is_fetched(dataset) && self.entries[dataset].load == Transfer::Background
    }

    /// Whether readers wait for something of this dataset, beyond their parents.
    fn is_awaited(&self, dataset: usize) -> bool {
        self.is_prefetched(dataset) || (self.is_fetched(dataset) && self.place[dataset] != Place::Stored)
    }

    /// One input less that a task waits for.
    fn count_input(&mut self, task: usize) {
        self.inputs_left[task] -= 1;
        self.consider(task);
    }

    /// Makes a task ready if it is.
    fn consider(&mut self, task: usize) {
        if self.phase[task] == Phase::Waiting && self.parents_left[task] == 0 && self.inputs_left[task] == 0 {
            self.phase[task] = Phase::Ready;
            self.ready.insert(self.ranks[task], task);
        }
    }

    /// The task that starts next, if a worker and its resources are free.
    fn startable(&self) -> Option<usize> {
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

    fn has_resources(&self, task: usize) -> bool {
        self.tasks[task].needs.iter().all(|&(resource, amount)| amount <= self.free[resource])
    }

    fn start(&mut self, task: usize) {
        self.ready.remove(&self.ranks[task]);
        self.upcoming.remove(&self.ranks[task]);
        self.phase[task] = Phase::Gathering;
        self.running += 1;
        for &(resource, amount) in &self.tasks[task].needs {
            self.free[resource] -= amount;
        }
        self.gather(task);
    }

    /// Has the inputs loaded that are a task's own to load; calls it when all are there.
    fn gather(&mut self, task: usize) {
        if self.stopped {
            self.put_back(task);
            return;
        }
        let mut absent = false;
        let mut in_turn = false;
        for input in self.tasks[task].inputs.clone() {
            let is_in_turn = self.entries[input].load == Transfer::InTurn;
            match self.place[input] {
                Place::Loading => in_turn |= is_in_turn,
                Place::Stored if is_in_turn && in_turn => {}
                Place::Stored => {
                    in_turn |= is_in_turn;
                    self.begin_load(input);
                }
                _ => continue,
            }
            absent = true;
        }
        if !absent {
            self.phase[task] = Phase::Running;
            self.decided.push_back(Action::Call(task));
        }
    }

    /// A task that had begun, and was not called, has not begun after all.
    fn put_back(&mut self, task: usize) {
        self.phase[task] = Phase::Waiting;
        if self.policy.order == Order::Listed {
            self.upcoming.insert(self.ranks[task]);
        }
        self.give_back(task);
    }

    /// Gives back a task's worker and resources.
    fn give_back(&mut self, task: usize) {
        self.running -= 1;
        for &(resource, amount) in &self.tasks[task].needs {
            self.free[resource] += amount;
        }
    }

    fn let_go_of_inputs(&mut self, task: usize) {
        for input in self.tasks[task].inputs.clone() {
            self.readers_left[input] -= 1;
            if self.readers_left[input] == 0
                && let Some(rank) = self.load_rank(input)
            {
                self.loads.remove(&(rank, input));
            }
            self.release_if_unneeded(input);
        }
    }

    fn save_next_in_turn(&mut self, task: usize) {
        let outputs = self.tasks[task].outputs.iter().copied();
        let mut waiting = outputs
            .filter(|&output| self.entries[output].save == Some(Transfer::InTurn))
            .filter(|&output| self.save[output] == SaveState::Owed);
        if let Some(output) = waiting.next() {
            self.begin_save(output);
        }
    }

    /// Completes a task when what is saved as a part of it has been saved.
    fn finish_if_saved(&mut self, task: usize) {
        let owed = |&output: &usize| {
            self.save[output] == SaveState::Owed && self.entries[output].save != Some(Transfer::Background)
        };
        if self.phase[task] != Phase::Saving || self.tasks[task].outputs.iter().any(owed) {
            return;
        }
        self.phase[task] = Phase::Complete;
        self.complete += usize::from(self.batches.of_task(task).is_none());
        self.give_back(task);
        for output in self.tasks[task].outputs.clone() {
            self.release_if_unneeded(output);
        }
        for child in self.children[task].clone() {
            self.parents_left[child] -= 1;
            self.consider(child);
        }
        self.task_ended(task);
    }

    fn begin_load(&mut self, dataset: usize) {
        self.place[dataset] = Place::Loading;
        self.entry_begun(dataset);
        self.transfers += 1;
        self.loading += self.entries[dataset].size;
        self.decided.push_back(Action::Load(dataset));
    }

    fn end_load(&mut self, dataset: usize) {
        self.transfers -= 1;
        self.loading -= self.entries[dataset].size;
    }

    fn begin_save(&mut self, dataset: usize) {
        self.save[dataset] = SaveState::Owed;
        self.transfers += 1;
        self.decided.push_back(Action::Save(dataset));
    }

    fn end_save(&mut self, dataset: usize) {
        self.transfers -= 1;
        self.save[dataset] = SaveState::Done;
    }

    /// After a save, whether it went well or not.
    fn saved_or_not(&mut self, dataset: usize) {
        self.release_if_unneeded(dataset);
        if let Some(task) = self.producer[dataset]
            && self.phase[task] == Phase::Saving
        {
            if self.entries[dataset].save == Some(Transfer::InTurn) {
                self.save_next_in_turn(task);
            }
            self.finish_if_saved(task);
        }
    }

    /// A dataset can be loaded from now on: by its readers, or ahead of them.
    fn now_stored(&mut self, dataset: usize) {
        if self.is_prefetched(dataset) {
            self.offer_load(dataset);
            return;
        }
        for task in self.consumers[dataset].clone() {
            if self.phase[task] == Phase::Waiting {
                self.count_input(task);
            }
        }
    }

    /// Has a stored dataset loaded ahead of its readers.
    fn offer_load(&mut self, dataset: usize) {
        if let Some(rank) = self.load_rank(dataset)
            && self.readers_left[dataset] > 0
        {
            self.loads.insert((rank, dataset));
        }
    }

    /// How urgent the load of a dataset is that can be fetched now.
    fn load_rank(&self, dataset: usize) -> Option<Rank> {
        let can_be_fetched = self.place[dataset] == Place::Stored && self.is_prefetched(dataset);
        let readers = self.consumers[dataset].iter().filter(|_| can_be_fetched);
        readers.map(|&task| self.ranks[task]).min()
    }

    fn hold(&mut self, dataset: usize, bytes: u64) {
        // What it has parts of is counted already.
        self.used = self.used - self.bytes[dataset] + bytes;
        self.bytes[dataset] = bytes;
    }

    fn drop_buffer(&mut self, dataset: usize, place: Place) {
        self.place[dataset] = place;
        let bytes = mem::take(&mut self.bytes[dataset]);
        match self.entries[dataset].part_of {
            Some(whole) => self.bytes[whole] += bytes,
            None => self.used -= bytes,
        }
        self.decided.push_back(Action::Release(dataset));
        self.entry_ended(dataset);
    }

    fn release_if_unneeded(&mut self, dataset: usize) {
        let unneeded = self.readers_left[dataset] == 0 && self.save[dataset] != SaveState::Owed;
        if self.place[dataset] == Place::Memory && unneeded && !self.entries[dataset].kept {
            self.drop_buffer(dataset, Place::Gone);
        }
    }

    fn block_readers(&mut self, dataset: usize) {
        for task in self.consumers[dataset].clone() {
            self.block(task);
        }
    }

    fn block_children(&mut self, task: usize) {
        for child in self.children[task].clone() {
            self.block(child);
        }
    }

    /// Gives up a task that has not been called, and all that depend on it.
    fn block(&mut self, first: usize) {
        let mut blocked = vec![first];
        while let Some(task) = blocked.pop() {
            match self.phase[task] {
                Phase::Waiting => {}
                Phase::Ready => drop(self.ready.remove(&self.ranks[task])),
                Phase::Gathering => self.give_back(task),
                _ => continue,
            }
            self.upcoming.remove(&self.ranks[task]);
            self.phase[task] = Phase::Blocked;
            self.let_go_of_inputs(task);
            blocked.extend(&self.children[task]);
            self.task_ended(task);
        }
    }
}
