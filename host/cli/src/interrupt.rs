//! What Ctrl-C and its likes do: before a run they end the command, during a run they end the run in good order.

use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::terminal::{INTERRUPTED, note, warn};

/// What ends the run that is under way.
static RUNNING: Mutex<Option<Arc<AtomicBool>>> = Mutex::new(None);

fn running() -> MutexGuard<'static, Option<Arc<AtomicBool>>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Hears interrupts from now on. Processes that compile components for this one end with it.
pub(crate) fn listen() {
    let handler = || match &*running() {
        Some(cancel) if !cancel.swap(true, Ordering::Relaxed) => {}
        Some(_) => process::exit(INTERRUPTED.into()),
        None => {
            note("interrupted before anything ran");
            process::exit(INTERRUPTED.into());
        }
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        warn(&format!("an interrupt will end the command at once: {error}"));
    }
}

/// The first interrupt from now on sets the flag, the second one ends the command at once.
pub(crate) fn end_in_good_order() -> Arc<AtomicBool> {
    running().get_or_insert_default().clone()
}
