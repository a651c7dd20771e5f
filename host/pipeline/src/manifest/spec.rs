//! The types of a manifest's entries.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

use super::limits::LimitsSpec;
use super::masked::without_credentials;
use super::partitioned::PartitionedSpec;
use super::persist::Persist;
use super::retry::RetrySpec;
use super::tree::{Data, Entry};
use super::written::Written;
use crate::source::Span;

/// One entry of `[components]`.
#[derive(Debug, Clone)]
pub struct ComponentSpec {
    /// Its name in `uses`.
    pub name: String,
    /// Where it comes from.
    pub origin: Origin,
    /// What it is compiled for.
    pub target: Target,
    pub(crate) spans: ComponentSpans,
}

#[derive(Debug, Clone)]
pub(crate) struct ComponentSpans {
    pub(crate) origin: Span,
}

/// Where a component comes from, relative to the manifest, as written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The folder of a Rust crate, which `wpipe build` compiles.
    Crate(PathBuf),
    /// A component file.
    Path(PathBuf),
}

/// What a component is compiled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Target {
    /// `wasm32-unknown-unknown`: no ambient authority at all.
    #[default]
    Unknown,
    /// `wasm32-wasip2`, for nodes that want WASI 0.2.
    Wasip2,
}

impl Target {
    pub(crate) const ALL: [Self; 2] = [Self::Unknown, Self::Wasip2];

    /// The name that rustc knows it by.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "wasm32-unknown-unknown",
            Self::Wasip2 => "wasm32-wasip2",
        }
    }
}

/// One entry of `[nodes]`.
#[derive(Debug, Clone)]
pub struct NodeSpec {
    /// The full name, with its namespace.
    pub name: String,
    /// What the node belongs to: a dotted prefix of its name.
    pub namespace: Option<String>,
    /// The component that exports the function.
    pub component: String,
    /// The function's name within the component.
    pub function: String,
    /// What is read.
    pub inputs: Bindings,
    /// What is written.
    pub outputs: Bindings,
    /// What selections may call it by.
    pub tags: BTreeSet<String>,
    /// The node's own limits, without those of `[limits]`.
    pub limits: LimitsSpec,
    /// The nodes that must be complete before, although it reads nothing of theirs.
    pub after: Vec<Binding>,
    /// Which of its failed calls are tried again, without what `[retry]` says.
    pub retry: RetrySpec,
    /// What it takes of named resources while it runs.
    pub resources: BTreeMap<String, u64>,
    /// All of it, as written.
    pub written: Written,
    pub(crate) spans: NodeSpans,
}

#[derive(Debug, Clone)]
pub(crate) struct NodeSpans {
    pub(crate) name: Span,
    pub(crate) uses: Option<Span>,
    pub(crate) inputs: Option<Span>,
    pub(crate) outputs: Option<Span>,
    pub(crate) namespace: Option<Span>,
}

impl NodeSpec {
    /// Where the node says which function it is.
    pub(crate) fn function_span(&self) -> &Span {
        self.spans.uses.as_ref().unwrap_or(&self.spans.name)
    }

    /// Inputs and outputs.
    pub(crate) fn bindings(&self) -> impl Iterator<Item = &Binding> {
        self.inputs.iter().chain(self.outputs.iter())
    }
}

/// What the inputs or the outputs of a node are bound to.
#[derive(Debug, Clone)]
pub enum Bindings {
    /// In the order of the function's signature: `["a", "b"]`.
    Positional(Vec<Binding>),
    /// By the port's name: `{ port = "a" }`, in the order of the text.
    Named(Vec<(String, Binding)>),
}

/// A name of a dataset or parameter where a node uses it.
#[derive(Debug, Clone)]
pub struct Binding {
    /// `dataset`, `dataset@format`, `params:x` or `parameters`.
    pub name: String,
    /// Where it is written.
    pub span: Span,
    pub(crate) port_span: Option<Span>,
}

