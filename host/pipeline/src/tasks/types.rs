//! The task graph: tasks, what they wait for, and the datasets that go from one to another.

use std::collections::BTreeMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use wpipe_text::did_you_mean_or_list;

/// The format that `docs/tasks-json.md` describes. An added key leaves the number as it is; a key that changes its
/// meaning raises it.
pub(super) const FORMAT: u32 = 1;

/// The way in which nodes are put together into tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// Each node is a task.
    Node,
    /// Nodes that can only run one after the other are a task: as few tasks as possible without less at once.
    #[default]
    Chain,
    /// Nodes that have the same tags are a task; those without tags are tasks of their own.
    Tag,
    /// Nodes of the same namespace are a task; those without are tasks of their own.
    Namespace,
    /// Everything is one task.
    All,
}

/// The choices of a task graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TaskOptions {
    /// The way in which nodes are put together.
    pub group_by: GroupBy,
    /// The number of slices of each multipipeline; by default the one that the manifest says, or else
    /// [`DEFAULT_SLICES`](TaskGraph::DEFAULT_SLICES).
    pub slices: Option<NonZeroUsize>,
}

/// The tasks of a pipeline, in an order in which they can run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Recorded")]
pub struct TaskGraph {
    pub(super) format: u32,
    /// The pipeline's name.
    pub pipeline: String,
    /// The way in which nodes are put together.
    pub group_by: GroupBy,
    /// The tasks.
    pub tasks: Vec<GraphTask>,
    /// The datasets that one task makes and another one reads, sorted by name.
    pub datasets: Vec<Crossing>,
}

/// What one process does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GraphTask {
    /// The name, which no other task has.
    pub id: String,
    /// The kind of work.
    pub kind: TaskKind,
    /// The multipipeline that a slicer, a slice or a barrier is of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub multipipeline: Option<String>,
    /// The number of a slice, from 0.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slice: Option<usize>,
    /// The nodes that are called, in the order of execution; of a slicer and a barrier those of their multipipeline.
    pub nodes: Vec<String>,
    /// The tasks that must have ended well.
    pub needs: Vec<String>,
    /// The datasets that it reads of other tasks.
    pub reads: Vec<String>,
    /// The datasets that it makes for other tasks.
    pub writes: Vec<String>,
    /// The amounts of named resources: of each, the most that one node takes.
    pub resources: BTreeMap<String, u64>,
    /// The most memory that the limits of one of its nodes allow, in bytes; `None` if the manifest sets none.
    pub memory: Option<u64>,
    /// The time in seconds that the limits of its nodes allow in all, retries not counted; `None` if one has no limit, or
    /// works on partitions.
    pub timeout: Option<f64>,
    /// The most retries that one of its nodes has.
    pub retries: u64,
    /// The command line that does it; empty until it is known.
    #[serde(default)]
    pub command: Vec<String>,
}

/// The kind of a task's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskKind {
    /// Calls nodes, and works on all partitions of multipipelines of one slice.
    Nodes,
    /// Divides the partitions of a multipipeline.
    Slicer,
    /// Works on one slice.
    Slice,
    /// Makes what the slices have written the datasets that readers see.
    Barrier,
}

/// A dataset that one task makes and others read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crossing {
    /// The name, with its `@format` if it has one.
    pub dataset: String,
    /// The task that makes it; of a multipipeline the barrier.
    pub made_by: String,
    /// The tasks that read it.
    pub read_by: Vec<String>,
    /// True if the manifest shows that it is a set of partitions.
    pub partitioned: bool,
    /// True if it is placed in the store of the run: the manifest stores it nowhere, or not in every run.
    pub in_run_store: bool,
    /// The place: as the manifest has it, or below the store of the run.
    pub location: String,
}

impl TaskGraph {
    /// The number of slices of a multipipeline if nobody says another.
    pub const DEFAULT_SLICES: NonZeroUsize = NonZeroUsize::new(4).unwrap();

    /// Finds a task.
    ///
    /// # Errors
    ///
    /// Fails with the likely intention if there is none of this name.
    pub fn find(&self, id: &str) -> Result<&GraphTask, String> {
        let found = self.tasks.iter().find(|task| task.id == id);
        let names = || self.tasks.iter().map(|task| task.id.as_str()).collect::<Vec<_>>();
        found.ok_or_else(|| did_you_mean_or_list(id, "tasks", &names()))
    }

    /// Returns the number of slices that a slicer divides its partitions into.
    pub fn slices_of(&self, slicer: &str) -> NonZeroUsize {
        let is_its = |task: &&GraphTask| task.kind == TaskKind::Slice && task.needs.iter().any(|need| need == slicer);
        NonZeroUsize::new(self.tasks.iter().filter(is_its).count()).unwrap_or(NonZeroUsize::MIN)
    }

    /// Returns the name that documents about a task or a dataset have in the run's store: no two names become one.
    pub fn file_name(dataset: &str) -> String {
        let mut name = String::with_capacity(dataset.len());
        for character in dataset.chars() {
            match character {
                'a'..='z' | 'A'..='Z' | '0'..='9' | '-' | '_' | '.' => name.push(character),
                other => name.push_str(&format!("~{:x}~", u32::from(other))),
            }
        }
        name
    }
}

/// A task graph as it is read back.
#[derive(Deserialize)]
struct Recorded {
    format: u32,
    pipeline: String,
    group_by: GroupBy,
    tasks: Vec<GraphTask>,
    datasets: Vec<Crossing>,
}

impl TryFrom<Recorded> for TaskGraph {
    type Error = String;

    fn try_from(recorded: Recorded) -> Result<Self, String> {
        let Recorded { format, pipeline, group_by, tasks, datasets } = recorded;
        if format != FORMAT {
            return Err(format!("the task graph has format {format}, and this version of wpipe reads format {FORMAT}"));
        }
        Ok(Self { format, pipeline, group_by, tasks, datasets })
    }
}

impl GroupBy {
    /// All values, in the order of the documentation.
    pub const ALL: [Self; 5] = [Self::Node, Self::Chain, Self::Tag, Self::Namespace, Self::All];

    /// Returns the name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Chain => "chain",
            Self::Tag => "tag",
            Self::Namespace => "namespace",
            Self::All => "all",
        }
    }
}

impl fmt::Display for GroupBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for GroupBy {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|way| way.as_str() == text);
        found.ok_or_else(|| format!("`{text}` is no way to group nodes: write node, chain, tag, namespace or all"))
    }
}
