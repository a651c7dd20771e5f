//! Writing a journal.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use wpipe_catalog::{Stored, check_own_folder};
use wpipe_pipeline::Selection;
use wpipe_runner::{JsonLines, Observer, Record, RunId};

use super::error::HistoryError;
use super::redact::{keeps_param, redacted};
use crate::incremental::CallKey;
use crate::private::{private_file, private_folder};
use crate::{Error, Overrides, Project};

/// The folder of a project's runs, in the project's directory.
pub(super) const RUNS: &str = ".wpipe/runs";
/// The file with the description of the run.
pub(super) const DESCRIPTION: &str = "run.json";
/// The file with the partitions of its inputs.
pub(super) const INPUTS: &str = "inputs.json";
/// The file with its events.
pub(super) const EVENTS: &str = "events.jsonl";

/// Another layout of the description has another number; the first had none. Older ones can be read.
pub(super) const FORMAT: u32 = 2;

/// The description of a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunDescription {
    /// The layout of the journal.
    #[serde(default)]
    pub format: u32,
    /// The run.
    pub id: String,
    /// The pipeline's name.
    pub pipeline: String,
    /// The version of wpipe.
    pub wpipe: String,
    /// The manifest, as it was named.
    pub manifest: String,
    /// The environment whose manifest was laid over it.
    #[serde(default)]
    pub env: Option<String>,
    /// The BLAKE3 digest of the manifest's text and of all that was laid over it, in hexadecimal.
    pub manifest_digest: String,
    /// The BLAKE3 digest of each component, in hexadecimal.
    pub components: BTreeMap<String, String>,
    /// The flags that selected nodes, with their items; empty for the whole pipeline.
    pub selection: BTreeMap<String, Vec<String>>,
    /// The selected nodes, in the order of the plan.
    pub nodes: Vec<String>,
    /// `[params]`; values whose names say that they are secret are left out.
    pub params: Map<String, Value>,
    /// The parameters that were set for the run, in that order: by their dotted paths, in TOML. Parameters whose names
    /// suggest a secret have no values.
    #[serde(default)]
    pub given_params: Vec<(String, Option<String>)>,
    /// All nodes that the manifest had, in the order of the plan.
    #[serde(default)]
    pub manifest_nodes: Vec<String>,
    /// The keys of the nodes' calls, and of the calls that resumed runs have done.
    #[serde(default)]
    pub(crate) calls: BTreeMap<String, CallKey>,
    /// The versions that it loads instead of the newest, by dataset.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub load_versions: BTreeMap<String, String>,
    /// The marks that datasets had when resumed runs saved them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) marks: BTreeMap<String, String>,
    /// The run that it resumes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumed: Option<Resumed>,
}

/// A run that another one resumes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Resumed {
    /// The run.
    pub run: String,
    /// The selection of the first run in a chain of resumed runs.
    pub selection: BTreeMap<String, Vec<String>>,
}

/// The facts about a run when it begins, besides its project.
pub(crate) struct RunContext<'r> {
    /// The digest of each component, by name.
    pub(crate) components: BTreeMap<String, String>,
    pub(crate) selection: &'r Selection,
    /// The keys of the nodes' calls.
    pub(crate) calls: BTreeMap<String, CallKey>,
    /// The partitions of the free inputs that multipipelines go over.
    pub(crate) inputs: &'r InputPartitions,
    /// The run that it resumes.
    pub(crate) resumed: Option<&'r RunDescription>,
    /// The versions that are loaded, by dataset.
    pub(crate) load_versions: BTreeMap<String, String>,
    /// The marks that datasets had when that run, and those that it resumed, saved them.
    pub(crate) marks: BTreeMap<String, String>,
}

/// Partitions by set and id.
pub(crate) type InputPartitions = BTreeMap<String, BTreeMap<String, Stored>>;

