//! Limits the components that are compiled at once to as many as fit into the memory set aside for it.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;
use std::time::Duration;

use super::limits::shared_memory;

/// Admits compilations while there is memory, and a processor, for one more. One at a time always gets in.
#[derive(Debug)]
pub(crate) struct Gate {
    memory: u64,
    most: usize,
    inside: Mutex<Inside>,
    left: Condvar,
}

#[derive(Debug, Default)]
struct Inside {
    count: usize,
    memory: u64,
}

/// A place inside, which the drop gives back.
#[derive(Debug)]
pub(crate) struct Entered<'a> {
    gate: &'a Gate,
    memory: u64,
}

/// The longest time that a cancelled wait may go unnoticed.
const POLL: Duration = Duration::from_millis(20);

impl Gate {
    pub(crate) fn new() -> Self {
        let most = available_parallelism().map_or(1, usize::from);
        Self { memory: shared_memory(), most, inside: Mutex::default(), left: Condvar::new() }
    }

    /// Waits until a compilation that may take `memory` bytes has a place. Returns `None` if `cancelled` came first.
    pub(crate) fn enter(&self, memory: u64, cancelled: impl Fn() -> bool) -> Option<Entered<'_>> {
        let mut inside = self.lock();
        while inside.count > 0 && (inside.count >= self.most || inside.memory.saturating_add(memory) > self.memory) {
            if cancelled() {
                return None;
            }
            inside = self.left.wait_timeout(inside, POLL).unwrap_or_else(PoisonError::into_inner).0;
        }
        inside.count += 1;
        inside.memory = inside.memory.saturating_add(memory);
        Some(Entered { gate: self, memory })
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        let mut inside = self.gate.lock();
        inside.count -= 1;
        inside.memory = inside.memory.saturating_sub(self.memory);
        self.gate.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate() -> Gate {
        Gate { memory: 100, most: 3, inside: Mutex::default(), left: Condvar::new() }
    }

    #[test]
    fn what_does_not_fit_beside_others_waits() {
        let gate = gate();
        let first = gate.enter(60, || false).unwrap();
        let second = gate.enter(40, || false).unwrap();
        assert!(gate.enter(1, || true).is_none());
        drop(first);
        assert!(gate.enter(60, || true).is_some());
        drop(second);
    }

    #[test]
    fn one_gets_in_whatever_it_takes() {
        assert!(gate().enter(1000, || true).is_some());
    }
}
