//! In a unit test nodes are plain functions: `cargo test` needs no WebAssembly.

use super::*;

#[test]
fn small_sales_do_not_count() -> Result<(), TableError> {
    let sales = Table::from_columns([
        ("shop", vec!["north", "south", "north"].into()),
        ("amount", vec![10.0, 30.0, 25.0].into()),
    ])?;
    let totals = total(&sales, 20.0)?;
    assert_eq!(totals.column::<i64>("sales")?, [1, 1]);
    assert_eq!(totals.column::<f64>("total")?, [25.0, 30.0]);

    let mut report = String::new();
    add(&mut report, "2026/01", &totals)?;
    assert_eq!(report, "2026/01 north: 25.00 in 1 sales\n2026/01 south: 30.00 in 1 sales\n");
    Ok(())
}
