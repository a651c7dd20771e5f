//! One attempt at a task, in steps that follow each other by their types.
//!
//! ```text
//! TaskSession ─ begin ─┬─► BegunTask::Done               another attempt has ended well
//!                      └─► ReadyTask ─ load ─► LoadedTask ─ run ─► FinishedTask
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::{env, fs, process};

use wpipe_catalog::schema_of;
use wpipe_data::{Kind, Signature};
use wpipe_pipeline::{Crossing, GraphTask, Location, Problems, Selection, TaskGraph, TaskOptions};
use wpipe_runner::{Failure, Piece, RunId, Runner};

use super::error::TaskError;
use super::records::{FORMAT, RunHead};
use super::run_store::RunStore;
use super::work::Work;
use crate::history::{digest_of_manifest, filters_of};
use crate::incremental::digests_of_components;
use crate::private::private_folder;
use crate::project::exactly;
use crate::{Error, Host, Pipeline, Project, Run, RunResult};

/// The most bytes of a run's name.
const LONGEST_NAME: usize = 128;

/// What is asked of a process that does one task of a run.
#[derive(Debug, Clone, Default)]
pub struct TaskRequest {
    /// The task.
    pub task: String,
    /// The run: a name that all its tasks are given, and no other run.
    pub run: String,
    /// The store of runs, as [`RunStore::open`] takes it.
    pub store: Option<String>,
    /// The choices that the task graph was made with.
    pub options: TaskOptions,
    /// The selection that it was made with.
    pub selection: Selection,
}

/// A task that is about to be done.
#[derive(Debug)]
pub struct TaskSession {
    project: Project,
    graph: TaskGraph,
    task: GraphTask,
    work: Work,
    request: TaskRequest,
}

/// A task that has begun.
#[derive(Debug)]
pub enum BegunTask {
    /// It need not be done: this attempt has ended well before.
    Done(u32),
    /// It is to be done.
    Ready(Box<ReadyTask>),
}

/// An attempt at a task.
#[derive(Debug)]
pub struct ReadyTask {
    project: Project,
    graph: TaskGraph,
    task: GraphTask,
    work: Work,
    attempt: u32,
    run: RunId,
    piece: Option<Piece>,
    selection: Selection,
}

/// A task whose components are loaded.
pub struct LoadedTask {
    ready: ReadyTask,
    pipeline: Pipeline,
}

/// The end of an attempt.
#[derive(Debug)]
pub struct FinishedTask {
    /// The outcome of the run that this attempt was.
    pub result: Result<RunResult, Box<Failure>>,
    /// The number of this attempt, from 1.
    pub attempt: u32,
    /// The attempt whose result counts, if one has ended well.
    pub counts: Option<u32>,
    /// The reason why the journal of this attempt is not in the store, if so.
    pub unrecorded: Option<Error>,
}

impl TaskSession {
    /// Finds a task of a project.
    ///
    /// # Errors
    ///
    /// Fails if a name of the selection is unknown, if there is no such task, or if there can be no such store.
    pub fn new(project: &Project, request: TaskRequest) -> Result<Self, Error> {
        check_name(&request.run)?;
        let selection = &request.selection;
        let project = if selection.is_everything() { project.clone() } else { project.select(selection)? };
        let graph = project.tasks(&request.options)?;
        let unknown = |help| TaskError::Unknown { task: wpipe_text::one_line(&request.task).into_owned(), help };
        let task = graph.find(&request.task).cloned().map_err(unknown)?;
        let store = RunStore::open(&project, request.store.as_deref())?;
        let work = Work { store, name: request.run.clone() };
        Ok(Self { project, graph, task, work, request })
    }

    /// Returns the part of the project that the tasks are of.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Returns the task.
    pub fn task(&self) -> &GraphTask {
        &self.task
    }

