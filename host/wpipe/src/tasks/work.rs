//! The documents of one task: what it takes from those before it, and what it leaves to those behind it.

use std::process;
use std::time::SystemTime;

use wpipe_pipeline::{GraphTask, TaskGraph, TaskKind};
use wpipe_runner::{Piece, Report, SliceOutcome};

use super::error::TaskError;
use super::records::{AttemptRecord, DivisionRecord, FORMAT, ResultRecord, SliceRecord};
use super::run_store::{RunStore, encode};
use crate::Error;

/// The documents of a run.
#[derive(Debug, Clone)]
pub(super) struct Work {
    pub(super) store: RunStore,
    /// The run's name, the first part of the names of all its documents.
    pub(super) name: String,
}

impl Work {
    pub(super) fn result_of(&self, task: &str) -> String {
        format!("{}/results/{}.json", self.name, TaskGraph::file_name(task))
    }

    fn plan_of(&self, slicer: &str, attempt: u32) -> String {
        format!("{}/plans/{}/{attempt}", self.name, TaskGraph::file_name(slicer))
    }

    /// Returns the folder of an attempt's journal.
    pub(super) fn journal_of(&self, task: &str, attempt: u32) -> String {
        format!("{}/journals/{}/{attempt}", self.name, TaskGraph::file_name(task))
    }

    /// Returns the result of a task, if it has one.
    pub(super) fn result(&self, task: &str) -> Result<Option<ResultRecord>, Error> {
        self.store.read(&self.result_of(task))
    }

    /// Fails if a task that must come before has no result.
    pub(super) fn check_needs(&self, task: &GraphTask) -> Result<(), Error> {
        let there = self.store.contents(task.needs.iter().map(|need| self.result_of(need)).collect())?;
        let lacking = task.needs.iter().filter(|need| !there.contains_key(&self.result_of(need)));
        let lacking: Vec<_> = lacking.cloned().collect();
        if lacking.is_empty() {
            return Ok(());
        }
        Err(TaskError::NotReady { task: task.id.clone(), run: self.name.clone(), lacking }.into())
    }

    /// Claims the number of an attempt at a task.
    pub(super) fn claim(&self, task: &str) -> Result<u32, Error> {
        let folder = format!("{}/attempts/{}", self.name, TaskGraph::file_name(task));
        let number = |name: &String| name.rsplit('/').next()?.strip_suffix(".json")?.parse::<u32>().ok();
        let mut attempt = self.store.names(&folder)?.iter().filter_map(number).max().unwrap_or(0) + 1;
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let mark = format!("{}-{}", process::id(), now.as_nanos());
        loop {
            let record = AttemptRecord { format: FORMAT, task: task.to_owned(), attempt, mark: mark.clone() };
            if self.store.create(&format!("{folder}/{attempt}.json"), &record)? {
                return Ok(attempt);
            }
            attempt += 1;
        }
    }

    /// Returns the piece of a multipipeline that a task does; `None` for a task that calls whole nodes.
    pub(super) fn piece(&self, graph: &TaskGraph, task: &GraphTask) -> Result<Option<Piece>, Error> {
        match task.kind {
            TaskKind::Nodes => Ok(None),
            TaskKind::Slicer => Ok(Some(Piece::Slicer { slices: graph.slices_of(&task.id) })),
            TaskKind::Slice => {
                let (slicer, number) = (&task.needs[0], task.slice.unwrap_or_default());
                let divided = self.needed(slicer)?;
                if divided.slices.is_none_or(|slices| number >= slices) {
                    return Ok(Some(Piece::Slice(Default::default())));
                }
                let document = format!("{}/slice-{number}.json", self.plan_of(slicer, divided.attempt));
                let record: SliceRecord = self.document(&document)?;
                Ok(Some(Piece::Slice(record.work)))
            }
            TaskKind::Barrier => {
                let slicer = graph.find(&task.needs[0]).map_or_else(|_| String::new(), |slice| slice.needs[0].clone());
                let attempt = self.needed(&slicer)?.attempt;
                let record: DivisionRecord =
                    self.document(&format!("{}/division.json", self.plan_of(&slicer, attempt)))?;
                let names: Vec<_> = task.needs.iter().map(|slice| self.result_of(slice)).collect();
                let results = self.store.read_all::<ResultRecord>(names)?;
                let outcomes = results.into_values().filter_map(|result| result.outcome).collect();
                Ok(Some(Piece::Barrier { division: record.division, outcomes }))
            }
        }
    }

    /// Leaves what an attempt has made to the tasks behind it. Returns the result that counts: that of the attempt which
    /// ended first.
    pub(super) fn leave(&self, task: &GraphTask, attempt: u32, report: &Report) -> Result<ResultRecord, Error> {
        let mut result = ResultRecord {
            format: FORMAT,
            task: task.id.clone(),
            attempt,
            completed: report.completed.clone(),
            slices: None,
            outcome: None,
        };
        match task.kind {
            TaskKind::Nodes | TaskKind::Barrier => {}
            TaskKind::Slicer => {
                let division = report.division.clone().unwrap_or_default();
                let (slices, plan) = (division.plan.slices.len(), self.plan_of(&task.id, attempt));
                let works = (0..slices).map(|number| {
                    let record = SliceRecord { format: FORMAT, work: division.slice(number) };
                    (format!("{plan}/slice-{number}.json"), encode(&record))
                });
                let mut documents: Vec<_> = works.collect();
                let record = DivisionRecord { format: FORMAT, division };
                documents.push((format!("{plan}/division.json"), encode(&record)));
                self.store.put_all(documents)?;
                result.slices = Some(slices);
            }
            TaskKind::Slice => {
                let of = report.multipipelines.values().next().cloned().unwrap_or_default();
                let outcome = SliceOutcome { completed: of.completed, failed: of.failed, written: of.uncommitted };
                result.outcome = Some(outcome);
            }
        }
        self.end(result)
    }

    /// Leaves the result of a slice that has no partition.
    pub(super) fn leave_nothing(&self, task: &GraphTask) -> Result<ResultRecord, Error> {
        self.end(ResultRecord {
            format: FORMAT,
            task: task.id.clone(),
            attempt: 0,
            completed: Vec::new(),
            slices: None,
            outcome: Some(SliceOutcome::default()),
        })
    }

    fn end(&self, result: ResultRecord) -> Result<ResultRecord, Error> {
        let name = self.result_of(&result.task);
        if self.store.create(&name, &result)? {
            return Ok(result);
        }
        self.document(&name)
    }

    fn needed(&self, task: &str) -> Result<ResultRecord, Error> {
        self.document(&self.result_of(task))
    }

    /// Reads a document that is there.
    fn document<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<T, Error> {
        let gone = || TaskError::Damaged {
            document: name.to_owned(),
            store: self.store.location().to_owned(),
            reason: "it is gone".to_owned(),
        };
        Ok(self.store.read(name)?.ok_or_else(gone)?)
    }
}
