//! In a unit test nodes are plain functions: `cargo test` needs no WebAssembly.

use super::*;

#[test]
fn small_sales_do_not_count() -> Result<(), Box<dyn Error>> {
    let sales = [("north", 10.0), ("south", 30.0), ("north", 25.0)];
    let sales = Table::from_rows(sales.map(|(shop, amount)| Sale { shop, amount }))?;
    let totals = total(&sales, 20.0)?;
    assert_eq!(totals.column::<i64>("sales")?, [1, 1]);
    assert_eq!(totals.column::<f64>("total")?, [25.0, 30.0]);

    let months = Partitions::in_memory([("2026/01", &totals)])?;
    assert_eq!(report(months)?, "2026/01 north: 25.00 in 1 sales\n2026/01 south: 30.00 in 1 sales\n");
    Ok(())
}
