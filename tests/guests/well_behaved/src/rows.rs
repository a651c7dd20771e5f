//! Nodes that read and write tables as rows.

use std::collections::BTreeMap;

use wpipe_sdk::partitions::{self, MapError};
use wpipe_sdk::{Output, OutputError, PartitionedOutput, Partitions, Row, Table, TableError, node};

/// What was sold, by whom.
#[derive(Row)]
struct Sale<'t> {
    shop: &'t str,
    amount: f64,
    note: Option<&'t str>,
}

/// What a shop has sold.
#[derive(Row)]
struct Total {
    shop: String,
    sales: u32,
    total: f64,
    #[row(rename = "last note")]
    last_note: Option<String>,
}

fn totals(sales: &Table) -> Result<Vec<Total>, TableError> {
    let mut totals = BTreeMap::<&str, Total>::new();
    for sale in sales.rows_as::<Sale>()? {
        let total = totals.entry(sale.shop).or_insert_with(|| Total {
            shop: sale.shop.to_owned(),
            sales: 0,
            total: 0.0,
            last_note: None,
        });
        total.sales += 1;
        total.total += sale.amount;
        total.last_note = sale.note.map(str::to_owned).or(total.last_note.take());
    }
    Ok(totals.into_values().collect())
}

/// What each shop has sold.
#[node]
pub(crate) fn sum_sales(sales: &Table) -> Result<Table<'static>, TableError> {
    Table::from_rows(totals(sales)?)
}

/// The same, built in place.
#[node]
pub(crate) fn sum_sales_in_place(sales: &Table, totals: Output<Table>) -> Result<(), Box<dyn std::error::Error>> {
    Ok(totals.put_rows(self::totals(sales)?)?)
}

/// The same for each partition.
#[node]
pub(crate) fn sum_sales_each(
    sales: Partitions<Table>,
    totals: PartitionedOutput<Table<'static>>,
) -> Result<(), MapError> {
    partitions::map(sales, &totals, |_, sales| Table::from_rows(self::totals(sales)?))
}

/// As many sales as that, which are written in place.
#[node]
pub(crate) fn make_sales(rows: u32, sales: Output<Table>) -> Result<(), OutputError> {
    let name = |row: u32| format!("shop {}", row % 100);
    let names: Vec<String> = (0..100).map(name).collect();
    sales.put_rows((0..rows).map(|row| Sale {
        shop: &names[row as usize % 100],
        amount: f64::from(row) / 4.0,
        note: row.is_multiple_of(3).then_some("late"),
    }))
}

/// The amounts, by columns: a mistake ends it with a panic.
#[node]
pub(crate) fn unwraps(sales: &Table) -> f64 {
    sales.column::<f64>("amount").expect("amounts").iter().sum()
}
