//! A stored file as the crate's reader takes it: page by page.

use std::io::{self, Read};

use bytes::{Buf, Bytes};
use parquet::errors::{ParquetError, Result};
use parquet::file::reader::{ChunkReader, Length};

use crate::format::stored::Stored;

/// The number of bytes that are read at once of headers, whose length is unknown. Few have as many.
const HEADER: usize = 512;

/// The bytes of a file from some position on.
#[derive(Debug)]
pub(crate) struct From {
    stored: Stored,
    position: u64,
    /// Bytes that are read already.
    ahead: Bytes,
}

impl Length for Stored {
    fn len(&self) -> u64 {
        self.size()
    }
}

impl ChunkReader for Stored {
    type T = From;

    fn get_read(&self, start: u64) -> Result<From> {
        Ok(From { stored: self.clone(), position: start, ahead: Bytes::new() })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.slice(start, length).map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => ParquetError::EOF(format!("{length} bytes at {start} of {}", self.size())),
            _ => error.into(),
        })
    }
}

impl Read for From {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.ahead.is_empty() {
            self.ahead = self.stored.ahead(self.position, HEADER)?;
            self.position += self.ahead.len() as u64;
        }
        let length = into.len().min(self.ahead.len());
        self.ahead.copy_to_slice(&mut into[..length]);
        Ok(length)
    }
}
