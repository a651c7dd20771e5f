//! A place with others below it: a folder, or a prefix of keys.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::path::Path as Key;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use tokio::task::spawn_blocking;

use super::directory::sync_directory;
use super::explain::Action;
use super::files::LocalFiles;
use super::place::Place;
use super::staged::{is_any_staged, remove_if_abandoned};
use super::walk::{Links, Stray, Trouble};
use crate::DataError;

/// The objects below a place, at one time.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    /// The objects in the order of their names.
    pub(crate) objects: Vec<Object>,
    /// The names of files that are still being written, or were when their writer was killed.
    pub(crate) staged: Vec<String>,
    /// The files in a local folder that are no objects: links that are not followed, pipes and the like.
    pub(crate) strays: Vec<Stray>,
}

/// An object below a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    /// The path below that place, as it is.
    pub(crate) name: String,
    /// The size in bytes.
    pub(crate) size: u64,
    /// The store's mark, which changes as soon as the object is replaced.
    pub(crate) mark: String,
    /// The time of the last change of anything about a local file: links to it and renames are changes as well.
    pub(crate) changed: Option<String>,
}

impl Objects {
    /// Returns the object of that name.
    pub(crate) fn find(&self, name: &str) -> Option<&Object> {
        let found = self.objects.binary_search_by(|object| object.name.as_str().cmp(name));
        found.ok().map(|place| &self.objects[place])
    }

    /// Removes the objects that stand for folders in buckets: they have no bytes, and others are below them.
    pub(crate) fn drop_markers(&mut self) {
        let is_marker = |object: &&Object| {
            let folder = format!("{}/", object.name);
            let next = self.objects.partition_point(|other| other.name < folder);
            object.size == 0 && self.objects.get(next).is_some_and(|next| next.name.starts_with(&folder))
        };
        let markers: HashSet<String> =
            self.objects.iter().filter(is_marker).map(|object| object.name.clone()).collect();
        self.objects.retain(|object| !markers.contains(&object.name));
    }
}

/// Returns the store's mark of an object, or else its size and the time of its last change.
fn mark(meta: &ObjectMeta) -> String {
    meta.e_tag.clone().unwrap_or_else(|| format!("{} {}", meta.size, meta.last_modified))
}

/// Returns the stray that an error of a listing reports, if it does.
pub(super) fn stray(error: object_store::Error) -> Result<Stray, object_store::Error> {
    match error {
        object_store::Error::Generic { store, source } => match source.downcast::<Stray>() {
            Ok(stray) => Ok(*stray),
            Err(source) => Err(object_store::Error::Generic { store, source }),
        },
        error => Err(error),
    }
}

