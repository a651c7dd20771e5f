//! The reports of a call, in their order, and the limit on them: messages, figures and standard output alike.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use wpipe_text::{GuestText, json_length};

use crate::error::CallError;
use crate::limits::Limits;
use crate::telemetry::{Level, Telemetry};

/// The bytes that one message costs against the limit beside its text: a journal writes as many around it, so a flood
/// of empty messages counts. The text costs its length in the journal, so a flood of escaped characters counts too.
const MESSAGE_OVERHEAD: u64 = 128;

/// The log of one call.
pub(crate) struct Log {
    telemetry: Arc<dyn Telemetry>,
    limit: u64,
    used: AtomicU64,
    clock: Clock,
}

/// The external end of a call. Reporting takes time too: a terminal may be slow.
#[derive(Clone)]
pub(crate) struct Clock {
    started: Instant,
    limit: Duration,
    cancel: Arc<AtomicBool>,
}

impl Clock {
    /// Starts the clock now.
    pub(crate) fn start(limits: &Limits, cancel: Arc<AtomicBool>) -> Self {
        Self { started: Instant::now(), limit: limits.time, cancel }
    }

    /// Returns an error if the call has to end.
    pub(crate) fn check(&self) -> Result<(), CallError> {
        if self.cancel.load(Ordering::Relaxed) {
            return Err(CallError::Cancelled);
        }
        if self.started.elapsed() >= self.limit {
            return Err(CallError::TimedOut { limit: self.limit });
        }
        Ok(())
    }
}

impl Log {
    pub(crate) fn new(telemetry: Arc<dyn Telemetry>, limits: &Limits, clock: Clock) -> Self {
        Self { telemetry, limit: limits.log, used: AtomicU64::new(0), clock }
    }

    /// Returns an error if the call has to end.
    pub(crate) fn check(&self) -> Result<(), CallError> {
        self.clock.check()
    }

    pub(crate) fn message(&self, level: Level, message: String) -> Result<(), CallError> {
        self.charge(json_length(&message))?;
        self.telemetry.log(level, &GuestText::new(message));
        Ok(())
    }

    pub(crate) fn progress(&self, completed: u64, total: u64) -> Result<(), CallError> {
        self.charge(0)?;
        self.telemetry.progress(completed, total);
        Ok(())
    }

    pub(crate) fn metric(&self, name: String, value: f64) -> Result<(), CallError> {
        self.charge(json_length(&name))?;
        self.telemetry.metric(&GuestText::new(name), value);
        Ok(())
    }

    /// Counts a message of so many bytes.
    pub(crate) fn charge(&self, bytes: usize) -> Result<(), CallError> {
        self.clock.check()?;
        let more = bytes as u64 + MESSAGE_OVERHEAD;
        // One thread makes a call.
        let used = self.used.load(Ordering::Relaxed).saturating_add(more);
        self.used.store(used, Ordering::Relaxed);
        if used > self.limit {
            return Err(CallError::LogLimit { limit: self.limit });
        }
        Ok(())
    }
}
