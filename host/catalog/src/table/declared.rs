//! Columns whose kind an entry declares, and what does not keep to it.

use std::collections::BTreeMap;

use wpipe_data::ColumnKind;

use super::Column;
use crate::fault::{At, Fault};
use crate::suggest::did_you_mean_or_list;

/// How much of a value an error shows, in characters.
const SHOWN: usize = 40;

/// An error if `types` declares a column that is not among `columns`.
pub(crate) fn check_declared<'c>(
    types: &BTreeMap<String, ColumnKind>,
    columns: impl Iterator<Item = &'c str>,
) -> Result<(), Fault> {
    let columns: Vec<_> = columns.collect();
    match types.keys().find(|declared| !columns.contains(&declared.as_str())) {
        Some(unknown) => {
            let fault = Fault::new(format!("it has no column `{unknown}`, which `types` declares"));
            Err(fault.help(did_you_mean_or_list(unknown, "its columns", &columns)))
        }
        None => Ok(()),
    }
}

/// For a value that has no form in its column's kind.
pub(crate) fn misfit(at: At, column: &Column, text: &str) -> Fault {
    let shown: String = text.chars().take(SHOWN).collect();
    let more = if shown.len() < text.len() { "…" } else { "" };
    let fault = Fault::new(format!("`{shown}{more}` cannot be read as {}", column.kind)).at(at).column(&column.name);
    match column.kind {
        ColumnKind::Date => fault.help("a date is written `2024-12-31`"),
        ColumnKind::Timestamp => fault.help("a timestamp is written `2024-12-31T23:59:59.999`, with `Z` or `+02:00`"),
        ColumnKind::I32 if text.parse::<i64>().is_ok() => fault.help("declare the column as `i64`"),
        _ => fault.help("declare another type for the column: `text` takes everything"),
    }
}
