//! The entry of the catalog that holds for each dataset, and the pattern that it comes from.

use wpipe_pipeline::FoundEntry;

use crate::{Error, Project};

impl Project {
    /// Returns the entry of each of these datasets in their order, or of all that a node names or the catalog lists,
    /// sorted by name; `None` for one that no entry and no pattern fits, which lives in memory.
    ///
    /// # Errors
    ///
    /// Fails if there is no dataset of a name. A name may be one that only a pattern of the catalog fits.
    pub fn found_entries<S: AsRef<str>>(&self, names: &[S]) -> Result<Vec<(String, Option<FoundEntry>)>, Error> {
        let graph = self.pipeline();
        let mut asked: Vec<String> = names.iter().map(|name| name.as_ref().to_owned()).collect();
        for name in &asked {
            graph.check_dataset(name).map_err(Error::UnknownDataset)?;
        }
        if asked.is_empty() {
            asked.extend(graph.datasets().map(|dataset| dataset.name.clone()));
            asked.extend(graph.unused_datasets().into_iter().map(|spec| spec.name.clone()));
            asked.sort_unstable();
        }
        Ok(asked.into_iter().map(|name| (name.clone(), graph.found_entry(&name))).collect())
    }
}
