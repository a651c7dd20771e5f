//! Opening datasets: entries in, handles out.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Map, Value};
use wpipe_buffer::{Transports, memory_limit};

use crate::codec::Codec;
use crate::documents::Documents;
use crate::format;
use crate::location::{check_key, file_of_path, file_of_url, split_url, without_credentials};
use crate::object::StoredObject;
use crate::options::Options;
use crate::set::{CheckpointPlaces, Membership, Partitioned, PartitionedDataset, SetParts};
#[cfg(feature = "sql")]
use crate::sql::{self, OpenedDatabase, StoredRelation};
#[cfg(feature = "sql")]
use crate::store::Tolls;
use crate::store::{Delay, Environment, Opened, Place, StoreConfig};
use crate::{Dataset, Location, OptionError};

/// The folder of the checkpoints of sets that nobody may write to, relative to the catalog's root.
const SPARE_CHECKPOINTS: &str = ".wpipe/checkpoints";

/// Opens datasets whose paths have one root, and which share stores and their connections.
pub struct Catalog {
    root: PathBuf,
    transports: Transports,
    environment: Environment,
    /// The most memory that the content of one dataset may take, in bytes.
    memory: u64,
    /// The stores by name; `None` where a store could not be opened.
    stores: BTreeMap<String, Option<Store>>,
    /// The stores of URLs, by the part of the URL before their keys.
    hosts: Mutex<BTreeMap<String, Opened>>,
    /// The reader of the sets.
    consumer: Option<String>,
}

/// A store that the manifest's `[stores]` may name.
#[derive(Debug)]
enum Store {
    Objects(Opened),
    #[cfg(feature = "sql")]
    Database(OpenedDatabase),
}

/// One entry of a catalog, as the manifest has it.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The dataset's name.
    pub name: String,
    /// The manifest's `type`.
    pub kind: String,
    /// The dataset's location.
    pub location: Location,
    /// The options of its format.
    pub options: Map<String, Value>,
    /// True if every save is a version of its own.
    pub versioned: bool,
    /// The settings of its partitions, if it is partitioned; `None` for one object.
    pub partitioned: Option<Partitioned>,
    /// True if links in a local folder of partitions or versions are followed out of it.
    pub follow_links: bool,
    /// The delay and the failures that are added to its storage, on purpose.
    pub delay: Delay,
}

impl Entry {
    /// Creates an entry without options.
    pub fn new(name: impl Into<String>, kind: impl Into<String>, location: Location) -> Self {
        let (name, kind) = (name.into(), kind.into());
        Self {
            name,
            kind,
            location,
            options: Map::new(),
            versioned: false,
            partitioned: None,
            follow_links: false,
            delay: Delay::default(),
        }
    }
}

impl Catalog {
    /// Creates a catalog without stores. Relative paths start from `root`, and credentials come from the process's
    /// environment.
    pub fn new(root: impl Into<PathBuf>, transports: &Transports) -> Self {
        Self {
            root: root.into(),
            transports: transports.clone(),
            environment: Environment::of_process(),
            memory: memory_limit().map_or(u64::MAX, |bytes| bytes / 2),
            stores: BTreeMap::new(),
            hosts: Mutex::default(),
            consumer: None,
        }
    }

    /// Makes sets keep a checkpoint for `consumer` alone. By default all who open a set share one.
    #[must_use]
    pub fn for_consumer(self, consumer: impl Into<String>) -> Self {
        Self { consumer: Some(consumer.into()), ..self }
    }

    /// Takes variables from `environment` and not from the process.
    #[must_use]
    pub fn with_environment(self, environment: Environment) -> Self {
        Self { environment, ..self }
    }

    /// Refuses content that takes more than `bytes` in memory once it is decoded, before that much is taken: a small
    /// file may decode to a very large table. The default is half of the machine's memory.
    #[must_use]
    pub fn with_memory(self, bytes: u64) -> Self {
        Self { memory: bytes, ..self }
    }

    /// Adds a store, for [`Location::Store`]. Nothing is requested yet.
    ///
    /// # Errors
    ///
    /// Returns all problems of the settings at once, such as variables that are not set.
    pub fn add_store(&mut self, name: &str, config: &StoreConfig) -> Result<(), Vec<OptionError>> {
        let opened = self.open_store(config);
        let outcome = opened.as_ref().map(drop).map_err(Clone::clone);
        self.stores.insert(name.to_owned(), opened.ok());
        outcome
    }

    fn open_store(&self, config: &StoreConfig) -> Result<Store, Vec<OptionError>> {
        #[cfg(feature = "sql")]
        if sql::is_database(&config.url) {
            return OpenedDatabase::open("url", config, &self.root, &self.environment).map(Store::Database);
        }
        Opened::open(config, &self.environment).map(Store::Objects)
    }

