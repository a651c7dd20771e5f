//! Runs data pipelines whose nodes are sandboxed WebAssembly components.
//!
//! This is the library that other programs link; the `wpipe` command is a thin layer over it. Load a pipeline once
//! and run it as often as you like, with inputs from memory and outputs as typed views, without touching disk:
//!
//! ```no_run
//! use wpipe::{Host, Table};
//!
//! let host = Host::builder().build()?;
//! let pipeline = host.load("pipeline.toml")?;
//!
//! let flowers = Table::from_columns([("petal_length", vec![1.4, 4.7, 6.0].into())])?;
//! let result = pipeline
//!     .run()
//!     .input("flowers", &flowers)
//!     .observe(|record: &wpipe::Record| println!("{:?}", record.event))
//!     .execute()?;
//!
//! let predictions = result.output::<Table>("predictions")?;
//! println!("{predictions:?}");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The steps are there one by one as well: [`Project`] is a manifest and its graph, which needs no component to be
//! planned; [`Project::build`] compiles the node crates; [`Host::load_project`] loads components and checks every
//! edge; [`Pipeline::run`] runs.

mod assemble;
mod components;
mod datasets;
mod error;
mod host;
mod project;
mod run;
mod value;

pub use error::Error;
pub use host::{Host, HostBuilder, Pipeline};
pub use project::Project;
pub use run::{Run, RunResult};

pub use wpipe_buffer::{Buffer, Transport, Transports};
pub use wpipe_build as build;
pub use wpipe_data::{self as data, Produce, Table, View};
pub use wpipe_pipeline::{self as pipeline, Problem, Problems};
pub use wpipe_runner::{Event, Failure, JsonLines, LogLevel, Observer, Record, Report, RunError, RunId};
pub use wpipe_sandbox::{CallError, Limits};
