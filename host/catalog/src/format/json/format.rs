//! The format as the catalog sees it.

use object_store::PutPayload;
use wpipe_buffer::Buffer;
use wpipe_data::Table;

use super::form::Form;
use super::load::load;
use super::save::save;
use crate::destination::Destination;
use crate::fault::Fault;
use crate::format::compression::Compression;
use crate::format::raw::pages;
use crate::format::{Format, Identity, Refusal};
use crate::options::Options;
use crate::source::Source;
use crate::table::Declared;

pub(in crate::format) const KIND: &str = "json";

/// The format `json`.
#[derive(Debug)]
pub(in crate::format) struct Json {
    form: Form,
    declared: Declared,
    compression: Compression,
}

impl Json {
    /// Opens the format. Options: those of [`Form`], `columns`, `types`, `compression`, `level`.
    pub(in crate::format) fn open(options: &mut Options) -> Self {
        Self { form: Form::read(options), declared: options.declared(), compression: Compression::read(options) }
    }
}

impl Format for Json {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn schema(&self) -> Option<Identity> {
        Some(Identity::of::<Table>())
    }

    fn load(&self, source: Source, _: &Identity, to: &Destination) -> Result<Buffer, Refusal> {
        Ok(load(self.compression.unpack(source.read()?, to)?, &self.form, &self.declared, to)?)
    }

    fn save(&self, buffer: &Buffer, _: &Identity) -> Result<PutPayload, Fault> {
        let pages = pages(buffer)?;
        Ok(self.compression.pack(self.form.encode(save(&Table::view(&pages)?, &self.form)?)?)?.into())
    }
}
