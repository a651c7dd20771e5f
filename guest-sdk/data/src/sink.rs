//! The destination of an output's bytes while they are being written.

use core::convert::Infallible;

use rkyv::util::AlignedVec;

/// The alignment of every archive's first byte, in bytes: Arrow's recommendation for its buffers.
pub const ARCHIVE_ALIGNMENT: usize = 64;

/// The largest archive, in bytes: rkyv's pointers are relative and have 31 bits and a sign.
pub const MAX_ARCHIVE_SIZE: usize = i32::MAX as usize;

/// Bytes that start at a multiple of [`ARCHIVE_ALIGNMENT`]: an archive outside of any window, for tests and for small
/// outputs.
pub type AlignedBytes = AlignedVec<ARCHIVE_ALIGNMENT>;

/// A contiguous area that grows.
///
/// The guest SDK implements it over a window of the node's memory, hosts over a mapping, tests use
/// [`AlignedBytes`]. The area's first byte lies at a multiple of [`ARCHIVE_ALIGNMENT`].
pub trait Sink {
    /// The reason why the area cannot grow.
    type Error;

    /// Makes the area at least `capacity` bytes long and returns all of it, from its first byte on.
    ///
    /// Written bytes stay, new bytes are zero, and the area never shrinks. It may move when it grows. A call for no
    /// more than the present length costs next to nothing.
    ///
    /// # Errors
    ///
    /// Fails if there is no room for `capacity` bytes; the area is then unchanged.
    fn reserve(&mut self, capacity: usize) -> Result<&mut [u8], Self::Error>;
}

impl<S: Sink + ?Sized> Sink for &mut S {
    type Error = S::Error;

    fn reserve(&mut self, capacity: usize) -> Result<&mut [u8], Self::Error> {
        S::reserve(self, capacity)
    }
}

/// The vector's length is the area's. Cut it to the archive's size at the end.
impl Sink for AlignedBytes {
    type Error = Infallible;

    fn reserve(&mut self, capacity: usize) -> Result<&mut [u8], Infallible> {
        if self.len() < capacity {
            self.resize(capacity, 0);
        }
        Ok(self.as_mut_slice())
    }
}
