//! The contract's names as the SDK uses them.

pub(crate) use super::bindings::wpipe::node::buffers::{AccessError, Buffer, Output as OutputPort, Writer};
pub(crate) use crate::window::Window;

/// What the node tells its operators.
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
