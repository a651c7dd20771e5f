//! Chooses type and place of a dataset: by the schema that nodes agree on, by a file that is there already.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use wpipe_data::{Kind, Port, Signature};
use wpipe_pipeline::{Bindings, DatasetId, Location, NewDataset, Pipeline, Role};

/// The type of a dataset by its schema, with the end of its file's name. Whatever is not listed is an archive.
const BY_SCHEMA: [(&str, &str, &str); 3] =
    [("table", "parquet", ".parquet"), ("text", "text", ".txt"), ("bytes", "bytes", ".bin")];
const ARCHIVE: (&str, &str) = ("archive", ".archive");

/// The files of tables that are taken as they are where nobody makes them, best first.
const TABLE_FILES: [(&str, &str); 6] = [
    ("parquet", ".parquet"),
    ("arrow", ".arrow"),
    ("csv", ".csv"),
    ("json", ".jsonl"),
    ("json", ".json"),
    ("excel", ".xlsx"),
];

/// What nodes say of a dataset by their ports.
#[derive(Debug, Clone, Default)]
pub(super) struct Handed {
    /// The name of its schema.
    schema: String,
    /// True if a port takes or makes it partition by partition.
    is_partitioned: bool,
}

/// Returns what the nodes hand over, by dataset. What is bound to a port that there is not is left out.
pub(super) fn handed(
    pipeline: &Pipeline,
    signatures: &BTreeMap<String, Vec<Signature>>,
) -> BTreeMap<DatasetId, Handed> {
    let mut found: BTreeMap<DatasetId, Handed> = BTreeMap::new();
    for node in &pipeline.manifest().nodes {
        let exported = signatures.get(&node.component).into_iter().flatten();
        let Some(signature) = exported.into_iter().find(|of| of.name == node.function) else { continue };
        for (bindings, ports) in [(&node.inputs, &signature.inputs), (&node.outputs, &signature.outputs)] {
            for (dataset, port) in bound(bindings, ports) {
                let Some(id) = pipeline.graph().find_dataset(dataset) else { continue };
                let handed = found.entry(id).or_default();
                handed.schema.clone_from(&port.schema);
                handed.is_partitioned |= port.kind == Kind::Partitioned;
            }
        }
    }
    found
}

/// Returns each binding with its port.
fn bound<'b>(bindings: &'b Bindings, ports: &'b [Port]) -> Vec<(&'b str, &'b Port)> {
    match bindings {
        Bindings::Positional(bindings) => {
            bindings.iter().zip(ports).map(|(binding, port)| (binding.name.as_str(), port)).collect()
        }
        Bindings::Named(bindings) => {
            let port = |name: &String| ports.iter().find(|port| port.name == *name);
            bindings.iter().filter_map(|(name, binding)| Some((binding.name.as_str(), port(name)?))).collect()
        }
    }
}

/// The folder of new datasets, and the paths in it that are taken.
pub(super) struct Places<'p> {
    pipeline: &'p Pipeline,
    /// The folder that the manifest's paths are relative to.
    directory: &'p Path,
    folder: &'p str,
    taken: BTreeSet<String>,
}

impl<'p> Places<'p> {
    pub(super) fn new(pipeline: &'p Pipeline, directory: &'p Path, folder: &'p str) -> Self {
        let listed = pipeline.manifest().datasets.iter().map(|spec| &spec.location);
        let resolved = pipeline.datasets().filter_map(|dataset| Some(&dataset.spec.as_ref()?.location));
        let paths = listed.chain(resolved).filter_map(|location| match location {
            Location::Path(path) => Some(plain(path)),
            _ => None,
        });
        Self { pipeline, directory, folder, taken: paths.collect() }
    }

