//! The common part of the readers of text in pieces: how large pieces are, and the table that their lanes make.

use std::cmp::Reverse;

use memchr::memchr_iter;
use wpipe_buffer::Buffer;
use wpipe_data::table::ColumnMut;

use crate::destination::Destination;
use crate::fault::Fault;
use crate::parallel::map;
use crate::table::{Column, build, set};

/// The bytes of a piece: few enough for caches and for many processors, enough that pieces themselves cost nothing.
pub(super) const PIECE: usize = 1 << 20;
/// The number of bytes of a piece that tell the length of its lines.
const SAMPLE: usize = 4 << 10;

/// The lanes of a column, with the rows of each; without a lane, all values of these rows are missing.
pub(super) type Lanes<L> = Vec<(usize, Option<L>)>;

/// Returns the likely number of lines of a piece, or a little more.
pub(super) fn likely_rows(text: &[u8]) -> usize {
    let sample = &text[..text.len().min(SAMPLE)];
    let lines = memchr_iter(b'\n', sample).count().max(1);
    let rows = text.len() / (sample.len() / lines).max(1);
    rows + rows / 16 + 1
}

/// Lays out a table of `rows` rows, column by column on all processors. `write` writes a lane from a row on; it gets
/// each once, so that written lanes can go.
pub(super) fn lay_out<L: Send, E: From<Fault> + Send>(
    rows: usize,
    columns: &[Column],
    lanes: Vec<Lanes<L>>,
    to: &Destination,
    write: impl Fn(L, usize, &mut ColumnMut<'_>) -> Result<(), E> + Sync,
) -> Result<Buffer, E> {
    build(rows, columns, to, |table| {
        let mut work: Vec<_> = lanes.into_iter().zip(table.into_columns()).zip(columns).collect();
        // The longest first, so that no processor waits for a long one in the end.
        work.sort_by_key(|(_, column)| Reverse(column.room.bytes));
        let written = map(work, |((lanes, column), _)| {
            let mut row = 0;
            for (rows, lane) in lanes {
                to.go_on()?;
                match lane {
                    Some(lane) => write(lane, row, column)?,
                    None => (row..row + rows).try_for_each(|row| set(column, row, None)).map_err(Fault::from)?,
                }
                row += rows;
            }
            Ok(())
        });
        written.map(drop)
    })
}
