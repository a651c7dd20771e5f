//! Partitions that a node reads: loaded one by one, and dropped one by one.

use core::borrow::Borrow;
use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;
use std::collections::{BTreeMap, btree_map};
use std::sync::Arc;

use wpipe_data::View;

use crate::content::Content;
use crate::contract::{AccessError, Buffer, explain};

/// A partitioned dataset among a node's arguments: a map of ids to partitions that can be loaded, in the order of the
/// ids.
///
/// The ids are known at once. Only [`Partition::load`] asks for the content of a partition, and dropping the result
/// lets go of it. So a node that looks at one partition after the other has one of them in its memory, however many
/// there are, and a partition that it never loads may never be read from storage.
///
/// ```
/// use wpipe_sdk::{PartitionError, Partitions, node};
///
/// /// The longest of the texts' ids, and how many lines there are.
/// #[node(outputs("longest", "lines"))]
/// fn survey(texts: Partitions<str>) -> Result<(String, u64), PartitionError> {
///     let longest = texts.ids().max_by_key(|id| id.len()).unwrap_or_default().to_owned();
///     let mut lines = 0;
///     for text in texts {
///         let text = text.load()?;
///         lines += text.lines().count() as u64;
///     }
///     Ok((longest, lines))
/// }
///
/// // In a unit test:
/// let texts = Partitions::in_memory([("2024/01", "a\nb"), ("2024/02", "c")])?;
/// assert_eq!(survey(texts)?, ("2024/02".to_owned(), 3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Partitions<T: ?Sized> {
    input: Arc<str>,
    buffers: BTreeMap<String, Buffer>,
    content: PhantomData<fn(&T)>,
}

impl<T: ?Sized> Partitions<T> {
    pub(crate) fn new(input: &str, buffers: Vec<(String, Buffer)>) -> Result<Self, String> {
        let mut partitions = Self { input: input.into(), buffers: BTreeMap::new(), content: PhantomData };
        for (id, buffer) in buffers {
            if partitions.buffers.contains_key(&id) {
                return Err(format!("the host gave the partition `{id}` of the input `{input}` twice"));
            }
            partitions.buffers.insert(id, buffer);
        }
        Ok(partitions)
    }

    /// Returns the number of partitions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.buffers.len()
    }

    /// Returns true if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.buffers.is_empty()
    }

    /// Returns the ids in order, byte by byte.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.buffers.keys().map(String::as_str)
    }

    /// Takes the partition `id` out, to be loaded; `None` if there is none, or none any more.
    pub fn take(&mut self, id: &str) -> Option<Partition<T>> {
        let (id, buffer) = self.buffers.remove_entry(id)?;
        Some(Partition { input: self.input.clone(), id, buffer, content: PhantomData })
    }

    /// Returns the name of the input.
    pub(super) fn input(&self) -> &str {
        &self.input
    }

    pub(super) fn buffers(&self) -> impl Iterator<Item = (&str, &Buffer)> {
        self.buffers.iter().map(|(id, buffer)| (id.as_str(), buffer))
    }
}

/// Iterates over all partitions in the order of their ids.
impl<T: ?Sized> IntoIterator for Partitions<T> {
    type Item = Partition<T>;
    type IntoIter = IntoPartitions<T>;

    fn into_iter(self) -> IntoPartitions<T> {
        IntoPartitions { input: self.input, buffers: self.buffers.into_iter(), content: PhantomData }
    }
}

impl<T: ?Sized> fmt::Debug for Partitions<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.ids()).finish()
    }
}

/// Partitions one by one, in the order of their ids. Those that are not taken are never loaded.
pub struct IntoPartitions<T: ?Sized> {
    input: Arc<str>,
    buffers: btree_map::IntoIter<String, Buffer>,
    content: PhantomData<fn(&T)>,
}

impl<T: ?Sized> Iterator for IntoPartitions<T> {
    type Item = Partition<T>;

    fn next(&mut self) -> Option<Partition<T>> {
        let (id, buffer) = self.buffers.next()?;
        Some(Partition { input: self.input.clone(), id, buffer, content: PhantomData })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.buffers.size_hint()
    }
}

impl<T: ?Sized> ExactSizeIterator for IntoPartitions<T> {}

impl<T: ?Sized> fmt::Debug for IntoPartitions<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoPartitions").field("left", &self.len()).finish_non_exhaustive()
    }
}