impl RunDescription {
    fn new(id: &RunId, project: &Project, context: RunContext<'_>) -> Self {
        let RunContext { components, selection, mut calls, inputs: _, resumed, marks, load_versions } = context;
        let graph = project.pipeline();
        let manifest = graph.manifest();
        // Nodes that are done before it keep their keys.
        for (node, key) in resumed.iter().flat_map(|of| &of.calls) {
            calls.entry(node.clone()).or_insert_with(|| key.clone());
        }
        for key in calls.values_mut() {
            // Not even the digest of a value that may be secret is kept.
            key.params.retain(|name, _| {
                let name = name.split_once(' ').map_or(name.as_str(), |(_, name)| name);
                keeps_param(name, graph.param(name).as_ref())
            });
        }
        Self {
            format: FORMAT,
            id: id.to_string(),
            pipeline: manifest.name.clone(),
            wpipe: env!("CARGO_PKG_VERSION").to_owned(),
            manifest: manifest.source.name.clone(),
            env: project.env().map(str::to_owned),
            manifest_digest: digest_of_manifest(project),
            components,
            selection: filters_of(selection),
            nodes: graph.graph().nodes().iter().map(|node| node.name.clone()).collect(),
            params: redacted(&manifest.params),
            given_params: project.given_params(),
            manifest_nodes: project.manifest_nodes().to_vec(),
            calls,
            load_versions,
            marks,
            resumed: resumed.map(|of| {
                let first = of.resumed.as_ref().map_or(&of.selection, |first| &first.selection);
                Resumed { run: of.id.clone(), selection: first.clone() }
            }),
        }
    }

    /// Returns the overrides that the run had, with `given` laid over them.
    ///
    /// # Errors
    ///
    /// Fails if the run was given a parameter whose value the journal does not keep, and it is not given again.
    pub fn overrides(&self, given: &Overrides) -> Result<Overrides, Error> {
        let is_given_again = |path: &str| {
            let is_within =
                |given: &str| path.strip_prefix(given).is_some_and(|rest| rest.starts_with(['.']) || rest.is_empty());
            given.params.iter().any(|(given, _)| is_within(given))
        };
        let env = given.env.clone().or_else(|| self.env.clone());
        let mut overrides = Overrides { env, params: Vec::new(), store: given.store.clone() };
        for (path, value) in &self.given_params {
            match value {
                _ if is_given_again(path) => {}
                Some(value) => overrides.params.push((path.clone(), value.clone())),
                None => {
                    return Err(HistoryError::WithheldParam { run: self.id.clone(), param: path.clone() }.into());
                }
            }
        }
        // A parameter within another one that was set is laid over it.
        overrides.params.extend(given.params.iter().cloned());
        Ok(overrides)
    }

    /// Returns the selection that the run was made with.
    pub fn selection(&self) -> Selection {
        selection(&self.selection)
    }

    /// Returns the selection of the run that was resumed first, maybe through several runs.
    pub(crate) fn first_selection(&self) -> Selection {
        selection(self.resumed.as_ref().map_or(&self.selection, |first| &first.selection))
    }
}

fn selection(flags: &BTreeMap<String, Vec<String>>) -> Selection {
    let items = |flag: &str| flags.get(flag).cloned().unwrap_or_default();
    Selection {
        nodes: items("--nodes"),
        from_nodes: items("--from-nodes"),
        to_nodes: items("--to-nodes"),
        from_inputs: items("--from-inputs"),
        to_outputs: items("--to-outputs"),
        tags: items("--tags"),
        namespaces: items("--namespaces"),
        exclude: items("--exclude"),
    }
}

/// Returns the digest of a manifest's text and of all that is laid over it.
pub(crate) fn digest_of_manifest(project: &Project) -> String {
    let manifest = project.pipeline().manifest();
    let mut digest = blake3::Hasher::new();
    for text in [&manifest.source].into_iter().chain(&manifest.over) {
        digest.update(text.text.as_bytes());
    }
    digest.finalize().to_hex().to_string()
}

/// Returns the flags of a selection, with their items.
pub(crate) fn filters_of(selection: &Selection) -> BTreeMap<String, Vec<String>> {
    let filters = selection.filters().into_iter().chain([("--exclude", selection.exclude.as_slice())]);
    let filters = filters.filter(|(_, items)| !items.is_empty());
    filters.map(|(flag, items)| (flag.to_owned(), items.to_vec())).collect()
}

