//! Collecting: what nothing names and nobody uses goes.

use std::collections::BTreeSet;
use std::fs::File;
use std::os::unix::fs::MetadataExt;

use rustix::fs::{AtFlags, FlockOperation, flock, statat, unlinkat};
use rustix::io::Errno;

use crate::footer::Footer;
use crate::lock::Lock;
use crate::publish::NAMES;
use crate::room::ROOM;
use crate::{ObjectDescription, ObjectId, SharedStore, StoreError};

/// What was collected.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Collected {
    /// The number of removed objects.
    pub objects: usize,
    /// Their bytes.
    pub bytes: u64,
    /// The number of removed entries.
    pub entries: usize,
    /// The number of objects that stay because somebody uses them, although nothing names them.
    pub in_use: usize,
}

impl SharedStore {
    /// Removes what crashes and replaced generations have left: objects that no entry names, no process uses and no
    /// running run has published, entries whose objects are gone, and locks that nobody holds.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be listed or written to.
    pub fn collect(&self) -> Result<Collected, StoreError> {
        let _lock = self.directory().lock(ROOM)?;
        let collected = self.collect_unused()?;
        self.collect_locks()?;
        Ok(collected)
    }

    /// Collects, if no other process is at it.
    ///
    /// # Errors
    ///
    /// Fails as [`collect`](Self::collect) does.
    pub fn collect_if_idle(&self) -> Result<Collected, StoreError> {
        match self.directory().try_lock(ROOM)? {
            Some(_lock) => self.collect_unused(),
            None => Ok(Collected::default()),
        }
    }

    /// Removes everything that no process uses and no running run has published, whatever names it.
    ///
    /// # Errors
    ///
    /// Fails as [`collect`](Self::collect) does.
    pub fn collect_all(&self) -> Result<Collected, StoreError> {
        let mut forgotten = 0;
        for entry in self.entries()? {
            if !self.is_running(&entry.run) && !self.is_used(&entry.members) && self.forget(&entry)? {
                forgotten += 1;
            }
        }
        let _lock = self.directory().lock(ROOM)?;
        let mut collected = self.collect_where(|_| true)?;
        self.collect_locks()?;
        collected.entries += forgotten;
        Ok(collected)
    }

    /// Collects, for a caller that has the lock.
    pub(crate) fn collect_unused(&self) -> Result<Collected, StoreError> {
        // What was loaded from storage has no entry, and serves the next one that asks for the same.
        self.collect_where(|description| !description.is_loaded())
    }

    fn collect_where(&self, goes: impl Fn(&ObjectDescription) -> bool) -> Result<Collected, StoreError> {
        let directory = self.directory();
        let there = directory.list(&directory.objects)?;
        let mut collected = Collected::default();
        // Read after the objects: an object that is named meanwhile is of a running run.
        let mut named = BTreeSet::new();
        for entry in self.entries()? {
            let is_whole = entry.members.iter().all(|member| there.binary_search(&member.id.to_string()).is_ok());
            // Objects may have been published since; the entry's run is asked again.
            if !is_whole && !self.is_running(&entry.run) && !self.has_all(&entry.members) && self.forget(&entry)? {
                collected.entries += 1;
                continue;
            }
            named.extend(entry.members.into_iter().map(|member| member.id));
        }
        for name in there {
            let Ok(id) = ObjectId::try_from(name.clone()) else {
                // A name beside the one that a writer did not live to give.
                self.remove_left(&name)?;
                continue;
            };
            if named.contains(&id) {
                continue;
            }
            let bytes = self.taken(id.as_str());
            let unused = |of: Option<&ObjectDescription>| of.is_none_or(|of| goes(of) && !self.is_running(&of.run));
            if self.remove_object(&id, unused)? {
                collected.objects += 1;
                collected.bytes += bytes;
            } else {
                collected.in_use += 1;
            }
        }
        Ok(collected)
    }

    /// Removes an object, unless somebody uses it or `goes` says no, which is told what it is, if that can be read.
    pub(crate) fn remove_object(
        &self,
        id: &ObjectId,
        goes: impl Fn(Option<&ObjectDescription>) -> bool,
    ) -> Result<bool, StoreError> {
        let directory = self.directory();
        let failed = |doing, errno: Errno| directory.io(doing, "objects", id.as_str(), errno.into());
        let file = match directory.open_file(&directory.objects, id.as_str()) {
            Ok(Some(file)) => file,
            Ok(None) => return Ok(false),
            // What another user has put there is reported by those who look at it, and goes.
            Err(StoreError::Untrusted { .. }) => {
                let removed = unlinkat(&directory.objects, id.as_str(), AtFlags::empty());
                return Ok(removed.is_ok());
            }
            Err(error) => return Err(error),
        };
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => return Ok(false),
            result => result.map_err(|errno| failed("lock", errno))?,
        }
        let of = file.metadata().map_err(|source| directory.io("look at", "objects", id.as_str(), source))?;
        let footer = Footer::read(&file, of.size()).ok().and_then(Result::ok);
        if of.nlink() == 0 || !goes(footer.as_ref().map(|footer| &footer.description)) {
            return Ok(false);
        }
        let _lock = directory.lock(NAMES)?;
        let named = statat(&directory.objects, id.as_str(), AtFlags::SYMLINK_NOFOLLOW);
        if !named.is_ok_and(|named| named.st_ino == of.ino()) {
            // Another one has its name by now.
            return Ok(false);
        }
        unlinkat(&directory.objects, id.as_str(), AtFlags::empty()).map_err(|errno| failed("remove", errno))?;
        Ok(true)
    }

    fn remove_left(&self, name: &str) -> Result<(), StoreError> {
        let directory = self.directory();
        let is_held = match directory.open_file(&directory.objects, name) {
            Ok(Some(file)) => is_leased(&file),
            Ok(None) => return Ok(()),
            Err(_) => false,
        };
        if !is_held {
            let _ = unlinkat(&directory.objects, name, AtFlags::empty());
        }
        Ok(())
    }

    /// Removes the files of runs and flights that have ended without a word, and half-written entries.
    fn collect_locks(&self) -> Result<(), StoreError> {
        let directory = self.directory();
        for folder in [&directory.runs, &directory.locks] {
            for name in directory.list(folder)? {
                // The locks of the store itself stay.
                if ObjectId::try_from(name.clone()).is_err() {
                    continue;
                }
                if let Ok(Some(lock)) = Lock::take(folder, &name) {
                    lock.remove(folder, &name);
                }
            }
        }
        self.remove_half_written()
    }

    fn has_all(&self, members: &[crate::Member]) -> bool {
        members.iter().all(|member| self.object_path(&member.id).exists())
    }

    /// Returns true if a process uses one of these objects.
    fn is_used(&self, members: &[crate::Member]) -> bool {
        let directory = self.directory();
        members.iter().any(|member| match directory.open_file(&directory.objects, member.id.as_str()) {
            Ok(Some(file)) => is_leased(&file),
            _ => false,
        })
    }
}

/// Returns true if a process uses the object of this file.
fn is_leased(file: &File) -> bool {
    flock(file, FlockOperation::NonBlockingLockExclusive) == Err(Errno::WOULDBLOCK)
}
