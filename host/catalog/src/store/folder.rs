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

/// What is below a place, at one time.
#[derive(Debug, Default)]
pub(crate) struct Objects {
    /// In the order of their names.
    pub(crate) objects: Vec<Object>,
    /// The names of files that are still being written, or were when their writer was killed.
    pub(crate) staged: Vec<String>,
    /// What is no object, in a local folder: links that are not followed, pipes and the like.
    pub(crate) strays: Vec<Stray>,
}

/// An object below a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Object {
    /// Its path below that place, as it is.
    pub(crate) name: String,
    /// In bytes.
    pub(crate) size: u64,
    /// What the store marks it by: another one as soon as it is replaced.
    pub(crate) mark: String,
    /// When anything about it changed, of a local file: links to it and renames are changes as well.
    pub(crate) changed: Option<String>,
}

impl Objects {
    /// The object of that name.
    pub(crate) fn find(&self, name: &str) -> Option<&Object> {
        let found = self.objects.binary_search_by(|object| object.name.as_str().cmp(name));
        found.ok().map(|place| &self.objects[place])
    }

    /// Takes out what stands for folders in buckets: it has no bytes, and others are below it.
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

/// What the store marks an object by, or else its size and the time of its last change.
fn mark(meta: &ObjectMeta) -> String {
    meta.e_tag.clone().unwrap_or_else(|| format!("{} {}", meta.size, meta.last_modified))
}

/// What an error of a listing tells of, if it is a stray.
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
    /// Everything below this, one by one.
    pub(super) fn list(&self) -> BoxStream<'static, object_store::Result<ObjectMeta>> {
        match self.links {
            Links::Within => self.store.list(Some(&self.key)),
            // Stores have no way to ask for it.
            Links::Anywhere => LocalFiles::new(Links::Anywhere).list(Some(&self.key)),
        }
    }

    /// What is at `name` below this.
    ///
    /// # Errors
    ///
    /// When no key can be like that.
    pub(crate) fn child(&self, name: &str) -> Result<Self, DataError> {
        let location = format!("{}/{}", self.location, wpipe_text::one_line(name));
        // Not joined part by part: that would encode what keys take as it is.
        let key = Key::parse(format!("{}/{name}", self.key)).map_err(|_| DataError::Store {
            location: location.clone(),
            action: "looked at",
            reason: "it cannot be a key: it holds what no key does".to_owned(),
            help: None,
        })?;
        let path = self.path.as_ref().map(|path| path.join(name));
        Ok(Self { key, path, location, ..self.clone() })
    }

    /// The name of `other` below this, if it is below this.
    pub(crate) fn name_of(&self, other: &Self) -> Option<String> {
        let is_same_store = self.opened.scheme == other.opened.scheme && self.opened.host == other.opened.host;
        let below = other.key.as_ref().strip_prefix(self.key.as_ref())?.strip_prefix('/')?;
        is_same_store.then(|| below.to_owned())
    }

    /// The length of the key of what is at `name` below this, in bytes, if that counts.
    pub(crate) fn length_of_key(&self, name: &str) -> Option<usize> {
        let is_local = self.path.is_some();
        (!is_local).then(|| self.key.as_ref().len() + "/".len() + name.len())
    }

    /// What is there, if it is small, and what the store marks it by; nothing if there is nothing.
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

    /// A digest of what is there.
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

    /// The size of what is there, in bytes, and what the store marks it by.
    pub(crate) async fn size_and_mark(&self) -> Result<Option<(u64, String)>, DataError> {
        Ok(self.look().await?.map(|meta| (meta.size, mark(&meta))))
    }

    /// An error if something is there that is no folder.
    pub(crate) fn check_folder(&self) -> Result<(), DataError> {
        let is_none = self.path.as_ref().and_then(|path| path.metadata().ok()).is_some_and(|there| !there.is_dir());
        if is_none { Err(DataError::NotAFolder { location: self.location.clone() }) } else { Ok(()) }
    }

    /// The same, of which nobody expects that it is a file.
    pub(super) fn as_folder(&self) -> Self {
        Self { path: None, ..self.clone() }
    }

    /// Everything below this; `None` if there is nothing to be below of.
    ///
    /// # Errors
    ///
    /// When the store does not say, has a name that is none of ours, or a file is in the way.
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

    /// Puts what is here at `to` as well, within the store; says how often something was repeated. Local files are
    /// durable there only after [`sync`](Self::sync).
    pub(crate) async fn copy(&self, to: &Self) -> Result<u32, DataError> {
        let copying = || self.store.copy(&self.key, &to.key);
        to.perform(Action::Write, copying).await.map(|done| done.retries)
    }

    /// Makes durable what was copied to these names below this.
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

    /// Removes the objects of these names below this, those that are there. Says how often something was repeated.
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

    /// Removes those of these local files that nobody writes any more. Best effort: they are never read.
    pub(crate) async fn sweep(&self, staged: Vec<String>) {
        let Some(root) = self.path.clone() else { return };
        let sweeping = move || {
            for name in staged {
                let _ = remove_if_abandoned(&root.join(name));
            }
        };
        let _ = spawn_blocking(sweeping).await;
    }

    /// An error if a folder that what is at `name` below this is in is a link: nothing is written or removed through one.
    pub(crate) async fn check_links(&self, name: &str) -> Result<(), DataError> {
        let Some(root) = self.path.clone().filter(|_| name.contains('/')) else { return Ok(()) };
        let path = root.join(name);
        let leads_out = move || {
            // Folders that are not there yet will be none of links.
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

    /// An error if what is at `name` below this is out of here, since a link leads there, and that is not asked for.
    pub(crate) async fn check_inside(&self, name: &str) -> Result<(), DataError> {
        let Some(root) = self.path.clone().filter(|_| self.links == Links::Within) else { return Ok(()) };
        let path = root.join(name);
        let leads_out = move || {
            // What is not there, or may not be looked at, is told by whoever reads it.
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
