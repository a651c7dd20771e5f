//! Loads that are shared: what one process has read from storage, the others of the machine attach.

use std::future::Future;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use wpipe_buffer::{Buffer, Readers, Transport};
use wpipe_catalog::{Dataset, Loaded};
use wpipe_store::{ObjectDescription, ObjectId};

use super::share::Share;
use super::transfer::TransferError;
use crate::Event;

/// The time between two looks whether another process has fetched it.
const PAUSE: Duration = Duration::from_millis(10);

/// The load of a dataset whose content has a name in the store.
pub(super) struct Fetch {
    pub(super) way: Share,
    pub(super) id: ObjectId,
    /// The dataset, with the mark of the content that the name stands for; `None` for a partition, whose set is checked as
    /// a whole when it has been read.
    pub(super) marked: Option<(Dataset, String)>,
}

/// Loads for these readers: by way of the store, or from storage alone if there is no way.
pub(super) async fn load<F>(
    fetch: Option<Fetch>,
    readers: Readers,
    load: impl FnOnce(Readers) -> F,
) -> Result<Loaded, TransferError>
where
    F: Future<Output = Result<Loaded, TransferError>>,
{
    let Some(fetch) = fetch else { return load(readers).await };
    // What other processes attach is written where they find it.
    fetch.fetch(load(Readers::Several)).await
}

impl Fetch {
    /// Attaches the content, or loads and publishes it. Of all processes that ask at once, one loads. A store that fails
    /// costs a load, and nothing else.
    async fn fetch(self, load: impl Future<Output = Result<Loaded, TransferError>>) -> Result<Loaded, TransferError> {
        let flight = loop {
            if let Some(found) = self.attach() {
                return Ok(found);
            }
            match self.way.store.take_off(&self.id) {
                Ok(Some(flight)) => break Some(flight),
                Ok(None) => tokio::time::sleep(PAUSE).await,
                Err(error) => {
                    tracing::warn!("`{}` is loaded without the shared store: {error}", self.way.of.name);
                    break None;
                }
            }
        };
        // The one before may have landed just now.
        if let Some(found) = self.attach() {
            return Ok(found);
        }
        let loaded = load.await?;
        if flight.is_some() && self.is_same().await {
            self.publish(loaded.buffer.clone()).await;
        }
        Ok(loaded)
    }

    fn attach(&self) -> Option<Loaded> {
        match self.way.store.attach(&self.id) {
            Ok(attached) => {
                let buffer = attached?.buffer;
                self.way.emitter.emit(|| Event::DatasetAttached {
                    dataset: self.way.of.name.clone(),
                    at: self.way.of.at.clone(),
                    bytes: buffer.len() as u64,
                });
                Some(Loaded::from_memory(buffer))
            }
            Err(error) => {
                tracing::warn!("`{}` is loaded from storage: {error}", self.way.of.name);
                None
            }
        }
    }

    /// Returns true if storage still has the content that the name stands for.
    async fn is_same(&self) -> bool {
        let Some((stored, before)) = &self.marked else { return true };
        let now = stored.glance().await;
        matches!(now, Ok(Some((_, Some(mark)))) if mark == *before)
    }

    async fn publish(&self, buffer: Buffer) {
        // The pages of a local file are shared already.
        if buffer.transport() == Transport::File {
            return;
        }
        let partition = self.way.of.at.partition.as_deref();
        let description = ObjectDescription { id: self.id.clone(), ..self.way.description(partition) };
        let way = self.way.clone();
        let publishing = move || {
            // Without room nobody waits: storage has it.
            let published = way.store.publish(&buffer, &description, &AtomicBool::new(true), |_| {})?;
            way.store.seal(published)
        };
        match tokio::task::spawn_blocking(publishing).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => tracing::debug!("`{}` is not in the shared store: {error}", self.way.of.name),
            Err(_) => tracing::debug!("`{}` is not in the shared store", self.way.of.name),
        }
    }
}
