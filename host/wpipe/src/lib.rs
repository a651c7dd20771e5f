//! Runs data pipelines whose nodes are sandboxed WebAssembly components.
//!
//! This is the library that other programs link; the `wpipe` command is a thin layer over it. Load a pipeline once
//! and run it as often as you like, with inputs from memory and outputs as typed views, without touching disk:
//!
//! ```
//! use wpipe::{Host, Record, Table};
//!
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("pipeline.toml");
//! # let component = wpipe_tests::guest("well_behaved");
//! # std::fs::write(&path, format!("
//! #     [pipeline]
//! #     name = \"example\"
//! #     [components.example]
//! #     path = {component:?}
//! #     [nodes.double]
//! #     inputs = [\"flowers\"]
//! #     outputs = [\"larger_flowers\"]
//! # "))?;
//! let host = Host::builder().build()?;
//! let pipeline = host.load(path)?; // of a `pipeline.toml`
//!
//! let flowers = Table::from_columns([("petal_length", vec![1.4, 4.7, 6.0].into())])?;
//! let result = pipeline
//!     .run()
//!     .input("flowers", &flowers)
//!     .observe(|record: &Record| println!("{:?}", record.event))
//!     .execute()?;
//!
//! let larger = result.output::<Table>("larger_flowers")?;
//! assert_eq!(larger.column::<f64>("petal_length")?, [2.8, 9.4, 12.0]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Tables go in and come out as structs as well, by `#[derive(Row)]`:
//!
//! ```
//! use wpipe::{Row, Table};
//!
//! #[derive(Row)]
//! #[row(crate = wpipe::data)]
//! struct Flower<'t> {
//!     species: &'t str,
//!     petal_length: f64,
//! }
//!
//! let flowers = Table::from_rows([Flower { species: "setosa", petal_length: 1.4 }])?;
//! for flower in flowers.rows_as::<Flower>()? {
//!     println!("{}: {}", flower.species, flower.petal_length);
//! }
//! # Ok::<(), wpipe::data::TableError>(())
//! ```
//!
//! A dataset that is a set of partitions goes in by [`Run::input_partitions`] and comes out by
//! [`RunResult::partitions`], each partition under its id. A dataset that a multipipeline makes and the catalog does
//! not list is a result like any other:
//!
//! ```
//! # use std::collections::BTreeMap;
//! # use wpipe::Host;
//! # let directory = tempfile::tempdir()?;
//! # let path = directory.path().join("pipeline.toml");
//! # let component = wpipe_tests::guest("well_behaved");
//! # std::fs::write(&path, format!("
//! #     [pipeline]
//! #     name = \"example\"
//! #     [components.example]
//! #     path = {component:?}
//! #     [nodes.upper]
//! #     inputs = [\"notes\"]
//! #     outputs = [\"loud_notes\"]
//! #     [multinodes.upper]
//! #     over = [\"notes\"]
//! # "))?;
//! # let pipeline = Host::builder().build()?.load(path)?;
//! // [nodes.upper]
//! // inputs = ["notes"]
//! // outputs = ["loud_notes"]
//! // [multinodes.upper]
//! // over = ["notes"]
//! let notes = BTreeMap::from([("2026/monday", "hello".to_owned()), ("2026/tuesday", "good bye".to_owned())]);
//! let notes = notes.iter().map(|(id, note)| (*id, note));
//! let result = pipeline.run().input_partitions("notes", notes).execute()?;
//!
//! let loud = result.partitions("loud_notes")?; // buffers by id
//! assert_eq!(loud["2026/tuesday"].bytes()?[..], *b"GOOD BYE");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A [`Session`] is a run from its manifest to its record, in steps that follow each other by their types: it selects
//! nodes, resumes an earlier run, or leaves out unchanged nodes, and keeps the journal.
//!
//! Each step is also available by itself: [`Project`] is a manifest and its graph, which can be planned without
//! components; [`Project::build`] compiles the node crates; [`Host::load_project`] loads components and checks every
//! edge; [`Pipeline::run`] runs. [`Project::datasets`] and [`Project::describe`] report the state of storage,
//! [`History`] reads earlier runs, and [`Run::resume`] resumes one.

