//! Record batches laid out as a table, once, in the buffer that consumers will read.

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::DataType;
use wpipe_buffer::Buffer;

use super::Selected;
use super::parts::{Content, table_in_parts};
use crate::destination::Destination;
use crate::fault::Fault;

/// The pieces of each column that is read, from the first row to the last; none if the content lacks it.
pub(crate) type Pieces = Vec<Vec<ArrayRef>>;

/// Returns the columns of `batches`, which have them by their names.
pub(crate) fn pieces_of(selected: &[Selected], batches: &[RecordBatch]) -> Pieces {
    let pieces = |column: &Selected| {
        let of_batch = |batch: &RecordBatch| batch.column_by_name(&column.wanted.name).cloned();
        column.natural.map_or_else(Vec::new, |_| batches.iter().filter_map(of_batch).collect())
    };
    selected.iter().map(pieces).collect()
}

/// Lays out the table of `rows` rows of these columns, on all processors. Pieces are freed once they are laid out.
pub(crate) fn table_of(selected: &[Selected], pieces: Pieces, rows: usize, to: &Destination) -> Result<Buffer, Fault> {
    let contents = pieces.into_iter().map(Content::Pieces).collect();
    let table = table_in_parts(selected, contents, rows, to, |_, _| Ok(()))?;
    table.ok_or_else(|| Fault::new("the size of its parts is unknown"))
}

/// Returns the type of batches that hold text in views, which take little memory whatever they show.
pub(crate) fn as_views(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Binary | DataType::LargeBinary => DataType::BinaryView,
        other => other.clone(),
    }
}
