//! One entry of the catalog, in any kind of storage.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use wpipe_buffer::{Buffer, Readers};

use crate::Address;
use crate::LineageName;
use crate::error::DataError;
use crate::format::{self, Identity};
use crate::store::{Direction, Target};
use crate::verify::Verification;

/// One catalog entry: an object in a store, or a table of a database. A clone is another handle to the same entry.
#[derive(Clone)]
pub struct Dataset {
    kept: Arc<dyn Kept>,
    which: Which,
    /// The most memory that a load may take, in bytes, if it is not the catalog's.
    memory: Option<u64>,
}

/// The requested version.
#[derive(Debug, Clone)]
pub(crate) enum Which {
    /// The newest one that is stored, and for a save a new one.
    Newest,
    /// The one of this name.
    Named(String),
    /// The newest one that is stored, and for a save one that becomes it, of this name if that does.
    NewestAs(String),
}

/// The content that a load is to bring, and its limit of memory.
#[derive(Debug)]
pub(crate) struct Asked {
    pub(crate) schema: Identity,
    pub(crate) readers: Readers,
    /// The limit in bytes, if it is not the catalog's.
    pub(crate) memory: Option<u64>,
}

/// The storage of a dataset: an object of some format at a place, or a table of a database. The methods that only
/// objects need return nothing by default.
#[async_trait]
pub(crate) trait Kept: Send + Sync {
    fn name(&self) -> &str;

    fn kind(&self) -> &'static str;

    /// Returns the location for people.
    fn location(&self) -> String;

    /// Returns the location to be compared.
    fn address(&self) -> Address;

    /// Returns the name by which other tools know it.
    fn lineage_name(&self) -> LineageName;

    /// Returns the local file, or the folder of versions.
    fn path(&self) -> Option<&Path> {
        None
    }

    fn is_versioned(&self) -> bool {
        false
    }

    /// Returns the target at the local path.
    fn target(&self, _: Direction) -> Option<Target> {
        None
    }

    fn check_readable(&self) -> Result<(), DataError> {
        Ok(())
    }

    fn check_writable(&self) -> Result<(), DataError>;

    /// Returns true if a save leaves the former content, and adds to it.
    fn is_added_to(&self) -> bool {
        false
    }

    /// Returns the help for a dataset that is not there.
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

/// The result of a load.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Loaded {
    /// The content.
    pub buffer: Buffer,
    /// The number of bytes in the store.
    pub bytes: u64,
    /// The number of repetitions after transient failures.
    pub retries: u32,
    /// The version, of a versioned dataset.
    pub version: Option<String>,
}

impl Loaded {
    /// Returns the result of a load that found the content in memory already.
    pub fn from_memory(buffer: Buffer) -> Self {
        Self { bytes: buffer.len() as u64, buffer, retries: 0, version: None }
    }
}

/// The result of a save.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Saved {
    /// The number of bytes written to the store.
    pub bytes: u64,
    /// The number of repetitions after transient failures.
    pub retries: u32,
    /// The version, of a versioned dataset.
    pub version: Option<String>,
    /// A mark of the saved content, as [`Dataset::glance`] returns it; `None` if it is unknown.
    pub mark: Option<String>,
}

impl Dataset {
    pub(crate) fn new(kept: impl Kept + 'static) -> Self {
        Self { kept: Arc::new(kept), which: Which::Newest, memory: None }
    }

    /// Returns the same entry at one version: loads read it, saves write it. `None` is the newest for loads, and the
    /// present time for saves. Without effect if datasets are not versioned.
    #[must_use]
    pub fn with_version(&self, version: Option<String>) -> Self {
        Self { which: version.map_or(Which::Newest, Which::Named), ..self.clone() }
    }

    /// Returns the same entry for the saves of a run of this name. The version gets that name, unless it would not be
    /// the newest since the clock was put back; then it gets one that is. Without effect if datasets are not versioned.
    #[must_use]
    pub fn saved_by(&self, run: &str) -> Self {
        Self { which: Which::NewestAs(run.to_owned()), ..self.clone() }
    }

    /// Limits the memory of the entry's loads to `bytes`. Without effect on archives, which are not decoded.
    #[must_use]
    pub fn with_memory(self, bytes: u64) -> Self {
        Self { memory: Some(bytes), ..self }
    }

    /// Returns the entry's name.
    pub fn name(&self) -> &str {
        self.kept.name()
    }

