//! The journals of all attempts of a run as one, in the layout that a run on one machine leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use std::{env, fs, process};

use wpipe_pipeline::TaskGraph;
use wpipe_runner::{EVENT_FORMAT, Event, Record, RunId};

use super::error::TaskError;
use super::records::{ResultRecord, RunHead};
use super::run_store::RunStore;
use crate::Error;
use crate::history::{Gathered, History, RunDescription};
use crate::private::private_folder;

/// The journal of one attempt.
struct Attempt {
    task: String,
    number: u32,
    records: Vec<Record>,
}

impl RunStore {
    /// Writes the journals of all attempts of a run as one, beside those of the runs in `directory`, and returns the id
    /// that it has there.
    ///
    /// # Errors
    ///
    /// Fails if there is no such run, or if its documents cannot be read.
    pub fn gather(&self, run: &str, directory: &Path) -> Result<String, Error> {
        self.gather_as(None, run, directory)
    }

    /// Gathers as [`gather`](Self::gather) does, under another id than the run has.
    fn gather_as(&self, id: Option<&str>, run: &str, directory: &Path) -> Result<String, Error> {
        let head: Option<RunHead> = self.read(&format!("{run}/run.json"))?;
        let unknown = || TaskError::NoRun { run: run.to_owned(), store: self.location().to_owned() };
        let head = head.ok_or_else(unknown)?;
        let names = self.names(run)?;
        let under = |folder: &str| -> Vec<String> {
            let folder = format!("{run}/{folder}/");
            names.iter().filter(|name| name.starts_with(&folder)).cloned().collect()
        };
        let results: BTreeMap<String, ResultRecord> = self.read_all(under("results"))?;
        let done: BTreeSet<_> = results.values().map(|result| result.task.as_str()).collect();
        let files = self.contents(under("journals"))?;
        let mut attempts = Vec::new();
        let mut descriptions: Vec<RunDescription> = Vec::new();
        let mut inputs = Vec::new();
        for (name, content) in &files {
            let mut parts = name.rsplit('/');
            let (Some(file), Some(number), Some(task)) = (parts.next(), parts.next(), parts.next()) else { continue };
            match file {
                "run.json" => descriptions.extend(serde_json::from_slice::<RunDescription>(content).ok()),
                "inputs.json" => inputs.extend(serde_json::from_slice(content).ok()),
                "events.jsonl" => {
                    let lines = content.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
                    let records = lines.filter_map(|line| serde_json::from_slice(line).ok()).collect();
                    attempts.push(Attempt { task: task.to_owned(), number: number.parse().unwrap_or(0), records });
                }
                _ => {}
            }
        }
        if descriptions.is_empty() {
            let (run, store) = (run.to_owned(), self.location().to_owned());
            return Err(TaskError::NothingEnded { run, store }.into());
        }
        let records = merged(&head, attempts, &done);
        let RunHead { nodes, selection, .. } = head.clone();
        let id = id.unwrap_or(&head.run).to_owned();
        let gathered = Gathered { id, nodes, selection, descriptions, inputs, records };
        let id = gathered.id.clone();
        History::of(directory).add(gathered)?;
        Ok(id)
    }
}

/// The runs in a store, each under the name that its tasks were given, for as long as this lives.
#[derive(Debug)]
pub struct GatheredRuns {
    folder: PathBuf,
    history: History,
    unreadable: Vec<(String, Error)>,
}

impl GatheredRuns {
    /// Reads the journals of all runs in a store.
    ///
    /// # Errors
    ///
    /// Fails if the store does not answer, or if there is no room for the journals.
    pub fn of(store: &RunStore) -> Result<Self, Error> {
        let folder = env::temp_dir().join(format!("wpipe-runs-{}-{}", process::id(), RunId::now()));
        private_folder(&folder).map_err(TaskError::Journal)?;
        let mut gathered = Self { history: History::of(&folder), folder, unreadable: Vec::new() };
        for run in store.runs()? {
            if let Err(error) = store.gather_as(Some(&run), &run, &gathered.folder) {
                gathered.unreadable.push((run, error));
            }
        }
        Ok(gathered)
    }

