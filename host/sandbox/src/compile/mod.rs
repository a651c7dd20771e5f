//! Compiles the code of strangers: it is judged first, then compiled in a process of its own that can be ended.
//!
//! ```text
//!   bytes ──screen──► counts within limits ──► child process: rlimits, polls, precompile ──► artefact ──seal──► cache ──map──►
//!                          │                        │
//!                          └─ CompileError::Exceeds └─ CompileError: time, memory, crash, interrupted
//! ```

mod child;
mod gate;
mod limits;
mod polls;
mod screen;
mod worker;

pub(crate) use child::compile_in_child;
pub(crate) use gate::Gate;
pub use limits::CompileLimits;
pub(crate) use polls::{REVISION, with_polls};
pub(crate) use screen::{Excess, screen};
pub use worker::{Compiler, compile_if_asked, compile_if_asked_by};
