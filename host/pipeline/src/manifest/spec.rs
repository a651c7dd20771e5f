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
    /// Its origin.
    pub origin: Origin,
    /// Its compilation target.
    pub target: Target,
    pub(crate) spans: ComponentSpans,
}

#[derive(Debug, Clone)]
pub(crate) struct ComponentSpans {
    pub(crate) origin: Span,
}

/// The origin of a component, relative to the manifest, as written there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// The folder of a Rust crate, which `wpipe build` compiles.
    Crate(PathBuf),
    /// A component file.
    Path(PathBuf),
}

/// The compilation target of a component.
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

    /// Returns its name in rustc.
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
    /// The namespace: a dotted prefix of the name.
    pub namespace: Option<String>,
    /// The component that exports the function.
    pub component: String,
    /// The function's name within the component.
    pub function: String,
    /// The datasets and parameters that it reads.
    pub inputs: Bindings,
    /// The datasets that it writes.
    pub outputs: Bindings,
    /// The tags that selections may name it by.
    pub tags: BTreeSet<String>,
    /// The node's own limits, without those of `[limits]`.
    pub limits: LimitsSpec,
    /// The nodes that must complete first, although it reads nothing of theirs.
    pub after: Vec<Binding>,
    /// The failed calls that are tried again, without the settings of `[retry]`.
    pub retry: RetrySpec,
    /// The amounts of named resources that it takes while it runs.
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
    /// Returns the place that names the node's function.
    pub(crate) fn function_span(&self) -> &Span {
        self.spans.uses.as_ref().unwrap_or(&self.spans.name)
    }

    /// Returns inputs and outputs.
    pub(crate) fn bindings(&self) -> impl Iterator<Item = &Binding> {
        self.inputs.iter().chain(self.outputs.iter())
    }
}

/// The datasets and parameters that the inputs or the outputs of a node are bound to.
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
    /// Its place.
    pub span: Span,
    pub(crate) port_span: Option<Span>,
}

impl Bindings {
    /// Returns the bindings, in the order of the text.
    pub fn iter(&self) -> impl Iterator<Item = &Binding> {
        let (positional, named): (&[Binding], &[(String, Binding)]) = match self {
            Self::Positional(bindings) => (bindings, &[]),
            Self::Named(bindings) => (&[], bindings),
        };
        positional.iter().chain(named.iter().map(|(_, binding)| binding))
    }

    /// Returns the number of bindings.
    pub fn len(&self) -> usize {
        match self {
            Self::Positional(bindings) => bindings.len(),
            Self::Named(bindings) => bindings.len(),
        }
    }

    /// Returns true if there are none.
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
    /// The place of storage.
    pub location: Location,
    /// True if every run saves a version of its own.
    pub versioned: bool,
    /// The time of its save; `None`: as the run says.
    pub persist: Option<Persist>,
    /// True if consumers read the stored copy and not the one that the producer made.
    pub reload: bool,
    /// The storage of its partitions; `None` for a dataset that is one.
    pub partitioned: Option<PartitionedSpec>,
    /// True if links out of the folder of its partitions or versions are followed.
    pub follow_links: bool,
    /// The fault injection of its storage.
    pub delay: Option<DelaySpec>,
    /// Every other key. The catalog knows the right ones for the type.
    pub options: Map<String, Value>,
    /// All of it, as written.
    pub written: Written,
    pub(crate) spans: KeySpans,
}

/// `delay` of a dataset: slow and unreliable storage, on purpose. The data stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct DelaySpec {
    /// The time added to every load.
    pub load: Option<Duration>,
    /// The time added to every save.
    pub save: Option<Duration>,
    /// The time before each request.
    pub latency: Option<Duration>,
    /// The bandwidth in bytes a second.
    pub bandwidth: Option<u64>,
    /// The part of the operations that fails, transiently.
    pub fail_rate: Option<f64>,
    /// The seed that chooses them.
    pub seed: Option<u64>,
}

/// The places of an entry and its keys.
#[derive(Debug, Clone)]
pub(crate) struct KeySpans {
    /// The place of the entry's name.
    pub(crate) entry: Span,
    /// Every key that is written, with its value's place.
    pub(crate) keys: BTreeMap<String, Span>,
}

/// The place where a dataset is stored.
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
        /// The key; empty if the store is a database.
        path: String,
    },
    /// A database, such as `sqlite:data/sales.db`, with `${env:…}` as written.
    Connection(String),
    /// Nowhere: `type = "memory"`.
    Memory,
}

impl fmt::Debug for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(f, "Path({path:?})"),
            Self::Url(url) => write!(f, "Url({:?})", without_credentials(url)),
            Self::Store { store, path } => write!(f, "Store({store:?}, {path:?})"),
            Self::Connection(text) => write!(f, "Connection({:?})", without_credentials(text)),
            Self::Memory => f.write_str("Memory"),
        }
    }
}

impl KeySpans {
    /// Returns the places in `entry`.
    pub(super) fn of(entry: &Entry) -> Self {
        let keys = match &entry.value.data {
            Data::Table(table) => {
                table.entries.iter().map(|entry| (entry.key.clone(), entry.value.span.clone())).collect()
            }
            _ => BTreeMap::new(),
        };
        Self { entry: entry.key_span.clone(), keys }
    }

    /// Returns the place of a key's value, if the key is written.
    pub(crate) fn get(&self, key: &str) -> Option<&Span> {
        self.keys.get(key)
    }

    /// Returns the place of a key's value, or else of the entry's name.
    pub(crate) fn of_key(&self, key: Option<&str>) -> &Span {
        key.and_then(|key| self.keys.get(key)).unwrap_or(&self.entry)
    }
}
