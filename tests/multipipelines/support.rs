//! Sets of texts in a folder or a bucket, and pipelines over them.

use std::collections::BTreeMap;
use std::fs;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use wpipe::{Error, Event, Host, Overrides, Project, Record, Run, RunResult, Runner, Selection};
use wpipe_storage_server::S3Server;
use wpipe_tests::guest;

/// A folder for one test, and a bucket if its sets are to be there.
pub(crate) struct Workshop {
    directory: TempDir,
    lake: Option<S3Server>,
}

impl Workshop {
    /// Sets are folders.
    pub(crate) fn local() -> Self {
        Self { directory: tempfile::tempdir().unwrap(), lake: None }
    }

    /// Sets are prefixes in a bucket.
    pub(crate) fn s3() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let lake = Some(S3Server::start(directory.path().join("lake")));
        Self { directory, lake }
    }

    /// The folder of the project.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Where the objects of a set are.
    pub(crate) fn folder(&self, set: &str) -> PathBuf {
        match &self.lake {
            Some(lake) => lake.folder().join(set),
            None => self.path().join(set),
        }
    }

    /// Writes a partition by hand.
    pub(crate) fn put(&self, set: &str, name: &str, content: &str) {
        let path = self.folder(set).join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// The objects of a set by name, but for what is ours.
    pub(crate) fn objects(&self, set: &str) -> BTreeMap<String, String> {
        fn collect(directory: &Path, root: &Path, found: &mut BTreeMap<String, String>) {
            for entry in fs::read_dir(directory).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.ends_with(".wpipe") {
                    continue;
                }
                if path.is_dir() {
                    collect(&path, root, found);
                } else {
                    let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
                    found.insert(name, fs::read_to_string(&path).unwrap());
                }
            }
        }
        let (root, mut found) = (self.folder(set), BTreeMap::new());
        collect(&root, &root, &mut found);
        found
    }

    /// An entry for a set of texts.
    pub(crate) fn set(&self, name: &str, keys: &str) -> String {
        format!("[datasets.{name}]\ntype = \"text\"\npartitioned = true\n{}{keys}\n", self.place(name))
    }

    /// An entry for one text.
    pub(crate) fn text(&self, name: &str) -> String {
        format!("[datasets.{name}]\ntype = \"text\"\n{}", self.place(name))
    }

    fn place(&self, name: &str) -> String {
        let store = if self.lake.is_some() { "store = \"lake\"\n" } else { "" };
        format!("{store}path = \"{name}\"\n")
    }

    /// The project whose manifest is `rest` behind the components and stores.
    pub(crate) fn project(&self, rest: &str) -> Project {
        self.try_project(rest).unwrap()
    }

    pub(crate) fn try_project(&self, rest: &str) -> Result<Project, Error> {
        let mut text = format!("[pipeline]\nname = \"test\"\n[components.good]\npath = {:?}\n", guest("well_behaved"));
        if let Some(lake) = &self.lake {
            text.push_str(&format!(
                "[stores.lake]\nurl = \"s3://{}\"\nendpoint = \"{}\"\nregion = \"us-east-1\"\nallow_http = true\n\
                 access_key_id = \"{}\"\nsecret_access_key = \"{}\"\n",
                lake.bucket(),
                lake.endpoint(),
                lake.access_key_id(),
                lake.secret_access_key(),
            ));
        }
        text.push_str(rest);
        let path = self.path().join("pipeline.toml");
        fs::write(&path, text).unwrap();
        Project::open_with(path, &Overrides::default())
    }

    /// Runs it all, on two workers.
    pub(crate) fn run(&self, rest: &str) -> Result<RunResult, Error> {
        self.run_with(rest, |run| run)
    }

    pub(crate) fn run_with(&self, rest: &str, set_up: impl FnOnce(Run<'_>) -> Run<'_>) -> Result<RunResult, Error> {
        self.run_project(self.try_project(rest)?, set_up)
    }

    pub(crate) fn run_project(
        &self,
        project: Project,
        set_up: impl FnOnce(Run<'_>) -> Run<'_>,
    ) -> Result<RunResult, Error> {
        let host = Host::builder().cache(concat!(env!("CARGO_TARGET_TMPDIR"), "/components")).build()?;
        let pipeline = host.load_project(project)?;
        set_up(pipeline.run().runner(workers(2)).journal(&Selection::default())).execute()
    }
}

pub(crate) fn workers(count: usize) -> Runner {
    Runner::Parallel { workers: NonZero::new(count).unwrap() }
}

/// A node `name` that has `function` make the dataset `to` of the datasets and parameters `from`.
pub(crate) fn node(name: &str, function: &str, from: &[&str], to: &str) -> String {
    format!("[nodes.{name}]\nuses = \"good/{function}\"\ninputs = {from:?}\noutputs = [\"{to}\"]\n")
}

/// A multipipeline `m` of these nodes over these datasets.
pub(crate) fn over(nodes: &[&str], over: &[&str], keys: &str) -> String {
    format!("[multipipelines.m]\nnodes = {nodes:?}\nover = {over:?}\n{keys}\n")
}

/// `check ─► copy` over the set `raw`, and `see` behind the barrier: of what holds the word `check` fails, the rest is in
/// capitals in the set `out`, and all of it in `all`. `raw` and `keys` are further keys of the set and the multipipeline.
pub(crate) fn check_copy_see(workshop: &Workshop, word: &str, raw: &str, keys: &str) -> String {
    format!("[params]\nword = \"{word}\"\n")
        + &workshop.set("raw", raw)
        + &workshop.set("out", "")
        + &workshop.text("all")
        + &node("check", "fail_on", &["raw", "params:word"], "checked")
        + &node("copy", "upper", &["checked"], "out")
        + &node("see", "concat_texts", &["out"], "all")
        + &over(&["check", "copy"], &["raw"], keys)
}

/// Texts by name.
pub(crate) fn texts<'t>(all: impl IntoIterator<Item = (&'t str, &'t str)>) -> BTreeMap<String, String> {
    all.into_iter().map(|(name, text)| (name.to_owned(), text.to_owned())).collect()
}

/// What a failed run says.
pub(crate) fn message(result: Result<RunResult, Error>) -> String {
    result.map(|_| "it succeeded").unwrap_err().to_string()
}

/// The events of runs.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<Event>>>);

impl Events {
    pub(crate) fn observer(&self) -> impl Fn(&Record) + Send + Sync + 'static {
        let events = self.clone();
        move |record: &Record| events.0.lock().unwrap().push(record.event.clone())
    }

    /// What `pick` takes of each, in order.
    pub(crate) fn pick<T>(&self, pick: impl Fn(&Event) -> Option<T>) -> Vec<T> {
        self.0.lock().unwrap().iter().filter_map(pick).collect()
    }

    /// The partitions a node was called for, sorted: which of them a worker begins first is anyone's guess.
    pub(crate) fn calls(&self, of: &str) -> Vec<String> {
        let mut calls = self.pick(|event| match event {
            Event::NodeStarted { node, at, .. } if node == of => Some(at.partition.clone().unwrap_or_default()),
            _ => None,
        });
        calls.sort();
        calls
    }
}
