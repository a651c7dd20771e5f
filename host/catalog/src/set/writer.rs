//! Writing a set: partitions one by one, and then all of them at once.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use tokio::sync::OnceCell;
use tokio::time::sleep;
use wpipe_buffer::Buffer;

use super::claims::Claims;
use super::dataset::{MANIFEST, PartitionedDataset};
use super::listing::{Listing, Stored, mark_of_run};
use super::manifest::Manifest;
use super::names;
use super::settle::{Cleared, clear, settle};
use crate::DataError;
use crate::format::Identity;
use crate::store::{Objects, Publishing};

/// The writer of one run to one set. A clone is another handle to the same.
#[derive(Clone)]
pub struct SetWriter(Arc<Writing>);

struct Writing {
    set: PartitionedDataset,
    run: String,
    /// The folder of every partition that this attempt writes, if others may write the same for the run.
    fence: Option<String>,
    before: Listing,
    /// True if the run's folder is marked as one that this program has made.
    is_marked: OnceCell<()>,
    /// The names of the saved objects.
    claims: Mutex<Claims>,
}

/// The result of a partition's save.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SavedPartition {
    /// The number of bytes written to the store.
    pub bytes: u64,
    /// The number of repetitions after transient failures.
    pub retries: u32,
    /// The stored object: for [`SetWriter::commit`].
    pub stored: Stored,
}

/// The result of a commit.
#[derive(Debug)]
#[non_exhaustive]
pub struct Committed {
    /// The number of repetitions after transient failures.
    pub retries: u32,
    /// The ids of the partitions that were removed, since the new set does not have them.
    pub pruned: Vec<String>,
    /// The number of partitions that the new set does not have and that are still there, to be ignored.
    pub stale: usize,
    /// The reason why the new set could not be tidied up; then nothing is known to be pruned or stale. The set is in
    /// force and right all the same, and the next run that begins goes on with it.
    pub untidy: Option<DataError>,
}

impl PartitionedDataset {
    /// Begins to write the set for this run, whose id is unique. Finishes a commit that a crash has interrupted.
    ///
    /// # Errors
    ///
    /// Fails if the set cannot be written, if the store does not say what is there, or if the manifest is damaged.
    pub async fn begin(&self, run: &str) -> Result<SetWriter, DataError> {
        self.begin_as(run, None).await
    }

    /// Begins as [`begin`](Self::begin) does, for one of several attempts at the same part of a run. `fence` names the
    /// attempt, and is unique: what it writes lies in a folder of that name until the commit, so that no attempt touches
    /// what another one has written. Once one of them has committed the run's set, the others leave it as it is.
    ///
    /// # Errors
    ///
    /// Fails as [`begin`](Self::begin) does.
    pub async fn begin_as(&self, run: &str, fence: Option<&str>) -> Result<SetWriter, DataError> {
        self.check_writable()?;
        for name in [Some(run), fence].into_iter().flatten() {
            names::check_run(name).map_err(|reason| DataError::BadRun { run: names::shown(name), reason })?;
        }
        let before = match self.manifest().await? {
            Some(listing) => self.settled(listing).await?,
            None => {
                let found = self.foreign().await?.map(|listing| listing.0.manifest.clone());
                let manifest = found.filter(|manifest| !manifest.partitions.is_empty()).unwrap_or_else(Manifest::begun);
                self.begin_manifest(manifest, fence.is_some()).await?
            }
        };
        let (set, run, fence) = (self.clone(), run.to_owned(), fence.map(str::to_owned));
        let (is_marked, claims) = (OnceCell::new(), Mutex::default());
        Ok(SetWriter(Arc::new(Writing { set, run, fence, before, is_marked, claims })))
    }

    /// Writes the first manifest. Where several attempts begin at once, one may have committed the set meanwhile.
    async fn begin_manifest(&self, manifest: Manifest, may_be_late: bool) -> Result<Listing, DataError> {
        if !may_be_late {
            self.put_manifest(&manifest).await?;
        } else if self.internal(MANIFEST)?.create(&manifest.encode(), Publishing::default()).await?.is_none() {
            let found = self.manifest().await?.ok_or_else(|| self.conflict(None))?;
            return self.settled(found).await;
        }
        Ok(Listing::new(manifest, None))
    }

    /// Returns the same set, with all partitions under their plain names.
    async fn settled(&self, listing: Listing) -> Result<Listing, DataError> {
        if listing.0.manifest.is_settled() {
            return Ok(listing);
        }
        let outcome = settle(self, &listing.0.manifest).await;
        // The run that has committed it may settle it at the same time.
        match self.manifest().await? {
            Some(found) if found.0.manifest.is_settled() => Ok(found),
            _ => Err(outcome.err().unwrap_or_else(|| self.conflict(None))),
        }
    }

