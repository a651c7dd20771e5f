//! A buffer that a guest writes: in place through a window, or by appending copies.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::transport::{Draft, Extended, heap_contents};
use crate::window::{How, Window};
use crate::{AccessError, Buffer, HostWriter, Readers, Transports};

/// The bytes that all writers of one output may hold together. A clone is another handle to the same quota.
#[derive(Debug, Clone)]
pub struct Quota(Arc<AtomicU64>);

impl Quota {
    /// Makes a quota of `bytes`.
    pub fn new(bytes: u64) -> Self {
        Self(Arc::new(AtomicU64::new(bytes)))
    }

    fn take(&self, bytes: u64) -> Result<(), AccessError> {
        let taken = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(bytes));
        taken.map(drop).map_err(|_| AccessError::QuotaExceeded)
    }

    /// Gives taken bytes back: the length of a finished buffer that nobody here holds any more.
    pub fn give_back(&self, bytes: u64) {
        self.0.fetch_add(bytes, Ordering::Relaxed);
    }
}

/// A buffer being written by a guest. [`Windows`](crate::Windows) does the writing, since it knows the memory.
#[derive(Debug)]
pub struct Writer {
    transports: Transports,
    readers: Readers,
    quota: Quota,
    /// The bytes that this writer has taken of the quota: its capacity so far.
    reserved: u64,
    content: Content,
}

#[derive(Debug)]
enum Content {
    Nothing,
    Window(Box<dyn Draft>),
    Appended {
        writer: HostWriter,
        len: usize,
    },
    /// The kernel gave up the window and did not give it back.
    Lost,
}

impl Writer {
    /// Makes an empty writer of a buffer for these readers, whose bytes count against `quota`.
    pub fn new(transports: Transports, readers: Readers, quota: Quota) -> Self {
        Self { transports, readers, quota, reserved: 0, content: Content::Nothing }
    }

    pub(crate) fn window(&self) -> Option<&Window> {
        match &self.content {
            Content::Window(draft) => Some(draft.window()),
            Content::Nothing | Content::Appended { .. } | Content::Lost => None,
        }
    }

