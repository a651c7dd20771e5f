//! The store that a project names.

use wpipe_store::{Settings, SharedStore};

use crate::{Error, Project};

/// Opens the shared store of a project, if it has one.
pub(crate) fn open(project: &Project) -> Result<Option<SharedStore>, Error> {
    Ok(project.store().map(|settings| SharedStore::open(&settings)).transpose()?)
}

/// Returns the project's name in stores: each environment of a pipeline makes results of its own.
pub(crate) fn scope(project: &Project) -> String {
    let name = &project.pipeline().manifest().name;
    project.env().map_or_else(|| name.clone(), |env| format!("{name} ({env})"))
}

impl Project {
    /// Returns the settings of the shared store, if the manifest or its overrides name one.
    pub fn store(&self) -> Option<Settings> {
        let spec = self.pipeline().manifest().store.as_ref();
        // From the working directory, as the caller gave it; that of the manifest is relative to the manifest.
        let given = self.given_store().map(ToOwned::to_owned);
        let path = given.or_else(|| spec.map(|spec| self.resolve(&spec.path)))?;
        let mut settings = Settings::at(path);
        if let Some(spec) = spec {
            settings.limit = spec.limit;
            settings.is_shared_with_group = spec.group.unwrap_or_default();
            settings.patience = spec.wait.unwrap_or(settings.patience);
        }
        Some(settings)
    }
}
