//! The contract's names in the SDK.

pub(crate) use super::bindings::wpipe::node::buffers::{AccessError, Buffer, Output as OutputPort, Writer};
pub(crate) use crate::window::Window;

/// The reports of a node to its operators.
pub(crate) mod telemetry {
    use super::super::bindings::wpipe::node::telemetry::{self, Level as Contract};
    pub(crate) use super::super::bindings::wpipe::node::telemetry::{metric, panicked, progress};
    use crate::Level;

    pub(crate) fn log(level: Level, message: &str) {
        let level = match level {
            Level::Trace => Contract::Trace,
            Level::Debug => Contract::Debug,
            Level::Info => Contract::Info,
            Level::Warn => Contract::Warn,
            Level::Error => Contract::Error,
        };
        telemetry::log(level, message);
    }
}
