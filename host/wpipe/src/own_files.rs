//! The files that a project consists of, its manifests and its components: no dataset may be written there.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use wpipe_catalog::{Address, StoredDataset};
use wpipe_pipeline::{Pipeline, Problem};

use crate::Project;
use crate::place_key::place_key;

/// Returns a problem for every dataset that a node would write over a file of the project's.
pub(crate) fn overwritten(project: &Project, opened: &BTreeMap<String, StoredDataset>) -> Vec<Problem> {
    let graph = project.pipeline();
    let resolved = graph.graph();
    let is_written = |name: &str| resolved.find_format(name).is_some_and(|format| resolved.is_written(format));
    let own: Vec<_> = files(project).into_iter().map(|(what, path)| (what, Address::of_folder(&path), path)).collect();
    let home = Address::of_folder(project.directory());
    let mut problems = Vec::new();
    for (name, stored) in opened.iter().filter(|(name, _)| is_written(name)) {
        let address = stored.address();
        let over = own.iter().find(|(_, file, _)| match stored {
            StoredDataset::Whole(_) => *file == address,
            // For a set around the whole project, its place is reported.
            StoredDataset::Set(_) if address == home => false,
            StoredDataset::Set(set) => file.below(&address).is_some_and(|below| below.ends_with(set.suffix())),
        });
        problems.extend(over.map(|(what, _, path)| problem(graph, name, stored, what, path)));
    }
    problems
}

/// Returns the files, each with its kind.
fn files(project: &Project) -> Vec<(String, PathBuf)> {
    let manifest = project.pipeline().manifest();
    let texts = [&manifest.source].into_iter().chain(&manifest.over);
    // Overrides of one run are no files.
    let texts = texts.map(|source| PathBuf::from(&source.name)).filter(|path| path.is_file());
    let manifests = texts.map(|path| ("the manifest".to_owned(), path));
    let components = manifest.components.values();
    let components = components.map(|spec| (format!("component `{}`", spec.name), project.component_file(spec)));
    manifests.chain(components).collect()
}

fn problem(graph: &Pipeline, name: &str, stored: &StoredDataset, what: &str, path: &Path) -> Problem {
    let (location, path) = (stored.location(), path.display());
    let message = match stored {
        StoredDataset::Whole(_) => format!("`{name}` (`{location}`) would be written over {what}"),
        StoredDataset::Set(_) => {
            format!(
                "{what}, `{path}`, lies within the set `{name}` (`{location}`) and would be taken for a partition of it"
            )
        }
    };
    let help = "store it elsewhere".to_owned();
    graph.dataset_problem(name, Some(place_key(graph, name)), message, Some(help))
}
