//! The format as the catalog sees it.

use std::ops::Range;

use arrow::error::ArrowError;
use arrow::ipc::CompressionType;
use arrow::ipc::writer::{FileWriter, IpcWriteOptions};
use object_store::PutPayload;
use wpipe_buffer::Buffer;
use wpipe_data::Table;

use super::direct;
use super::load::{damaged, load};
use super::ranges::wanted_parts;
use crate::destination::Destination;
use crate::fault::Fault;
use crate::format::shield::shielded;
use crate::format::stored::Stored;
use crate::format::{Format, Identity, Refusal};
use crate::options::Options;
use crate::source::Source;
use crate::table::{Declared, batch_of, words};

pub(in crate::format) const KIND: &str = "arrow";

const LZ4: &str = "lz4";
const ZSTD: &str = "zstd";
const NONE: &str = "none";

/// The format `arrow`.
#[derive(Debug)]
pub(in crate::format) struct Arrow {
    compression: Option<CompressionType>,
    declared: Declared,
}

impl Arrow {
    /// Opens the format. Options: `compression` (`lz4`, `zstd` or `none`, the default, which any reader maps),
    /// `columns`, `types`, `dictionary` (true: text by codes; by default as the file has it).
    pub(in crate::format) fn open(options: &mut Options) -> Self {
        let compression = match options.choice("compression", &[LZ4, ZSTD, NONE]) {
            Some(LZ4) => Some(CompressionType::LZ4_FRAME),
            Some(ZSTD) => Some(CompressionType::ZSTD),
            _ => None,
        };
        Self { compression, declared: options.declared_with_dictionary() }
    }
}

impl Format for Arrow {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn schema(&self) -> Option<Identity> {
        Some(Identity::of::<Table>())
    }

    fn reads_parts(&self) -> bool {
        // All columns are the most of a file.
        self.declared.columns.is_some()
    }

    fn wanted_parts(&self, stored: &Stored) -> Option<Vec<Range<u64>>> {
        shielded(|_| (), || wanted_parts(stored, &self.declared).ok_or(())).ok()
    }

    fn load(&self, source: Source, _: &Identity, to: &Destination) -> Result<Buffer, Refusal> {
        let stored = Stored::of(source)?;
        let direct = shielded(|panic| damaged(&panic), || direct::load(&stored, &self.declared, to));
        match direct? {
            Some(buffer) => Ok(buffer),
            None => Ok(load(stored.read()?, &self.declared, to)?),
        }
    }

    fn save(&self, buffer: &Buffer, _: &Identity) -> Result<PutPayload, Fault> {
        let batch = batch_of(buffer)?;
        let written = || -> Result<Vec<u8>, ArrowError> {
            let options = IpcWriteOptions::default().try_with_compression(self.compression)?;
            let mut writer = FileWriter::try_new_with_options(Vec::new(), &batch.schema(), options)?;
            writer.write(&batch)?;
            writer.into_inner()
        };
        written().map(PutPayload::from).map_err(|error| Fault::new(words(&error)))
    }
}
