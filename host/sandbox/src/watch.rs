//! Watches the running calls, and ends those whose time is over or that are cancelled.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use wpipe_buffer::Interrupt;

use crate::log::Clock;

/// The interval at which a running guest can be stopped.
const TICK: Duration = Duration::from_millis(10);

/// The calls that are under way.
type Calls = Mutex<Vec<Arc<Running>>>;

struct Running {
    clock: Clock,
    interrupt: Arc<Interrupt>,
}

/// Looks at the clock of every running call each [`TICK`]. Ends with the engine.
pub(crate) struct Watch(Arc<Calls>);

/// A call that is watched as long as this value lives.
pub(crate) struct Watched {
    calls: Arc<Calls>,
    running: Arc<Running>,
}

impl Watch {
    pub(crate) fn start() -> Self {
        let calls = Arc::<Calls>::default();
        let watched = Arc::downgrade(&calls);
        let watcher = thread::Builder::new().name("wpipe-watch".into()).spawn(move || watch(&watched));
        if let Err(error) = watcher {
            tracing::warn!("time limits are not kept: no thread for the clock: {error}");
        }
        Self(calls)
    }

    /// Watches a call that begins.
    pub(crate) fn call(&self, clock: Clock, interrupt: Arc<Interrupt>) -> Watched {
        let running = Arc::new(Running { clock, interrupt });
        lock(&self.0).push(running.clone());
        Watched { calls: self.0.clone(), running }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let mut calls = lock(&self.calls);
        if let Some(at) = calls.iter().position(|call| Arc::ptr_eq(call, &self.running)) {
            calls.swap_remove(at);
        }
    }
}

fn lock(calls: &Calls) -> MutexGuard<'_, Vec<Arc<Running>>> {
    calls.lock().unwrap_or_else(PoisonError::into_inner)
}

fn watch(calls: &Weak<Calls>) {
    while let Some(calls) = calls.upgrade() {
        // Again at every tick, until the call has ended: the kernel may have refused.
        let over: Vec<_> = lock(&calls).iter().filter(|call| call.clock.check().is_err()).cloned().collect();
        drop(calls);
        for call in over {
            if let Err(error) = call.interrupt.raise() {
                tracing::warn!("a call goes on for a while, as the kernel does not let it be ended: {error}");
            }
        }
        thread::sleep(TICK);
    }
}
