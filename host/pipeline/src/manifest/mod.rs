//! The manifest: what `pipeline.toml` says, typed, with the place of everything that an error may be about.
//!
//! `tree` turns text into values with spans, `fields` reads tables and notes what is wrong with them, and one
//! file a table turns those into the types here. Nothing stops at the first problem.

mod components;
mod datasets;
mod fields;
mod limits;
mod nodes;
mod read;
mod spec;
mod tree;

pub use limits::{LimitsSpec, parse_size};
pub use read::parse;
pub(crate) use read::read;
pub use spec::{Binding, Bindings, ComponentSpec, DatasetSpec, Location, Manifest, NodeSpec, Origin, Target};
