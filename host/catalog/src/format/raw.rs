//! `bytes` and `text`: the content as it is.

use object_store::PutPayload;
use wpipe_buffer::Buffer;

use super::compression::Compression;
use super::{Format, Identity, Refusal};
use crate::destination::Destination;
use crate::fault::{At, Fault};
use crate::options::Options;
use crate::source::Source;

pub(super) const BYTES: &str = "bytes";
pub(super) const TEXT: &str = "text";

/// Any bytes.
#[derive(Debug)]
pub(super) struct Bytes;

impl Format for Bytes {
    fn kind(&self) -> &'static str {
        BYTES
    }

    fn schema(&self) -> Option<Identity> {
        Some(Identity::of::<[u8]>())
    }

    fn load(&self, source: Source, _: &Identity, to: &Destination) -> Result<Buffer, Refusal> {
        let size = source.size();
        Ok(source.into_buffer(size, to)?)
    }

    fn is_verbatim(&self) -> bool {
        true
    }

    fn save(&self, buffer: &Buffer, _: &Identity) -> Result<PutPayload, Fault> {
        pages(buffer).map(PutPayload::from)
    }
}

/// UTF-8, checked in both directions.
#[derive(Debug)]
pub(super) struct Text {
    compression: Compression,
}

impl Text {
    /// Opens the format. Options: `compression`, `level`.
    pub(super) fn open(options: &mut Options) -> Self {
        Self { compression: Compression::read(options) }
    }
}

impl Format for Text {
    fn kind(&self) -> &'static str {
        TEXT
    }

    fn schema(&self) -> Option<Identity> {
        Some(Identity::of::<str>())
    }

    fn load(&self, source: Source, _: &Identity, to: &Destination) -> Result<Buffer, Refusal> {
        let buffer = if self.compression.is_none() {
            let size = source.size();
            let buffer = source.into_buffer(size, to)?;
            self.compression.unpack(pages(&buffer)?, to)?;
            buffer
        } else {
            let text = self.compression.unpack(source.read()?, to)?;
            let mut writer = to.writer();
            let no_memory = |error| Fault::memory(text.len(), &error);
            writer.reserve(text.len()).map_err(no_memory)?[..text.len()].copy_from_slice(&text);
            writer.finish(text.len()).map_err(no_memory)?
        };
        check_utf8(&pages(&buffer)?, 0)?;
        Ok(buffer)
    }

    fn is_verbatim(&self) -> bool {
        self.compression.is_none()
    }

    fn save(&self, buffer: &Buffer, _: &Identity) -> Result<PutPayload, Fault> {
        let pages = pages(buffer)?;
        check_utf8(&pages, 0)?;
        if self.compression.is_none() {
            return Ok(pages.into());
        }
        Ok(self.compression.pack(pages.to_vec())?.into())
    }
}

/// Returns the buffer's bytes, shared and not copied.
pub(crate) fn pages(buffer: &Buffer) -> Result<bytes::Bytes, Fault> {
    buffer.to_bytes().map_err(|error| Fault::new(format!("the buffer cannot be mapped: {error}")))
}

/// Returns the text of `bytes`, which start at `start` of their file.
pub(super) fn check_utf8(bytes: &[u8], start: usize) -> Result<&str, Fault> {
    if let Ok(text) = simdutf8::basic::from_utf8(bytes) {
        return Ok(text);
    }
    // This is slower, and knows the position.
    str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let fault = match bytes.get(offset) {
            Some(_) if error.error_len().is_none() => Fault::new("not UTF-8: the text ends within a character"),
            Some(byte) => Fault::new(format!("not UTF-8: 0x{byte:02x} does not belong there")),
            None => Fault::new("not UTF-8"),
        };
        fault.at(At::Byte((start + offset) as u64))
    })
}
