//! Runs as OpenLineage's events: which run of which job has read and written which datasets.
//!
//! ```text
//! Record ──► LineageObserver ──► RunEvent (JSON) ──► a file, or a server
//! ```
//!
//! A run of the pipeline is a run of the job `pipeline`, and each of its nodes one of `pipeline.node`, whose parent it is.
//! Datasets in storage have the names that other tools give them ([`wpipe_catalog::LineageName`]), others the pipeline's. What columns
//! are made of is known to nobody but the node, so nothing is said about that.

mod destination;
mod error;
mod event;
mod id;
mod jobs;
mod observer;

pub use error::LineageError;
pub use observer::LineageObserver;
