//! Sets that remember up to where they have been worked on: what a run confirms at its end.

use std::collections::BTreeSet;

use super::run::Driver;
use crate::{At, Event, RunError};

impl Driver<'_> {
    /// Whether what is made of a dataset is saved: what its readers make, and what is made of that where it is in memory
    /// only.
    fn is_all_saved_of(&self, dataset: &str) -> bool {
        let completed: BTreeSet<_> = self.report.completed.iter().map(String::as_str).collect();
        let (mut left, mut seen) = (vec![dataset], BTreeSet::new());
        while let Some(dataset) = left.pop() {
            if !seen.insert(dataset) {
                continue;
            }
            if self.job.datasets[dataset].is_read_elsewhere {
                return false;
            }
            for node in self.job.nodes.iter().filter(|node| node.datasets().any(|input| input == dataset)) {
                if !completed.contains(node.name.as_str())
                    || node.outputs.iter().any(|made| self.report.unsaved.contains(made))
                {
                    return false;
                }
                let in_memory = node.outputs.iter().filter(|made| !self.job.datasets[*made].is_stored());
                left.extend(in_memory.map(String::as_str));
            }
        }
        true
    }

    /// At the end of a run, has sets with a checkpoint remember up to where they have been worked on: once, when all
    /// that read them have completed and what they made is saved.
    pub(super) fn confirm_checkpoints(&mut self) {
        let mut confirmed = Vec::new();
        for (&dataset, listed) in &self.checkpoints {
            let name = self.layout.datasets[dataset].0;
            let failed = self.groups.iter().filter_map(|group| group.failed.keys().next()).min();
            let mut ids = listed.listing.partitions().keys();
            // Behind one that failed none is confirmed: the next run begins there.
            let last = ids.rfind(|id| failed.is_none_or(|failed| *id < failed));
            let is_new = |last: &&String| listed.confirmed.as_ref().is_none_or(|confirmed| *last > confirmed);
            if let Some(last) = last.filter(is_new)
                && self.is_all_saved_of(name)
            {
                confirmed.push((listed.clone(), last.clone()));
            }
        }
        for (listed, last) in confirmed {
            match self.transfers.confirm(&listed.set, &last) {
                Ok(Ok(())) => self
                    .emitter
                    .emit(|| Event::CheckpointConfirmed { dataset: listed.name.clone(), partition: last.clone() }),
                Ok(Err(error)) => {
                    let (dataset, at) = (listed.name.clone(), At::partition(&last));
                    self.errors.push(RunError::Checkpoint { dataset, at, source: Box::new(error) });
                }
                Err(error) => self.errors.push(error),
            }
        }
    }
}
