//! One key of one store: the source of a dataset's loads and the target of its saves.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::stream::StreamExt;
use object_store::client::HttpError;
use object_store::path::Path as Key;
use object_store::{ObjectStore, ObjectStoreExt, PutPayload, Result};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::backoff::Backoff;
use super::connect::shown_host;
use super::create::{Created, create};
use super::delay::OnPurpose;
use super::explain::{Action, Circumstances, explain};
use super::folder::stray;
use super::nature::{Direction, Target};
use super::opened::{Opened, Scheme};
use super::parts::fetch_parts;
use super::refusal::Refusal;
use super::staged::{Publishing, sweep_versions};
use super::tally::Tally;
use super::tolled::Tolled;
use super::transfer::{Interrupted, fetch, send};
use super::walk::Links;
use crate::LineageName;
use crate::causes::causes;
use crate::destination::Destination;
use crate::format::Stored;
use crate::source::Source;
use crate::{DataError, Delay};

/// The place of a dataset's bytes.
#[derive(Clone)]
pub(crate) struct Place {
    pub(super) opened: Opened,
    /// The opened store, behind the dataset's delay.
    pub(super) store: Arc<dyn ObjectStore>,
    pub(super) key: Key,
    /// The file, if it is one.
    pub(super) path: Option<PathBuf>,
    /// The links below it that are followed, if it is a local folder.
    pub(super) links: Links,
    /// The location for people.
    pub(super) location: String,
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Place({})", self.location)
    }
}

/// The result of an operation, and the number of repetitions.
#[derive(Debug)]
pub(crate) struct Done<T> {
    pub(crate) value: T,
    pub(crate) retries: u32,
}

impl Place {
    /// Returns the place of a local file.
    pub(crate) fn file(key: Key, path: PathBuf, location: String) -> Self {
        let opened = Opened::files();
        Self { store: opened.store.clone(), opened, key, path: Some(path), links: Links::Within, location }
    }

    /// Returns the place of `path` below the prefix of a store.
    ///
    /// # Errors
    ///
    /// Fails if no key can be like that.
    pub(crate) fn within(opened: &Opened, path: &str) -> std::result::Result<Self, String> {
        let prefix = opened.prefix.as_ref();
        let whole = if prefix.is_empty() { path.to_owned() } else { format!("{prefix}/{path}") };
        let key = Key::parse(&whole).map_err(|_| format!("{path:?} cannot be a key: it holds what no key does"))?;
        let is_file = opened.scheme == Scheme::File;
        let file = is_file.then(|| Path::new("/").join(key.as_ref()));
        let location = format!("{}/{}", opened.shown, wpipe_text::one_line(path));
        let (opened, store) = (opened.clone(), opened.store.clone());
        Ok(Self { opened, store, key, path: file, links: Links::Within, location })
    }

