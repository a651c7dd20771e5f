//! Ends a running guest: its memories become such that the next poll of it is a trap.
//!
//! ```text
//!   guest: … loop { load a byte of the polling page; … }        (inserted by whoever compiles the guest)
//!   host:  raise ──mprotect──► the page cannot be read ──► the load traps, out of bounds
//! ```
//!
//! A load that nobody waits for costs next to nothing, where a comparison with a deadline, and a call in its wake for which
//! registers are to be saved, take up to half of a tight loop. The polling page lies behind all that a guest's memory can
//! grow to. So the host never goes there, and invariant 1 holds for what is accessible.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::memory::Reservation;

/// Ends a guest at its next poll. It knows the memories of one instance, and outlives them.
#[derive(Debug, Default)]
pub struct Interrupt {
    memories: Mutex<Vec<Weak<Reservation>>>,
    raised: AtomicBool,
}

impl Interrupt {
    /// Ends the guest at its next poll, also if it is only being instantiated. It may be raised again.
    ///
    /// # Errors
    ///
    /// Fails if the kernel refuses to protect a page; the guest goes on then.
    pub fn raise(&self) -> io::Result<()> {
        let memories = self.memories.lock().unwrap_or_else(PoisonError::into_inner);
        self.raised.store(true, Ordering::Release);
        memories.iter().filter_map(Weak::upgrade).try_for_each(|memory| memory.interrupt())
    }

    /// Returns true if the guest has been told to end.
    pub fn is_raised(&self) -> bool {
        self.raised.load(Ordering::Acquire)
    }

    /// Adds a memory of the guest.
    pub(crate) fn watch(&self, memory: &Arc<Reservation>) -> io::Result<()> {
        let mut memories = self.memories.lock().unwrap_or_else(PoisonError::into_inner);
        memories.push(Arc::downgrade(memory));
        if self.is_raised() { memory.interrupt() } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{POLLING_PAGE, WASM_PAGE};

    const CAPACITY: usize = 4 << 30;

    /// Returns a memory with a guard of a length that no other test has, so that no other takes its space.
    fn memory(guard: usize) -> Arc<Reservation> {
        Arc::new(Reservation::new(CAPACITY, guard, WASM_PAGE).unwrap())
    }

    #[test]
    fn no_memory_grows_to_its_polling_page() {
        assert!(memory(33 << 20).grow_to(POLLING_PAGE + 1).is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_space_of_a_guest_that_was_ended_is_not_used_again() {
        let guard = 34 << 20;
        let spare = || crate::space::tests::spare(CAPACITY + guard).len();
        drop(memory(guard));
        assert_eq!(spare(), 1);
        let ended = memory(guard);
        ended.interrupt().unwrap();
        drop(ended);
        assert_eq!(spare(), 0);
    }

    #[test]
    fn a_memory_that_comes_late_is_ended_at_once() {
        let interrupt = Interrupt::default();
        interrupt.raise().unwrap();
        let late = memory(35 << 20);
        interrupt.watch(&late).unwrap();
        assert!(late.is_interrupted());
    }
}
