//! The driving thread: loads and their results.

use wpipe_buffer::Readers;
use wpipe_catalog::StoredDataset;
use wpipe_pipeline::FormatId;

use super::completion::LoadOutcome;
use super::resident::Resident;
use super::run::Driver;
use super::transfer::{Subject, TransferError};
use crate::RunError;
use crate::schedule::EntryId;

impl Driver<'_> {
    pub(super) fn subject(&self, entry: EntryId) -> Subject {
        let (dataset, at) = self.place(entry);
        let schema = self.layout.dataset(dataset).schema.clone();
        Subject { name: self.layout.name(dataset).to_owned(), at, schema }
    }

    /// Returns the readers of a dataset that is made, loaded or handed over now: they decide its transport.
    pub(super) fn readers(&self, entry: EntryId) -> Readers {
        if self.schedule.has_one_reader(entry) { Readers::One } else { Readers::Several }
    }

    /// Returns the first node that reads a dataset, for an error.
    pub(super) fn reader(&self, dataset: FormatId) -> String {
        let graph = &self.job.graph;
        let reader = graph[dataset].readers.first();
        reader.map_or_else(String::new, |&reader| graph[reader].name.clone())
    }

    /// Returns the node that makes a dataset, for an error.
    pub(super) fn maker(&self, dataset: FormatId) -> String {
        self.layout.maker(dataset).map_or_else(String::new, |node| node.name.clone())
    }

    pub(super) fn load(&mut self, entry: EntryId) {
        let (dataset, at) = self.place(entry);
        let begun = match at.partition {
            Some(id) => self.load_partition(entry, dataset, id),
            None => self.load_whole(entry, dataset),
        };
        if let Err(error) = begun {
            self.give_up(error);
            self.schedule.load_failed(entry);
        }
    }

    fn load_whole(&mut self, entry: EntryId, dataset: FormatId) -> Result<(), RunError> {
        let (of, readers) = (self.subject(entry), self.readers(entry));
        match &self.layout.dataset(dataset).stored {
            Some(StoredDataset::Whole(stored)) => {
                let is_own = self.schedule.is_made_here(entry);
                let is_newest = !self.options.load_versions.contains_key(&of.name);
                let fetch = if is_newest && !is_own { self.shares.fetch(&of, stored) } else { None };
                self.transfers.load(entry, of, stored, (readers, is_own), fetch)
            }
            Some(StoredDataset::Set(set)) => {
                let way = self.shares.way_of_set(&of, set);
                self.transfers.list(entry, of, set, way)
            }
            None => {
                let node = self.reader(dataset);
                self.results.fail(RunError::Absent { dataset: of.name, node });
                self.schedule.load_failed(entry);
                Ok(())
            }
        }
    }

    fn load_partition(&mut self, entry: EntryId, dataset: FormatId, id: String) -> Result<(), RunError> {
        let (of, readers) = (self.subject(entry), self.readers(entry));
        if let Some(listed) = self.listed(dataset) {
            return self.transfers.load_listed(entry, &of, id, listed, readers);
        }
        if let Some((set, written)) = self.written_of(dataset)
            && let Some(stored) = written.get(&id)
        {
            let written = (set.clone(), id, stored.clone());
            return self.transfers.load_written(entry, of, written, readers);
        }
        let node = self.maker(self.layout.twin(dataset).unwrap_or(dataset));
        let (dataset, reader) = (of.name, self.reader(dataset));
        self.failed(entry, RunError::NotMade { dataset, partition: id, node, reader });
        self.schedule.load_failed(entry);
        Ok(())
    }

    pub(super) fn loaded(&mut self, entry: EntryId, result: Result<LoadOutcome, TransferError>) {
        match result {
            Ok(outcome) => {
                self.results.retried(outcome.retries);
                if let Resident::Listed(listed) = &outcome.content
                    && listed.set.has_checkpoint()
                {
                    self.sets.note_checkpoint(self.place(entry).0, listed.clone());
                }
                let bytes = self.buffers.hold(entry, outcome.content);
                self.schedule.loaded(entry, bytes);
            }
            Err(error) => {
                if !self.is_given_up(&error) {
                    let (dataset, at) = self.place(entry);
                    let name = self.layout.name(dataset).to_owned();
                    self.failed(entry, error.load_error(name, at, self.reader(dataset)));
                }
                self.schedule.load_failed(entry);
            }
        }
    }
}
