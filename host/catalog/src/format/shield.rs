//! For readers of other crates that panic on some damaged files instead of returning an error.

use std::any::Any;
use std::cell::Cell;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    /// True if this thread reads within the shield.
    static SHIELDED: Cell<bool> = const { Cell::new(false) };
}

/// Returns the result of `read`, or that of `told` with the words of its panic, which is not printed. `read` owns all
/// that it touches, so that nothing half done is left.
pub(super) fn shielded<T, E>(told: impl FnOnce(String) -> E, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |panic| {
            if !SHIELDED.get() {
                report(panic);
            }
        }));
    });
    let outside = SHIELDED.replace(true);
    let outcome = catch_unwind(AssertUnwindSafe(read));
    SHIELDED.set(outside);
    outcome.unwrap_or_else(|panic| Err(told(words(&*panic))))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("its reader gave up").to_owned()
}
