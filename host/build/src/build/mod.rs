//! Builds a component file from a crate: cargo, componentisation, and the stamp that saves doing it again.

mod builder;
mod cargo;
mod compile;
mod componentise;
mod dep_info;
mod error;
mod files;
mod inputs;
mod lock;
mod request;
mod stamp;
mod target_dir;

pub use builder::build;
pub use cargo::stop;
pub use compile::SETTINGS;
pub use error::BuildError;
pub use request::{BuildRequest, Built, Outcome, Output};
