//! Tables by rows and by columns: the same work in both ways, for `bench guest`.

use wpipe_sdk::{Row, Table, TableError, TableSpec, node};

/// What was sold, by whom.
#[derive(Row)]
struct Sale<'t> {
    shop: &'t str,
    amount: f64,
    count: i64,
    discount: Option<f64>,
}

/// A table of as many sales.
pub fn sales(rows: u64) -> Result<Table<'static>, TableError> {
    let names: Vec<String> = (0..100).map(|number| format!("shop {number}")).collect();
    Table::from_rows((0..rows).map(|row| Sale {
        shop: &names[row as usize % names.len()],
        amount: row as f64 / 4.0,
        count: row as i64 % 7,
        discount: (row % 3 == 0).then_some(0.5),
    }))
}

/// What is said of one sale, in both ways.
fn value(shop: &str, amount: f64, count: i64, discount: Option<f64>) -> f64 {
    shop.len() as f64 + amount * count as f64 * (1.0 - discount.unwrap_or_default())
}

/// Adds up sales, row by row.
#[node]
pub fn rows(table: &Table) -> Result<u64, TableError> {
    let mut sum = 0.0;
    for Sale { shop, amount, count, discount } in table.rows_as::<Sale>()? {
        sum += value(shop, amount, count, discount);
    }
    Ok(sum.to_bits())
}

/// Adds up sales, column by column beside each other.
#[node]
pub fn columns(table: &Table) -> Result<u64, TableError> {
    let (shops, amounts) = (table.text("shop")?, table.column::<f64>("amount")?);
    let (counts, discounts) = (table.column::<i64>("count")?, table.nullable::<f64>("discount")?);
    let mut sum = 0.0;
    for (((shop, amount), count), discount) in shops.iter().zip(amounts).zip(counts).zip(discounts.iter()) {
        sum += value(shop, *amount, *count, discount);
    }
    Ok(sum.to_bits())
}

/// What tells that both ways have made the same table.
fn told(table: &Table) -> Result<u64, TableError> {
    Ok(table.bytes().len() as u64 ^ table.column::<f64>("amount")?.iter().sum::<f64>().to_bits())
}

/// Makes a table of structs.
#[node]
pub fn write_rows(rounds: u64) -> Result<u64, TableError> {
    told(&sales(rounds)?)
}

/// Makes the same table by its columns.
#[node]
pub fn write_columns(rounds: u64) -> Result<u64, TableError> {
    let names: Vec<String> = (0..100).map(|number| format!("shop {number}")).collect();
    let bytes = (0..rounds).map(|row| names[row as usize % names.len()].len()).sum();
    let spec =
        TableSpec::new(rounds as usize).text("shop", bytes).f64("amount").i64("count").f64("discount").nullable();
    let table = Table::build(&spec, |table| {
        let mut shops = table.text_mut("shop")?;
        (0..rounds).try_for_each(|row| shops.push(&names[row as usize % names.len()]))?;
        (0_u32..).zip(table.column_mut::<f64>("amount")?).for_each(|(row, amount)| *amount = f64::from(row) / 4.0);
        (0_i64..).zip(table.column_mut::<i64>("count")?).for_each(|(row, count)| *count = row % 7);
        let mut discounts = table.nullable_mut::<f64>("discount")?;
        (0..rounds as usize).for_each(|row| discounts.set(row, row.is_multiple_of(3).then_some(0.5)));
        Ok(())
    })?;
    told(&table)
}
