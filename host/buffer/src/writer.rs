//! A buffer that a guest writes: in place through a window, or by appending copies.

use crate::transport::{Draft, heap_storage};
use crate::window::{How, Window};
use crate::{AccessError, Buffer, HostWriter, Transports};

/// A buffer being written by a guest. [`Windows`](crate::Windows) does the writing, since it knows the memory.
#[derive(Debug)]
pub struct Writer {
    transports: Transports,
    quota: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Nothing,
    Window(Box<dyn Draft>),
    Appended { writer: HostWriter, len: usize },
}

impl Writer {
    /// An empty writer that takes at most `quota` bytes.
    pub fn new(transports: Transports, quota: u64) -> Self {
        Self { transports, quota, content: Content::Nothing }
    }

    pub(crate) fn window(&self) -> Option<&Window> {
        match &self.content {
            Content::Window(draft) => Some(draft.window()),
            Content::Nothing | Content::Appended { .. } => None,
        }
    }

    /// Refuses what is above the quota, and windows of a writer that has appended bytes.
    pub(crate) fn admit(&self, capacity: u64) -> Result<(), AccessError> {
        if matches!(self.content, Content::Appended { .. }) {
            return Err(AccessError::Unavailable("this writer has appended bytes: it cannot be attached".into()));
        }
        if capacity > self.quota { Err(AccessError::QuotaExceeded) } else { Ok(()) }
    }

    pub(crate) fn attach(&mut self, window: Window) -> Result<(), (Window, AccessError)> {
        self.content = Content::Window(self.transports.draft(window)?);
        Ok(())
    }

    /// Goes on in a larger window; says how many bytes had to be copied for it, at most the cross-over of the
    /// transports.
    pub(crate) fn extend(&mut self, window: Window) -> Result<usize, AccessError> {
        let Content::Window(draft) = &mut self.content else {
            return Err(AccessError::Overlap);
        };
        if draft.transport() == self.transports.pick(window.len()) {
            draft.extend(window)?;
            return Ok(0);
        }
        let mut written = vec![0; draft.window().len()];
        draft.window().read(&mut written);
        let larger = self.transports.draft(window).map_err(|(_, error)| error)?;
        larger.window().write(&written);
        *draft = larger;
        Ok(written.len())
    }

    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<(), AccessError> {
        let (writer, len) = match &mut self.content {
            Content::Window(_) => {
                return Err(AccessError::Unavailable("this writer is attached: it cannot be appended to".into()));
            }
            Content::Nothing => {
                let writer = HostWriter::new(&self.transports);
                self.content = Content::Appended { writer, len: 0 };
                return self.append(bytes);
            }
            Content::Appended { writer, len } => (writer, len),
        };
        let end = len.checked_add(bytes.len()).filter(|&end| end as u64 <= self.quota);
        let end = end.ok_or(AccessError::QuotaExceeded)?;
        writer.grow(end)?[*len..end].copy_from_slice(bytes);
        *len = end;
        Ok(())
    }

    pub(crate) fn finish(self, size: u64) -> Result<(Buffer, How), AccessError> {
        let written = match &self.content {
            Content::Nothing => 0,
            Content::Window(draft) => draft.window().len(),
            Content::Appended { len, .. } => *len,
        };
        let fitting = usize::try_from(size).ok().filter(|&size| size <= written);
        match self.content {
            Content::Nothing => {
                fitting.ok_or(AccessError::OutOfBounds)?;
                Ok((Buffer::new(heap_storage(&[])?), How::Copied))
            }
            Content::Window(draft) => {
                // A window becomes zeros also when too much is finished.
                let (storage, how) = draft.finish(fitting.unwrap_or(0))?;
                fitting.ok_or(AccessError::OutOfBounds)?;
                Ok((Buffer::new(storage), how))
            }
            Content::Appended { writer, .. } => {
                let size = fitting.ok_or(AccessError::OutOfBounds)?;
                // The bytes were copied, and counted, when they were appended.
                Ok((writer.finish(size)?, How::Mapped))
            }
        }
    }
}
