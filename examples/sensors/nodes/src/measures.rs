//! What the sensors measure, and what no sensor of ours can have measured.

use core::ops::RangeInclusive;

/// One thing that is measured.
pub(crate) struct Measure {
    /// The column's name.
    pub(crate) name: &'static str,
    /// What is physically possible where the sensors stand.
    pub(crate) range: RangeInclusive<f64>,
    /// What may lie between a value and those around it, at least, before it can be a spike.
    pub(crate) step: f64,
}

/// How many there are.
pub(crate) const MEASURES: usize = 3;

/// Air temperature in °C, relative humidity in %, air pressure in hPa, in the order of the raw lines.
pub(crate) const ALL: [Measure; MEASURES] = [
    Measure { name: "temperature", range: -89.2..=56.7, step: 2.0 },
    Measure { name: "humidity", range: 0.0..=100.0, step: 8.0 },
    Measure { name: "pressure", range: 870.0..=1085.0, step: 3.0 },
];

/// The first line of a raw file.
pub(crate) const HEADER: &str = "time,sensor,temperature,humidity,pressure";

/// One value of each measure, where there is one.
pub(crate) type Values = [Option<f64>; MEASURES];

/// Microseconds.
pub(crate) const SECOND: i64 = 1_000_000;
/// Microseconds.
pub(crate) const MINUTE: i64 = 60 * SECOND;
/// Microseconds.
pub(crate) const DAY: i64 = 24 * 60 * MINUTE;
