//! Allows one build at a time in an output directory.
//!
//! Cargo guards its own files only: between its end and our reading, another build of the same crate could replace the
//! module. A build that waited finds the component already built.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
    time::SystemTime,
};

use rustix::fs::OFlags;

use super::{error::BuildError, request::Output};

/// The lock, held while a component is built; released when dropped, or by the operating system.
pub(super) struct Lock {
    _file: File,
    acquired_at: SystemTime,
}

impl Lock {
    /// Waits until no other build uses `directory`, which is created if need be.
    pub(super) fn acquire(directory: &Path, output: Output) -> Result<Self, BuildError> {
        fs::create_dir_all(directory).map_err(BuildError::io("create", directory))?;
        let path = directory.join(".lock");
        // No link is followed, and no pipe waited for: the file there may not be ours.
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32;
        let opened = OpenOptions::new().write(true).create(true).truncate(false).custom_flags(flags).open(&path);
        let mut file = opened.map_err(BuildError::io("create", &path))?;
        wait(&file, directory, output).map_err(BuildError::io("lock", &path))?;
        let acquired_at = now(&mut file).map_err(BuildError::io("write", &path))?;
        Ok(Self { _file: file, acquired_at })
    }

    /// Returns the time when it was acquired, by the clock of the file system.
    pub(super) fn acquired_at(&self) -> SystemTime {
        self.acquired_at
    }
}

fn wait(file: &File, directory: &Path, output: Output) -> io::Result<()> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            if output == Output::Inherit {
                writeln!(io::stderr(), "waiting for another build in `{}`", directory.display())?;
            }
            file.lock()
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// Returns the time that a file written now would get: it lags behind the system's clock.
fn now(file: &mut File) -> io::Result<SystemTime> {
    file.write_all(b"locked while a component is built\n")?;
    file.metadata()?.modified()
}
