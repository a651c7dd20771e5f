//! Runs one node call in a fresh sandbox. This crate holds everything that knows wasmtime.
//!
//! ```text
//!   Engine ──load──► Component (compiled once, cached on disk) ──call──► fresh Store + instance ──► Outcome
//!                                                                 ▲            │
//!                                              Limits, Telemetry ─┘            └─ Windows (wpipe-buffer)
//! ```
//!
//! A guest can only harm itself: a trap, a limit, a bad address or a panic ends the call with a [`CallError`], and
//! the engine goes on. Nothing of the system is granted: no files, no network, no environment, no clocks.
//!
//! **Invariant.** This crate knows no storage, no graph and no time beyond one call.

mod bindings;
mod buffers;
mod cache;
mod call;
mod compile;
mod component;
mod described;
mod engine;
mod error;
mod file;
mod limits;
mod log;
mod partition;
mod printed;
mod signatures;
mod state;
mod telemetry;
mod wasi;
mod watch;

pub use buffers::{MAX_ID, MAX_ID_BYTES, MAX_PARTITIONS, MAX_WRITERS};
pub use call::{Argument, Call, Outcome, Produced};
pub use compile::{CompileLimits, Compiler, compile_if_asked, compile_if_asked_by};
pub use component::Component;
pub use described::DescribeLimits;
pub use engine::{Engine, EngineConfig};
pub use error::{CallError, CompileError, LoadError};
pub use file::{open_file, read_file};
pub use limits::Limits;
pub use partition::{Fetch, Partition, Taker};
pub use telemetry::{Level, Silent, Telemetry, UnknownLevel};
