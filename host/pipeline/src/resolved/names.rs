//! The names of datasets and of their formats: the only place where `b@csv` and `b@parquet` become one dataset.

use std::collections::{BTreeSet, HashMap};

use typed_index_collections::TiVec;

use super::ids::{DatasetId, FormatId};
use crate::dataset_name::{FORMAT_SEPARATOR, is_parameter};

/// Returns the dataset that a name stands for, whatever format it is read or written in: `b` of `b@csv`.
pub fn base_name(dataset: &str) -> &str {
    dataset.split_once(FORMAT_SEPARATOR).map_or(dataset, |(base, _)| base)
}

/// Every name of a dataset, as nodes use it. Parameters are none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Names {
    formats: TiVec<FormatId, (String, DatasetId)>,
    datasets: TiVec<DatasetId, String>,
    format_of: HashMap<String, FormatId>,
    dataset_of: HashMap<String, DatasetId>,
}

impl Names {
    /// Collects the names that are no parameters, each once.
    pub(crate) fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let names: BTreeSet<_> = names.into_iter().filter(|name| !is_parameter(name)).collect();
        let bases: BTreeSet<_> = names.iter().map(|name| base_name(name)).collect();
        let datasets: TiVec<DatasetId, String> = bases.into_iter().map(str::to_owned).collect();
        let dataset_of: HashMap<_, _> = datasets.iter_enumerated().map(|(id, name)| (name.clone(), id)).collect();
        let formats: TiVec<FormatId, _> =
            names.into_iter().map(|name| (name.to_owned(), dataset_of[base_name(name)])).collect();
        let format_of = formats.iter_enumerated().map(|(id, (name, _))| (name.clone(), id)).collect();
        Self { formats, datasets, format_of, dataset_of }
    }

    /// Returns the id of exactly that name.
    pub(crate) fn format(&self, name: &str) -> Option<FormatId> {
        self.format_of.get(name).copied()
    }

    /// Returns the dataset of a name, also in a format that no node uses.
    pub(crate) fn dataset(&self, name: &str) -> Option<DatasetId> {
        match self.format(name) {
            Some(format) => Some(self.dataset_of(format)),
            None => self.dataset_of.get(base_name(name)).copied(),
        }
    }

    /// Returns the dataset that a format is of.
    pub(crate) fn dataset_of(&self, format: FormatId) -> DatasetId {
        self.formats[format].1
    }

    /// Returns the name of a dataset, without a format.
    pub(crate) fn name(&self, dataset: DatasetId) -> &str {
        &self.datasets[dataset]
    }

    /// Returns true if a name says which format it means.
    pub(crate) fn has_format(&self, format: FormatId) -> bool {
        let (name, dataset) = &self.formats[format];
        *name != self.datasets[*dataset]
    }

    /// Returns every format with its name.
    pub(crate) fn formats(&self) -> impl Iterator<Item = (FormatId, &str)> {
        self.formats.iter_enumerated().map(|(id, (name, _))| (id, name.as_str()))
    }

    /// Returns every dataset with its name, without a format.
    pub(crate) fn datasets(&self) -> impl Iterator<Item = (DatasetId, &str)> {
        self.datasets.iter_enumerated().map(|(id, name)| (id, name.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_base_is_what_stands_before_the_format() {
        assert_eq!(base_name("b@csv"), "b");
        assert_eq!(base_name("b"), "b");
    }

    #[test]
    fn formats_of_a_dataset_are_one_dataset_and_parameters_are_none() {
        let names = Names::of(["b@csv", "a", "b@parquet", "params:a", "b@csv"]);
        let formats: Vec<_> = names.formats().map(|(_, name)| name).collect();
        assert_eq!(formats, ["a", "b@csv", "b@parquet"]);
        assert_eq!(names.datasets().map(|(_, name)| name).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(names.dataset("b@csv"), names.dataset("b@parquet"));
        assert!(names.format("params:a").is_none());
    }

    #[test]
    fn a_format_that_no_node_uses_is_of_its_dataset_and_no_format() {
        let names = Names::of(["b@csv"]);
        assert_eq!(names.dataset("b@text"), names.dataset("b@csv"));
        assert_eq!((names.format("b@text"), names.dataset("c")), (None, None));
    }
}
