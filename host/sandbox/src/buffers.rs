//! The contract's `buffers` interface: windows, writers and outputs of one sandbox.

use std::collections::btree_map::Entry;
use std::mem;

use wasmtime::component::Resource;
use wpipe_buffer::{AccessError, Readers, Writer};
use wpipe_text::one_line;

use crate::bindings::wpipe::node::buffers as contract;
use crate::call::window;
use crate::error::CallError;
use crate::state::{Content, Draft, Input, OutputPort, Slot, State};

/// The most bytes of one partition's id: as many as a path may have on most systems.
pub const MAX_ID: usize = 1024;
/// The most partitions that one call may make of one output.
pub const MAX_PARTITIONS: usize = 1 << 20;
/// The most bytes of the ids of all partitions that one call makes: events and manifests hold them as well.
pub const MAX_ID_BYTES: usize = 64 << 20;
/// The bytes that the host keeps for a partition beside its id and content, about.
const PARTITION_OVERHEAD: usize = 256;
/// The most writers that one call may have open at once.
pub const MAX_WRITERS: usize = 1 << 16;

type Access<T> = wasmtime::Result<Result<T, contract::AccessError>>;

impl From<AccessError> for contract::AccessError {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Misaligned => Self::Misaligned,
            AccessError::OutOfBounds => Self::OutOfBounds,
            AccessError::Overlap => Self::Overlap,
            AccessError::Unmappable => Self::Unmappable,
            AccessError::QuotaExceeded => Self::QuotaExceeded,
            AccessError::Unavailable(reason) => Self::Unavailable(reason),
        }
    }
}

impl contract::Host for State {}

impl crate::bindings::wpipe::node::types::Host for State {}

impl contract::HostBuffer for State {
    fn size(&mut self, this: Resource<Input>) -> wasmtime::Result<u64> {
        if let Err(contract::AccessError::Unavailable(reason)) = self.fetch(&this)? {
            // The contract has no error here, and any number would be taken for the size.
            return Err(CallError::Unavailable(reason).into());
        }
        Ok(match &self.table.get(&this)?.content {
            Content::Shared(buffer) => buffer.len() as u64,
            Content::Movable(buffer) => buffer.len() as u64,
            Content::Attached(_, len) => *len as u64,
            Content::Lost | Content::Lazy(_) => 0,
        })
    }

    fn attach(&mut self, this: Resource<Input>, address: u64) -> Access<()> {
        if let Err(error) = self.fetch(&this)? {
            return Ok(Err(error));
        }
        let content = &mut self.table.get_mut(&this)?.content;
        let (next, result) = match mem::replace(content, Content::Lost) {
            Content::Shared(buffer) => match self.windows.attach(&buffer, address) {
                Ok(attachment) => (Content::Attached(attachment, buffer.len()), Ok(())),
                Err(error) => (Content::Shared(buffer), Err(error)),
            },
            Content::Movable(buffer) => {
                let len = buffer.len();
                match self.windows.attach_moved(buffer, address) {
                    Ok(attachment) => (Content::Attached(attachment, len), Ok(())),
                    Err((Some(buffer), error)) => (Content::Movable(buffer), Err(error)),
                    Err((None, error)) => (Content::Lost, Err(error)),
                }
            }
            Content::Lost | Content::Lazy(_) => (Content::Lost, Err(lost())),
            attached @ Content::Attached(..) => (attached, Err(AccessError::Overlap)),
        };
        *content = next;
        Ok(result.map_err(Into::into))
    }

    fn read(&mut self, this: Resource<Input>, offset: u64, length: u64) -> Access<Vec<u8>> {
        if let Err(error) = self.fetch(&this)? {
            return Ok(Err(error));
        }
        let read = match &self.table.get(&this)?.content {
            Content::Shared(buffer) => self.windows.read(buffer, offset, length),
            Content::Movable(buffer) => self.windows.read_movable(buffer, offset, length),
            Content::Lost | Content::Lazy(_) => Err(lost()),
            Content::Attached(..) => {
                Err(AccessError::Unavailable("this buffer is attached: it is read in its window".into()))
            }
        };
        Ok(read.map_err(Into::into))
    }

    fn drop(&mut self, this: Resource<Input>) -> wasmtime::Result<()> {
        let Input { content, room } = self.table.delete(this)?;
        if let Content::Attached(attachment, _) = content {
            self.windows.detach(attachment)?;
        }
        self.limiter.dismiss(room.unwrap_or_default());
        Ok(())
    }
}

fn lost() -> AccessError {
    AccessError::Unavailable("the host could not place this buffer, and has lost it".into())
}

impl contract::HostWriter for State {
    fn attach(&mut self, this: Resource<Draft>, address: u64, capacity: u64) -> Access<()> {
        let draft = self.table.get_mut(&this)?;
        let port = draft.port;
        let attached = self.windows.attach_writer(&mut draft.writer, address, capacity);
        Ok(self.note_quota(port, attached))
    }

    fn write(&mut self, this: Resource<Draft>, bytes: Vec<u8>) -> Access<()> {
        let draft = self.table.get_mut(&this)?;
        let port = draft.port;
        let written = self.windows.append(&mut draft.writer, &bytes);
        Ok(self.note_quota(port, written))
    }