    /// Begins an attempt, unless one has ended well before. Components must have been built.
    ///
    /// # Errors
    ///
    /// Fails if the run was begun with anything else, if tasks before this one have no result, or if the store does not
    /// answer.
    pub fn begin(self) -> Result<BegunTask, Error> {
        let run = self.agree()?;
        let Self { project, graph, task, work, .. } = self;
        if let Some(done) = work.result(&task.id)? {
            return Ok(BegunTask::Done(done.attempt));
        }
        work.check_needs(&task)?;
        let piece = work.piece(&graph, &task)?;
        if let Some(Piece::Slice(slice)) = &piece
            && slice.parts.is_empty()
        {
            return Ok(BegunTask::Done(work.leave_nothing(&task)?.attempt));
        }
        let attempt = work.claim(&task.id)?;
        let nodes = task.nodes.iter().map(|node| exactly(node)).collect();
        let selection = Selection { nodes, ..Selection::default() };
        Ok(BegunTask::Ready(Box::new(ReadyTask { project, graph, task, work, attempt, run, piece, selection })))
    }

    /// Writes down what the run is of, or checks that it is of the same if somebody else has. Returns its id.
    fn agree(&self) -> Result<RunId, Error> {
        let mut problems = Vec::new();
        let components = digests_of_components(&self.project, &mut problems);
        Problems::check(self.project.name(), problems)?;
        let graph = self.project.pipeline().graph();
        let here = RunHead {
            format: FORMAT,
            run: RunId::now().to_string(),
            wpipe: env!("CARGO_PKG_VERSION").to_owned(),
            pipeline: graph.pipeline().to_owned(),
            manifest: digest_of_manifest(&self.project),
            env: self.project.env().map(str::to_owned),
            params: self.project.given_params(),
            components,
            nodes: graph.nodes().iter().map(|node| node.name.clone()).collect(),
            selection: filters_of(&self.request.selection),
            tasks: self.graph.tasks.len(),
            options: self.request.options,
        };
        let name = format!("{}/run.json", self.work.name);
        let there: RunHead = match self.work.store.read(&name)? {
            Some(there) => there,
            None if self.work.store.create(&name, &here)? => return Ok(RunId::of_begun(here.run)),
            None => match self.work.store.read(&name)? {
                Some(there) => there,
                None => return self.agree(),
            },
        };
        let differs = there.differences(&here);
        if differs.is_empty() {
            return Ok(RunId::of_begun(there.run));
        }
        let (run, store) = (self.work.name.clone(), self.work.store.location().to_owned());
        Err(TaskError::OtherRun { run, store, differs }.into())
    }
}

impl ReadyTask {
    /// Returns the number of this attempt, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// Loads the components, opens the datasets and checks every edge.
    ///
    /// # Errors
    ///
    /// Fails with every problem that can be found without running.
    pub fn load(self, host: &Host) -> Result<LoadedTask, Error> {
        let placed = self.project.with(self.project.pipeline().placed(self.places(host)?));
        let pipeline = host.load_project(placed.select(&self.selection)?)?;
        Ok(LoadedTask { ready: self, pipeline })
    }

    /// Returns the places of the datasets that have none in the manifest, and if each is a set: of what a node makes only
    /// its component says that.
    fn places(&self, host: &Host) -> Result<Vec<(String, Location, bool)>, Error> {
        let is_own = |of: &&Crossing| {
            let is_reader = of.read_by.contains(&self.task.id);
            of.in_run_store && (is_reader || of.made_by == self.task.id || self.task.multipipeline.is_some())
        };
        let own: Vec<_> = self.graph.datasets.iter().filter(is_own).collect();
        let is_known = own.iter().all(|of| of.partitioned);
        let sets = if is_known { BTreeSet::new() } else { sets(&self.project, &host.signatures(&self.project)?)? };
        let places = own.into_iter().map(|of| {
            let place = self.work.store.place(&format!("{}/{}", self.work.name, of.location));
            (of.dataset.clone(), place, of.partitioned || sets.contains(&of.dataset))
        });
        Ok(places.collect())
    }
}

