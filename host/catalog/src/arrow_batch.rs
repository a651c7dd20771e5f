//! Tables for other programs, and by them: as Arrow has them.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use wpipe_buffer::{Buffer, Readers, Transports};

use crate::destination::{Destination, Stop};
use crate::fault::Fault;
use crate::progress::Progress;
use crate::table::{Declared, batch_of, pieces_of, selected_of, table_of};

/// Returns the table in `buffer` as one record batch, whose arrays lie in the buffer and keep it.
///
/// # Errors
///
/// Fails, with the reason, if the content is no valid table.
pub fn arrow_batch(buffer: &Buffer) -> Result<RecordBatch, String> {
    batch_of(buffer).map_err(|fault| fault.to_string())
}

/// Lays the rows of record batches out as one table, each value once, on all processors.
///
/// Types that a table does not have become those that hold all of their values, as in a file of Arrow's.
///
/// ```
/// use std::sync::Arc;
/// use arrow::array::{ArrayRef, Int16Array, RecordBatch};
/// use wpipe_buffer::Transports;
/// use wpipe_catalog::table_of_batches;
/// use wpipe_data::{Table, View};
///
/// let x: ArrayRef = Arc::new(Int16Array::from(vec![1, 2]));
/// let batch = RecordBatch::try_from_iter([("x", x)])?;
/// let buffer = table_of_batches(&batch.schema(), vec![batch], &Transports::detect())?;
/// assert_eq!(Table::view(buffer.bytes()?)?.column::<i32>("x")?, [1, 2]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Fails, with the column and the reason, if a table cannot hold a column or a value of it exactly.
pub fn table_of_batches(
    schema: &SchemaRef,
    batches: Vec<RecordBatch>,
    transports: &Transports,
) -> Result<Buffer, String> {
    let to = Destination {
        transports: transports.clone(),
        readers: Readers::Several,
        memory: u64::MAX,
        most: u64::MAX,
        stop: Stop::default(),
        progress: Progress::default(),
    };
    let laid_out = || {
        let columns = selected_of(schema, &Declared::default())?;
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        let pieces = pieces_of(&columns, &batches);
        drop(batches);
        table_of(&columns, pieces, rows, &to)
    };
    laid_out().map_err(|fault: Fault| match &fault.help {
        Some(help) => format!("{fault}; {help}"),
        None => fault.to_string(),
    })
}
