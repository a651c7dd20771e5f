//! The check that stored content is still the saved one: everything is read to the end.

use futures_util::stream::{self, StreamExt};

use crate::DataError;
use crate::codec::Codec;
use crate::format::Checked;
use crate::store::Place;
use std::sync::Arc;

/// Objects that are read at once: each may be as large as memory allows.
const AT_ONCE: usize = 2;

/// The result of reading a stored dataset to the end.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Verification {
    /// The number of objects that were read: the versions of a versioned dataset, or the partitions of a set.
    pub objects: usize,
    /// The sum of their sizes in bytes.
    pub bytes: u64,
    /// The locations of objects without a digest, from an older wpipe. They can be read, but a change since their save
    /// would not show.
    pub without_digest: Vec<String>,
    /// The objects that are damaged, gone, or not what was saved.
    pub damaged: Vec<DataError>,
    /// The locations of objects at the root of a set that are none of its partitions.
    pub foreign: Vec<String>,
}

impl Verification {
    pub(crate) fn note(&mut self, location: &str, checked: Result<(Checked, u64), DataError>) {
        match checked {
            Ok((checked, bytes)) => {
                self.objects += 1;
                self.bytes += bytes;
                if checked == Checked::WithoutDigest {
                    self.without_digest.push(location.to_owned());
                }
            }
            Err(error) => self.damaged.push(error),
        }
    }

    pub(crate) async fn read(&mut self, codec: &Arc<Codec>, places: Vec<Place>) {
        let checking = places.into_iter().map(|place| async move {
            let checked = codec.check(&place).await;
            (place, checked)
        });
        let mut checking = stream::iter(checking).buffered(AT_ONCE);
        while let Some((place, checked)) = checking.next().await {
            self.note(place.location(), checked);
        }
    }
}
