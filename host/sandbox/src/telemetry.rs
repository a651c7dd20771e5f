//! The reports of a node to its operators.

use std::fmt;
use std::str::FromStr;

use wpipe_text::GuestText;

use crate::bindings::wpipe::node::telemetry as contract;
use crate::state::{Panic, State};

/// The importance of a log message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Details for people who debug a node.
    Trace,
    /// For people who debug a node.
    Debug,
    /// For people who run the pipeline.
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

impl FromStr for Level {
    type Err = UnknownLevel;

    fn from_str(name: &str) -> Result<Self, UnknownLevel> {
        let all = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error];
        let named = all.into_iter().find(|level| level.to_string() == name);
        named.ok_or_else(|| UnknownLevel(name.to_owned()))
    }
}

/// A name that no level has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no log level `{}`", .0.escape_debug())]
pub struct UnknownLevel(String);

/// The listener of a node.
pub trait Telemetry: Send + Sync {
    /// Receives a message.
    fn log(&self, level: Level, message: &GuestText);
    /// Receives the completed part of the total steps.
    fn progress(&self, completed: u64, total: u64);
    /// Receives a figure under a name.
    fn metric(&self, name: &GuestText, value: f64);
}

/// A listener that ignores everything.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Telemetry for Silent {
    fn log(&self, _level: Level, _message: &GuestText) {}
    fn progress(&self, _completed: u64, _total: u64) {}
    fn metric(&self, _name: &GuestText, _value: f64) {}
}

impl contract::Host for State {
    fn log(&mut self, level: contract::Level, message: String) -> wasmtime::Result<()> {
        let level = match level {
            contract::Level::Trace => Level::Trace,
            contract::Level::Debug => Level::Debug,
            contract::Level::Info => Level::Info,
            contract::Level::Warn => Level::Warn,
            contract::Level::Error => Level::Error,
        };
        Ok(self.log.message(level, message)?)
    }

    fn progress(&mut self, completed: u64, total: u64) -> wasmtime::Result<()> {
        Ok(self.log.progress(completed, total)?)
    }

    fn metric(&mut self, name: String, value: f64) -> wasmtime::Result<()> {
        Ok(self.log.metric(name, value)?)
    }

    fn panicked(&mut self, message: String, file: String, line: u32, column: u32) -> wasmtime::Result<()> {
        let (message, file) = (GuestText::cut(message), GuestText::cut(file));
        self.log.charge(message.len() + file.len())?;
        self.panic = Some(Panic { message, file, line, column });
        Ok(())
    }
}
