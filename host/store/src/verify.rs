//! Verifying: every entry and every object is read to the end.

use std::path::PathBuf;

use crate::digest::digest;
use crate::{ObjectId, SharedStore, StoreError};

/// Something wrong in a store.
#[derive(Debug)]
pub struct Fault {
    /// The entry's name, or the object.
    pub of: String,
    /// The file.
    pub path: PathBuf,
    /// The fault.
    pub error: StoreError,
}

impl SharedStore {
    /// Reads every entry and every object, compares the contents with their digests, and returns what is wrong, with the
    /// number of objects that were read. Objects whose writers ended before they wrote a digest are read as far as their
    /// footers.
    ///
    /// # Errors
    ///
    /// Fails if the store cannot be listed.
    pub fn verify(&self) -> Result<(usize, Vec<Fault>), StoreError> {
        let directory = self.directory();
        let mut faults = Vec::new();
        self.each_entry(|_, file, entry| match entry {
            Ok(Some(entry)) => {
                let is_there = |id: &ObjectId| self.object_path(id).exists();
                if entry.members.iter().any(|member| !is_there(&member.id)) && !self.is_running(&entry.run) {
                    let (of, path) = (entry.name(), directory.path.join("names"));
                    faults.push(Fault { error: StoreError::Gone { name: of.clone() }, of, path });
                }
            }
            Ok(None) => {}
            Err(error) => faults.push(Fault { of: file.to_owned(), path: directory.path.join("names"), error }),
        })?;
        let mut read = 0;
        for name in directory.list(&directory.objects)? {
            let Ok(id) = ObjectId::try_from(name) else { continue };
            match self.verify_object(&id) {
                Ok(is_there) => read += usize::from(is_there),
                Err(error) => {
                    read += 1;
                    faults.push(Fault { of: id.to_string(), path: self.object_path(&id), error });
                }
            }
        }
        Ok((read, faults))
    }

    fn verify_object(&self, id: &ObjectId) -> Result<bool, StoreError> {
        let Some((file, footer)) = self.open_object(id)? else { return Ok(false) };
        let failed = |source| self.directory().io("read", "objects", id.as_str(), source);
        let buffer = wpipe_buffer::Buffer::from_stored_file(file, footer.length).map_err(failed)?;
        let found = digest(buffer.bytes().map_err(failed)?);
        if footer.digest.is_some_and(|expected| expected != found) {
            let reason = format!(
                "the content of `{}/{}` is not what was written: its digest does not fit",
                footer.description.pipeline, footer.description.dataset
            );
            return Err(StoreError::Damaged { path: self.object_path(id), reason });
        }
        Ok(true)
    }
}
