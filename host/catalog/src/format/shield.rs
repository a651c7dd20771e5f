//! For readers of other crates that panic on some damaged files instead of returning an error.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What `read` returns, or the words of its panic. `read` owns all that it touches, so that nothing half done is left.
pub(super) fn shielded<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|panic| Err(words(&*panic)))
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("its reader gave up").to_owned()
}
