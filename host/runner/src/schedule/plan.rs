//! What a schedule is made from: nodes, datasets and rules. All references are indices.

use std::ops::Range;

/// One node as the schedule sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Task {
    /// Tasks that must be complete before; each is listed before this one.
    pub parents: Vec<usize>,
    /// Datasets that it reads; one that is listed twice is read once.
    pub inputs: Vec<usize>,
    /// Datasets that it makes.
    pub outputs: Vec<usize>,
    /// What it takes of [`Policy::resources`] while it runs: the resource and how much of it.
    pub needs: Vec<(usize, u64)>,
    /// Whether it also waits until it is [opened](super::Schedule::open).
    pub is_gated: bool,
    /// Whether the others go on when it fails, whatever [`Policy::keep_going`] says.
    pub may_fail: bool,
}

/// One dataset as the schedule sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it comes from.
    pub source: Source,
    /// How it is loaded, where it is.
    pub load: Transfer,
    /// How it is saved when it has been made; `None`: not at all.
    pub save: Option<Transfer>,
    /// Whether its readers get what is in storage, rather than what its node made.
    pub reload: bool,
    /// Whether it stays in memory to the end of the run.
    pub kept: bool,
    /// About how many bytes a load of it takes; 0 if unknown.
    pub size: u64,
    /// The dataset that its content becomes a part of when nobody needs it by itself any more.
    pub part_of: Option<usize>,
}

/// Tasks and datasets that join a schedule while it runs: the way of one partition through a multipipeline.
///
/// Tasks refer to each other and to datasets by their places in the batch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// The tasks.
    pub tasks: Vec<Task>,
    /// The datasets.
    pub entries: Vec<Entry>,
    /// The task of the schedule that they come before, in the order in which tasks start.
    pub before: usize,
}

/// Where a [`Batch`] stands among the tasks and the datasets of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The batch.
    pub batch: usize,
    /// Its tasks.
    pub tasks: Range<usize>,
    /// Its datasets.
    pub entries: Range<usize>,
}

/// Where a dataset comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A task makes it.
    Task,
    /// It is in memory from the beginning.
    Memory,
    /// Storage, in which it is from the beginning or, where there is one, from when that other dataset is saved.
    Storage {
        /// The dataset, made by a task, that is stored in the same place in another format.
        after: Option<usize>,
    },
}

/// When a dataset is loaded or saved, as seen from the task that needs or makes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transfer {
    /// Whenever it can be: loaded ahead of its readers, saved while they already run.
    #[default]
    Background,
    /// As a part of the task, at the same time as the task's others.
    Together,
    /// As a part of the task, one after the other.
    InTurn,
}

/// The rules of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// How many tasks may run at once.
    pub workers: usize,
    /// The order in which ready tasks start.
    pub order: Order,
    /// Bytes in memory from which on nothing more is begun until some are released. What runs at that moment may still
    /// add its outputs, and nothing waits if nothing could be released.
    pub memory: u64,
    /// How many background loads and saves may be under way at once.
    pub transfers: usize,
    /// Whether tasks that do not depend on a failed one still run.
    pub keep_going: bool,
    /// Whether a failed save ends the run as a failed task does.
    pub stop_on_save_error: bool,
    /// How much there is of each resource.
    pub resources: Vec<u64>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            workers: 1,
            order: Order::Listed,
            memory: u64::MAX,
            transfers: 16,
            keep_going: false,
            stop_on_save_error: false,
            resources: Vec::new(),
        }
    }
}

/// In which order tasks start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Order {
    /// Strictly as they are listed: each waits until those before it have started.
    #[default]
    Listed,
    /// Of those that are ready, the one with the longest way to the end first.
    LongestPath {
        /// The weight of each task, such as the time that it took before; 1 for all where it is empty.
        weights: Vec<u64>,
    },
}

impl Default for Entry {
    /// A dataset between two tasks that stays in memory.
    fn default() -> Self {
        let load = Transfer::Background;
        Self { source: Source::Task, load, save: None, reload: false, kept: false, size: 0, part_of: None }
    }
}
