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
//! The steps are there one by one as well: [`Project`] is a manifest and its graph, which needs no component to be
//! planned; [`Project::build`] compiles the node crates; [`Host::load_project`] loads components and checks every
//! edge; [`Pipeline::run`] runs.

mod assemble;
mod components;
mod datasets;
mod done;
mod error;
mod history;
mod host;
mod incremental;
mod plan;
mod project;
mod run;
mod stored;
mod value;

pub use error::Error;
pub use history::{History, NodeRecord, RunDescription, RunRecord, RunState, WrittenPartitions};
pub use host::{Host, HostBuilder, Pipeline};
pub use incremental::{Decision, Incremental, Reason};
pub use plan::{DatasetPlan, Handover, Plan};
pub use project::{Overrides, Project};
pub use run::{Run, RunResult};

pub use wpipe_buffer::{Buffer, Transport, Transports};
pub use wpipe_build as build;
pub use wpipe_data::{self as data, Produce, Table, View};
pub use wpipe_pipeline::{self as pipeline, Problem, Problems, Selection, SelectionError};
pub use wpipe_runner::{
    At, Event, Failure, JsonLines, LeftOut, LogLevel, Observer, OnSaveError, Persist, Record, Report, RunError, RunId,
    Runner, default_memory,
};
pub use wpipe_sandbox::{CallError, Limits};
