//! Multipipelines as programs use them: real files and objects, real components, every runner.

mod chaos;
mod checkpoints;
mod corners;
mod defects;
mod failures;
mod flow;
mod graphs;
mod incremental;
mod overtaken;
mod places;
mod sameness;
mod support;