    /// Writes the manifest; returns the number of repetitions.
    pub(super) async fn put_manifest(&self, manifest: &Manifest) -> Result<u32, DataError> {
        let put = self.internal(MANIFEST)?.put(&manifest.encode(), Publishing::default()).await?;
        Ok(put.retries)
    }

    /// Marks a run's folder as one that this program has made, and may sweep.
    async fn mark(&self, run: &str) -> Result<(), DataError> {
        let mark = self.root().child(&names::mark_of(run))?;
        let text = Bytes::from_static(b"what a run of wpipe keeps here is removed when the set is complete\n");
        mark.put(&text.into(), Publishing { among_many: true, ..Publishing::default() }).await.map(drop)
    }

    /// Returns the error that a partition's object and one of this name would have to be a file and a folder.
    fn clash(&self, id: &str, other: &str) -> DataError {
        let other = names::shown(other.strip_suffix(self.suffix()).unwrap_or(other));
        let reason =
            format!("the set has the partition `{other}`, and one of them would be a file and a folder at once");
        DataError::BadPartition { location: self.location(), id: names::shown(id), reason }
    }

    pub(super) fn conflict(&self, found: Option<&Listing>) -> DataError {
        let run = found.and_then(|found| found.run().map(str::to_owned));
        DataError::Conflict { location: self.location(), run }
    }
}

impl SetWriter {
    /// Returns the set that is written.
    pub fn dataset(&self) -> &PartitionedDataset {
        &self.0.set
    }

    /// Returns the set that was in force when this began: empty if there was none.
    pub fn before(&self) -> &Listing {
        &self.0.before
    }

