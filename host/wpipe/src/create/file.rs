//! The file of a manifest, to be replaced by an edited one.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::manifest_text::{BYTE_ORDER_MARK, read_bytes, read_with_bytes};
use crate::{Error, ManifestError};

/// A manifest's file as it was read.
#[derive(Debug, Clone)]
pub(super) struct ManifestFile {
    path: PathBuf,
    /// The bytes that it had; `None` if there was no file.
    found: Option<Vec<u8>>,
    /// Its text, without a byte order mark.
    pub(super) text: String,
}

impl ManifestFile {
    /// Reads the file at `path`; what is not there is an empty text if `may_be_missing`.
    pub(super) fn read(path: &Path, may_be_missing: bool) -> Result<Self, Error> {
        let path = path.to_owned();
        if may_be_missing && path.symlink_metadata().is_err_and(|error| error.kind() == io::ErrorKind::NotFound) {
            return Ok(Self { path, found: None, text: String::new() });
        }
        let (source, found) = read_with_bytes(&path)?;
        Ok(Self { found: Some(found), text: source.text.clone(), path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn is_new(&self) -> bool {
        self.found.is_none()
    }

    /// Replaces the file by one with this text, whole or not at all. Its mode stays, and so does a link to it.
    pub(super) fn write(&self, text: &str) -> Result<(), Error> {
        let wrong = |reason: &str, help: &str| ManifestError::Unwritten {
            path: self.path.clone(),
            reason: reason.to_owned(),
            help: help.to_owned(),
        };
        let failed = |source: io::Error| wrong(&source.to_string(), "give yourself the right to write there");
        let Some(found) = &self.found else {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&self.path).map_err(failed)?;
            return Ok(file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?);
        };
        if read_bytes(&self.path)? != *found {
            return Err(wrong("it has changed since it was read", "run the command again").into());
        }
        // A link stays: its target is replaced.
        let target = fs::canonicalize(&self.path).map_err(failed)?;
        let permissions = fs::metadata(&target).map_err(failed)?.permissions();
        if permissions.readonly() {
            return Err(wrong("it is read-only", "`chmod u+w` it").into());
        }
        let mark = if found.starts_with(BYTE_ORDER_MARK) { BYTE_ORDER_MARK } else { b"" };
        let mut staged = target.clone().into_os_string();
        staged.push(".partial");
        let staged = PathBuf::from(staged);
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).open(&staged)?;
            file.set_permissions(permissions)?;
            file.write_all(mark)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            fs::rename(&staged, &target)
        };
        write().map_err(|error| {
            if error.kind() != io::ErrorKind::AlreadyExists {
                // The error that is told is the one that came first.
                let _ = fs::remove_file(&staged);
                return failed(error).into();
            }
            let reason = format!("`{}` is in the way", staged.display());
            wrong(&reason, "remove it, if no other command is writing it").into()
        })
    }
}
