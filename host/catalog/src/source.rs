//! Stored content on its way to a codec: an open file that is not read yet, or bytes from the network.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

use bytes::Bytes;
use wpipe_buffer::{Buffer, HostWriter, Readers, Transports};

use crate::destination::Destination;
use crate::fault::Fault;
use crate::parallel::map;
use crate::parts::Parts;

/// A file of so many bytes is read into pages of its own, on all processors.
const MANY: usize = 4 << 20;
/// The number of bytes that are read at a time: some huge pages.
const PIECE: usize = 4 << 20;

/// A dataset's stored content.
#[derive(Debug)]
pub(crate) struct Source {
    content: Content,
    size: u64,
    /// True if a server says that it is a page for people.
    is_page: bool,
}

#[derive(Debug)]
enum Content {
    File(File),
    Written(Box<HostWriter>),
    /// Those parts of an object that a load needs.
    Parts(Parts),
}

impl Source {
    pub(crate) fn of_file(file: File, size: u64) -> Self {
        Self { content: Content::File(file), size, is_page: false }
    }

    /// Creates a source of the first `size` bytes of `writer`, which were made for the load's destination.
    pub(crate) fn of_writer(writer: HostWriter, size: u64) -> Self {
        Self { content: Content::Written(Box::new(writer)), size, is_page: false }
    }

    /// Creates a source of those `parts` of an object of `size` bytes that a load needs.
    pub(crate) fn of_parts(parts: Parts, size: u64) -> Self {
        Self { content: Content::Parts(parts), size, is_page: false }
    }

    /// Returns the parts of an object, if these are some.
    pub(crate) fn parts(&self) -> Option<&Parts> {
        match &self.content {
            Content::Parts(parts) => Some(parts),
            _ => None,
        }
    }

    /// Returns the number of bytes that are read of it.
    pub(crate) fn fetched(&self) -> u64 {
        self.parts().map_or(self.size, Parts::bytes)
    }

    /// Sets whether a server says that it is a page for people.
    pub(crate) fn with_page(self, is_page: bool) -> Self {
        Self { is_page, ..self }
    }

    /// Returns true if it is a page for people: a server says so, and it looks like one.
    pub(crate) fn is_page(&mut self) -> Result<bool, Fault> {
        let (Content::Written(writer), true) = (&mut self.content, self.is_page) else { return Ok(false) };
        let size = length(self.size)?;
        let written = writer.reserve(size).map_err(|error| Fault::memory(size, &error))?;
        let text = written[..size].trim_ascii_start();
        Ok(text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text).trim_ascii_start().starts_with(b"<"))
    }

    /// Returns the size in bytes.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Returns the file, if it is one and will do; or else all of this.
    pub(crate) fn into_file_if(self, will_do: impl FnOnce(&File) -> bool) -> Result<File, Self> {
        match self.content {
            Content::File(file) if will_do(&file) => Ok(file),
            content => Err(Self { content, ..self }),
        }
    }

    /// Reads the last bytes, as many as `tail` holds or there are.
    pub(crate) fn read_tail<'t>(&mut self, tail: &'t mut [u8]) -> Result<&'t [u8], Fault> {
        let start = self.size.saturating_sub(tail.len() as u64);
        // The count never exceeds the length of the tail.
        let tail = &mut tail[..(self.size - start) as usize];
        match &mut self.content {
            Content::File(file) => file.read_exact_at(tail, start).map_err(|error| unreadable(&error))?,
            Content::Written(writer) => {
                let size = length(self.size)?;
                let written = writer.reserve(size).map_err(|error| Fault::memory(size, &error))?;
                tail.copy_from_slice(&written[size - tail.len()..size]);
            }
            Content::Parts(_) => return Err(in_parts()),
        }
        Ok(tail)
    }

    /// Returns the file, or else all bytes: for codecs that read some of them, one after the other.
    pub(crate) fn into_parts(self) -> Result<Result<File, Bytes>, Fault> {
        match self.into_file_if(|_| true) {
            Ok(file) => Ok(Ok(file)),
            Err(source) => source.read().map(Err),
        }
    }

    /// Reads all of it: for codecs that read here and there.
    pub(crate) fn read(self) -> Result<Bytes, Fault> {
        let size = length(self.size)?;
        let no_memory = |error: io::Error| Fault::memory(size, &error);
        match self.content {
            Content::File(file) => Self::read_file(&file, self.size),
            Content::Written(writer) => writer.finish(size).and_then(|buffer| buffer.to_bytes()).map_err(no_memory),
            Content::Parts(parts) => parts.whole(size).map_err(no_memory),
        }
    }

    /// Reads all of a file of `size` bytes.
    pub(crate) fn read_file(mut file: &File, size: u64) -> Result<Bytes, Fault> {
        let size = length(size)?;
        let no_memory = |error: io::Error| Fault::memory(size, &error);
        if size >= MANY {
            let mut writer = HostWriter::new(&Transports::moving(), Readers::One);
            read_at_once(file, &mut writer.reserve(size).map_err(no_memory)?[..size])?;
            return writer.finish(size).and_then(|buffer| buffer.to_bytes()).map_err(no_memory);
        }
        let mut bytes = Vec::new();
        bytes.try_reserve_exact(size).map_err(|_| no_memory(io::ErrorKind::OutOfMemory.into()))?;
        file.read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
        Ok(bytes.into())
    }

    /// Returns the first `size` bytes as a buffer: of a file, read straight into a new one; else those in memory.
    pub(crate) fn into_buffer(self, size: u64, to: &Destination) -> Result<Buffer, Fault> {
        let size = length(size)?;
        let no_memory = |error: io::Error| Fault::memory(size, &error);
        match self.content {
            Content::File(file) => {
                let mut writer = to.writer();
                read_at_once(&file, &mut writer.reserve(size).map_err(no_memory)?[..size])?;
                writer.finish(size).map_err(no_memory)
            }
            Content::Written(writer) => writer.finish(size).map_err(no_memory),
            Content::Parts(_) => Err(in_parts()),
        }
    }
}

/// Reads a file from its beginning, on all processors.
fn read_at_once(file: &File, room: &mut [u8]) -> Result<(), Fault> {
    let pieces: Vec<_> = (0..).step_by(PIECE).zip(room.chunks_mut(PIECE)).collect();
    map(pieces, |(start, piece)| file.read_exact_at(piece, start as u64).map_err(|error| unreadable(&error))).map(drop)
}

/// Returns the fault of a format that has asked for parts and wants all bytes.
fn in_parts() -> Fault {
    Fault::new("only parts of it were fetched")
}

fn length(size: u64) -> Result<usize, Fault> {
    usize::try_from(size).map_err(|_| Fault::new(format!("{size} bytes do not fit into memory")))
}

fn unreadable(error: &io::Error) -> Fault {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => Fault::new("it was cut while being read"),
        _ => Fault::new(format!("it cannot be read: {error}")),
    }
}
