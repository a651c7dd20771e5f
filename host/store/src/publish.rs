//! Publishing: a finished buffer gets a footer and a name.

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::{AtFlags, CWD, FlockOperation, Mode, OFlags, fchmod, flock, linkat, openat, renameat, unlinkat};
use rustix::io::Errno;
use wpipe_buffer::Buffer;

use crate::digest::digest;
use crate::directory::temporary;
use crate::footer::{Footer, object_size};
use crate::{Member, ObjectDescription, ObjectId, SharedStore, StoreError};

/// The time between two looks whether there is room.
const PAUSE: Duration = Duration::from_millis(50);

/// The lock under which objects get and lose their names.
pub(crate) const NAMES: &str = "objects";

/// A published object, which is complete but for the digest of its content.
#[derive(Debug)]
#[must_use = "the object has no digest until it is sealed"]
pub struct Published {
    /// The object.
    pub member: Member,
    /// The file and the content of an object that has no digest yet.
    unsealed: Option<(File, Buffer)>,
}

impl SharedStore {
    /// Publishes a buffer as the object that `description` names. A buffer that was written in this store is not written
    /// again. An object of the same name is replaced; who has it keeps it.
    ///
    /// If the store is full, it waits until there is room, as long as its settings allow; `waits` is called then, once.
    ///
    /// # Errors
    ///
    /// Fails with [`StoreError::Full`] if there is no room in the end, and with [`StoreError::GivenUp`] once `cancel` is
    /// set.
    pub fn publish(
        &self,
        buffer: &Buffer,
        description: &ObjectDescription,
        cancel: &AtomicBool,
        waits: impl FnOnce(&StoreError),
    ) -> Result<Published, StoreError> {
        let begun = Instant::now();
        let mut waits = Some(waits);
        loop {
            let full = match self.try_publish(buffer, description) {
                Err(error @ StoreError::Full { .. }) => error,
                result => return result,
            };
            if begun.elapsed() >= self.room().patience {
                return Err(full);
            }
            if let Some(waits) = waits.take() {
                waits(&full);
            }
            if cancel.load(Ordering::Relaxed) {
                return Err(StoreError::GivenUp);
            }
            thread::sleep(PAUSE);
        }
    }

    /// Adds the digest of a published object's content, by which [`verify`](Self::verify) finds damage. Readers need not
    /// wait for it.
    ///
    /// # Errors
    ///
    /// Fails if the content cannot be mapped, or the file not be written to.
    pub fn seal(&self, Published { member, unsealed }: Published) -> Result<Member, StoreError> {
        if let Some((file, buffer)) = unsealed {
            let sealed = buffer.bytes().and_then(|bytes| Footer::seal(&file, digest(bytes)));
            sealed
                .map_err(|source| self.directory().io("write the digest of", "objects", member.id.as_str(), source))?;
        }
        Ok(member)
    }

    fn try_publish(&self, buffer: &Buffer, description: &ObjectDescription) -> Result<Published, StoreError> {
        let (directory, id) = (self.directory(), &description.id);
        let failed = |doing, source| directory.io(doing, "objects", id.as_str(), source);
        let length = buffer.len() as u64;
        let own = buffer.file().map(|file| Ok((file, file.metadata()?))).transpose();
        let own = own.map_err(|source| failed("look at", source))?;
        let own = own.filter(|(_, of)| self.is_own(of));
        // What came from the store is in it.
        if let Some((file, of)) = own.as_ref().filter(|(_, of)| of.nlink() > 0) {
            let footer = Footer::read(file, of.size()).map_err(|source| failed("read", source))?;
            if let Ok(footer) = footer {
                let member = Member { partition: description.partition.clone(), id: footer.description.id, length };
                return Ok(Published { member, unsealed: None });
            }
        }
        let own = own.filter(|(_, of)| of.nlink() == 0).map(|(file, _)| file);
        let bytes = if own.is_none() { buffer.bytes().map_err(|source| failed("map", source))? } else { &[] };
        let known = own.is_none().then(|| digest(bytes));
        let (start, footer) = Footer { length, description: description.clone(), digest: known }.encode()?;
        self.make_room(object_size(length, &footer), own.is_some())?;
        let created;
        let file = match own {
            Some(file) => file,
            None => {
                created = self.create(bytes).map_err(|source| self.refused("write", id, length, source))?;
                &created
            }
        };
        let written = file.write_all_at(&footer, start);
        written.map_err(|source| self.refused("write", id, footer.len() as u64, source))?;
        fchmod(file, directory.file_mode()).map_err(|errno| failed("change the mode of", errno.into()))?;
        // From here on it is in use, as long as the buffer or its copy is.
        let _ = flock(file, FlockOperation::NonBlockingLockShared);
        self.link(file, id).map_err(|source| failed("name", source))?;
        self.added(object_size(length, &footer));
        let member = Member { partition: description.partition.clone(), id: id.clone(), length };
        let unsealed = match known {
            Some(_) => None,
            None => Some((file.try_clone().map_err(|source| failed("open", source))?, buffer.clone())),
        };
        Ok(Published { member, unsealed })
    }

    /// Writes bytes to an unnamed file.
    fn create(&self, bytes: &[u8]) -> io::Result<File> {
        let file = self.unnamed()?;
        file.write_all_at(bytes, 0)?;
        Ok(file)
    }

    fn unnamed(&self) -> io::Result<File> {
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        Ok(File::from(openat(&self.directory().objects, ".", flags, Mode::RUSR | Mode::WUSR)?))
    }

    /// Gives an unnamed file the name of an object, in place of one that has it.
    fn link(&self, file: &File, id: &ObjectId) -> io::Result<()> {
        let objects = &self.directory().objects;
        // A collector removes an object by the name that is given here.
        let _lock = self.directory().lock(NAMES).map_err(io::Error::other)?;
        let link = |name: &str| {
            let unnamed = format!("/proc/self/fd/{}", file.as_raw_fd());
            linkat(CWD, &*unnamed, objects, name, AtFlags::SYMLINK_FOLLOW)
        };
        match link(id.as_str()) {
            Err(Errno::EXIST) => {}
            result => return Ok(result?),
        }
        let beside = temporary(id.as_str());
        link(&beside)?;
        let renamed = renameat(objects, &*beside, objects, id.as_str());
        if renamed.is_err() {
            let _ = unlinkat(objects, &*beside, AtFlags::empty());
        }
        Ok(renamed?)
    }

    /// Returns true if a file is in this store's file system.
    fn is_own(&self, of: &std::fs::Metadata) -> bool {
        self.room().device == of.dev()
    }

    /// Checks that the file system has what a store needs: files without a name that get one.
    pub(crate) fn check_file_system(&self) -> Result<(), StoreError> {
        let id = ObjectId::of(&["probe", &temporary("probe")]);
        let probed = self.unnamed().and_then(|file| self.link(&file, &id));
        let _ = unlinkat(&self.directory().objects, id.as_str(), AtFlags::empty());
        probed.map_err(|error| match error.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::OPNOTSUPP | Errno::ISDIR | Errno::INVAL | Errno::NOENT | Errno::XDEV) => StoreError::Unfit {
                path: self.path().to_owned(),
                reason: format!(
                    "its file system has no unnamed files, or `/proc` is missing ({error}): name a directory of another \
                     one, such as /dev/shm"
                ),
            },
            _ => self.directory().io("write to", "objects", "", error),
        })
    }
}