    /// Returns the runs.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Returns the runs that cannot be read, with the reasons: no attempt has ended, or their journals are damaged.
    pub fn unreadable(&self) -> &[(String, Error)] {
        &self.unreadable
    }
}

impl Drop for GatheredRuns {
    fn drop(&mut self) {
        // Files in the folder for temporary files are nobody's for long.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Returns the events of all attempts in the order of their times, between one beginning and, if the run has ended, one
/// end.
fn merged(head: &RunHead, attempts: Vec<Attempt>, done: &BTreeSet<&str>) -> Vec<Record> {
    let id = RunId::of_begun(head.run.clone());
    let is_done = |task: &str| done.iter().any(|done| TaskGraph::file_name(done) == task);
    let mut newest: BTreeMap<String, (u32, Option<Event>)> = BTreeMap::new();
    let mut records: Vec<Record> = Vec::new();
    for Attempt { task, number, records: own } in attempts {
        let last = own.last().map(|record| record.event.clone());
        let known = newest.entry(task).or_insert((number, None));
        if number >= known.0 {
            *known = (number, last);
        }
        records.extend(own);
    }
    records.sort_by_key(|record| record.time);
    let first = records.first().map_or(SystemTime::UNIX_EPOCH, |record| record.time);
    let last = records.last().map_or(first, |record| record.time);
    let since = |time: SystemTime| time.duration_since(first).unwrap_or_default();
    let is_frame = |event: &Event| {
        matches!(
            event,
            Event::RunStarted { .. } | Event::RunCompleted { .. } | Event::RunFailed { .. } | Event::RunInterrupted
        )
    };
    let totals = totals(&records);
    let mut completed = BTreeSet::new();
    let mut all = Vec::with_capacity(records.len() + 2);
    let record = |time: SystemTime, event: Event| Record {
        time,
        elapsed: Some(since(time)),
        run: id.clone(),
        worker: None,
        event,
    };
    let (pipeline, nodes) = (head.pipeline.clone(), head.nodes.len());
    all.push(record(first, Event::RunStarted { format: EVENT_FORMAT, pipeline, nodes }));
    for mut of in records.into_iter().filter(|record| !is_frame(&record.event)) {
        if let Event::NodeCompleted { node, at, duration, attempt: 0, copied, mapped, moved, .. } = &mut of.event
            && at.is_whole()
            && let Some(total) = totals.get(node)
        {
            // The barrier does not know the calls of other processes.
            (*duration, [*copied, *mapped, *moved]) = *total;
        }
        if let Event::NodeCompleted { node, at, .. } = &of.event
            && at.is_whole()
        {
            completed.insert(node.clone());
        }
        all.push(Record { elapsed: Some(since(of.time)), run: id.clone(), ..of });
    }
    let duration = since(last);
    let failed = newest.iter().filter(|(task, _)| !is_done(task)).filter_map(|(_, (_, event))| match event {
        Some(Event::RunFailed { errors, interrupted, .. }) => Some((errors.clone(), *interrupted)),
        _ => None,
    });
    let failed: Vec<_> = failed.collect();
    let end = if done.len() >= head.tasks {
        Some(Event::RunCompleted { duration })
    } else if failed.is_empty() {
        None
    } else {
        Some(Event::RunFailed {
            interrupted: failed.iter().all(|(_, interrupted)| *interrupted),
            errors: failed.into_iter().flat_map(|(errors, _)| errors).collect(),
            completed: completed.len(),
            total: nodes,
            duration,
        })
    };
    all.extend(end.map(|event| record(last, event)));
    all
}

/// Returns the time and the bytes of all calls for partitions and slices, by node.
fn totals(records: &[Record]) -> BTreeMap<String, (Duration, [u64; 3])> {
    let mut totals: BTreeMap<String, (Duration, [u64; 3])> = BTreeMap::new();
    for record in records {
        if let Event::NodeCompleted { node, at, duration, copied, mapped, moved, .. } = &record.event
            && !at.is_whole()
        {
            let (time, bytes) = totals.entry(node.clone()).or_default();
            *time += *duration;
            bytes.iter_mut().zip([copied, mapped, moved]).for_each(|(total, bytes)| *total += bytes);
        }
    }
    totals
}
