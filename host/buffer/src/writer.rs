//! A buffer that a guest writes: in place through a window, or by appending copies.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::transport::{Draft, heap_contents};
use crate::window::{How, Window};
use crate::{AccessError, Buffer, HostWriter, Readers, Transports};

/// Bytes that all writers of one output may hold together. A clone is another handle to the same.
#[derive(Debug, Clone)]
pub struct Quota(Arc<AtomicU64>);

impl Quota {
    /// A quota of so many bytes.
    pub fn new(bytes: u64) -> Self {
        Self(Arc::new(AtomicU64::new(bytes)))
    }

    fn take(&self, bytes: u64) -> Result<(), AccessError> {
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        taken.map(drop).map_err(|_| AccessError::QuotaExceeded)
    }

    fn give_back(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// A buffer being written by a guest. [`Windows`](crate::Windows) does the writing, since it knows the memory.
#[derive(Debug)]
pub struct Writer {
    transports: Transports,
    readers: Readers,
    quota: Quota,
    /// What this writer has taken of the quota: its capacity so far.
    reserved: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Nothing,
    Window(Box<dyn Draft>),
    Appended { writer: HostWriter, len: usize },
}

impl Writer {
    /// An empty writer of a buffer for these readers, whose bytes count against `quota`.
    pub fn new(transports: Transports, readers: Readers, quota: Quota) -> Self {
        Self { transports, readers, quota, reserved: 0, content: Content::Nothing }
    }

    pub(crate) fn window(&self) -> Option<&Window> {
        match &self.content {
            Content::Window(draft) => Some(draft.window()),
            Content::Nothing | Content::Appended { .. } => None,
        }
    }

    /// Refuses what is above the quota, and windows of a writer that has appended bytes.
    pub(crate) fn admit(&mut self, capacity: u64) -> Result<(), AccessError> {
        if matches!(self.content, Content::Appended { .. }) {
            return Err(AccessError::Unavailable("this writer has appended bytes: it cannot be attached".into()));
        }
        self.reserve(capacity)
    }

    fn reserve(&mut self, capacity: u64) -> Result<(), AccessError> {
        if capacity > self.reserved {
            self.quota.take(capacity - self.reserved)?;
            self.reserved = capacity;
        }
        Ok(())
    }

    pub(crate) fn attach(&mut self, window: Window) -> Result<(), (Window, AccessError)> {
        self.content = Content::Window(self.transports.draft(window, self.readers)?);
        Ok(())
    }

    /// Goes on in a larger window; says how many bytes had to be copied for it, at most the cross-over of the
    /// transports.
    pub(crate) fn extend(&mut self, window: Window) -> Result<usize, AccessError> {
        let Content::Window(draft) = &mut self.content else {
            return Err(AccessError::Overlap);
        };
        if draft.transport() == self.transports.pick(window.len(), self.readers) {
            draft.extend(window)?;
            return Ok(0);
        }
        let len = draft.window().len();
        let mut written = Vec::new();
        written.try_reserve_exact(len).map_err(|error| AccessError::Unavailable(error.to_string()))?;
        written.resize(len, 0);
        draft.window().read(&mut written);
        match self.transports.draft(window, self.readers) {
            Ok(larger) => {
                larger.window().write(&written);
                *draft = larger;
                Ok(len)
            }
            Err((_, error)) => {
                draft.window().write(&written);
                Err(error)
            }
        }
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), AccessError> {
        let written = match &self.content {
            Content::Window(_) => {
                return Err(AccessError::Unavailable("this writer is attached: it cannot be appended to".into()));
            }
            Content::Nothing => {
                self.content = Content::Appended { writer: HostWriter::new(&self.transports, self.readers), len: 0 };
                0
            }
            Content::Appended { len, .. } => *len,
        };
        let end = written.checked_add(bytes.len()).ok_or(AccessError::QuotaExceeded)?;
        self.reserve(end as u64)?;
        if let Content::Appended { writer, len } = &mut self.content {
            writer.grow(end)?[written..end].copy_from_slice(bytes);
            *len = end;
        }
        Ok(())
    }

    pub(crate) fn finish(mut self, size: u64) -> Result<(Buffer, How), AccessError> {
        let written = match &self.content {
            Content::Nothing => 0,
            Content::Window(draft) => draft.window().len(),
            Content::Appended { len, .. } => *len,
        };
        let fitting = usize::try_from(size).ok().filter(|&size| size <= written);
        // Only what is finished counts from here on.
        let unused = self.reserved.saturating_sub(fitting.unwrap_or(0) as u64);
        self.quota.give_back(unused);
        match std::mem::replace(&mut self.content, Content::Nothing) {
            Content::Nothing => {
                fitting.ok_or(AccessError::OutOfBounds)?;
                Ok((Buffer::new(heap_contents(&[])?), How::Copied))
            }
            Content::Window(draft) => {
                // A window becomes zeros also when too much is finished.
                let (contents, how) = draft.finish(fitting.unwrap_or(0))?;
                fitting.ok_or(AccessError::OutOfBounds)?;
                Ok((Buffer::new(contents), how))
            }
            Content::Appended { writer, .. } => {
                let size = fitting.ok_or(AccessError::OutOfBounds)?;
                Ok((writer.finish(size)?, How::Appended))
            }
        }
    }
}
