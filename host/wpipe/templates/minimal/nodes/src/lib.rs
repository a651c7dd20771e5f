//! Two nodes: ordinary functions, of which each call runs in a sandbox of its own.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;
use wpipe_sdk::{Row, Table, TableError, export, info, node};

/// The parameter `believed`: what a sensor can have measured.
#[derive(Deserialize)]
struct Believed {
    low: f64,
    high: f64,
}

/// A row of `measurements`: its columns, of which `value` may have gaps.
#[derive(Row)]
struct Measurement<'t> {
    sensor: &'t str,
    value: Option<f64>,
}

/// A row of `valid`.
#[derive(Row)]
struct Valid<'t> {
    sensor: &'t str,
    value: f64,
}

/// Keeps the measurements that are there and can be believed.
#[node]
fn keep_valid(measurements: &Table, believed: Believed) -> Result<Table<'static>, TableError> {
    let mut valid = Vec::new();
    for Measurement { sensor, value } in measurements.rows_as::<Measurement>()? {
        if let Some(value) = value.filter(|value| (believed.low..=believed.high).contains(value)) {
            valid.push(Valid { sensor, value });
        }
    }
    info!("kept {} of {} measurements", valid.len(), measurements.rows());
    Table::from_rows(valid)
}

/// Tells the mean of each sensor.
#[node]
fn summarise(valid: &Table) -> Result<String, TableError> {
    let mut sensors = BTreeMap::<&str, Vec<f64>>::new();
    for Valid { sensor, value } in valid.rows_as::<Valid>()? {
        sensors.entry(sensor).or_default().push(value);
    }
    let mut summary = String::new();
    for (sensor, values) in sensors {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        // Writing to a text does not fail.
        let _ = writeln!(summary, "{sensor}: {mean:.2} on average of {}", values.len());
    }
    Ok(summary)
}

export![keep_valid, summarise];

#[cfg(test)]
mod tests;
