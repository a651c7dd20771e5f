//! A run whose parts kept journals of their own, kept as one run among those of a project.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, Write};

use wpipe_runner::{JsonLines, Observer, Record};

use super::error::HistoryError;
use super::journal::{DESCRIPTION, EVENTS, INPUTS, InputPartitions, RunDescription};
use super::read::History;
use crate::Error;
use crate::private::{private_file, private_folder};

/// The journals of a run's parts.
pub(crate) struct Gathered {
    /// The run.
    pub(crate) id: String,
    /// All its nodes, in the order of the plan.
    pub(crate) nodes: Vec<String>,
    /// The flags that selected them, with their items.
    pub(crate) selection: BTreeMap<String, Vec<String>>,
    /// The descriptions of its parts; at least one.
    pub(crate) descriptions: Vec<RunDescription>,
    /// The partitions of the parts' free inputs.
    pub(crate) inputs: Vec<InputPartitions>,
    /// All events.
    pub(crate) records: Vec<Record>,
}

impl Gathered {
    /// Returns the description of the whole.
    fn description(&self) -> Option<RunDescription> {
        let mut whole = self.descriptions.first()?.clone();
        (whole.id, whole.nodes, whole.selection) = (self.id.clone(), self.nodes.clone(), self.selection.clone());
        whole.resumed = None;
        for part in &self.descriptions {
            whole.components.extend(part.components.clone());
            whole.calls.extend(part.calls.clone());
            whole.marks.extend(part.marks.clone());
            whole.load_versions.extend(part.load_versions.clone());
        }
        Some(whole)
    }
}

impl History {
    /// Adds a run to the others, in place of what was known of it before.
    pub(crate) fn add(&self, gathered: Gathered) -> Result<(), Error> {
        let folder = self.folder(&gathered.id);
        let written = || -> io::Result<()> {
            let staged = folder.with_extension("gathered~");
            if let Some(runs) = folder.parent() {
                private_folder(runs)?;
            }
            let _ = fs::remove_dir_all(&staged);
            private_folder(&staged)?;
            let inputs: InputPartitions = gathered.inputs.iter().flat_map(|part| part.clone()).collect();
            private_file(&staged.join(INPUTS))?.write_all(&serde_json::to_vec(&inputs)?)?;
            let lines: JsonLines<File> = JsonLines::new(private_file(&staged.join(EVENTS))?);
            gathered.records.iter().for_each(|record| lines.observe(record));
            lines.finish()?;
            let description = gathered.description().map(|whole| serde_json::to_vec_pretty(&whole)).transpose()?;
            private_file(&staged.join(DESCRIPTION))?.write_all(&description.unwrap_or_default())?;
            let _ = fs::remove_dir_all(&folder);
            fs::rename(&staged, &folder)
        };
        let reason = |error: io::Error| format!("it cannot be written: {error}");
        let run = gathered.id.clone();
        Ok(written().map_err(|error| HistoryError::Damaged { run, reason: reason(error), folder: folder.clone() })?)
    }
}