impl Bindings {
    /// The bindings, in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = &Binding> {
        let (positional, named): (&[Binding], &[(String, Binding)]) = match self {
            Self::Positional(bindings) => (bindings, &[]),
            Self::Named(bindings) => (&[], bindings),
        };
        positional.iter().chain(named.iter().map(|(_, binding)| binding))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Positional(bindings) => bindings.len(),
            Self::Named(bindings) => bindings.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.iter().map(|binding| binding.name.clone()).collect()
    }
}

impl Default for Bindings {
    fn default() -> Self {
        Self::Positional(Vec::new())
    }
}

/// One entry of `[datasets]`.
#[derive(Debug, Clone)]
pub struct DatasetSpec {
    /// The dataset's name. In a manifest it may be a pattern with `{placeholders}`.
    pub name: String,
    /// The `type` key, such as `csv`.
    pub kind: String,
    /// Where it is stored.
    pub location: Location,
    /// Whether every run saves a version of its own.
    pub versioned: bool,
    /// When it is saved; `None`: as the run says.
    pub persist: Option<Persist>,
    /// Whether consumers read what was stored and not what the producer made.
    pub reload: bool,
    /// How its partitions are stored; `None` for a dataset that is one.
    pub partitioned: Option<PartitionedSpec>,
    /// Whether links out of the folder of its partitions or versions are followed.
    pub follow_links: bool,
    /// How much slower its storage is to be, on purpose.
    pub delay: Option<DelaySpec>,
    /// Every other key. Which ones are right depends on the type, and the catalog knows.
    pub options: Map<String, Value>,
    /// All of it, as written.
    pub written: Written,
    pub(crate) spans: KeySpans,
}

/// `delay` of a dataset: slow and unreliable storage, on purpose. The data stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DelaySpec {
    /// Added to every load.
    pub load: Option<Duration>,
    /// Added to every save.
    pub save: Option<Duration>,
    /// Before each request.
    pub latency: Option<Duration>,
    /// In bytes a second.
    pub bandwidth: Option<u64>,
    /// The part of the operations that fails, transiently.
    pub fail_rate: Option<f64>,
    /// Chooses which.
    pub seed: Option<u64>,
}

/// Where an entry and its keys are written.
#[derive(Debug, Clone)]
pub(crate) struct KeySpans {
    /// The entry's name.
    pub(crate) entry: Span,
    /// Every key that is written, with its value's place.
    pub(crate) keys: BTreeMap<String, Span>,
}

/// Where a dataset is stored.
#[derive(Clone, PartialEq, Eq)]
pub enum Location {
    /// A path, relative to the manifest, as written there.
    Path(String),
    /// A URL, such as `s3://bucket/key`, with `${env:…}` as written.
    Url(String),
    /// A key below the prefix of a store.
    Store {
        /// The name in `[stores]`.
        store: String,
        /// The key.
        path: String,
    },
    /// Nowhere: `type = "memory"`.
    Memory,
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "Path({path:?})"),
            Self::Url(url) => write!(f, "Url({:?})", without_credentials(url)),
            Self::Store { store, path } => write!(f, "Store({store:?}, {path:?})"),
            Self::Memory => f.write_str("Memory"),
        }
    }
}

impl KeySpans {
    /// The places in `entry`.
    pub(super) fn of(entry: &Entry) -> Self {
        let keys = match &entry.value.data {
            Data::Table(table) => {
                table.entries.iter().map(|entry| (entry.key.clone(), entry.value.span.clone())).collect()
            }
            _ => BTreeMap::new(),
        };
        Self { entry: entry.key_span.clone(), keys }
    }

    /// The place of a key's value, if the key is written.
    pub(crate) fn get(&self, key: &str) -> Option<&Span> {
        self.keys.get(key)
    }

    /// The place of a key's value, or else of the entry's name.
    pub(crate) fn of_key(&self, key: Option<&str>) -> &Span {
        key.and_then(|key| self.keys.get(key)).unwrap_or(&self.entry)
    }
}
