//! The ids confirmed last: the progress of each reader of a growing set.
//!
//! Unless another place is named they are in `.wpipe/checkpoint.json` below the set's root, so that every machine which
//! works on the set finds them, or, if nobody may write there, in the folder of the project. One file has the ids of
//! all **consumers**, that is, of all pipelines that go over the set: none of them moves the id of another.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dataset::PartitionedDataset;
use crate::DataError;
use crate::fault::Fault;
use crate::store::{Place, Publishing};

/// The content of the file. In the first version it was only `id`.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Confirmed {
    /// The id of the consumers that are not named below.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The ids by the names of the consumers.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    consumers: BTreeMap<String, String>,
}

/// The number of attempts to write an id that concurrent confirmations overwrite.
const ATTEMPTS: usize = 8;

/// The places of ids.
#[derive(Debug, Clone, Default)]
pub(crate) struct CheckpointPlaces {
    /// The place that the entry names; `None`: below the set's root.
    pub(crate) said: Option<Place>,
    /// The place to use if the one below the root cannot be written.
    pub(crate) spare: Option<Place>,
    /// The reader of the set; `None` for one that keeps the ids of all.
    pub(crate) consumer: Option<String>,
}

impl Confirmed {
    async fn read(place: &Place) -> Result<Option<Self>, DataError> {
        let Some((content, _)) = place.read().await? else { return Ok(None) };
        let damaged = |reason: String| {
            let fault = Fault::new(format!("it is no checkpoint: {reason}"));
            DataError::decode(place.location(), fault.help("remove it to begin with the first partition"))
        };
        match serde_json::from_slice::<Self>(&content) {
            Ok(Self { id: None, consumers }) if consumers.is_empty() => {
                Err(damaged("it names no partition".to_owned()))
            }
            Ok(confirmed) => Ok(Some(confirmed)),
            Err(error) => Err(damaged(error.to_string())),
        }
    }

    /// Returns the id of a consumer.
    fn of(&self, consumer: Option<&str>) -> Option<&String> {
        consumer.and_then(|consumer| self.consumers.get(consumer)).or(self.id.as_ref())
    }

    fn set(&mut self, consumer: Option<&str>, id: &str) {
        match consumer {
            Some(consumer) => drop(self.consumers.insert(consumer.to_owned(), id.to_owned())),
            None => self.id = Some(id.to_owned()),
        }
    }
}

impl PartitionedDataset {
    /// Returns the id confirmed last by this consumer: the greatest by its bytes; `None` if there is none.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read, or is damaged.
    pub async fn checkpoint(&self) -> Result<Option<String>, DataError> {
        Ok(self.found_checkpoint().await?.map(|(id, _)| id))
    }

    /// Returns the id confirmed last by this consumer, and its place for people: without credentials.
    ///
    /// # Errors
    ///
    /// Fails if it cannot be read, or is damaged.
    pub async fn found_checkpoint(&self) -> Result<Option<(String, String)>, DataError> {
        let mut found = None;
        for place in self.checkpoint_places()? {
            let Some(confirmed) = Confirmed::read(&place).await? else { continue };
            let id = confirmed.of(self.consumer()).cloned();
            found = found.max(id.map(|id| (id, place.location().to_owned())));
        }
        Ok(found)
    }

    /// Returns true if the entry names the place of the ids.
    pub fn is_checkpoint_place_said(&self) -> bool {
        self.parts.checkpoint.said.is_some()
    }

    /// Confirms that everything up to this id is done with. Whole or not at all, durable on return, and never
    /// backwards: if a greater id is confirmed, nothing happens.
    ///
    /// # Errors
    ///
    /// Fails if no partition can have this id, or if it can be written in neither place. The former confirmation then
    /// stays.
    pub async fn confirm(&self, id: &str) -> Result<(), DataError> {
        self.check_id(id)?;
        let _alone = self.confirming.0.lock().await;
        if self.checkpoint().await?.is_some_and(|confirmed| confirmed.as_str() >= id) {
            return Ok(());
        }
        let mut refused = None;
        for place in self.checkpoint_places()? {
            match self.confirm_at(&place, id).await {
                Ok(()) => return Ok(()),
                Err(error) => refused = refused.or(Some(error)),
            }
        }
        refused.map_or(Ok(()), Err)
    }

    async fn confirm_at(&self, place: &Place, id: &str) -> Result<(), DataError> {
        for _ in 0..ATTEMPTS {
            let mut confirmed = Confirmed::read(place).await?.unwrap_or_default();
            confirmed.set(self.consumer(), id);
            // Texts: JSON can hold them all.
            let content = serde_json::to_vec(&confirmed).unwrap_or_default();
            place.put(&content.into(), Publishing::default()).await?;
            // Another consumer may have read the file before and written it since.
            let found = Confirmed::read(place).await?;
            if found.is_some_and(|found| found.of(self.consumer()).is_some_and(|found| found.as_str() >= id)) {
                break;
            }
        }
        // Partitions behind an overwritten id are worked on again, which does no harm.
        Ok(())
    }

    fn consumer(&self) -> Option<&str> {
        self.parts.checkpoint.consumer.as_deref()
    }

    /// Returns the places of ids, the best one first.
    fn checkpoint_places(&self) -> Result<Vec<Place>, DataError> {
        let spare = self.parts.checkpoint.spare.clone();
        Ok([self.checkpoint_place()?].into_iter().chain(spare.filter(|_| !self.is_checkpoint_place_said())).collect())
    }
}
