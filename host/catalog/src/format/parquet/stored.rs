//! A file as its reader takes it: page by page from storage, or from memory if it came over the network.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use crate::fault::Fault;
use crate::source::Source;

/// The number of bytes that are read at once of headers, whose length is unknown. Few have as many.
const HEADER: usize = 512;

/// The bytes of a file. Clones are of the same.
#[derive(Debug, Clone)]
pub(super) enum Stored {
    File { file: Arc<File>, size: u64 },
    Memory(Bytes),
}

/// The bytes of a file from some position on.
#[derive(Debug)]
pub(super) struct From {
    stored: Stored,
    position: u64,
    /// Bytes that are read already.
    ahead: Bytes,
}

impl Stored {
    pub(super) fn of(source: Source) -> Result<Self, Fault> {
        let size = source.size();
        Ok(match source.into_parts()? {
            Ok(file) => Self::File { file: Arc::new(file), size },
            Err(bytes) => Self::Memory(bytes),
        })
    }
}

impl Length for Stored {
    fn len(&self) -> u64 {
        match self {
            Self::File { size, .. } => *size,
            Self::Memory(bytes) => bytes.len() as u64,
        }
    }
}

impl ChunkReader for Stored {
    type T = From;

    fn get_read(&self, start: u64) -> Result<From> {
        Ok(From { stored: self.clone(), position: start, ahead: Bytes::new() })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        let end = start.checked_add(length as u64).filter(|end| *end <= self.len());
        let end = end.ok_or_else(|| ParquetError::EOF(format!("{length} bytes at {start} of {}", self.len())))?;
        match self {
            Self::File { file, .. } => {
                let mut bytes = Vec::new();
                bytes.try_reserve_exact(length).map_err(|error| ParquetError::General(error.to_string()))?;
                bytes.resize(length, 0);
                file.read_exact_at(&mut bytes, start)?;
                Ok(bytes.into())
            }
            // Both are positions in memory.
            Self::Memory(bytes) => Ok(bytes.slice(start as usize..end as usize)),
        }
    }
}

impl Read for From {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.ahead.is_empty() {
            let left = self.stored.len().saturating_sub(self.position);
            let length = HEADER.min(usize::try_from(left).unwrap_or(HEADER));
            self.ahead = self.stored.get_bytes(self.position, length).map_err(io::Error::other)?;
            self.position += length as u64;
        }
        let length = into.len().min(self.ahead.len());
        self.ahead.copy_to_slice(&mut into[..length]);
        Ok(length)
    }
}
