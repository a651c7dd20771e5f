//! A new project: a pipeline that runs at once, the crate of its nodes with their tests, and data.
//!
//! * `name`: the names that a project may have;
//! * `template`: what can be begun with, and its files;
//! * `sdk`: where cargo takes the SDK from;
//! * `project`: the project, `made` as a whole or not at all.

mod error;
mod made;
mod name;
mod project;
mod sdk;
mod template;

pub use error::NewError;
pub use project::NewProject;
pub use sdk::Sdk;
pub use template::Template;
