//! From the text of a `pipeline.toml` to an ordered, type-checked graph.
//!
//! The way runs [`parse`] → [`Manifest`] → [`Pipeline`] → [`Pipeline::check`] → [`Typed`], and ends in a
//! [`ResolvedGraph`]: every relation of nodes and datasets, by typed ids. Every step returns all [`Problems`] it found,
//! never only the first, each with its place in the text.
//!
//! A [`Multipipeline`] is a group of nodes that run for each of many partitions. [`Multipipeline::slice`] selects these
//! and cuts them into slices, once the existing partitions are known.
//!
//! This crate is pure: it reads no file, awaits nothing and knows no WebAssembly. The same texts give the same
//! graph and the same order on every machine.
//!
//! ```
//! use std::sync::Arc;
//! use wpipe_pipeline::{Pipeline, Source, parse};
//!
//! let source = Source::new(
//!     "pipeline.toml",
//!     r#"
//!         [pipeline]
//!         name = "greetings"
//!         [components.hello]
//!         path = "hello.wasm"
//!         [nodes.greet]
//!         inputs = ["names"]
//!         outputs = ["greetings"]
//!     "#,
//! );
//! let pipeline = Pipeline::new(parse(Arc::new(source))?)?;
//! assert_eq!(pipeline.nodes()[0].component, "hello");
//! assert_eq!(pipeline.inputs(), ["names"]);
//! # Ok::<(), wpipe_pipeline::Problems>(())
//! ```

mod catalog;
mod check;
mod dataset_name;
mod edit;
mod graph;
mod manifest;
mod pattern;
mod pipeline;
mod plan;
mod problem;
mod resolved;
mod select;
mod slices;
mod source;
mod tasks;

pub use check::{Passing, Typed, TypedNode};
pub use dataset_name::is_parameter;
pub use edit::{NewDataset, insert_datasets};
pub use graph::look_up;
pub use manifest::{
    Balance, Binding, Bindings, CompileLimitsSpec, ComponentSpec, DatasetSpec, DelaySpec, DocumentedKey,
    DocumentedTable, HistorySpec, Join, Layers, LimitsSpec, Location, Manifest, MultipipelineSpec, NodeSpec, OnEmpty,
    OnPartitionError, Origin, PartitionedSpec, PathFault, Persist, RetrySpec, Secret, SharedStoreSpec, SlicePolicy,
    StoreSpec, Target, Written, check_path, documented_tables, immaterial, masked, parse, parse_layers, parse_size,
    split_params,
};
pub use pipeline::{Dataset, FoundEntry, Multipipeline, Pipeline};
pub use plan::{Plan, PlanDataset, PlanKind, PlanNode};
pub use problem::{Problem, Problems};
pub use resolved::{
    CalledPer, DatasetId, FormatId, GroupId, Node, NodeId, ResolvedDataset, ResolvedFormat, ResolvedGraph,
    ResolvedGroup, Role, Stage, StoredAs, base_name,
};
pub use select::{Selection, SelectionError};
pub use slices::{Configure, Filter, LeftOut, LeftOutReason, Part, SliceError, SlicePlan};
pub use source::{Source, Span};
pub use tasks::{Crossing, GraphTask, GroupBy, GroupError, TaskGraph, TaskKind, TaskOptions};
