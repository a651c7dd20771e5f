//! The guest SDK: a node is an ordinary Rust function under [`#[node]`](macro@node).
//!
//! Datasets come by reference and are read in place, wherever the host put them; parameters come by value, from the
//! manifest; the returned values become the node's outputs. [`export!`] makes a component of a crate's nodes.
//!
//! ```
//! use rkyv::{Archive, Serialize};
//! use serde::Deserialize;
//! use wpipe_sdk::{Data, Table, TableError, export, info, node};
//!
//! /// A model that can travel between nodes: rkyv lays it out, `Data` names it.
//! #[derive(Archive, Serialize, Data)]
//! struct Line {
//!     slope: f64,
//!     offset: f64,
//! }
//!
//! /// A parameter: any type that serde reads, here a table of the manifest's `[params]`.
//! #[derive(Deserialize)]
//! struct Fit {
//!     steps: u32,
//!     rate: f64,
//! }
//!
//! /// Fits a line to the points (x, y).
//! #[node]
//! fn fit(points: &Table, fit: Fit) -> Result<Line, TableError> {
//!     let (xs, ys) = (points.column::<f64>("x")?, points.column::<f64>("y")?);
//!     let mut line = Line { slope: 0.0, offset: 0.0 };
//!     for _ in 0..fit.steps {
//!         for (x, y) in xs.iter().zip(ys) {
//!             let error = line.slope * x + line.offset - y;
//!             line.slope -= fit.rate * error * x;
//!             line.offset -= fit.rate * error;
//!         }
//!     }
//!     info!("the slope is {:.2}", line.slope);
//!     Ok(line)
//! }
//!
//! /// Where the line is at each x, and what it is in words.
//! #[node(outputs("predictions", "summary"))]
//! fn predict(line: &ArchivedLine, xs: &[f64]) -> (Vec<f64>, String) {
//!     let (slope, offset) = (line.slope.to_native(), line.offset.to_native());
//!     (xs.iter().map(|x| slope * x + offset).collect(), format!("y = {slope:.2} x + {offset:.2}"))
//! }
//!
//! export![fit, predict];
//!
//! # fn main() -> Result<(), TableError> {
//! // In a unit test nodes are plain functions.
//! let points = Table::from_columns([("x", vec![0.0, 1.0].into()), ("y", vec![1.0, 3.0].into())])?;
//! let line = fit(&points, Fit { steps: 1000, rate: 0.1 })?;
//! assert!((line.slope - 2.0).abs() < 0.01);
//! # Ok(())
//! # }
//! ```
//!
//! # Arguments and returned values
//!
//! | argument | is | |
//! |---|---|---|
//! | `&Table`, `&str`, `&[u8]`, `&[f64]`, `&ArchivedLine` | a dataset, read in place | [`View`] |
//! | `f64`, `String`, `Option<Fit>`, any `Deserialize` | a parameter, from JSON | |
//! | `Partitions<Table>`, `Partitions<str>`, … | a partitioned dataset, loaded one by one | [`Partitions`] |
//! | `Output<Table>`, `Output<Vec<f64>>`, … | an output, built in place | [`Output`] |
//! | `PartitionedOutput<Table>`, … | a partitioned output, written one by one | [`PartitionedOutput`] |
//!
//! | returned | is | |
//! |---|---|---|
//! | `()` | nothing | |
//! | `Table`, `String`, `Vec<u8>`, `Vec<f64>`, `Line` | an output | [`Produce`] |
//! | `Partitioned<Table>`, `Partitioned<String>`, … | a partitioned output | [`Partitioned`] |
//! | `(A, B)` | several outputs | |
//! | `Result<…, E>` | the same; an error fails the node with what `E` displays | |
//!
//! Inputs have the names of the arguments, without leading underscores. Outputs are the [`Output`] and
//! [`PartitionedOutput`] arguments, in order and by name, then the returned values. A single one has the name of the
//! function. Those of a tuple are `out_0`, `out_1`, …, or all as in `#[node(outputs("a", "b"))]`. The first paragraph
//! of the docs becomes the node's description.
//!
//! # Reports
//!
//! [`trace!`], [`debug!`], [`info!`], [`warn!`](macro@warn) and [`error!`] log; [`progress`] and [`metric`] report
//! numbers. A panic reaches the host with its message, file and line and ends the node, never the host.
//!
//! # How it works
//!
//! For each dataset the SDK grows the node's memory by a *window*, at its end where no allocator looks, and asks the
//! host to attach the buffer there. The host decides if that copies the bytes or maps their pages. Everything is
//! checked once before the node sees it. Single datasets stay to the end of the call; a partition's window is used
//! again once the node drops the partition.

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod call;
mod content;
mod contract;
mod failure;
#[cfg(target_arch = "wasm32")]
mod guest;
mod input;
mod node;
mod output;
pub mod partitions;
#[cfg(any(test, target_arch = "wasm32"))]
mod ranges;
mod sink;
mod telemetry;
#[cfg(target_arch = "wasm32")]
mod window;

#[cfg(not(target_arch = "wasm32"))]
pub use output::Written;
pub use output::{Output, OutputError};
pub use partitions::{Loaded, Partition, PartitionError, Partitioned, PartitionedOutput, Partitions};
pub use rkyv;
pub use serde;
pub use serde_json;
pub use telemetry::{Level, log, metric, progress};
pub use wpipe_data as data;
#[doc(no_inline)]
pub use wpipe_data::{
    AlignedBytes, Date, Number, Produce, Room, Row, Table, TableError, TableMut, TableSpec, Timestamp, TypedRows, View,
    ViewError, to_archive,
};
pub use wpipe_sdk_macros::{Data, Row, export, node};
