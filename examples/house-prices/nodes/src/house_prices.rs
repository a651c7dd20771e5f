//! `house_prices`: the file that the pipeline reads.

use wpipe_sdk::{Table, TableError, node};

use crate::columns::{Drawn, HOUSES, Values, columns};

/// Makes 1460 houses by chance, with 81 columns. The same seed gives the same houses on every machine.
#[node]
pub(crate) fn house_prices(seed: u64) -> Result<Table<'static>, TableError> {
    let columns = columns();
    let filled = columns.iter().map(|column| {
        let drawn = Drawn::of_file(column, seed);
        let rows = 0..HOUSES;
        let cells = match column.values {
            Values::Whole(..) => rows.map(|row| drawn.number(row).unwrap_or_default()).collect::<Vec<_>>().into(),
            Values::Float(..) => rows.map(|row| drawn.number(row).map(|of| of as f64)).collect::<Vec<_>>().into(),
            Values::Text(_) => rows.map(|row| drawn.text(row)).collect::<Vec<_>>().into(),
        };
        (column.name, cells)
    });
    Table::from_columns(filled)
}
