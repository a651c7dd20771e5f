//! The catalog for people and programs: the place of each dataset, and its stored content.

use std::collections::BTreeMap;

use wpipe_catalog::{DataError, Description as SetDescription, StoredDataset};
use wpipe_pipeline::{DatasetSpec, Problem, Problems, Role};

use crate::storage::ask;
use crate::{Error, Project, Transports, datasets};

/// A dataset and its state in storage.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DatasetSummary {
    /// The name, with its `@format` if it is written with one.
    pub name: String,
    /// Its part in the pipeline; `None` if no node names it.
    pub role: Option<Role>,
    /// The way in which it is stored: `csv`, …, or `memory`.
    pub kind: String,
    /// The path or URL, without credentials; `None` for memory.
    pub location: Option<String>,
    /// True if it is a set of partitions.
    pub is_partitioned: bool,
    /// True if every run saves a version of its own.
    pub is_versioned: bool,
    /// Its state.
    pub state: DatasetState,
}

/// The state of a dataset in storage.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum DatasetState {
    /// It is never stored.
    InMemory,
    /// There is nothing.
    Absent,
    /// A run began to write this set of partitions, and none has completed it.
    Unfinished,
    /// It is a set of partitions, some of which failed in the run that made it.
    Incomplete {
        /// The size of those that are there, as stored.
        bytes: u64,
        /// The number of missing partitions.
        missing: usize,
    },
    /// It is there.
    Present {
        /// Its size, as stored: of a versioned dataset that of the newest version.
        bytes: u64,
    },
    /// Storage does not say, for this reason.
    Unknown(Problem),
}

/// Everything that is known of a dataset without reading it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct DatasetDescription {
    /// The dataset and its state.
    pub summary: DatasetSummary,
    /// Its versions, the newest first.
    pub versions: Vec<String>,
    /// Everything at the root of a set of partitions; `None` if there is nothing.
    pub set: Option<SetDescription>,
    /// The partition up to which a set with a checkpoint has been worked on.
    pub checkpoint: Option<String>,
}

impl Project {
    /// Returns every dataset that a node names or the catalog lists, sorted by name. Storage is asked once for each.
    ///
    /// # Errors
    ///
    /// Fails if an entry of the catalog is wrong. A state that storage does not give is
    /// [unknown](DatasetState::Unknown).
    pub fn datasets(&self) -> Result<Vec<DatasetSummary>, Error> {
        let all = self.all();
        let opened = self.opened(&all)?;
        self.summaries(all, &opened)
    }

    /// Returns the datasets of these names in their order, or all as [`Project::datasets`] does, with everything that
    /// is there of each. A name may be one that only a pattern of the catalog fits.
    ///
    /// # Errors
    ///
    /// Fails if there is no dataset of a name, or an entry of the catalog is wrong. A state that storage does not give
    /// is [unknown](DatasetState::Unknown).
    pub fn describe<S: AsRef<str>>(&self, names: &[S]) -> Result<Vec<DatasetDescription>, Error> {
        let asked = self.asked_for(names)?;
        let opened = self.opened(&asked)?;
        let details = ask(opened.iter().map(|(name, stored)| (name.as_str(), details_of(stored.clone()))))?;
        let details: BTreeMap<_, _> = details.into_iter().collect();
        let described = self.summaries(asked, &opened)?.into_iter().map(|mut summary| {
            let details = match details.get(summary.name.as_str()) {
                Some(Ok(details)) => details.clone(),
                Some(Err(error)) if !matches!(summary.state, DatasetState::Unknown(_)) => {
                    let problem = datasets::does_not_say(self, &opened[&summary.name], error);
                    summary.state = DatasetState::Unknown(problem);
                    Details::default()
                }
                _ => Details::default(),
            };
            let Details { versions, set, checkpoint } = details;
            DatasetDescription { summary, versions, set, checkpoint }
        });
        Ok(described.collect())
    }

    fn all(&self) -> Vec<Asked> {
        let graph = self.pipeline();
        let named = graph.datasets().map(|dataset| Asked {
            name: dataset.name.clone(),
            role: Some(dataset.role),
            spec: dataset.spec.clone(),
            is_partitioned: dataset.is_partitioned,
        });
        let unused = graph.unused_datasets().into_iter().map(Asked::of_entry);
        let mut all: Vec<_> = named.chain(unused).collect();
        all.sort_by(|a, b| a.name.cmp(&b.name));
        all
    }

    /// Returns those of the datasets of these names, or of all, that are stored, by name.
    pub(crate) fn stored<S: AsRef<str>>(&self, names: &[S]) -> Result<BTreeMap<String, StoredDataset>, Error> {
        self.opened(&self.asked_for(names)?)
    }

