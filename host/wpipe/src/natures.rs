//! Datasets at what is no file: where that cannot be read or written, or only once.

use std::collections::{BTreeMap, BTreeSet};

use wpipe_catalog::{DataError, Dataset, Direction};
use wpipe_pipeline::{Pipeline, Problem, base_name};

use crate::Project;
use crate::datasets::place_key;
use crate::stored::Stored;

/// A problem for every dataset that cannot be where it is, for what is there.
pub(crate) fn unusable(project: &Project, opened: &BTreeMap<String, Stored>) -> Vec<Problem> {
    let graph = project.pipeline();
    let nodes = graph.nodes();
    let read: BTreeSet<&str> = nodes.iter().flat_map(|node| node.inputs.iter().map(String::as_str)).collect();
    let written: BTreeSet<&str> = nodes.iter().flat_map(|node| node.outputs.iter().map(String::as_str)).collect();
    let is_loaded = |name: &str| read.contains(name) && !written.contains(name);
    let mut problems = Vec::new();
    let (mut sources, mut sinks) = (BTreeMap::new(), BTreeMap::new());
    for (name, stored) in opened {
        let whole = match stored {
            Stored::Whole(whole) => whole,
            Stored::Set(set) => {
                problems.extend(set.check_place().err().map(|error| refused(graph, name, &error)));
                continue;
            }
        };
        if written.contains(name.as_str()) {
            problems.extend(written_in_vain(graph, name, whole, &read));
            problems.extend(shared(graph, name, whole, Direction::Write, &mut sinks));
        } else if is_loaded(name) {
            problems.extend(whole.check_readable().err().map(|error| refused(graph, name, &error)));
            problems.extend(shared(graph, name, whole, Direction::Read, &mut sources));
        }
    }
    problems
}

fn refused(graph: &Pipeline, name: &str, error: &DataError) -> Problem {
    graph.dataset_problem(name, Some(place_key(graph, name)), format!("dataset `{name}`: {error}"), error.help())
}

/// A problem if a dataset cannot be written where it is, or is to be loaded again from there and cannot.
fn written_in_vain(graph: &Pipeline, name: &str, whole: &Dataset, read: &BTreeSet<&str>) -> Option<Problem> {
    if let Err(error) = whole.check_writable() {
        return Some(refused(graph, name, &error));
    }
    let spec = graph.dataset(name).and_then(|dataset| dataset.spec.as_ref());
    let is_reloaded = spec.is_some_and(|spec| spec.reload) && read.contains(name);
    let is_read_otherwise = read.iter().any(|other| *other != name && base_name(other) == base_name(name));
    if !(is_reloaded || is_read_otherwise) || !whole.is_written_as_stream() {
        return None;
    }
    let message =
        format!("`{name}` is to be loaded again from `{}`, and what is written into that is gone", whole.location());
    let help = "store it as a file, or have its readers take it from memory: in one format, without `reload`";
    Some(graph.dataset_problem(name, Some(place_key(graph, name)), message, Some(help.to_owned())))
}

/// A problem if another dataset reads from the same pipe, or writes into it.
fn shared(
    graph: &Pipeline,
    name: &str,
    whole: &Dataset,
    direction: Direction,
    seen: &mut BTreeMap<String, String>,
) -> Option<Problem> {
    let stream = whole.stream(direction)?;
    let other = seen.insert(stream, name.to_owned())?;
    let (verb, reason) = match direction {
        Direction::Read => ("read from", "whoever comes first takes what there is"),
        Direction::Write => ("written into", "what is whose could not be told"),
    };
    let message = format!("`{other}` and `{name}` are both {verb} `{}`: {reason}", whole.location());
    let help = "give each dataset a place of its own".to_owned();
    let problem = graph.dataset_problem(name, Some(place_key(graph, name)), message, Some(help));
    Some(graph.also_of_dataset(problem, &other, Some(place_key(graph, &other))))
}
