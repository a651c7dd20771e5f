//! A project, before and while it is written.

use std::path::{Path, PathBuf};
use std::{fs, io};

use super::made::Made;
use super::{NewError, Sdk, Template, name};

/// A project that does not exist yet.
#[derive(Debug, Clone)]
pub struct NewProject {
    directory: PathBuf,
    name: String,
    template: Template,
    sdk: Sdk,
}

impl NewProject {
    /// Describes a project in `directory`, whose last part is its name.
    ///
    /// # Errors
    ///
    /// [`NewError::Name`] if a crate and a pipeline cannot have the name, and [`NewError::Occupied`] if there is
    /// something else than an empty folder, or one with a repository of git's alone.
    pub fn new(directory: impl Into<PathBuf>, template: Template, sdk: Sdk) -> Result<Self, NewError> {
        let directory = directory.into();
        let name = name::of(&directory)?;
        check_free(&directory)?;
        Ok(Self { directory, name, template, sdk })
    }

    /// Returns the name, which is the pipeline's as well.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Writes the project's files, and returns their paths within it. Nothing is overwritten, and nothing stays of a
    /// project that cannot be written as a whole.
    ///
    /// # Errors
    ///
    /// [`NewError::Write`] with the file.
    pub fn write(&self) -> Result<Vec<PathBuf>, NewError> {
        let mut made = Made::default();
        let files = self.template.files(&self.name, &self.sdk);
        for (path, content) in &files {
            let path = self.directory.join(path);
            made.write(&path, content).map_err(|source| NewError::Write { path, source })?;
        }
        made.keep();
        Ok(files.into_iter().map(|(path, _)| path).collect())
    }
}

/// Refuses a place with something in it. A repository of git's may be there already.
fn check_free(directory: &Path) -> Result<(), NewError> {
    let occupied = |found| Err(NewError::Occupied { directory: directory.to_owned(), found });
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound && directory.symlink_metadata().is_err() => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => return occupied(None),
        Err(source) => return Err(NewError::Write { path: directory.to_owned(), source }),
    };
    for entry in entries {
        let entry = entry.map_err(|source| NewError::Write { path: directory.to_owned(), source })?;
        if entry.file_name() != ".git" {
            return occupied(Some(PathBuf::from(entry.file_name())));
        }
    }
    Ok(())
}
