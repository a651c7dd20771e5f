//! Room for a new object: what is counted, and what goes when there is none.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, fstatvfs, statat};

use crate::room::ROOM;
use crate::{Entry, ObjectId, SharedStore, StoreError};

/// The time after which the room in use is counted again: other processes use it as well.
const FRESH: Duration = Duration::from_secs(1);
/// The unit in which systems count the blocks of a file.
const BLOCK: u64 = 512;

/// An object that may be removed to make room.
struct Candidate {
    /// The time of its last use, in nanoseconds.
    used: i128,
    id: ObjectId,
    /// The entry that names it.
    entry: Option<Entry>,
}

impl SharedStore {
    /// Makes room for an object of `needed` bytes. Of one that is `written`, the file system has the bytes already.
    pub(crate) fn make_room(&self, needed: u64, written: bool) -> Result<(), StoreError> {
        let limit = self.room().limit;
        if needed > limit {
            return Err(StoreError::TooLarge { path: self.path().to_owned(), needed, limit });
        }
        let fits = |used: u64| used.saturating_add(needed) <= limit;
        if fits(self.estimate()?) && (written || self.free()? >= needed) {
            return Ok(());
        }
        // One process at a time removes: two would each remove enough for both.
        let _lock = self.directory().lock(ROOM)?;
        let is_enough = || Ok::<_, StoreError>(fits(self.used()?) && (written || self.free()? >= needed));
        if is_enough()? {
            return Ok(());
        }
        self.collect_unused()?;
        for candidate in self.candidates()? {
            if is_enough()? {
                return Ok(());
            }
            self.evict(&candidate)?;
        }
        if is_enough()? { Ok(()) } else { Err(self.full(needed)) }
    }

    /// Returns the error for a write that the system refused. If there is no room, something has to go first.
    pub(crate) fn refused(&self, doing: &'static str, id: &ObjectId, needed: u64, source: io::Error) -> StoreError {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => self.full(needed),
            _ => self.directory().io(doing, "objects", id.as_str(), source),
        }
    }

    /// Counts an object that this process has published.
    pub(crate) fn added(&self, bytes: u64) {
        if let Some((_, used)) = &mut *self.room().counted.lock().unwrap_or_else(PoisonError::into_inner) {
            *used += bytes;
        }
    }

    /// Returns the bytes in use, counted a moment ago at most.
    fn estimate(&self) -> Result<u64, StoreError> {
        let known = *self.room().counted.lock().unwrap_or_else(PoisonError::into_inner);
        match known {
            Some((since, used)) if since.elapsed() < FRESH => Ok(used),
            _ => self.used(),
        }
    }

    /// Counts the bytes in use.
    pub(crate) fn used(&self) -> Result<u64, StoreError> {
        let directory = self.directory();
        let mut used = 0;
        for name in directory.list(&directory.objects)? {
            used += self.taken(&name);
        }
        *self.room().counted.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), used));
        Ok(used)
    }

    /// Returns the bytes that a file among the objects takes. One that is gone meanwhile takes nothing.
    pub(crate) fn taken(&self, name: &str) -> u64 {
        let of = statat(&self.directory().objects, name, AtFlags::SYMLINK_NOFOLLOW);
        of.map_or(0, |of| of.st_blocks as u64 * BLOCK)
    }

    /// Returns the free bytes of the file system.
    fn free(&self) -> Result<u64, StoreError> {
        let directory = self.directory();
        let of = fstatvfs(directory.objects.as_fd());
        let of = of.map_err(|errno| directory.io("look at", "objects", "", errno.into()))?;
        Ok(of.f_bavail.saturating_mul(of.f_frsize))
    }

    fn full(&self, needed: u64) -> StoreError {
        let (used, own) = (self.used().unwrap_or_default(), self.room().limit);
        // If the file system has less room than the limit, that is what counts.
        let limit = own.min(used.saturating_add(self.free().unwrap_or_default()));
        StoreError::Full { path: PathBuf::from(self.path()), needed, used, limit }
    }

    /// Returns the objects that storage has as well, the one that was not used for the longest time first.
    fn candidates(&self) -> Result<Vec<Candidate>, StoreError> {
        let directory = self.directory();
        let mut named: BTreeMap<ObjectId, Vec<Entry>> = BTreeMap::new();
        for mut entry in self.entries()? {
            for member in std::mem::take(&mut entry.members) {
                named.entry(member.id).or_default().push(entry.clone());
            }
        }
        let mut candidates = Vec::new();
        for name in directory.list(&directory.objects)? {
            let Ok(id) = ObjectId::try_from(name) else { continue };
            let Ok(Some((file, footer))) = self.open_object(&id) else { continue };
            let entries = named.remove(&id).unwrap_or_default();
            let is_saved = !entries.is_empty() && entries.iter().all(|entry| entry.mark.is_some());
            if !is_saved && !footer.description.is_loaded() {
                continue;
            }
            let Ok(of) = file.metadata() else { continue };
            let used = i128::from(of.mtime()) * 1_000_000_000 + i128::from(of.mtime_nsec());
            candidates.push(Candidate { used, id, entry: entries.into_iter().next() });
        }
        candidates.sort_by_key(|candidate| candidate.used);
        Ok(candidates)
    }

    fn evict(&self, Candidate { id, entry, .. }: &Candidate) -> Result<(), StoreError> {
        if self.remove_object(id, |_| true)? {
            tracing::debug!("removed object `{id}` from the store to make room: storage has its content");
            if let Some(entry) = entry {
                self.forget(entry)?;
            }
        }
        Ok(())
    }
}
