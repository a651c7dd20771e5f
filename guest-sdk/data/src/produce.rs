//! The write side: the types that a node may return.

use core::convert::Infallible;

use rkyv::Serialize;
use rkyv::api::serialize_using;
use rkyv::ser::Serializer;
use rkyv::ser::sharing::Share;
use rkyv::util::with_arena;

use crate::writer::{ArchiveSerializer, ArchiveWriter, SinkArea};
use crate::{AlignedBytes, Data, MAX_ARCHIVE_SIZE, Schema, Sink, TableError, view};

/// A value that can be a dataset's content.
///
/// Implemented for [`Table`](crate::Table), text (`String`, `str`), raw bytes (`Vec<u8>`, `[u8]`) and every type
/// that is [`Data`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a node's output",
    label = "not a type that wpipe can write",
    note = "return a `Table`, a `String`, a `Vec<u8>`, or a type with `#[derive(Data, Archive, Serialize)]`"
)]
pub trait Produce {
    /// The schema's name.
    const NAME: &'static str;
    /// The schema's fingerprint.
    const FINGERPRINT: u64;

    /// Writes the value to the start of `sink` and returns its size in bytes.
    ///
    /// # Errors
    ///
    /// Fails if the sink cannot grow, if the value needs more than [`MAX_ARCHIVE_SIZE`] bytes and is no raw text or
    /// bytes, or if its own serialisation fails.
    fn produce<S: Sink>(&self, sink: &mut S) -> Result<usize, ProduceError<S::Error>>;
}

/// The reason why a value could not be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProduceError<E> {
    /// The sink could not grow.
    #[error("{0}")]
    Sink(E),
    /// The archive would pass [`MAX_ARCHIVE_SIZE`].
    #[error("the archive would be larger than 2 GiB: partition the data")]
    TooLarge,
    /// A table could not be laid out or filled.
    #[error("{0}")]
    Table(#[from] TableError),
    /// rkyv gave up, with its reason.
    #[error("the value could not be archived: {0}")]
    Archive(String),
}

impl<E> ProduceError<E> {
    /// Returns the same error with the sink's own one translated.
    pub fn map_sink<F>(self, translate: impl FnOnce(E) -> F) -> ProduceError<F> {
        match self {
            Self::Sink(error) => ProduceError::Sink(translate(error)),
            Self::TooLarge => ProduceError::TooLarge,
            Self::Table(error) => ProduceError::Table(error),
            Self::Archive(reason) => ProduceError::Archive(reason),
        }
    }
}

impl<T> Produce for T
where
    T: Data + for<'w, 'a> Serialize<ArchiveSerializer<'w, 'a>>,
{
    const NAME: &'static str = <T::Archived as Schema>::NAME;
    const FINGERPRINT: u64 = <T::Archived as Schema>::FINGERPRINT;

    fn produce<S: Sink>(&self, sink: &mut S) -> Result<usize, ProduceError<S::Error>> {
        let mut area = SinkArea::new(sink);
        let written = with_arena(|arena| {
            let writer = ArchiveWriter::new(&mut area);
            let mut serializer = Serializer::new(writer, arena.acquire(), Share::new());
            serialize_using(self, &mut serializer)?;
            Ok(rkyv::ser::Positional::pos(&serializer))
        });
        written.map_err(|error| area.into_error(&error))
    }
}

impl Produce for [u8] {
    const NAME: &'static str = view::BYTES;
    const FINGERPRINT: u64 = view::RAW_FINGERPRINT;

    fn produce<S: Sink>(&self, sink: &mut S) -> Result<usize, ProduceError<S::Error>> {
        write_raw(self, sink)
    }
}

impl Produce for Vec<u8> {
    const NAME: &'static str = view::BYTES;
    const FINGERPRINT: u64 = view::RAW_FINGERPRINT;

    fn produce<S: Sink>(&self, sink: &mut S) -> Result<usize, ProduceError<S::Error>> {
        write_raw(self, sink)
    }
}

impl Produce for str {
    const NAME: &'static Self = view::TEXT;
    const FINGERPRINT: u64 = view::RAW_FINGERPRINT;

    fn produce<S: Sink>(&self, sink: &mut S) -> Result<usize, ProduceError<S::Error>> {
        write_raw(self.as_bytes(), sink)
    }
}

impl Produce for String {
    const NAME: &'static str = view::TEXT;
    const FINGERPRINT: u64 = view::RAW_FINGERPRINT;

    fn produce<S: Sink>(&self, sink: &mut S) -> Result<usize, ProduceError<S::Error>> {
        write_raw(self.as_bytes(), sink)
    }
}

/// Writes one copy of finished bytes.
pub(crate) fn write_raw<S: Sink>(bytes: &[u8], sink: &mut S) -> Result<usize, ProduceError<S::Error>> {
    let area = sink.reserve(bytes.len()).map_err(ProduceError::Sink)?;
    area[..bytes.len()].copy_from_slice(bytes);
    Ok(bytes.len())
}

/// Returns the archive of a value, on its own.
///
/// ```
/// use wpipe_data::{View, to_archive};
///
/// let archive = to_archive(&vec![0.5, 1.5])?;
/// assert_eq!(<[f64]>::view(&archive)?, [0.5, 1.5]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Fails as [`Produce::produce`] does; memory itself is not accounted for.
pub fn to_archive<P: Produce + ?Sized>(value: &P) -> Result<AlignedBytes, ProduceError<Infallible>> {
    let mut bytes = AlignedBytes::new();
    let size = value.produce(&mut bytes)?;
    debug_assert!(size <= bytes.len() && bytes.len() <= MAX_ARCHIVE_SIZE.max(size));
    bytes.resize(size, 0);
    Ok(bytes)
}
