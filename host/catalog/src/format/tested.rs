//! The material of tests that compare readers: a destination, and a loaded table as text.

use wpipe_buffer::{Buffer, Readers, Transports};
use wpipe_data::Table;

use crate::destination::{Destination, Stop};

/// Returns a destination without limits.
pub(super) fn destination() -> Destination {
    let (transports, stop) = (Transports::copy(), Stop::default());
    Destination {
        transports,
        readers: Readers::Several,
        memory: u64::MAX,
        most: u64::MAX,
        stop,
        progress: Default::default(),
    }
}

/// Returns the columns and all cells of a table.
pub(super) fn shown(buffer: &Buffer) -> String {
    let bytes = buffer.bytes().expect("mapped");
    let table = Table::view(bytes).expect("a table");
    let cells = crate::table::cells(&table).expect("right columns");
    let rows: Vec<Vec<String>> =
        (0..table.rows()).map(|row| cells.iter().map(|cells| format!("{:?}", cells.at(row))).collect()).collect();
    format!("{table:?} {rows:?}")
}
