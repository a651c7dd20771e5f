//! The native part of the Python package `wpipe`: the embedding API, and the command, for Python.
//!
//! ```text
//!   Python object ── given ──► Value ──► run ──► Value ── taken ──► Table, Array, Buffer, str, int …
//!                    (a copy,            (no GIL)         (in place: the object keeps the pages)
//!                     or none)
//! ```
//!
//! What is best said in Python is in the package itself (`python/wpipe`): exceptions, notebooks, DataFrames.

mod arguments;
mod array;
mod capsule;
mod catalog;
mod cells;
mod columns;
mod command;
mod errors;
mod given;
mod host;
mod module;
mod numbers;
mod overrides;
mod pipeline;
mod place;
mod records;
mod result;
mod run;
mod table;
mod taken;
mod wait;

pub use module::_wpipe;
