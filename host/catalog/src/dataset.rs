//! One entry of the catalog, whatever keeps it.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use wpipe_buffer::{Buffer, Readers};

use crate::Address;
use crate::error::DataError;
use crate::format::{self, Identity};
use crate::store::{Direction, Target};
use crate::verify::Verification;

/// One catalog entry: an object in a store, or a table of a database. A clone is another handle to the same entry.
#[derive(Clone)]
pub struct Dataset {
    kept: Arc<dyn Kept>,
    which: Which,
    /// What a load may take in memory, in bytes, where it is not the catalog that says so.
    memory: Option<u64>,
}

/// The version that is meant.
#[derive(Debug, Clone)]
pub(crate) enum Which {
    /// Of those that are there the newest, and for a save a new one.
    Newest,
    /// The one of this name.
    Named(String),
    /// Of those that are there the newest, and for a save one that becomes it, of this name if that does.
    NewestAs(String),
}

/// What a load is to bring, and into how much memory.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) schema: Identity,
    pub(crate) readers: Readers,
    /// In bytes, where it is not the catalog that says so.
    pub(crate) memory: Option<u64>,
}

/// What keeps a dataset: an object of some format at a place, or a table of a database. What only objects have is
/// nothing by default.
#[async_trait]
pub(crate) trait Kept: Send + Sync {
    fn name(&self) -> &str;

    fn kind(&self) -> &'static str;

    /// For people.
    fn location(&self) -> String;

    /// To be compared.
    fn address(&self) -> Address;

    /// The local file, or the folder of versions.
    fn path(&self) -> Option<&Path> {
        None
    }

    fn is_versioned(&self) -> bool {
        false
    }

    /// What is at the local path.
    fn target(&self, _: Direction) -> Option<Target> {
        None
    }

    fn check_readable(&self) -> Result<(), DataError> {
        Ok(())
    }

    fn check_writable(&self) -> Result<(), DataError>;

    /// Whether a save leaves what was there before, and adds to it.
    fn is_added_to(&self) -> bool {
        false
    }

    /// What to do if nothing is there.
    fn how_to_put(&self) -> Option<String> {
        None
    }

    async fn glance(&self, which: &Which) -> Result<Option<(u64, Option<String>)>, DataError>;

    async fn mark(&self, which: &Which) -> Result<Option<String>, DataError>;

    async fn versions(&self) -> Result<Vec<String>, DataError> {
        Ok(Vec::new())
    }

    async fn load(&self, which: &Which, asked: Asked) -> Result<Loaded, DataError>;

    async fn save(&self, which: &Which, buffer: &Buffer, schema: Identity) -> Result<Saved, DataError>;

    async fn verify(&self) -> Result<Verification, DataError>;
}

/// What a load has brought.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Loaded {
    /// The content.
    pub buffer: Buffer,
    /// Bytes in the store.
    pub bytes: u64,
    /// How often something was repeated that failed transiently.
    pub retries: u32,
    /// Which version it is, of a versioned dataset.
    pub version: Option<String>,
}

/// What a save has done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Saved {
    /// Bytes written to the store.
    pub bytes: u64,
    /// How often something was repeated that failed transiently.
    pub retries: u32,
    /// Which version it is, of a versioned dataset.
    pub version: Option<String>,
    /// A mark of what was saved, as [`Dataset::glance`] says it; `None` if nobody can say.
    pub mark: Option<String>,
}

impl Dataset {
    pub(crate) fn new(kept: impl Kept + 'static) -> Self {
        Self { kept: Arc::new(kept), which: Which::Newest, memory: None }
    }

    /// The same entry at one version: loads read it, saves write it. `None` is the newest for loads, and the present
    /// time for saves. Without effect where datasets are not versioned.
    #[must_use]
    pub fn with_version(&self, version: Option<String>) -> Self {
        Self { which: version.map_or(Which::Newest, Which::Named), ..self.clone() }
    }

    /// The same entry for what a run of this name saves: the version is called so, unless it would not be the newest,
    /// since the clock was put back. Then it is one that is. Without effect where datasets are not versioned.
    #[must_use]
    pub fn saved_by(&self, run: &str) -> Self {
        Self { which: Which::NewestAs(run.to_owned()), ..self.clone() }
    }

    /// The same entry, whose loads may take so many bytes in memory. Without effect on archives, which are not decoded.
    #[must_use]
    pub fn with_memory(self, bytes: u64) -> Self {
        Self { memory: Some(bytes), ..self }
    }

    /// The entry's name.
    pub fn name(&self) -> &str {
        self.kept.name()
    }

