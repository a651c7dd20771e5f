//! The id confirmed last: how far readers of a growing set have come.

use serde::{Deserialize, Serialize};

use super::dataset::PartitionedDataset;
use crate::DataError;
use crate::fault::Fault;
use crate::store::Publishing;

#[derive(Serialize, Deserialize)]
struct Confirmed {
    id: String,
}

impl PartitionedDataset {
    /// The id confirmed last: the greatest by its bytes; `None` if none has been.
    ///
    /// # Errors
    ///
    /// When it cannot be read, or is damaged.
    pub async fn checkpoint(&self) -> Result<Option<String>, DataError> {
        let place = self.checkpoint_place()?;
        let Some((content, _)) = place.read().await? else { return Ok(None) };
        match serde_json::from_slice::<Confirmed>(&content) {
            Ok(confirmed) => Ok(Some(confirmed.id)),
            Err(error) => {
                let fault = Fault::new(format!("it is no checkpoint: {error}"));
                Err(DataError::decode(place.location(), fault.help("remove it to begin with the first partition")))
            }
        }
    }

    /// Where the id confirmed last is kept, for people: without credentials.
    ///
    /// # Errors
    ///
    /// When there can be no such place.
    pub fn checkpoint_location(&self) -> Result<String, DataError> {
        Ok(self.checkpoint_place()?.location().to_owned())
    }

    /// Confirms that everything up to this id is done with. Whole or not at all, durable on return, and never
    /// backwards: where a greater id is confirmed, nothing happens.
    ///
    /// # Errors
    ///
    /// When no partition can have this id, or it cannot be written. Then what was confirmed before is so still.
    pub async fn confirm(&self, id: &str) -> Result<(), DataError> {
        self.check_id(id)?;
        let _alone = self.checkpoint.0.lock().await;
        if self.checkpoint().await?.is_some_and(|confirmed| confirmed.as_str() >= id) {
            return Ok(());
        }
        // A text in an object: nothing that JSON does not have.
        let content = serde_json::to_vec(&Confirmed { id: id.to_owned() }).unwrap_or_default();
        self.checkpoint_place()?.put(&content.into(), Publishing::default()).await.map(drop)
    }
}
