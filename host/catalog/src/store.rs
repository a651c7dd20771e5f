//! One key of one store. All local files are one store; others come as more of them.

use std::error::Error as _;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{GetResultPayload, ObjectStore, ObjectStoreExt, PutPayload};

use crate::DataError;
use crate::source::Source;

/// A staged file that nobody has written to for so long is a crash's remains, not somebody's unfinished write.
const ABANDONED_AFTER: Duration = Duration::from_secs(10 * 60);

/// Where a dataset's bytes are.
#[derive(Debug)]
pub(crate) struct Store {
    store: Arc<dyn ObjectStore>,
    key: Key,
    path: PathBuf,
    /// For people.
    location: String,
}

impl Store {
    /// A local file. What is put there is durable when the call returns.
    pub(crate) fn local(key: Key, path: PathBuf, location: String) -> Self {
        Self { store: Arc::new(LocalFileSystem::new().with_fsync(true)), key, path, location }
    }

    pub(crate) fn location(&self) -> &str {
        &self.location
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        Some(&self.path)
    }

    /// The size of what is there, in bytes.
    pub(crate) async fn size(&self) -> Result<Option<u64>, DataError> {
        match self.store.head(&self.key).await {
            Ok(meta) => Ok(Some(meta.size)),
            Err(error) => match self.error("looked at", error) {
                DataError::NotFound { .. } => Ok(None),
                error => Err(error),
            },
        }
    }

    /// What is there, to be read by a thread that may block.
    pub(crate) async fn get(&self) -> Result<Source, DataError> {
        let result = self.store.get(&self.key).await.map_err(|error| self.error("read", error))?;
        let size = result.meta.size;
        match result.payload {
            GetResultPayload::File(file, _) => Ok(Source::new(file, size)),
            GetResultPayload::Stream(_) => Err(self.error(
                "read",
                object_store::Error::NotImplemented {
                    operation: "get".to_owned(),
                    implementer: "a store that is not local".to_owned(),
                },
            )),
        }
    }

    /// Puts `payload` there, whole or not at all, durable on return. Missing parents are made.
    pub(crate) async fn put(&self, payload: PutPayload, read_only: bool) -> Result<(), DataError> {
        if self.path.is_dir() {
            return Err(DataError::Directory { location: self.location.clone() });
        }
        sweep(&self.path);
        self.store.put(&self.key, payload).await.map_err(|error| self.error("written", error))?;
        if read_only {
            make_read_only(&self.path).map_err(|source| {
                self.error("written", object_store::Error::Generic { store: "local files", source: source.into() })
            })?;
        }
        Ok(())
    }

    fn error(&self, action: &'static str, source: object_store::Error) -> DataError {
        let location = self.location.clone();
        if self.path.is_dir() {
            return DataError::Directory { location };
        }
        match source {
            object_store::Error::NotFound { .. } => DataError::NotFound { location },
            source => DataError::Store { location, action, reason: reason(&source), source: source.into() },
        }
    }
}

/// What the system said, without the layers around it.
fn reason(error: &object_store::Error) -> String {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            // The kinds have plain words; the system's own text is for those without.
            return match error.kind() {
                io::ErrorKind::Other => error.to_string(),
                kind if kind.to_string() == "uncategorized error" => error.to_string(),
                kind => kind.to_string(),
            };
        }
        source = error.source();
    }
    error.to_string()
}

/// Nobody opens the file for writing by accident, so that it may be mapped. Renaming over it still works.
fn make_read_only(path: &Path) -> io::Result<()> {
    let mut permissions = fs::metadata(path)?.permissions();
    permissions.set_readonly(true);
    fs::set_permissions(path, permissions)
}

/// Removes what crashed writes to `path` have left. Best effort: whatever stays is never read.
fn sweep(path: &Path) {
    let (Some(directory), Some(name)) = (path.parent(), path.file_name().and_then(|name| name.to_str())) else {
        return;
    };
    let entries = fs::read_dir(directory).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_str().is_some_and(|file| is_staged(file, name))) {
        let age = entry.metadata().and_then(|metadata| metadata.modified()).map(|modified| modified.elapsed());
        if matches!(age, Ok(Ok(age)) if age >= ABANDONED_AFTER) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Whether `file` is `name#` and digits, as the store calls what it is still writing.
fn is_staged(file: &str, name: &str) -> bool {
    let number = file.strip_prefix(name).and_then(|rest| rest.strip_prefix('#'));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::is_staged;

    #[test]
    fn only_staged_files_of_the_same_name_are_remains() {
        assert!(is_staged("x.csv#1", "x.csv"));
        assert!(is_staged("x.csv#123", "x.csv"));
        for other in ["x.csv", "x.csv#", "x.csv#a", "y.csv#1", "xx.csv#1", "x.csv.1"] {
            assert!(!is_staged(other, "x.csv"), "{other}");
        }
    }
}
