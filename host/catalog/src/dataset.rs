//! One entry of the catalog: a format at a place.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};
use wpipe_buffer::{Buffer, Readers, Transports};

use crate::destination::Destination;
use crate::error::DataError;
use crate::fault::Fault;
use crate::format::{self, Format, Identity};
use crate::options::Options;
use crate::store::Store;
use crate::{Location, OptionError};

/// One catalog entry: its format and where it is stored. A clone is another handle to the same entry.
#[derive(Clone)]
pub struct Dataset {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    format: Box<dyn Format>,
    store: Store,
    transports: Transports,
}

/// What a save has done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Saved {
    /// Bytes written to the store.
    pub bytes: u64,
}

impl Dataset {
    /// The entry `name`. `kind` is the manifest's `type`, `options` are all its other keys but `path` and `url`, and
    /// relative paths start from `root`. Nothing is read or written.
    ///
    /// # Errors
    ///
    /// All problems of the entry at once.
    pub fn open(
        name: &str,
        root: &Path,
        kind: &str,
        location: &Location,
        options: &Map<String, Value>,
        transports: &Transports,
    ) -> Result<Self, Vec<OptionError>> {
        let mut options = Options::new(options);
        let format = format::open(kind, &mut options);
        let place = location.resolve(root);
        let (format, (key, path)) = match (format, place) {
            (Ok(format), Ok(place)) => (format, place),
            (format, place) => {
                let mut errors: Vec<_> = place.err().into_iter().collect();
                match format {
                    Ok(_) => errors.extend(options.finish(kind)),
                    // Nobody knows the options of an unknown type.
                    Err(error) => errors.insert(0, error),
                }
                return Err(errors);
            }
        };
        let errors = options.finish(kind);
        if !errors.is_empty() {
            return Err(errors);
        }
        let store = Store::local(key, path, location.display());
        let inner = Inner { name: name.to_owned(), format, store, transports: transports.clone() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The entry's name.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The manifest's `type`.
    pub fn kind(&self) -> &'static str {
        self.inner.format.kind()
    }

    /// Where the dataset is, for people: without credentials.
    pub fn location(&self) -> String {
        self.inner.store.location().to_owned()
    }

    /// The local file, if it is one.
    pub fn path(&self) -> Option<&Path> {
        self.inner.store.path()
    }

    /// The schema of everything in this format; `None` where the content says it itself.
    pub fn schema(&self) -> Option<&'static str> {
        format::schema_of(self.kind())
    }

    /// Whether something is stored there.
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
        self.inner.store.size().await
    }

    /// Reads the dataset. `expected` is the consumer's schema: its name and fingerprint. `readers` are those of the
    /// buffer: one that has a single reader can be moved into it.
    ///
    /// # Errors
    ///
    /// When there is nothing, it cannot be read, is damaged, or holds another schema.
    pub async fn load(&self, expected: (&str, u64), readers: Readers) -> Result<Buffer, DataError> {
        let expected = Identity::from(expected);
        self.agree(&expected)?;
        let source = self.inner.store.get().await?;
        let inner = self.inner.clone();
        let to = Destination { transports: inner.transports.clone(), readers };
        let loaded = in_background(move || inner.format.load(source, &expected, &to)).await;
        loaded.map_err(|refusal| match refusal {
            format::Refusal::Fault(fault) => DataError::decode(self.inner.store.location(), fault),
            format::Refusal::Schema(mismatch) => mismatch.at(self.inner.store.location()),
        })
    }

    /// Writes the dataset: durable on return, whole or not at all. `schema` is the producer's name and fingerprint.
    ///
    /// # Errors
    ///
    /// When the buffer has no form in this format, or cannot be written. What was there before is there still.
    pub async fn save(&self, buffer: &Buffer, schema: (&str, u64)) -> Result<Saved, DataError> {
        let schema = Identity::from(schema);
        self.agree(&schema)?;
        let (inner, buffer) = (self.inner.clone(), buffer.clone());
        let payload = in_background(move || inner.format.save(&buffer, &schema)).await;
        let payload = payload.map_err(|fault| DataError::encode(self.inner.store.location(), fault))?;
        let bytes = payload.content_length() as u64;
        self.inner.store.put(payload, self.inner.format.read_only()).await?;
        Ok(Saved { bytes })
    }

    /// An error if everything in this format has another schema than `other`.
    fn agree(&self, other: &Identity) -> Result<(), DataError> {
        let Some(own) = self.inner.format.schema() else { return Ok(()) };
        match own.mismatch(other) {
            Some(mismatch) => Err(mismatch.at(self.inner.store.location())),
            None => Ok(()),
        }
    }
}

/// Decoding and encoding take a processor and block, so they run where that hurts nobody. A codec that panics on
/// hostile content fails its own dataset only.
async fn in_background<T, E>(work: impl FnOnce() -> Result<T, E> + Send + 'static) -> Result<T, E>
where
    T: Send + 'static,
    E: From<Fault> + Send + 'static,
{
    tokio::task::spawn_blocking(work)
        .await
        .unwrap_or_else(|error| Err(Fault::new(format!("the codec gave up: {error}")).into()))
}

impl fmt::Debug for Dataset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Dataset(`{}`: {} at `{}`)", self.name(), self.kind(), self.location())
    }
}
