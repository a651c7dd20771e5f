//! Anonymous memory with a descriptor, so that several address ranges can show the same pages.

use std::fs::File;
use std::io;

/// Creates a memfd of length zero.
///
/// # Errors
///
/// Fails if the platform has none, or the process has no descriptor left.
#[cfg(target_os = "linux")]
pub(crate) fn create() -> io::Result<File> {
    use rustix::fs::{MemfdFlags, memfd_create};
    use rustix::io::Errno;

    // Kernels before 6.3 do not know NOEXEC_SEAL, and newer ones may insist on it (vm.memfd_noexec = 2).
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::NOEXEC_SEAL;
    let descriptor = match memfd_create("wpipe-buffer", flags) {
        Err(Errno::INVAL) => memfd_create("wpipe-buffer", MemfdFlags::CLOEXEC)?,
        other => other?,
    };
    Ok(File::from(descriptor))
}

/// Fails: other platforms have none, and copy.
#[cfg(not(target_os = "linux"))]
pub(crate) fn create() -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Returns true if this platform has memfds.
pub(crate) fn is_available() -> bool {
    create().is_ok()
}
