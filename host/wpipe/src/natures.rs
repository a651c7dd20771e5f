//! Datasets in places that are no files, if these cannot be read or written, or only once.

use std::collections::BTreeMap;

use wpipe_catalog::{DataError, Dataset, Direction, StoredDataset};
use wpipe_pipeline::{FormatId, Pipeline, Problem};

use crate::Project;
use crate::place_key::place_key;

/// Returns a problem for every dataset whose place does not suit it, by its nature.
pub(crate) fn unusable(project: &Project, opened: &BTreeMap<String, StoredDataset>) -> Vec<Problem> {
    let graph = project.pipeline();
    let resolved = graph.graph();
    let mut problems = Vec::new();
    let (mut sources, mut sinks) = (BTreeMap::new(), BTreeMap::new());
    for (name, stored) in opened {
        let whole = match stored {
            StoredDataset::Whole(whole) => whole,
            StoredDataset::Set(set) => {
                let is_written = resolved.find_format(name).is_some_and(|format| resolved.is_written(format));
                let checked = if is_written { set.check_writable() } else { set.check_place() };
                problems.extend(checked.err().map(|error| refused(graph, name, &error)));
                continue;
            }
        };
        let Some(format) = resolved.find_format(name) else { continue };
        if resolved.is_written(format) {
            problems.extend(written_in_vain(graph, format, whole));
            problems.extend(shared(graph, name, whole, Direction::Write, &mut sinks));
        } else if !resolved[format].readers.is_empty() {
            problems.extend(whole.check_readable().err().map(|error| refused(graph, name, &error)));
            problems.extend(shared(graph, name, whole, Direction::Read, &mut sources));
        }
    }
    problems
}

fn refused(graph: &Pipeline, name: &str, error: &DataError) -> Problem {
    graph.dataset_problem(name, Some(place_key(graph, name)), format!("dataset `{name}`: {error}"), error.help())
}

/// Returns a problem if a dataset cannot be written to its place, or is to be loaded again from there and cannot.
fn written_in_vain(graph: &Pipeline, format: FormatId, whole: &Dataset) -> Option<Problem> {
    let resolved = graph.graph();
    let (name, of) = (&resolved[format].name, &resolved[format]);
    if let Err(error) = whole.check_writable() {
        return Some(refused(graph, name, &error));
    }
    let is_reloaded = of.stored.as_ref().is_some_and(|stored| stored.reload) && !of.readers.is_empty();
    if !(is_reloaded || resolved.has_twin(format)) || !whole.is_written_as_stream() {
        return None;
    }
    let message =
        format!("`{name}` is to be loaded again from `{}`, and what is written into that is gone", whole.location());
    let help = "store it as a file, or have its readers take it from memory: in one format, without `reload`";
    Some(graph.dataset_problem(name, Some(place_key(graph, name)), message, Some(help.to_owned())))
}

/// Returns a problem if another dataset reads from the same pipe, or writes into it.
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
