//! Two nodes: ordinary functions, of which each call runs in a sandbox of its own.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::Deserialize;
use wpipe_sdk::{Table, TableError, export, info, node};

/// The parameter `believed`: what a sensor can have measured.
#[derive(Deserialize)]
struct Believed {
    low: f64,
    high: f64,
}

/// Keeps the measurements that are there and can be believed.
#[node]
fn keep_valid(measurements: &Table, believed: Believed) -> Result<Table<'static>, TableError> {
    let sensors = measurements.text("sensor")?;
    let values = measurements.nullable::<f64>("value")?;
    let valid = |value: &f64| (believed.low..=believed.high).contains(value);
    let kept: Vec<(&str, f64)> =
        sensors.iter().zip(values.iter()).filter_map(|(sensor, value)| Some((sensor, value.filter(valid)?))).collect();
    info!("kept {} of {} measurements", kept.len(), measurements.rows());
    let (sensors, values): (Vec<&str>, Vec<f64>) = kept.into_iter().unzip();
    Table::from_columns([("sensor", sensors.into()), ("value", values.into())])
}

/// Tells the mean of each sensor.
#[node]
fn summarise(valid: &Table) -> Result<String, TableError> {
    let mut sensors = BTreeMap::<&str, Vec<f64>>::new();
    for (sensor, value) in valid.text("sensor")?.iter().zip(valid.column::<f64>("value")?) {
        sensors.entry(sensor).or_default().push(*value);
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