    /// Refuses a capacity above the quota, and windows of a writer that has appended bytes.
    pub(crate) fn admit(&mut self, capacity: u64) -> Result<(), AccessError> {
        match self.content {
            Content::Nothing | Content::Window(_) => self.reserve(capacity),
            Content::Appended { .. } => {
                Err(AccessError::Unavailable("this writer has appended bytes: it cannot be attached".into()))
            }
            Content::Lost => Err(lost()),
        }
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

    /// Goes on in a larger window, which either starts where the old one does or shares no page with it. Returns the
    /// number of bytes that had to be copied for it. On an error it goes on in the old window; a writer without one is
    /// lost.
    pub(crate) fn extend(&mut self, window: Window) -> Result<usize, AccessError> {
        let Content::Window(draft) = std::mem::replace(&mut self.content, Content::Lost) else {
            return Err(lost());
        };
        let extended = if draft.transport() == self.transports.pick(window.len(), self.readers) {
            extend(draft, window)
        } else {
            self.redraft(draft, window)
        };
        let (draft, result) = match extended {
            Ok((draft, copied)) => (Some(draft), Ok(copied)),
            Err((draft, error)) => (draft, Err(error)),
        };
        self.content = draft.map_or(Content::Lost, Content::Window);
        result
    }

    /// Goes on by the transport of the larger size. The bytes copied so far are copied once more: at most the
    /// cross-over of the transports, plus those that were copied because there was no mapping left.
    fn redraft(&self, draft: Box<dyn Draft>, window: Window) -> Extended {
        let old = draft.window().clone();
        let mut written = Vec::new();
        if let Err(error) = written.try_reserve_exact(old.len()) {
            return Err((Some(draft), AccessError::Unavailable(error.to_string())));
        }
        written.resize(old.len(), 0);
        old.read(&mut written);
        match self.transports.draft(window, self.readers) {
            Ok(larger) => {
                larger.window().write(&written);
                if !larger.window().starts_where(&old) {
                    old.vacate();
                }
                Ok((larger, old.len()))
            }
            Err((_, error)) => {
                // If both windows start at one place, the old one may be zeros by now.
                old.write(&written);
                Err((Some(draft), error))
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
            Content::Lost => return Err(lost()),
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
            Content::Nothing | Content::Lost => 0,
            Content::Window(draft) => draft.window().len(),
            Content::Appended { len, .. } => *len,
        };
        let fitting = usize::try_from(size).ok().filter(|&size| size <= written);
        // Only finished bytes count from now on.
        let unused = self.reserved.saturating_sub(fitting.unwrap_or(0) as u64);
        self.quota.give_back(unused);
        match std::mem::replace(&mut self.content, Content::Nothing) {
            Content::Nothing => {
                fitting.ok_or(AccessError::OutOfBounds)?;
                Ok((Buffer::new(heap_contents(&[])?), How::Copied))
            }
            Content::Window(draft) => {
                // A window becomes zeros also if too much is finished.
                let (contents, how) = draft.finish(fitting.unwrap_or(0))?;
                fitting.ok_or(AccessError::OutOfBounds)?;
                Ok((Buffer::new(contents), how))
            }
            Content::Appended { writer, .. } => {
                let size = fitting.ok_or(AccessError::OutOfBounds)?;
                Ok((writer.finish(size)?, How::Appended))
            }
            Content::Lost => Err(lost()),
        }
    }
}

/// Extends a draft. Bytes that a guest wrote behind its window, in the same wasm page, do not become content.
fn extend(draft: Box<dyn Draft>, window: Window) -> Extended {
    match draft.window().discard(draft.window().len()) {
        Ok(()) => draft.extend(window),
        Err(error) => Err((Some(draft), error.into())),
    }
}

fn lost() -> AccessError {
    AccessError::Unavailable("the host could not place this output's window again, and has lost it".into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::Guest;
    use crate::transport::{Contents, Transport};

    /// A draft that can no longer be extended, and that the attempt may lose.
    #[derive(Debug)]
    struct Stuck {
        window: Window,
        is_lost: bool,
    }

    impl Draft for Stuck {
        fn transport(&self) -> Transport {
            Transport::Copy
        }

        fn window(&self) -> &Window {
            &self.window
        }

        fn extend(self: Box<Self>, _window: Window) -> Extended {
            let is_lost = self.is_lost;
            Err(((!is_lost).then_some(self as Box<dyn Draft>), AccessError::Unavailable("it is stuck".into())))
        }

        fn finish(self: Box<Self>, _size: usize) -> Result<(Contents, How), AccessError> {
            Ok((heap_contents(b"stuck")?, How::Copied))
        }
    }

    fn writer() -> Writer {
        Writer::new(Transports::copy(), Readers::One, Quota::new(u64::MAX))
    }

    /// Returns a writer at an address, and another address to which it fails to go.
    fn stuck(guest: &mut Guest, is_lost: bool) -> (Writer, u64, u64) {
        let (old, new) = (guest.range(10), guest.range(20));
        let mut writer = writer();
        guest.windows.attach_writer(&mut writer, old, 10).unwrap();
        let window = writer.window().expect("it is attached").clone();
        writer.content = Content::Window(Box::new(Stuck { window, is_lost }));
        let error = guest.windows.attach_writer(&mut writer, new, 20).unwrap_err();
        assert_eq!(error.to_string(), "it is stuck");
        (writer, old, new)
    }

    #[test]
    fn a_writer_that_cannot_go_elsewhere_stays_where_it_is() {
        let mut guest = Guest::new();
        let (stuck, old, new) = stuck(&mut guest, false);
        assert_eq!(guest.windows.attach_writer(&mut writer(), old, 10), Err(AccessError::Overlap));
        guest.windows.attach_writer(&mut writer(), new, 10).expect("nothing is there");
        assert_eq!(guest.windows.finish(stuck, 5).unwrap().bytes().unwrap(), b"stuck");
        guest.windows.attach_writer(&mut writer(), old, 10).expect("it is gone");
    }

    #[test]
    fn a_lost_writer_says_so_and_leaves_its_windows_free() {
        let mut guest = Guest::new();
        let (mut stuck, old, new) = stuck(&mut guest, true);
        assert_eq!(guest.windows.attach_writer(&mut stuck, new, 20), Err(lost()));
        assert_eq!(guest.windows.append(&mut stuck, b"x"), Err(lost()));
        for address in [old, new] {
            guest.windows.attach_writer(&mut writer(), address, 10).expect("nothing is there");
        }
        assert_eq!(guest.windows.finish(stuck, 0).map(drop), Err(lost()));
    }
}
