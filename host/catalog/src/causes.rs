//! The causes behind an error, from the outermost to the innermost.

use std::error::Error;
use std::iter::successors;

/// Returns the causes of `error`, without itself.
pub(crate) fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    successors(error.source(), |cause: &&'e (dyn Error + 'static)| (*cause).source())
}

/// Returns the outermost cause of type `T`.
pub(crate) fn find_cause<'e, T: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// Returns the words of the innermost cause; of the error itself, if it has none.
pub(crate) fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().unwrap_or(error).to_string()
}
