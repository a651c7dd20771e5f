//! rkyv's serializer over a [`Sink`]: archives grow in place, with no second copy of the whole.

use rkyv::rancor::{self, fail};
use rkyv::ser::allocator::ArenaHandle;
use rkyv::ser::{Positional, Writer};

use crate::{MAX_ARCHIVE_SIZE, ProduceError, Sink};

/// The room behind a large write, in bytes: the root after a vector's items should not double the area.
const SLACK: usize = 4 << 10;
/// The most bytes by which the area grows at once beyond the need.
const MAX_GROWTH: usize = 64 << 20;

/// The serializer that a type must support to be [produced](crate::Produce).
pub type ArchiveSerializer<'w, 'a> = rkyv::api::high::HighSerializer<ArchiveWriter<'w>, ArenaHandle<'a>, rancor::Error>;

/// Writes an archive from the first byte of a sink on.
pub struct ArchiveWriter<'w> {
    area: &'w mut dyn Area,
    position: usize,
    capacity: usize,
}

impl<'w> ArchiveWriter<'w> {
    pub(crate) fn new<S: Sink>(area: &'w mut SinkArea<'_, S>) -> Self {
        Self { area, position: 0, capacity: 0 }
    }
}

impl core::fmt::Debug for ArchiveWriter<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ArchiveWriter").field("position", &self.position).finish_non_exhaustive()
    }
}

impl Positional for ArchiveWriter<'_> {
    fn pos(&self) -> usize {
        self.position
    }
}

impl Writer<rancor::Error> for ArchiveWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<(), rancor::Error> {
        let end = self.position.saturating_add(bytes.len());
        let wanted = if end > self.capacity { grown(self.capacity, end) } else { self.capacity };
        let Some(area) = self.area.reserve(end, wanted) else { fail!(AreaFull) };
        self.capacity = area.len();
        area[self.position..end].copy_from_slice(bytes);
        self.position = end;
        Ok(())
    }
}

/// Returns the capacity to request when `needed` bytes are needed: twice the former, up to a step of [`MAX_GROWTH`].
fn grown(capacity: usize, needed: usize) -> usize {
    let doubled = capacity.saturating_add(capacity.min(MAX_GROWTH));
    needed.saturating_add(SLACK).max(doubled).min(MAX_ARCHIVE_SIZE)
}

/// A [`Sink`] of any type, so that the serializer's type does not depend on it.
trait Area {
    /// Reserves at least `needed` bytes, and if possible `wanted` ones, which are no fewer.
    fn reserve(&mut self, needed: usize, wanted: usize) -> Option<&mut [u8]>;
}

/// A sink and the error that stopped it.
pub(crate) struct SinkArea<'s, S: Sink> {
    sink: &'s mut S,
    error: Option<ProduceError<S::Error>>,
}

impl<'s, S: Sink> SinkArea<'s, S> {
    pub(crate) fn new(sink: &'s mut S) -> Self {
        Self { sink, error: None }
    }

    /// Returns the error that stopped the sink, or else `error`, which is rkyv's own.
    pub(crate) fn into_error(self, error: &rancor::Error) -> ProduceError<S::Error> {
        self.error.unwrap_or_else(|| ProduceError::Archive(error.to_string()))
    }
}

impl<S: Sink> Area for SinkArea<'_, S> {
    fn reserve(&mut self, needed: usize, wanted: usize) -> Option<&mut [u8]> {
        if needed > MAX_ARCHIVE_SIZE {
            self.error = Some(ProduceError::TooLarge);
            return None;
        }
        // Near a limit the request beyond the need is halved until it fits, so that fitting content is written, with
        // few requests.
        let mut spare = wanted.saturating_sub(needed);
        while spare > 0 && self.sink.reserve(needed + spare).is_err() {
            spare /= 2;
        }
        match self.sink.reserve(needed + spare) {
            Ok(area) => Some(area),
            Err(error) => {
                self.error = Some(ProduceError::Sink(error));
                None
            }
        }
    }
}

/// The error is never shown: the sink's own replaces it.
#[derive(Debug, thiserror::Error)]
#[error("the output's area is full")]
struct AreaFull;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_area_grows_by_steps_and_a_large_write_does_not_double_it() {
        assert_eq!(grown(256 << 20, (256 << 20) + 1), 320 << 20);
        assert_eq!(grown(0, 1 << 30), (1 << 30) + SLACK);
        assert_eq!(grown(1 << 20, (1 << 20) + 1), 2 << 20);
        assert_eq!(grown(MAX_ARCHIVE_SIZE, usize::MAX), MAX_ARCHIVE_SIZE);
    }
}
