//! A dataset that is an object: a format at a place in a store, or versions of it.

use std::borrow::Cow;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use object_store::{ObjectMeta, PutPayload};
use tokio::time::sleep;
use wpipe_buffer::{Buffer, memory_limit};

use crate::Address;
use crate::LineageName;
use crate::codec::{Codec, Wanted, check_writable};
use crate::dataset::{Asked, Kept, Loaded, Saved, Which};
use crate::error::DataError;
use crate::format::Identity;
use crate::store::{Delay, Direction, Done, Place, Refusal, Target};
use crate::verify::Verification;
use crate::version::{self, name_of_now};

/// The number of attempts: another process may have saved under the same name, but hardly so often.
const ATTEMPTS: usize = 16;

/// The number of bytes of memory that are assumed if the system does not say.
const MOST_UNLESS_SAID: u64 = 4 << 30;

/// A dataset that is an object, or versions of one.
pub(crate) struct StoredObject {
    pub(crate) name: String,
    pub(crate) codec: Arc<Codec>,
    pub(crate) place: Place,
    pub(crate) versioned: bool,
    pub(crate) delay: Delay,
}

#[async_trait]
impl Kept for StoredObject {
    fn name(&self) -> &str {
        &self.name
    }

    fn kind(&self) -> &'static str {
        self.codec.kind()
    }

    fn location(&self) -> String {
        self.place.location().to_owned()
    }

    fn address(&self) -> Address {
        self.place.address()
    }

    fn lineage_name(&self) -> LineageName {
        self.place.lineage_name()
    }

    fn path(&self) -> Option<&Path> {
        self.place.path()
    }

    fn is_versioned(&self) -> bool {
        self.versioned
    }

    fn target(&self, direction: Direction) -> Option<Target> {
        self.place.target(direction).ok()?
    }

    fn check_readable(&self) -> Result<(), DataError> {
        self.check_place(Direction::Read)
    }

    fn check_writable(&self) -> Result<(), DataError> {
        check_writable(&self.place)?;
        self.codec.check_savable(self.place.location())?;
        self.check_place(Direction::Write)
    }

    async fn glance(&self, which: &Which) -> Result<Option<(u64, Option<String>)>, DataError> {
        let Some((place, version)) = self.stored(which).await? else { return Ok(None) };
        let Some(meta) = place.look().await? else { return Ok(None) };
        let own = mark_of(&place, &meta);
        Ok(Some((meta.size, own.map(|own| with_version(version.as_deref(), &own)))))
    }

    async fn mark(&self, which: &Which) -> Result<Option<String>, DataError> {
        let Some((place, version)) = self.stored(which).await? else { return Ok(None) };
        let Some(meta) = place.look().await? else { return Ok(None) };
        let own = match mark_of(&place, &meta) {
            Some(mark) => mark,
            // The content itself must be read.
            None => place.digest().await?,
        };
        Ok(Some(with_version(version.as_deref(), &own)))
    }

    async fn versions(&self) -> Result<Vec<String>, DataError> {
        if !self.versioned {
            return Ok(Vec::new());
        }
        Ok(version::newest_first(self.place.versions().await?))
    }

    async fn load(&self, which: &Which, asked: Asked) -> Result<Loaded, DataError> {
        let Asked { schema, readers, memory } = asked;
        self.codec.agree(&schema, self.place.location())?;
        sleep(self.delay.load).await;
        let Some((place, version)) = self.stored(which).await? else {
            return Err(DataError::NotFound { location: self.location() });
        };
        // Content of an unknown size may take so much.
        let most = memory.unwrap_or_else(|| memory_limit().unwrap_or(MOST_UNLESS_SAID) / 2);
        let Done { value: source, retries } = self.codec.fetch(&place, readers, most).await?;
        let bytes = source.fetched();
        let buffer = self.codec.decode(source, Wanted { schema, readers, memory }, &place).await?;
        Ok(Loaded { buffer, bytes, retries, version })
    }

    async fn save(&self, which: &Which, buffer: &Buffer, schema: Identity) -> Result<Saved, DataError> {
        self.codec.agree(&schema, self.place.location())?;
        check_writable(&self.place)?;
        sleep(self.delay.save).await;
        let payload = self.codec.encode(buffer, schema, self.place.location()).await?;
        let (put, version) = match self.versioned {
            false => (self.place.put(&payload, self.codec.publishing()).await?, None),
            true => self.save_version(which, &payload).await.map(|(put, version)| (put, Some(version)))?,
        };
        let is_stream = || !self.versioned && self.place.is_stream(Direction::Write);
        let saved = version.clone().map_or(Which::Newest, Which::Named);
        let mark = match self.place.path() {
            None => put.value.map(|own| with_version(version.as_deref(), &own)),
            // Publishing a file changes its mark. Without an answer, the saved content cannot be recognized later.
            Some(_) if is_stream() => None,
            Some(_) => self.glance(&saved).await.ok().flatten().and_then(|(_, mark)| mark),
        };
        Ok(Saved { bytes: payload.content_length() as u64, retries: put.retries, version, mark })
    }

    async fn verify(&self) -> Result<Verification, DataError> {
        let places = match self.versioned {
            true => self.versions().await?.iter().map(|version| self.place.version(version)).collect(),
            false if self.glance(&Which::Newest).await?.is_some() => vec![self.place.clone()],
            false => Vec::new(),
        };
        let mut found = Verification::default();
        found.read(&self.codec, places).await;
        Ok(found)
    }
}

