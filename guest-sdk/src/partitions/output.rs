//! Partitions that a node writes: each is finished, and out of its memory, once it is written.

use core::fmt;
use core::marker::PhantomData;
use std::collections::BTreeMap;
use std::vec;

use wpipe_data::Produce;

use crate::contract::{OutputPort, explain};
use crate::output::{Output, OutputError};

/// A partitioned output among a node's arguments.
///
/// ```
/// use wpipe_sdk::{OutputError, PartitionedOutput, node};
///
/// /// A partition for each number below `n`: as many of it.
/// #[node]
/// fn repeated(n: u32, repeated: PartitionedOutput<Vec<f64>>) -> Result<(), OutputError> {
///     for number in 0..n {
///         repeated.open(&format!("number/{number}"))?.fill(number as usize, |numbers| numbers.fill(number.into()))?;
///     }
///     Ok(())
/// }
///
/// // In a unit test:
/// use wpipe_sdk::View;
/// let (output, written) = PartitionedOutput::in_memory();
/// repeated(3, output)?;
/// assert_eq!(written.ids(), ["number/0", "number/1", "number/2"]);
/// let archive = written.archive("number/2").ok_or("not written")?;
/// assert_eq!(<[f64]>::view(&archive)?, [2.0, 2.0]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A partition that is begun and not written fails the node. No partition at all is fine.
pub struct PartitionedOutput<T: ?Sized> {
    name: String,
    port: OutputPort,
    content: PhantomData<fn(&T)>,
}

impl<T: ?Sized> PartitionedOutput<T> {
    pub(crate) fn new(name: &str, port: OutputPort) -> Self {
        Self { name: name.to_owned(), port, content: PhantomData }
    }

    /// Begins the partition `id`, which is then written like any other output.
    ///
    /// # Errors
    ///
    /// Fails if the id was used before, or the host does not take it.
    pub fn open(&self, id: &str) -> Result<Output<T>, OutputError> {
        let place = format!("the partition `{id}` of the output `{}`", self.name);
        match self.port.open_partition(id) {
            Ok(writer) => Ok(Output::opened(place, writer)),
            Err(error) => Err(OutputError::new(place, explain(error))),
        }
    }
}

impl<T: Produce + ?Sized> PartitionedOutput<T> {
    /// Writes `value` as the partition `id`.
    ///
    /// # Errors
    ///
    /// Fails as [`open`](Self::open) does, and if there is no room for the value.
    pub fn put(&self, id: &str, value: &T) -> Result<(), OutputError> {
        self.open(id)?.put(value)
    }
}

impl<T: ?Sized> fmt::Debug for PartitionedOutput<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartitionedOutput").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Partitions that a node returns. All of them are in memory at once: if that is too much, take a
/// [`PartitionedOutput`].
///
/// ```
/// use wpipe_sdk::{Partitioned, node};
///
/// /// The words by their first letters.
/// #[node]
/// fn by_letter(words: Vec<String>) -> Partitioned<String> {
///     words.into_iter().map(|word| (word.chars().take(1).collect::<String>(), word)).collect()
/// }
///
/// let words = by_letter(vec!["tulip".to_owned(), "rose".to_owned()]);
/// assert_eq!(words.get("r").map(String::as_str), Some("rose"));
/// ```
///
/// A repeated id fails the node when it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partitioned<T> {
    partitions: Vec<(String, T)>,
}

impl<T> Partitioned<T> {
    /// Returns the number of partitions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.partitions.len()
    }

    /// Returns true if there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.partitions.is_empty()
    }

    /// Returns the ids, in the order in which they were added.
    pub fn ids(&self) -> impl ExactSizeIterator<Item = &str> + Clone {
        self.partitions.iter().map(|(id, _)| id.as_str())
    }

    /// Returns the first partition of this id.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<&T> {
        self.partitions.iter().find(|(other, _)| other == id).map(|(_, value)| value)
    }

    /// Adds a partition.
    pub fn push(&mut self, id: impl Into<String>, value: T) {
        self.partitions.push((id.into(), value));
    }
}

impl<T> Default for Partitioned<T> {
    fn default() -> Self {
        Self { partitions: Vec::new() }
    }
}

impl<T, I: Into<String>> FromIterator<(I, T)> for Partitioned<T> {
    fn from_iter<P: IntoIterator<Item = (I, T)>>(partitions: P) -> Self {
        Self { partitions: partitions.into_iter().map(|(id, value)| (id.into(), value)).collect() }
    }
}

impl<T> From<BTreeMap<String, T>> for Partitioned<T> {
    fn from(partitions: BTreeMap<String, T>) -> Self {
        partitions.into_iter().collect()
    }
}

impl<T> IntoIterator for Partitioned<T> {
    type Item = (String, T);
    type IntoIter = vec::IntoIter<(String, T)>;

    fn into_iter(self) -> Self::IntoIter {
        self.partitions.into_iter()
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod in_memory {
    use wpipe_data::AlignedBytes;

    use super::{OutputPort, PartitionedOutput};

    impl<T: ?Sized> PartitionedOutput<T> {
        /// Returns an output for a unit test, and a handle that shows the partitions written to it.
        #[must_use]
        pub fn in_memory() -> (Self, WrittenPartitions) {
            let port = OutputPort::default();
            (Self::new("output", port.clone()), WrittenPartitions(port))
        }
    }

    /// The partitions written to a [`PartitionedOutput`] in a unit test. It does not exist on WebAssembly.
    #[derive(Debug)]
    pub struct WrittenPartitions(OutputPort);

    impl WrittenPartitions {
        /// Returns the ids of all written partitions, in order.
        #[must_use]
        pub fn ids(&self) -> Vec<String> {
            self.0.partitions()
        }

        /// Returns the archive of a partition, to be read with [`View::view`](crate::View::view); `None` if it was not
        /// written.
        #[must_use]
        pub fn archive(&self, id: &str) -> Option<AlignedBytes> {
            self.0.finished_partition(id)
        }
    }
}

#[cfg(not(target_arch = "wasm32"))]
pub use in_memory::WrittenPartitions;
