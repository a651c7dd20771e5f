//! A partitioned dataset: listing it and loading from it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use futures_util::stream::{self, StreamExt, TryStreamExt};
use tokio::sync::Mutex;
use tokio::time::sleep;
use wpipe_buffer::Readers;

use super::checkpoint::CheckpointPlaces;
use super::listing::{Listing, Standing, Stored};
use super::manifest::Manifest;
use super::membership::{Kind, Membership};
use super::names::{self, LONGEST_KEY, LONGEST_RUN, RESERVED};
use crate::LineageName;
use crate::codec::{Codec, Wanted, check_writable};
use crate::format::{self, Identity};
use crate::store::{Delay, Direction, Done, Object, Objects, Place, Refusal, check_own_folder};
use crate::{Address, DataError, Loaded, Stray};

/// The name of the manifest below the root.
pub(super) const MANIFEST: &str = "set.json";
/// The number of objects that a store is asked about at once.
const AT_ONCE: usize = 64;
/// The name of the checkpoint below the root, unless another place is named.
const CHECKPOINT: &str = "checkpoint.json";

/// One partitioned entry of the catalog: a format, and a folder or prefix of objects in it. A clone is another handle
/// to the same entry.
///
/// Partitions have **ids**: the path of an object below the root without the entry's suffix, and otherwise as it is,
/// byte for byte. Links within a local root are followed to read, and only if the entry says so those that lead out of
/// it; nothing is written or removed through one. One run at a time may write. Partitions that failed runs have saved
/// stay until the next commit, for others to go on with.
///
/// ```
/// use std::collections::BTreeMap;
/// use wpipe_buffer::{Buffer, Readers, Transports};
/// use wpipe_catalog::{Catalog, Entry, Location, Partitioned};
/// use wpipe_data::View;
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
/// # let root = std::env::temp_dir().join(format!("wpipe-catalog-set-{}", std::process::id()));
/// let transports = Transports::detect();
/// let catalog = Catalog::new(&root, &transports);
/// let of_set = Partitioned { suffix: ".txt".to_owned(), ..Partitioned::default() };
/// let entry = Entry::new("notes", "text", Location::Path("notes".to_owned()));
/// let notes = catalog.open_set(&Entry { partitioned: Some(of_set), ..entry }).unwrap();
///
/// # runtime.block_on(async {
/// let text = (<str as View>::NAME, <str as View>::FINGERPRINT);
/// let buffer = Buffer::copy_from(b"all is well", &transports)?;
/// let writer = notes.begin("run-1").await?;
/// let saved = writer.save("2020/01.31", &buffer, text).await?; // notes/2020/01.31.txt
/// writer.commit(BTreeMap::from([("2020/01.31".to_owned(), saved.stored)]), BTreeMap::new()).await?;
///
/// let listing = notes.list().await?;
/// let loaded = notes.load(&listing, "2020/01.31", text, Readers::One).await?;
/// assert_eq!(loaded.buffer.bytes()?, b"all is well");
/// assert!(notes.is_current(&listing).await?);
/// # std::fs::remove_dir_all(&root)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct PartitionedDataset {
    pub(super) parts: Arc<SetParts>,
    pub(super) confirming: Arc<Confirming>,
    /// The most memory that the load of a partition may take, in bytes, if it is not the catalog's.
    memory: Option<u64>,
}

/// The parts of a partitioned entry.
pub(crate) struct SetParts {
    pub(crate) name: String,
    pub(crate) codec: Arc<Codec>,
    pub(crate) root: Place,
    pub(crate) membership: Membership,
    pub(crate) prune: bool,
    pub(crate) has_checkpoint: bool,
    pub(crate) checkpoint: CheckpointPlaces,
    pub(crate) delay: Delay,
}

/// The lock that is held while an id is confirmed.
pub(super) struct Confirming(pub(super) Mutex<()>);

impl PartitionedDataset {
    pub(crate) fn new(parts: SetParts) -> Self {
        Self { parts: Arc::new(parts), confirming: Arc::new(Confirming(Mutex::new(()))), memory: None }
    }

