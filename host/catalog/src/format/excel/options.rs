//! The options of a workbook's entry.

use super::range::Range;
use crate::options::Options;
use crate::table::Declared;

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

impl ExcelOptions {
    /// Takes the options `sheet`, `range`, `header`, `nulls`, `errors`, `columns` and `types`.
    pub(super) fn take(options: &mut Options) -> Self {
        let range = options.text("range").map(str::parse::<Range>);
        let range = range.unwrap_or_else(|| Ok(Range::default())).unwrap_or_else(|message| {
            options.fail("range", message, Some("write it as `B3:F99`, `B3:F`, `B3` or `A:F`".to_owned()));
            Range::default()
        });
        Self {
            sheet: options.text("sheet").map(str::to_owned),
            range,
            header: options.bool("header").unwrap_or(true),
            nulls: options.texts("nulls").unwrap_or_default(),
            errors_are_missing: options.choice("errors", &["refuse", "missing"]) == Some("missing"),
            declared: options.declared_without_lists("excel"),
        }
    }
}