    /// Checks that partitions can have these ids. Nothing is written.
    ///
    /// # Errors
    ///
    /// Fails if they cannot, or not beside the saved partitions, since one would be a file and a folder at once.
    pub fn check_ids<'i>(&self, ids: impl IntoIterator<Item = &'i str>) -> Result<(), DataError> {
        let Writing { set, claims, .. } = &*self.0;
        let mut claims = claims.lock().unwrap_or_else(PoisonError::into_inner);
        ids.into_iter().try_for_each(|id| {
            set.check_id(id)?;
            claims.claim(&set.plain_name(id)).map_err(|other| set.clash(id, &other))
        })
    }

    /// Writes a partition: durable on return, whole or not at all, and visible only after the commit. Partitions may be
    /// saved at the same time. `schema` is the producer's name and fingerprint.
    ///
    /// # Errors
    ///
    /// Fails if no partition can have this id, or if the buffer has no form in this format, or cannot be written.
    pub async fn save(&self, id: &str, buffer: &Buffer, schema: (&str, u64)) -> Result<SavedPartition, DataError> {
        self.check_ids([id])?;
        let Writing { set, run, fence, before, is_marked, .. } = &*self.0;
        let at = fence.clone().or_else(|| before.partitions().contains_key(id).then(|| run.clone()));
        let name = set.name_at(id, at.as_deref());
        let place = set.root().child(&name)?;
        let codec = &set.parts.codec;
        let schema = Identity::from(schema);
        codec.agree(&schema, place.location())?;
        set.root().check_links(&set.plain_name(id)).await?;
        sleep(set.parts.delay.save).await;
        let payload = codec.encode(buffer, schema, place.location()).await?;
        if let Some(folder) = at.as_ref().filter(|_| set.path().is_some()) {
            is_marked.get_or_try_init(|| set.mark(folder)).await?;
        }
        let put = place.put(&payload, Publishing { among_many: true, ..codec.publishing() }).await?;
        let bytes = payload.content_length() as u64;
        Ok(SavedPartition {
            bytes,
            retries: put.retries,
            stored: Stored { size: bytes, at, mark: put.value, changed: None },
        })
    }

    /// Returns the mark of the set once this run has committed it: [`Listing::run_mark`].
    pub fn run_mark(&self) -> String {
        mark_of_run(&self.0.run)
    }

    /// Returns true if a partition that an earlier run has saved can become one of this set: no other run has put its
    /// own in its place, and committed it, before this one began.
    pub fn can_take(&self, id: &str, stored: &Stored) -> bool {
        !self.before().partitions().get(id).is_some_and(|before| stored.is_overtaken_by(before))
    }

    /// Makes these partitions the set, and no others: each as [`save`](Self::save) returned it, here or in a run that
    /// this one continues, or as it was [`before`](Self::before). `missing` are the ids that it was to have and has
    /// not, with the reasons: a set without any is complete. Readers see the old set up to one moment, and from there
    /// on the new.
    ///
    /// # Errors
    ///
    /// Fails if another process has written the set meanwhile, if one of the partitions is not there, or if the
    /// manifest cannot be written. Then the set is as it was, or, if only the answer got lost, the new one: a repeated
    /// commit finds out. Failures while the new set is in force are [`Committed::untidy`].
    pub async fn commit(
        &self,
        partitions: BTreeMap<String, Stored>,
        missing: BTreeMap<String, String>,
    ) -> Result<Committed, DataError> {
        let Writing { set, run, fence, before, .. } = &*self.0;
        let is_new = |id: &&String| !before.partitions().contains_key(*id);
        let names: Claims = partitions.keys().map(|id| set.plain_name(id)).collect();
        partitions.keys().filter(is_new).try_for_each(|id| {
            set.check_id(id)?;
            names.clash(&set.plain_name(id)).map_or(Ok(()), |other| Err(set.clash(id, other)))
        })?;
        drop(names);
        let mut manifest = Manifest::of_run(run, partitions, missing);
        let Some(found) = set.manifest().await? else { return Err(set.conflict(None)) };
        let mut objects = set.objects().await?.unwrap_or_default();
        let mut retries = 0;
        let is_of_other_attempt = fence.is_some() && found.run() == Some(run.as_str());
        if is_of_other_attempt || found.0.manifest.is_same_set(&manifest) {
            // It is in force already: another attempt was first, or this is a repetition, since the answer got lost.
            manifest = found.0.manifest.clone();
        } else if found.0.manifest.is_same_set(&before.0.manifest) {
            self.check_saved(&manifest.partitions, &objects).await?;
            // A large set has many of these: only objects that may have to be cleared away count from here on.
            let is_of_set =
                |name: &str| names::id_of(name, set.suffix()).is_some_and(|id| manifest.partitions.contains_key(id));
            objects.objects.retain(|object| !is_of_set(&object.name));
            objects.objects.shrink_to_fit();
            retries = set.put_manifest(&manifest).await?;
        } else {
            return Err(set.conflict(Some(&found)));
        }
        let tidied = async {
            retries += settle(set, &manifest).await?;
            clear(set, &manifest, objects, fence.as_deref().map(|_| run.as_str())).await
        };
        let (cleared, untidy) = match tidied.await {
            Ok(cleared) => (cleared, None),
            Err(error) => (Cleared::default(), Some(error)),
        };
        let Cleared { retries: of_clearing, pruned, stale } = cleared;
        Ok(Committed { retries: retries + of_clearing, pruned, stale, untidy })
    }

    /// Returns the partitions of the set [`before`](Self::before) that cannot be kept: they are gone, or have another
    /// size than was saved.
    ///
    /// # Errors
    ///
    /// Fails if the store does not say.
    pub async fn lost(&self) -> Result<BTreeSet<String>, DataError> {
        let Writing { set, before, .. } = &*self.0;
        let changed = set.changed(before).await?.into_iter();
        let lost = changed.filter(|(id, found)| {
            let saved = before.partitions().get(id).map(|saved| saved.size);
            found.as_ref().map(|found| found.size) != saved
        });
        Ok(lost.map(|(id, _)| id).collect())
    }

    /// Fails if one of `partitions` is not at its place.
    async fn check_saved(&self, partitions: &BTreeMap<String, Stored>, objects: &Objects) -> Result<(), DataError> {
        let set = &self.0.set;
        for (id, stored) in partitions {
            let name = set.name_at(id, stored.at.as_deref());
            let place = set.root().child(&name)?;
            if !self.can_take(id, stored) {
                let found = "was replaced since it was saved".to_owned();
                return Err(DataError::NotSaved { location: place.location().to_owned(), found });
            }
            let found = match objects.find(&name) {
                Some(object) => Some(object.size),
                // Not every server lists every name as it is.
                None => place.size().await?,
            };
            if found != Some(stored.size) {
                let found =
                    found.map_or("is not there".to_owned(), |found| format!("has {found} bytes, not {}", stored.size));
                return Err(DataError::NotSaved { location: place.location().to_owned(), found });
            }
        }
        Ok(())
    }
}

impl fmt::Debug for SetWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SetWriter({:?} by {})", self.0.set, self.0.run)
    }
}