    fn asked_for<S: AsRef<str>>(&self, names: &[S]) -> Result<Vec<Asked>, Error> {
        match names {
            [] => Ok(self.all()),
            names => names.iter().map(|name| self.asked(name.as_ref())).collect(),
        }
    }

    fn asked(&self, name: &str) -> Result<Asked, Error> {
        let graph = self.pipeline();
        graph.check_dataset(name).map_err(Error::UnknownDataset)?;
        Ok(match graph.dataset(name) {
            Some(dataset) => Asked {
                name: name.to_owned(),
                role: Some(dataset.role),
                spec: dataset.spec.clone(),
                is_partitioned: dataset.is_partitioned,
            },
            None => {
                let spec = graph.resolve(name);
                let is_partitioned = spec.as_ref().is_some_and(|spec| spec.partitioned.is_some());
                Asked { name: name.to_owned(), role: None, spec, is_partitioned }
            }
        })
    }

    /// Returns those that are stored, by name.
    fn opened(&self, asked: &[Asked]) -> Result<BTreeMap<String, StoredDataset>, Error> {
        let mut problems = Vec::new();
        let catalog = datasets::catalog(self, &Transports::detect(), &mut problems);
        let opened = asked.iter().filter_map(|asked| {
            let spec = asked.spec.as_ref()?;
            let stored = datasets::open_one(self.pipeline(), &catalog, spec, asked.is_partitioned, &mut problems)?;
            Some((asked.name.clone(), stored))
        });
        let opened = opened.collect();
        Problems::check(self.name(), problems)?;
        Ok(opened)
    }

    fn summaries(
        &self,
        asked: Vec<Asked>,
        opened: &BTreeMap<String, StoredDataset>,
    ) -> Result<Vec<DatasetSummary>, Error> {
        let mut states = BTreeMap::new();
        for (dataset, state) in ask(opened.values().map(|stored| (stored, state_of(stored.clone()))))? {
            let unknown = |error| DatasetState::Unknown(datasets::does_not_say(self, dataset, &error));
            states.insert(dataset.name().to_owned(), state.unwrap_or_else(unknown));
        }
        let summaries = asked.into_iter().map(|asked| {
            let Asked { name, role, spec, is_partitioned } = asked;
            let stored = opened.get(&name);
            DatasetSummary {
                role,
                kind: spec.as_ref().map_or_else(|| "memory".to_owned(), |spec| spec.kind.clone()),
                location: stored.map(StoredDataset::location),
                is_partitioned,
                is_versioned: spec.is_some_and(|spec| spec.versioned),
                state: states.get(&name).cloned().unwrap_or(DatasetState::InMemory),
                name,
            }
        });
        Ok(summaries.collect())
    }
}

/// A dataset that a caller asks about.
struct Asked {
    name: String,
    role: Option<Role>,
    spec: Option<DatasetSpec>,
    is_partitioned: bool,
}

impl Asked {
    fn of_entry(spec: &DatasetSpec) -> Self {
        let is_partitioned = spec.partitioned.is_some();
        Self { name: spec.name.clone(), role: None, spec: Some(spec.clone()), is_partitioned }
    }
}

async fn state_of(stored: StoredDataset) -> Result<DatasetState, DataError> {
    let listing = match stored {
        StoredDataset::Whole(dataset) => {
            let present = |bytes| DatasetState::Present { bytes };
            return Ok(dataset.size().await?.map_or(DatasetState::Absent, present));
        }
        StoredDataset::Set(set) => set.list().await,
    };
    match listing {
        Ok(listing) => {
            let bytes = listing.sizes().map(|(_, size)| size).sum();
            Ok(match listing.missing().len() {
                0 => DatasetState::Present { bytes },
                missing => DatasetState::Incomplete { bytes, missing },
            })
        }
        Err(DataError::NotFound { .. }) => Ok(DatasetState::Absent),
        Err(DataError::Unfinished { .. }) => Ok(DatasetState::Unfinished),
        Err(error) => Err(error),
    }
}

/// The stored details of a dataset.
#[derive(Clone, Default)]
struct Details {
    versions: Vec<String>,
    set: Option<SetDescription>,
    checkpoint: Option<String>,
}

async fn details_of(stored: StoredDataset) -> Result<Details, DataError> {
    Ok(match stored {
        StoredDataset::Whole(dataset) => Details { versions: dataset.versions().await?, ..Details::default() },
        StoredDataset::Set(set) => {
            let checkpoint = if set.has_checkpoint() { set.checkpoint().await? } else { None };
            let set = match set.describe().await {
                Ok(description) => Some(description),
                Err(DataError::NotFound { .. }) => None,
                Err(error) => return Err(error),
            };
            Details { set, checkpoint, ..Details::default() }
        }
    })
}