    /// Limits the memory of the load of a partition to `bytes`.
    #[must_use]
    pub fn with_memory(self, bytes: u64) -> Self {
        Self { memory: Some(bytes), ..self }
    }

    /// Returns the entry's name.
    pub fn name(&self) -> &str {
        &self.parts.name
    }

    /// Returns the manifest's `type`: of every partition.
    pub fn kind(&self) -> &'static str {
        self.parts.codec.kind()
    }

    /// Returns the location of the set's root for people: without credentials.
    pub fn location(&self) -> String {
        self.root().location().to_owned()
    }

    /// Returns the location of the set's root to be compared.
    pub fn address(&self) -> Address {
        self.root().address()
    }

    /// Checks that partitions can be saved there.
    ///
    /// # Errors
    ///
    /// Fails if nobody can save one there, and as [`check_place`](Self::check_place) does.
    pub fn check_writable(&self) -> Result<(), DataError> {
        check_writable(self.root())?;
        self.parts.codec.check_savable(self.root().location())?;
        self.check_place()
    }

    /// Checks the place of the set. Nothing is read.
    ///
    /// # Errors
    ///
    /// Fails if something is there that is no folder, or if this program's own folder there leads elsewhere.
    pub fn check_place(&self) -> Result<(), DataError> {
        self.root().check_folder()?;
        let own = self.internal(MANIFEST)?;
        let checked = own.path().and_then(Path::parent).map_or(Ok(()), check_own_folder);
        checked.map_err(|error| match Refusal::within(&error) {
            Some(Refusal { reason, help }) => {
                let refusal = Refusal { reason: reason.clone(), help: help.clone() };
                self.root().refuse(Direction::Write, refusal)
            }
            None => self.root().refuse(Direction::Write, Refusal { reason: error.to_string(), help: None }),
        })
    }

    /// Returns the local folder, if it is local.
    pub fn path(&self) -> Option<&Path> {
        self.root().path()
    }

    /// Returns the name by which other tools know its root.
    pub fn lineage_name(&self) -> LineageName {
        self.root().lineage_name()
    }

    /// Returns the schema of everything in this format; `None` if the content says it itself.
    pub fn schema(&self) -> Option<&'static str> {
        format::schema_of(self.kind())
    }

    /// Returns the end of the names of partitions behind their ids.
    pub fn suffix(&self) -> &str {
        self.membership().suffix()
    }

    pub(super) fn membership(&self) -> &Membership {
        &self.parts.membership
    }

    /// Checks that a partition can have this id. Nothing is requested.
    ///
    /// # Errors
    ///
    /// Fails if the id is empty, has a part that is empty, `.`, `..` or longer than names can be, holds a control
    /// character, or is a name that this program keeps there itself; or if nobody would find it again, since the entry
    /// leaves out such names.
    pub fn check_id(&self, id: &str) -> Result<(), DataError> {
        let longest = self.name_at(id, Some(&"r".repeat(LONGEST_RUN)));
        let checked = names::check(id, self.suffix()).and_then(|()| self.membership().check(id));
        let checked = checked.and_then(|()| match self.root().length_of_key(&longest) {
            Some(length) if length > LONGEST_KEY => {
                Err(format!("its key may have {length} bytes while it is replaced, and {LONGEST_KEY} are the most"))
            }
            _ => Ok(()),
        });
        checked.map_err(|reason| {
            let shown = match names::shown(id) {
                long if long.len() > LONGEST_KEY => format!("{}…", &long[..long.floor_char_boundary(LONGEST_KEY)]),
                shown => shown,
            };
            DataError::BadPartition { location: self.location(), id: shown, reason }
        })
    }

    /// Returns the partitions that the set has at this time.
    ///
    /// # Errors
    ///
    /// Fails with [`NotFound`](DataError::NotFound) if there is nothing, and with [`Unfinished`](DataError::Unfinished)
    /// if a run began to write the set and none has completed it; and if the store does not say, or the manifest is
    /// damaged.
    pub async fn list(&self) -> Result<Listing, DataError> {
        let listing = match self.manifest().await? {
            Some(listing) => listing,
            None => self.foreign().await?.ok_or_else(|| DataError::NotFound { location: self.location() })?,
        };
        if listing.0.manifest.is_unfinished() {
            return Err(DataError::Unfinished { location: self.location() });
        }
        Ok(self.wanted(listing))
    }

    /// Reads a partition. `schema` is the consumer's: its name and fingerprint. `readers` are those of the buffer.
    ///
    /// # Errors
    ///
    /// Fails if the listing has no such partition, or if it is gone or has another size than listed
    /// ([`Replaced`](DataError::Replaced) if the set was written since, else
    /// [`ChangedByHand`](DataError::ChangedByHand)), cannot be read, is damaged, or holds another schema.
    pub async fn load(
        &self,
        listing: &Listing,
        id: &str,
        schema: (&str, u64),
        readers: Readers,
    ) -> Result<Loaded, DataError> {
        let Some(stored) = listing.partitions().get(id) else {
            let reason = listing.missing().get(id).cloned();
            return Err(DataError::NoPartition { location: self.location(), id: names::shown(id), reason });
        };
        match self.load_stored(id, stored, schema, readers).await {
            // The manifest in force lists the partition: it was changed without the manifest.
            Err(DataError::Replaced { location, found })
                if listing.0.mark.is_some() && self.is_current(listing).await? =>
            {
                let (saved, run) = (stored.size, listing.run().map(str::to_owned));
                Err(DataError::ChangedByHand { location, found, saved, run, set: self.location() })
            }
            loaded => loaded,
        }
    }

    /// Reads a partition from its storage: one that a run has [saved](super::SetWriter::save) and not committed yet, by
    /// this entry or by another of the same place.
    ///
    /// # Errors
    ///
    /// Fails as [`load`](Self::load) does.
    pub async fn load_stored(
        &self,
        id: &str,
        stored: &Stored,
        schema: (&str, u64),
        readers: Readers,
    ) -> Result<Loaded, DataError> {
        let codec = &self.parts.codec;
        let schema = Identity::from(schema);
        let mut place = self.place(id, stored.at.as_deref())?;
        codec.agree(&schema, place.location())?;
        if stored.at.is_none() {
            self.root().check_inside(&self.plain_name(id)).await?;
        }
        sleep(self.parts.delay.load).await;
        let mut fetched = codec.fetch(&place, readers, u64::MAX).await;
        if stored.at.is_some() && matches!(fetched, Err(DataError::NotFound { .. })) {
            // It has got its plain name meanwhile.
            place = self.place(id, None)?;
            fetched = codec.fetch(&place, readers, u64::MAX).await;
        }
        let replaced = |found| DataError::Replaced { location: place.location().to_owned(), found };
        let Done { value: source, retries } = fetched.map_err(|error| match error {
            DataError::NotFound { .. } => replaced(None),
            error => error,
        })?;
        let (size, bytes) = (source.size(), source.fetched());
        if size != stored.size {
            return Err(replaced(Some(size)));
        }
        let buffer = codec.decode(source, Wanted { schema, readers, memory: self.memory }, &place).await?;
        Ok(Loaded { buffer, bytes, retries, version: None })
    }

    /// Returns true if the set is still the listed one: to be asked after the last load, before results of the loads
    /// are trusted. It takes one small request as long as nothing has changed.
    ///
    /// # Errors
    ///
    /// Fails if the store does not say.
    pub async fn is_current(&self, listing: &Listing) -> Result<bool, DataError> {
        let place = self.internal(MANIFEST)?;
        if self.path().is_none()
            && let Some(mark) = &listing.0.mark
        {
            let found = place.size_and_mark().await?;
            if found.is_some_and(|(_, found)| found == *mark) {
                return Ok(true);
            }
        }
        Ok(match self.manifest().await? {
            Some(found) => self.wanted(found).0.manifest.is_same_set(&listing.0.manifest),
            None => listing.0.mark.is_none(),
        })
    }

    /// Returns the partitions that the set has at this time, and those that differ from the manifest.
    ///
    /// # Errors
    ///
    /// Fails as [`list`](Self::list) does.
    pub async fn standing(&self) -> Result<Standing, DataError> {
        let listing = self.list().await?;
        let changed = self.changed(&listing).await?;
        Ok(Standing { listing, changed })
    }

    /// Returns the partitions whose objects differ from the manifest, with the present objects.
    pub(super) async fn changed(&self, listing: &Listing) -> Result<BTreeMap<String, Option<Stored>>, DataError> {
        let mut changed = BTreeMap::new();
        let stored = |size, mark| Stored { size, at: None, mark: Some(mark), changed: None };
        if listing.0.mark.is_none() {
            return Ok(changed);
        }
        let found = self.objects().await?.unwrap_or_default();
        let mut unlisted = Vec::new();
        for (id, saved) in listing.partitions() {
            match found.find(&self.name_at(id, saved.at.as_deref())) {
                Some(object) if self.has(saved, object.size, &object.mark) => {}
                Some(object) => drop(changed.insert(id.clone(), Some(stored(object.size, object.mark.clone())))),
                None => {
                    let place = self.place(id, saved.at.as_deref())?;
                    unlisted.push(async move { Ok::<_, DataError>((id, saved, place.size_and_mark().await?)) });
                }
            }
        }
        // Not every server lists every name as it is.
        let asked = stream::iter(unlisted).buffer_unordered(AT_ONCE);
        for (id, saved, found) in asked.try_collect::<Vec<_>>().await? {
            let is_there = found.as_ref().is_some_and(|(size, mark)| self.has(saved, *size, mark));
            if !is_there {
                changed.insert(id.clone(), found.map(|(size, mark)| stored(size, mark)));
            }
        }
        Ok(changed)
    }

    /// Returns those of the partitions saved by runs that are still there, with their present places: for runs that go
    /// on with the work of others.
    ///
    /// # Errors
    ///
    /// Fails if the store does not say.
    pub async fn still_there(&self, saved: BTreeMap<String, Stored>) -> Result<BTreeMap<String, Stored>, DataError> {
        let manifest = self.manifest().await?;
        let (mut there, mut asked) = (BTreeMap::new(), Vec::new());
        for (id, saved) in saved.into_iter().filter(|(id, _)| self.check_id(id).is_ok()) {
            let of_set = manifest.as_ref().and_then(|listing| listing.partitions().get(&id));
            if of_set.is_some_and(|of_set| saved.is_overtaken_by(of_set)) {
                continue;
            }
            match of_set.filter(|of_set| saved.mark.is_some() && of_set.is_same(&saved)) {
                // A partition in force has moved since it was saved.
                Some(of_set) => drop(there.insert(id, of_set.clone())),
                None => {
                    let place = self.place(&id, saved.at.as_deref())?;
                    asked.push(async move {
                        let found = place.size_and_mark().await?;
                        let is_there = found.is_some_and(|(size, mark)| {
                            size == saved.size && saved.mark.as_ref().is_none_or(|saved| *saved == mark)
                        });
                        Ok::<_, DataError>(is_there.then_some((id, saved)))
                    });
                }
            }
        }
        if let (Some(manifest), false) = (&manifest, there.is_empty()) {
            let changed = self.changed(manifest).await?;
            there.retain(|id, _| !changed.contains_key(id));
        }
        let asked = stream::iter(asked).buffer_unordered(AT_ONCE).try_collect::<Vec<_>>();
        there.extend(asked.await?.into_iter().flatten());
        Ok(there)
    }

    /// Returns true if an object of this size and mark is the partition of the set in force, by the manifest.
    fn has(&self, stored: &Stored, size: u64, mark: &str) -> bool {
        // Some servers mark copies otherwise, so of these the manifest alone can know.
        let is_marked = self.path().is_none() || stored.mark.as_ref().is_none_or(|saved| saved == mark);
        size == stored.size && is_marked
    }

    pub(crate) fn codec(&self) -> &Arc<Codec> {
        &self.parts.codec
    }

    pub(super) fn root(&self) -> &Place {
        &self.parts.root
    }

    /// Returns the place of an object of this program's own below the root.
    pub(super) fn internal(&self, name: &str) -> Result<Place, DataError> {
        self.root().child(&format!("{RESERVED}/{name}"))
    }

    /// Returns true if the set remembers the progress of its readers.
    pub fn has_checkpoint(&self) -> bool {
        self.parts.has_checkpoint
    }

    /// Returns the place of the checkpoint, if it can be written.
    pub(super) fn checkpoint_place(&self) -> Result<Place, DataError> {
        match &self.parts.checkpoint.said {
            Some(place) => Ok(place.clone()),
            None => self.internal(CHECKPOINT),
        }
    }

    /// Returns the plain name of a partition below the root.
    pub(crate) fn plain_name(&self, id: &str) -> String {
        format!("{id}{}", self.suffix())
    }

    /// Returns the name of a partition below the root: the plain one, or in a run's folder.
    pub(super) fn name_at(&self, id: &str, run: Option<&str>) -> String {
        let plain = self.plain_name(id);
        run.map_or_else(|| plain.clone(), |run| format!("{RESERVED}/{run}/{plain}"))
    }

    pub(crate) fn place(&self, id: &str, run: Option<&str>) -> Result<Place, DataError> {
        self.root().child(&self.name_at(id, run))
    }

    /// Reads the set that the manifest names, if there is one.
    pub(super) async fn manifest(&self) -> Result<Option<Listing>, DataError> {
        let place = self.internal(MANIFEST)?;
        let read = place.read().await;
        if read.is_err() {
            self.root().check_folder()?;
        }
        let Some((content, mark)) = read? else { return Ok(None) };
        let manifest = Manifest::decode(&content, place.location(), self.suffix())?;
        Ok(Some(Listing::new(manifest, Some(mark))))
    }

    /// Returns the partitions of a manifest that the entry does not leave out.
    pub(super) fn wanted(&self, listing: Listing) -> Listing {
        let membership = self.membership();
        if membership.wants_all() {
            return listing;
        }
        let mark = listing.0.mark.clone();
        Listing::new(listing.0.manifest.only(|id| membership.wants(id)), mark)
    }

    /// Lists every object that is a partition; `None` if there is no root.
    pub(super) async fn foreign(&self) -> Result<Option<Listing>, DataError> {
        let Some(found) = self.objects().await? else { return Ok(None) };
        if let Some(stray) = found.strays.iter().find(|stray| self.may_be_meant(stray)) {
            return Err(DataError::Stray { location: self.location(), stray: stray.clone() });
        }
        Ok(Some(Listing::new(Manifest::of_objects(self.partitions_of(found)), None)))
    }

    /// Lists everything below the root but the checkpoint; `None` if there is no root.
    pub(super) async fn objects(&self) -> Result<Option<Objects>, DataError> {
        let mut found = self.root().objects().await?;
        let checkpoint = self.root().name_of(&self.checkpoint_place()?);
        if let (Some(found), Some(checkpoint)) = (&mut found, checkpoint) {
            found.objects.retain(|object| object.name != checkpoint);
        }
        Ok(found)
    }

    /// Returns true if a stray may be meant to be a partition, or a folder of some.
    fn may_be_meant(&self, stray: &Stray) -> bool {
        match self.membership().kind(&stray.name) {
            Kind::Partition(_) => true,
            Kind::Other => stray.is_folder(),
            Kind::Hidden | Kind::Excluded | Kind::Reserved => false,
        }
    }

    fn partitions_of(&self, mut found: Objects) -> BTreeMap<String, Stored> {
        found.drop_markers();
        let partition = |object: Object| {
            let id = self.membership().id_of(&object.name)?.to_owned();
            let Object { size, mark, changed, .. } = object;
            Some((id, Stored { size, at: None, mark: Some(mark), changed }))
        };
        found.objects.into_iter().filter_map(partition).collect()
    }
}

impl fmt::Debug for PartitionedDataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartitionedDataset(`{}`: {} at `{}`)", self.name(), self.kind(), self.location())
    }
}
