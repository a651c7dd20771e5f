//! `total` sees one month, `report` all of them: both are ordinary functions, of which each call runs in a sandbox of
//! its own.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;

use wpipe_sdk::{Partitions, Row, Table, TableError, export, info, node};

/// A row of `sales`: the columns that are read.
#[derive(Row)]
struct Sale<'t> {
    shop: &'t str,
    amount: f64,
}

/// A row of `totals`.
#[derive(Row)]
struct Total<'t> {
    shop: &'t str,
    sales: i64,
    total: f64,
}

/// Sums up the sales of each shop.
#[node]
fn total(sales: &Table, least: f64) -> Result<Table<'static>, TableError> {
    let mut totals = BTreeMap::<&str, Total>::new();
    for Sale { shop, amount } in sales.rows_as::<Sale>()? {
        if amount >= least {
            let total = totals.entry(shop).or_insert(Total { shop, sales: 0, total: 0.0 });
            total.sales += 1;
            total.total += amount;
        }
    }
    info!("{} shops", totals.len());
    Table::from_rows(totals.into_values())
}

/// Writes a line for each shop in each month. One month is in memory at a time.
#[node]
fn report(totals: Partitions<Table>) -> Result<String, Box<dyn Error>> {
    let mut report = String::new();
    for month in totals {
        let month = month.load()?;
        for Total { shop, sales, total } in month.rows_as::<Total>()? {
            writeln!(report, "{} {shop}: {total:.2} in {sales} sales", month.id())?;
        }
    }
    Ok(report)
}

export![total, report];

#[cfg(test)]
mod tests;