    /// The manifest's `type`.
    pub fn kind(&self) -> &'static str {
        self.kept.kind()
    }

    /// Where the dataset is, for people: without credentials, and without a version.
    pub fn location(&self) -> String {
        self.kept.location()
    }

    /// Where the dataset is, to be compared.
    pub fn address(&self) -> Address {
        self.kept.address()
    }

    /// The local file, or the folder of versions, if it is local.
    pub fn path(&self) -> Option<&Path> {
        self.kept.path()
    }

    /// Whether every save is a version of its own.
    pub fn is_versioned(&self) -> bool {
        self.kept.is_versioned()
    }

    /// The schema of everything in this format; `None` where the content says it itself.
    pub fn schema(&self) -> Option<&'static str> {
        format::schema_of(self.kind())
    }

    /// Whether what is loaded is read as it comes and may be read once only, as standard input or a pipe is. Nobody knows
    /// its size, or whether it is what it was.
    pub fn is_read_as_stream(&self) -> bool {
        self.is_stream(Direction::Read)
    }

    /// Whether what is saved is written into what is there, as into standard output or a pipe, and cannot be loaded
    /// again.
    pub fn is_written_as_stream(&self) -> bool {
        self.is_stream(Direction::Write)
    }

    fn is_stream(&self, direction: Direction) -> bool {
        !self.is_versioned() && self.kept.target(direction).is_some_and(|target| target.is_stream())
    }

    /// Whether a save leaves what was there before and adds to it, so that a load brings more than was saved.
    pub fn is_added_to(&self) -> bool {
        self.kept.is_added_to()
    }

    /// What to do if nothing is there to be loaded; `None` if that depends on the place.
    pub fn how_to_put(&self) -> Option<String> {
        self.kept.how_to_put()
    }

    /// The descriptor of this process that it is: 0 for standard input, 1 for standard output. Reading and writing have
    /// nothing to do with each other there, though both may be one terminal.
    pub fn descriptor(&self, direction: Direction) -> Option<u32> {
        self.kept.target(direction)?.descriptor()
    }

    /// What tells the stream that it is read from or written into from others; `None` if it is none, or one that there is
    /// enough of for all, such as `/dev/null`.
    pub fn stream(&self, direction: Direction) -> Option<String> {
        self.kept.target(direction)?.stream().filter(|_| !self.is_versioned())
    }

    /// An error if nobody can load what is there, whatever is in it: a device, a socket.
    ///
    /// # Errors
    ///
    /// See above.
    pub fn check_readable(&self) -> Result<(), DataError> {
        self.kept.check_readable()
    }

    /// An error if nobody can save there: to a device, a socket, a file of the kernel's.
    ///
    /// # Errors
    ///
    /// See above.
    pub fn check_writable(&self) -> Result<(), DataError> {
        self.kept.check_writable()
    }

    /// Whether something is stored there: of a versioned dataset the version that is meant, or any.
    ///
    /// # Errors
    ///
    /// When the store does not say, and when a directory is in the way.
    pub async fn exists(&self) -> Result<bool, DataError> {
        Ok(self.size().await?.is_some())
    }

    /// The size of what is stored there, in bytes; `None` if there is nothing.
    ///
    /// # Errors
    ///
    /// As [`exists`](Self::exists).
    pub async fn size(&self) -> Result<Option<u64>, DataError> {
        Ok(self.glance().await?.map(|(size, _)| size))
    }

    /// The size of what is stored there, and a mark of it as far as the store says one: in one request, without reading
    /// anything.
    ///
    /// # Errors
    ///
    /// As [`exists`](Self::exists).
    pub async fn glance(&self) -> Result<Option<(u64, Option<String>)>, DataError> {
        self.kept.glance(&self.which).await
    }

    /// A mark of what is stored there, which is another one as soon as it is replaced; `None` if there is nothing.
    /// Nothing is read, unless a web server says nothing, or a time just now: it is the store's own mark, or the size and
    /// time of the last change.
    ///
    /// # Errors
    ///
    /// As [`exists`](Self::exists).
    pub async fn mark(&self) -> Result<Option<String>, DataError> {
        self.kept.mark(&self.which).await
    }

    /// The versions that are stored, newest first: the greatest by their letters. What begins with `.` or `_` is none, nor
    /// is a copy of one that is called by a time. None where datasets are not
    /// versioned.
    ///
    /// # Errors
    ///
    /// When the store does not say, and when a file is where the versions should be.
    pub async fn versions(&self) -> Result<Vec<String>, DataError> {
        self.kept.versions().await
    }

    /// Reads the dataset. `expected` is the consumer's schema: its name and fingerprint. `readers` are those of the
    /// buffer: one that has a single reader can be moved into it.
    ///
    /// # Errors
    ///
    /// When there is nothing, it cannot be read, is damaged, or holds another schema.
    pub async fn load(&self, expected: (&str, u64), readers: Readers) -> Result<Loaded, DataError> {
        let asked = Asked { schema: Identity::from(expected), readers, memory: self.memory };
        self.kept.load(&self.which, asked).await
    }

    /// Writes the dataset: durable on return, whole or not at all. `schema` is the producer's name and fingerprint.
    ///
    /// # Errors
    ///
    /// When the buffer has no form in this format, or cannot be written. What was there before is there still. A
    /// version that is there already is not written again.
    pub async fn save(&self, buffer: &Buffer, schema: (&str, u64)) -> Result<Saved, DataError> {
        self.kept.save(&self.which, buffer, Identity::from(schema)).await
    }

    /// Reads everything that is stored of the dataset to the end, all versions of a versioned one. Of a dataset that is
    /// not there nothing is found.
    ///
    /// # Errors
    ///
    /// When the store does not say what is there.
    pub async fn verify(&self) -> Result<Verification, DataError> {
        self.kept.verify().await
    }
}

impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dataset(`{}`: {} at `{}`)", self.name(), self.kind(), self.location())
    }
}
