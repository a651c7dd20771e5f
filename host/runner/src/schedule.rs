//! Which nodes may run, and which buffers nobody needs any more: a pure state machine.

use std::collections::BTreeSet;

/// One node as the schedule sees it. All references are indices.
#[derive(Debug, Clone, Default)]
pub struct Task {
    /// Tasks that must be complete before.
    pub parents: Vec<usize>,
    /// Datasets that it reads; one that is listed twice is read once.
    pub inputs: Vec<usize>,
    /// Datasets that it makes.
    pub outputs: Vec<usize>,
}

/// The state of a run: which tasks are ready, running and complete, and how many readers each dataset still has.
///
/// ```
/// use wpipe_runner::{Schedule, Task};
///
/// let produce = Task { outputs: vec![0], ..Task::default() };
/// let consume = Task { parents: vec![0], inputs: vec![0], ..Task::default() };
/// let mut schedule = Schedule::new(vec![produce, consume], &[].into());
///
/// assert_eq!(schedule.next_ready(), Some(0));
/// schedule.start(0);
/// assert_eq!(schedule.next_ready(), None);
/// assert!(schedule.complete(0).is_empty());
/// schedule.start(1);
/// assert_eq!(schedule.complete(1), [0], "the last reader is done");
/// assert!(schedule.is_complete());
/// ```
#[derive(Debug, Clone)]
pub struct Schedule {
    tasks: Vec<Task>,
    children: Vec<Vec<usize>>,
    parents_left: Vec<usize>,
    /// Ready tasks in execution order, which is that of their indices.
    ready: BTreeSet<usize>,
    complete: usize,
    readers_left: Vec<usize>,
    kept: BTreeSet<usize>,
}

impl Schedule {
    /// A schedule of `tasks`, whose parents form no cycle. Datasets in `kept` are never released.
    pub fn new(mut tasks: Vec<Task>, kept: &BTreeSet<usize>) -> Self {
        let mut children = vec![Vec::new(); tasks.len()];
        let mut readers_left = Vec::new();
        for (index, task) in tasks.iter_mut().enumerate() {
            for list in [&mut task.parents, &mut task.inputs, &mut task.outputs] {
                list.sort_unstable();
                list.dedup();
            }
            for &parent in &task.parents {
                children[parent].push(index);
            }
            let datasets = task.inputs.iter().chain(&task.outputs).max().map_or(0, |&last| last + 1);
            if readers_left.len() < datasets {
                readers_left.resize(datasets, 0);
            }
            for &input in &task.inputs {
                readers_left[input] += 1;
            }
        }
        let parents_left: Vec<_> = tasks.iter().map(|task| task.parents.len()).collect();
        let ready = (0..tasks.len()).filter(|&task| parents_left[task] == 0).collect();
        Self { tasks, children, parents_left, ready, complete: 0, readers_left, kept: kept.clone() }
    }

    /// The first task in execution order that may start.
    pub fn next_ready(&self) -> Option<usize> {
        self.ready.first().copied()
    }

    /// Every task that may start, in execution order.
    pub fn ready(&self) -> impl Iterator<Item = usize> {
        self.ready.iter().copied()
    }

    /// Notes that a ready task has begun.
    ///
    /// # Panics
    ///
    /// When the task is not ready: the driver did not ask.
    pub fn start(&mut self, task: usize) {
        assert!(self.ready.remove(&task), "only a ready task is started, and once");
    }

    /// Notes that a started task is complete, and gives the datasets that nobody needs any more, in order.
    pub fn complete(&mut self, task: usize) -> Vec<usize> {
        self.complete += 1;
        for &child in &self.children[task] {
            self.parents_left[child] -= 1;
            if self.parents_left[child] == 0 {
                self.ready.insert(child);
            }
        }
        let Task { inputs, outputs, .. } = &self.tasks[task];
        for &input in inputs {
            self.readers_left[input] -= 1;
        }
        let unread = inputs.iter().chain(outputs).copied().filter(|&dataset| self.readers_left[dataset] == 0);
        let released: BTreeSet<_> = unread.filter(|dataset| !self.kept.contains(dataset)).collect();
        released.into_iter().collect()
    }

    /// How many tasks that are not complete read a dataset.
    pub fn readers_left(&self, dataset: usize) -> usize {
        self.readers_left[dataset]
    }

    /// Whether every task is complete.
    pub fn is_complete(&self) -> bool {
        self.complete == self.tasks.len()
    }
}
