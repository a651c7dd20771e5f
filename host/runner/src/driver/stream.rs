//! Saving the partitions that one call makes: several at once, and, where a stream takes them, while the node runs.

use std::collections::BTreeMap;
use std::fmt;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::{JoinError, JoinSet};
use wpipe_buffer::Buffer;
use wpipe_catalog::SetWriter;
use wpipe_sandbox::Taker;

use super::completion::Reply;
use super::observed::ObservedTransfer;
use super::transfer::{SaveOutcome, Subject, TransferError};
use crate::event::Emitter;
use crate::{At, Event};

/// Partitions of one call that are written at once.
const AT_ONCE: usize = 16;
/// Partitions that wait for storage, at most; a node that is faster waits as well.
const MOST_WAITING: usize = 64;

/// Partitions of one set that are being written.
pub(super) struct SavingAll {
    of: Subject,
    writer: SetWriter,
    emitter: Emitter,
    verify: bool,
    under_way: JoinSet<Result<SaveOutcome, TransferError>>,
    saved: SaveOutcome,
}

impl SavingAll {
    pub(super) fn new(of: Subject, writer: SetWriter, emitter: Emitter, verify: bool) -> Self {
        Self { of, writer, emitter, verify, under_way: JoinSet::new(), saved: SaveOutcome::default() }
    }

    /// Begins to write a partition, when there is backlog for it. `held` is dropped when it has been written.
    pub(super) async fn add(
        &mut self,
        id: String,
        buffer: Buffer,
        held: impl Send + 'static,
    ) -> Result<(), TransferError> {
        if self.under_way.len() == AT_ONCE
            && let Some(saved) = self.under_way.join_next().await
        {
            self.note(saved)?;
        }
        let observed =
            ObservedTransfer { name: self.of.name.clone(), at: At::partition(&id), emitter: self.emitter.clone() };
        // They are checked in their order, so that of two that cannot be side by side the second is refused.
        self.writer.check_ids([id.as_str()]).map_err(|error| observed.save_failed(error))?;
        let (writer, schema, verify) = (self.writer.clone(), self.of.schema.clone(), self.verify);
        self.under_way.spawn(async move {
            let saved = observed.save_partition(&writer, id, &schema, buffer, verify).await;
            drop(held);
            saved
        });
        Ok(())
    }

    /// Begins to write partitions, as far as there is backlog for them; none of them if one cannot have its id.
    pub(super) async fn add_all(&mut self, partitions: BTreeMap<String, Buffer>) -> Result<(), TransferError> {
        let observed =
            ObservedTransfer { name: self.of.name.clone(), at: self.of.at.clone(), emitter: self.emitter.clone() };
        self.writer.check_ids(partitions.keys().map(String::as_str)).map_err(|error| observed.save_failed(error))?;
        for (id, buffer) in partitions {
            if let Err(error) = self.add(id, buffer, ()).await {
                self.settle().await;
                return Err(error);
            }
        }
        Ok(())
    }

    /// Waits until all is written.
    pub(super) async fn end(&mut self) -> Result<SaveOutcome, TransferError> {
        while let Some(saved) = self.under_way.join_next().await {
            if let Err(error) = self.note(saved) {
                self.settle().await;
                return Err(error);
            }
        }
        Ok(std::mem::take(&mut self.saved))
    }

    /// Waits until no writes are under way, however they end.
    async fn settle(&mut self) {
        while self.under_way.join_next().await.is_some() {}
    }

    /// Waits until all is written, and commits the set that readers see.
    pub(super) async fn commit(mut self) -> Result<SaveOutcome, TransferError> {
        let saved = self.end().await?;
        let observed =
            ObservedTransfer { name: self.of.name.clone(), at: At::default(), emitter: self.emitter.clone() };
        let committed = observed.commit(&self.writer, saved.stored, BTreeMap::new()).await?;
        Ok(SaveOutcome {
            retries: saved.retries + committed.retries,
            difference: saved.difference,
            ..SaveOutcome::default()
        })
    }

    fn note(&mut self, saved: Result<Result<SaveOutcome, TransferError>, JoinError>) -> Result<(), TransferError> {
        let saved = saved.unwrap_or(Err(TransferError::GivenUp))?;
        self.saved.retries += saved.retries;
        self.saved.difference = self.saved.difference.take().or(saved.difference);
        self.saved.stored.extend(saved.stored);
        Ok(())
    }
}