    /// Returns the same under another name for people, with values of the environment that they must not see.
    pub(crate) fn shown_as<'s>(self, location: String, secrets: impl IntoIterator<Item = &'s str>) -> Self {
        let host = shown_host(&location).into();
        let opened = Opened { host, secrets: self.opened.secrets.and(secrets), ..self.opened };
        Self { location, opened, ..self }
    }

    /// Returns the same, with all links below it followed, if it is a local folder.
    pub(crate) fn following_links(self) -> Self {
        let links = if self.path.is_some() { Links::Anywhere } else { Links::Within };
        Self { links, ..self }
    }

    /// Returns the same, made slower and less reliable.
    pub(crate) fn delayed(self, delay: &Delay) -> Self {
        Self { store: Tolled::wrap(self.store, delay.tolls()), ..self }
    }

    /// Returns the place of one version of this: `x.csv/<version>/x.csv`.
    pub(crate) fn version(&self, version: &str) -> Self {
        let name = self.key.filename().unwrap_or_default().to_owned();
        Self {
            key: self.key.clone().join(version).join(name.as_str()),
            path: self.path.as_ref().map(|path| path.join(version).join(&name)),
            location: format!("{}/{version}/{name}", self.location),
            ..self.clone()
        }
    }

    pub(crate) fn location(&self) -> &str {
        &self.location
    }

    /// Returns the name by which other tools know it.
    pub(crate) fn lineage_name(&self) -> LineageName {
        self.path().map_or_else(|| LineageName::of_url(self.location()), LineageName::of_path)
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Returns true if nothing can be put there.
    pub(crate) fn is_read_only(&self) -> bool {
        self.opened.scheme == Scheme::Http
    }

    /// Returns the target, if it is local.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read, or written to.
    pub(crate) fn target(&self, direction: Direction) -> std::result::Result<Option<Target>, DataError> {
        let Some(path) = &self.path else { return Ok(None) };
        // A target that cannot be looked at is reported by its reader or writer.
        let Ok(target) = Target::of(path, direction) else { return Ok(None) };
        match target.check(direction) {
            Ok(()) => Ok(Some(target)),
            Err(refusal) => Err(self.refuse(direction, refusal)),
        }
    }

    /// Returns the error of a target that is not read or written.
    pub(crate) fn refuse(&self, direction: Direction, Refusal { reason, help }: Refusal) -> DataError {
        let action = if direction == Direction::Read { "read" } else { "written" };
        DataError::Store { location: self.location.clone(), action, reason, help }
    }

    /// Returns true if it is read to its end, whatever its stated size, and written into.
    pub(crate) fn is_stream(&self, direction: Direction) -> bool {
        self.target(direction).ok().flatten().is_some_and(|target| target.is_stream())
    }

    /// Returns the known properties of the object, without reading it.
    pub(crate) async fn look(&self) -> std::result::Result<Option<object_store::ObjectMeta>, DataError> {
        match self.perform(Action::Look, || self.store.head(&self.key)).await {
            Ok(done) => Ok(Some(done.value)),
            Err(DataError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Returns the size of the object, in bytes.
    pub(crate) async fn size(&self) -> std::result::Result<Option<u64>, DataError> {
        Ok(self.look().await?.map(|meta| meta.size))
    }

    /// Fetches the object, to be read by a thread that may block.
    pub(crate) async fn get(&self, to: &Destination) -> std::result::Result<Done<Source>, DataError> {
        self.perform(Action::Read, || fetch(&*self.store, &self.key, to)).await
    }

    /// Fetches those parts of the object that a load needs; `None` if it is to be fetched as a whole. For `wanted`, see
    /// [`fetch_parts`].
    pub(crate) async fn get_parts(
        &self,
        to: &Destination,
        wanted: &(dyn Fn(&Stored) -> Option<Vec<Range<u64>>> + Sync),
    ) -> std::result::Result<Option<Done<Source>>, DataError> {
        if self.path.is_some() {
            return Ok(None);
        }
        let fetching = || fetch_parts(&*self.store, &self.key, to, wanted);
        let Done { value, retries } = self.perform(Action::Read, fetching).await?;
        Ok(value.map(|value| Done { value, retries }))
    }

    /// Puts `payload` there, whole or not at all, durable on return. Returns the store's mark.
    pub(crate) async fn put(
        &self,
        payload: &PutPayload,
        how: Publishing,
    ) -> std::result::Result<Done<Option<String>>, DataError> {
        self.check_directory()?;
        let is_local = self.path.is_some();
        self.perform(Action::Write, || send(&*self.store, &self.key, payload.clone(), is_local, how)).await
    }

    /// Puts `payload` as [`put`](Self::put) does, if nothing is there; returns `None` if something is.
    pub(crate) async fn create(
        &self,
        payload: &PutPayload,
        how: Publishing,
    ) -> std::result::Result<Option<Done<Option<String>>>, DataError> {
        self.check_directory()?;
        let is_local = self.path.is_some();
        let creating = || create(&*self.store, &self.key, payload.clone(), is_local, how);
        let Done { value, retries } = self.perform(Action::Write, creating).await?;
        Ok(match value {
            Created::Put(value) => Some(Done { value, retries }),
            Created::Taken => None,
        })
    }

    /// Returns the versions of which this is the parent, newest first.
    pub(crate) async fn versions(&self) -> std::result::Result<Vec<String>, DataError> {
        if self.path.as_ref().is_some_and(|path| path.is_file()) {
            return Err(DataError::Unversioned { location: self.location.clone() });
        }
        let name = self.key.filename().unwrap_or_default();
        let version_of = |key: &Key| {
            let mut parts = key.prefix_match(&self.key)?;
            let (version, file) = (parts.next()?, parts.next()?);
            (file.as_ref() == name && parts.next().is_none()).then(|| version.as_ref().to_owned())
        };
        let strays = Mutex::new(Vec::new());
        let listing = || async {
            let mut versions = Vec::new();
            let mut objects = self.list();
            while let Some(object) = objects.next().await {
                match object {
                    Ok(object) => versions.extend(version_of(&object.location)),
                    Err(error) => strays.lock().unwrap_or_else(PoisonError::into_inner).push(stray(error)?),
                }
            }
            Ok(versions)
        };
        // Other processes may make the folder meanwhile, which is no folder in the way of a file.
        let listed = self.as_folder().perform(Action::Look, listing).await;
        if let Some(stray) = strays.into_inner().unwrap_or_default().first() {
            return Err(DataError::Stray { location: self.location.clone(), stray: stray.clone() });
        }
        match listed {
            Ok(done) => Ok(done.value),
            Err(DataError::NotFound { .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Removes leftovers of writers of versions that have ended.
    pub(crate) async fn sweep_versions(&self) {
        if let Some(path) = self.path.clone() {
            let sweeping = move || path.file_name().map(|name| sweep_versions(&path, name));
            // Best effort: remaining files are never read.
            let _ = spawn_blocking(sweeping).await;
        }
    }

    fn check_directory(&self) -> std::result::Result<(), DataError> {
        match &self.path {
            Some(path) if path.is_dir() => Err(DataError::Directory { location: self.location.clone() }),
            _ => Ok(()),
        }
    }

    /// Runs `operation`, again if it fails transiently.
    pub(super) async fn perform<T, F>(
        &self,
        action: Action,
        operation: impl Fn() -> F,
    ) -> std::result::Result<Done<T>, DataError>
    where
        F: Future<Output = Result<T>>,
    {
        let tally = Arc::new(Tally::default());
        let started = Instant::now();
        let mut backoff = Backoff::new();
        tally
            .scope(async {
                loop {
                    tally.forget_last();
                    let failures = tally.failures();
                    let error = match operation().await {
                        Ok(value) => return Ok(Done { value, retries: tally.failures() }),
                        Err(error) => error,
                    };
                    let is_transient = is_transient(&error, &tally);
                    // Failures that the requests have counted count once.
                    if is_transient && tally.failures() == failures {
                        tally.count();
                    }
                    let retry = self.opened.retry;
                    if !is_transient || tally.failures() > retry.most || started.elapsed() > retry.timeout {
                        return Err(self.error(action, &error, &tally, is_transient));
                    }
                    sleep(backoff.next()).await;
                }
            })
            .await
    }

    fn error(&self, action: Action, error: &object_store::Error, tally: &Tally, is_transient: bool) -> DataError {
        if let Err(error) = self.check_directory() {
            return error;
        }
        // The last failure was not followed by a repetition.
        let retries = tally.failures() - u32::from(is_transient && tally.failures() > 0);
        let at = Circumstances {
            location: &self.location,
            scheme: self.opened.scheme,
            host: &self.opened.host,
            timeouts: self.opened.timeouts,
            secrets: &self.opened.secrets,
            retries,
        };
        explain(action, error, tally.last().as_ref(), &at)
    }
}

/// Returns true if the operation may succeed when it is repeated as a whole.
fn is_transient(error: &object_store::Error, tally: &Tally) -> bool {
    if has_cause(error, |cause| cause.is::<Interrupted>() || cause.is::<OnPurpose>()) {
        return true;
    }
    match tally.last() {
        Some(failure) => failure.is_transient(),
        None => has_cause(error, |cause| cause.is::<HttpError>()),
    }
}

fn has_cause(error: &object_store::Error, is_it: impl Fn(&(dyn Error + 'static)) -> bool) -> bool {
    causes(error).any(is_it)
}
