//! Locks that end with their process: of files that are there for this purpose only.

use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;

use rustix::fs::{AtFlags, FlockOperation, Mode, OFlags, flock, openat, unlinkat};
use rustix::io::Errno;

use crate::directory::file_flags;

/// A file that this process has locked.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits for the lock of a file, which is created if it does not exist.
    pub(crate) fn wait(directory: &OwnedFd, name: &str) -> io::Result<Self> {
        loop {
            let file = open(directory, name)?;
            flock(&file, FlockOperation::LockExclusive)?;
            if is_there(&file)? {
                return Ok(Self { _file: file });
            }
        }
    }

    /// Takes the lock of a file; `None` if another process has it.
    pub(crate) fn take(directory: &OwnedFd, name: &str) -> io::Result<Option<Self>> {
        loop {
            let file = open(directory, name)?;
            match flock(&file, FlockOperation::NonBlockingLockExclusive) {
                Err(Errno::WOULDBLOCK) => return Ok(None),
                result => result?,
            }
            if is_there(&file)? {
                return Ok(Some(Self { _file: file }));
            }
        }
    }

    /// Returns true if a process holds the lock of a file that exists.
    pub(crate) fn is_held(directory: &OwnedFd, name: &str) -> io::Result<bool> {
        let file = match openat(directory, name, file_flags(), Mode::empty()) {
            Err(Errno::NOENT) => return Ok(false),
            file => File::from(file?),
        };
        match flock(&file, FlockOperation::NonBlockingLockShared) {
            Err(Errno::WOULDBLOCK) => Ok(true),
            result => Ok(result.map(|()| false)?),
        }
    }

    /// Removes the file of a lock that this process holds.
    pub(crate) fn remove(self, directory: &OwnedFd, name: &str) {
        // Whoever waits for it finds that it is gone, and makes a new one.
        let _ = unlinkat(directory, name, AtFlags::empty());
    }
}

fn open(directory: &OwnedFd, name: &str) -> io::Result<File> {
    Ok(File::from(openat(directory, name, file_flags() | OFlags::CREATE, Mode::RUSR | Mode::RGRP)?))
}

/// Returns true if the file still has a name.
fn is_there(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.nlink() > 0)
}
