//! The store of runs: a folder or a prefix that all tasks of a run reach.

use std::collections::BTreeMap;
use std::env;
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use wpipe_buffer::Transports;
use wpipe_catalog::{Documents, Location as Place};
use wpipe_pipeline::{Location, Problems};
use wpipe_runner::StorageRuntime;

use super::error::TaskError;
use super::records::FORMAT;
use crate::{Error, Project, datasets};

/// The store of a project's runs if nobody names one, relative to the manifest.
const DEFAULT: &str = ".wpipe/tasks";

/// The store of runs whose parts are processes.
#[derive(Debug, Clone)]
pub struct RunStore {
    documents: Documents,
    location: Location,
    runtime: StorageRuntime,
}

impl RunStore {
    /// Opens the store `at`: a URL, a folder, or `NAME:path` below the store `NAME` of the manifest. By default it is
    /// `.wpipe/tasks` beside the manifest. Nothing is requested yet.
    ///
    /// # Errors
    ///
    /// Fails if there can be no such store, or if the manifest's stores cannot be opened.
    pub fn open(project: &Project, at: Option<&str>) -> Result<Self, Error> {
        let location = at.map_or_else(|| Ok(Location::Path(DEFAULT.to_owned())), |at| location(project, at))?;
        let mut problems = Vec::new();
        let catalog = datasets::catalog(project, &Transports::copy(), &mut problems);
        Problems::check(project.name(), problems)?;
        let place = match &location {
            Location::Path(path) => Place::Path(path.clone()),
            Location::Url(url) => Place::Url(url.clone()),
            Location::Store { store, path } => Place::Store { store: store.clone(), path: path.clone() },
            Location::Connection(_) | Location::Memory => unreachable!("a store of runs is a folder or a prefix"),
        };
        let documents = catalog.documents(&place).map_err(|errors| {
            let reason = errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("; ");
            TaskError::BadStore { store: at.unwrap_or(DEFAULT).to_owned(), reason }
        })?;
        Ok(Self { documents, location, runtime: StorageRuntime::default() })
    }

    /// Returns the location for people: without credentials.
    pub fn location(&self) -> &str {
        self.documents.location()
    }

    /// Returns the names of the runs that have begun, sorted.
    ///
    /// # Errors
    ///
    /// Fails if the store does not say.
    pub fn runs(&self) -> Result<Vec<String>, Error> {
        let names = self.names("")?;
        Ok(names
            .iter()
            .filter_map(|name| name.strip_suffix("/run.json"))
            .filter(|run| !run.contains('/'))
            .map(str::to_owned)
            .collect())
    }

    /// Returns the place of `name` below the store.
    pub(super) fn place(&self, name: &str) -> Location {
        let below = |path: &str| match path.trim_end_matches('/') {
            "" if !path.is_empty() => format!("/{name}"),
            "" => name.to_owned(),
            path => format!("{path}/{name}"),
        };
        match &self.location {
            Location::Path(path) => Location::Path(below(path)),
            Location::Url(url) => Location::Url(below(url)),
            Location::Store { store, path } => Location::Store { store: store.clone(), path: below(path) },
            other => other.clone(),
        }
    }

    /// Writes a document if there is none of that name; returns false if there is one.
    pub(super) fn create(&self, name: &str, document: &impl Serialize) -> Result<bool, Error> {
        let content = encode(document);
        self.wait(self.documents.create(name, content))
    }

    /// Writes many documents that nobody else writes.
    pub(super) fn put_all(&self, documents: Vec<(String, Vec<u8>)>) -> Result<(), Error> {
        self.wait(self.documents.put_all(documents))
    }

    /// Reads a document.
    pub(super) fn read<T: DeserializeOwned>(&self, name: &str) -> Result<Option<T>, Error> {
        let content = self.wait(self.documents.read(name))?;
        content.map(|content| self.decode(name, &content)).transpose()
    }

    /// Reads documents, many at once; returns those that are there.
    pub(super) fn read_all<T: DeserializeOwned>(&self, names: Vec<String>) -> Result<BTreeMap<String, T>, Error> {
        let contents = self.wait(self.documents.read_all(names))?;
        contents.into_iter().map(|(name, content)| self.decode(&name, &content).map(|read| (name, read))).collect()
    }

    /// Reads the bytes of documents; returns those that are there.
    pub(super) fn contents(&self, names: Vec<String>) -> Result<BTreeMap<String, Vec<u8>>, Error> {
        let contents = self.wait(self.documents.read_all(names))?;
        Ok(contents.into_iter().map(|(name, content)| (name, content.to_vec())).collect())
    }

    /// Returns the names of all documents below a folder, sorted.
    pub(super) fn names(&self, folder: &str) -> Result<Vec<String>, Error> {
        self.wait(self.documents.names(folder))
    }

    fn decode<T: DeserializeOwned>(&self, name: &str, content: &[u8]) -> Result<T, Error> {
        #[derive(serde::Deserialize)]
        struct Format {
            format: u32,
        }
        let (document, store) = (name.to_owned(), self.location().to_owned());
        if let Ok(Format { format }) = serde_json::from_slice(content)
            && format != FORMAT
        {
            return Err(TaskError::OtherFormat { document, store, format, known: FORMAT }.into());
        }
        let damaged = |error: serde_json::Error| TaskError::Damaged { document, store, reason: error.to_string() };
        Ok(serde_json::from_slice(content).map_err(damaged)?)
    }

    fn wait<T: Send>(
        &self,
        future: impl Future<Output = Result<T, wpipe_catalog::DataError>> + Send,
    ) -> Result<T, Error> {
        let waited = self.runtime.wait(future);
        let waited = waited.map_err(|error| Error::Engine(format!("failed to start the storage runtime: {error}")))?;
        Ok(waited.map_err(TaskError::from)?)
    }
}

/// Returns a document as it is written.
pub(super) fn encode(document: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(document).unwrap_or_else(|_| unreachable!("texts, numbers and maps of texts have a JSON form"))
}

fn location(project: &Project, at: &str) -> Result<Location, TaskError> {
    let bad = |reason: &str| TaskError::BadStore { store: at.to_owned(), reason: reason.to_owned() };
    if at.trim().is_empty() {
        return Err(bad("it is empty"));
    }
    if at.contains("://") {
        return Ok(Location::Url(at.to_owned()));
    }
    let named = at.split_once(':').filter(|(name, _)| project.pipeline().manifest().stores.contains_key(*name));
    if let Some((store, path)) = named {
        return Ok(Location::Store { store: store.to_owned(), path: path.trim_matches('/').to_owned() });
    }
    // A path of the command line starts from the working directory.
    let path = Path::new(at);
    let path = if path.is_absolute() {
        path.to_owned()
    } else {
        env::current_dir().map_err(|error| bad(&format!("the working directory is gone: {error}")))?.join(path)
    };
    path.to_str().map(|path| Location::Path(path.to_owned())).ok_or_else(|| bad("its path is no Unicode text"))
}
