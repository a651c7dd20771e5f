//! Makes linear memories for wasmtime, and tells an embedder which instance got which.

use std::cell::RefCell;
use std::sync::Arc;

use wasmtime::component::{Instance, InstancePre};
use wasmtime::{LinearMemory, MemoryCreator, MemoryType, Store};

use crate::memory::{Memory, Reservation};
use crate::{Interrupt, WASM_PAGE, Windows};

thread_local! {
    /// The instance that is being made on this thread; `None` outside of any `capture`.
    static CAPTURED: RefCell<Option<Instantiation>> = const { RefCell::new(None) };
}

/// The memories that were made for an instance, and what ends its guest.
struct Instantiation {
    memories: Vec<Memory>,
    interrupt: Arc<Interrupt>,
}

/// Makes linear memories in which buffers can be placed; for `wasmtime::Config::with_host_memory`.
///
/// The engine needs `memory_init_cow(false)` beside it: wasmtime 48 panics otherwise on modules with data segments.
#[derive(Debug, Default)]
pub struct MemoryFactory;

/// Instantiates a component whose memories a [`MemoryFactory`] makes, and lets buffers be placed in its memory through
/// the [`Windows`] which `windows` finds in the store's data. If the component has no memory or several of them, a
/// guest's address is ambiguous: attaching then fails with [`AccessError::Unmappable`](crate::AccessError). A guest that
/// polls, also in its start functions, ends when `interrupt` is raised.
///
/// # Errors
///
/// Fails if the component cannot be instantiated.
pub fn instantiate<T: 'static>(
    store: &mut Store<T>,
    component: &InstancePre<T>,
    windows: fn(&mut T) -> &mut Windows,
    interrupt: &Arc<Interrupt>,
) -> wasmtime::Result<Instance> {
    let (instance, mut memories) = capture(interrupt, || component.instantiate(&mut *store));
    let memory = if memories.len() == 1 { memories.pop() } else { None };
    *windows(store.data_mut()) = Windows::new(memory);
    instance
}

/// Runs `make`, and returns the memories which the factory made meanwhile on this thread.
///
/// wasmtime does not tell a creator the owner of a memory. Instantiation is synchronous, though, so all memories made
/// on this thread before it returns belong to the instance.
fn capture<T>(interrupt: &Arc<Interrupt>, make: impl FnOnce() -> T) -> (T, Vec<Memory>) {
    /// Restores the outer capture, also after a panic.
    struct Outer(Option<Instantiation>);
    impl Drop for Outer {
        fn drop(&mut self) {
            CAPTURED.set(self.0.take());
        }
    }
    let _outer = Outer(CAPTURED.replace(Some(Instantiation { memories: Vec::new(), interrupt: interrupt.clone() })));
    let value = make();
    (value, CAPTURED.take().map_or_else(Vec::new, |made| made.memories))
}

// SAFETY: a reservation starts out zeroed and inaccessible, is aligned to far more than a page, does not move, and is
// followed by the guard that wasmtime asks for, into which no page is ever placed.
unsafe impl MemoryCreator for MemoryFactory {
    fn new_memory(
        &self,
        ty: MemoryType,
        minimum: usize,
        maximum: Option<usize>,
        reserved_size_in_bytes: Option<usize>,
        guard_size_in_bytes: usize,
    ) -> Result<Box<dyn LinearMemory>, String> {
        if ty.page_size() != WASM_PAGE as u64 {
            return Err("memories with pages of another size than 64 KiB are not supported".into());
        }
        let capacity = reserved_size_in_bytes.or(maximum).unwrap_or(minimum).max(minimum);
        let reservation = Reservation::new(capacity, guard_size_in_bytes, minimum)
            .map(Arc::new)
            .map_err(|error| format!("failed to reserve {capacity} bytes of address space: {error}"))?;
        CAPTURED.with_borrow_mut(|captured| {
            let Some(made) = captured else { return Ok(()) };
            made.memories.push(Memory(reservation.clone()));
            let watched = made.interrupt.watch(&reservation);
            watched.map_err(|error| format!("failed to end the guest: {error}"))
        })?;
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
