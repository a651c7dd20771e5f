//! One file for each subcommand.

mod build;
mod catalog;
mod check;
mod completions;
mod doctor;
mod events;
mod host;
mod inspect;
mod lineage;
mod new;
mod next_step;
mod output;
mod plan;
mod run;
mod runs;
mod schema;
mod select;
mod serve;
mod store;
mod telemetry;
mod trace;
mod viz;

pub(crate) use build::build;
pub(crate) use catalog::catalog;
pub(crate) use check::check;
pub(crate) use completions::completions;
pub(crate) use doctor::doctor;
pub(crate) use host::compile_by;
pub(crate) use inspect::inspect;
pub(crate) use new::new;
pub(crate) use plan::plan;
pub(crate) use run::run;
pub(crate) use runs::runs;
pub(crate) use schema::schema;
pub(crate) use store::store;
pub(crate) use viz::viz;