impl LoadedTask {
    /// Returns the pipeline of the task's nodes.
    pub fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// Does the task, with observers and options as `set_up` gives them, and leaves the result to the tasks behind it.
    ///
    /// # Errors
    ///
    /// Fails if the run cannot begin, or its result not be written. The returned value reports a run that failed.
    pub fn run(self, runner: Runner, set_up: impl for<'r> FnOnce(Run<'r>) -> Run<'r>) -> Result<FinishedTask, Error> {
        let ReadyTask { task, work, attempt, run: id, piece, selection, .. } = self.ready;
        let folder = JournalFolder::new(&id, &task.id, attempt).map_err(TaskError::Journal)?;
        let fence = fence(&id, &task.id, attempt);
        let run = self.pipeline.run().runner(runner).journal(&selection);
        let run = set_up(run.part_of(id, folder.0.clone(), fence, piece));
        let result = match run.execute() {
            Err(Error::Run(failure)) => Err(failure),
            result => Ok(result?),
        };
        let journal = work.journal_of(&task.id, attempt);
        let unrecorded = folder.contents(&journal).and_then(|documents| work.store.put_all(documents)).err();
        let counts = match &result {
            Ok(result) => Some(work.leave(&task, attempt, result.report())?.attempt),
            Err(_) => work.result(&task.id)?.map(|result| result.attempt),
        };
        Ok(FinishedTask { result, attempt, counts, unrecorded })
    }
}

/// Returns the datasets that nodes hand over partition by partition.
fn sets(project: &Project, signatures: &BTreeMap<String, Vec<Signature>>) -> Result<BTreeSet<String>, Error> {
    let schema = |dataset: &wpipe_pipeline::Dataset| {
        let kind = &dataset.spec.as_ref()?.kind;
        schema_of(kind).map(str::to_owned)
    };
    let typed = project.pipeline().check(signatures, &schema)?;
    let outputs = typed.nodes.iter().flat_map(|node| node.outputs.iter().zip(&node.signature.outputs));
    Ok(outputs.filter(|(_, port)| port.kind == Kind::Partitioned).map(|(output, _)| output.clone()).collect())
}

/// Returns the name of the folder that an attempt writes into. It begins with the run's id.
fn fence(run: &RunId, task: &str, attempt: u32) -> String {
    let digest = blake3::hash(format!("{task}/{attempt}").as_bytes()).to_hex();
    format!("{run}-{digest:.12}")
}

/// The folder of a journal until the attempt ends.
struct JournalFolder(PathBuf);

impl JournalFolder {
    fn new(run: &RunId, task: &str, attempt: u32) -> std::io::Result<Self> {
        let name = format!("wpipe-{}-{}", process::id(), fence(run, task, attempt));
        let folder = env::temp_dir().join(name);
        private_folder(&folder)?;
        Ok(Self(folder))
    }

    /// Returns the files, by their names in the store.
    fn contents(&self, journal: &str) -> Result<Vec<(String, Vec<u8>)>, Error> {
        let failed = |source| Error::Read { path: self.0.clone(), source };
        let mut documents = Vec::new();
        for entry in fs::read_dir(&self.0).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            documents.push((format!("{journal}/{name}"), fs::read(&path).map_err(failed)?));
        }
        Ok(documents)
    }
}

impl Drop for JournalFolder {
    fn drop(&mut self) {
        // Files in the folder for temporary files are nobody's for long.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn check_name(name: &str) -> Result<(), TaskError> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let reason = match name {
        "" => "it is empty: give `--run NAME`, or set `WPIPE_RUN`",
        name if name.len() > LONGEST_NAME => "it is too long",
        name if name.starts_with('.') => "it begins with a dot",
        name if !name.chars().all(is_plain) => "it may have letters, digits, `-`, `_` and `.`",
        _ => return Ok(()),
    };
    Err(TaskError::BadName { name: wpipe_text::one_line(name).into_owned(), reason })
}
