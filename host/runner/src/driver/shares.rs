//! The shared store of a run: what is owed to it, what it has got, and the driving thread's part in both.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use wpipe_catalog::{Dataset, PartitionedDataset};
use wpipe_pipeline::FormatId;
use wpipe_store::{Entry, Member, ObjectOrigin, RunLease, StoreError};

use super::fetch::Fetch;
use super::resident::Resident;
use super::run::Driver;
use super::share::{Share, Shared};
use super::transfer::{Subject, TransferError};
use crate::event::Emitter;
use crate::schedule::EntryId;
use crate::{At, Event, RunId, RunOptions, Sharing};

/// The account of what a run shares.
pub(super) struct Shares {
    sharing: Option<Sharing>,
    /// Keeps what is published and not named yet.
    _lease: Option<RunLease>,
    run: String,
    abandon: Arc<AtomicBool>,
    emitter: Emitter,
    /// The objects of the partitions that multipipelines have made, by id.
    members: HashMap<FormatId, BTreeMap<String, Member>>,
    /// The transfers that are left of each dataset that is saved and shared, and whether the others went well.
    owed: HashMap<EntryId, (usize, bool)>,
    /// The marks of saved datasets, whose entries are to bear them.
    marks: HashMap<FormatId, String>,
    /// The entries that have been written.
    named: HashMap<FormatId, Entry>,
}

impl Shares {
    /// Begins the account: the store is tidied up, and keeps what this run publishes from now on.
    pub(super) fn begin(options: &RunOptions, run: &RunId, emitter: &Emitter) -> Result<Self, StoreError> {
        let sharing = options.sharing.clone();
        let lease = sharing.as_ref().map(|sharing| sharing.store.begin(run.as_str())).transpose()?;
        if let Some(Sharing { store, attached, .. }) = &sharing {
            store.collect_if_idle()?;
            for (dataset, at, bytes) in attached {
                let (dataset, at, bytes) = (dataset.clone(), at.clone(), *bytes);
                emitter.emit(|| Event::DatasetAttached { dataset, at, bytes });
            }
        }
        Ok(Self {
            sharing,
            _lease: lease,
            run: run.to_string(),
            abandon: options.abandon.clone(),
            emitter: emitter.clone(),
            members: HashMap::new(),
            owed: HashMap::new(),
            marks: HashMap::new(),
            named: HashMap::new(),
        })
    }

    /// Notes that a dataset is to be saved, shared or both.
    pub(super) fn owes(&mut self, entry: EntryId, left: usize) {
        self.owed.insert(entry, (left, true));
    }

    /// Notes the end of a transfer; returns whether all went well when none is left.
    pub(super) fn ended(&mut self, entry: EntryId, is_well: bool) -> Option<bool> {
        let Some((left, all_well)) = self.owed.get_mut(&entry) else { return Some(is_well) };
        *left = left.saturating_sub(1);
        *all_well &= is_well;
        let (left, all_well) = (*left, *all_well);
        (left == 0).then(|| {
            self.owed.remove(&entry);
            all_well
        })
    }

    /// Notes that storage has a dataset as well, with this mark.
    pub(super) fn saved(&mut self, dataset: FormatId, mark: Option<&str>) {
        if let Some(mark) = mark {
            self.marks.insert(dataset, mark.to_owned());
            self.write_mark(dataset);
        }
    }

    /// Writes the mark of a dataset into its entry, once there are both: by it others see that storage has the same.
    fn write_mark(&mut self, dataset: FormatId) {
        let (Some(mark), Some(sharing)) = (self.marks.get(&dataset), &self.sharing) else { return };
        let Some(entry) = self.named.remove(&dataset) else { return };
        if let Err(error) = sharing.store.mark(&entry, mark) {
            tracing::warn!("others will load a dataset from storage that is in the shared store as well: {error}");
        }
    }

    /// Returns the load of a free input by way of the store, if the run has one and the content has a mark.
    pub(super) fn fetch(&self, of: &Subject, stored: &Dataset) -> Option<Fetch> {
        let sharing = self.sharing.as_ref()?;
        let (mark, _) = (sharing.marks.get(&of.name)?.clone(), sharing.keys.get(&of.name)?);
        let origin = ObjectOrigin::Storage { location: stored.location(), mark: mark.clone() };
        let way = self.way(of.clone(), origin)?;
        Some(Fetch { id: way.id(None), way, marked: Some((stored.clone(), mark)) })
    }

