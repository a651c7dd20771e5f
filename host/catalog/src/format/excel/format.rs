//! The format as the catalog sees it.

use object_store::PutPayload;
use wpipe_buffer::Buffer;
use wpipe_data::Table;

use super::load::load;
use super::range::Range;
use super::workbook::unreadable;
use crate::destination::Destination;
use crate::fault::Fault;
use crate::format::shield::shielded;
use crate::format::{Format, Identity, Refusal};
use crate::options::Options;
use crate::source::Source;
use crate::table::Declared;

pub(in crate::format) const KIND: &str = "excel";

/// The format `excel`.
#[derive(Debug)]
pub(in crate::format) struct Excel {
    options: ExcelOptions,
}

/// The options of an entry.
#[derive(Debug)]
pub(super) struct ExcelOptions {
    /// The name of the sheet; `None`: the first one that is shown.
    pub(super) sheet: Option<String>,
    pub(super) range: Range,
    /// True if the first row has the columns' names.
    pub(super) header: bool,
    /// Texts that stand for missing values.
    pub(super) nulls: Vec<String>,
    /// True if errors such as `#DIV/0!` are missing values. `#N/A` always is one.
    pub(super) errors_are_missing: bool,
    pub(super) declared: Declared,
}

impl Excel {
    /// Opens the format. Options: `sheet`, `range`, `header`, `nulls`, `errors`, `columns`, `types`.
    pub(in crate::format) fn open(options: &mut Options) -> Self {
        let range = options.text("range").map(str::parse::<Range>);
        let range = range.unwrap_or_else(|| Ok(Range::default())).unwrap_or_else(|message| {
            options.fail("range", message, Some("write it as `B3:F99`, `B3:F`, `B3` or `A:F`".to_owned()));
            Range::default()
        });
        Self {
            options: ExcelOptions {
                sheet: options.text("sheet").map(str::to_owned),
                range,
                header: options.bool("header").unwrap_or(true),
                nulls: options.texts("nulls").unwrap_or_default(),
                errors_are_missing: options.choice("errors", &["refuse", "missing"]) == Some("missing"),
                declared: options.declared_without_lists("excel"),
            },
        }
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
