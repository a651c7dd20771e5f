//! `create_target`: what a model is to learn.

use std::error::Error;

use wpipe_sdk::{Output, Table, TableSpec, node};

/// Returns the logarithms of the prices plus 1.
#[node]
pub(crate) fn create_target(house_prices_no_outliers: &Table, y_train: Output<Table>) -> Result<(), Box<dyn Error>> {
    let prices = house_prices_no_outliers.column::<i64>("SalePrice")?;
    y_train.build(&TableSpec::new(prices.len()).f64("SalePrice"), |table| {
        let logarithms = table.column_mut::<f64>("SalePrice")?.iter_mut().zip(prices);
        logarithms.for_each(|(to, price)| *to = (*price as f64).ln_1p());
        Ok(())
    })?;
    Ok(())
}
