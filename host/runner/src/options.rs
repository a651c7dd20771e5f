//! The options of a run.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use wpipe_buffer::Buffer;
use wpipe_catalog::Stored;

use crate::{Executor, Observer, Persist, Piece, RunId, Sharing, default_memory, default_node_memory};

/// The options of a run.
#[derive(Clone)]
pub struct RunOptions {
    /// The run's name; made when the run begins if it is `None`.
    pub run: Option<RunId>,
    /// The threads that it uses, which a program that runs often keeps.
    pub executor: Executor,
    /// The order of nodes and how many run at once.
    pub runner: Runner,
    /// The known durations of nodes in earlier runs, by name: of several ready nodes, a parallel run starts the one
    /// with the longest way to the end.
    pub durations: BTreeMap<String, Duration>,
    /// The way of datasets to storage, where a dataset has none of its own.
    pub persist: Persist,
    /// The limit in bytes on datasets in memory: beyond it nothing more begins until some are saved or read to the end.
    /// The outputs of calls under way at that moment may be added.
    pub memory: u64,
    /// The limit in bytes on the memory of concurrent calls, besides the datasets given to them. A call counts with its
    /// node's limit, or in a multipipeline with about as much as calls of the same node have taken; one call at a time
    /// runs in any case.
    pub node_memory: u64,
    /// True if nodes that do not depend on a failed one still run.
    pub keep_going: bool,
    /// The effect of a failed save on nodes whose inputs are there.
    pub on_save_error: OnSaveError,
    /// True if every save is loaded back and compared.
    pub verify_round_trip: bool,
    /// The amount of each named resource that nodes take; the default is 1.
    pub resources: BTreeMap<String, u64>,
    /// The versions of versioned free inputs that are loaded, by dataset; of others the newest.
    pub load_versions: BTreeMap<String, String>,
    /// The sizes in storage of free inputs, in bytes, as far as they are known, so that loads ahead fit into the
    /// memory.
    pub sizes: BTreeMap<String, u64>,
    /// Values of free inputs, by dataset, which are used instead of stored ones.
    pub given: BTreeMap<String, Buffer>,
    /// Partitions of free partitioned inputs, by dataset, which are used instead of stored ones.
    pub given_partitions: BTreeMap<String, BTreeMap<String, Buffer>>,
    /// The partitions of each multipipeline that need not run again if their inputs are the same.
    pub done_partitions: BTreeMap<String, BTreeMap<String, DonePartition>>,
    /// The piece of the job's only multipipeline that is done here, while other processes do the others; `None` is all
    /// of the job.
    pub piece: Option<Piece>,
    /// The name of this attempt at a part of the run, if there may be several at once: what it writes to sets lies in a
    /// folder of that name until they are committed.
    pub fence: Option<String>,
    /// The shared store that the run keeps its datasets in, if it has one.
    pub sharing: Option<Sharing>,
    /// The observers of the run.
    pub observers: Vec<Arc<dyn Observer>>,
    /// Ends the run when set to true: running nodes end within milliseconds, no others start, loads are given up, saves
    /// are finished.
    pub cancel: Arc<AtomicBool>,
    /// Gives up the unfinished saves as well when set to true after `cancel`.
    pub abandon: Arc<AtomicBool>,
    /// True if the report also holds the final outputs that are stored; it always holds those that are not.
    pub keep_outputs: bool,
}

/// The order of nodes and how many run at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runner {
    /// One after the other, in the plan's order, on the caller's thread.
    Sequential,
    /// Several at once; the one with the longest way to the end first.
    Parallel {
        /// The number of workers.
        workers: NonZero<usize>,
    },
}

/// The effect of a failed save on a run, which fails at its end in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnSaveError {
    /// Nodes whose inputs are there still run.
    #[default]
    Finish,
    /// No other node starts.
    Stop,
}

impl Runner {
    /// Returns the largest number of nodes that run at once.
    pub fn workers(self) -> NonZero<usize> {
        match self {
            Self::Sequential => NonZero::<usize>::MIN,
            Self::Parallel { workers } => workers,
        }
    }
}

impl Default for Runner {
    /// Returns a parallel runner with a worker for each processor.
    fn default() -> Self {
        // The system opens files to count them.
        static PROCESSORS: OnceLock<NonZero<usize>> = OnceLock::new();
        let ask = || std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        Self::Parallel { workers: *PROCESSORS.get_or_init(ask) }
    }
}

/// A partition that went through a multipipeline before.
#[derive(Debug, Clone, Default)]
pub struct DonePartition {
    /// The contents that it was made of in sets that this run makes, by dataset, `None` where these lacked it: it is
    /// done if they have the same again.
    pub of: BTreeMap<String, Option<Stored>>,
    /// The stored form of each dataset that it was made into.
    pub stored: BTreeMap<String, Stored>,
}

impl Default for RunOptions {
    fn default() -> Self {
        Self {
            run: None,
            executor: Executor::default(),
            runner: Runner::default(),
            durations: BTreeMap::new(),
            persist: Persist::default(),
            memory: default_memory(),
            node_memory: default_node_memory(),
            keep_going: false,
            on_save_error: OnSaveError::default(),
            verify_round_trip: false,
            resources: BTreeMap::new(),
            load_versions: BTreeMap::new(),
            sizes: BTreeMap::new(),
            given: BTreeMap::new(),
            given_partitions: BTreeMap::new(),
            done_partitions: BTreeMap::new(),
            piece: None,
            fence: None,
            sharing: None,
            observers: Vec::new(),
            cancel: Arc::default(),
            abandon: Arc::default(),
            keep_outputs: true,
        }
    }
}
