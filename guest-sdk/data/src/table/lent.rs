//! Columns as the kind that a node requests, if the file that they are from could not tell its kind.
//!
//! Text formats have no kinds: a column's kind is guessed from its content. One without any value could be anything,
//! and one of whole numbers alone may be one of fractions in the next file. So a column without values is read as any
//! kind, and one of i64 as f64 as long as every number is the same there. Such conversions are made on request.

use std::sync::OnceLock;

use super::{ColumnKind, TableError};
use crate::AlignedBytes;

/// The widest value of fixed width, in bytes.
const WIDEST: usize = 16;

/// The conversions of one column.
#[derive(Default)]
pub(super) struct Lent {
    floats: OnceLock<Result<Vec<f64>, usize>>,
    zeros: OnceLock<AlignedBytes>,
}

impl Lent {
    /// Returns the values as floats, 0 if one is missing.
    pub(super) fn floats(
        &self,
        column: &str,
        values: &[i64],
        is_valid: impl Fn(usize) -> bool,
    ) -> Result<&[f64], TableError> {
        let floats = self.floats.get_or_init(|| {
            let float = |(row, value): (usize, &i64)| match is_valid(row) {
                true => exact_float(*value).ok_or(row),
                false => Ok(0.0),
            };
            values.iter().enumerate().map(float).collect()
        });
        floats.as_deref().map_err(|row| TableError::Inexact {
            column: column.to_owned(),
            kind: Box::new(ColumnKind::I64),
            row: *row,
            value: values[*row].to_string(),
            wanted: "f64",
        })
    }

    /// Returns zeros for `rows` values of any width.
    pub(super) fn zeros(&self, rows: usize) -> &[u8] {
        self.zeros.get_or_init(|| {
            let mut zeros = AlignedBytes::new();
            // An empty vector would have an address of its own kind, which need not be aligned.
            zeros.resize(rows.saturating_add(1).saturating_mul(WIDEST), 0);
            zeros
        })
    }
}

/// Returns the float that is the same number, if there is one.
pub(super) fn exact_float(whole: i64) -> Option<f64> {
    let float = whole as f64;
    (float as i128 == i128::from(whole)).then_some(float)
}