    /// Returns an entry for the dataset `name`, which is a format of the dataset that `handed` is known of.
    pub(super) fn entry(&mut self, name: &str, handed: &Handed, made: &[NewDataset]) -> NewDataset {
        let name = name.to_owned();
        // All formats of a dataset are views of one file.
        if let Some(other) = made.iter().find(|other| self.is_same(&other.name, &name)) {
            return NewDataset { name, ..other.clone() };
        }
        if let Some(other) = self.other_format(&name) {
            return other;
        }
        let dataset = self.pipeline.dataset(&name);
        let is_partitioned = handed.is_partitioned || dataset.is_some_and(|dataset| dataset.is_partitioned);
        let is_free = dataset.is_some_and(|dataset| dataset.role == Role::FreeInput);
        let stem = format!("{}/{}", self.folder.trim_end_matches('/'), file_name(self.without_format(&name)));
        let (kind, suffix) =
            self.file_there(&stem, handed).filter(|_| is_free && !is_partitioned).unwrap_or_else(|| {
                let of_schema = BY_SCHEMA.iter().find(|(schema, ..)| *schema == handed.schema);
                of_schema.map_or(ARCHIVE, |(_, kind, suffix)| (*kind, *suffix))
            });
        let end = if is_partitioned { "" } else { suffix };
        let path = self.free(&stem, end);
        let suffix = is_partitioned.then(|| suffix.to_owned());
        NewDataset { name, kind: kind.to_owned(), path, suffix }
    }

    /// Returns true if two names are formats of one dataset.
    fn is_same(&self, one: &str, other: &str) -> bool {
        let graph = self.pipeline.graph();
        graph.find_dataset(one).is_some_and(|id| graph.find_dataset(other) == Some(id))
    }

    fn without_format<'n>(&'n self, name: &'n str) -> &'n str {
        let graph = self.pipeline.graph();
        graph.find_dataset(name).map_or(name, |id| graph[id].name.as_str())
    }

    /// Returns the entry of another format of the dataset, if that has a path.
    fn other_format(&self, name: &str) -> Option<NewDataset> {
        let mut formats = self.pipeline.datasets().filter(|other| self.is_same(&other.name, name));
        formats.find_map(|other| {
            let spec = other.spec.as_ref()?;
            let Location::Path(path) = &spec.location else { return None };
            let suffix = spec.partitioned.as_ref().map(|of| of.suffix.clone());
            Some(NewDataset { name: name.to_owned(), kind: spec.kind.clone(), path: path.clone(), suffix })
        })
    }

    /// Returns type and end of the name of a table's file that is there.
    fn file_there(&self, stem: &str, handed: &Handed) -> Option<(&'static str, &'static str)> {
        let is_there = |end: &str| self.directory.join(format!("{stem}{end}")).is_file();
        TABLE_FILES.into_iter().find(|(_, end)| handed.schema == "table" && is_there(end))
    }

    /// Returns the first path that is not taken: `stem` and `end`, or with a number between them.
    fn free(&mut self, stem: &str, end: &str) -> String {
        let numbered = (2_usize..).map(|number| format!("{stem}-{number}{end}"));
        let mut paths = [format!("{stem}{end}")].into_iter().chain(numbered);
        // There are more numbers than entries.
        paths.find(|path| self.taken.insert(plain(path))).unwrap_or_default()
    }
}

/// Returns a path as it is compared.
fn plain(path: &str) -> String {
    let parts: Vec<_> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    if path.starts_with('/') { format!("/{}", parts.join("/")) } else { parts.join("/") }
}

/// Returns the name of a file for a dataset: what is neither letter nor digit becomes `_`.
fn file_name(dataset: &str) -> String {
    let name: String =
        dataset.chars().map(|c| if c.is_alphanumeric() || "_-.".contains(c) { c } else { '_' }).collect();
    // A name that begins with a dot would be hidden.
    name.strip_prefix('.').map(|rest| format!("_{rest}")).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_datasets_become_names_of_files() {
        assert_eq!(
            ["eu.sales", "größe 1", "../../etc/passwd", ".x"].map(file_name),
            ["eu.sales", "größe_1", "_._.._etc_passwd", "_x"]
        );
    }

    #[test]
    fn paths_are_compared_by_what_they_mean() {
        assert_eq!(
            ["./data//x.csv", "data/x.csv", "/data/./x.csv"].map(plain),
            ["data/x.csv", "data/x.csv", "/data/x.csv"]
        );
    }
}
