//! The way on after a run that did not complete: a command that can be typed as it is printed.

use wpipe::text::shell_quoted;
use wpipe::{NextStep, Pipeline, Selection};

use crate::arguments::RunArguments;

/// Returns the next step as a command that can be typed as it is printed.
pub(super) fn words(arguments: &RunArguments, pipeline: &Pipeline, next: &NextStep) -> String {
    let manifest = manifest(arguments);
    match next {
        NextStep::Repeat => "no node completed: repeat the command to run it again".to_owned(),
        NextStep::Resume { from, keeps_partitions, withheld } => {
            let (names, again) = (from.join(","), again(withheld));
            let with = if *keeps_partitions { " with the partitions that are not done" } else { "" };
            format!("to go on from {names}{with}: wpipe run {manifest} --resume{again}")
        }
        NextStep::Select { selection, withheld } => {
            let (flags, again) = (flags(pipeline, selection), again(withheld));
            format!("to go on: wpipe run {manifest} {flags}{again}")
        }
        NextStep::Nothing => "all nodes completed, and what they made is in storage: nothing is left to run".to_owned(),
    }
}

/// Returns the manifest as it was typed, with the shared store if one was.
fn manifest(arguments: &RunArguments) -> String {
    let manifest = typed_manifest(arguments);
    match arguments.manifest.typed_store() {
        Some(store) => format!("{manifest} --store {}", shell_quoted(&store.display().to_string())),
        None => manifest,
    }
}

/// Returns the manifest as it was typed.
pub(super) fn typed_manifest(arguments: &RunArguments) -> String {
    shell_quoted(&arguments.manifest.manifest.display().to_string())
}

/// Returns the parameters that are not kept, if there are any.
fn again(withheld: &[String]) -> String {
    let secret: Vec<_> = withheld.iter().map(|path| format!("{path}=…")).collect();
    match secret.as_slice() {
        [] => String::new(),
        secret => format!("  (and `--params {}` again, which is kept nowhere)", secret.join(",")),
    }
}

/// Returns the flags of a selection of a pipeline, with those of the layers over its manifest.
fn flags(pipeline: &Pipeline, selection: &Selection) -> String {
    let (project, mut flags) = (pipeline.project(), Vec::new());
    let mut add = |flag: &str, value: &str| flags.push(format!("{flag} {}", shell_quoted(value)));
    if let Some(env) = project.env() {
        add("--env", env);
    }
    for (path, value) in project.given_params() {
        if let Some(value) = value {
            add("--params", &format!("{path}={value}"));
        }
    }
    let from = ("--from-nodes", selection.from_nodes.as_slice());
    let others = selection.filters().into_iter().filter(|(flag, _)| *flag != from.0);
    for (flag, items) in others.chain([("--exclude", selection.exclude.as_slice()), from]) {
        if !items.is_empty() {
            add(flag, &items.join(","));
        }
    }
    flags.join(" ")
}

/// Returns the command that runs nodes, and all that depend on them.
pub(super) fn from_nodes(arguments: &RunArguments, nodes: &[&str]) -> String {
    let manifest = manifest(arguments);
    format!("wpipe run {manifest} --from-nodes {}", shell_quoted(&nodes.join(",")))
}