/// The way of one output's partitions to storage. They become the dataset when it is committed; if it is dropped
/// before, they are never visible.
#[derive(Clone)]
pub(super) struct Stream {
    sender: UnboundedSender<Message>,
    backlog: Arc<Backlog>,
    /// True if the partitions are needed in memory as well.
    keeps: bool,
    of: Subject,
    node: String,
    emitter: Emitter,
}

/// The other end of a [`Stream`].
pub(super) struct Receiving {
    receiver: UnboundedReceiver<Message>,
    backlog: Arc<Backlog>,
}

enum Message {
    Partition {
        id: String,
        buffer: Buffer,
        place: Permit,
    },
    Commit(Reply<SaveOutcome, TransferError>),
    /// The node has failed: waiting partitions are dropped, and writes under way continue to their end.
    Abandon(Reply<(), TransferError>),
}

/// The partitions that wait.
#[derive(Default)]
struct Backlog {
    taken: Mutex<usize>,
    left: Condvar,
    /// True if the waiting partitions are not wanted any more.
    is_abandoned: AtomicBool,
}

/// The place of one partition that waits.
struct Permit(Arc<Backlog>);

impl Permit {
    /// Waits until there is one, and takes it.
    fn take(backlog: &Arc<Backlog>) -> Self {
        let taken = backlog.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = backlog.left.wait_while(taken, |taken| *taken >= MOST_WAITING);
        *taken.unwrap_or_else(PoisonError::into_inner) += 1;
        Self(backlog.clone())
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        *self.0.taken.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.0.left.notify_one();
    }
}

impl Stream {
    pub(super) fn new(of: Subject, node: String, keeps: bool, emitter: Emitter) -> (Self, Receiving) {
        let (sender, receiver) = unbounded_channel();
        let backlog = Arc::<Backlog>::default();
        (Self { sender, backlog: backlog.clone(), keeps, of, node, emitter }, Receiving { receiver, backlog })
    }

    /// Commits the partitions that it has taken as the dataset, when all are saved.
    pub(super) fn commit(self, report: Reply<SaveOutcome, TransferError>) {
        // If the receiver is gone, the dropped report says so.
        let _ = self.sender.send(Message::Commit(report));
    }
}

impl Stream {
    /// Gives up the partitions that it has taken. The report comes when no writes are under way any more.
    pub(super) fn abandon(self, report: Reply<(), TransferError>) {
        self.backlog.is_abandoned.store(true, Ordering::Relaxed);
        // If the receiver is gone, the dropped report says so.
        let _ = self.sender.send(Message::Abandon(report));
    }
}

impl Taker for Stream {
    fn take(&self, id: &str, buffer: Buffer) -> Option<Buffer> {
        self.emitter.emit(|| Event::DatasetProduced {
            dataset: self.of.name.clone(),
            at: At::partition(id),
            node: self.node.clone(),
            bytes: buffer.len() as u64,
            transport: buffer.transport(),
            columns: self.emitter.describe(&self.of.name, &buffer),
        });
        let kept = self.keeps.then(|| buffer.clone());
        // The commit of the dataset reports a partition that cannot be sent any more.
        let _ = self.sender.send(Message::Partition { id: id.to_owned(), buffer, place: Permit::take(&self.backlog) });
        kept
    }
}

impl fmt::Debug for Stream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stream").field("dataset", &self.of.name).finish_non_exhaustive()
    }
}

impl Receiving {
    /// Writes partitions as they come; `begin` makes the set ready for them.
    pub(super) async fn run(mut self, begin: impl Future<Output = Result<SavingAll, TransferError>>) {
        let mut all = begin.await;
        while let Some(message) = self.receiver.recv().await {
            match message {
                Message::Commit(report) => {
                    let result = match all {
                        Ok(all) => all.commit().await,
                        Err(error) => Err(error),
                    };
                    return report.send(result);
                }
                Message::Abandon(report) => {
                    // A save that is cut off leaves parts that are never tidied up. How it ends does not matter any
                    // more, and has been reported.
                    if let Ok(all) = &mut all {
                        all.settle().await;
                    }
                    return report.send(Ok(()));
                }
                Message::Partition { .. } if self.backlog.is_abandoned.load(Ordering::Relaxed) => {}
                Message::Partition { id, buffer, place } => {
                    let added = match &mut all {
                        Ok(all) => all.add(id, buffer, place).await,
                        // The rest is taken and dropped: the node is not to wait for ever.
                        Err(_) => Ok(()),
                    };
                    if let (Err(_), Ok(all)) = (&added, &mut all) {
                        all.settle().await;
                    }
                    all = added.and(all);
                }
            }
        }
    }
}
