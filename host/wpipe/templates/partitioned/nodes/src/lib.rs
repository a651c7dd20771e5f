//! `total` sees one month, `report` all of them: both are ordinary functions, of which each call runs in a sandbox of
//! its own.

use std::collections::BTreeMap;
use std::fmt::Write;

use wpipe_sdk::{Partitions, Table, TableError, export, info, node};

/// Sums up the sales of each shop.
#[node]
fn total(sales: &Table, least: f64) -> Result<Table<'static>, TableError> {
    let mut totals = BTreeMap::<&str, (i64, f64)>::new();
    for (shop, amount) in sales.text("shop")?.iter().zip(sales.column::<f64>("amount")?) {
        if *amount >= least {
            let (count, sum) = totals.entry(shop).or_default();
            *count += 1;
            *sum += amount;
        }
    }
    info!("{} shops", totals.len());
    let shops: Vec<&str> = totals.keys().copied().collect();
    let (counts, sums): (Vec<i64>, Vec<f64>) = totals.into_values().unzip();
    Table::from_columns([("shop", shops.into()), ("sales", counts.into()), ("total", sums.into())])
}

/// Writes a line for each shop in each month. One month is in memory at a time.
#[node]
fn report(totals: Partitions<Table>) -> Result<String, String> {
    let mut report = String::new();
    for month in totals {
        let month = month.load().map_err(|error| error.to_string())?;
        add(&mut report, month.id(), &month).map_err(|error| format!("{}: {error}", month.id()))?;
    }
    Ok(report)
}

fn add(report: &mut String, id: &str, month: &Table) -> Result<(), TableError> {
    let (counts, sums) = (month.column::<i64>("sales")?, month.column::<f64>("total")?);
    for ((shop, count), sum) in month.text("shop")?.iter().zip(counts).zip(sums) {
        // Writing to a text does not fail.
        let _ = writeln!(report, "{id} {shop}: {sum:.2} in {count} sales");
    }
    Ok(())
}

export![total, report];

#[cfg(test)]
mod tests;
