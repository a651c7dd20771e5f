//! `total_sf`: how large a house is in all.

use std::error::Error;

use wpipe_sdk::{Output, Table, node};

use crate::copy::Columns;

/// The areas that are added.
const AREAS: [&str; 3] = ["TotalBsmtSF", "1stFlrSF", "2ndFlrSF"];

/// Adds the column `TotalSF`: the areas of basement, first and second floor.
#[node]
pub(crate) fn total_sf(house_prices_drop: &Table, house_prices_clean: Output<Table>) -> Result<(), Box<dyn Error>> {
    let table = house_prices_drop;
    let columns = Columns::of(table, |_| true)?;
    let [basement, first, second] = AREAS.map(|name| table.column::<i64>(name));
    let (basement, first, second) = (basement?, first?, second?);
    house_prices_clean.build(&columns.spec().i64("TotalSF"), |to| {
        columns.write(to.columns_mut())?;
        for (row, total) in to.column_mut::<i64>("TotalSF")?.iter_mut().enumerate() {
            *total = basement[row] + first[row] + second[row];
        }
        Ok(())
    })?;
    Ok(())
}