mod assemble;
mod cancel;
mod catalog_json;
mod components;
mod create;
mod dataset_in_run;
mod datasets;
mod describe;
mod done;
mod error;
mod found_entry;
mod history;
mod host;
mod incremental;
mod inspect;
mod left_out;
mod lineage;
mod load;
mod manifest_error;
mod manifest_text;
mod natures;
pub mod new;
mod own_files;
mod place_key;
mod places;
mod plan;
mod private;
mod project;
mod remaining;
mod report;
mod resume;
mod run;
mod schema;
mod schema_json;
mod session;
mod shared;
mod storage;
mod tasks;
mod value;
mod value_error;
mod verify;
pub mod viz;

pub use cancel::CancelToken;
pub use catalog_json::found_entry_json;
pub use create::{CreateEntries, NewEntries};
pub use dataset_in_run::{DatasetInRun, DatasetTransfer, Since};
pub use describe::{DatasetDescription, DatasetState, DatasetSummary};
pub use error::Error;
pub use history::{
    DamagedRun, History, HistoryError, LogLine, MultipipelineRecord, NodeRecord, Prune, Resumed, RunDescription,
    RunRecord, RunState, SpanKind, TimelineSpan, WrittenPartitions, trace,
};
pub use host::{Host, HostBuilder, Pipeline};
pub use incremental::{Decision, Incremental, IncrementalOptions, Reason};
pub use inspect::{Inspect, InspectedDataset};
pub use lineage::{LineageError, LineageObserver};
pub use load::Load;
pub use manifest_error::ManifestError;
pub use plan::{DatasetPlan, Handover, Plan, PlanOptions};
pub use project::{Overrides, Project};
pub use resume::{Difference, Outdated, Resumption};
pub use run::{Run, RunResult};
pub use schema::StoredSchema;
pub use schema_json::manifest_schema;
pub use session::{
    BuiltPart, FinishedRun, NextStep, ReadyPart, Remaining, RemainingPart, Selected, SelectedPart, Session, UnbuiltPart,
};
pub use shared::{Shared, Store};
pub use tasks::{
    BegunTask, FinishedTask, GatheredRuns, LoadedTask, ReadyTask, RunStore, TaskCommand, TaskError, TaskRequest,
    TaskSession,
};
pub use value::{Value, Values};
pub use value_error::{InputError, OutputError, TypeMismatch};
pub use verify::Verified;

pub use wpipe_buffer::{Buffer, Transport, Transports};
pub use wpipe_build as build;
pub use wpipe_catalog::{
    ColumnSchema, ColumnStats, DataError, Description as SetDescription, InspectedColumn, Inspection, Leftover, Phase,
    TableSchema, Verification,
};
pub use wpipe_data::{self as data, Produce, Row, Table, View};
pub use wpipe_pipeline::{self as pipeline, Problem, Problems, Selection, SelectionError};
pub use wpipe_runner::{
    At, EVENT_FORMAT, Event, Failure, JsonLines, LeftOut, LogLevel, Observer, OnSaveError, Persist, Record, Report,
    RunError, RunId, Runner, SchemaId, TableColumn, default_memory, default_node_memory,
};
pub use wpipe_sandbox::{
    CallError, CompileLimits, Compiler, DescribeLimits, Limits, compile_if_asked, compile_if_asked_by,
};
pub use wpipe_sandbox::{MAX_ID, MAX_ID_BYTES, MAX_PARTITIONS, MAX_WRITERS};
pub use wpipe_sdk_macros::Row;
pub use wpipe_store::{
    Collected, Entry as SharedEntry, Fault as StoreFault, Member as SharedMember, ObjectDescription, ObjectId,
    ObjectOrigin, Settings as StoreSettings, StoreError, Usage as StoreUsage,
};
pub use wpipe_text as text;

#[cfg(feature = "otel")]
pub use wpipe_otel as otel;
