//! The driving thread: saves and their results, and the release of buffers.

use wpipe_catalog::StoredDataset;
use wpipe_pipeline::FormatId;

use super::resident::Resident;
use super::run::Driver;
use super::transfer::{SaveOutcome, TransferError};
use crate::schedule::EntryId;
use crate::{At, Event, RunError};

impl Driver<'_> {
    pub(super) fn save(&mut self, entry: EntryId) {
        let stream = self.streams.take(entry);
        if self.is_abandoned() {
            self.saved(entry, Err(TransferError::GivenUp));
            return;
        }
        if let Some(stream) = stream {
            self.transfers.commit_stream(entry, stream);
            return;
        }
        let (dataset, at) = self.place(entry);
        let route = self.layout.route(dataset, self.options);
        self.shares.owes(entry, usize::from(route.is_saved) + usize::from(route.is_shared));
        if route.is_shared {
            self.share(entry, dataset, &at);
        }
        if route.is_saved
            && let Err(error) = self.begin_save(entry, dataset, at)
        {
            self.give_up(error);
            self.results.unsaved(self.layout.name(dataset));
            self.save_ended(entry, false);
        }
    }

    /// Continues after a dataset was saved or shared, or could not be: with the schedule when both have ended.
    pub(super) fn save_ended(&mut self, entry: EntryId, is_well: bool) {
        match self.shares.ended(entry, is_well) {
            Some(true) => self.schedule.saved(entry),
            Some(false) => self.schedule.save_failed(entry),
            None => {}
        }
    }

    fn begin_save(&mut self, entry: EntryId, dataset: FormatId, at: At) -> Result<(), RunError> {
        let of = self.subject(entry);
        let writer = self.sets.writer(dataset);
        if at.is_whole()
            && let Some(writer) = writer
        {
            let (partitions, missing) = self.set_to_commit(dataset);
            return self.transfers.commit(entry, &of, writer, partitions, missing);
        }
        let Some(content) = self.buffers.get(entry).cloned() else {
            unreachable!("what is saved is in memory");
        };
        match (content, writer, &self.layout.dataset(dataset).stored) {
            (Resident::Whole(buffer), Some(writer), _) => {
                let id = at.partition.unwrap_or_default();
                self.transfers.save_partition(entry, of, id, writer, buffer)
            }
            (Resident::Partitions(all), Some(writer), _) => self.transfers.save_partitions(entry, of, writer, all),
            (Resident::Whole(buffer), None, Some(StoredDataset::Whole(stored))) => {
                self.transfers.save(entry, of, stored, buffer)
            }
            (Resident::Partitions(all), None, Some(StoredDataset::Set(set))) => {
                self.transfers.save_set(entry, of, set, all)
            }
            (Resident::Whole(_) | Resident::Partitions(_), None, _) => unreachable!("what is saved has a place"),
            (Resident::Listed(_), ..) => unreachable!("what is listed is in storage"),
        }
    }

    pub(super) fn saved(&mut self, entry: EntryId, result: Result<SaveOutcome, TransferError>) {
        let (dataset, at) = self.place(entry);
        let name = self.layout.name(dataset);
        match result {
            Ok(saved) => {
                self.results.retried(saved.retries);
                if let Some(difference) = saved.difference {
                    self.results.fail(RunError::RoundTrip { dataset: name.to_owned(), at: at.clone(), difference });
                }
                if at.is_whole() {
                    self.shares.saved(dataset, saved.mark.as_deref());
                    self.results.persisted(name, saved.mark);
                } else {
                    self.note_written(entry, dataset, saved.stored);
                }
                self.save_ended(entry, true);
            }
            Err(error) => {
                let is_whole = at.is_whole();
                if self.is_given_up(&error) {
                    self.results.interrupted();
                } else {
                    self.failed(entry, error.save_error(name.to_owned(), at, self.maker(dataset)));
                }
                if is_whole && self.layout.is_stored(dataset) {
                    self.results.unsaved(name);
                }
                self.save_ended(entry, false);
            }
        }
    }

    pub(super) fn release(&mut self, entry: EntryId) {
        let (dataset, at) = self.place(entry);
        let (content, bytes) = self.buffers.release(entry);
        if let (Some(content), Some(whole)) = (content, self.schedule.part_of(entry)) {
            self.collect(entry, whole, content);
        }
        if let Some(bytes) = bytes {
            let dataset = self.layout.name(dataset);
            self.results.emit(|| Event::DatasetReleased { dataset: dataset.to_owned(), at, bytes });
        }
    }
}
