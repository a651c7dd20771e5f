//! The format as the catalog sees it.

use std::ops::Range;

use object_store::PutPayload;
use parquet::arrow::ArrowWriter;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use wpipe_buffer::Buffer;
use wpipe_data::Table;

use super::load::{damaged, load, words};
use super::properties;
use super::ranges::wanted_parts;
use crate::destination::Destination;
use crate::fault::Fault;
use crate::format::shield::shielded;
use crate::format::stored::Stored;
use crate::format::{Format, Identity, Refusal};
use crate::options::Options;
use crate::source::Source;
use crate::table::{Declared, batch_of};

pub(in crate::format) const KIND: &str = "parquet";

/// The format `parquet`.
#[derive(Debug)]
pub(in crate::format) struct Parquet {
    properties: WriterProperties,
    declared: Declared,
}

impl Parquet {
    /// Opens the format. Options: `compression` (`zstd`, the default, `snappy`, `gzip`, `lz4`, `brotli` or `none`),
    /// `level`, `row_group_rows` (1 Mi), `statistics` (`page`, the default, `chunk` or `none`), `columns`, `types`,
    /// `dictionary` (true: text by codes; by default as the file has it).
    pub(in crate::format) fn open(options: &mut Options) -> Self {
        Self { properties: properties::read(options), declared: options.declared_with_dictionary() }
    }
}

impl Format for Parquet {
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
        Ok(shielded(|panic| damaged(&panic), || load(stored, &self.declared, to))?)
    }

    fn save(&self, buffer: &Buffer, _: &Identity) -> Result<PutPayload, Fault> {
        let batch = batch_of(buffer)?;
        let written = || -> Result<Vec<u8>, ParquetError> {
            let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(self.properties.clone()))?;
            writer.write(&batch)?;
            writer.into_inner()
        };
        written().map(PutPayload::from).map_err(|error| Fault::new(words(&error)))
    }
}
