//! The shared store for other programs: look at datasets that runs have left there, and leave some for runs.

use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use wpipe_buffer::{Buffer, Transports};
use wpipe_catalog::{Area, arrow_batch};
use wpipe_data::{Produce, Table, View};
use wpipe_runner::SchemaId;
use wpipe_store::{
    Collected, Entry, Fault, Member, ObjectDescription, ObjectId, ObjectOrigin, Settings, SharedStore, StoreError,
    Usage,
};

use crate::run::fits;
use crate::{Error, OutputError};

/// A shared store: a directory in which processes of one machine share datasets without copies.
///
/// ```
/// use wpipe::{Store, Table};
///
/// # let directory = tempfile::tempdir()?;
/// let store = Store::open(directory.path().join("shared"))?; // such as /dev/shm/wpipe
/// let flowers = Table::from_columns([("petal_length", vec![1.4, 4.7, 6.0].into())])?;
/// store.put("iris/flowers", &flowers)?;
///
/// // In any other process of the machine:
/// let shared = store.get::<Table>("iris/flowers")?;
/// assert_eq!(shared.view()?.column::<f64>("petal_length")?, [1.4, 4.7, 6.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Store {
    files: SharedStore,
    transports: Transports,
}

/// A dataset of the store, read in place. It stays as it is while this value exists, whatever becomes of its name.
#[derive(Debug, Clone)]
pub struct Shared<V: ?Sized> {
    name: String,
    buffer: Buffer,
    view: PhantomData<fn() -> Box<V>>,
}

/// Partitions of a dataset with their ids.
type Partitions<V> = Vec<(String, Shared<V>)>;

impl<V: View + ?Sized> Shared<V> {
    /// Returns the content, read in place. It is checked, as it is a guest's.
    ///
    /// # Errors
    ///
    /// Fails if the content is not valid, or cannot be mapped.
    pub fn view(&self) -> Result<V::Holder<'_>, Error> {
        let invalid = |reason: String| OutputError::Invalid { dataset: self.name.clone(), reason };
        let bytes = self.buffer.bytes().map_err(|error| invalid(error.to_string()))?;
        Ok(V::view_named(bytes, &format!("dataset `{}`", self.name)).map_err(|error| invalid(error.to_string()))?)
    }

    /// Returns the bytes as a buffer, for hand-over.
    pub fn buffer(&self) -> &Buffer {
        &self.buffer
    }
}

impl Shared<Table<'_>> {
    /// Returns the table as Arrow has it. Columns are not copied: the arrays lie in the mapped pages, and keep them.
    ///
    /// # Errors
    ///
    /// Fails if the content is not valid, or cannot be mapped.
    pub fn to_arrow(&self) -> Result<arrow::array::RecordBatch, Error> {
        let invalid = |reason: String| OutputError::Invalid { dataset: self.name.clone(), reason };
        Ok(arrow_batch(&self.buffer).map_err(|error| invalid(error.to_string()))?)
    }

    /// Returns the table through Arrow's C data interface, for libraries in other languages: a struct array with a field
    /// for each column, over the mapped pages. What takes the array calls its `release`, which lets the pages go.
    ///
    /// ```
    /// use wpipe::{Store, Table};
    ///
    /// # let directory = tempfile::tempdir()?;
    /// # let store = Store::open(directory.path().join("shared"))?;
    /// # store.put("iris/flowers", &Table::from_columns([("petal_length", vec![1.4, 4.7].into())])?)?;
    /// let (array, schema) = store.get::<Table>("iris/flowers")?.to_ffi()?;
    /// # // The way back, as another library does it.
    /// # assert_eq!((array.len(), array.num_buffers(), schema.name()), (2, 1, Some("")));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Fails if the content is not valid, or cannot be mapped.
    #[cfg(feature = "ffi")]
    pub fn to_ffi(&self) -> Result<(arrow::ffi::FFI_ArrowArray, arrow::ffi::FFI_ArrowSchema), Error> {
        use arrow::array::{Array, StructArray};

        let invalid = |reason: String| OutputError::Invalid { dataset: self.name.clone(), reason };
        let array = StructArray::from(self.to_arrow()?).into_data();
        Ok(arrow::ffi::to_ffi(&array).map_err(|error| invalid(error.to_string()))?)
    }
}