    /// Returns the manifest's `type`.
    pub fn kind(&self) -> &'static str {
        self.kept.kind()
    }

    /// Returns the dataset's location for people: without credentials, and without a version.
    pub fn location(&self) -> String {
        self.kept.location()
    }

    /// Returns the dataset's location to be compared.
    pub fn address(&self) -> Address {
        self.kept.address()
    }

    /// Returns the name by which other tools know it.
    pub fn lineage_name(&self) -> LineageName {
        self.kept.lineage_name()
    }

    /// Returns the local file, or the folder of versions, if it is local.
    pub fn path(&self) -> Option<&Path> {
        self.kept.path()
    }

    /// Returns true if every save is a version of its own.
    pub fn is_versioned(&self) -> bool {
        self.kept.is_versioned()
    }

    /// Returns the schema of everything in this format; `None` if the content says it itself.
    pub fn schema(&self) -> Option<&'static str> {
        format::schema_of(self.kind())
    }

    /// Returns true if the content is read as a stream and may be read once only, as standard input or a pipe is. Its
    /// size is unknown, and so is whether it has changed.
    pub fn is_read_as_stream(&self) -> bool {
        self.is_stream(Direction::Read)
    }

    /// Returns true if a save writes into an open stream, such as standard output or a pipe, from which it cannot be
    /// loaded again.
    pub fn is_written_as_stream(&self) -> bool {
        self.is_stream(Direction::Write)
    }

    fn is_stream(&self, direction: Direction) -> bool {
        !self.is_versioned() && self.kept.target(direction).is_some_and(|target| target.is_stream())
    }

    /// Returns true if a save leaves the former content and adds to it, so that a load brings more than was saved.
    pub fn is_added_to(&self) -> bool {
        self.kept.is_added_to()
    }

    /// Returns the help for a dataset that is not there; `None` if that depends on the place.
    pub fn how_to_put(&self) -> Option<String> {
        self.kept.how_to_put()
    }

    /// Returns the descriptor of this process that it is: 0 for standard input, 1 for standard output. Reading and
    /// writing are independent there, though both may be one terminal.
    pub fn descriptor(&self, direction: Direction) -> Option<u32> {
        self.kept.target(direction)?.descriptor()
    }

    /// Returns the identity of the stream that it is read from or written into; `None` if it is none, or one that
    /// suffices for all, such as `/dev/null`.
    pub fn stream(&self, direction: Direction) -> Option<String> {
        self.kept.target(direction)?.stream().filter(|_| !self.is_versioned())
    }

    /// Checks that the dataset can be loaded, whatever its content.
    ///
    /// # Errors
    ///
    /// Fails if it is a device or a socket.
    pub fn check_readable(&self) -> Result<(), DataError> {
        self.kept.check_readable()
    }

    /// Checks that the dataset can be saved.
    ///
    /// # Errors
    ///
    /// Fails if it is a device, a socket, or a file of the kernel's.
    pub fn check_writable(&self) -> Result<(), DataError> {
        self.kept.check_writable()
    }

    /// Returns true if something is stored there: of a versioned dataset the requested version, or any.
    ///
    /// # Errors
    ///
    /// Fails if the store does not say, or if a directory is in the way.
    pub async fn exists(&self) -> Result<bool, DataError> {
        Ok(self.size().await?.is_some())
    }

    /// Returns the size of the stored content, in bytes; `None` if there is nothing.
    ///
    /// # Errors
    ///
    /// Fails as [`exists`](Self::exists) does.
    pub async fn size(&self) -> Result<Option<u64>, DataError> {
        Ok(self.glance().await?.map(|(size, _)| size))
    }

    /// Returns the size of the stored content, and its mark if the store has one: in one request, without reading
    /// anything.
    ///
    /// # Errors
    ///
    /// Fails as [`exists`](Self::exists) does.
    pub async fn glance(&self) -> Result<Option<(u64, Option<String>)>, DataError> {
        self.kept.glance(&self.which).await
    }

    /// Returns a mark of the stored content, which changes as soon as it is replaced; `None` if there is nothing. It is
    /// the store's own mark, or the size and time of the last change. Nothing is read, unless a web server returns no
    /// mark, or a time just now.
    ///
    /// # Errors
    ///
    /// Fails as [`exists`](Self::exists) does.
    pub async fn mark(&self) -> Result<Option<String>, DataError> {
        self.kept.mark(&self.which).await
    }

    /// Returns the stored versions, newest first: the greatest by their letters. Names that begin with `.` or `_` are
    /// no versions, nor are copies of one that is called by a time. The list is empty if datasets are not versioned.
    ///
    /// # Errors
    ///
    /// Fails if the store does not say, or if a file is in the place of the versions' folder.
    pub async fn versions(&self) -> Result<Vec<String>, DataError> {
        self.kept.versions().await
    }

    /// Reads the dataset. `expected` is the consumer's schema: its name and fingerprint. `readers` are those of the
    /// buffer: one that has a single reader can be moved into it.
    ///
    /// # Errors
    ///
    /// Fails if there is nothing, or if it cannot be read, is damaged, or holds another schema.
    pub async fn load(&self, expected: (&str, u64), readers: Readers) -> Result<Loaded, DataError> {
        let asked = Asked { schema: Identity::from(expected), readers, memory: self.memory };
        self.kept.load(&self.which, asked).await
    }

    /// Writes the dataset: durable on return, whole or not at all. `schema` is the producer's name and fingerprint.
    ///
    /// # Errors
    ///
    /// Fails if the buffer has no form in this format, or cannot be written. The former content is then still there. A
    /// version that is there already is not written again.
    pub async fn save(&self, buffer: &Buffer, schema: (&str, u64)) -> Result<Saved, DataError> {
        self.kept.save(&self.which, buffer, Identity::from(schema)).await
    }

    /// Reads everything that is stored of the dataset to the end, all versions of a versioned one. A dataset that is
    /// not there yields an empty result.
    ///
    /// # Errors
    ///
    /// Fails if the store does not say what is there.
    pub async fn verify(&self) -> Result<Verification, DataError> {
        self.kept.verify().await
    }
}

impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dataset(`{}`: {} at `{}`)", self.name(), self.kind(), self.location())
    }
}
