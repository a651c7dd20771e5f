//! Attaching: an object as a buffer, whose pages are the file's.

use std::fs::File;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::time::SystemTime;

use rustix::fs::{FlockOperation, Timespec, Timestamps, UTIME_OMIT, flock, futimens};
use wpipe_buffer::Buffer;

use crate::footer::Footer;
use crate::{Entry, Member, ObjectDescription, ObjectId, SharedStore, StoreError};

/// An attached object. The buffer is the lease: as long as it exists, the object is in use.
#[derive(Debug, Clone)]
pub struct Attached {
    /// The content. Nothing of it has been read.
    pub buffer: Buffer,
    /// What the object is.
    pub description: ObjectDescription,
}

/// A dataset's entry, and its objects.
pub type AttachedDataset = (Entry, Vec<(Member, Attached)>);

impl SharedStore {
    /// Attaches an object; `None` if there is none of this name.
    ///
    /// The owner, the mode, the kind and the size of the file are checked, and its footer; the content is not read.
    ///
    /// # Errors
    ///
    /// Fails if the object is damaged, or is not to be trusted.
    pub fn attach(&self, id: &ObjectId) -> Result<Option<Attached>, StoreError> {
        let Some((file, footer)) = self.open_object(id)? else { return Ok(None) };
        note_use(&file);
        let buffer = Buffer::from_stored_file(file, footer.length);
        let buffer = buffer.map_err(|source| self.directory().io("map", "objects", id.as_str(), source))?;
        Ok(Some(Attached { buffer, description: footer.description }))
    }

    /// Attaches all objects of a dataset, with its entry; `None` if there is no dataset of this name.
    ///
    /// # Errors
    ///
    /// Fails with [`StoreError::Gone`] if the present entry names an object that does not exist, and as
    /// [`attach`](Self::attach) does.
    pub fn attach_dataset(&self, pipeline: &str, dataset: &str) -> Result<Option<AttachedDataset>, StoreError> {
        let mut before = None;
        loop {
            let Some(entry) = self.find(pipeline, dataset)? else { return Ok(None) };
            let members = entry.members.iter().map(|member| Ok((member.clone(), self.attach_member(&entry, member)?)));
            match members.collect() {
                // The entry was replaced before its objects were attached, and they were collected.
                Err(StoreError::Gone { .. }) if before != Some(entry.generation) => before = Some(entry.generation),
                attached => return Ok(Some((entry, attached?))),
            }
        }
    }

    /// Attaches a member of an entry.
    ///
    /// # Errors
    ///
    /// Fails with [`StoreError::Gone`] if it does not exist any more, and as [`attach`](Self::attach) does.
    pub fn attach_member(&self, entry: &Entry, member: &Member) -> Result<Attached, StoreError> {
        let gone = || StoreError::Gone { name: entry.name() };
        let attached = self.attach(&member.id)?.ok_or_else(gone)?;
        let of = &attached.description;
        if (of.schema.as_str(), of.fingerprint) != (entry.schema.as_str(), entry.fingerprint) {
            let reason = format!("it is of type `{}`, and its entry tells of `{}`", of.schema, entry.schema);
            return Err(StoreError::Damaged { path: self.object_path(&member.id), reason });
        }
        Ok(attached)
    }

    /// Opens an object with its lease, and reads its footer.
    pub(crate) fn open_object(&self, id: &ObjectId) -> Result<Option<(File, Footer)>, StoreError> {
        let directory = self.directory();
        let failed = |doing, source: io::Error| directory.io(doing, "objects", id.as_str(), source);
        loop {
            let Some(file) = directory.open_file(&directory.objects, id.as_str())? else { return Ok(None) };
            // A collector locks an object for a moment, to see whether somebody uses it.
            flock(&file, FlockOperation::LockShared).map_err(|errno| failed("lock", errno.into()))?;
            let of = file.metadata().map_err(|source| failed("look at", source))?;
            if of.nlink() == 0 {
                // It was removed, or replaced by another of its name.
                continue;
            }
            let footer = Footer::read(&file, of.size()).map_err(|source| failed("read", source))?;
            let footer = footer.map_err(|reason| StoreError::Damaged { path: self.object_path(id), reason })?;
            if footer.description.id != *id {
                let reason = format!("it is the object `{}`, under another name", footer.description.id);
                return Err(StoreError::Damaged { path: self.object_path(id), reason });
            }
            return Ok(Some((file, footer)));
        }
    }
}

/// Remembers that an object was used now. Of another user's object that is not possible.
fn note_use(file: &File) {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let omitted = Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT };
    let now = Timespec { tv_sec: now.as_secs() as i64, tv_nsec: i64::from(now.subsec_nanos()) };
    let _ = futimens(file, &Timestamps { last_access: omitted, last_modification: now });
}
