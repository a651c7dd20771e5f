//! The format as the catalog sees it.

use object_store::PutPayload;
use wpipe_buffer::Buffer;
use wpipe_data::Table;

use super::dialect::Dialect;
use super::load::load;
use super::save::save;
use crate::destination::Destination;
use crate::fault::Fault;
use crate::format::compression::Compression;
use crate::format::raw::pages;
use crate::format::{Format, Identity, Refusal};
use crate::options::Options;
use crate::source::Source;

pub(in crate::format) const KIND: &str = "csv";

/// The format `csv`.
#[derive(Debug)]
pub(in crate::format) struct Csv {
    dialect: Dialect,
    compression: Compression,
}

impl Csv {
    /// Opens the format. Options: those of [`Dialect`], `compression`, `level`.
    pub(in crate::format) fn open(options: &mut Options) -> Self {
        Self { dialect: Dialect::read(options), compression: Compression::read(options) }
    }
}

impl Format for Csv {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn schema(&self) -> Option<Identity> {
        Some(Identity::of::<Table>())
    }

    fn load(&self, source: Source, _: &Identity, to: &Destination) -> Result<Buffer, Refusal> {
        let bytes = self.compression.unpack(source.read()?, to)?;
        Ok(load(bytes, &self.dialect, to)?)
    }

    fn save(&self, buffer: &Buffer, _: &Identity) -> Result<PutPayload, Fault> {
        let pages = pages(buffer)?;
        let text = save(&Table::view(&pages)?, &self.dialect)?;
        Ok(self.compression.pack(self.dialect.charset.encode(text)?)?.into())
    }
}