    /// Returns the way of the partitions of a free input by the store. Those of a local folder are as near as the store
    /// is.
    pub(super) fn way_of_set(&self, of: &Subject, set: &PartitionedDataset) -> Option<Share> {
        self.sharing.as_ref()?.keys.get(&of.name).filter(|_| set.path().is_none())?;
        let origin = ObjectOrigin::Storage { location: set.location(), mark: String::new() };
        self.way(of.clone(), origin)
    }

    /// Returns the way of a dataset into the store, if the run has one.
    fn way(&self, of: Subject, origin: ObjectOrigin) -> Option<Share> {
        let sharing = self.sharing.as_ref()?;
        // A content of unknown origin is like no other.
        let unique = || format!("run {} dataset {}", self.run, of.name);
        Some(Share {
            store: sharing.store.clone(),
            pipeline: sharing.pipeline.clone(),
            run: self.run.clone(),
            origin,
            key: sharing.keys.get(&of.name).cloned().unwrap_or_else(unique),
            abandon: self.abandon.clone(),
            emitter: self.emitter.clone(),
            of,
        })
    }
}

impl Driver<'_> {
    /// Begins to share a dataset, or a part of one.
    pub(super) fn share(&mut self, entry: EntryId, dataset: FormatId, at: &At) {
        let Some(way) = self.shares.way(self.subject(entry), ObjectOrigin::Node(self.maker(dataset))) else {
            self.save_ended(entry, true);
            return;
        };
        let is_of_group = self.job.graph.dataset_of(dataset).made_by.is_some();
        let begun = if is_of_group && at.is_whole() {
            let members: Vec<_> = self.shares.members.remove(&dataset).unwrap_or_default().into_values().collect();
            // What earlier runs have written is in storage alone, and readers need all of it.
            let is_all = self.sets.kept(dataset).is_none_or(BTreeMap::is_empty);
            let name =
                move || if is_all { way.name(members).map(Shared::Named) } else { Ok(Shared::Parts(Vec::new())) };
            self.transfers.share(entry, name)
        } else {
            let parts = match self.buffers.get(entry) {
                Some(Resident::Whole(buffer)) => vec![(at.partition.clone(), buffer.clone())],
                Some(Resident::Partitions(all)) => {
                    all.iter().map(|(id, buffer)| (Some(id.clone()), buffer.clone())).collect()
                }
                Some(Resident::Listed(_)) | None => unreachable!("what is shared is in memory"),
            };
            let is_all = at.is_whole();
            self.transfers.share(entry, move || way.share(parts, is_all))
        };
        if let Err(error) = begun {
            self.give_up(error);
            self.save_ended(entry, false);
        }
    }

    /// Continues after a dataset was shared, or could not be.
    pub(super) fn shared(&mut self, entry: EntryId, result: Result<Shared, TransferError>) {
        let (dataset, at) = self.place(entry);
        let is_well = match result {
            Ok(Shared::Named(named)) => {
                self.note_named(dataset, named);
                true
            }
            Ok(Shared::Parts(members)) => {
                let of_dataset = self.shares.members.entry(dataset).or_default();
                of_dataset.extend(members.into_iter().map(|of| (of.partition.clone().unwrap_or_default(), of)));
                true
            }
            Err(error) if self.is_given_up(&error) => {
                self.results.interrupted();
                self.results.unshared(self.layout.name(dataset));
                false
            }
            Err(error) => {
                let name = self.layout.name(dataset).to_owned();
                self.results.unshared(&name);
                let reason = error.to_string();
                self.results.emit(|| Event::SaveFailed { dataset: name.clone(), at: at.clone(), error: reason });
                let error = error.save_error(name, at, self.maker(dataset));
                self.failed(entry, error);
                false
            }
        };
        self.save_ended(entry, is_well);
    }

    /// Remembers the entry of a dataset, which gets the mark of storage when that has it as well.
    fn note_named(&mut self, dataset: FormatId, named: Entry) {
        if !named.members.is_empty() && self.layout.route(dataset, self.options).is_saved {
            self.shares.named.insert(dataset, named);
            self.shares.write_mark(dataset);
        }
    }
}
