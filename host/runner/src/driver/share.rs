//! One hand-over to the shared store: a dataset, or a part of it, becomes objects, and gets its name.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use wpipe_buffer::Buffer;
use wpipe_store::{Entry, Member, ObjectDescription, ObjectId, ObjectOrigin, Published, SharedStore, StoreError};

use super::transfer::Subject;
use crate::event::Emitter;
use crate::{At, Event};

/// What a hand-over has made.
pub(super) enum Shared {
    /// The content of a dataset, by its name.
    Named(Entry),
    /// Objects of partitions that have no name yet.
    Parts(Vec<Member>),
}

impl Shared {
    fn members(&self) -> &[Member] {
        match self {
            Self::Named(Entry { members, .. }) | Self::Parts(members) => members,
        }
    }
}

/// The way of a dataset's content into the store.
#[derive(Clone)]
pub(super) struct Share {
    pub(super) store: SharedStore,
    pub(super) pipeline: String,
    pub(super) run: String,
    pub(super) of: Subject,
    pub(super) origin: ObjectOrigin,
    /// What the content depends on.
    pub(super) key: String,
    /// Gives it up when set.
    pub(super) abandon: Arc<AtomicBool>,
    pub(super) emitter: Emitter,
}

impl Share {
    /// Returns the name of the object of the whole, or of a partition.
    pub(super) fn id(&self, partition: Option<&str>) -> ObjectId {
        let schema = &self.of.schema;
        let layout = format!("{:016x}", schema.fingerprint);
        match partition {
            None => ObjectId::of(&[&self.key, &schema.name, &layout]),
            Some(partition) => ObjectId::of(&[&self.key, &schema.name, &layout, partition]),
        }
    }

    /// Publishes contents, each of the whole or of a partition; if they are all of the dataset, it gets its name.
    pub(super) fn share(&self, parts: Vec<(Option<String>, Buffer)>, is_all: bool) -> Result<Shared, StoreError> {
        let started = Instant::now();
        let published = parts.iter().map(|(partition, buffer)| self.publish(partition.as_deref(), buffer));
        let published = published.collect::<Result<Vec<_>, _>>()?;
        let members: Vec<_> = published.iter().map(|published| published.member.clone()).collect();
        let shared = if is_all { Shared::Named(self.name(members)?) } else { Shared::Parts(members) };
        self.tell(shared.members(), started);
        // Nobody waits for the digests.
        published.into_iter().try_for_each(|published| self.store.seal(published).map(drop))?;
        Ok(shared)
    }

    /// Makes objects that have been published the content of the dataset.
    pub(super) fn name(&self, members: Vec<Member>) -> Result<Entry, StoreError> {
        let schema = (self.of.schema.name.as_str(), self.of.schema.fingerprint);
        let partitioned = !matches!(members.as_slice(), [Member { partition: None, .. }]);
        let entry = Entry::new(&self.pipeline, &self.of.name, &self.run, schema);
        self.store.name(entry.with_members(partitioned, members))
    }

    /// Describes the object of the whole, or of a partition.
    pub(super) fn description(&self, partition: Option<&str>) -> ObjectDescription {
        ObjectDescription {
            id: self.id(partition),
            pipeline: self.pipeline.clone(),
            dataset: self.of.name.clone(),
            partition: partition.map(str::to_owned),
            schema: self.of.schema.name.clone(),
            fingerprint: self.of.schema.fingerprint,
            run: self.run.clone(),
            origin: self.origin.clone(),
        }
    }

    fn publish(&self, partition: Option<&str>, buffer: &Buffer) -> Result<Published, StoreError> {
        self.store.publish(buffer, &self.description(partition), &self.abandon, |full| {
            let at = partition.map_or_else(At::default, At::partition);
            let (dataset, reason) = (self.of.name.clone(), full.to_string());
            self.emitter.emit(|| Event::WaitingForStore { dataset, at, reason });
        })
    }

    fn tell(&self, members: &[Member], started: Instant) {
        self.emitter.emit(|| Event::DatasetShared {
            dataset: self.of.name.clone(),
            at: self.of.at.clone(),
            bytes: members.iter().map(|member| member.length).sum(),
            duration: started.elapsed(),
            object: if let [member] = members { Some(member.id.to_string()) } else { None },
        });
    }
}
