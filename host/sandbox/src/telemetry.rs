//! What a node tells its operators, and the limit on it.

use std::fmt;

use crate::bindings::wpipe::node::telemetry as contract;
use crate::error::CallError;
use crate::state::{Panic, State};

/// How much a log message matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// For whoever debugs a node, in detail.
    Trace,
    /// For whoever debugs a node.
    Debug,
    /// For whoever runs the pipeline.
    Info,
    /// Something is odd.
    Warn,
    /// Something is wrong.
    Error,
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Trace => "trace",
            Self::Debug => "debug",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
        })
    }
}

/// Who listens to a node.
pub trait Telemetry: Send + Sync {
    /// A message.
    fn log(&self, level: Level, message: &str);
    /// So many of so many steps are done.
    fn progress(&self, completed: u64, total: u64);
    /// A figure under a name.
    fn metric(&self, name: &str, value: f64);
}

/// Nobody.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Telemetry for Silent {
    fn log(&self, _level: Level, _message: &str) {}
    fn progress(&self, _completed: u64, _total: u64) {}
    fn metric(&self, _name: &str, _value: f64) {}
}

/// What one message costs against the limit beside its text: a flood of empty messages is a flood.
const MESSAGE_OVERHEAD: u64 = 16;

impl State {
    fn charge_log(&mut self, bytes: usize) -> wasmtime::Result<()> {
        self.logged = self.logged.saturating_add(bytes as u64 + MESSAGE_OVERHEAD);
        if self.logged > self.limits.log {
            return Err(CallError::LogLimit { limit: self.limits.log }.into());
        }
        Ok(())
    }
}

impl contract::Host for State {
    fn log(&mut self, level: contract::Level, message: String) -> wasmtime::Result<()> {
        self.charge_log(message.len())?;
        let level = match level {
            contract::Level::Trace => Level::Trace,
            contract::Level::Debug => Level::Debug,
            contract::Level::Info => Level::Info,
            contract::Level::Warn => Level::Warn,
            contract::Level::Error => Level::Error,
        };
        self.telemetry.log(level, &message);
        Ok(())
    }

    fn progress(&mut self, completed: u64, total: u64) -> wasmtime::Result<()> {
        self.charge_log(0)?;
        self.telemetry.progress(completed, total);
        Ok(())
    }

    fn metric(&mut self, name: String, value: f64) -> wasmtime::Result<()> {
        self.charge_log(name.len())?;
        self.telemetry.metric(&name, value);
        Ok(())
    }

    fn panicked(&mut self, message: String, file: String, line: u32, column: u32) -> wasmtime::Result<()> {
        self.charge_log(message.len() + file.len())?;
        self.panic = Some(Panic { message, file, line, column });
        Ok(())
    }
}
