//! What a buffer's file asks of the file system: an unnamed file, its blocks, its kind.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

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

/// Has the blocks of a range allocated, which lies within the file.
///
/// # Errors
///
/// Fails with `StorageFull` among others.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn allocate_range(file: &File, range: &Range<usize>) -> io::Result<()> {
    use rustix::fs::{FallocateFlags, fallocate};

    Ok(fallocate(file, FallocateFlags::KEEP_SIZE, range.start as u64, range.len() as u64)?)
}

/// Fails: other systems have no huge pages that it would be for.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn allocate_range(_file: &File, _range: &Range<usize>) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Returns true if the file is in a file system that keeps its content in memory (`tmpfs`).
#[cfg(target_os = "linux")]
pub(crate) fn is_in_memory(file: &File) -> bool {
    const TMPFS: i64 = 0x0102_1994;

    rustix::fs::fstatfs(file).is_ok_and(|of| of.f_type == TMPFS)
}

/// Returns false: of other systems nothing is known.
#[cfg(not(target_os = "linux"))]
pub(crate) fn is_in_memory(_file: &File) -> bool {
    false
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