/// Fails if the journals of a project lead elsewhere: a link that came with a manifest must not redirect writes.
pub(crate) fn check_place(project: &Project) -> Result<(), Error> {
    match check_own_folder(&project.directory().join(RUNS)) {
        Err(error) if error.kind() == io::ErrorKind::Other => Err(Error::JournalElsewhere(error)),
        // Other errors are reported when the journal begins.
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The journal of a run that is about to begin or under way. While this value lives, others see the run as running.
#[derive(Debug)]
pub(crate) struct Journal {
    pub(crate) run: RunId,
    directory: PathBuf,
    lines: JsonLines<File>,
    /// The lock is on the open file, and goes with the process.
    _lock: File,
}

impl Journal {
    /// Begins the journal of a run of `project`, and claims the run's name.
    pub(crate) fn begin(project: &Project, context: RunContext<'_>) -> io::Result<Self> {
        let runs = project.directory().join(RUNS);
        private_folder(&runs)?;
        ignore_in_git(&runs);
        let (run, directory) = claim(&runs)?;
        Self::begin_in(directory, run, project, context)
    }

    /// Begins the journal of a run that has its name already, in a folder that nobody else has.
    pub(crate) fn begin_in(
        directory: PathBuf,
        run: RunId,
        project: &Project,
        context: RunContext<'_>,
    ) -> io::Result<Self> {
        let events = directory.join(EVENTS);
        let file = File::options().append(true).create_new(true).mode(0o600).open(&events)?;
        let lock = File::open(&events)?;
        match lock.try_lock() {
            // On a file system without locks, a run under way looks as if it had been killed.
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => return Err(io::ErrorKind::WouldBlock.into()),
        }
        if !context.inputs.is_empty() {
            private_file(&directory.join(INPUTS))?.write_all(&serde_json::to_vec(context.inputs)?)?;
        }
        let description = serde_json::to_vec_pretty(&RunDescription::new(&run, project, context))?;
        // Written whole or not at all: a run without a description has not begun.
        let staged = directory.join(format!("{DESCRIPTION}.new"));
        private_file(&staged)?.write_all(&description)?;
        fs::rename(&staged, directory.join(DESCRIPTION))?;
        Ok(Self { run, directory, lines: JsonLines::new(file), _lock: lock })
    }

    /// Returns the first error since the beginning.
    pub(crate) fn finish(&self) -> io::Result<()> {
        self.lines.finish()
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }
}

impl Observer for Journal {
    fn observe(&self, record: &Record) {
        self.lines.observe(record);
    }
}

/// Claims a name that no other run has, behind the existing ones: the latest run is the one that began last, also after
/// the clock was put back.
fn claim(runs: &Path) -> io::Result<(RunId, PathBuf)> {
    let there = fs::read_dir(runs)?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let newest = there.max();
    loop {
        let run = RunId::behind(newest.as_deref());
        let directory = runs.join(run.as_str());
        match fs::create_dir(&directory) {
            Ok(()) => return Ok((run, directory)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => std::thread::yield_now(),
            Err(error) => return Err(error),
        }
    }
}

/// Keeps journals out of git, since people do not want to commit them. Best effort.
fn ignore_in_git(runs: &Path) {
    if let Some(parent) = runs.parent() {
        // Only if nothing has that name, not even a link to nothing.
        let _ = File::create_new(parent.join(".gitignore")).and_then(|mut file| file.write_all(b"*\n"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
        pairs.into_iter().map(|(path, value)| (path.to_owned(), value.to_owned())).collect()
    }

    #[test]
    fn what_was_given_holds_again_under_what_is_given_now() {
        let description = r#"{
            "id": "r", "pipeline": "p", "wpipe": "0", "manifest": "pipeline.toml", "manifest_digest": "", "components": {},
            "selection": {}, "nodes": [], "params": {}, "env": "prod",
            "given_params": [["db", "{ rate = 1 }"], ["a", "1"], ["b.c", "2"], ["token", null]]
        }"#;
        let description: RunDescription = serde_json::from_str(description).expect("a description");
        let params = pairs([("b", "3"), ("db.rate", "4"), ("token", "t")]);
        let given = Overrides { params, ..Overrides::default() };
        let overrides = description.overrides(&given).expect("all that is needed");
        assert_eq!(overrides.env.as_deref(), Some("prod"));
        let all = pairs([("db", "{ rate = 1 }"), ("a", "1"), ("b", "3"), ("db.rate", "4"), ("token", "t")]);
        assert_eq!(overrides.params, all);

        let other = Overrides { env: Some("test".to_owned()), params: pairs([("token", "t")]), ..Overrides::default() };
        assert_eq!(description.overrides(&other).expect("all that is needed").env.as_deref(), Some("test"));
        let told = description.overrides(&Overrides::default()).expect_err("a secret").to_string();
        assert!(told.contains("`token`"), "{told}");
    }
}
