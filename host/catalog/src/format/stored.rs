//! A file as readers take it that want parts of it: from storage, part by part, or from memory if it came over the
//! network.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::Bytes;

use crate::fault::Fault;
use crate::parts::Parts;
use crate::source::Source;

/// The bytes of a file. Clones are of the same.
#[derive(Debug, Clone)]
pub(crate) enum Stored {
    File {
        file: Arc<File>,
        size: u64,
    },
    Memory(Bytes),
    /// Those parts of an object of that size that a load needs.
    Parts {
        parts: Parts,
        size: u64,
    },
}

impl Stored {
    pub(super) fn of(source: Source) -> Result<Self, Fault> {
        let size = source.size();
        if let Some(parts) = source.parts() {
            return Ok(Self::Parts { parts: parts.clone(), size });
        }
        Ok(match source.into_parts()? {
            Ok(file) => Self::File { file: Arc::new(file), size },
            Err(bytes) => Self::Memory(bytes),
        })
    }

    /// Returns the size in bytes.
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::File { size, .. } | Self::Parts { size, .. } => *size,
            Self::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// Fills `into` with the bytes from a position on.
    pub(super) fn read_at(&self, position: u64, into: &mut [u8]) -> io::Result<()> {
        match self {
            Self::File { file, .. } => file.read_exact_at(into, position),
            Self::Memory(bytes) => {
                let start = usize::try_from(position).ok();
                let found = start.and_then(|start| bytes.get(start..start.checked_add(into.len())?));
                into.copy_from_slice(found.ok_or(io::ErrorKind::UnexpectedEof)?);
                Ok(())
            }
            Self::Parts { .. } if into.is_empty() => Ok(()),
            Self::Parts { parts, .. } => {
                let found = parts.slice(position, into.len());
                into.copy_from_slice(&found.ok_or(io::ErrorKind::UnexpectedEof)?);
                Ok(())
            }
        }
    }

    /// Returns so many bytes from a position on.
    pub(super) fn slice(&self, position: u64, length: usize) -> io::Result<Bytes> {
        let end = position.checked_add(length as u64).filter(|end| *end <= self.size());
        let end = end.ok_or(io::ErrorKind::UnexpectedEof)?;
        match self {
            Self::File { .. } => {
                let mut bytes = Vec::new();
                bytes.try_reserve_exact(length)?;
                bytes.resize(length, 0);
                self.read_at(position, &mut bytes)?;
                Ok(bytes.into())
            }
            // Both are positions in memory.
            Self::Memory(bytes) => Ok(bytes.slice(position as usize..end as usize)),
            Self::Parts { .. } if length == 0 => Ok(Bytes::new()),
            Self::Parts { parts, .. } => {
                parts.slice(position, length).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
            }
        }
    }

    /// Returns the bytes from a position on, `most` or as many as there are.
    pub(super) fn ahead(&self, position: u64, most: usize) -> io::Result<Bytes> {
        if let Self::Parts { parts, .. } = self {
            return parts.from(position, most).ok_or_else(|| io::ErrorKind::UnexpectedEof.into());
        }
        let left = usize::try_from(self.size().saturating_sub(position)).unwrap_or(most);
        self.slice(position, most.min(left))
    }

    /// Returns all bytes.
    pub(super) fn read(self) -> Result<Bytes, Fault> {
        match self {
            Self::File { file, size } => Source::read_file(&file, size),
            Self::Memory(bytes) => Ok(bytes),
            Self::Parts { parts, size } => Source::of_parts(parts, size).read(),
        }
    }
}
