//! The manifest: the content of `pipeline.toml`, typed, with the place of everything that an error may be about.
//!
//! `tree` turns text into values with spans. `fields` reads tables and notes their problems. One file a table turns
//! those into the types here. Nothing stops at the first problem. `masked` takes credentials out of the text that
//! people see.

mod amounts;
mod components;
mod datasets;
mod document;
#[cfg(test)]
mod documented;
mod environment;
mod fields;
mod filters;
mod given;
mod history;
pub mod immaterial;
#[cfg(test)]
mod known_keys;
mod layers;
mod limits;
mod masked;
mod multipipelines;
mod nodes;
mod page;
mod partitioned;
mod paths;
mod persist;
mod policies;
mod read;
mod retry;
mod shared_store;
mod spec;
mod stores;
mod tree;
mod written;

pub use amounts::parse_size;

pub use document::Manifest;
pub use given::split_params;
pub use history::HistorySpec;
pub use layers::Layers;
pub use limits::{CompileLimitsSpec, LimitsSpec};
pub use masked::masked;
pub(crate) use masked::without_credentials;
pub use multipipelines::{MultipipelineSpec, SlicePolicy};
pub use page::{DocumentedKey, DocumentedTable, documented_tables};
pub use partitioned::PartitionedSpec;
pub use paths::{PathFault, check_path};
pub use persist::Persist;
pub use policies::{Balance, Join, OnEmpty, OnPartitionError};
pub(crate) use read::read_layers;
pub use read::{parse, parse_layers};
pub use retry::RetrySpec;
pub use shared_store::SharedStoreSpec;
pub(crate) use spec::KeySpans;
pub use spec::{Binding, Bindings, ComponentSpec, DatasetSpec, DelaySpec, Location, NodeSpec, Origin, Target};
pub use stores::{Secret, StoreSpec};
pub use written::Written;
