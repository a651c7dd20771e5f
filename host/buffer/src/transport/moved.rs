//! Move: pages leave a producer's linear memory for a vault, and the vault for its last consumer's memory. No byte is
//! copied and no page touched; the consumer finds the bytes as warm as the producer left them.

use std::io;
use std::sync::Arc;

use super::copy::copied_contents;
use super::{Contents, Draft, Extended, Storage, Transport};
use crate::AccessError;
use crate::mappings::Claim;
use crate::memory::whole_pages;
use crate::pages::Pages;
use crate::window::{How, Window};

/// A finished buffer in anonymous pages of the host.
#[derive(Debug)]
pub(crate) struct Vault {
    pages: Pages,
    len: usize,
}

impl Vault {
    /// Keeps the first `len` bytes of `pages`; the rest becomes zeros.
    pub(crate) fn new(mut pages: Pages, len: usize) -> Self {
        pages.truncate(len);
        pages.as_mut_slice()[len..].fill(0);
        Self { pages, len }
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.pages.as_slice()[..self.len]
    }

    /// Moves the pages into `window`, which is as long as the vault. If the kernel refuses, they are copied.
    pub(crate) fn give(self, window: &Window) -> Result<How, AccessError> {
        let len = self.len;
        if len > 0 && self.pages.len() == whole_pages(len) {
            match window.adopt(self.pages) {
                Ok(()) => return Ok(How::Moved),
                Err((pages, _)) => window.copy_in(&pages.as_slice()[..len])?,
            }
        } else {
            window.copy_in(self.as_slice())?;
        }
        Ok(How::Copied)
    }
}

impl Storage for Vault {
    fn len(&self) -> usize {
        self.len
    }

    fn transport(&self) -> Transport {
        Transport::Move
    }

    /// Copies the bytes for a consumer that is not the last.
    fn attach(&self, window: &Window) -> Result<How, AccessError> {
        window.copy_in(self.as_slice())?;
        Ok(How::Copied)
    }

    fn bytes(&self) -> io::Result<&[u8]> {
        Ok(self.as_slice())
    }
}

/// A buffer that a guest writes into pages of its own memory, to be taken out of it.
#[derive(Debug)]
pub(crate) struct MoveDraft {
    window: Window,
    /// The size below which the finished buffer is copied all the same: a vault takes a mapping and at least a page.
    copy_below: usize,
    /// True if the window may be several mappings. Kernels move several one by one, if at all, and not all or none.
    scattered: bool,
}

impl MoveDraft {
    /// Turns the window into zeros, in one mapping, of huge pages where it is large enough.
    pub(crate) fn new(window: Window, copy_below: usize) -> Result<Self, (Window, AccessError)> {
        match window.clear() {
            Ok(()) => {
                window.advise_huge();
                Ok(Self { window, copy_below, scattered: false })
            }
            Err(error) => Err((window, error.into())),
        }
    }
}

impl Draft for MoveDraft {
    fn transport(&self) -> Transport {
        Transport::Move
    }

    fn window(&self) -> &Window {
        &self.window
    }

    fn extend(mut self: Box<Self>, window: Window) -> Extended {
        let mut copied = 0;
        if self.scattered || self.window.move_to(&window).is_err() {
            match self.window.copy_to(&window) {
                Ok(bytes) => copied = bytes,
                Err(error) => return Err((Some(self), error.into())),
            }
            self.scattered = true;
        }
        window.advise_huge();
        self.window = window;
        Ok((self, copied))
    }

    fn finish(self: Box<Self>, size: usize) -> Result<(Contents, How), AccessError> {
        let moves = size > 0 && size >= self.copy_below && !self.scattered;
        let taken = if moves { self.window.take_pages(size, Claim::New).ok() } else { None };
        let (contents, how) = match taken {
            Some(pages) => (Contents::Vault(Arc::new(Vault::new(pages, size))), How::Moved),
            // The kernel may be unable to move the pages. All of them are here still: there is one mapping.
            None => (copied_contents(&self.window, size)?, How::Copied),
        };
        self.window.discard(0)?;
        Ok((contents, how))
    }
}
