//! One entry of the catalog: a format at a place.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use object_store::{ObjectMeta, PutPayload};
use tokio::time::sleep;
use wpipe_buffer::{Buffer, Readers, memory_limit};

use crate::Address;
use crate::codec::{Codec, Wanted, check_writable};
use crate::error::DataError;
use crate::format::{self, Identity};
use crate::store::{Delay, Direction, Done, Place, Refusal};
use crate::version::{self, name_of_now};

/// Somebody else may have saved under the same name, but hardly so often.
const ATTEMPTS: usize = 16;

/// Bytes of memory that are taken to be there where the system does not say.
const MOST_UNLESS_SAID: u64 = 4 << 30;

/// One catalog entry: its format and where it is stored. A clone is another handle to the same entry.
#[derive(Clone)]
pub struct Dataset {
    parts: Arc<Parts>,
    which: Which,
    /// What a load may take in memory, in bytes, where it is not the catalog that says so.
    memory: Option<u64>,
}

/// The version that is meant.
#[derive(Clone)]
enum Which {
    /// Of those that are there the newest, and for a save a new one.
    Newest,
    /// The one of this name.
    Named(String),
    /// Of those that are there the newest, and for a save one that becomes it, of this name if that does.
    NewestAs(String),
}

/// What an entry is made of.
pub(crate) struct Parts {
    pub(crate) name: String,
    pub(crate) codec: Arc<Codec>,
    pub(crate) place: Place,
    pub(crate) versioned: bool,
    pub(crate) delay: Delay,
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
    pub(crate) fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts), which: Which::Newest, memory: None }
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
        &self.parts.name
    }

    /// The manifest's `type`.
    pub fn kind(&self) -> &'static str {
        self.parts.codec.kind()
    }

    /// Where the dataset is, for people: without credentials, and without a version.
    pub fn location(&self) -> String {
        self.parts.place.location().to_owned()
    }

    /// Where the dataset is, to be compared.
    pub fn address(&self) -> Address {
        self.parts.place.address()
    }

    /// The local file, or the folder of versions, if it is local.
    pub fn path(&self) -> Option<&Path> {
        self.parts.place.path()
    }

    /// Whether every save is a version of its own.
    pub fn is_versioned(&self) -> bool {
        self.parts.versioned
    }

    pub(crate) fn place(&self) -> &Place {
        &self.parts.place
    }

    pub(crate) fn codec(&self) -> &Arc<Codec> {
        &self.parts.codec
    }

    /// The schema of everything in this format; `None` where the content says it itself.
    pub fn schema(&self) -> Option<&'static str> {
        format::schema_of(self.kind())
    }

    /// Whether what is loaded is read as it comes and may be read once only, as standard input or a pipe is. Nobody knows
    /// its size, or whether it is what it was.
    pub fn is_read_as_stream(&self) -> bool {
        !self.parts.versioned && self.parts.place.is_stream(Direction::Read)
    }

    /// Whether what is saved is written into what is there, as into standard output or a pipe, and cannot be loaded
    /// again.
    pub fn is_written_as_stream(&self) -> bool {
        !self.parts.versioned && self.parts.place.is_stream(Direction::Write)
    }

    /// The descriptor of this process that it is: 0 for standard input, 1 for standard output. Reading and writing have
    /// nothing to do with each other there, though both may be one terminal.
    pub fn descriptor(&self, direction: Direction) -> Option<u32> {
        self.parts.place.target(direction).ok()??.descriptor()
    }

    /// What tells the stream that it is read from or written into from others; `None` if it is none, or one that there is
    /// enough of for all, such as `/dev/null`.
    pub fn stream(&self, direction: Direction) -> Option<String> {
        self.parts.place.target(direction).ok()??.stream().filter(|_| !self.parts.versioned)
    }

    /// An error if nobody can load what is there, whatever is in it: a device, a socket.
    ///
    /// # Errors
    ///
    /// See above.
    pub fn check_readable(&self) -> Result<(), DataError> {
        self.check_place(Direction::Read)
    }

    /// An error if nobody can save there: to a device, a socket, a file of the kernel's.
    ///
    /// # Errors
    ///
    /// See above.
    pub fn check_writable(&self) -> Result<(), DataError> {
        check_writable(&self.parts.place)?;
        self.parts.codec.check_savable(self.parts.place.location())?;
        self.check_place(Direction::Write)
    }

    fn check_place(&self, direction: Direction) -> Result<(), DataError> {
        let place = &self.parts.place;
        let Some(target) = place.target(direction)? else { return Ok(()) };
        if self.parts.versioned && target.is_stream() {
            let refusal = Refusal::new("it is no folder, and the dataset is versioned", "remove `versioned`");
            return Err(place.refuse(direction, refusal));
        }
        Ok(())
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
        match self.stored().await? {
            Some((place, _)) => place.size().await,
            None => Ok(None),
        }
    }

    /// The size of what is stored there, and a mark of it as far as the store says one: in one request, without reading
    /// anything.
    ///
    /// # Errors
    ///
    /// As [`exists`](Self::exists).
    pub async fn glance(&self) -> Result<Option<(u64, Option<String>)>, DataError> {
        let Some((place, version)) = self.stored().await? else { return Ok(None) };
        let Some(meta) = place.look().await? else { return Ok(None) };
        let own = mark_of(&place, &meta);
        Ok(Some((meta.size, own.map(|own| with_version(version.as_deref(), &own)))))
    }

    /// A mark of what is stored there, which is another one as soon as it is replaced; `None` if there is nothing.
    /// Nothing is read, unless a web server says nothing, or a time just now: it is the store's own mark, or the size and
    /// time of the last change.
    ///
    /// # Errors
    ///
    /// As [`exists`](Self::exists).
    pub async fn mark(&self) -> Result<Option<String>, DataError> {
        let Some((place, version)) = self.stored().await? else { return Ok(None) };
        let Some(meta) = place.look().await? else { return Ok(None) };
        let own = match mark_of(&place, &meta) {
            Some(mark) => mark,
            // What it has must be looked at.
            None => place.digest().await?,
        };
        Ok(Some(with_version(version.as_deref(), &own)))
    }

    /// The versions that are stored, newest first: the greatest by their letters. What begins with `.` or `_` is none, nor
    /// is a copy of one that is called by a time. None where datasets are not
    /// versioned.
    ///
    /// # Errors
    ///
    /// When the store does not say, and when a file is where the versions should be.
    pub async fn versions(&self) -> Result<Vec<String>, DataError> {
        if !self.parts.versioned {
            return Ok(Vec::new());
        }
        Ok(version::newest_first(self.parts.place.versions().await?))
    }

    /// Reads the dataset. `expected` is the consumer's schema: its name and fingerprint. `readers` are those of the
    /// buffer: one that has a single reader can be moved into it.
    ///
    /// # Errors
    ///
    /// When there is nothing, it cannot be read, is damaged, or holds another schema.
    pub async fn load(&self, expected: (&str, u64), readers: Readers) -> Result<Loaded, DataError> {
        let codec = &self.parts.codec;
        let schema = Identity::from(expected);
        codec.agree(&schema, self.parts.place.location())?;
        sleep(self.parts.delay.load).await;
        let Some((place, version)) = self.stored().await? else {
            return Err(DataError::NotFound { location: self.location() });
        };
        let Done { value: source, retries } = codec.fetch(&place, readers, self.most()).await?;
        let bytes = source.size();
        let buffer = codec.decode(source, Wanted { schema, readers, memory: self.memory }, &place).await?;
        Ok(Loaded { buffer, bytes, retries, version })
    }

    /// Writes the dataset: durable on return, whole or not at all. `schema` is the producer's name and fingerprint.
    ///
    /// # Errors
    ///
    /// When the buffer has no form in this format, or cannot be written. What was there before is there still. A
    /// version that is there already is not written again.
    pub async fn save(&self, buffer: &Buffer, schema: (&str, u64)) -> Result<Saved, DataError> {
        let codec = &self.parts.codec;
        let schema = Identity::from(schema);
        codec.agree(&schema, self.parts.place.location())?;
        check_writable(&self.parts.place)?;
        sleep(self.parts.delay.save).await;
        let payload = codec.encode(buffer, schema, self.parts.place.location()).await?;
        let (put, version) = match self.parts.versioned {
            false => (self.parts.place.put(&payload, codec.publishing()).await?, None),
            true => self.save_version(&payload).await.map(|(put, version)| (put, Some(version)))?,
        };
        let mark = match self.parts.place.path() {
            None => put.value.map(|own| with_version(version.as_deref(), &own)),
            // Publishing a file changes what marks it. Without an answer, nobody knows later on what was saved.
            Some(_) if self.is_written_as_stream() => None,
            Some(_) => self.with_version(version.clone()).glance().await.ok().flatten().and_then(|(_, mark)| mark),
        };
        Ok(Saved { bytes: payload.content_length() as u64, retries: put.retries, version, mark })
    }

    /// The most bytes that are read of what nobody knows the size of.
    fn most(&self) -> u64 {
        self.memory.unwrap_or_else(|| memory_limit().unwrap_or(MOST_UNLESS_SAID) / 2)
    }

    /// Where the version is that is to be read, if there is one.
    async fn stored(&self) -> Result<Option<(Cow<'_, Place>, Option<String>)>, DataError> {
        let place = &self.parts.place;
        if !self.parts.versioned {
            return Ok(Some((Cow::Borrowed(place), None)));
        }
        let version = match &self.which {
            Which::Named(version) => Some(self.check(version)?),
            Which::Newest | Which::NewestAs(_) => {
                let versions = self.versions().await?;
                let by_time = versions.iter().find(|version| version::is_time(version));
                if let (Some(newest), Some(by_time)) =
                    (versions.first(), by_time.filter(|of| Some(*of) != versions.first()))
                {
                    let at = self.location();
                    tracing::warn!("of `{at}`, version `{newest}` is the newest by its name, and not `{by_time}`");
                }
                versions.into_iter().next()
            }
        };
        Ok(version.map(|version| (Cow::Owned(place.version(&version)), Some(version))))
    }

    /// Puts `payload` where no version is yet: of several who save at once each gets its own.
    async fn save_version(&self, payload: &PutPayload) -> Result<(Done<Option<String>>, String), DataError> {
        let place = &self.parts.place;
        if place.path().is_some_and(Path::is_file) {
            return Err(DataError::Unversioned { location: self.location() });
        }
        place.sweep_versions().await;
        let mut version = String::new();
        for _ in 0..ATTEMPTS {
            version = match &self.which {
                Which::Named(version) => self.check(version)?,
                Which::Newest => self.newest(&name_of_now()).await?,
                Which::NewestAs(run) => self.newest(&self.check(run)?).await?,
            };
            let put = place.version(&version).create(payload, self.parts.codec.publishing()).await?;
            match put {
                Some(put) => return Ok((put, version)),
                None if matches!(self.which, Which::Named(_)) => break,
                None => {}
            }
        }
        Err(DataError::VersionExists { location: self.location(), version })
    }

    /// The name of a version that becomes the newest, `wanted` if that does.
    async fn newest(&self, wanted: &str) -> Result<String, DataError> {
        let newest = self.versions().await?.into_iter().next();
        version::behind(newest.as_deref(), wanted)
            .ok_or_else(|| DataError::NeverNewest { location: self.location(), newest: newest.unwrap_or_default() })
    }

    fn check(&self, version: &str) -> Result<String, DataError> {
        if version::is_valid(version) {
            return Ok(version.to_owned());
        }
        Err(DataError::BadVersion { location: self.location(), version: version.to_owned() })
    }
}

/// How long ago a web server must say that something changed, if that is to mark what it has: it counts in seconds, of its
/// own clock.
const SETTLED: Duration = Duration::from_secs(60);

/// What marks the content of a place, as far as its store says it.
fn mark_of(place: &Place, meta: &ObjectMeta) -> Option<String> {
    let age = || SystemTime::now().duration_since(meta.last_modified.into()).unwrap_or_default();
    // The epoch stands for a web server that does not say when.
    let says_when = || !place.is_read_only() || meta.last_modified.timestamp() != 0 && age() > SETTLED;
    match (&meta.e_tag, &meta.version) {
        (Some(tag), Some(changed)) if place.path().is_some() => Some(format!("{tag} {changed}")),
        (Some(tag), _) => Some(tag.clone()),
        (None, _) => says_when().then(|| format!("{} {}", meta.size, meta.last_modified)),
    }
}

fn with_version(version: Option<&str>, own: &str) -> String {
    version.map_or_else(|| own.to_owned(), |version| format!("{version} {own}"))
}

impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dataset(`{}`: {} at `{}`)", self.name(), self.kind(), self.location())
    }
}