    /// Opens an entry of one object, or of a database. Nothing is read or written but the file of a query.
    ///
    /// # Errors
    ///
    /// Returns all problems of the entry at once; none at all if its store could not be added, since that was reported
    /// then. A partitioned entry is one for [`open_set`](Self::open_set).
    pub fn open(&self, entry: &Entry) -> Result<Dataset, Vec<OptionError>> {
        #[cfg(feature = "sql")]
        if entry.kind == sql::KIND {
            return self.open_relation(entry);
        }
        let mut errors = Vec::new();
        if entry.partitioned.is_some() {
            errors.push(of_key("partitioned", "the dataset is partitioned, one object is expected".to_owned()));
        }
        let place = self.place(&entry.location).map_err(|of_place| errors.extend(of_place));
        let codec = self.codec(entry, &mut errors);
        let (Some(codec), Ok(place), true) = (codec, place, errors.is_empty()) else { return Err(errors) };
        let place = if entry.follow_links { place.following_links() } else { place };
        let place = place.delayed(&entry.delay);
        let Entry { name, versioned, delay, .. } = entry.clone();
        Ok(Dataset::new(StoredObject { name, codec, place, versioned, delay }))
    }

    /// Opens an entry of a database.
    #[cfg(feature = "sql")]
    fn open_relation(&self, entry: &Entry) -> Result<Dataset, Vec<OptionError>> {
        let mut errors = Vec::new();
        for (key, is_said) in [("partitioned", entry.partitioned.is_some()), ("versioned", entry.versioned)] {
            if is_said {
                let help = Some(format!("remove `{key}`"));
                errors.push(OptionError { help, ..of_key(key, format!("a table of a database cannot be `{key}`")) });
            }
        }
        let database = self.database(&entry.location).map_err(|of_place| errors.extend(of_place));
        let mut options = Options::new(&entry.options, false);
        let relation = sql::Entry::open(&mut options, &self.root);
        let declared = options.declared_without_lists(sql::KIND);
        errors.extend(options.finish(&entry.kind));
        let (Some(relation), Ok(database), true) = (relation, database, errors.is_empty()) else { return Err(errors) };
        let errors = database.refuse(&relation);
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Dataset::new(StoredRelation {
            name: entry.name.clone(),
            entry: relation,
            declared,
            database,
            transports: self.transports.clone(),
            memory: self.memory,
            delay: entry.delay,
            tolls: Tolls::of(&entry.delay),
        }))
    }

    #[cfg(feature = "sql")]
    fn database(&self, location: &Location) -> Result<OpenedDatabase, Vec<OptionError>> {
        match location {
            Location::Connection(text) => {
                let config = StoreConfig { url: text.clone(), ..StoreConfig::default() };
                OpenedDatabase::open("connection", &config, &self.root, &self.environment)
            }
            Location::Store { store, .. } => match self.stores.get(store) {
                Some(Some(Store::Database(database))) => Ok(database.clone()),
                // The problem was reported when the store was added.
                Some(None) => Err(Vec::new()),
                Some(Some(Store::Objects(_))) => {
                    let message = format!("the store `{store}` is no database");
                    let help = "give the store a `url` such as `postgresql://host/database`".to_owned();
                    Err(vec![OptionError { help: Some(help), ..of_key("store", message) }])
                }
                None => Err(vec![of_key("store", format!("there is no store `{store}`"))]),
            },
            Location::Path(_) | Location::Url(_) => {
                let help = "write `connection = \"sqlite:data/sales.db\"` and `table = \"…\"`".to_owned();
                let error = of_key("type", "nothing says which database it is in".to_owned());
                Err(vec![OptionError { help: Some(help), ..error }])
            }
        }
    }

    /// Opens a partitioned entry. Nothing is read or written.
    ///
    /// # Errors
    ///
    /// Fails as [`open`](Self::open) does, and for web servers, which list nothing.
    pub fn open_set(&self, entry: &Entry) -> Result<PartitionedDataset, Vec<OptionError>> {
        #[cfg(feature = "sql")]
        if entry.kind == sql::KIND {
            let message = "a table of a database is one dataset, not a set of partitions".to_owned();
            let help = "read it whole, or write an entry with a `query` for each part".to_owned();
            return Err(vec![OptionError { help: Some(help), ..of_key("partitioned", message) }]);
        }
        let mut errors = Vec::new();
        let of_set = entry.partitioned.clone().unwrap_or_else(|| {
            errors.push(of_key("partitioned", "the dataset is one object, a partitioned one is expected".to_owned()));
            Partitioned::default()
        });
        if entry.versioned {
            let message = "partitioned datasets have no versions: each run replaces the set as a whole".to_owned();
            errors.push(OptionError { help: Some("remove `versioned`".to_owned()), ..of_key("versioned", message) });
        }
        let Partitioned { suffix, prune, hidden, glob, exclude, .. } = &of_set;
        let membership = Membership::new(suffix, *hidden, glob, exclude).map_err(|faults| {
            errors.extend(faults.into_iter().map(|(key, message)| {
                let help = match key {
                    "suffix" => "such as `.csv`, or `/part.csv` for a folder each",
                    _ => "such as `2024/*.csv`, or `2024/**` for all that is below",
                };
                OptionError { help: Some(help.to_owned()), ..of_key(key, message) }
            }));
        });
        let place = self.place(&folder(&entry.location)).map_err(|of_place| errors.extend(of_place));
        let checkpoint = of_set.checkpoint.as_deref().filter(|path| !path.is_empty()).map(|path| {
            let place = self.place(&entry.location.of_same_kind(path));
            place.map_err(|of_place| {
                // Every problem of that place is a problem of this key.
                let of_checkpoint = |error| OptionError { key: Some("checkpoint".to_owned()), ..error };
                errors.extend(of_place.into_iter().map(of_checkpoint));
            })
        });
        if let Ok(place) = &place
            && place.is_read_only()
        {
            let message = "web servers do not say what they have, so no partitioned dataset can be there".to_owned();
            let help = Some("store it in a folder or a bucket".to_owned());
            errors.push(OptionError { help, ..of_key("partitioned", message) });
        }
        let codec = self.codec(entry, &mut errors);
        let (Some(codec), Ok(root), Ok(membership), true) = (codec, place, membership, errors.is_empty()) else {
            return Err(errors);
        };
        let root = if entry.follow_links { root.following_links() } else { root };
        let root = root.delayed(&entry.delay);
        let has_checkpoint = of_set.checkpoint.is_some();
        let said = checkpoint.and_then(Result::ok).map(|place| place.delayed(&entry.delay));
        let spare = self.consumer.as_ref().and_then(|_| self.spare_checkpoint(&entry.name, &root));
        // A place that the entry names also determines the consumer.
        let consumer = self.consumer.clone().filter(|_| said.is_none());
        let checkpoint = CheckpointPlaces { said, spare, consumer };
        let Entry { name, delay, .. } = entry.clone();
        let prune = *prune;
        Ok(PartitionedDataset::new(SetParts {
            name,
            codec,
            root,
            membership,
            prune,
            has_checkpoint,
            checkpoint,
            delay,
        }))
    }

    /// Opens a folder of documents. Nothing is requested yet.
    ///
    /// # Errors
    ///
    /// Fails as [`open`](Self::open) does, and for web servers.
    pub fn documents(&self, location: &Location) -> Result<Documents, Vec<OptionError>> {
        Documents::new(self.place(&folder(location))?).map_err(|error| vec![error])
    }

    /// Returns the place of a set's checkpoint if nobody may write to the set.
    fn spare_checkpoint(&self, name: &str, root: &Place) -> Option<Place> {
        let file = format!("{SPARE_CHECKPOINTS}/{}-{:.12}.json", name.replace('/', "-"), root.address().digest());
        self.place(&Location::Path(file)).ok()
    }

    /// Returns the format of an entry; all its problems go to `errors`.
    fn codec(&self, entry: &Entry, errors: &mut Vec<OptionError>) -> Option<Arc<Codec>> {
        let suffix = entry.partitioned.as_ref().map(|of_set| of_set.suffix.as_str());
        let name = suffix.unwrap_or_else(|| entry.location.name());
        let mut options = Options::new(&entry.options, entry.partitioned.is_some()).named(name);
        match format::open(&entry.kind, &mut options) {
            Ok(format) => {
                errors.extend(options.finish(&entry.kind));
                Some(Arc::new(Codec::new(format, &self.transports, self.memory)))
            }
            // The options of an unknown type are unknown.
            Err(error) => {
                errors.insert(0, error);
                None
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
            Location::Connection(_) => {
                let help = Some("write `type = \"sql\"`, or `path` in its place".to_owned());
                let error = of_key("connection", "only datasets of the type `sql` are in databases".to_owned());
                Err(one(OptionError { help, ..error }))
            }
            Location::Store { store, path } => {
                #[cfg(feature = "sql")]
                if let Some(Some(Store::Database(_))) = self.stores.get(store) {
                    let help = Some("write `type = \"sql\"` and `table = \"…\"`, or name another store".to_owned());
                    let message = format!("the store `{store}` is a database, which keeps no files");
                    return Err(one(OptionError { help, ..of_key("store", message) }));
                }
                check_key(path).map_err(one)?;
                let opened = self.stores.get(store).ok_or_else(|| {
                    one(OptionError {
                        key: Some("store".to_owned()),
                        message: format!("there is no store `{store}`"),
                        help: None,
                    })
                })?;
                // The problems of the store have been reported.
                // The problem was reported when the store was added.
                let Some(Store::Objects(opened)) = opened else { return Err(Vec::new()) };
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

    /// Returns the store of all objects whose URLs begin with `base`.
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

    /// Returns the directory that relative paths start from.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

/// Returns the location of a folder without the slash that it may end with.
fn folder(location: &Location) -> Location {
    let plain = |path: &str| match path.trim_end_matches('/') {
        "" => path.to_owned(),
        plain => plain.to_owned(),
    };
    match location {
        Location::Path(path) => Location::Path(plain(path)),
        Location::Url(url) => Location::Url(plain(url)),
        Location::Store { store, path } => Location::Store { store: store.clone(), path: plain(path) },
        Location::Connection(_) => location.clone(),
    }
}

fn of_key(key: &str, message: String) -> OptionError {
    OptionError { key: Some(key.to_owned()), message, help: None }
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // URLs may hold credentials, or values from the environment.
        f.debug_struct("Catalog").field("root", &self.root).field("stores", &self.stores).finish_non_exhaustive()
    }
}
