//! Where wasmtime gets its linear memories from, and how an embedder learns which instance got which.

use std::cell::RefCell;
use std::sync::Arc;

use wasmtime::{LinearMemory, MemoryCreator, MemoryType};

use crate::Memory;
use crate::memory::Reservation;

thread_local! {
    /// The memories made on this thread since the innermost `capture_memories` began; `None` outside of any.
    static CAPTURED: RefCell<Option<Vec<Memory>>> = const { RefCell::new(None) };
}

/// Makes linear memories in which buffers can be placed; for `wasmtime::Config::with_host_memory`.
///
/// The engine needs `memory_init_cow(false)` beside it: wasmtime 48 panics otherwise on modules with data segments.
#[derive(Debug, Default)]
pub struct MemoryFactory;

/// Runs `instantiate`, and gives the memories which the factory made meanwhile on this thread.
///
/// wasmtime does not tell a creator for whom a memory is; instantiation is synchronous, though, so whatever is made
/// on this thread before it returns belongs to the instance.
pub fn capture_memories<T>(instantiate: impl FnOnce() -> T) -> (T, Vec<Memory>) {
    let outer = CAPTURED.replace(Some(Vec::new()));
    let value = instantiate();
    let captured = CAPTURED.replace(outer).unwrap_or_default();
    (value, captured)
}

// SAFETY: a reservation starts out zeroed and inaccessible, is aligned to far more than a page, does not move, and is
// followed by the guard that wasmtime asks for, into which no page is ever placed.
unsafe impl MemoryCreator for MemoryFactory {
    fn new_memory(
        &self,
        _ty: MemoryType,
        minimum: usize,
        maximum: Option<usize>,
        reserved_size_in_bytes: Option<usize>,
        guard_size_in_bytes: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        let capacity = reserved_size_in_bytes.or(maximum).unwrap_or(minimum).max(minimum);
        let reservation = Reservation::new(capacity, guard_size_in_bytes)
            .and_then(|reservation| reservation.grow_to(minimum).map(|()| Arc::new(reservation)))
            .map_err(|error| format!("failed to reserve {capacity} bytes of address space: {error}"))?;
        CAPTURED.with_borrow_mut(|captured| {
            if let Some(memories) = captured {
                memories.push(Memory(reservation.clone()));
            }
        });
        Ok(Box::new(HostMemory(reservation)))
    }
}

struct HostMemory(Arc<Reservation>);

// SAFETY: the reservation outlives this value (it is counted), its base never moves, its accessible bytes are
// read-write pages at all times, and it only grows.
unsafe impl LinearMemory for HostMemory {
    fn byte_size(&self) -> usize {
        self.0.accessible()
    }

    fn byte_capacity(&self) -> usize {
        self.0.capacity()
    }

    fn grow_to(&mut self, new_size: usize) -> wasmtime::Result<()> {
        Ok(self.0.grow_to(new_size)?)
    }

    fn as_ptr(&self) -> *mut u8 {
        self.0.base()
    }
}
