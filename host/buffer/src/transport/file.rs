//! File: buffers that come from disk, or are on their way there.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use super::{Contents, MappedStorage, PageFile, Transport, heap_contents};

/// Creates an unnamed file in `directory`, which is gone with its last descriptor, also after a crash.
pub(crate) fn create_in(directory: &Path) -> io::Result<Arc<File>> {
    tempfile::tempfile_in(directory).map(Arc::new)
}

/// Lengthens `file` to `len` bytes and has its blocks allocated.
///
/// # Errors
///
/// Fails with `StorageFull` among others.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn allocate(file: &File, len: u64) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};

    if len > 0 {
        fallocate(file, FallocateFlags::empty(), 0, len)?;
    }
    Ok(())
}

/// Lengthens the file, which stays sparse on other systems.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn allocate(file: &File, len: u64) -> io::Result<()> {
    file.set_len(len)
}

/// Gives the pages of a range back to the system; the range reads as zeros.
///
/// # Errors
///
/// Fails if the system cannot, or if the range is not whole pages.
#[cfg(target_os = "linux")]
pub(crate) fn empty(file: &File, range: &Range<usize>) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};

    let flags = FallocateFlags::PUNCH_HOLE | FallocateFlags::KEEP_SIZE;
    Ok(fallocate(file, flags, range.start as u64, range.len() as u64)?)
}

/// Fails: other systems use no file again.
#[cfg(not(target_os = "linux"))]
pub(crate) fn empty(_file: &File, _range: &Range<usize>) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Returns the first `len` bytes of an immutable file.
///
/// # Errors
///
/// Fails with `UnexpectedEof` if the file is shorter.
pub(crate) fn open_contents(file: File, len: u64) -> io::Result<Contents> {
    if file.metadata()?.len() < len {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let len = usize::try_from(len).map_err(|_| io::ErrorKind::OutOfMemory)?;
    if len == 0 {
        return heap_contents(&[]);
    }
    Ok(Contents::Shared(Arc::new(MappedStorage::new(Transport::File, PageFile::immutable(file), len))))
}
