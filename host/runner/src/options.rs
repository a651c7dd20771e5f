//! How a job is run.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use wpipe_buffer::Buffer;
use wpipe_catalog::Stored;

use crate::{Executor, Observer, Persist, RunId, default_memory, default_node_memory};

/// How a job is run.
#[derive(Clone)]
pub struct RunOptions {
    /// The run's name; made when the run begins where nobody gives one.
    pub run: Option<RunId>,
    /// The threads that it uses, which a program that runs often keeps.
    pub executor: Executor,
    /// In which order nodes run, and how many at once.
    pub runner: Runner,
    /// How long nodes took before, by name, where that is known: of several ready nodes, a parallel run starts the one
    /// with the longest way to the end.
    pub durations: BTreeMap<String, Duration>,
    /// How datasets reach storage, where a dataset does not say itself.
    pub persist: Persist,
    /// Bytes of datasets in memory from which on nothing more is begun until some are saved or read to the end. The
    /// outputs of what runs at that moment may come on top.
    pub memory: u64,
    /// Bytes that the calls which run at once may take together, besides the datasets that they are given. A call counts
    /// with its node's limit, or in a multipipeline with about what calls of the same node have taken; one call at a time
    /// runs in any case.
    pub node_memory: u64,
    /// Whether nodes that do not depend on a failed one still run.
    pub keep_going: bool,
    /// What a failed save means for the nodes that have what they need.
    pub on_save_error: OnSaveError,
    /// Whether everything that is saved is loaded back and compared.
    pub verify_round_trip: bool,
    /// How much there is of each named resource that nodes take; of any other there is 1.
    pub resources: BTreeMap<String, u64>,
    /// The versions of versioned free inputs that are loaded, by dataset; of others the newest.
    pub load_versions: BTreeMap<String, String>,
    /// The sizes in storage of free inputs, in bytes, as far as they are known: so that what is loaded ahead fits into
    /// the memory.
    pub sizes: BTreeMap<String, u64>,
    /// Values of free inputs, by dataset, which are used instead of what is stored.
    pub given: BTreeMap<String, Buffer>,
    /// Partitions of free partitioned inputs, by dataset, which are used instead of what is stored.
    pub given_partitions: BTreeMap<String, BTreeMap<String, Buffer>>,
    /// For each multipipeline, the partitions that need not run again if they are still made of the same.
    pub done_partitions: BTreeMap<String, BTreeMap<String, DonePartition>>,
    /// Who listens.
    pub observers: Vec<Arc<dyn Observer>>,
    /// Set to true, it ends the run: running nodes within milliseconds, no other starts, loads are given up, saves are
    /// finished.
    pub cancel: Arc<AtomicBool>,
    /// Set to true after `cancel`, it has the saves given up as well that are not finished by then.
    pub abandon: Arc<AtomicBool>,
    /// Whether the report holds the final outputs that are stored as well; those that are not always stay.
    pub keep_outputs: bool,
}

/// In which order nodes run, and how many at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runner {
    /// One after the other, in the plan's order, on the caller's thread.
    Sequential,
    /// Several at once; the one with the longest way to the end first.
    Parallel {
        /// How many.
        workers: NonZero<usize>,
    },
}

/// What a failed save means for a run, which fails at its end in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnSaveError {
    /// Nodes that have what they need still run.
    #[default]
    Finish,
    /// No other node starts.
    Stop,
}

impl Runner {
    /// How many nodes run at once at most.
    pub fn workers(self) -> NonZero<usize> {
        match self {
            Self::Sequential => NonZero::<usize>::MIN,
            Self::Parallel { workers } => workers,
        }
    }
}

impl Default for Runner {
    /// Parallel, with a worker for each processor.
    fn default() -> Self {
        // The system opens files to say how many there are.
        static PROCESSORS: OnceLock<NonZero<usize>> = OnceLock::new();
        let ask = || std::thread::available_parallelism().unwrap_or(NonZero::<usize>::MIN);
        Self::Parallel { workers: *PROCESSORS.get_or_init(ask) }
    }
}

/// A partition that went through a multipipeline before.
#[derive(Debug, Clone, Default)]
pub struct DonePartition {
    /// What it was made of in sets that this run makes, by dataset, `None` where these lacked it: it is done if they have
    /// the same again.
    pub of: BTreeMap<String, Option<Stored>>,
    /// What storage has of each dataset that it was made into.
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
            observers: Vec::new(),
            cancel: Arc::default(),
            abandon: Arc::default(),
            keep_outputs: true,
        }
    }
}