impl Place {
    /// Lists everything below this, one by one.
    pub(super) fn list(&self) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        match self.links {
            Links::Within => self.store.list(Some(&self.key)),
            // Stores have no option for it.
            Links::Anywhere => LocalFiles::new(Links::Anywhere).list(Some(&self.key)),
        }
    }

    /// Returns the place of `name` below this.
    ///
    /// # Errors
    ///
    /// Fails if no key can be like that.
    pub(crate) fn child(&self, name: &str) -> Result<Self, DataError> {
        let location = format!("{}/{}", self.location, wpipe_text::one_line(name));
        // Not joined part by part: that would encode characters that keys take as they are.
        let key = Key::parse(format!("{}/{name}", self.key)).map_err(|_| DataError::Store {
            location: location.clone(),
            action: "looked at",
            reason: "it cannot be a key: it holds what no key does".to_owned(),
            help: None,
        })?;
        let path = self.path.as_ref().map(|path| path.join(name));
        Ok(Self { key, path, location, ..self.clone() })
    }

    /// Returns the name of `other` below this, if it is below this.
    pub(crate) fn name_of(&self, other: &Self) -> Option<String> {
        let is_same_store = self.opened.scheme == other.opened.scheme && self.opened.host == other.opened.host;
        let below = other.key.as_ref().strip_prefix(self.key.as_ref())?.strip_prefix('/')?;
        is_same_store.then(|| below.to_owned())
    }

    /// Returns the length of the key of `name` below this, in bytes, if that is limited.
    pub(crate) fn length_of_key(&self, name: &str) -> Option<usize> {
        let is_local = self.path.is_some();
        (!is_local).then(|| self.key.as_ref().len() + "/".len() + name.len())
    }

    /// Reads the object, if it is small, with the store's mark; `None` if there is none.
    pub(crate) async fn read(&self) -> Result<Option<(Bytes, String)>, DataError> {
        let reading = || async {
            let found = self.store.get(&self.key).await?;
            let mark = mark(&found.meta);
            Ok((found.bytes().await?, mark))
        };
        match self.perform(Action::Read, reading).await {
            Ok(done) => Ok(Some(done.value)),
            Err(DataError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns a digest of the content.
    pub(crate) async fn digest(&self) -> Result<String, DataError> {
        let reading = || async {
            let mut stream = self.store.get(&self.key).await?.into_stream();
            let mut hasher = blake3::Hasher::new();
            while let Some(bytes) = stream.try_next().await? {
                hasher.update(&bytes);
            }
            Ok(hasher.finalize().to_hex().to_string())
        };
        self.perform(Action::Read, reading).await.map(|done| done.value)
    }

    /// Returns the size of the object, in bytes, and the store's mark.
    pub(crate) async fn size_and_mark(&self) -> Result<Option<(u64, String)>, DataError> {
        Ok(self.look().await?.map(|meta| (meta.size, mark(&meta))))
    }

    /// Fails if the path is there and is no folder.
    pub(crate) fn check_folder(&self) -> Result<(), DataError> {
        let is_none = self.path.as_ref().and_then(|path| path.metadata().ok()).is_some_and(|there| !there.is_dir());
        if is_none { Err(DataError::NotAFolder { location: self.location.clone() }) } else { Ok(()) }
    }

    /// Returns the same place, which is not expected to be a file.
    pub(super) fn as_folder(&self) -> Self {
        Self { path: None, ..self.clone() }
    }

    /// Lists everything below this; `None` if the place itself is not there.
    ///
    /// # Errors
    ///
    /// Fails if the store does not say, if it has a name that cannot be a key, or if a file is in the way.
    pub(crate) async fn objects(&self) -> Result<Option<Objects>, DataError> {
        self.check_folder()?;
        let below = |meta: ObjectMeta| {
            let name = meta.location.as_ref().strip_prefix(self.key.as_ref())?.strip_prefix('/')?.to_owned();
            let changed = self.path.is_some().then(|| meta.version.clone()).flatten();
            Some(Object { name, size: meta.size, mark: mark(&meta), changed })
        };
        let listing = || async {
            let (mut found, mut listing) = ((Vec::new(), Vec::new()), self.list());
            while let Some(one) = listing.next().await {
                match one {
                    Ok(meta) => found.0.extend(below(meta)),
                    Err(error) => found.1.push(stray(error)?),
                }
            }
            Ok(found)
        };
        let (mut objects, strays) = match self.as_folder().perform(Action::Look, listing).await {
            Ok(done) => done.value,
            Err(DataError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let is_folder = self.path.as_ref().is_some_and(|path| path.is_dir());
        if objects.is_empty() && strays.is_empty() && !is_folder {
            return Ok(None);
        }
        let is_staged = |object: &mut Object| is_any_staged(object.name.rsplit('/').next().unwrap_or_default());
        let staged = objects.extract_if(.., is_staged).map(|object| object.name).collect();
        objects.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        Ok(Some(Objects { objects, staged, strays }))
    }

    /// Copies the object to `to` as well, within the store; returns the number of repetitions. Local files are durable
    /// there only after [`sync`](Self::sync).
    pub(crate) async fn copy(&self, to: &Self) -> Result<u32, DataError> {
        let copying = || self.store.copy(&self.key, &to.key);
        to.perform(Action::Write, copying).await.map(|done| done.retries)
    }

    /// Makes the copies of these names below this durable.
    pub(crate) async fn sync<'n>(&self, names: impl Iterator<Item = &'n str>) -> Result<(), DataError> {
        let Some(root) = self.path.clone() else { return Ok(()) };
        let folders: HashSet<PathBuf> = names.filter_map(|name| root.join(name).parent().map(Path::to_owned)).collect();
        let syncing = move || folders.iter().try_for_each(|folder| sync_directory(folder));
        let synced = spawn_blocking(syncing).await.unwrap_or_else(|error| Err(error.into()));
        synced.map_err(|error| DataError::Store {
            location: self.location.clone(),
            action: "written",
            reason: error.to_string(),
            help: None,
        })
    }

    /// Removes the objects of these names below this, if they are there. Returns the number of repetitions.
    pub(crate) async fn remove(&self, names: &[String]) -> Result<u32, DataError> {
        let keys = names.iter().map(|name| self.child(name).map(|place| place.key));
        let keys = keys.collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() {
            return Ok(0);
        }
        let removing = || {
            let mut removed = self.store.delete_stream(stream::iter(keys.clone()).map(Ok).boxed());
            async move {
                while let Some(outcome) = removed.next().await {
                    match outcome {
                        Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                        Err(error) => return Err(error),
                    }
                }
                Ok(())
            }
        };
        self.as_folder().perform(Action::Remove, removing).await.map(|done| done.retries)
    }

    /// Removes the staged files among these that have no writer any more. Best effort: they are never read.
    pub(crate) async fn sweep(&self, staged: Vec<String>) {
        let Some(root) = self.path.clone() else { return };
        let sweeping = move || {
            for name in staged {
                let _ = remove_if_abandoned(&root.join(name));
            }
        };
        let _ = spawn_blocking(sweeping).await;
    }

    /// Fails if a folder between this and `name` below it is a link: nothing is written or removed through one.
    pub(crate) async fn check_links(&self, name: &str) -> Result<(), DataError> {
        let Some(root) = self.path.clone().filter(|_| name.contains('/')) else { return Ok(()) };
        let path = root.join(name);
        let leads_out = move || {
            // Folders that are not there yet are no links.
            let there = path.ancestors().skip(1).find(|folder| folder.symlink_metadata().is_ok())?;
            let (real, root_real) = (there.canonicalize().ok()?, root.canonicalize().ok()?);
            let plain = root_real.join(there.strip_prefix(&root).unwrap_or(there));
            (real != plain).then(|| !real.starts_with(root_real))
        };
        let leads_out = spawn_blocking(leads_out).await.unwrap_or_default();
        let Some(leads_out) = leads_out else { return Ok(()) };
        let where_to = if leads_out { "out of" } else { "around in" };
        Err(DataError::Store {
            location: format!("{}/{name}", self.location),
            action: "written",
            reason: format!("a link leads {where_to} `{}` to it", self.location),
            help: Some("remove the link: no link is followed to write".to_owned()),
        })
    }

    /// Fails if `name` below this is outside, since a link leads there, and the entry does not allow that.
    pub(crate) async fn check_inside(&self, name: &str) -> Result<(), DataError> {
        let Some(root) = self.path.clone().filter(|_| self.links == Links::Within) else { return Ok(()) };
        let path = root.join(name);
        let leads_out = move || {
            // A missing or forbidden file is reported by its reader.
            let (root, there) = (root.canonicalize().ok()?, path.canonicalize().ok()?);
            (!there.starts_with(root)).then_some(there)
        };
        let Some(target) = spawn_blocking(leads_out).await.unwrap_or_default() else { return Ok(()) };
        let stray = Stray { name: name.to_owned(), trouble: Trouble::LeadsOut(target, false) };
        Err(DataError::Stray { location: self.location.clone(), stray })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_for_a_folder_is_dropped_and_what_is_merely_empty_is_not() {
        let object = |(name, size): &(&str, u64)| {
            let (name, mark) = ((*name).to_owned(), String::new());
            Object { name, size: *size, mark, changed: None }
        };
        let all =
            [("a", 0), ("a!", 0), ("a/b", 1), ("c", 0), ("c.d", 0), ("e", 1), ("e/f", 0), ("g/h", 0), ("g/h/i", 0)];
        let mut objects = Objects { objects: all.iter().map(object).collect(), staged: Vec::new(), strays: Vec::new() };
        objects.drop_markers();
        let left: Vec<_> = objects.objects.iter().map(|object| object.name.as_str()).collect();
        assert_eq!(left, ["a!", "a/b", "c", "c.d", "e", "e/f", "g/h/i"]);
    }
}
