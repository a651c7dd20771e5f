//! `drop_cols`: without what a model does not look at.

use std::error::Error;

use wpipe_sdk::{Output, Table, node};

use crate::copy::Columns;

/// Returns the table without some columns.
#[node]
pub(crate) fn drop_cols(
    house_prices_no_outliers: &Table,
    drop_cols: Vec<String>,
    house_prices_drop: Output<Table>,
) -> Result<(), Box<dyn Error>> {
    let columns = Columns::of(house_prices_no_outliers, |name| !drop_cols.iter().any(|drop| drop == name))?;
    house_prices_drop.build(&columns.spec(), |table| columns.write(table.columns_mut()))?;
    Ok(())
}
