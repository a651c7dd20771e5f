//! What readers are told when they ask for the wrong thing.

use wpipe_data::{Table, TableError};

fn table() -> Result<Table<'static>, TableError> {
    Table::from_columns([
        ("petal_length", vec![Some(1.4), None].into()),
        ("species", vec!["setosa", "virginica"].into()),
        ("count", vec![1, 2].into()),
    ])
}

fn message<T: std::fmt::Debug>(result: Result<T, TableError>) -> String {
    result.expect_err("the request is wrong").to_string()
}

#[test]
fn errors_say_what_to_do() -> Result<(), TableError> {
    let table = table()?;
    assert_eq!(
        message(table.column::<f64>("petal_lenth")),
        "no column `petal_lenth`, did you mean `petal_length`? the table has `petal_length`, `species`, `count`"
    );
    assert_eq!(
        message(table.column::<f64>("petal_length")),
        "column `petal_length` has 1 missing values: read it with `nullable`"
    );
    assert_eq!(message(table.column::<f64>("count")), "column `count` is i32, not f64");
    assert_eq!(message(table.text("count")), "column `count` is i32, not text");
    assert_eq!(message(table.bools(7)), "no column 7: the table has 3 columns");
    Ok(())
}

#[test]
fn names_and_positions_find_the_same_column() -> Result<(), TableError> {
    let table = table()?;
    assert_eq!(table.column::<i32>(2)?, table.column::<i32>("count")?);
    assert_eq!(table.text(&"species".to_owned())?.get(1), table.text(1)?.get(1));
    Ok(())
}

#[test]
fn a_table_without_gaps_can_be_read_as_nullable() -> Result<(), TableError> {
    let table = table()?;
    let count = table.nullable::<i32>("count")?;
    assert_eq!(count.iter().collect::<Vec<_>>(), [Some(1), Some(2)]);
    assert_eq!(count.values(), [1, 2]);
    Ok(())
}

#[test]
fn a_clone_shares_its_bytes() -> Result<(), TableError> {
    let table = table()?;
    assert_eq!(table.clone().bytes().as_ptr(), table.bytes().as_ptr());
    Ok(())
}
