//! Entries: the objects of a dataset, by its name. A new generation replaces an entry as a whole.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rustix::fs::{AtFlags, Mode, fchmod, mkdirat, openat, unlinkat};
use rustix::io::Errno;
use serde::{Deserialize, Serialize};

use crate::directory::flags;
use crate::names::file_name;
use crate::{ObjectId, SharedStore, StoreError};

/// The format of entries that this version writes, and the newest that it reads.
const FORMAT: u32 = 1;
/// The most bytes of an entry: a million partitions.
const MOST: u64 = 256 << 20;
/// The lock under which an entry is replaced.
const LOCK: &str = "names";

/// A dataset in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The format of what follows.
    format: u32,
    /// The pipeline, with its environment if it has one.
    pub pipeline: String,
    /// The dataset.
    pub dataset: String,
    /// The number of the entry among those that the dataset has had, from 1.
    #[serde(default)]
    pub generation: u64,
    /// The run that made it.
    pub run: String,
    /// The name of the content's type.
    pub schema: String,
    /// The digest of the type's layout.
    pub fingerprint: u64,
    /// The time of its making, in milliseconds since 1970.
    #[serde(default)]
    created: u64,
    /// The mark of the same content in storage, if the run has saved it there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mark: Option<String>,
    /// True if it is a set of partitions.
    pub partitioned: bool,
    /// The objects: one, or one for each partition, by id.
    pub members: Vec<Member>,
}

/// An object of an entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The partition, of a partitioned dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// The object.
    pub id: ObjectId,
    /// The length of its content in bytes.
    pub length: u64,
}

impl Entry {
    /// Returns an entry without objects.
    pub fn new(pipeline: &str, dataset: &str, run: &str, schema: (&str, u64)) -> Self {
        Self {
            format: FORMAT,
            pipeline: pipeline.to_owned(),
            dataset: dataset.to_owned(),
            generation: 0,
            run: run.to_owned(),
            schema: schema.0.to_owned(),
            fingerprint: schema.1,
            created: 0,
            mark: None,
            partitioned: false,
            members: Vec::new(),
        }
    }

    /// Returns the entry with one object for the whole dataset, or one for each partition of a set.
    #[must_use]
    pub fn with_members(self, partitioned: bool, members: Vec<Member>) -> Self {
        Self { partitioned, members, ..self }
    }

    /// Returns its name: the pipeline and the dataset.
    pub fn name(&self) -> String {
        format!("{}/{}", self.pipeline, self.dataset)
    }

    /// Returns the bytes of its contents.
    pub fn length(&self) -> u64 {
        self.members.iter().map(|member| member.length).sum()
    }

    /// Returns the time of its making.
    pub fn created(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.created)
    }
}

impl SharedStore {
    /// Makes an entry the one of its dataset. Its objects have been published.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written.
    pub fn name(&self, entry: Entry) -> Result<Entry, StoreError> {
        let directory = self.directory();
        let (pipeline, dataset) = (file_name(&entry.pipeline), file_name(&entry.dataset));
        let _lock = directory.lock(LOCK)?;
        let folder = self.folder(&pipeline)?;
        // A damaged or foreign entry is replaced like others.
        let before = self.read(&folder, &dataset).ok().flatten().map_or(0, |before| before.generation);
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis() as u64;
        let entry = Entry { generation: before + 1, created: now, ..entry };
        self.write(&folder, &dataset, &entry)?;
        Ok(entry)
    }

    /// Notes that storage has the content of an entry as well, with this mark, unless another one has replaced it.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be written.
    pub fn mark(&self, entry: &Entry, mark: &str) -> Result<(), StoreError> {
        let _lock = self.directory().lock(LOCK)?;
        let (folder, dataset) = (self.folder(&file_name(&entry.pipeline))?, file_name(&entry.dataset));
        match self.read(&folder, &dataset)? {
            Some(now) if now.generation == entry.generation => {
                self.write(&folder, &dataset, &Entry { mark: Some(mark.to_owned()), ..now })
            }
            _ => Ok(()),
        }
    }

    fn write(&self, folder: &OwnedFd, file: &str, entry: &Entry) -> Result<(), StoreError> {
        let directory = self.directory();
        let json = serde_json::to_vec(entry).map_err(|error| directory.io("write", "names", file, error.into()))?;
        directory.replace(folder, file, &json).map_err(|source| directory.io("write", "names", file, source))
    }

