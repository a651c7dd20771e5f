//! Questions to storage about its content, many of them at once.

use std::collections::BTreeMap;

use wpipe_catalog::{DataError, Description, Listing, PartitionedDataset, StoredDataset};
use wpipe_runner::StorageRuntime;

use crate::Error;

/// The questions to storage that are under way at the same time: so many that a distant store costs one round trip, and
/// so few that no store is overloaded.
const AT_ONCE: usize = 64;

/// Returns the answers to questions, each with its subject, in their order.
pub(crate) fn ask<S, F>(questions: impl IntoIterator<Item = (S, F)>) -> Result<Vec<(S, F::Output)>, Error>
where
    S: Send,
    F: Future<Output: Send + 'static> + Send + 'static,
{
    ask_by(&StorageRuntime::default(), questions)
}

/// Asks as [`ask`] does, by a runtime that is there already.
fn ask_by<S, F>(
    runtime: &StorageRuntime,
    questions: impl IntoIterator<Item = (S, F)>,
) -> Result<Vec<(S, F::Output)>, Error>
where
    S: Send,
    F: Future<Output: Send + 'static> + Send + 'static,
{
    let (subjects, mut questions): (Vec<S>, Vec<F>) = questions.into_iter().unzip();
    if subjects.is_empty() {
        return Ok(Vec::new());
    }
    let asked = async {
        let mut answers = Vec::with_capacity(questions.len());
        while !questions.is_empty() {
            let some = questions.drain(..questions.len().min(AT_ONCE));
            let asked: Vec<_> = some.map(tokio::spawn).collect();
            for answer in asked {
                answers.push(answer.await.map_err(|error| Error::Engine(format!("failed to ask storage: {error}")))?);
            }
        }
        Ok::<_, Error>(answers)
    };
    let no_runtime = |error| Error::Engine(format!("failed to start the storage runtime: {error}"));
    let answers = runtime.wait(asked).map_err(no_runtime)??;
    Ok(subjects.into_iter().zip(answers).collect())
}

/// Returns the answer to one question.
pub(crate) fn ask_one<F>(runtime: &StorageRuntime, question: F) -> Result<F::Output, Error>
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    Ok(ask_by(runtime, [((), question)])?.remove(0).1)
}

/// Storage's answer about each dataset; `None` if it is not there.
pub(crate) type Answers<T> = Vec<(StoredDataset, Result<Option<T>, DataError>)>;

/// The state of a dataset that is there.
pub(crate) struct Found {
    /// The size, in bytes.
    pub(crate) size: u64,
    /// A mark of it, which another content does not have, if there is one.
    pub(crate) mark: Option<String>,
    /// Its partitions, if it is a set.
    pub(crate) listing: Option<Listing>,
}

/// Returns the state of stored datasets.
pub(crate) fn found<'d>(
    runtime: &StorageRuntime,
    datasets: impl Iterator<Item = &'d StoredDataset>,
) -> Result<Answers<Found>, Error> {
    ask_by(runtime, datasets.cloned().map(|dataset| (dataset.clone(), async move { found_of(dataset).await })))
}

async fn found_of(dataset: StoredDataset) -> Result<Option<Found>, DataError> {
    match dataset {
        StoredDataset::Whole(dataset) => {
            let found = dataset.glance().await?;
            Ok(found.map(|(size, mark)| Found { size, mark, listing: None }))
        }
        StoredDataset::Set(set) => match set.list().await {
            Ok(listing) => {
                let size = listing.sizes().map(|(_, size)| size).sum();
                let mark = wpipe_catalog::Standing { listing: listing.clone(), changed: BTreeMap::new() }.mark();
                Ok(Some(Found { size, mark: Some(mark), listing: Some(listing) }))
            }
            Err(DataError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        },
    }
}

/// The standing of a dataset in storage.
pub(crate) enum Standing {
    /// A dataset with this mark.
    Whole(String),
    /// Its partitions.
    Set(wpipe_catalog::Standing),
}

impl Standing {
    /// Returns a mark of the content, which another content does not have.
    pub(crate) fn mark(&self) -> String {
        match self {
            Self::Whole(mark) => mark.clone(),
            Self::Set(standing) => standing.mark(),
        }
    }
}

/// Returns the standings of stored datasets.
pub(crate) fn standings<'d>(datasets: impl Iterator<Item = &'d StoredDataset>) -> Result<Answers<Standing>, Error> {
    ask(datasets.cloned().map(|dataset| (dataset.clone(), async move { standing(dataset).await })))
}

/// Returns the standing of a dataset; also `None` for a set that no run has completed.
async fn standing(dataset: StoredDataset) -> Result<Option<Standing>, DataError> {
    match dataset {
        StoredDataset::Whole(dataset) => Ok(dataset.mark().await?.map(Standing::Whole)),
        StoredDataset::Set(set) => match set.standing().await {
            Ok(standing) => Ok(Some(Standing::Set(standing))),
            Err(DataError::NotFound { .. } | DataError::Unfinished { .. }) => Ok(None),
            Err(error) => Err(error),
        },
    }
}

/// Returns descriptions of sets, by name; of those that are there and can be described.
pub(crate) fn descriptions<'s>(
    sets: impl Iterator<Item = &'s PartitionedDataset>,
) -> Result<Vec<(&'s PartitionedDataset, Description)>, Error> {
    let questions = sets.map(|set| {
        let asked = set.clone();
        (set, async move { asked.describe().await })
    });
    let described = ask(questions)?.into_iter();
    Ok(described.filter_map(|(set, description)| Some((set, description.ok()?))).collect())
}

/// Returns the error of a question about a set that has no answer.
pub(crate) fn cannot_tell(set: &str, error: DataError) -> Error {
    Error::Storage { dataset: set.to_owned(), source: Box::new(error) }
}
