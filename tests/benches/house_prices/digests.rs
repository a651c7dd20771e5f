//! Whether two ways give the same tables.

use std::error::Error;

use crate::arm::Measured;

/// How far two sums of the same floats may be apart, which were added in another order or whose logarithms another library
/// made.
const CLOSE: f64 = 1e-9;

/// Fails at the first table and column that differ.
pub(crate) fn compare(one: &Measured, other: &Measured) -> Result<(), Box<dyn Error>> {
    for (table, expected) in &one.digests {
        let found = other.digests.get(table).ok_or_else(|| format!("{} makes no {table}", other.arm))?;
        if expected.lines().count() != found.lines().count() {
            return Err(format!("{table}: {} and {} have other columns", one.arm, other.arm).into());
        }
        for (expected, found) in expected.lines().zip(found.lines()) {
            if !is_same(expected, found) {
                return Err(format!("{table}: `{expected}` by {}, `{found}` by {}", one.arm, other.arm).into());
            }
        }
    }
    Ok(())
}

/// Whether two lines say the same: `SalePrice number 0 123.5`.
fn is_same(one: &str, other: &str) -> bool {
    let split = |line: &str| line.rsplit_once(' ').map(|(what, sum)| (what.to_owned(), sum.parse::<f64>()));
    match (split(one), split(other)) {
        (Some((what, Ok(sum))), Some((other, Ok(other_sum)))) if what.contains(" number ") => {
            what == other && (sum - other_sum).abs() <= sum.abs() * CLOSE
        }
        _ => one == other,
    }
}
