//! A table in a buffer for other programs: as Arrow has it, in place.

use arrow::array::RecordBatch;
use wpipe_buffer::Buffer;

use crate::table::batch_of;

/// Returns the table in `buffer` as one record batch, whose arrays lie in the buffer and keep it.
///
/// # Errors
///
/// Fails, with the reason, if the content is no valid table.
pub fn arrow_batch(buffer: &Buffer) -> Result<RecordBatch, String> {
    batch_of(buffer).map_err(|fault| fault.to_string())
}