    /// Returns the entry of a dataset, if there is one.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read, or is not to be trusted.
    pub fn find(&self, pipeline: &str, dataset: &str) -> Result<Option<Entry>, StoreError> {
        let directory = self.directory();
        let pipeline_file = file_name(pipeline);
        let folder = match openat(&directory.names, &*pipeline_file, flags(), Mode::empty()) {
            Err(Errno::NOENT) => return Ok(None),
            folder => folder.map_err(|errno| directory.io("open", "names", &pipeline_file, errno.into()))?,
        };
        let entry = self.read(&folder, &file_name(dataset))?;
        Ok(entry.filter(|entry| entry.pipeline == pipeline && entry.dataset == dataset))
    }

    /// Returns all entries, by pipeline and dataset. Those that cannot be read are left out; [`verify`](Self::verify)
    /// tells of them.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be listed.
    pub fn entries(&self) -> Result<Vec<Entry>, StoreError> {
        let mut all = Vec::new();
        self.each_entry(|_, _, entry| all.extend(entry.ok().flatten()))?;
        all.sort_by(|a, b| (&a.pipeline, &a.dataset).cmp(&(&b.pipeline, &b.dataset)));
        Ok(all)
    }

    /// Passes over every entry, with its folder and file.
    pub(crate) fn each_entry(
        &self,
        mut visit: impl FnMut(&OwnedFd, &str, Result<Option<Entry>, StoreError>),
    ) -> Result<(), StoreError> {
        let directory = self.directory();
        for pipeline in directory.list(&directory.names)? {
            let Ok(folder) = openat(&directory.names, &*pipeline, flags(), Mode::empty()) else { continue };
            for file in directory.list(&folder)?.iter().filter(|file| !file.starts_with('.')) {
                visit(&folder, file, self.read(&folder, file));
            }
        }
        Ok(())
    }

    /// Removes an entry, if it is still that of this generation.
    pub(crate) fn forget(&self, entry: &Entry) -> Result<bool, StoreError> {
        let directory = self.directory();
        let _lock = directory.lock(LOCK)?;
        let folder = self.folder(&file_name(&entry.pipeline))?;
        let file = file_name(&entry.dataset);
        let is_same = self.read(&folder, &file)?.is_some_and(|now| now.generation == entry.generation);
        if is_same {
            let removed = unlinkat(&folder, &*file, AtFlags::empty());
            removed.map_err(|errno| directory.io("remove", "names", &file, errno.into()))?;
        }
        Ok(is_same)
    }

    /// Removes the files that writers of entries did not live to rename.
    pub(crate) fn remove_half_written(&self) -> Result<(), StoreError> {
        let directory = self.directory();
        let _lock = directory.lock(LOCK)?;
        for pipeline in directory.list(&directory.names)? {
            let Ok(folder) = openat(&directory.names, &*pipeline, flags(), Mode::empty()) else { continue };
            for file in directory.list(&folder)?.iter().filter(|file| file.starts_with('.')) {
                let _ = unlinkat(&folder, &**file, AtFlags::empty());
            }
            // One with entries stays.
            let _ = unlinkat(&directory.names, &*pipeline, AtFlags::REMOVEDIR);
        }
        Ok(())
    }

    fn folder(&self, pipeline: &str) -> Result<OwnedFd, StoreError> {
        let directory = self.directory();
        let failed = |doing, errno: Errno| directory.io(doing, "names", pipeline, errno.into());
        let made = match mkdirat(&directory.names, pipeline, directory.folder_mode()) {
            Err(Errno::EXIST) => false,
            made => made.map(|()| true).map_err(|errno| failed("create", errno))?,
        };
        let folder =
            openat(&directory.names, pipeline, flags(), Mode::empty()).map_err(|errno| failed("open", errno))?;
        if made {
            // The user's mask may have taken something away.
            fchmod(&folder, directory.folder_mode()).map_err(|errno| failed("change the mode of", errno))?;
        }
        Ok(folder)
    }

    fn read(&self, folder: &OwnedFd, file: &str) -> Result<Option<Entry>, StoreError> {
        let directory = self.directory();
        let Some(opened) = directory.open_file(folder, file)? else { return Ok(None) };
        let text = read_all(opened).map_err(|source| directory.io("read", "names", file, source))?;
        let damaged = |reason: String| StoreError::Damaged { path: directory.path.join("names").join(file), reason };
        let entry: Entry = serde_json::from_slice(&text).map_err(|error| damaged(error.to_string()))?;
        if entry.format > FORMAT {
            return Err(damaged(format!("a newer wpipe has written it, in format {}", entry.format)));
        }
        Ok(Some(entry))
    }
}

fn read_all(file: File) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    file.take(MOST).read_to_end(&mut text)?;
    Ok(text)
}
