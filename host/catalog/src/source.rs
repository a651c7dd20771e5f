//! What a store hands to a codec: the content, not read yet.

use std::fs::File;
use std::io::{self, Read};

use bytes::Bytes;
use wpipe_buffer::Buffer;

use crate::destination::Destination;
use crate::fault::Fault;

/// A dataset's stored content.
#[derive(Debug)]
pub(crate) struct Source {
    file: File,
    size: u64,
}

impl Source {
    pub(crate) fn new(file: File, size: u64) -> Self {
        Self { file, size }
    }

    /// In bytes.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }

    pub(crate) fn into_file(self) -> File {
        self.file
    }

    /// All of it, on the heap: for codecs that read here and there.
    pub(crate) fn read(mut self) -> Result<Bytes, Fault> {
        let size = self.length()?;
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(size).map_err(|_| Fault::memory(size, &io::ErrorKind::OutOfMemory.into()))?;
        self.file.read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
        Ok(bytes.into())
    }

    /// The first `size` bytes, straight into a new buffer.
    pub(crate) fn read_buffer(mut self, size: u64, to: &Destination) -> Result<Buffer, Fault> {
        let size = usize::try_from(size).map_err(|_| Fault::new(format!("{size} bytes do not fit into memory")))?;
        let mut writer = to.writer();
        let room = writer.reserve(size).map_err(|error| Fault::memory(size, &error))?;
        self.file.read_exact(&mut room[..size]).map_err(|error| unreadable(&error))?;
        writer.finish(size).map_err(|error| Fault::memory(size, &error))
    }

    fn length(&self) -> Result<usize, Fault> {
        usize::try_from(self.size).map_err(|_| Fault::new(format!("{} bytes do not fit into memory", self.size)))
    }
}

fn unreadable(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Fault::new("it was cut while being read"),
        _ => Fault::new(format!("it cannot be read: {error}")),
    }
}