impl StoredObject {
    fn check_place(&self, direction: Direction) -> Result<(), DataError> {
        let place = &self.place;
        let Some(target) = place.target(direction)? else { return Ok(()) };
        if self.versioned && target.is_stream() {
            let refusal = Refusal::new("it is no folder, and the dataset is versioned", "remove `versioned`");
            return Err(place.refuse(direction, refusal));
        }
        Ok(())
    }

    /// Returns the place of the version to read, if there is one.
    async fn stored(&self, which: &Which) -> Result<Option<(Cow<'_, Place>, Option<String>)>, DataError> {
        let place = &self.place;
        if !self.versioned {
            return Ok(Some((Cow::Borrowed(place), None)));
        }
        let version = match which {
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

    /// Writes `payload` to a version that is not there yet: concurrent saves each get their own.
    async fn save_version(
        &self,
        which: &Which,
        payload: &PutPayload,
    ) -> Result<(Done<Option<String>>, String), DataError> {
        let place = &self.place;
        if place.path().is_some_and(Path::is_file) {
            return Err(DataError::Unversioned { location: self.location() });
        }
        place.sweep_versions().await;
        let mut version = String::new();
        for _ in 0..ATTEMPTS {
            version = match which {
                Which::Named(version) => self.check(version)?,
                Which::Newest => self.newest(&name_of_now()).await?,
                Which::NewestAs(run) => self.newest(&self.check(run)?).await?,
            };
            let put = place.version(&version).create(payload, self.codec.publishing()).await?;
            match put {
                Some(put) => return Ok((put, version)),
                None if matches!(which, Which::Named(_)) => break,
                None => {}
            }
        }
        Err(DataError::VersionExists { location: self.location(), version })
    }

    /// Returns the name of a version that becomes the newest, `wanted` if that does.
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

/// The age of a change from which a web server's time counts as a mark: the server counts in seconds, by its own clock.
const SETTLED: Duration = Duration::from_secs(60);

/// Returns the mark of the content of a place, as far as its store has one.
fn mark_of(place: &Place, meta: &ObjectMeta) -> Option<String> {
    let age = || SystemTime::now().duration_since(meta.last_modified.into()).unwrap_or_default();
    // The epoch stands for a web server that names no time.
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