/// A partition that was not loaded yet.
pub struct Partition<T: ?Sized> {
    input: Arc<str>,
    id: String,
    buffer: Buffer,
    content: PhantomData<fn(&T)>,
}

impl<T: ?Sized> Partition<T> {
    /// Returns its id, as it is in storage.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl<T: View + ?Sized> Partition<T> {
    /// Loads its content. It waits for content that is in storage still. The content stays in memory until the result
    /// is dropped. That cannot be done twice: keep it as long as it is needed.
    ///
    /// # Errors
    ///
    /// Fails if it is not available, or is no `T`.
    pub fn load(self) -> Result<Loaded<T>, PartitionError> {
        let Self { input, id, buffer, .. } = self;
        let kept = Content::new(buffer).map_err(explain);
        let name = format!("the partition `{id}` of the input `{input}`");
        let kept = kept.and_then(|content| T::keep_named(Arc::new(content), &name).map_err(|error| error.to_string()));
        match kept {
            Ok(kept) => Ok(Loaded { id, kept }),
            Err(reason) => Err(PartitionError { input: input.to_string(), id, reason }),
        }
    }
}

impl<T: ?Sized> fmt::Debug for Partition<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Partition").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The content of a partition: a single input's equivalent, until it is dropped.
///
/// `&loaded` fits arguments of `&Table`, `&str`, and so on. (A clone of a table keeps the content, too.)
pub struct Loaded<T: View + ?Sized> {
    id: String,
    kept: T::Kept,
}

impl<T: View + ?Sized> Loaded<T> {
    /// Returns the partition's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }
}

impl<T: View + ?Sized> Deref for Loaded<T> {
    type Target = T::Of<'static>;

    fn deref(&self) -> &T::Of<'static> {
        self.kept.borrow()
    }
}

impl<T: View<Of<'static>: fmt::Debug> + ?Sized> fmt::Debug for Loaded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loaded").field("id", &self.id).field("content", &&**self).finish()
    }
}

/// The reason why a partition could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("failed to read the partition `{id}` of the input `{input}`: {reason}")]
pub struct PartitionError {
    input: String,
    id: String,
    reason: String,
}

impl PartitionError {
    pub(super) fn new(input: &str, id: &str, reason: String) -> Self {
        Self { input: input.to_owned(), id: id.to_owned(), reason }
    }
}

impl From<PartitionError> for String {
    fn from(error: PartitionError) -> Self {
        error.to_string()
    }
}

/// Reads some bytes of a buffer, without attaching it.
pub(super) fn peek(buffer: &Buffer, range: core::ops::Range<usize>) -> Result<Vec<u8>, AccessError> {
    buffer.read(range.start as u64, range.len() as u64)
}

#[cfg(not(target_arch = "wasm32"))]
mod in_memory {
    use core::convert::Infallible;

    use wpipe_data::{Produce, ProduceError, View, to_archive};

    use super::{Buffer, Partitions};

    impl<T: View + ?Sized> Partitions<T> {
        /// Makes partitions for a unit test, of values that are written as a node would write them. Of two with one id
        /// the last one counts. It does not exist on WebAssembly.
        ///
        /// ```
        /// use wpipe_sdk::{Partitions, Table};
        ///
        /// let table = Table::from_columns([("x", vec![1.0].into())])?;
        /// let mut tables = Partitions::<Table>::in_memory([("a", &table)])?;
        /// assert_eq!(tables.take("a").ok_or("no `a`")?.load()?.rows(), 1);
        ///
        /// let mut numbers = Partitions::<[f64]>::in_memory([("a", &vec![0.5])])?;
        /// assert_eq!(*numbers.take("a").ok_or("no `a`")?.load()?, [0.5]);
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        ///
        /// # Errors
        ///
        /// Fails if a value cannot be written.
        pub fn in_memory<'p, P: Produce + ?Sized + 'p>(
            partitions: impl IntoIterator<Item = (impl Into<String>, &'p P)>,
        ) -> Result<Self, ProduceError<Infallible>> {
            const { assert!(P::FINGERPRINT == T::FINGERPRINT, "the values are not what the partitions hold") };
            let buffers = partitions.into_iter().map(|(id, value)| Ok((id.into(), Buffer::new(&to_archive(value)?))));
            Ok(Self {
                input: "input".into(),
                buffers: buffers.collect::<Result<_, ProduceError<Infallible>>>()?,
                content: core::marker::PhantomData,
            })
        }
    }
}
