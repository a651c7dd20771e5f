//! The reports of a node to its operators: log lines, progress, metrics.

use core::fmt;

use crate::contract::telemetry;

/// The importance of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Every step.
    Trace,
    /// For people who look for a fault.
    Debug,
    /// For people who run the pipeline.
    Info,
    /// Not as it should be, but no obstacle either.
    Warn,
    /// A fault.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        })
    }
}

/// Logs one message; [`info!`](crate::info) and its like are shorter.
pub fn log(level: Level, message: fmt::Arguments<'_>) {
    match message.as_str() {
        Some(message) => telemetry::log(level, message),
        None => telemetry::log(level, &message.to_string()),
    }
}

/// Reports the progress of the node: `completed` of `total`, in any unit.
pub fn progress(completed: u64, total: u64) {
    telemetry::progress(completed, total);
}

/// Reports a number about this call, such as an accuracy.
///
/// ```
/// wpipe_sdk::metric("accuracy", 0.9667);
/// ```
pub fn metric(name: &str, value: f64) {
    telemetry::metric(name, value);
}

/// Logs every step, with the arguments of [`format!`].
#[macro_export]
macro_rules! trace {
    ($($message:tt)+) => { $crate::log($crate::Level::Trace, ::core::format_args!($($message)+)) };
}

/// Logs for people who look for a fault, with the arguments of [`format!`].
#[macro_export]
macro_rules! debug {
    ($($message:tt)+) => { $crate::log($crate::Level::Debug, ::core::format_args!($($message)+)) };
}

/// Logs for people who run the pipeline, with the arguments of [`format!`].
///
/// ```
/// let rows = 150;
/// wpipe_sdk::info!("read {rows} rows");
/// ```
#[macro_export]
macro_rules! info {
    ($($message:tt)+) => { $crate::log($crate::Level::Info, ::core::format_args!($($message)+)) };
}

/// Logs something odd, with the arguments of [`format!`].
#[macro_export]
macro_rules! warn {
    ($($message:tt)+) => { $crate::log($crate::Level::Warn, ::core::format_args!($($message)+)) };
}

/// Logs a fault, with the arguments of [`format!`]. The node goes on; return an error to end it.
#[macro_export]
macro_rules! error {
    ($($message:tt)+) => { $crate::log($crate::Level::Error, ::core::format_args!($($message)+)) };
}
