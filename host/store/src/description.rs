//! What an object is: the part of its footer that says so.

use serde::{Deserialize, Serialize};

use crate::ObjectId;

/// What an object holds, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectDescription {
    /// The object's name.
    pub id: ObjectId,
    /// The pipeline, with its environment if it has one.
    pub pipeline: String,
    /// The dataset.
    pub dataset: String,
    /// The partition, of a partitioned dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// The name of the content's type.
    pub schema: String,
    /// The digest of the type's layout.
    pub fingerprint: u64,
    /// The run that published it.
    pub run: String,
    /// Who made the content.
    pub origin: ObjectOrigin,
}

/// The origin of an object's content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectOrigin {
    /// A node made it.
    Node(String),
    /// A program put it there.
    Program,
    /// It was read from storage.
    Storage {
        /// The place, without credentials.
        location: String,
        /// The mark of the content that was read.
        mark: String,
    },
}

impl ObjectDescription {
    /// Returns true if storage has the content as well, so that the object can go.
    pub(crate) fn is_loaded(&self) -> bool {
        matches!(self.origin, ObjectOrigin::Storage { .. })
    }
}
