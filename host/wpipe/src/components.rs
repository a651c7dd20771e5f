//! Loading the components that a pipeline uses: several at once, since each may have to be compiled.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Mutex, PoisonError};
use std::thread;

use wpipe_pipeline::{CompileLimitsSpec, ComponentSpec, Origin, Problem};
use wpipe_sandbox::{CompileLimits, Component, Engine, LoadError};

use crate::Project;

/// Loads every component that a node uses, by name; one that cannot be loaded becomes a problem.
pub(crate) fn load(project: &Project, engine: &Engine, problems: &mut Vec<Problem>) -> BTreeMap<String, Component> {
    let pipeline = project.pipeline();
    let limits = compile_limits(pipeline.manifest().compile_limits, engine.compile_limits());
    let is_used = |name: &String| pipeline.nodes().iter().any(|node| node.component == *name);
    let used: Vec<_> = pipeline.manifest().components.iter().filter(|(name, _)| is_used(name)).collect();
    let results = at_once(&used, |(name, spec)| {
        Component::from_file_within(engine, name, &project.component_file(spec), &limits)
    });
    let mut loaded = BTreeMap::new();
    for ((name, spec), result) in used.into_iter().zip(results) {
        match result {
            Ok(component) => {
                loaded.insert(name.clone(), component);
            }
            Err(error) => {
                problems.push(pipeline.component_problem(name, error.to_string(), help(&error, spec)));
            }
        }
    }
    loaded
}

fn help(error: &LoadError, spec: &ComponentSpec) -> Option<String> {
    let unbuilt = matches!((error, &spec.origin), (LoadError::Read { .. }, Origin::Crate(_)));
    let help = if unbuilt { Some("build it with `wpipe build`") } else { error.help() };
    help.map(str::to_owned)
}

fn compile_limits(spec: CompileLimitsSpec, fallback: &CompileLimits) -> CompileLimits {
    CompileLimits {
        size: spec.size.unwrap_or(fallback.size),
        functions: spec.functions.unwrap_or(fallback.functions),
        time: spec.time.or(fallback.time),
        memory: spec.memory.unwrap_or(fallback.memory),
        ..fallback.clone()
    }
}

/// Calls `act` with all `items`, as many at once as there are processors; the results are in their order.
fn at_once<T: Sync, R: Send>(items: &[T], act: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(items.len());
    let (next, results) = (Mutex::new(0..items.len()), Mutex::new(BTreeMap::new()));
    let work = || {
        while let Some(index) = { next.lock().unwrap_or_else(PoisonError::into_inner).next() } {
            let result = act(&items[index]);
            results.lock().unwrap_or_else(PoisonError::into_inner).insert(index, result);
        }
    };
    if threads <= 1 {
        work();
    } else {
        thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    }
    results.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}
