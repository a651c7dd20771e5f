//! WASI 0.2 with nothing granted: a component that imports it can be linked, and finds an empty world.
//!
//! No files, no network, no environment, no arguments; clocks stand still; randomness is the same in every call, so
//! that such a node is as deterministic as one without WASI. Its output is logged while it goes on.

use std::sync::Arc;
use std::time::Duration;

use wasmtime::component::{Linker, Resource};
use wasmtime_wasi::p2::bindings::clocks::monotonic_clock;
use wasmtime_wasi::{Deterministic, HostMonotonicClock, HostWallClock, WasiCtx};

use crate::error::CallError;
use crate::log::Log;
use crate::printed::Printed;
use crate::state::State;
use crate::telemetry::Level;

/// WASI's side of one sandbox.
pub(crate) struct Wasi {
    pub(crate) ctx: WasiCtx,
    stdout: Printed,
    stderr: Printed,
}

impl Wasi {
    pub(crate) fn new(log: &Arc<Log>) -> Self {
        let stdout = Printed::new(Level::Info, log.clone());
        let stderr = Printed::new(Level::Warn, log.clone());
        let ctx = WasiCtx::builder()
            .stdout(stdout.clone())
            .stderr(stderr.clone())
            .wall_clock(Stopped)
            .monotonic_clock(Stopped)
            .secure_random(Deterministic::new(vec![0]))
            .insecure_random(Deterministic::new(vec![0]))
            .insecure_random_seed(0)
            .allow_tcp(false)
            .allow_udp(false)
            .build();
        Self { ctx, stdout, stderr }
    }

    /// Logs the last output that no line break has ended.
    pub(crate) fn end(&self) -> Result<(), CallError> {
        self.stdout.end().and(self.stderr.end())
    }
}

/// Links WASI into `linker`.
pub(crate) fn add_to_linker(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wasmtime_wasi::p2::add_to_linker_sync(linker)?;
    // A host call cannot be interrupted, so a guest that sleeps would outlive its time limit: no sleeping.
    linker.allow_shadowing(true);
    let mut clock = linker.instance("wasi:clocks/monotonic-clock@0.2.12")?;
    for name in ["subscribe-duration", "subscribe-instant"] {
        clock.func_wrap(name, |_, (_,): (u64,)| -> wasmtime::Result<(Resource<Pollable>,)> {
            Err(wasmtime::Error::msg("sleeping is not granted to nodes"))
        })?;
    }
    linker.allow_shadowing(false);
    Ok(())
}

type Pollable = monotonic_clock::Pollable;

/// A clock that stands at zero.
struct Stopped;

impl HostWallClock for Stopped {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

impl HostMonotonicClock for Stopped {
    fn resolution(&self) -> u64 {
        1_000_000_000
    }

    fn now(&self) -> u64 {
        0
    }
}
