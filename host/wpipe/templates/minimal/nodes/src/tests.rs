//! In a unit test nodes are plain functions: `cargo test` needs no WebAssembly.

use super::*;

fn measurements() -> Result<Table<'static>, TableError> {
    let measurements = [("a", Some(1.0)), ("a", None), ("b", Some(900.0)), ("a", Some(2.0))];
    Table::from_rows(measurements.map(|(sensor, value)| Measurement { sensor, value }))
}

#[test]
fn what_is_missing_or_beyond_belief_is_left_out() -> Result<(), TableError> {
    let valid = keep_valid(&measurements()?, Believed { low: 0.0, high: 100.0 })?;
    assert_eq!(valid.column::<f64>("value")?, [1.0, 2.0]);
    Ok(())
}

#[test]
fn each_sensor_has_its_mean() -> Result<(), TableError> {
    let valid = keep_valid(&measurements()?, Believed { low: 0.0, high: 1000.0 })?;
    assert_eq!(summarise(&valid)?, "a: 1.50 on average of 2\nb: 900.00 on average of 1\n");
    Ok(())
}
