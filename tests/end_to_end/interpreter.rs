//! An engine for tests: runs the command lines of a task graph, as many at once as the graph allows and the machine has
//! processors.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc::channel;
use std::thread;

use serde_json::Value;

use crate::lake::Lake;
use crate::support::{Ended, Project, ended};

/// The most tasks that run at once.
const AT_ONCE: usize = 3;

/// One task, as an engine knows it.
#[derive(Debug, Clone)]
pub(crate) struct TaskLine {
    pub(crate) id: String,
    pub(crate) needs: Vec<String>,
    /// The command line without its first word.
    pub(crate) arguments: Vec<String>,
}

/// Reads what `wpipe tasks` has printed.
pub(crate) fn tasks_of(json: &str) -> Vec<TaskLine> {
    let graph: Value = serde_json::from_str(json).unwrap();
    let texts = |value: &Value| -> Vec<String> {
        value.as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let tasks = graph["tasks"].as_array().unwrap().iter().map(|task| TaskLine {
        id: task["id"].as_str().unwrap().to_owned(),
        needs: texts(&task["needs"]),
        arguments: texts(&task["command"])[1..].to_vec(),
    });
    tasks.collect()
}

/// Runs `act` for every task, each when those that it needs have ended well; returns those that have not.
pub(crate) fn interpret(tasks: &[TaskLine], act: impl Fn(&TaskLine) -> Result<(), String> + Sync) -> Vec<String> {
    let (sender, ended) = channel();
    let mut left: BTreeMap<&str, &TaskLine> = tasks.iter().map(|task| (task.id.as_str(), task)).collect();
    let (mut done, mut failed, mut running) = (BTreeSet::new(), Vec::new(), 0);
    thread::scope(|scope| {
        loop {
            let is_ready = |task: &&&TaskLine| task.needs.iter().all(|need| done.contains(need.as_str()));
            let ready: Vec<_> = left.values().filter(is_ready).take(AT_ONCE - running).copied().collect();
            for task in ready {
                left.remove(task.id.as_str());
                let (sender, act) = (sender.clone(), &act);
                scope.spawn(move || sender.send((task, act(task))).unwrap());
                running += 1;
            }
            if running == 0 {
                break;
            }
            let (task, result) = ended.recv().unwrap();
            running -= 1;
            match result {
                Ok(()) => drop(done.insert(task.id.as_str())),
                Err(told) => failed.push(told),
            }
        }
    });
    failed
}

/// A project whose data, and the store of its runs, are in a bucket.
pub(crate) struct Plant {
    pub(crate) lake: Lake,
    pub(crate) project: Project,
}

impl Plant {
    /// Begins with this manifest, to which the store `lake` is added.
    pub(crate) fn new(manifest: impl FnOnce() -> Project) -> Self {
        let lake = Lake::new();
        let project = manifest();
        let store = Lake::store(&lake.server.endpoint(), lake.server.bucket(), 3);
        project.write("pipeline.toml", format!("{}\n{store}", project.read("pipeline.toml")));
        Self { lake, project }
    }

    /// Returns the tasks of the project.
    pub(crate) fn tasks(&self, flags: &[&str]) -> Vec<TaskLine> {
        let printed = self.lake.wpipe(&self.project, &[&["tasks"], flags].concat());
        assert_eq!(printed.code, 0, "{}", printed.told());
        tasks_of(&printed.stdout)
    }

    /// The command of a task of the run of this name.
    pub(crate) fn command(&self, run: &str, task: &TaskLine) -> Command {
        let arguments: Vec<_> = task.arguments.iter().map(String::as_str).chain(["--quiet"]).collect();
        let mut command = self.lake.command(&self.project, &arguments);
        command.env("WPIPE_RUN", run).env("WPIPE_RUN_STORE", "lake:runs");
        command
    }

    /// Does a task once.
    pub(crate) fn attempt(&self, run: &str, task: &TaskLine) -> Ended {
        ended(self.command(run, task).output().unwrap())
    }

    /// Runs all tasks, each once.
    pub(crate) fn run_all(&self, run: &str, flags: &[&str]) {
        let failed = interpret(&self.tasks(flags), |task| {
            let ended = self.attempt(run, task);
            if ended.code == 0 { Ok(()) } else { Err(format!("{}: {}", task.id, ended.told())) }
        });
        assert!(failed.is_empty(), "{flags:?}: {failed:?}");
    }

    /// Puts an object of the data there.
    pub(crate) fn put(&self, name: &str, content: &str) {
        let path = self.lake.folder().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Everything that runs have made below `out/`, by name, without the manifests of sets, which name the run.
    pub(crate) fn made(&self) -> BTreeMap<String, Vec<u8>> {
        contents(&self.lake.folder().join("out"))
    }

    /// Removes it.
    pub(crate) fn forget(&self) {
        let _ = fs::remove_dir_all(self.lake.folder().join("out"));
    }
}

/// The files of a folder, by their names below it, without what wpipe keeps there for itself.
pub(crate) fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    collect(folder, "", &mut found);
    found
}

fn collect(folder: &Path, prefix: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().ends_with(".wpipe") {
            continue;
        }
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), found);
        } else {
            found.insert(name, fs::read(entry.path()).unwrap());
        }
    }
}