    fn finish(&mut self, this: Resource<Draft>, size: u64) -> Access<()> {
        let Draft { writer, port, partition } = self.table.delete(this)?;
        self.open_writers -= 1;
        Ok(match self.windows.finish(writer, size) {
            Ok(buffer) => {
                let port = &mut self.outputs[port];
                let len = buffer.len() as u64;
                let kept = match &port.taker {
                    Some(taker) => taker.take(&partition, buffer),
                    None => Some(buffer),
                };
                if kept.is_none() {
                    // A partition in other hands is no memory of this call any more.
                    port.quota.give_back(len);
                }
                port.slots.insert(partition, kept.map_or(Slot::Taken, Slot::Finished));
                Ok(())
            }
            Err(error) => Err(error.into()),
        })
    }

    fn drop(&mut self, this: Resource<Draft>) -> wasmtime::Result<()> {
        let draft = self.table.delete(this)?;
        self.open_writers -= 1;
        self.windows.abandon(draft.writer);
        Ok(())
    }
}

impl contract::HostOutput for State {
    fn open(&mut self, this: Resource<OutputPort>) -> Access<Resource<Draft>> {
        self.open_slot(&this, None)
    }

    fn open_partition(&mut self, this: Resource<OutputPort>, id: String) -> Access<Resource<Draft>> {
        self.open_slot(&this, Some(id))
    }

    fn drop(&mut self, this: Resource<OutputPort>) -> wasmtime::Result<()> {
        self.table.delete(this)?;
        Ok(())
    }
}

impl State {
    /// Brings a partition into memory when the node looks at it for the first time, and makes room for its window.
    fn fetch(&mut self, this: &Resource<Input>) -> Access<()> {
        let input = self.table.get_mut(this)?;
        if input.room.is_some() {
            return Ok(Ok(()));
        }
        if let Content::Lazy(fetch) = &input.content {
            match fetch.fetch() {
                Ok(buffer) => input.content = Content::Shared(buffer),
                Err(reason) => {
                    self.unavailable = Some(reason.clone());
                    return Ok(Err(contract::AccessError::Unavailable(reason)));
                }
            }
        }
        if let Content::Shared(buffer) = &input.content {
            let room = window(buffer.len());
            input.room = Some(room);
            self.limiter.admit(room);
        }
        Ok(Ok(()))
    }

    fn open_slot(&mut self, output: &Resource<OutputPort>, partition: Option<String>) -> Access<Resource<Draft>> {
        let index = self.table.get(output)?.0;
        let port = &mut self.outputs[index];
        let refuse = |reason: String| Ok(Err(contract::AccessError::Unavailable(reason)));
        if port.partitioned != partition.is_some() {
            let (is, call) = if port.partitioned { ("partitioned", "open-partition") } else { ("single", "open") };
            return refuse(format!("the output `{}` is {is}: use `{call}`", port.name));
        }
        let id = partition.unwrap_or_default();
        if id.len() > MAX_ID || port.slots.len() >= MAX_PARTITIONS {
            return refuse(format!("an output has at most {MAX_PARTITIONS} partitions, with ids of {MAX_ID} bytes"));
        }
        if let Some(found) = id.chars().find(|character| character.is_control()) {
            let (shown, found) = (one_line(&id), found.escape_default());
            return refuse(format!("no partition can have the id `{shown}`: it holds the control character `{found}`"));
        }
        if self.open_writers >= MAX_WRITERS {
            return refuse(format!("a call has at most {MAX_WRITERS} writers open at once: finish one first"));
        }
        if self.id_bytes.saturating_add(id.len()) > MAX_ID_BYTES {
            return refuse(format!("the ids of the partitions of one call have at most {} MiB", MAX_ID_BYTES >> 20));
        }
        match port.slots.entry(id.clone()) {
            Entry::Occupied(_) if port.partitioned => {
                let id = one_line(&id);
                return refuse(format!("partition `{id}` of the output `{}` was opened before", port.name));
            }
            Entry::Occupied(_) => return refuse(format!("the output `{}` was opened before", port.name)),
            Entry::Vacant(slot) => slot.insert(Slot::Open),
        };
        self.id_bytes += id.len();
        // The slot and the taker of the partition keep the text as long as the call runs.
        if !self.limiter.charge((PARTITION_OVERHEAD + 2 * id.len()) as u64) {
            return refuse("the ids of its partitions use up the node's limit on memory".to_owned());
        }
        self.open_writers += 1;
        // There are many partitions: none is worth a mapping of its own to be moved.
        let readers = if port.partitioned { Readers::Several } else { port.readers };
        let writer = Writer::new(self.transports.clone(), readers, port.quota.clone());
        Ok(Ok(self.table.push(Draft { writer, port: index, partition: id })?))
    }

    /// Remembers a refusal for want of quota: it explains the node's own error better than the node can. A node that
    /// asked for more than it needs, and then got less, has no such error.
    fn note_quota(&mut self, port: usize, result: Result<(), AccessError>) -> Result<(), contract::AccessError> {
        match result {
            Ok(()) => self.outputs[port].over_quota = false,
            Err(AccessError::QuotaExceeded) => self.outputs[port].over_quota = true,
            Err(_) => {}
        }
        result.map_err(Into::into)
    }
}
