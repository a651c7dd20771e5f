//! The format as the catalog sees it.

use object_store::PutPayload;
use wpipe_buffer::Buffer;
use wpipe_data::Table;

use super::load::load;
use super::options::ExcelOptions;
use super::workbook::unreadable;
use crate::destination::Destination;
use crate::fault::Fault;
use crate::format::shield::shielded;
use crate::format::{Format, Identity, Refusal};
use crate::options::Options;
use crate::source::Source;

pub(in crate::format) const KIND: &str = "excel";

/// The format `excel`.
#[derive(Debug)]
pub(in crate::format) struct Excel {
    options: ExcelOptions,
}

impl Excel {
    /// Opens the format with its options.
    pub(in crate::format) fn open(options: &mut Options) -> Self {
        Self { options: ExcelOptions::take(options) }
    }
}

impl Format for Excel {
    fn kind(&self) -> &'static str {
        KIND
    }

    fn schema(&self) -> Option<Identity> {
        Some(Identity::of::<Table>())
    }

    fn load(&self, source: Source, _: &Identity, to: &Destination) -> Result<Buffer, Refusal> {
        let bytes = source.read()?;
        Ok(shielded(|panic| unreadable(&panic), || load(&bytes, &self.options, to))?)
    }

    fn check_savable(&self) -> Result<(), Fault> {
        Err(Fault::new("workbooks are only read").help("store the dataset as `csv` or `parquet`"))
    }

    fn save(&self, _: &Buffer, _: &Identity) -> Result<PutPayload, Fault> {
        self.check_savable().map(|()| PutPayload::default())
    }
}
