//! Opening datasets: entries in, handles out.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::{Map, Value};
use wpipe_buffer::Transports;

use crate::dataset::Parts;
use crate::format;
use crate::location::{check_key, file_of_path, file_of_url, split_url, without_credentials};
use crate::options::Options;
use crate::store::{Delay, Environment, Opened, Place, StoreConfig};
use crate::{Dataset, Location, OptionError};

/// Opens datasets whose paths have one root, and which share stores and their connections.
pub struct Catalog {
    root: PathBuf,
    transports: Transports,
    environment: Environment,
    /// By name; `None` where a store could not be opened.
    stores: BTreeMap<String, Option<Opened>>,
    /// Those of URLs, by what stands before their keys.
    hosts: Mutex<BTreeMap<String, Opened>>,
}

/// One entry of a catalog, as the manifest has it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The dataset's name.
    pub name: String,
    /// The manifest's `type`.
    pub kind: String,
    /// Where it is.
    pub location: Location,
    /// The options of its format.
    pub options: Map<String, Value>,
    /// Whether every save is a version of its own.
    pub versioned: bool,
    /// How much slower and less reliable its storage is to be, on purpose.
    pub delay: Delay,
}

impl Entry {
    /// An entry without options.
    pub fn new(name: impl Into<String>, kind: impl Into<String>, location: Location) -> Self {
        let (name, kind) = (name.into(), kind.into());
        Self { name, kind, location, options: Map::new(), versioned: false, delay: Delay::default() }
    }
}

impl Catalog {
    /// A catalog without stores. Relative paths start from `root`, and credentials come from the process's
    /// environment.
    pub fn new(root: impl Into<PathBuf>, transports: &Transports) -> Self {
        Self {
            root: root.into(),
            transports: transports.clone(),
            environment: Environment::of_process(),
            stores: BTreeMap::new(),
            hosts: Mutex::default(),
        }
    }

    /// Takes variables from `environment` and not from the process.
    #[must_use]
    pub fn with_environment(self, environment: Environment) -> Self {
        Self { environment, ..self }
    }

    /// Adds a store, for [`Location::Store`]. Nothing is asked yet.
    ///
    /// # Errors
    ///
    /// All problems of the settings at once, such as variables that are not set.
    pub fn add_store(&mut self, name: &str, config: &StoreConfig) -> Result<(), Vec<OptionError>> {
        let opened = Opened::open(config, &self.environment);
        let outcome = opened.as_ref().map(drop).map_err(Clone::clone);
        self.stores.insert(name.to_owned(), opened.ok());
        outcome
    }

    /// Opens an entry. Nothing is read or written.
    ///
    /// # Errors
    ///
    /// All problems of the entry at once; none at all if its store could not be added, which was told then.
    pub fn open(&self, entry: &Entry) -> Result<Dataset, Vec<OptionError>> {
        let mut options = Options::new(&entry.options);
        let format = format::open(&entry.kind, &mut options);
        let place = self.place(&entry.location);
        match (format, place) {
            (Ok(format), Ok(place)) => {
                let errors = options.finish(&entry.kind);
                if !errors.is_empty() {
                    return Err(errors);
                }
                let place = place.delayed(&entry.delay);
                let transports = self.transports.clone();
                let Entry { name, versioned, delay, .. } = entry.clone();
                Ok(Dataset::new(Parts { name, format, place, versioned, delay, transports }))
            }
            (format, place) => {
                let mut errors = place.err().unwrap_or_default();
                match format {
                    Ok(_) => errors.extend(options.finish(&entry.kind)),
                    // Nobody knows the options of an unknown type.
                    Err(error) => errors.insert(0, error),
                }
                Err(errors)
            }
        }
    }

    fn place(&self, location: &Location) -> Result<Place, Vec<OptionError>> {
        let one = |error| vec![error];
        match location {
            Location::Path(path) => {
                let (key, file) = file_of_path(&self.root, path).map_err(one)?;
                Ok(Place::file(key, file, path.clone()))
            }
            Location::Url(url) => {
                let place = self.place_of_url(&self.environment.expand("url", url).map_err(one)?)?;
                Ok(place.shown_as(without_credentials(url), self.environment.values_in(url)))
            }
            Location::Store { store, path } => {
                check_key(path).map_err(one)?;
                let opened = self.stores.get(store).ok_or_else(|| {
                    one(OptionError {
                        key: Some("store".to_owned()),
                        message: format!("there is no store `{store}`"),
                        help: None,
                    })
                })?;
                // What is wrong with the store has been told.
                let opened = opened.as_ref().ok_or_else(Vec::new)?;
                Place::within(opened, path).map_err(|message| one(of_key("path", message)))
            }
        }
    }

    fn place_of_url(&self, url: &str) -> Result<Place, Vec<OptionError>> {
        if url.starts_with("file://") {
            let (key, file) = file_of_url(url).map_err(|error| vec![error])?;
            return Ok(Place::file(key, file, without_credentials(url)));
        }
        let (base, key) = split_url(url).map_err(|error| vec![error])?;
        // A query belongs to every request, as signed URLs need it.
        let (key, query) = key.split_once('?').map_or((key, None), |(key, query)| (key, Some(query)));
        let base = query.map_or(base.to_owned(), |query| format!("{base}/?{query}"));
        let opened = self.host(&base)?;
        let decoded = percent_encoding::percent_decode_str(key).decode_utf8_lossy();
        Place::within(&opened, &decoded).map_err(|message| vec![of_key("url", message)])
    }

    /// The store of all objects whose URLs begin with `base`.
    fn host(&self, base: &str) -> Result<Opened, Vec<OptionError>> {
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = hosts.get(base) {
            return Ok(opened.clone());
        }
        let config = StoreConfig { url: base.to_owned(), ..StoreConfig::default() };
        let opened = Opened::open(&config, &self.environment)?;
        hosts.insert(base.to_owned(), opened.clone());
        Ok(opened)
    }

    /// What relative paths start from.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

fn of_key(key: &str, message: String) -> OptionError {
    OptionError { key: Some(key.to_owned()), message, help: None }
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // URLs may hold credentials, or what the environment has put in.
        f.debug_struct("Catalog").field("root", &self.root).field("stores", &self.stores).finish_non_exhaustive()
    }
}
