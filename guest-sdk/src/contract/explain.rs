//! Puts refusals of the host into words.

use super::AccessError;

/// Returns the reason of a refused access, to follow "failed to …: ".
pub(crate) fn explain(error: AccessError) -> String {
    let reason = match error {
        AccessError::Misaligned => "the window is misaligned",
        AccessError::OutOfBounds => "out of bounds",
        AccessError::Overlap => "the window overlaps another one",
        AccessError::Unmappable => "the host cannot place pages in this memory",
        AccessError::QuotaExceeded => "the node's limit on output bytes is used up",
        AccessError::Unavailable(reason) => return reason,
    };
    reason.to_owned()
}
