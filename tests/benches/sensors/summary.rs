//! What tells that two tools have found the same: sums over all features.

use std::collections::BTreeMap;
use std::error::Error;

use wpipe_data::{ColumnKind, Table, TableError};

/// Floats are added in another order elsewhere.
const NEAR: f64 = 1e-9;

/// The sum of each column of all days.
#[derive(Debug, Clone, Default)]
pub(crate) struct Summary(pub(crate) BTreeMap<String, f64>);

impl Summary {
    pub(crate) fn add(&mut self, features: &Table) -> Result<(), TableError> {
        for column in features.columns().filter(|column| matches!(column.kind, ColumnKind::I64 | ColumnKind::F64)) {
            let numbers = features.nullable_numbers(column.name)?;
            *self.0.entry(column.name.to_owned()).or_default() += numbers.iter().flatten().sum::<f64>();
        }
        *self.0.entry("rows".to_owned()).or_default() += features.rows() as f64;
        Ok(())
    }

    /// Fails if another tool has found something else.
    pub(crate) fn compare(&self, expected: &Self, name: &str) -> Result<(), Box<dyn Error>> {
        for (column, expected) in &expected.0 {
            let found = self.0.get(column).copied().unwrap_or(f64::NAN);
            if (found - expected).abs() > NEAR * expected.abs().max(1.0) || found.is_nan() {
                return Err(format!("{name} has found {found} in all of `{column}`, and wpipe {expected}").into());
            }
        }
        Ok(())
    }
}