impl Store {
    /// Opens the store in the directory `path`, which is created if it does not exist, with the defaults.
    ///
    /// # Errors
    ///
    /// Fails if the directory belongs to somebody else, is a link, can be written to by others, or if its file system
    /// cannot hold a store.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, Error> {
        Self::open_with(&Settings::at(path))
    }

    /// Opens the store of these settings.
    ///
    /// # Errors
    ///
    /// Fails as [`open`](Self::open) does.
    pub fn open_with(settings: &Settings) -> Result<Self, Error> {
        let files = SharedStore::open(settings)?;
        let transports = files.transports(&Transports::detect());
        Ok(Self { files, transports })
    }

    /// Returns a dataset, by the name of its pipeline and its own with a slash between them. Nothing is read or copied.
    ///
    /// # Errors
    ///
    /// Fails if there is no such dataset, it is of another type, or it is a set of partitions.
    pub fn get<V: View + ?Sized>(&self, name: &str) -> Result<Shared<V>, Error> {
        let (entry, attached) = self.attach::<V>(name)?;
        if entry.partitioned {
            return Err(OutputError::IsPartitioned { dataset: name.to_owned() }.into());
        }
        let only = attached.into_iter().next().map(|(_, shared)| shared);
        only.ok_or_else(|| StoreError::Gone { name: name.to_owned() }.into())
    }

    /// Returns the partitions of a dataset with their ids.
    ///
    /// # Errors
    ///
    /// Fails if there is no such dataset, it is of another type, or it is no set of partitions.
    pub fn get_partitions<V: View + ?Sized>(&self, name: &str) -> Result<Partitions<V>, Error> {
        let (entry, attached) = self.attach(name)?;
        if !entry.partitioned {
            return Err(OutputError::NotPartitioned { dataset: name.to_owned() }.into());
        }
        Ok(attached)
    }

    /// Puts a value into the store, for runs and other programs: a pipeline that reads the dataset, and finds no other
    /// place of it, takes it from there.
    ///
    /// # Errors
    ///
    /// Fails if the value cannot be laid out, or the store has no room.
    pub fn put<T: Produce>(&self, name: &str, value: &T) -> Result<Entry, Error> {
        let (pipeline, dataset) = parts(name)?;
        let run = format!("program {} at {:?}", std::process::id(), SystemTime::now().duration_since(UNIX_EPOCH));
        let lease = self.files.begin(&run)?;
        let invalid = |reason: String| OutputError::Invalid { dataset: name.to_owned(), reason };
        let mut area = Area::new(&self.transports, wpipe_buffer::Readers::Several);
        let size = value.produce(&mut area).map_err(|error| invalid(error.to_string()))?;
        let buffer = area.finish(size).map_err(|error| invalid(error.to_string()))?;
        let description = ObjectDescription {
            id: ObjectId::of(&[&run, name, &format!("{:?}", Instant::now())]),
            pipeline: pipeline.to_owned(),
            dataset: dataset.to_owned(),
            partition: None,
            schema: T::NAME.to_owned(),
            fingerprint: T::FINGERPRINT,
            run: run.clone(),
            origin: ObjectOrigin::Program,
        };
        let published = self.files.publish(&buffer, &description, &AtomicBool::new(false), |_| {})?;
        let entry = Entry::new(pipeline, dataset, &run, (T::NAME, T::FINGERPRINT));
        let entry = self.files.name(entry.with_members(false, vec![published.member.clone()]))?;
        self.files.seal(published)?;
        drop(lease);
        Ok(entry)
    }

    /// Returns the datasets, by pipeline and name.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be listed.
    pub fn entries(&self) -> Result<Vec<Entry>, Error> {
        Ok(self.files.entries()?)
    }

    /// Returns one dataset, by the name of its pipeline and its own with a slash between them.
    ///
    /// # Errors
    ///
    /// Fails if there is none.
    pub fn entry(&self, name: &str) -> Result<Entry, Error> {
        let (pipeline, dataset) = parts(name)?;
        self.files.find(pipeline, dataset)?.ok_or_else(|| self.missing(name))
    }

    /// Returns the directory.
    pub fn path(&self) -> &Path {
        self.files.path()
    }

    /// Returns the file of an object. Its first bytes are the content, which programs in other languages can map.
    pub fn object_path(&self, member: &Member) -> PathBuf {
        self.files.object_path(&member.id)
    }

    /// Returns the bytes in use, and the limit.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be listed.
    pub fn usage(&self) -> Result<Usage, Error> {
        Ok(self.files.usage()?)
    }

    /// Reads everything to the end; returns the number of objects, and what is damaged.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be listed.
    pub fn verify(&self) -> Result<(usize, Vec<Fault>), Error> {
        Ok(self.files.verify()?)
    }

    /// Removes what crashes and replaced generations have left. Every run begins with this.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written to.
    pub fn collect(&self) -> Result<Collected, Error> {
        Ok(self.files.collect()?)
    }

    /// Removes everything that no process uses, named or not.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be written to.
    pub fn collect_all(&self) -> Result<Collected, Error> {
        Ok(self.files.collect_all()?)
    }

    /// Attaches all objects of a dataset, each with the id of its partition.
    fn attach<V: View + ?Sized>(&self, name: &str) -> Result<(Entry, Partitions<V>), Error> {
        let (pipeline, dataset) = parts(name)?;
        let Some((entry, attached)) = self.files.attach_dataset(pipeline, dataset)? else {
            return Err(self.missing(name));
        };
        let there = SchemaId { name: entry.schema.clone(), fingerprint: entry.fingerprint };
        let asked = SchemaId { name: V::NAME.to_owned(), fingerprint: V::FINGERPRINT };
        fits(name, &there, &asked).map_err(OutputError::from)?;
        let shared = attached.into_iter().map(|(member, attached)| {
            let shared = Shared { name: name.to_owned(), buffer: attached.buffer, view: PhantomData };
            (member.partition.unwrap_or_default(), shared)
        });
        Ok((entry, shared.collect()))
    }

    fn missing(&self, name: &str) -> Error {
        let near = self.files.entries().unwrap_or_default().iter().map(Entry::name).collect();
        StoreError::Missing { path: self.path().to_owned(), name: name.to_owned(), near }.into()
    }
}

/// Returns the pipeline and the dataset of a name.
fn parts(name: &str) -> Result<(&str, &str), Error> {
    let parts = name.split_once('/').filter(|(pipeline, dataset)| !pipeline.is_empty() && !dataset.is_empty());
    parts.ok_or_else(|| Error::StoreName(name.to_owned()))
}
