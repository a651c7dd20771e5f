//! Loading the components that a pipeline uses.

use std::collections::BTreeMap;

use wpipe_pipeline::{Origin, Problem};
use wpipe_sandbox::{Component, Engine, LoadError};

use crate::Project;

/// Loads every component that a node uses, by name; what cannot be loaded becomes a problem.
pub(crate) fn load(project: &Project, engine: &Engine, problems: &mut Vec<Problem>) -> BTreeMap<String, Component> {
    let pipeline = project.pipeline();
    let mut loaded = BTreeMap::new();
    for (name, spec) in &pipeline.manifest().components {
        if !pipeline.nodes().iter().any(|node| node.component == *name) {
            continue;
        }
        match Component::from_file(engine, name, &project.component_file(spec)) {
            Ok(component) => {
                loaded.insert(name.clone(), component);
            }
            Err(error) => {
                let unbuilt = matches!((&error, &spec.origin), (LoadError::Read { .. }, Origin::Crate(_)));
                let help = if unbuilt { Some("build it with `wpipe build`") } else { error.help() };
                problems.push(pipeline.component_problem(name, error.to_string(), help.map(str::to_owned)));
            }
        }
    }
    loaded
}
